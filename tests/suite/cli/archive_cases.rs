//! Exports and imports of collections that are not plain: every kind of index, options, odd names, what cannot come back.

use super::import::{
    archive, contents, every_type, export, import, is_sound, of_index, organizations, with_id,
};
use super::*;
use mongodb::Client;

use std::path::Path;
use tenantry::domain::CollectionMetadata;
use tenantry::domain::document::{RawDocumentBuf, Value as Bson};

/// Runs a command on the database of a home, past tenantry.
fn run(home: &Home, command: &str) {
    let database = home.database.as_ref().unwrap();
    let command = of_index(command);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let client = Client::with_uri_str(&database.uri).await.unwrap();
        client.database(&database.name).run_raw_command(command).await.unwrap();
    });
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The indexes that the test server takes, as they are given.
const KINDS: [&str; 12] = [
    r#"{"key":{"a":1},"name":"unique","unique":true}"#,
    r#"{"key":{"b":1},"name":"ttl","expireAfterSeconds":86400}"#,
    r#"{"key":{"c":1,"c2":-1},"name":"partial","partialFilterExpression":{"c":{"$gt":{"$date":"2026-03-04T05:06:07Z"}}}}"#,
    r#"{"key":{"d":1},"name":"sparse","sparse":true}"#,
    r#"{"key":{"e":1},"name":"collation","collation":{"locale":"fr","strength":2,"backwards":true}}"#,
    r#"{"key":{"f":"2dsphere"},"name":"sphere","2dsphereIndexVersion":2}"#,
    r#"{"key":{"g":"2d"},"name":"flat","bits":20,"min":-10.5,"max":{"$numberLong":"10"}}"#,
    r#"{"key":{"$**":1},"name":"wildcard","wildcardProjection":{"secret":0}}"#,
    r#"{"key":{"h":1},"name":"hidden","hidden":true}"#,
    r#"{"key":{"due date":-1.0},"name":"a b %20\u00e9"}"#,
    r#"{"v":1,"key":{"i":1},"name":"of version 1"}"#,
    r#"{"key":{"j":{"$numberLong":"1"}},"name":"long","background":true}"#,
];

