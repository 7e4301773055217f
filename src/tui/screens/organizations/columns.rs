//! The columns of the list: as wide as what stands in them. Where not all fit, the least important one goes first; the
//! one that is sorted by stays.

use super::rows::Column;
use crate::domain::{Organization, Status};
use crate::tui::text;

/// Free columns between two of them, at least and at most.
const GAPS: (u16, u16) = (2, 5);
/// A name or an email narrower than this says nothing.
const NARROWEST: u16 = 14;
/// An email as wide as this says enough for a long name to be cut.
const WORTH: u16 = 24;
/// Sign, space and the longest word of a state.
const STATE: u16 = 11;
/// An age, right-aligned.
const AGE: u16 = 7;
const DATE: u16 = 10;

/// In the order in which they stand.
const ORDER: [Column; 6] =
    [Column::Name, Column::Collection, Column::Admin, Column::Created, Column::Changed, Column::State];
/// In the order in which they find room.
const IMPORTANCE: [Column; 6] =
    [Column::Name, Column::State, Column::Changed, Column::Admin, Column::Created, Column::Collection];

/// What each column needs: the widest that was seen in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs {
    name: u16,
    collection: u16,
    admin: u16,
    /// Whether a row has a state that is shown.
    has_state: bool,
}

impl Needs {
    /// Of these rows.
    pub(super) fn of<'a>(
        rows: impl Iterator<Item = &'a Organization>,
        is_missing: impl Fn(&Organization) -> bool,
    ) -> Self {
        let wide = |text: &str| u16::try_from(text::width(text)).unwrap_or(u16::MAX);
        rows.fold(Self::default(), |needs, row| Self {
            name: needs.name.max(wide(&row.name)),
            collection: needs.collection.max(wide(row.collection_name())),
            admin: needs.admin.max(wide(&row.admin_email)),
            has_state: needs.has_state || row.status() != Status::Active || is_missing(row),
        })
    }

    /// What both need: while a list is scrolled its columns only become wider, so that they do not jump to and fro.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            name: self.name.max(other.name),
            collection: self.collection.max(other.collection),
            admin: self.admin.max(other.admin),
            has_state: self.has_state || other.has_state,
        }
    }

    fn width(self, column: Column) -> u16 {
        let head = u16::try_from(head(column).len()).unwrap_or(0) + 2;
        match column {
            Column::Name => self.name.max(head),
            Column::Collection => self.collection.max(head),
            Column::Admin => self.admin.max(head),
            Column::Created => DATE.max(head),
            Column::Changed => AGE.max(head),
            Column::State => STATE,
        }
    }
}

/// The word over a column.
pub(super) fn head(column: Column) -> &'static str {
    match column {
        Column::Name => "NAME",
        Column::Collection => "COLLECTION",
        Column::Admin => "ADMIN",
        Column::Created => "CREATED",
        Column::Changed => "CHANGED",
        Column::State => "",
    }
}

