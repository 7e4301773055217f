//! Merging, sorting and filtering.

use super::*;
use crate::tui::samples::organization;

fn names(rows: &Rows) -> Vec<&str> {
    (0..rows.shown()).filter_map(|place| rows.get(place)).map(|row| row.name.as_str()).collect()
}

fn rows(list: &[&str]) -> Rows {
    let mut rows = Rows::default();
    rows.begin_pass();
    rows.merge(list.iter().map(|name| organization(name)));
    rows
}

fn filtered(rows: &mut Rows, text: &str) {
    rows.set_filter(Filter::parse(text).unwrap());
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
            if let Ok(filter) = Filter::parse(text.get(..end).unwrap()) {
                typed.set_filter(filter);
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
        let filter = Filter::parse(text).unwrap();
        let mut expected: Vec<&str> =
            all.iter().filter(|row| filter.matches(row)).map(|row| row.name.as_str()).collect();
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
    rows.begin_pass();
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
            rows.begin_pass();
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
