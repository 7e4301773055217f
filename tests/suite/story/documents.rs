//! The documents of an organization: pages, queries, one document, and its delete.

use super::*;
use tenantry::domain::document::RawDocumentBuf;
use tenantry::domain::document::json::read;
use tenantry::service::{DocumentChange, OrganizationReference};

pub(super) fn acme() -> OrganizationReference {
    OrganizationReference::Name("Acme Corp".into())
}

fn order(number: usize) -> RawDocumentBuf {
    let kind = if number.is_multiple_of(50) { "invoice" } else { "order" };
    read(&format!(r#"{{"_id":{number},"kind":"{kind}","total":{}}}"#, number * 10)).unwrap()
}

/// An organization with so many documents, of ids from 1.
pub(super) async fn with_documents(count: usize) -> Place {
    let place = Place::with(&["Acme Corp"]).await;
    insert(&place, (1..=count).map(order).collect()).await;
    place
}

pub(super) async fn insert(place: &Place, documents: Vec<RawDocumentBuf>) {
    let root = token(place, ROOT).await;
    for outcome in place.service.insert_documents(&root, &acme(), documents).await.unwrap() {
        outcome.unwrap();
    }
}

pub(super) async fn change(place: &Place, id: &str, new: Option<&str>) {
    let root = token(place, ROOT).await;
    let change = DocumentChange {
        id: id.into(),
        revision: None,
        new: new.map(|text| read(text).unwrap()),
        confirm: Some(id.into()),
    };
    place.service.change_document(&root, &acme(), &change).await.unwrap();
}

async fn opened(place: &Place) -> Console {
    let console = Console::signed_in(place).await;
    console.press("<Enter>2").await;
    console
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_both_ways_and_counted() {
    let place = with_documents(230).await;
    let console = opened(&place).await;
    console.shows("230 documents");
    console.shows("1 of 230");
    console.press("G").await;
    console.shows("100 of 230");
    console.press(">").await;
    console.press(">").await;
    console.press("G").await;
    console.shows("230 of 230");
    console.shows("2300");
    console.press(">").await;
    console.shows("Not now: last page.");
    console.press("<Left>").await;
    console.press("<Left>").await;
    console.shows("1 of 230");
    console.press("<lt>").await;
    console.shows("Not now: first page.");
}

#[tokio::test(start_paused = true)]
async fn query_finds_is_refused_and_cleared() {
    let place = with_documents(230).await;
    let console = opened(&place).await;
    console.press("/kind:invoice total:>500").await;
    console.shows("230 documents");
    console.press("<Enter>").await;
    console.shows("/ kind:invoice total:>500");
    console.shows("3 match");
    console.shows("1 of 3");
    console.press("/<C-u>invoice<Enter>").await;
    console.shows("Character 1: ");
    console.shows("/ invoice");
    console.shows("3 match");
    console.press(r#"<C-u>{"total": {"$gt": 2290}}<Enter>"#).await;
    console.shows("1 match");
    console.press("/<C-u>kind:letter<Enter>").await;
    console.shows("Nothing matches  kind:letter");
    console.press("<Esc>").await;
    console.shows("230 documents");
    console.press("<Esc>").await;
    console.shows("Organizations  1");
}

#[tokio::test(start_paused = true)]
async fn search_that_runs_is_stopped_by_escape_and_by_ctrl_c() {
    let place = with_documents(3).await;
    let console = opened(&place).await;
    for (key, said) in [("<Esc>", "Stopped."), ("<C-c>", "Stopped reading.")] {
        set(&place.gate.holds_pages, true);
        console.press("/<C-u>total:>10<Enter>").await;
        console.shows("Searching");
        console.press(key).await;
        console.shows(said);
        console.shows("/ total:>10");
        set(&place.gate.holds_pages, false);
        console.press("r").await;
        console.shows("2 match");
        console.shows("1 of 2");
    }
}

#[tokio::test(start_paused = true)]
async fn document_is_opened_and_deleted_after_its_id_is_typed() {
    let place = with_documents(3).await;
    let console = opened(&place).await;
    console.press("j<Enter>").await;
    console.shows("Document 2");
    console.shows("\"kind\": \"order\",");
    console.press("D").await;
    console.shows("Type 2 to delete it");
    console.press("3<Enter>").await;
    console.shows("Not now: ids differ.");
    console.press("<BS>2<Enter>").await;
    console.shows("Document 2 is deleted.");
    console.shows_not("\"kind\": \"order\",");
    console.shows("2 documents");
    console.shows("2 of 2");
    let root = token(&place, ROOT).await;
    let left = place.service.count_documents(&root, &acme(), "", Duration::from_secs(1)).await;
    assert_eq!(left.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn document_that_changed_meanwhile_is_not_deleted_but_read_again() {
    let place = with_documents(3).await;
    let console = opened(&place).await;
    console.press("<Enter>D").await;
    change(&place, "1", Some(r#"{"kind":"letter","total":7}"#)).await;
    console.press("1<Enter>").await;
    console.shows("Someone else changed the document. It is read again; nothing was deleted.");
    console.shows("\"kind\": \"letter\",");
    console.shows("3 documents");
    change(&place, "1", None).await;
    console.press("D1<Enter>").await;
    console.shows("It is gone: someone else deleted it.");
    console.shows("2 documents");
    console.shows_not("\"kind\": \"letter\",");
}

#[tokio::test(start_paused = true)]
async fn collection_that_goes_missing_keeps_the_rows_and_says_so() {
    let place = with_documents(3).await;
    let console = opened(&place).await;
    console.shows("order");
    place.drop_collection("org_acme_corp");
    console.press("r").await;
    console.shows("The collection \"org_acme_corp\" of this organization is missing.");
    console.shows("See what the doctor finds: !");
    console.shows("order");
    console.press("D1<Enter>").await;
    console.shows("of this organization is missing.");
    // Another program makes one with that name: its documents are not shown, and none is deleted.
    place.put_foreign("org_acme_corp");
    console.press("<Esc>r").await;
    console.shows("The collection \"org_acme_corp\" of this organization is missing.");
    console.shows("order");
    console.shows_not("foreign");
    console.press("D1<Enter>").await;
    console.shows("of this organization is missing.");
    assert_eq!(place.ids("org_acme_corp"), ["foreign"]);
}

#[tokio::test(start_paused = true)]
async fn organization_without_documents_says_so_until_one_comes() {
    let place = with_documents(0).await;
    let console = opened(&place).await;
    console.shows("No documents yet.");
    console.shows("0 documents");
    insert(&place, vec![order(1)]).await;
    console.press("r").await;
    console.shows("1 document");
    console.shows("1 of 1");
}

#[tokio::test(start_paused = true)]
async fn an_admin_reads_and_deletes_the_own_documents() {
    let place = with_documents(2).await;
    let console = signed_in_as(&place, "admin0@x.example").await;
    console.press("2").await;
    console.shows("2 documents");
    console.press("D1<Enter>").await;
    console.shows("Document 1 is deleted.");
    console.shows("1 document");
    console.press("3").await;
    console.shows("Today");
}

#[tokio::test(start_paused = true)]
async fn documents_come_back_after_an_outage() {
    let place = with_documents(3).await;
    let console = Console::signed_in(&place).await;
    console.press("<Enter>").await;
    set(&place.gate.is_down, true);
    console.press("2").await;
    console.shows("No answer from");
    set(&place.gate.is_down, false);
    pass(1).await;
    console.shows("3 documents");
}
