//! Sizes in the list: what is read when, and what is shown of it.

use super::*;
use tenantry::domain::CollectionSize;
use tenantry::tui::screens::organizations::RowRead;

fn many(count: usize) -> Scene {
    let rows = (0..count).map(|number| organization(&format!("Org {number:05}"))).collect();
    Scene::listing(at(120, 40), rows)
}

/// So many documents as its number, 1 KiB each; every 100th collection is missing.
fn read(row: &Organization) -> RowRead {
    let number: u64 = row.name.trim_start_matches("Org ").parse().unwrap();
    let missing = Error::CollectionMissing(row.collection_name().to_owned());
    let size = CollectionSize { documents: number, data_bytes: number * 1_024 };
    let size = if number % 100 == 99 { Err(missing) } else { Ok(size) };
    RowRead { id: row.id, size, signed_in: None }
}

fn line(scene: &Scene, with: &str) -> String {
    let text = scene.text();
    text.lines().find(|line| line.contains(with)).unwrap_or_else(|| panic!("no {with}:\n{text}")).to_owned()
}

#[test]
fn rows_in_view_are_read_first_and_others_behind_them() {
    let scene = many(300);
    let asked = scene.asked_sizes();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].first().unwrap(), "Org 00000");
    assert_eq!((asked[0].len(), asked[1].len()), (16, 256), "few in view, so that they come soon");
    assert!(line(&scene, "Org 00003").contains('…'), "nobody knows it yet");
    assert!(!line(&scene, "Organizations").contains("KiB"), "no sum of a few");
    let scene = scene.sizes(read);
    assert!(scene.asked_sizes().is_empty(), "each was read once");
    let row = line(&scene, "Org 00003");
    assert!(row.contains(" 3 ") && row.contains("3.0 KiB") && !row.contains('…'), "{row}");
    let head = line(&scene, "Organizations");
    assert!(head.contains("43.2 MiB") && head.contains("! 3 missing"), "{head}");
    let last = scene.keys("Gk");
    assert!(line(&last, "  Org 00299").contains("! missing"), "{}", last.text());
}

#[test]
fn rows_that_were_passed_are_not_read_first() {
    let scene = many(6_000).keys("G");
    let asked = scene.asked_sizes();
    assert_eq!(asked.len(), 1, "of so many only those in view are read: {asked:?}");
    assert!(asked[0].contains(&"Org 05999".to_owned()) || asked[0][0].as_str() > "Org 05900", "{asked:?}");
    let scene = scene.keys("g");
    assert_eq!(scene.asked_sizes()[0][0], "Org 00000");
    let scene = scene.sizes(read);
    assert!(line(&scene, "Org 00005").contains("5.0 KiB"));
    assert!(scene.keys("G").text().contains('…'), "those were never read");
}

#[test]
fn sorting_very_many_by_size_asks_first() {
    let scene = many(5_001).sizes(read).keys("sj<Enter>");
    assert!(scene.text().contains("5,001 collections"), "{}", scene.text());
    let stays = scene.keys("n");
    assert!(line(&stays, "NAME").contains('▲'), "nothing is sorted");
    assert!(stays.asked_sizes().is_empty());
    let sorting = stays.keys("sj<Enter>y");
    assert!(line(&sorting, "Reading sizes").contains("of 5,001"), "{}", sorting.text());
    let sorted = sorting.sizes(read);
    let text = sorted.text();
    let (first, second) = (text.find("Org 05000").unwrap(), text.find("Org 04998").unwrap());
    assert!(first < second && !text.contains("Reading sizes"), "{text}");
    assert!(text.contains("As of "), "{text}");
}

#[test]
fn few_are_sorted_without_a_question_and_reversed_by_its_key() {
    let sorted = many(50).sizes(read).keys("sj<Enter>");
    assert!(!sorted.text().contains("Read them?"));
    let text = sorted.text();
    assert!(text.find("Org 00048") < text.find("Org 00047"), "{text}");
    let text = sorted.keys("O").text();
    assert!(text.find("Org 00000") < text.find("Org 00001"), "{text}");
}

#[test]
fn a_refusal_is_not_asked_again_at_once() {
    let down = Error::Unavailable { place: "db1".into(), operation: None };
    let scene = many(20).sizes_fail(down.clone());
    let scene = if scene.asked_sizes().is_empty() { scene } else { scene.sizes_fail(down) };
    let scene = scene.keys("j");
    assert!(scene.asked_sizes().is_empty(), "{:?}", scene.asked_sizes());
    let scene = scene.later(6).keys("j");
    assert!(!scene.asked_sizes().is_empty());
    let scene = scene.sizes(read);
    assert!(line(&scene, "Org 00019").contains("19.0 KiB"));
}

#[test]
fn narrow_terminals_read_and_show_no_sizes() {
    let rows = vec![organization("Org 00001")];
    let scene = Scene::listing(at(80, 24), rows);
    assert!(scene.asked_sizes().is_empty());
    assert!(!scene.text().contains("SIZE"));
    // A filter and an order that need them read them all the same.
    let filtered = scene.keys("/docs:1<Enter>").sizes(read);
    assert!(line(&filtered, "Organizations").contains("1 of 1"), "{}", filtered.text());
    let rows = vec![organization("Org 00001"), organization("Org 00002")];
    let sorted = Scene::listing(at(80, 24), rows).keys("sj<Enter>").sizes(read);
    let text = sorted.text();
    assert!(text.find("Org 00002") < text.find("Org 00001") && text.contains("2.0 KiB"), "{text}");
}

#[test]
fn a_filter_by_size_finds_rows_as_they_are_read() {
    let scene = many(300).keys("/docs:>297<Enter>");
    assert!(scene.text().contains("Reading what the filter compares"), "{}", scene.text());
    let scene = scene.sizes(read);
    assert!(line(&scene, "Organizations").contains("1 of 300"), "{}", scene.text());
    let scene = scene.keys("/<C-u>state:missing<Enter>");
    assert!(line(&scene, "Organizations").contains("3 of 300"), "{}", scene.text());
    let scene = scene.keys("/<C-u>signin:none docs:0..1<Enter>");
    assert!(line(&scene, "Organizations").contains("2 of 300"), "{}", scene.text());
}

#[test]
fn a_filter_by_size_over_very_many_asks_first() {
    let scene = many(5_001).sizes(read).keys("/docs:>4998");
    assert!(scene.text().contains("Press Enter to read"), "{}", scene.text());
    assert!(scene.asked_sizes().is_empty(), "nobody agreed");
    let scene = scene.keys("<Enter>y").sizes(read);
    assert!(line(&scene, "Organizations").contains("1 of 5,001"), "{}", scene.text());
}

#[test]
fn a_value_that_a_field_cannot_have_is_explained_while_it_is_typed() {
    let scene = many(3).keys("/docs:x");
    assert!(scene.text().contains("Not a value of docs"), "{}", scene.text());
    let text = scene.keys("<C-u>created:").text();
    assert!(text.contains("Org 00001"), "a value that is still missing hides nothing: {text}");
}
