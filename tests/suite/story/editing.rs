//! Editing documents: what the editor leaves, what becomes of it, and that no text is lost.

use super::documents::{acme, change, insert, with_documents};
use super::*;
use crate::common::console::Script;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tenantry::domain::document::json::{Form, Layout, to_string};
use tenantry::domain::document::{Builder, RawDocumentBuf, Value};
use tenantry::tui::effect::{Draft, EditFailure, EditOutcome, EditRequest, Edited};

const FILE: &str = "/run/user/1/tenantry/edit-x/document.json";

/// An editor that leaves one thing after the other, and what it was asked for.
#[derive(Clone, Default)]
struct Editor {
    left: Arc<Mutex<VecDeque<EditOutcome>>>,
    asked: Arc<Mutex<Vec<EditRequest>>>,
}

impl Editor {
    fn leaving(left: impl IntoIterator<Item = Edited>) -> Self {
        Self::with(left.into_iter().map(Ok))
    }

    fn with(left: impl IntoIterator<Item = EditOutcome>) -> Self {
        Self { left: Arc::new(Mutex::new(left.into_iter().collect())), asked: Arc::default() }
    }

    fn script(&self) -> Script {
        let Self { left, asked } = self.clone();
        Box::new(move |request| {
            asked.lock().unwrap().push(request.clone());
            left.lock().unwrap().pop_front().unwrap()
        })
    }

    fn asked(&self) -> Vec<EditRequest> {
        self.asked.lock().unwrap().clone()
    }
}

fn left(text: &str) -> Edited {
    Edited { path: FILE.into(), text: Some(text.into()), failure: None, is_quick: false }
}

fn failed(text: Option<&str>, failure: &str) -> Edited {
    let text = text.map(str::to_owned);
    Edited { path: FILE.into(), text, failure: Some(failure.into()), is_quick: false }
}

/// On the documents of an organization.
async fn opened(place: &Place, editor: &Editor) -> Console {
    let console = Console::with_editor(place, editor.script()).await;
    console.press("<Enter>2").await;
    console
}

async fn stored(place: &Place, id: &str) -> String {
    let root = token(place, ROOT).await;
    let document = place.service.document(&root, &acme(), id).await.unwrap();
    to_string(document.as_bytes(), Form::Editor, Layout::Compact)
}

fn discarded(console: &Console) -> Vec<PathBuf> {
    console.discarded.lock().unwrap().clone()
}

const SECOND: &str = "{\n  \"_id\": 2,\n  \"kind\": \"order\",\n  \"total\": 20\n}\n";

#[tokio::test(start_paused = true)]
async fn a_change_is_saved_told_and_shown() {
    let place = with_documents(3).await;
    let editor =
        Editor::leaving([left(&SECOND.replace("20", "77.0")), left("{\"_id\":2,\"kind\":\"letter\"}")]);
    let console = opened(&place, &editor).await;
    console.press("je").await;
    console.shows("Document 2 is saved.");
    console.shows("77.0");
    console.shows("2 of 3");
    assert_eq!(editor.asked(), [EditRequest { draft: Draft::New(SECOND.into()), line: None }]);
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"order","total":77.0}"#);
    assert_eq!(discarded(&console), [PathBuf::from(FILE)]);
    console.press("<Enter>e").await;
    console.shows("Document 2 is saved.");
    console.shows("\"kind\": \"letter\"");
    console.shows_not("77.0");
}

#[tokio::test(start_paused = true)]
async fn what_was_typed_behind_the_key_reaches_nothing_of_the_console() {
    let place = with_documents(3).await;
    let editor = Editor::leaving([left(SECOND)]);
    let console = opened(&place, &editor).await;
    console.press("jeGD").await;
    console.shows("Unchanged: nothing was written.");
    console.shows("2 of 3");
    console.shows_not("Type ");
}

#[tokio::test(start_paused = true)]
async fn v1_v4_v5_unchanged_and_cancelled_write_nothing() {
    let place = with_documents(3).await;
    let nothing = Edited { text: None, ..left("") };
    let editor = Editor::leaving([
        left(SECOND),
        left("\u{feff}{\"_id\": 2,\r\n\"kind\":\"order\",\t\"total\":20}"),
        nothing,
        failed(Some(SECOND), "exit code 1"),
        failed(None, "exit code 1"),
    ]);
    let console = opened(&place, &editor).await;
    console.press("j").await;
    for said in ["Unchanged", "Unchanged", "the text is empty", "ended with exit code 1", "exit code 1"] {
        console.press("e").await;
        console.shows(said);
        console.shows_not("Edit document 2");
    }
    assert_eq!(discarded(&console).len(), 5);
    console.press("3").await;
    console.shows_not("replaced");
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"order","total":20}"#);
}

