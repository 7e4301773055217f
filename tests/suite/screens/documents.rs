//! The documents of one organization: the page, the query, one document, and the card before one is deleted.

use super::*;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use tenantry::domain::document::RawDocumentBuf;
use tenantry::domain::document::json::read;
use tenantry::tui::cards::document::ReadDocument;
use tenantry::tui::cards::edit_document::ReplaceDocument;
use tenantry::tui::screens::organization::{CountDocuments, ReadDocuments};

fn opened(look: Look) -> Scene {
    Scene::listing(look, several()).keys("j<Enter>").figures().activity(Vec::new(), false).keys("2")
}

/// Invoices from this number on.
fn invoices(from: usize, count: usize) -> Vec<RawDocumentBuf> {
    (from..from + count).map(invoice).collect()
}

/// The first of many pages.
pub(super) fn shown(look: Look) -> Scene {
    opened(look).documents(invoices(0, 100), Some("second"), 14_903)
}

/// One document.
pub(super) fn one(look: Look, document: RawDocumentBuf) -> Scene {
    opened(look).documents(vec![document], None, 1).keys("<Enter>")
}

/// Answers what is read of the organization itself before its documents.
fn refreshed(scene: Scene) -> Scene {
    scene.answer(Ok(answer(organization("Acme Corp")))).figures()
}

fn missing() -> Error {
    Error::CollectionMissing("org_acme_corp".into())
}

#[test]
fn table() {
    at_each_size("documents_table", |look| shown(look).keys("jj"));
    assert_snapshot!("table_40x10", shown(at(40, 10)).keys("jj").text());
}

#[test]
fn json() {
    at_each_size("documents_json", |look| shown(look).keys("vj"));
}

#[test]
fn loading() {
    assert_snapshot!(opened(at(80, 24)).text());
}

#[test]
fn empty() {
    assert_snapshot!(opened(at(80, 24)).documents(Vec::new(), None, 0).text());
}

#[test]
fn failed() {
    assert_snapshot!(opened(at(80, 24)).answer(Err(Error::Internal(Uuid::nil()))).text());
}

#[test]
fn stopped() {
    assert_snapshot!(opened(at(80, 24)).keys("<C-c>").text());
    let by_escape = opened(at(80, 24)).keys("<Esc>");
    assert!(by_escape.text().contains("Stopped.") && by_escape.waits_for_nothing(), "{}", by_escape.text());
}

#[test]
fn collection_that_is_missing() {
    let unread = opened(at(80, 24)).answer(Err(missing()));
    assert_snapshot!("collection_missing_before_a_page_came", unread.text());
    let read = refreshed(shown(at(80, 24)).keys("r")).answer(Err(missing()));
    assert_snapshot!("collection_missing_behind_a_page", read.text());
}

#[test]
fn query() {
    at_each_size("documents_query", |look| shown(look).keys("/customer:\"Baltic Freight\" total:>100"));
    assert_snapshot!("query_help", shown(at(80, 24)).keys("/<F1>").text());
    let found = shown(at(80, 24)).keys("/customer:\"Baltic Freight\" total:>100<Enter>");
    assert_snapshot!("query_searching", found.text());
    let rows = invoices(0, 100).into_iter().skip(2).step_by(4).collect();
    assert_snapshot!("query_found", found.documents(rows, None, 25).text());
}

#[test]
fn query_without_a_match() {
    let scene = shown(at(80, 24)).keys("/kind:letter<Enter>").documents(Vec::new(), None, 0);
    assert_snapshot!(scene.text());
}

#[test]
fn query_that_is_not_understood_says_where_and_keeps_text_and_rows() {
    let scene = shown(at(80, 24)).keys("/total:>100 customer<Enter>");
    assert!(scene.waits_for_nothing(), "it is not sent");
    assert_snapshot!(scene.text());
    let json = shown(at(80, 24)).keys("/{\"total\": {\"$where\": 1}}<Enter>");
    assert_eq!(json.text().matches("$where").count(), 2, "{}", json.text());
    let unfinished = shown(at(80, 24)).keys("/{\"total\": <Enter>").text();
    assert!(unfinished.contains("line 1, column 9"), "{unfinished}");
}

