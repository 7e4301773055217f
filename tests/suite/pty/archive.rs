//! An export in the real console, stopped and whole, and its import on another store.

use super::*;
use crate::common::proxy::Act;
use mongodb::bson::doc;
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn documents(home: &Home, name: &str) -> serde_json::Value {
    let got: serde_json::Value = serde_json::from_str(&home.run(&["org", "get", name, "--json"])).unwrap();
    got["documents"].clone()
}

/// From now on the second page of its documents, and those after it, are held.
fn hold_the_second_page(home: &Home) {
    home.proxy().reset();
    home.proxy().rule(|call| {
        let is_find = call.command == "find" && call.target == "org_acme";
        // It begins behind the last one of the page before.
        let goes_on = call.body.get_document("filter").is_ok_and(|filter| filter.to_string().contains("$gt"));
        if is_find && goes_on { Act::Hold } else { Act::Pass }
    });
}

#[test]
fn a_stopped_export_leaves_no_file_and_a_whole_one_is_imported_on_another_store() {
    let home = Home::mongo().with_operator().with_organizations(&["Acme"]);
    let server = home.server.as_ref().unwrap();
    server.runtime.block_on(async {
        let all: Vec<_> = (0..2_500).map(|number| doc! {"_id": number, "text": "x".repeat(100)}).collect();
        server.database.direct.collection("org_acme").insert_many(all).await.unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.tar.gz");
    let path = file.to_str().unwrap();
    let mut console = home.console();
    console.wait("Acme");
    console.send("X");
    console.wait("Export Acme");
    hold_the_second_page(&home);
    console.send(&format!("{CTRL_U}{path}{ENTER}"));
    console.wait("1,000 of 2,500 documents");
    console.send(CTRL_C);
    console.wait("Stopped. No file was written.");
    // Its parts have no name.
    assert_eq!(names(folder.path()), Vec::<String>::new());
    home.proxy().release();
    home.proxy().reset();
    console.send(ENTER);
    console.wait("Acme is exported: 2,500 documents");
    assert_eq!(names(folder.path()), ["acme.tar.gz"]);
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();

    let other = Home::embedded().with_operator();
    other.run(&["org", "import", path, "--admin-email", "ann@example.com", "--password-stdin"]);
    assert_eq!(documents(&other, "Acme"), 2_500);
}

#[test]
fn leaving_in_the_middle_of_an_export_leaves_no_file() {
    let home = Home::mongo().with_operator().with_organizations(&["Acme"]);
    let server = home.server.as_ref().unwrap();
    server.runtime.block_on(async {
        let all: Vec<_> = (0..1_500).map(|number| doc! {"_id": number}).collect();
        server.database.direct.collection("org_acme").insert_many(all).await.unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let mut console = home.console();
    console.wait("Acme");
    console.send("X");
    console.wait("Export Acme");
    hold_the_second_page(&home);
    console.send(&format!("{CTRL_U}{}/acme.tar.gz{ENTER}", folder.path().display()));
    console.wait("1,000 of 1,500 documents");
    console.signal("TERM");
    assert_eq!(console.exit_code(), 143);
    console.assert_restored();
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn an_archive_is_imported_in_the_console() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
    let mut store = home.file();
    let transaction = store.transaction().unwrap();
    for number in 0..2_500 {
        crate::common::documents::put(&transaction, "org_acme", &format!("d{number}"));
    }
    transaction.commit().unwrap();
    let file = home.folder.path().join("acme.tar.gz");
    home.run(&["org", "export", "Acme", "--to", file.to_str().unwrap()]);
    let mut console = home.console();
    console.wait("Acme");
    console.send("I");
    console.wait("Import organization");
    let typed = [file.to_str().unwrap(), "Zephyr", "z@example.com", PASSWORD, PASSWORD].join(TAB);
    console.send(&format!("{typed}{CTRL_S}"));
    console.wait("org_zephyr");
    console.send(ENTER);
    console.wait("Zephyr is imported.");
    console.wait("▌ Zephyr");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    assert_eq!(documents(&home, "Zephyr"), 2_500);
}
