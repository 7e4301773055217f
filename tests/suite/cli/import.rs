//! `org import`: what it brings, what it refuses, and that it is complete or absent.

use super::*;
pub(super) use crate::common::archive::archive;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::{Duration, Instant};
use tenantry::archive::{Archive, Watch};
use tenantry::domain::CollectionMetadata;
use tenantry::domain::document::{Builder, RawDocumentBuf, Value as Bson};

pub(super) fn with_id(id: &Bson<'_>, text: &[u8]) -> RawDocumentBuf {
    let mut builder = Builder::default();
    builder.put(b"_id", id).put(b"text", &Bson::String(text));
    RawDocumentBuf::from_bytes(builder.finish()).unwrap()
}

/// A document with a value of each type, under each of some ids, in the order of the ids.
pub(super) fn every_type() -> Vec<RawDocumentBuf> {
    let mut inner = Builder::default();
    inner.put(b"0", &Bson::Int32(1));
    let inner = inner.finish();
    let values = [
        Bson::Double(-0.0),
        Bson::Double(f64::from_bits(0x7ff8_0000_0000_0001)),
        Bson::String(b"a\0b"),
        Bson::Document(&inner),
        Bson::Array(&inner),
        Bson::Binary { subtype: 0x80, bytes: b"xyz" },
        Bson::Undefined,
        Bson::ObjectId([7; 12]),
        Bson::Boolean(true),
        Bson::DateTime(-1),
        Bson::Null,
        Bson::Regex { pattern: b"a", options: b"imx" },
        Bson::DbPointer { namespace: b"d.c", id: [1; 12] },
        Bson::Code(b"f()"),
        Bson::Symbol(b"s"),
        Bson::CodeWithScope { code: b"f()", scope: &inner },
        Bson::Int32(7),
        Bson::Timestamp(0),
        Bson::Int64(i64::MIN),
        Bson::Decimal128([9; 16]),
        Bson::MinKey,
        Bson::MaxKey,
    ];
    let ids = [
        Bson::Null,
        Bson::Double(0.5),
        Bson::Int32(7),
        Bson::Int64(i64::MAX),
        Bson::String(b""),
        Bson::String(b"A"),
        Bson::String(b"a"),
        Bson::Document(&inner),
        Bson::Binary { subtype: 4, bytes: b"0123456789abcdef" },
        Bson::ObjectId([1; 12]),
        Bson::Boolean(false),
        Bson::DateTime(0),
    ];
    let whole = |id: &Bson<'_>| {
        let mut builder = Builder::default();
        builder.put(b"_id", id);
        for (number, value) in values.iter().enumerate() {
            builder.put(format!("f{number}").as_bytes(), value);
        }
        RawDocumentBuf::from_bytes(builder.finish()).unwrap()
    };
    ids.iter().map(whole).collect()
}

pub(super) fn of_index(text: &str) -> RawDocumentBuf {
    tenantry::domain::document::json::read(text).unwrap()
}

pub(super) fn import(home: &Home, file: &Path, more: &[&str]) -> Answer {
    let arguments = ["org", "import", file.to_str().unwrap(), "--password-stdin", "--json"];
    home.run_with(&[&arguments, more].concat(), PASSWORD)
}

pub(super) fn export(home: &Home, name: &str, file: &Path) {
    home.run(&["org", "export", name, "--to", file.to_str().unwrap(), "--force", "--json"]).json();
}

/// Documents, options and indexes of an archive.
pub(super) fn contents(file: &Path) -> (Vec<RawDocumentBuf>, RawDocumentBuf, Vec<RawDocumentBuf>) {
    let archive = Archive::open(file, Watch::default()).unwrap();
    let metadata = archive.metadata.clone();
    let mut documents = archive.documents().unwrap();
    let mut all = Vec::new();
    while let Some(batch) = documents.next_batch().unwrap() {
        all.extend(batch);
    }
    (all, metadata.options, metadata.indexes)
}