#[tokio::test(start_paused = true)]
async fn v3_an_invalid_text_is_opened_again_at_its_line() {
    let place = with_documents(3).await;
    let editor = Editor::leaving([left("{\n  \"total\": 1,\n}"), left("{\"total\": 1}")]);
    let console = opened(&place, &editor).await;
    console.press("je").await;
    console.shows("Line 3, column 1: trailing comma.");
    console.shows(&format!("Your text: {FILE}"));
    console.press("<Enter>").await;
    console.shows("Document 2 is saved.");
    let again = EditRequest { draft: Draft::Kept(FILE.into()), line: Some(3) };
    assert_eq!(editor.asked()[1], again);
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"total":1}"#, "the _id is kept");
}

#[tokio::test(start_paused = true)]
async fn v3_escape_leaves_the_text_in_its_file_and_says_where() {
    let place = with_documents(3).await;
    let editor = Editor::leaving([left("{"), failed(Some("{"), "exit code 1")]);
    let console = opened(&place, &editor).await;
    console.press("je").await;
    console.shows("the text ends inside of an object");
    console.press("<Enter>").await;
    console.shows("the text ends inside of an object");
    console.press("<Esc>").await;
    console.shows("Nothing was saved. Your text is in this file");
    console.shows(FILE);
    console.press("<Enter>").await;
    console.shows_not(FILE);
    assert_eq!(discarded(&console), Vec::<PathBuf>::new());
}

#[tokio::test(start_paused = true)]
async fn v5_v6_a_failed_editor_and_one_in_another_window() {
    let place = with_documents(3).await;
    let changed = SECOND.replace("20", "21");
    let quick = Edited { is_quick: true, ..left(SECOND) };
    let not_found = Err(EditFailure { path: None, why: "VISUAL names foo, which was not found.".into() });
    let editor = Editor::with([Ok(failed(Some(&changed), "signal 9")), Ok(quick), not_found]);
    let console = opened(&place, &editor).await;
    console.press("je").await;
    console.shows("The editor ended with signal 9, but the text was changed.");
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"order","total":20}"#);
    console.press("y").await;
    console.shows("Document 2 is saved.");
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"order","total":21}"#);
    change(&place, "2", Some(SECOND)).await;
    console.press("r").await;
    console.press("e").await;
    console.shows("Unchanged; does your editor need --wait?");
    assert_eq!(discarded(&console).len(), 1, "it may still be written");
    console.press("<Esc>").await;
    assert_eq!(discarded(&console).len(), 2);
    console.press("e").await;
    console.shows("VISUAL names foo, which was not found.");
    console.press("<Esc>").await;
    console.shows_not("VISUAL names");
}

#[tokio::test(start_paused = true)]
async fn v8_a_refused_document_is_kept() {
    let place = with_documents(3).await;
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(101), "]".repeat(101));
    let editor =
        Editor::leaving([left("{\"_id\": 4}"), left("{\"_id\": 2.0}"), left(&deep), left("{\"total\": 5}")]);
    let console = opened(&place, &editor).await;
    console.press("je").await;
    console.shows("The _id of a document cannot change: it is 2, not 4.");
    console.press("<Enter>").await;
    console.shows("it is 2, not 2.0.");
    console.press("<Enter>").await;
    console.shows("more than 100 levels");
    console.press("<Enter>").await;
    console.shows("Document 2 is saved.");
}

#[tokio::test(start_paused = true)]
async fn v9_changed_meanwhile_shows_the_present_and_goes_on_from_there() {
    let place = with_documents(3).await;
    let mine = "{\"_id\":2,\"kind\":\"mine\"}";
    let editor = Editor::leaving([left(mine), left(mine)]);
    let console = opened(&place, &editor).await;
    change(&place, "2", Some("{\"kind\":\"theirs\"}")).await;
    console.press("je").await;
    console.shows("Someone else changed the document since you opened it.");
    console.shows("\"kind\": \"theirs\"");
    console.shows(&format!("Your text: {FILE}"));
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"theirs"}"#);
    console.press("<Enter>").await;
    console.shows("Document 2 is saved.");
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"mine"}"#);
}

