//! Where pages begin: the one in view, those before it, and the next one.

use std::collections::VecDeque;

/// Pages before the one in view that are found again. From further on one goes back to the first page.
const KEPT: usize = 1_000;

/// What a page is to the one in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Turn {
    /// The same, read again.
    #[default]
    Again,
    Next,
    Previous,
}

/// Where a page begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Start {
    /// `None` is the first page.
    cursor: Option<String>,
    /// Documents before it, as they were counted on the way there.
    before: usize,
}

/// Where pages begin.
#[derive(Debug, Default)]
pub(super) struct Places {
    here: Start,
    earlier: VecDeque<Start>,
    next: Option<String>,
}

impl Places {
    /// Documents before the page in view.
    pub(super) fn before(&self) -> usize {
        self.here.before
    }

    /// Whether there is such a page.
    pub(super) fn has(&self, turn: Turn) -> bool {
        match turn {
            Turn::Again => true,
            Turn::Next => self.next.is_some(),
            Turn::Previous => self.here.cursor.is_some(),
        }
    }

    /// Where such a page begins.
    pub(super) fn cursor(&self, turn: Turn) -> Option<String> {
        match turn {
            Turn::Again => self.here.cursor.clone(),
            Turn::Next => self.next.clone(),
            Turn::Previous => self.earlier.back().and_then(|start| start.cursor.clone()),
        }
    }

    /// Such a page is in view now, `rows` were in view before it, and the one behind it begins there.
    pub(super) fn turned(&mut self, turn: Turn, rows: usize, next: Option<String>) {
        match turn {
            Turn::Again => {}
            Turn::Next => {
                let before = self.here.before + rows;
                let start = Start { cursor: self.next.take(), before };
                self.earlier.push_back(std::mem::replace(&mut self.here, start));
                if self.earlier.len() > KEPT {
                    self.earlier.pop_front();
                }
            }
            Turn::Previous => self.here = self.earlier.pop_back().unwrap_or_default(),
        }
        self.next = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_the_way_one_came() {
        let mut places = Places::default();
        assert!(!places.has(Turn::Previous) && !places.has(Turn::Next));
        places.turned(Turn::Again, 0, Some("a".into()));
        assert_eq!(places.cursor(Turn::Next).as_deref(), Some("a"));
        places.turned(Turn::Next, 100, Some("b".into()));
        places.turned(Turn::Next, 40, None);
        assert_eq!((places.before(), places.has(Turn::Next)), (140, false));
        assert_eq!(places.cursor(Turn::Again).as_deref(), Some("b"));
        places.turned(Turn::Previous, 3, Some("b".into()));
        assert_eq!((places.before(), places.cursor(Turn::Again).as_deref()), (100, Some("a")));
        places.turned(Turn::Previous, 3, Some("a".into()));
        assert_eq!((places.before(), places.has(Turn::Previous)), (0, false));
    }

    #[test]
    fn no_more_than_so_many_places_are_kept_and_the_first_page_is_always_found() {
        let mut places = Places::default();
        places.turned(Turn::Again, 0, Some("0".into()));
        for page in 1..=KEPT + 10 {
            places.turned(Turn::Next, 100, Some(page.to_string()));
        }
        assert_eq!(places.earlier.len(), KEPT);
        let mut back = 0;
        while places.has(Turn::Previous) {
            places.turned(Turn::Previous, 100, None);
            back += 1;
        }
        assert_eq!((back, places.before()), (KEPT + 1, 0));
    }
}