#[test]
fn query_runs_when_it_is_confirmed_and_not_before() {
    let scene = shown(at(80, 24)).keys("/a:1");
    assert!(scene.waits_for_nothing());
    let scene = scene.keys("<Enter>");
    assert_eq!(scene.asked::<ReadDocuments>().unwrap().query, "a:1");
    assert_eq!(scene.waiting::<CountDocuments>(), 1);
    let scene = scene.documents(Vec::new(), None, 0).keys("<Esc>");
    assert_eq!(scene.asked::<ReadDocuments>().unwrap().query, "", "Esc clears it");
}

#[test]
fn pages_are_turned_both_ways() {
    let cursor = |scene: &Scene| scene.asked::<ReadDocuments>().unwrap().cursor.clone();
    let scene = shown(at(80, 24)).keys("<lt>");
    assert!(scene.text().contains("Not now: first page."), "{}", scene.text());
    let scene = scene.keys("jj>>");
    assert_eq!(scene.waiting::<ReadDocuments>(), 1, "a held key asks once");
    assert_eq!(cursor(&scene).as_deref(), Some("second"));
    assert_eq!(scene.waiting::<CountDocuments>(), 0, "turning a page counts nothing");
    let scene = scene.page_of_documents(invoices(100, 100), Some("third"));
    assert_snapshot!("second_page", scene.text());
    let scene = scene.keys("<Right>").page_of_documents(invoices(200, 7), None).keys(">");
    assert!(scene.text().contains("Not now: last page."), "{}", scene.text());
    let scene = scene.keys("<Left>");
    assert_eq!(cursor(&scene).as_deref(), Some("second"));
    let scene = scene.page_of_documents(invoices(100, 100), Some("third")).keys("<lt>");
    assert_eq!(cursor(&scene), None);
    let scene = scene.page_of_documents(invoices(0, 100), Some("second"));
    assert!(scene.text().contains("1 of 14,903"), "{}", scene.text());
}

#[test]
fn page_that_does_not_come_leaves_the_one_that_is_there() {
    let scene =
        shown(at(80, 24)).keys("jj>").answer(Err(Error::QueryTimedOut(std::time::Duration::from_secs(9))));
    let text = scene.text();
    assert!(text.contains("The search was stopped after 9 s.") && text.contains("R-2026-4102"), "{text}");
    assert!(text.contains("3 of 14,903"), "{text}");
    assert!(scene.keys("<lt>").waits_for_nothing(), "it is the first page still");
}

#[test]
fn selection_keeps_its_document_when_the_page_is_read_again() {
    let scene = refreshed(shown(at(80, 24)).keys("jjjr"));
    let scene = scene.documents(invoices(2, 100), Some("second"), 14_901);
    assert!(scene.text().contains("▌ R-2026-4103"), "{}", scene.text());
}

#[test]
fn document() {
    at_each_size("document", |look| one(look, every_type()));
    assert_snapshot!("document_scrolled", one(at(80, 24), every_type()).keys("G").text());
}

#[test]
fn document_is_folded_copied_and_saved_whole() {
    let nested = r#"{"_id":7,"customer":{"name":"Acme","tags":["a","b"]},"lines":[{"sku":"x"}],"n":{"$numberLong":"3"}}"#;
    let scene = one(at(80, 24), read(nested).unwrap()).keys("jj ");
    assert_snapshot!("document_folded", scene.text());
    let scene = scene.keys("z");
    assert!(scene.text().contains("\"tags\": ["), "{}", scene.text());
    let scene = scene.keys("zy");
    assert_snapshot!("document_copy", scene.text());
    let mut scene = scene.keys("j<Enter>");
    assert_eq!(scene.sent.len(), 1, "{}", scene.text());
    scene = scene.keys("s");
    let (extension, text) = scene.saved.pop().unwrap();
    assert_eq!(extension, "json");
    assert_eq!(read(&text).unwrap(), read(nested).unwrap(), "types and all");
}

#[test]
fn selected_document_and_query_are_copied() {
    let scene = shown(at(80, 24)).keys("/total:>100<Enter>").documents(invoices(0, 3), None, 3).keys("jy");
    assert_snapshot!("documents_copy", scene.text());
}

#[test]
fn names_of_fields_are_completed() {
    let scene = shown(at(80, 24)).keys("/to");
    assert_snapshot!("query_offers", scene.text());
    let scene = scene.keys("<Tab>");
    assert!(scene.text().contains("/ total:"), "{}", scene.text());
    let scene = scene.keys(">5 zz<Tab>");
    assert!(scene.text().contains("Not now: no field begins so."), "{}", scene.text());
}

