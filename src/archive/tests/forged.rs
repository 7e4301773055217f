//! Archives whose members are not what they must be.

use super::*;
use rstest::rstest;

/// An archive that was changed after its manifest was written.
fn forged(change: impl FnOnce(&mut Forge)) -> String {
    let mut forge = Forge::plain();
    change(&mut forge);
    refusal(&gzip(&forge.tar())).to_string()
}

#[test]
fn each_wrong_manifest_has_its_own_text() {
    for (change, text) in [
        ((|forge| forge.manifest.format = 2) as fn(&mut Forge), "has format 2, from a newer tenantry"),
        (|forge| forge.manifest.format = 0, "its format is 0"),
        (|forge| forge.manifest.documents = 4, "\"org_acme.bson\" has 3 documents; the manifest says 4"),
        (|forge| forge.manifest.data_bytes = 1, "has 42 bytes of documents; the manifest says 1"),
        (|forge| forge.manifest.activity = Some(2), "\"activity.jsonl\" has 1 entries; the manifest says 2"),
        (|forge| forge.manifest.activity = None, "has a member \"activity.jsonl\", which"),
        (|forge| forge.manifest.members[2].sha256 = "0".repeat(64), "\"org_acme.bson\" was changed"),
        (|forge| forge.manifest.members[0].sha256.clear(), "\"organization.json\" was changed"),
        (|forge| forge.manifest.members[3].sha256.clear(), "\"activity.jsonl\" was changed"),
        (|forge| forge.manifest.members[2].bytes = 41, "has 42 bytes; the manifest says 41"),
        (|forge| drop(forge.manifest.members.pop()), "\"activity.jsonl\" is missing"),
        (|forge| forge.manifest.members[1] = forge.manifest.members[0].clone(), "is there twice"),
        (
            |forge| forge.manifest.collection_name = "org_other".to_owned(),
            "\"org_acme.metadata.json\", which",
        ),
    ] {
        let refused = forged(change);
        assert!(refused.contains(text), "{refused}, not {text}");
    }
    let mut tar = Vec::new();
    Entry::new(MANIFEST, "[]").write(&mut tar);
    tar.extend([0; 1024]);
    assert!(matches!(refusal(&gzip(&tar)), ArchiveError::Manifest(_)));
    assert_eq!(refusal(&gzip(&[0; 1024])), ArchiveError::Empty);
}

#[test]
fn each_wrong_member_has_its_own_text() {
    for (change, text) in [
        ((|forge| forge.entries.insert(1, Entry::new("x", "y"))) as fn(&mut Forge), "a member \"x\", which"),
        (|forge| drop(forge.entries.remove(1)), "\"org_acme.metadata.json\" is missing"),
        (|forge| forge.entries.push(forge.entries[0].clone()), "\"organization.json\" is there twice"),
        (|forge| forge.entries.push(Entry::new(MANIFEST, "{}")), "\"manifest.json\" is there twice"),
        (|forge| forge.entries[2].name = "/etc/x".to_owned(), "\"/etc/x\", which"),
        (|forge| forge.entries[2].name = "../x".to_owned(), "\"../x\", which"),
        (|forge| forge.entries[2].name = "a/../../x".to_owned(), "\"a/../../x\", which"),
        (|forge| forge.entries[2].size = Some(1 << 63), "has 9,223,372,036,854,775,808 bytes; the manifest"),
        (|forge| forge.entries[2].size = Some(u64::MAX), "bytes; the manifest says 42"),
    ] {
        let refused = forged(change);
        assert!(refused.contains(text), "{refused}, not {text}");
    }
}

/// The manifest must come first, so that nothing is read before it is known what must be there.
#[test]
fn another_member_before_the_manifest_is_refused() {
    let mut tar = Vec::new();
    Forge::plain().entries.iter().for_each(|entry| entry.write(&mut tar));
    assert_eq!(refusal(&gzip(&tar)), ArchiveError::ManifestNotFirst(ORGANIZATION.to_owned()));
}

