//! Archives whose bytes are cut, changed or continued.

use super::*;
use rstest::rstest;

#[test]
fn several_parts_of_gzip_are_read_as_one() {
    let tar = Forge::plain().tar();
    let (one, two) = tar.split_at(700);
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, &[gzip(one), gzip(b""), gzip(two)].concat());
    assert_eq!(read(open(&path).unwrap()).concat().len(), 3);
}

#[test]
fn zeros_after_the_end_are_padding_and_other_bytes_are_damage() {
    let whole = gzip(&Forge::plain().tar());
    let folder = tempfile::tempdir().unwrap();
    open(&file(&folder, &[whole.clone(), vec![0; 100_000]].concat())).unwrap();
    for rest in [&b"x"[..], b"\0\0x", b"\x1f", b"\0\x1f\x8b"] {
        let refused = refusal(&[whole.as_slice(), rest].concat());
        assert!(matches!(refused, ArchiveError::Trailing | ArchiveError::Cut), "{rest:?}: {refused}");
    }
    let mut tar = Forge::plain().tar();
    tar.extend(vec![0; 20_000]);
    open(&file(&folder, &gzip(&tar))).unwrap();
    tar.push(1);
    assert_eq!(refusal(&gzip(&tar)), ArchiveError::Trailing);
}

#[test]
fn cut_anywhere_it_is_refused() {
    let whole = gzip(&Forge::plain().tar());
    for length in 0..whole.len() {
        let refused = refusal(&whole[..length]);
        assert!(matches!(refused, ArchiveError::Cut), "{length}: {refused}");
    }
    // Also where the tar is cut and the gzip is whole.
    let tar = Forge::plain().tar();
    for length in (0..tar.len() - 1024).step_by(256) {
        let refused = refusal(&gzip(&tar[..length]));
        assert!(matches!(refused, ArchiveError::Cut), "{length}: {refused}");
    }
}

#[test]
fn a_changed_byte_is_found() {
    let whole = gzip(&Forge::plain().tar());
    let folder = tempfile::tempdir().unwrap();
    // Behind the header of gzip, whose time and system say nothing.
    for place in 10..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x10;
        // Some bits of a deflate stream say nothing, such as the code of a byte that does not occur.
        if let Ok(archive) = open(&file(&folder, &changed)) {
            assert!(read(archive).concat().iter().flat_map(|document| document.as_bytes()).eq(&numbered(3)));
        }
    }
    let mut wrong_sum = whole.clone();
    let place = whole.len() - 8;
    wrong_sum[place] ^= 1;
    assert!(matches!(refusal(&wrong_sum), ArchiveError::Damaged(_)));
}

#[rstest]
#[case(b"plain text, no archive at all")]
#[case(b"\x1f\x8c\x08\0\0\0\0\0\0\0\0\0")]
fn other_files_are_not_archives(#[case] bytes: &[u8]) {
    assert_eq!(refusal(bytes), ArchiveError::NotGzip);
}

#[test]
fn what_is_no_plain_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open(folder.path()).unwrap_err(), ArchiveError::NotPlain(_)));
    let fifo = folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    assert!(matches!(open(&fifo).unwrap_err(), ArchiveError::NotPlain(_)));
    let missing = open(&folder.path().join("missing")).unwrap_err();
    assert!(missing.to_string().contains("No such file"), "{missing}");
}

#[test]
fn a_stopped_pass_ends() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::default();
    watch.stop();
    let path = file(&folder, &gzip(&Forge::plain().tar()));
    assert_eq!(Archive::open(&path, watch).unwrap_err(), ArchiveError::Stopped);
}

/// The two passes read the same file; what another program writes into it between them is not imported.
#[test]
fn a_file_that_changes_between_the_passes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, &gzip(&Forge::plain().tar()));
    let archive = open(&path).unwrap();
    let mut other = Forge::of(&numbered(4)[14..], 3);
    other.manifest.members[2] = member(&other.entries[2]);
    std::fs::write(&path, gzip(&other.tar())).unwrap();
    assert_eq!(archive.documents().unwrap().next_batch().unwrap_err(), ArchiveError::Changed);
}