#[tokio::test(start_paused = true)]
async fn v9_deleted_meanwhile_offers_to_insert() {
    let place = with_documents(3).await;
    let editor = Editor::leaving([left("{\"kind\":\"mine\"}"), left("{\"kind\":\"mine\"}")]);
    let console = opened(&place, &editor).await;
    for key in ["y", "<Esc>"] {
        console.press("r").await;
        console.press("gj").await;
        change(&place, "2", None).await;
        console.press("e").await;
        console.shows("Someone else deleted the document since you opened it.");
        console.press(key).await;
        if key == "y" {
            console.shows("Document 2 is inserted.");
            console.shows("3 documents");
            assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"mine"}"#);
        } else {
            console.shows(FILE);
            console.press("<Esc>").await;
            console.shows("2 documents");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_keeps_the_text_and_can_be_tried_again() {
    let place = with_documents(3).await;
    let editor = Editor::leaving([left("{\"kind\":\"mine\"}")]);
    let gate = Arc::clone(&place.gate);
    let mut script = editor.script();
    let cut = move |request: &EditRequest| {
        set(&gate.is_down, true);
        script(request)
    };
    let console = Console::with_editor(&place, Box::new(cut)).await;
    console.press("<Enter>2").await;
    console.press("je").await;
    console.shows("Your text: ");
    console.shows("try again");
    set(&place.gate.is_down, false);
    console.press("<F5>").await;
    console.press("y").await;
    console.shows("Document 2 is saved.");
}

#[tokio::test(start_paused = true)]
async fn a_new_document_is_inserted_also_by_an_admin() {
    let place = with_documents(0).await;
    let editor = Editor::leaving([
        left("{\n}\n"),
        left("{\"_id\": 7, \"n\": {\"$numberLong\": \"3\"}}"),
        left("{\"_id\": 7}"),
        left("{\"_id\": 8}"),
    ]);
    let console = Console::with_editor(&place, editor.script()).await;
    console.press("<Enter>2").await;
    console.shows("n  inserts one");
    console.press("n").await;
    console.shows("Unchanged: nothing was written.");
    console.press("n").await;
    console.shows("Document 7 is inserted.");
    console.shows("1 document");
    assert_eq!(stored(&place, "7").await, r#"{"_id":7,"n":{"$numberLong":"3"}}"#);
    assert_eq!(editor.asked()[0].draft, Draft::New("{\n  \n}\n".into()));
    console.press("n").await;
    console.shows("7");
    console.shows("Your text: ");
    console.press("<Enter>").await;
    console.shows("Document 8 is inserted.");
    let console = signed_in_as(&place, "admin0@x.example").await;
    console.press("2").await;
    console.press("n").await;
    console.shows("New document");
    console.press("<BS><Esc>y").await;
    console.shows_not("New document");
}

#[tokio::test(start_paused = true)]
async fn a_document_whose_text_would_lose_bytes_is_not_edited() {
    let place = with_documents(0).await;
    let mut twice = Builder::default();
    twice.put(b"_id", &Value::Int32(1)).put(b"a", &Value::Int32(1)).put(b"a", &Value::Int32(2));
    insert(&place, vec![RawDocumentBuf::from_bytes(twice.finish()).unwrap()]).await;
    let editor = Editor::default();
    let console = opened(&place, &editor).await;
    console.press("e").await;
    console.shows("Not now: its JSON does not keep every byte.");
    console.press("<Enter>e").await;
    console.shows("Not now: its JSON does not keep every byte.");
    assert_eq!(editor.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn without_an_editor_the_document_is_typed_on_a_card() {
    let place = with_documents(3).await;
    let console = Console::signed_in(&place).await;
    console.press("<Enter>2").await;
    console.press("je").await;
    console.shows("Edit document 2");
    console.shows("\"total\": 20");
    console.press("<Down><Down><Down><End>5,<Enter>").await;
    console.press("<C-s>").await;
    console.shows("trailing comma");
    console.press("<Enter>").await;
    console.press("<Up><Up><End><BS>").await;
    console.press("<C-s>").await;
    console.shows("Document 2 is saved.");
    assert_eq!(stored(&place, "2").await, r#"{"_id":2,"kind":"order","total":205}"#);
    console.press("ex").await;
    console.press("<Esc>").await;
    console.shows("Leave without saving?");
    console.press("<Esc>").await;
    console.shows("Edit document 2");
    console.press("<Esc>y").await;
    console.shows_not("Edit document 2");
    console.press("e<Esc>").await;
    console.shows_not("Leave without saving?");
    console.press("e").await;
    console.send(Event::Paste("\u{1b}[31m\r\n{\t".into()));
    console.settle().await;
    console.shows("[31m");
}
