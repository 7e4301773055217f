//! Merging, sorting and filtering.

use super::*;
use crate::tui::samples::organization;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// The same organization after so many more writes, with another email.
fn later(name: &str, writes: i64, email: &str) -> Arc<Organization> {
    let mut later = Organization::clone(&organization(name));
    later.epoch.0 += writes;
    email.clone_into(&mut later.admin_email);
    Arc::new(later)
}

fn names(rows: &Rows) -> Vec<&str> {
    (0..rows.shown()).filter_map(|place| rows.get(place)).map(|row| row.name.as_str()).collect()
}

fn rows(list: &[&str]) -> Rows {
    let mut rows = Rows::default();
    rows.begin_pass(at(0));
    rows.merge(list.iter().map(|name| organization(name)));
    rows
}

fn filtered(rows: &mut Rows, text: &str) {
    rows.set_filter(Some(Filter::parse(text, at(0)).unwrap()));
}

#[test]
fn a_filter_typed_letter_by_letter_finds_what_the_whole_one_finds() {
    let list = ["Acme Corp", "Acme Europe", "Bäckerei Müller", "Café Noir", "Zephyr Air", "Delft"];
    for text in [
        "acm !europe",
        "ai",
        "adm@acme",
        "org_acme",
        "00000000-",
        "mul",
        "name:e c",
        "!a",
        "state:active a",
        "id:0",
        "email:adm noir",
    ] {
        let mut typed = rows(&list);
        for end in 1..=text.len() {
            if let Ok(filter) = Filter::parse(text.get(..end).unwrap(), at(0)) {
                typed.set_filter(Some(filter));
            }
        }
        let mut whole = rows(&list);
        filtered(&mut whole, text);
        assert_eq!(names(&typed), names(&whole), "{text}");
    }
}

#[test]
fn what_fits_best_comes_first() {
    let mut rows = rows(&["Big Placement", "Old Acme", "Pacemaker", "The Cement", "Cement Works", "Zebra"]);
    filtered(&mut rows, "cem");
    assert_eq!(names(&rows), ["Cement Works", "The Cement", "Big Placement", "Pacemaker"]);
    assert_eq!(rows.letters().found("Big Placement"), [7, 8, 9]);
    filtered(&mut rows, "!cem");
    assert_eq!(names(&rows), ["Old Acme", "Zebra"]);
}

/// The console shows what `org list --filter` prints.
#[test]
fn the_list_finds_what_the_language_of_filters_finds() {
    let list = ["Acme Corp", "Bäckerei Müller", "Smørrebrød", "Straße 7", "Zebra"];
    let all: Vec<_> = list.iter().map(|name| organization(name)).collect();
    for text in
        ["backerei", "name:backerei", "STRASSE", "smorre", "org_", "a !b", "state:active z", "zz", "adm"]
    {
        let filter = Filter::parse(text, at(0)).unwrap();
        let mut expected: Vec<&str> =
            all.iter().filter(|row| filter.matches_record(row)).map(|row| row.name.as_str()).collect();
        let mut rows = rows(&list);
        filtered(&mut rows, text);
        let mut found = names(&rows);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_reading_drops_what_it_did_not_see() {
    let mut rows = rows(&["A", "B", "C"]);
    rows.begin_pass(at(0));
    rows.merge([organization("A"), organization("C"), organization("D")]);
    assert_eq!(names(&rows), ["A", "B", "C", "D"], "old rows stay until its end");
    rows.end_pass();
    assert_eq!(names(&rows), ["A", "C", "D"]);
    assert_eq!(rows.place_of(organization("D").id), Some(2));
}

#[test]
fn sorts_by_any_column_and_back() {
    let mut rows = rows(&["B", "A", "C"]);
    assert_eq!(names(&rows), ["A", "B", "C"]);
    for column in Column::ALL {
        rows.sort_by(column, true);
        rows.sort_by(column, false);
    }
    rows.sort_by(Column::Name, true);
    assert_eq!(names(&rows), ["C", "B", "A"]);
}

#[test]
fn pages_in_order_are_appended_and_others_sorted_in() {
    for pages in [[["A", "B"], ["C", "D"]], [["C", "D"], ["A", "B"]], [["A", "C"], ["B", "D"]]] {
        for (column, is_reverse) in [(Column::Name, false), (Column::Name, true), (Column::Admin, false)] {
            let mut rows = Rows::default();
            rows.sort_by(column, is_reverse);
            rows.begin_pass(at(0));
            for page in pages {
                rows.merge(page.map(organization));
            }
            let mut found = names(&rows);
            if is_reverse {
                found.reverse();
            }
            assert_eq!(found, ["A", "B", "C", "D"], "{pages:?} {column:?} {is_reverse}");
            filtered(&mut rows, "!b");
            assert_eq!(rows.shown(), 3);
        }
    }
}

#[test]
fn page_in_flight_brings_nothing_older_back() {
    let mut rows = rows(&["A", "B", "C"]);
    rows.begin_pass(at(10));
    rows.put(later("A", 2, "new@a"));
    rows.remove([organization("B").id], at(11));
    rows.merge([organization("A"), organization("B"), organization("C")]);
    assert_eq!(names(&rows), ["A", "C"], "who is gone in this pass stays gone");
    assert_eq!(rows.get(0).unwrap().admin_email, "new@a");
    rows.merge([later("A", 3, "newest@a")]);
    rows.put(later("A", 1, "late@a"));
    assert_eq!(rows.get(0).unwrap().admin_email, "newest@a", "a late answer of any kind loses");
    rows.end_pass();
    assert_eq!(names(&rows), ["A", "C"], "an older page has seen it all the same");
}

#[test]
fn what_is_gone_comes_back_by_a_later_reading_or_its_own_write() {
    let mut rows = rows(&["A", "B"]);
    rows.begin_pass(at(10));
    rows.remove([organization("A").id, organization("B").id], at(11));
    rows.merge_asked([organization("A")], at(11));
    assert_eq!(rows.len(), 0, "asked for as it went");
    assert_eq!(rows.merge_asked([later("A", 3, "a@a")], at(12)), [organization("A").id]);
    rows.put(later("B", 3, "b@b"));
    assert_eq!(names(&rows), ["A", "B"]);
}

#[test]
fn filter_that_is_none_finds_nothing() {
    let mut rows = rows(&["A", "B"]);
    rows.set_filter(None);
    assert_eq!(rows.shown(), 0);
    rows.merge([organization("C")]);
    rows.put(later("A", 1, "a@a"));
    assert_eq!((rows.shown(), rows.len()), (0, 3));
    filtered(&mut rows, "");
    assert_eq!(names(&rows), ["A", "B", "C"]);
}