#[rstest]
#[case(EntryType::Symlink, "a symbolic link")]
#[case(EntryType::Link, "a hard link")]
#[case(EntryType::Char, "a device")]
#[case(EntryType::Block, "a device")]
#[case(EntryType::Fifo, "a FIFO")]
#[case(EntryType::Directory, "a folder")]
#[case(EntryType::GNUSparse, "a sparse file")]
#[case(EntryType::Continuous, "of an unknown kind")]
#[case(EntryType::GNULongLink, "a symbolic link")]
fn only_plain_files_are_members(#[case] kind: EntryType, #[case] words: &str) {
    for place in 0..4 {
        let refused = forged(|forge| forge.entries[place].kind = kind);
        assert!(refused.contains(words), "{refused}");
    }
}

/// A record of a PAX header.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}").into_bytes()
}

fn pax(key: &str, value: &str) -> Entry {
    Entry::of_kind("PaxHeader", EntryType::XHeader, record(key, value))
}

fn long(name: &str) -> Entry {
    Entry::of_kind("././@LongLink", EntryType::GNULongName, format!("{name}\0"))
}

#[test]
fn extension_headers_are_refused_where_they_change_what_a_member_is() {
    let nul = pax("path", "org_acme.bson\0x");
    let long_name = "x".repeat(5_000);
    let global = |key: &str| Entry::of_kind("g", EntryType::XGlobalHeader, record(key, "1"));
    for (before, text) in [
        (vec![pax("path", "../x")], "a member \"../x\", which"),
        (vec![nul], "which an export"),
        (vec![long(&long_name)], "which an export"),
        (vec![pax("path", &long_name)], "which an export"),
        (vec![pax("path", "org_acme.bson"), long("other")], "two different names"),
        (vec![pax("path", "a"), pax("path", "b")], "two PAX headers"),
        (vec![long("a"), long("b")], "two long names"),
        (vec![pax("size", "41")], "has 41 bytes; the manifest says 42"),
        (vec![pax("size", "-1")], "PAX header is malformed"),
        (vec![pax("size", "99999999999999999999999")], "PAX header is malformed"),
        (vec![pax("GNU.sparse.major", "1")], "a sparse file"),
        (vec![Entry::of_kind("x", EntryType::XHeader, "no record")], "PAX header is malformed"),
        (vec![global("path")], "gives them a name or a size"),
        (vec![global("size")], "gives them a name or a size"),
        (vec![global("comment"); 17], "too many PAX headers"),
        (vec![Entry { size: Some(1 << 40), ..pax("path", "x") }], "extension header is too large"),
        (vec![Entry { size: Some(u64::MAX), ..long("x") }], "extension header is too large"),
    ] {
        let refused = forged(|forge| drop(forge.entries.splice(2..2, before)));
        assert!(refused.contains(text), "{refused}, not {text}");
    }
}

#[test]
fn harmless_extension_headers_are_read() {
    let mut forge = Forge::plain();
    // The header says another size; that of PAX holds.
    forge.entries[2].size = Some(0);
    let comment = Entry::of_kind("g", EntryType::XGlobalHeader, record("comment", "x"));
    forge.entries.splice(2..2, [pax("size", "42")]);
    forge
        .entries
        .splice(1..1, [comment, pax("path", "org_acme.metadata.json"), long("org_acme.metadata.json")]);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read(open(&file(&folder, &gzip(&forge.tar()))).unwrap()).concat().len(), 3);
}