pub(super) fn is_sound(home: &Home) {
    let report = home.run(&["doctor", "--json"]);
    assert_eq!(report.code, 0, "{}{}", report.stdout, report.stderr);
    let findings = report.json()["findings"].as_array().unwrap().len();
    assert_eq!(findings, 0, "{}", report.stdout);
}

pub(super) fn organizations(home: &Home) -> usize {
    home.run(&["org", "list", "--json"]).json()["items"].as_array().unwrap().len()
}

pub(super) fn indexes() -> Vec<RawDocumentBuf> {
    vec![
        of_index(r#"{"v":2,"key":{"_id":1},"name":"_id_"}"#),
        of_index(r#"{"v":2,"key":{"email":1},"name":"e 1%","unique":true,"sparse":true}"#),
        of_index(r#"{"v":2,"key":{"at":-1},"name":"at_-1","expireAfterSeconds":900000000}"#),
    ]
}

/// X1, X4: bytes and indexes are the same after each of the stores.
#[rstest]
fn every_byte_comes_back(#[values(On::Embedded, On::MongoDb)] store: On) {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("1.tar.gz"), folder.path().join("2.tar.gz"));
    let mut given = every_type();
    given.extend((0..1_500).map(|id| with_id(&Bson::DateTime(id + 1), &[b'x'; 30])));
    archive(&one, &given, CollectionMetadata { indexes: indexes(), ..CollectionMetadata::default() });
    let home = Home::signed_in_on(store);
    let imported = import(&home, &one, &[]).json();
    assert_eq!((&imported["organization_name"], &imported["admin_email"]), (&json!("Acme"), &json!("ann@x")));
    assert_eq!((&imported["collection_name"], &imported["state"]), (&json!("org_acme"), &json!("active")));
    assert_ne!(imported["organization_id"], "7");
    assert_eq!(home.run(&["org", "get", "Acme", "--json"]).json()["documents"], given.len());
    export(&home, "Acme", &two);
    let (documents, _, kept) = contents(&two);
    assert_eq!(documents.len(), given.len());
    let different = documents.iter().zip(&given).find(|(one, two)| one.as_bytes() != two.as_bytes());
    assert!(different.is_none(), "{different:?}");
    let named = |indexes: &[RawDocumentBuf]| -> Vec<String> {
        let mut names: Vec<String> =
            indexes.iter().map(|index| index.get_str("name").unwrap().to_owned()).collect();
        // A server lists them in an order of its own.
        names.sort();
        names
    };
    assert_eq!(named(&kept), named(&indexes()));
    let unique = kept.iter().find(|index| index.get_str("name").unwrap() == "e 1%").unwrap();
    assert!(unique.get_bool("unique").unwrap());
    if matches!(store, On::Embedded) {
        assert_eq!(kept, indexes(), "byte by byte");
        let shown = home.run(&["org", "get", "Acme", "--json"]).json();
        assert_eq!(shown["indexes"][1]["keys"], json!({"email": 1}));
    }
    is_sound(&home);
    let audit = home.run(&["audit", "list", "--json"]).json();
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"organization_import"), "{actions:?}");
    home.run_with(&["login", "--email", "ann@x", "--password-stdin", "--json"], PASSWORD).json();
}

/// What a server would not take: equal names, and text that is not UTF-8.
#[test]
fn odd_bytes_come_back_from_the_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("1.tar.gz"), folder.path().join("2.tar.gz"));
    let mut twice = Builder::default();
    twice.put(b"_id", &Bson::Int32(2)).put(b"a", &Bson::Null).put(b"a", &Bson::Int32(1));
    let given = vec![
        with_id(&Bson::Int32(1), b"\xff\xfe"),
        RawDocumentBuf::from_bytes(twice.finish()).unwrap(),
        with_id(&Bson::String(b"A"), b""),
        with_id(&Bson::String(b"a"), b""),
    ];
    archive(&one, &given, CollectionMetadata::default());
    let home = Home::signed_in();
    import(&home, &one, &[]).json();
    export(&home, "Acme", &two);
    assert!(contents(&two).0 == given);
}

