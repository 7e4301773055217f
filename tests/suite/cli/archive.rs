//! `org export`.

use super::*;
use std::collections::BTreeSet;
use std::path::Path;

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Acme with documents, and a folder for exports.
fn acme(store: On, documents: usize) -> (Home, tempfile::TempDir) {
    let home = Home::signed_in_on(store);
    home.create("Acme Corp", "ann@x").json();
    home.put_documents("org_acme_corp", documents);
    (home, tempfile::tempdir().unwrap())
}

fn unpacked(archive: &Path) -> tempfile::TempDir {
    let into = tempfile::tempdir().unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).arg("-C").arg(into.path());
    let answer = Answer::of(tar.output().unwrap());
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "tar reads it without complaint");
    into
}

#[rstest]
fn export_writes_what_tar_and_mongorestore_read(#[values(On::Embedded, On::MongoDb)] store: On) {
    let (home, folder) = acme(store, 1_234);
    let file = folder.path().join("acme.tar.gz");
    let path = file.to_str().unwrap();
    let exported = home.run(&["org", "export", "acme corp", "--to", path, "--json"]).json();
    assert_eq!((&exported["organization_name"], &exported["file"]), (&json!("Acme Corp"), &json!(path)));
    assert_eq!((&exported["documents"], &exported["activity"]), (&json!(1_234), &json!(1)));
    let data = fs::metadata(&file).unwrap();
    assert_eq!(exported["archive_bytes"], json!(data.len()));
    assert_eq!(data.permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()), BTreeSet::from(["acme.tar.gz".to_owned()]));
    let into = unpacked(&file);
    let members = [
        "activity.jsonl",
        "manifest.json",
        "org_acme_corp.bson",
        "org_acme_corp.metadata.json",
        "organization.json",
    ];
    assert_eq!(names(into.path()), members.map(str::to_owned).into());
    let read = |name: &str| fs::read_to_string(into.path().join(name)).unwrap();
    let manifest: Value = serde_json::from_str(&read("manifest.json")).unwrap();
    assert_eq!((&manifest["format"], &manifest["documents"]), (&json!(1), &json!(1_234)));
    assert_eq!(manifest["data_bytes"], exported["data_bytes"]);
    let bson = fs::metadata(into.path().join("org_acme_corp.bson")).unwrap().len();
    assert_eq!(manifest["data_bytes"], json!(bson), "without the marker");
    let organization: Value = serde_json::from_str(&read("organization.json")).unwrap();
    assert_eq!(organization["admin_email"], "ann@x");
    assert!(!read("organization.json").contains("$2b$"), "no secret");
    let metadata: Value = serde_json::from_str(&read("org_acme_corp.metadata.json")).unwrap();
    assert_eq!(
        (&metadata["type"], &metadata["collectionName"]),
        (&json!("collection"), &json!("org_acme_corp"))
    );
    assert_eq!(metadata["indexes"][0]["name"], "_id_");
    assert!(read("activity.jsonl").contains("\"action\":\"organization_create\""));
    let audit = home.run(&["audit", "list", "--json"]).json();
    assert_eq!(audit["items"][0]["action"], "organization_export");
    assert_eq!(audit["items"][0]["changes"]["documents"], 1_234);
}

#[rstest]
fn export_never_replaces_by_accident(#[values(On::Embedded, On::MongoDb)] store: On) {
    let (home, folder) = acme(store, 3);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        home.run(&[&["org", "export", "Acme Corp", "--json", "--to"], arguments].concat())
    };
    fs::write(at("mine"), "mine").unwrap();
    fs::create_dir(at("folder")).unwrap();
    symlink(at("mine"), at("link")).unwrap();
    let refused = run(&[&at("mine")]);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.error()["hint"].as_str().unwrap().contains("--force"));
    for name in ["folder", "link", "none/file", "folder/"] {
        assert_eq!(run(&[&at(name), "--force"]).code_word(), (2, "usage".into()), "{name}");
    }
    assert_eq!(run(&["-"]).code_word(), (2, "usage".into()), "never stdout");
    let would = run(&[&at("new"), "-n"]).json();
    assert_eq!((&would["dry_run"], &would["archive_bytes"]), (&json!(true), &Value::Null));
    assert_eq!(fs::read(at("mine")).unwrap(), b"mine");
    assert!(!names(folder.path()).contains("new"));
    let only = run(&[&at("mine"), "--force", "--documents-only"]).json();
    assert_eq!(only["activity"], Value::Null);
    assert!(!names(unpacked(Path::new(&at("mine"))).path()).contains("activity.jsonl"));
    // Without --to: into the working folder.
    let mut command = home.command(&["org", "export", "Acme Corp", "-n", "--json"]);
    let named = Answer::of(command.output().unwrap()).json();
    let named = named["file"].as_str().unwrap();
    assert!(named.starts_with("./acme_corp-20") && named.ends_with(".tar.gz"), "{named}");
}

#[test]
fn a_folder_without_rights_and_a_missing_collection_leave_no_file() {
    let (home, folder) = acme(On::MongoDb, 3);
    let file = folder.path().join("a.tar.gz");
    let arguments = ["org", "export", "Acme Corp", "--json", "--to", file.to_str().unwrap()];
    home.drop_collection("org_acme_corp");
    assert_eq!(home.run(&arguments).code_word(), (6, "collection_missing".into()));
    // Root writes everywhere, but not into a folder of the kernel.
    let refused = home.run(&["org", "export", "Acme Corp", "--json", "--to", "/proc/a.tar.gz"]);
    assert_ne!(refused.code, 0);
    assert!(names(folder.path()).is_empty());
}

#[rstest]
fn an_admin_exports_its_own_organization_only(#[values(On::Embedded, On::MongoDb)] store: On) {
    let (home, folder) = acme(store, 3);
    home.create("Blue", "blue@x").json();
    home.run_with(&["login", "--email", "ann@x", "--password-stdin", "--json"], PASSWORD).json();
    let file = folder.path().join("a.tar.gz");
    let export = |name| home.run(&["org", "export", name, "--json", "--to", file.to_str().unwrap()]);
    assert_eq!(export("Blue").code_word(), (5, "not_found".into()));
    assert_eq!(export("Acme Corp").json()["documents"], 3);
    let text = home.run(&["org", "export", "Acme Corp", "--to", file.to_str().unwrap(), "--force"]);
    assert!(text.stdout.starts_with("Exported Acme Corp with 3 documents to "), "{}", text.stdout);
}