#[test]
fn wrong_documents_are_refused_by_number() {
    let nested = (0..201).fold(document(&Value::Null), |inner, _| {
        let mut builder = Builder::default();
        builder.put(b"_id", &Value::Null).put(b"a", &Value::Document(&inner));
        builder.finish()
    });
    let twice = {
        let mut builder = Builder::default();
        builder.put(b"_id", &Value::Null).put(b"_id", &Value::Null);
        builder.finish()
    };
    let no_id = Builder::default().finish();
    let array = document(&Value::Array(&no_id));
    let marker = document(&Value::String(b"_tenantry"));
    let with_dollar = {
        let mut inner = Builder::default();
        inner.put(b"$x", &Value::Null);
        document(&Value::Document(&inner.finish()))
    };
    let wrong_boolean = [8, 0, 0, 0, 8, b'a', 0, 2].as_slice();
    let wrong_boolean = [&[9_u8, 0, 0, 0][..], &wrong_boolean[4..], &[0]].concat();
    for (bytes, text) in [
        (vec![0, 0, 0, 0, 0], "its length is wrong"),
        (vec![0xff; 8], "its length is wrong"),
        (vec![0xff, 0xff, 0xff, 0x7f, 0], "its length is wrong"),
        ((17_000_000_i32).to_le_bytes().to_vec(), "its length is wrong"),
        (vec![5, 0, 0], "the member ends inside of it"),
        (vec![100, 0, 0, 0, 0], "the member ends inside of it"),
        (nested, "more than 200 levels"),
        (no_id, "it has no _id"),
        (twice, "two fields _id"),
        (array, "_id cannot be an array"),
        (marker, "_tenantry"),
        (with_dollar, "must not begin with $"),
        (wrong_boolean, "malformed: a boolean has the value 2"),
    ] {
        let documents = [numbered(2), bytes].concat();
        let refused = refusal(&gzip(&Forge::of(&documents, 3).tar())).to_string();
        assert!(refused.starts_with("Document 3 cannot") && refused.contains(text), "{refused}, not {text}");
    }
    let same = [document(&Value::Int32(7)), document(&Value::Double(7.0))].concat();
    assert!(matches!(refusal(&gzip(&Forge::of(&same, 2).tar())), ArchiveError::SameId(..)));
}

/// 20,000 levels would end the process by its stack if anything called itself.
#[test]
fn very_deep_documents_are_refused() {
    let levels = 20_000;
    let mut bytes: Vec<u8> = Vec::new();
    for level in 0..levels {
        let length = (levels - level) * 8 + 5;
        bytes.extend_from_slice(&i32::try_from(length).unwrap().to_le_bytes());
        bytes.extend_from_slice(b"\x03a\0");
    }
    bytes.extend_from_slice(&[5, 0, 0, 0, 0]);
    bytes.extend(vec![0; levels]);
    let refused = refusal(&gzip(&Forge::of(&bytes, 1).tar())).to_string();
    assert!(refused.contains("more than 200 levels"), "{refused}");
}

#[test]
fn wrong_texts_are_refused() {
    for (place, contents, text) in [
        (0, &b"[]"[..], "\"organization.json\" is not valid"),
        (1, b"{}", "its type is not"),
        (1, b"\xff", "not UTF-8"),
        (1, br#"{"type":"view","collectionName":"org_acme","indexes":[]}"#, "its type is not"),
        (1, br#"{"type":"collection","collectionName":"x","indexes":[]}"#, "is not the one in the manifest"),
        (1, br#"{"type":"collection","collectionName":"org_acme","indexes":[{}]}"#, "no name or no key"),
        (3, b"{}", "its last line has no end"),
        (3, b"[]\n", "line 1:"),
    ] {
        let mut forge = Forge::plain();
        forge.entries[place].contents = contents.to_vec();
        forge.manifest.members[place] = member(&forge.entries[place]);
        let refused = refusal(&gzip(&forge.tar())).to_string();
        assert!(refused.contains(text), "{refused}, not {text}");
    }
}

/// Much from few bytes: refused at the header, before anything is decompressed or kept.
#[test]
fn bombs_are_refused_at_their_header() {
    let huge = |name: &str| Entry { size: Some(1 << 30), ..Entry::new(name, vec![0; 1 << 20]) };
    assert!(forged(|forge| forge.entries.insert(0, huge("zeros"))).contains("a member \"zeros\""));
    let mut tar = Vec::new();
    huge(MANIFEST).write(&mut tar);
    assert!(matches!(refusal(&gzip(&tar)), ArchiveError::TooLarge { .. }));
    let mut many = Vec::new();
    for number in 0..100_000 {
        Entry::new(&format!("m{number}"), "").write(&mut many);
    }
    let mut forge = Forge::plain().tar();
    forge.truncate(forge.len() - 1024);
    forge.extend(many);
    assert!(matches!(refusal(&gzip(&forge)), ArchiveError::Unknown(_)));
}