/// From MongoDB to the embedded store and back: the same bytes, options and indexes as the server first had.
#[test]
fn mongodb_embedded_mongodb_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (server, file) = (Home::signed_in_on(On::MongoDb), Home::signed_in());
    archive(
        &at("0"),
        &every_type(),
        CollectionMetadata { indexes: indexes(), ..CollectionMetadata::default() },
    );
    import(&server, &at("0"), &[]).json();
    export(&server, "Acme", &at("1"));
    import(&file, &at("1"), &[]).json();
    export(&file, "Acme", &at("2"));
    import(&server, &at("2"), &["--name", "Acme Again", "--admin-email", "again@x"]).json();
    export(&server, "Acme Again", &at("3"));
    let first = contents(&at("1"));
    assert!(first.0 == every_type());
    assert!(contents(&at("2")) == first);
    assert!(contents(&at("3")) == first);
    is_sound(&server);
    is_sound(&file);
}

#[rstest]
fn what_is_taken_or_wrong_makes_nothing(#[values(On::Embedded, On::MongoDb)] store: On) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar.gz");
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    archive(&file, &[with_id(&Bson::Int32(1), b"x")], CollectionMetadata::default());
    let taken = import(&home, &file, &[]);
    assert_eq!(taken.code_word(), (6, "name_taken".into()));
    assert!(taken.error()["hint"].as_str().unwrap().contains("--name NEW"));
    assert_eq!(import(&home, &file, &["--name", "Other"]).code_word(), (6, "email_taken".into()));
    let would = home.run(&[
        "org",
        "import",
        file.to_str().unwrap(),
        "--name",
        "B",
        "--admin-email",
        "b@x",
        "-n",
        "--json",
    ]);
    assert_eq!(would.json()["dry_run"], true);
    // An id that is there twice, and not beside itself, is found by the store.
    let ids = [1, 2, 1];
    let twice: Vec<_> = ids.map(|id| with_id(&Bson::Int32(id), b"x")).into();
    archive(&file, &twice, CollectionMetadata::default());
    let refused = import(&home, &file, &["--name", "Twice", "--admin-email", "t@x"]);
    assert_eq!(refused.code_word(), (2, "invalid_archive".into()), "{}", refused.stderr);
    assert!(refused.stderr.contains("same _id"), "{}", refused.stderr);
    fs::write(&file, "no archive").unwrap();
    assert_eq!(import(&home, &file, &[]).code_word(), (2, "invalid_archive".into()));
    assert_eq!(import(&home, &folder.path().join("none"), &[]).code_word(), (2, "invalid_archive".into()));
    assert_eq!(organizations(&home), 1);
    is_sound(&home);
    home.run_with(&["login", "--email", "ann@x", "--password-stdin", "--json"], PASSWORD).json();
    assert_eq!(import(&home, &file, &[]).code_word(), (7, "forbidden".into()));
}

/// X2: an index that the server refuses is named, and nothing is left.
#[test]
fn an_index_that_the_server_refuses_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar.gz");
    let home = Home::signed_in_on(On::MongoDb);
    let wrong = of_index(r#"{"v":2,"key":{"a":"no such kind"},"name":"odd"}"#);
    let metadata = CollectionMetadata { indexes: vec![wrong], ..CollectionMetadata::default() };
    archive(&file, &[with_id(&Bson::Int32(1), b"x")], metadata);
    let refused = import(&home, &file, &[]);
    assert_eq!(refused.code_word(), (2, "invalid_archive".into()), "{}", refused.stderr);
    assert!(refused.error()["message"].as_str().unwrap().contains("the index \"odd\""), "{}", refused.stderr);
    assert_eq!(organizations(&home), 0);
    is_sound(&home);
}

