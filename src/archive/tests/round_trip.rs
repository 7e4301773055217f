//! What is written is read again, and where it may be written.

use super::*;
use crate::domain::CollectionMetadata;
use crate::domain::document::json;
use serde_json::{Map, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn content(collection: &str) -> Content {
    let index = |text: &str| json::read(text).unwrap();
    Content {
        at: "2026-11-29T12:00:00Z".parse().unwrap(),
        organization_id: "7".to_owned(),
        organization_name: "Acme".to_owned(),
        collection_name: collection.to_owned(),
        organization: Map::from_iter([("organization_name".to_owned(), json!("Acme"))]),
        metadata: CollectionMetadata {
            options: index(r#"{"capped":false,"validator":{"a":{"$type":"string"}}}"#),
            indexes: vec![
                index(r#"{"v":2,"key":{"_id":1},"name":"_id_"}"#),
                index(
                    r#"{"v":2,"key":{"a b":-1.0,"c":"1.0"},"name":"a b%","expireAfterSeconds":{"$numberLong":"5"}}"#,
                ),
            ],
            uuid: None,
        },
        documents_only: false,
    }
}

fn finished(folder: &Path, name: &str, collection: &str, batches: &[Vec<RawDocumentBuf>]) -> Finished {
    let target = Target::check(&folder.join(name), false).unwrap();
    let mut draft = Draft::begin(target, content(collection), Watch::default()).unwrap().unwrap();
    for batch in batches {
        draft.documents(batch).unwrap();
    }
    draft.activity(&[r#"{"action":"organization_create"}"#.to_owned()]).unwrap();
    draft.finish().unwrap()
}

fn many(count: i32) -> Vec<RawDocumentBuf> {
    (0..count).map(|id| RawDocumentBuf::from_bytes(document(&Value::Int32(id))).unwrap()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn documents_come_back_in_batches() {
    let folder = tempfile::tempdir().unwrap();
    let documents = many(2_500);
    finished(folder.path(), "a.tar.gz", "org_a", std::slice::from_ref(&documents)).place().unwrap();
    assert_eq!(names(folder.path()), ["a.tar.gz"]);
    let archive = open(&folder.path().join("a.tar.gz")).unwrap();
    assert_eq!((archive.manifest.documents, archive.manifest.activity), (2_500, Some(1)));
    assert_eq!(archive.metadata, content("org_a").metadata);
    assert_eq!(archive.organization["organization_name"], "Acme");
    let batches = read(archive);
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    assert!(batches.concat() == documents);
}

/// A batch ends before 16 MB; a document of 16 MB is a batch of its own.
#[test]
fn large_documents_are_batches_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let of_size = |id: i32, bytes: usize| {
        let mut builder = Builder::default();
        builder.put(b"_id", &Value::Int32(id));
        let text = vec![b'x'; bytes - builder.len() - 9];
        builder.put(b"t", &Value::String(&text));
        RawDocumentBuf::from_bytes(builder.finish()).unwrap()
    };
    let sizes = [16_777_216, 9_000_000, 7_000_000, 7_000_000, 100];
    let documents: Vec<RawDocumentBuf> = (0..).zip(sizes).map(|(id, bytes)| of_size(id, bytes)).collect();
    assert_eq!(documents.iter().map(|document| document.as_bytes().len()).collect::<Vec<_>>(), sizes);
    finished(folder.path(), "a.tar.gz", "org_a", &[documents]).place().unwrap();
    let batches = read(open(&folder.path().join("a.tar.gz")).unwrap());
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2]);
}

#[test]
fn an_empty_collection_and_full_batches_end() {
    for count in [0, 1, 1_000, 2_000] {
        let folder = tempfile::tempdir().unwrap();
        finished(folder.path(), "a.tar.gz", "org_a", &[many(count)]).place().unwrap();
        let read = read(open(&folder.path().join("a.tar.gz")).unwrap());
        assert_eq!(i32::try_from(read.concat().len()).unwrap(), count);
    }
}

/// Names of any collection, long ones too, are found again.
#[test]
fn names_of_members_are_read_back() {
    for collection in ["org_Beta Co", "org_a%b", &"é".repeat(59)] {
        let folder = tempfile::tempdir().unwrap();
        finished(folder.path(), "a.tar.gz", collection, &[many(3)]).place().unwrap();
        let archive = open(&folder.path().join("a.tar.gz")).unwrap();
        assert_eq!(archive.manifest.collection_name, collection);
        assert_eq!(read(archive).concat(), many(3));
    }
}

#[test]
fn an_export_goes_only_to_a_new_file_or_over_a_plain_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("file"), "x").unwrap();
    symlink(at("file"), at("link")).unwrap();
    symlink(at("nothing"), at("dangling")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    for name in ["folder", "link", "dangling", "fifo"] {
        for force in [false, true] {
            let refused = Target::check(&at(name), force).unwrap_err();
            assert!(matches!(refused, TargetError::NotPlain { .. }), "{name}: {refused}");
        }
    }
    assert!(matches!(Target::check(&at("file"), false).unwrap_err(), TargetError::Exists(_)));
    Target::check(&at("file"), true).unwrap();
    assert!(matches!(Target::check(&at("no/file"), true).unwrap_err(), TargetError::NoFolder(_)));
    for name in ["", "/", "-", "x/", ".."] {
        assert!(
            matches!(Target::check(Path::new(name), true).unwrap_err(), TargetError::NoName(_)),
            "{name}"
        );
    }
}

/// What came to be there while documents were read is not replaced.
#[test]
fn a_file_that_came_meanwhile_stays() {
    let folder = tempfile::tempdir().unwrap();
    let finished = finished(folder.path(), "a.tar.gz", "org_a", &[]);
    fs::write(folder.path().join("a.tar.gz"), "mine").unwrap();
    assert!(matches!(finished.place().unwrap_err(), TargetError::Exists(_)));
    assert_eq!(fs::read(folder.path().join("a.tar.gz")).unwrap(), b"mine");
    assert_eq!(names(folder.path()), ["a.tar.gz"]);
}

#[test]
fn only_its_user_reads_it_and_nothing_is_left_without_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::check(&folder.path().join("a.tar.gz"), false).unwrap();
    let mut draft = Draft::begin(target, content("org_a"), Watch::default()).unwrap().unwrap();
    draft.documents(&many(10)).unwrap();
    assert!(names(folder.path()).is_empty(), "parts have no name");
    drop(draft.finish().unwrap());
    assert!(names(folder.path()).is_empty());
    finished(folder.path(), "a.tar.gz", "org_a", &[]).place().unwrap();
    assert_eq!(fs::metadata(folder.path().join("a.tar.gz")).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A killed export leaves one file; the next export there removes it, but not that of an export that runs.
#[test]
fn the_next_export_removes_what_a_killed_one_left() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".tenantry-export-abc.tar.gz"), "left").unwrap();
    fs::write(folder.path().join(".tenantry-export-notes.txt"), "mine").unwrap();
    let running = finished(folder.path(), "a.tar.gz", "org_a", &[]);
    finished(folder.path(), "b.tar.gz", "org_a", &[]).place().unwrap();
    running.place().unwrap();
    let mut left = names(folder.path());
    left.sort();
    assert_eq!(left, [".tenantry-export-notes.txt", "a.tar.gz", "b.tar.gz"]);
}