/// X1: as many as there may be, from MongoDB to the embedded store and back.
#[test]
fn every_index_of_a_server_comes_back_to_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let at = |number: usize| folder.path().join(number.to_string());
    let (server, file) = (Home::signed_in_on(On::MongoDb), Home::signed_in());
    server.create("Acme", "ann@x").json();
    let more = (KINDS.len() + 1..64).map(|n| format!(r#"{{"key":{{"x{n}":1}},"name":"x{n}"}}"#));
    for index in KINDS.iter().map(|kind| (*kind).to_owned()).chain(more) {
        run(&server, &format!(r#"{{"createIndexes":"org_acme","indexes":[{index}]}}"#));
    }
    // The unique index takes the marker for one without the field.
    run(&server, r#"{"insert":"org_acme","documents":[{"_id":1,"a":1},{"_id":2,"a":2}]}"#);
    export(&server, "Acme", &at(1));
    import(&file, &at(1), &[]).json();
    let shown = file.run(&["org", "get", "Acme", "--json"]).json();
    assert_eq!(shown["indexes"].as_array().unwrap().len(), 64);
    export(&file, "Acme", &at(2));
    import(&server, &at(2), &["--name", "Again", "--admin-email", "again@x"]).json();
    export(&server, "Again", &at(3));
    let first = contents(&at(1));
    assert_eq!(first.2.len(), 64);
    for (given, kind) in KINDS.iter().map(|kind| (of_index(kind), kind)) {
        let name = given.get_str("name").unwrap();
        let kept = first.2.iter().find(|index| index.get_str("name").unwrap() == name);
        let kept = kept.unwrap_or_else(|| panic!("{name}: {:?}", first.2));
        for (option, value) in given.iter().map(Result::unwrap) {
            // A server completes a collation, and writes some numbers as others.
            let is_own = ["collation", "background", "v", "max"].contains(&option.as_str());
            assert!(is_own || kept.get(option).unwrap() == Some(value), "{kind}: {kept:?}");
        }
    }
    assert!(contents(&at(2)) == first, "the embedded store changes no byte");
    assert!(contents(&at(3)) == first, "nor does the way back");
    is_sound(&server);
    is_sound(&file);
}

/// X1, what the test server does not take: the embedded store keeps it byte by byte.
#[test]
fn indexes_that_a_store_does_not_know_are_kept_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("1"), folder.path().join("2"));
    let others = [
        r#"{"v":2,"key":{"_fts":"text","_ftsx":1},"name":"text","weights":{"a":3,"b.c":{"$numberLong":"10"}},"default_language":"german","language_override":"lang","textIndexVersion":3}"#,
        r#"{"v":2,"key":{"a":"hashed"},"name":"hashed"}"#,
        r#"{"v":1,"key":{"a":"1.0","b":-1.0,"c":{"$numberDecimal":"1"},"d":true},"name":"keys of old servers","ns":"a.b"}"#,
        r#"{"v":2,"key":{"a":"geoHaystack","b":1},"name":"haystack","bucketSize":0.5}"#,
        r#"{"v":2,"key":{"a":1},"name":"ttl","expireAfterSeconds":{"$numberDouble":"NaN"}}"#,
        r#"{"v":2,"key":{"a":1},"name":"option of tomorrow","storageEngine":{"wiredTiger":{"configString":"x=1"}},"clustered":true,"x":{"$binary":{"base64":"AA==","subType":"80"}}}"#,
        r#"{"v":2,"key":{"$**":"columnstore"},"name":"","columnstoreProjection":{"a":{"$minKey":1}}}"#,
    ];
    let mut indexes = vec![of_index(r#"{"v":2,"key":{"_id":1},"name":"_id_"}"#)];
    indexes.extend(KINDS.iter().chain(&others).map(|index| of_index(index)));
    let options = of_index(
        r#"{"validator":{"$jsonSchema":{"required":["a"]}},"validationLevel":"moderate","collation":{"locale":"de","strength":2,"version":"57.1"},"capped":true,"size":{"$numberLong":"1048576"},"max":{"$numberDouble":"50.0"},"changeStreamPreAndPostImages":{"enabled":true}}"#,
    );
    let metadata = CollectionMetadata { options, indexes, ..CollectionMetadata::default() };
    archive(&one, &every_type(), metadata.clone());
    let home = Home::signed_in();
    import(&home, &one, &[]).json();
    export(&home, "Acme", &two);
    let (documents, options, indexes) = contents(&two);
    assert!(documents == every_type());
    assert_eq!(options.as_bytes(), metadata.options.as_bytes());
    let bytes = |indexes: &[RawDocumentBuf]| {
        indexes.iter().map(|index| index.as_bytes().to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(bytes(&indexes), bytes(&metadata.indexes));
    is_sound(&home);
}

/// X2: an index that the server refuses is named, and nothing is left; one that it takes is there.
#[test]
fn an_import_is_whole_with_its_index_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    let home = Home::signed_in_on(On::MongoDb);
    let mut there = 0;
    for (name, index) in [
        (
            "text",
            r#"{"v":2,"key":{"_fts":"text","_ftsx":1},"name":"text","weights":{"a":1},"default_language":"english","language_override":"language","textIndexVersion":3}"#,
        ),
        ("hashed", r#"{"v":2,"key":{"a":"hashed"},"name":"hashed"}"#),
        ("sparse", r#"{"v":2,"key":{"a":1},"name":"sparse","sparse":true}"#),
        ("no version", r#"{"v":9,"key":{"a":1},"name":"no version"}"#),
    ] {
        let metadata = CollectionMetadata { indexes: vec![of_index(index)], ..CollectionMetadata::default() };
        archive(&file, &[with_id(&Bson::Int32(1), b"x")], metadata);
        let email = format!("{}@x", name.replace(' ', ""));
        let answer = import(&home, &file, &["--name", name, "--admin-email", &email]);
        if answer.code == 0 {
            there += 1;
            let shown = home.run(&["org", "get", name, "--json"]).json();
            assert_eq!((shown["indexes"].as_array().unwrap().len(), &shown["documents"]), (2, &json!(1)));
        } else {
            assert_eq!(answer.code_word(), (2, "invalid_archive".into()), "{name}: {}", answer.stderr);
            let message = answer.error()["message"].as_str().unwrap().to_owned();
            assert!(message.contains(&format!("the index \"{name}\"")), "{message}");
        }
        assert_eq!(organizations(&home), there, "{name}");
        is_sound(&home);
    }
    assert!((1..4).contains(&there), "{there} were taken");
}

/// X3: validator, collation, capped and pre-images are there again, with documents that the validator would refuse.
#[test]
fn options_of_a_collection_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (server, file) = (Home::signed_in_on(On::MongoDb), Home::signed_in());
    for (number, options) in [
        r#"{"validator":{"$jsonSchema":{"required":["never"]}},"validationLevel":"strict","validationAction":"error"}"#,
        r#"{"collation":{"locale":"de","strength":2}}"#,
        r#"{"capped":true,"size":{"$numberLong":"1048576"},"max":50}"#,
        r#"{"changeStreamPreAndPostImages":{"enabled":true}}"#,
    ]
    .iter()
    .enumerate()
    {
        let given = of_index(options);
        archive(&at("0"), &every_type()[7..], CollectionMetadata { options: given.clone(), ..CollectionMetadata::default() });
        let name = format!("Acme {number}");
        let email = |part: &str| format!("{part}{number}@x");
        import(&server, &at("0"), &["--name", &name, "--admin-email", &email("a")]).json();
        export(&server, &name, &at("1"));
        import(&file, &at("1"), &["--name", &name, "--admin-email", &email("a")]).json();
        export(&file, &name, &at("2"));
        import(&server, &at("2"), &["--name", &format!("{name} again"), "--admin-email", &email("b")]).json();
        export(&server, &format!("{name} again"), &at("3"));
        let first = contents(&at("1"));
        for (option, value) in given.iter().map(Result::unwrap) {
            let kept = first.1.get(option).unwrap();
            // A server completes a collation, and writes a size as another number.
            let is_own = ["collation", "size"].contains(&option.as_str());
            assert!(kept.is_some() && (is_own || kept == Some(value)), "{options}: {kept:?}");
        }
        assert!(first.0 == every_type()[7..], "{options}");
        assert!(contents(&at("2")) == first, "{options}");
        assert!(contents(&at("3")) == first, "{options}");
    }
    is_sound(&server);
    is_sound(&file);
}

/// X3: what could not be brought back as it is.
#[test]
fn views_time_series_and_clustered_collections_are_not_exported() {
    for (kind, create) in [
        ("a view", r#"{"create":"org_acme","viewOn":"other","pipeline":[]}"#),
        ("a time series", r#"{"create":"org_acme","timeseries":{"timeField":"at"}}"#),
        ("clustered", r#"{"create":"org_acme","clusteredIndex":{"key":{"_id":1},"unique":true}}"#),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::signed_in_on(On::MongoDb);
        home.create("Acme", "ann@x").json();
        home.drop_collection("org_acme");
        run(&home, create);
        let file = folder.path().join("a.tar.gz");
        let refused = home.run(&["org", "export", "Acme", "--to", file.to_str().unwrap(), "--json"]);
        assert_eq!(refused.code_word(), (2, "usage".into()), "{kind}: {}", refused.stderr);
        let message = refused.error()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(kind), "{message}");
        assert_eq!(names(folder.path()), [] as [&str; 0], "{kind}");
    }
}

/// X6: files and members are named after the collection, whatever the name of the organization is.
#[test]
fn odd_names_are_names_of_files_and_members() {
    let home = Home::signed_in();
    for (number, name) in ["Beta Co", "a/b & c", "Zürich & Söhne", "株式会社テスト"].iter().enumerate()
    {
        let email = format!("a{number}@x");
        let made = home.create(name, &email).json();
        let collection = made["collection_name"].as_str().unwrap();
        home.put_documents(collection, 3);
        let exported = home.run(&["org", "export", "--json", "--", name]).json();
        let path = exported["file"].as_str().unwrap().to_owned();
        let slug = collection.strip_prefix("org_").unwrap();
        assert!(path.starts_with(&format!("./{slug}-20")) && path.ends_with(".tar.gz"), "{path}");
        let path = home.folder.path().join(&path);
        let listed = Command::new("tar").arg("-tzf").arg(&path).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert!(listed.lines().any(|member| member == format!("{collection}.bson")), "{listed}");
        let (other, email) = (format!("Other {number}"), format!("o{number}@x"));
        let again = import(&home, &path, &["--name", &other, "--admin-email", &email]).json();
        assert_eq!(again["collection_name"], format!("org_other_{number}"), "{name}");
        assert_eq!(home.run(&["org", "get", &other, "--json"]).json()["documents"], 3);
    }
    is_sound(&home);
}

/// X17: the embedded store compares ids by their bytes; a server may take two of them for one.
#[test]
fn ids_that_a_collation_takes_for_one_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    let options = of_index(r#"{"collation":{"locale":"en","strength":2}}"#);
    let metadata = CollectionMetadata { options, ..CollectionMetadata::default() };
    archive(&file, &[with_id(&Bson::String(b"A"), b"1"), with_id(&Bson::String(b"a"), b"2")], metadata);
    let (server, embedded) = (Home::signed_in_on(On::MongoDb), Home::signed_in());
    let refused = import(&server, &file, &[]);
    assert_eq!(refused.code_word(), (2, "invalid_archive".into()), "{}", refused.stderr);
    let message = refused.error()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("\"A\"") && message.contains("\"a\""), "{message}");
    assert_eq!(organizations(&server), 0);
    is_sound(&server);
    import(&embedded, &file, &[]).json();
    assert_eq!(embedded.run(&["org", "get", "Acme", "--json"]).json()["documents"], 2);
}