/// A big archive, of which an import takes a second or more.
fn big(folder: &Path) -> PathBuf {
    let file = folder.join("big.tar.gz");
    let documents: Vec<_> = (0..60_000).map(|id| with_id(&Bson::Int32(id), &[b'x'; 300])).collect();
    archive(&file, &documents, CollectionMetadata { indexes: indexes(), ..CollectionMetadata::default() });
    file
}

fn begun(home: &Home, file: &Path) -> std::process::Child {
    let mut command =
        home.command(&["org", "import", file.to_str().unwrap(), "--password-file", "pw", "--json"]);
    fs::write(home.folder.path().join("pw"), PASSWORD).unwrap();
    fs::set_permissions(home.folder.path().join("pw"), fs::Permissions::from_mode(0o600)).unwrap();
    command.env("LEASE_SECONDS", "2").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// X9: Ctrl-C takes it back, whenever it comes; kill -9 leaves what the next process takes back.
#[rstest]
fn an_import_that_is_stopped_is_complete_or_absent(
    #[values(On::Embedded, On::MongoDb)] store: On,
    #[values(Signal::INT, Signal::KILL)] signal: Signal,
) {
    let folder = tempfile::tempdir().unwrap();
    let file = big(folder.path());
    let mut stopped = 0;
    for milliseconds in [200, 900, 2_000] {
        let home = Home::signed_in_on(store);
        let child = begun(&home, &file);
        std::thread::sleep(Duration::from_millis(milliseconds));
        let _ = kill_process(Pid::from_child(&child), signal);
        let ended = child.wait_with_output().unwrap();
        let when = format!("after {milliseconds} ms: {}", String::from_utf8_lossy(&ended.stderr));
        if signal == Signal::INT {
            // Before it listens for signals, one ends it.
            let code = ended.status.code();
            assert!(matches!(code, None | Some(0 | 130)), "{code:?} {when}");
            assert_eq!(organizations(&home), usize::from(code == Some(0)), "{when}");
        } else {
            take_back(&home, &when);
        }
        let count = organizations(&home);
        stopped += usize::from(count == 0);
        if count == 1 {
            assert_eq!(home.run(&["org", "get", "Acme", "--json"]).json()["documents"], 60_000, "{when}");
        }
        is_sound(&home);
        left_nothing(&home, count, &when);
    }
    assert!(stopped > 0, "each import ended first");
}

/// Lets the leases be over, and the next process look.
fn take_back(home: &Home, when: &str) {
    if home.database.is_none() {
        home.file()
            .execute("UPDATE collections SET importing_until = 1 WHERE importing_until > 0", [])
            .unwrap();
        organizations(home);
        return;
    }
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let listed = home.run(&["org", "list", "--json"]).json();
        let items = listed["items"].as_array().unwrap();
        if items.iter().all(|item| item["state"] == "active") {
            return;
        }
        assert!(Instant::now() < until, "{when}: {listed}");
    }
}

/// No collection aside, and no document of it.
pub(super) fn left_nothing(home: &Home, organizations: usize, when: &str) {
    let Some(database) = &home.database else {
        let file = home.file();
        let count = |sql| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let organizations = i64::try_from(organizations).unwrap();
        assert_eq!(count("SELECT COUNT(*) FROM collections"), organizations, "{when}");
        assert_eq!(count("SELECT COUNT(*) FROM documents"), organizations * 60_000, "{when}");
        return;
    };
    let names = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let client = Client::with_uri_str(&database.uri).await.unwrap();
        let left = client.database(&database.name).collection::<Document>("organizations");
        assert_eq!(left.count_documents(doc! {}).await.unwrap(), organizations as u64, "{when}");
        client.database(&database.name).list_collection_names().await.unwrap()
    });
    assert!(names.iter().all(|name| !name.starts_with("tenantry_new_")), "{when}: {names:?}");
}