/// A column where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) column: Column,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// The columns that fit into so many cells, from the left. Beside the preview, which has it, an email that would be cut
/// leaves its room to the names.
pub(super) fn placed(needs: Needs, sorted: Column, cells: u16, has_preview: bool) -> Vec<Placed> {
    let wanted = |column: Column| match column {
        Column::State => needs.has_state || sorted == Column::State,
        Column::Name | Column::Admin | Column::Changed => true,
        // A date and a second name of it are for who has the room.
        Column::Created | Column::Collection => sorted == column || cells >= 110,
    };
    let sorted_first = IMPORTANCE.into_iter().filter(|column| *column == sorted);
    let others = IMPORTANCE.into_iter().filter(|column| *column != sorted);
    let mut chosen: Vec<(Column, u16)> = Vec::new();
    let mut free = cells;
    for column in sorted_first.chain(others).filter(|column| wanted(*column)) {
        let gap = if chosen.is_empty() { 0 } else { GAPS.0 };
        let need = needs.width(column);
        let least = match column {
            Column::Admin if has_preview && sorted != Column::Admin => need,
            Column::Name | Column::Admin | Column::Collection => need.min(NARROWEST),
            Column::Created | Column::Changed | Column::State => need,
        };
        // A name leaves room for what is said of it, and a column that is sorted by for a name.
        let state = if needs.has_state { STATE + GAPS.0 } else { 0 };
        let reserved = match column {
            Column::Name if cells >= 60 && !has_preview => {
                state + AGE + GAPS.0 + needs.admin.min(WORTH) + GAPS.0
            }
            Column::Name => state + if cells >= 44 { AGE + GAPS.0 } else { 0 },
            _ if column == sorted => needs.name.min(NARROWEST) + GAPS.0,
            _ => 0,
        };
        let room = free.saturating_sub(gap);
        if room < least {
            continue;
        }
        let width = need.min(room.saturating_sub(reserved).max(least));
        free -= gap + width;
        chosen.push((column, width));
    }
    let between = u16::try_from(chosen.len().saturating_sub(1)).unwrap_or(0);
    let gap = GAPS.0 + free.checked_div(between).unwrap_or(0).min(GAPS.1 - GAPS.0);
    let mut x = 0;
    let mut placed = Vec::new();
    for column in ORDER {
        if let Some((_, width)) = chosen.iter().find(|(chosen, _)| *chosen == column) {
            placed.push(Placed { column, x, width: *width });
            x += width + gap;
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns(needs: Needs, sorted: Column, cells: u16) -> Vec<Column> {
        placed(needs, sorted, cells, false).into_iter().map(|placed| placed.column).collect()
    }

    #[test]
    fn nothing_is_cut_while_there_is_room() {
        let needs = Needs { name: 40, collection: 30, admin: 34, has_state: true };
        let widths: Vec<_> =
            placed(needs, Column::Name, 96, false).iter().map(|placed| placed.width).collect();
        assert_eq!(widths, [40, 30, 9, STATE]);
        let wide = placed(needs, Column::Name, 160, true);
        assert_eq!(wide.iter().map(|placed| placed.width).collect::<Vec<_>>(), [40, 30, 34, 10, 9, STATE]);
    }

    #[test]
    fn beside_the_preview_names_are_whole_before_emails() {
        let needs = Needs { name: 40, collection: 30, admin: 34, has_state: true };
        let narrow: Vec<_> =
            placed(needs, Column::Name, 72, true).iter().map(|placed| placed.width).collect();
        assert_eq!(narrow, [40, 9, STATE]);
    }

    #[test]
    fn least_important_column_goes_first_and_the_sorted_one_stays() {
        let needs = Needs { name: 30, collection: 30, admin: 30, has_state: true };
        use Column::{Admin, Changed, Collection, Name, State};
        assert_eq!(columns(needs, Name, 76), [Name, Admin, Changed, State]);
        assert_eq!(columns(needs, Name, 56), [Name, Changed, State]);
        assert_eq!(columns(needs, Name, 36), [Name, State]);
        assert_eq!(columns(needs, Collection, 56), [Name, Collection]);
        assert_eq!(columns(needs, Admin, 36), [Name, Admin]);
    }

    proptest! {
        #[test]
        fn columns_never_overlap_or_leave_their_place(
            name in 0..90_u16, collection in 0..90_u16, admin in 0..90_u16, has_state: bool,
            sorted in 0..6_usize, cells in 20..200_u16, has_preview: bool,
        ) {
            let sorted = ORDER[sorted];
            let placed = placed(Needs { name, collection, admin, has_state }, sorted, cells, has_preview);
            prop_assert!(placed.iter().any(|placed| placed.column == sorted));
            let mut end = 0;
            for column in placed {
                prop_assert!(column.x >= end);
                end = column.x + column.width;
            }
            prop_assert!(end <= cells, "{end} of {cells}");
        }
    }
}