#[test]
fn queries_of_this_organization_are_found_again() {
    let mut scene = shown(at(80, 24)).keys("/<Up>");
    assert!(scene.text().contains("Not now: no query was run yet."), "{}", scene.text());
    scene = scene.keys("<Esc>");
    for query in ["total:>100", "password:x", "kind:invoice"] {
        scene = scene.keys(&format!("/<C-u>{query}<Enter>")).documents(invoices(0, 3), None, 3);
    }
    let line = |scene: &Scene| scene.text().lines().find(|line| line.contains("/ ")).unwrap().to_owned();
    scene = scene.keys("<Esc>").documents(invoices(0, 3), None, 3).keys("/to<Up>");
    assert!(line(&scene).contains("/ kind:invoice"), "{}", scene.text());
    scene = scene.keys("<Up>");
    assert!(line(&scene).contains("/ total:>100"), "what names a secret is not kept: {}", scene.text());
    scene = scene.keys("<Down><Down>");
    assert!(line(&scene).contains("/ to "), "{}", scene.text());
}

#[test]
fn without_colour_the_selected_line_is_reversed_and_names_are_bold() {
    let plain = |columns, rows| Look { palette: Palette::Plain, ..at(columns, rows) };
    for scene in
        [shown(plain(120, 40)).keys("jj"), shown(plain(80, 24)).keys("vjj"), one(plain(80, 24), every_type())]
    {
        let buffer = scene.buffer();
        let reversed = |y: &u16| (0..buffer.area.width).any(|x| has(&buffer, x, *y, Modifier::REVERSED));
        assert_eq!((3..buffer.area.height - 3).filter(reversed).count(), 1, "{}", scene.text());
        let bold = |y| (0..buffer.area.width).any(|x| has(&buffer, x, y, Modifier::BOLD));
        assert!((5..buffer.area.height - 3).any(bold), "{}", scene.text());
    }
}

fn has(buffer: &Buffer, x: u16, y: u16, modifier: Modifier) -> bool {
    buffer.cell((x, y)).is_some_and(|cell| cell.modifier.contains(modifier))
}

#[test]
fn values_of_every_type_are_columns() {
    at_each_size("documents_every_type", |look| opened(look).documents(vec![every_type()], None, 1));
}

#[test]
fn document_that_is_big_is_cut_and_says_how_much_is_left() {
    let lines: Vec<String> = (0..40_000).map(|number| format!("{{\"sku\":\"part {number}\"}}")).collect();
    let big = read(&format!(r#"{{"_id":"big","lines":[{}]}}"#, lines.join(","))).unwrap();
    let text = one(at(80, 24), big).keys("G").text();
    assert!(text.contains(" more lines, ") && text.contains("MiB: not shown"), "{text}");
}

#[test]
fn control_characters_of_documents_are_visible() {
    let odd = r#"{"_id":"a\u001b[31mb","x\u0007":"c\u202ed\ne"}"#;
    for size in [(80, 24), (120, 40)] {
        for keys in ["", "v", "<Enter>", "D"] {
            let scene = opened(at(size.0, size.1)).documents(vec![read(odd).unwrap()], None, 1).keys(keys);
            let text = scene.text();
            assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
        }
    }
}

#[test]
fn document_is_read_again_and_told_gone() {
    let scene = one(at(80, 24), invoice(7)).keys("r");
    assert_eq!(scene.asked::<ReadDocument>().unwrap().id, "65f0c0ffee65f0c0ffee0007");
    let scene = scene.answer(Err(Error::DocumentNotFound));
    let text = scene.text();
    assert!(
        text.contains("It is gone: someone else deleted it.") && !text.contains("Document 65f0"),
        "{text}"
    );
    assert!(scene.asks::<ReadDocuments>(), "the page is read again");
}

#[test]
fn delete() {
    at_each_size("documents_delete", |look| {
        opened(look).documents(vec![invoice(7)], None, 1).keys("D65f0c0ffee65f0c0ffee0007")
    });
}

#[test]
fn document_that_is_typed() {
    at_each_size("document_typed", |look| opened(look).documents(vec![invoice(7)], None, 1).keys("e"));
}

#[test]
fn document_that_changed_while_it_was_typed() {
    at_each_size("document_typed_changed", |look| {
        let scene =
            opened(look).documents(vec![invoice(7)], None, 1).keys("e<Down><End><Enter>\"x\": 1,<C-s>");
        assert!(scene.asks::<ReplaceDocument>());
        scene.answer(Err(Error::DocumentChanged)).answer(Ok(answer(invoice(7))))
    });
}
