//! Exports that meet a full disk or are stopped in the middle, and archives that are bombs.

use super::files::without_rights;
use super::import::{archive, export, import, is_sound, left_nothing, organizations, with_id};
use super::streams::{peak, start_measured};
use super::*;
use crate::embedded_harm::small_disk::SmallDisk;
use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::process::{Pid, Signal, kill_process};
use std::io::Write;
use std::path::Path;
use std::process::Child;
use tenantry::archive::{FORMAT, Manifest, Member};
use tenantry::domain::CollectionMetadata;
use tenantry::domain::document::Value as Bson;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Acme with so many documents of 160 bytes that no compression makes much smaller.
fn acme(store: On, documents: i32) -> Home {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    let noise = |id: i32| {
        let mut state = u64::from(id.unsigned_abs()) + 1;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{state:016x}")
        };
        std::iter::repeat_with(next).take(8).collect::<String>()
    };
    let all: Vec<_> = (0..documents).map(|id| with_id(&Bson::Int32(id), noise(id).as_bytes())).collect();
    archive(&file, &all, CollectionMetadata::default());
    let home = Home::signed_in_on(store);
    import(&home, &file, &[]).json();
    home
}

/// X8: no file and nothing beside it, and the next export there works.
#[test]
fn export_to_a_full_disk_leaves_nothing() {
    let home = acme(On::Embedded, 6_000);
    let folder = home.folder.path().join("exports");
    let disk = SmallDisk::new(&folder);
    let file = folder.join("a.tar.gz");
    let arguments = ["org", "export", "Acme", "--to", file.to_str().unwrap(), "--json"];
    let run = || Answer::of(disk.inside(&home.command(&arguments)).stdin(Stdio::null()).output().unwrap());
    // It runs out at the first document, among them, and where the parts are put together.
    for left in [0, 40_960, 700_000] {
        disk.fill(left);
        let refused = run();
        assert_eq!(refused.code, 1, "{left}: {}", refused.stderr);
        assert!(refused.stderr.contains("cannot be written: No space left"), "{left}: {}", refused.stderr);
        let there: Vec<String> = names(&folder).into_iter().filter(|name| name != "filler").collect();
        assert_eq!(there, [] as [&str; 0], "{left}");
        disk.make_room();
    }
    let audit = home.run(&["audit", "list", "--json"]).stdout;
    assert!(!audit.contains("organization_export"), "what was not done is not recorded");
    assert_eq!(run().json()["documents"], 6_000);
    is_sound(&home);
}

/// X8: as a user who may read the folder and not write to it.
#[test]
fn export_into_a_folder_without_rights_leaves_nothing() {
    let home = acme(On::Embedded, 10);
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if rustix::process::geteuid().is_root() {
        let given = Command::new("chown").args(["-R", "65534"]).arg(home.folder.path()).status().unwrap();
        assert!(given.success());
    }
    let file = folder.path().join("a.tar.gz");
    let arguments = ["org", "export", "Acme", "--to", file.to_str().unwrap(), "--json"];
    let refused = Answer::of(without_rights(&home, &arguments).stdin(Stdio::null()).output().unwrap());
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("cannot be written: Permission denied"), "{}", refused.stderr);
    assert_eq!(names(folder.path()), [] as [&str; 0]);
}

/// The moments at which an export is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Its first part is begun.
    Begun,
    /// So many documents were written that the disk has some.
    Written,
    /// All parts are put together under a temporary name.
    Named,
}

/// Waits until an export is so far; false if it ended first.
fn is_at(moment: Moment, child: &mut Child, folder: &Path) -> bool {
    let parts = format!("/proc/{}/fd", child.id());
    while child.try_wait().unwrap().is_none() {
        let open = fs::read_dir(&parts).into_iter().flatten().flatten().map(|entry| entry.path());
        let of_export = open.filter(|path| fs::read_link(path).is_ok_and(|to| to.starts_with(folder)));
        let sizes: Vec<u64> = of_export.filter_map(|path| Some(path.metadata().ok()?.len())).collect();
        let is_there = match moment {
            Moment::Begun => !sizes.is_empty(),
            Moment::Written => sizes.iter().any(|size| *size > 0),
            Moment::Named => names(folder).iter().any(|name| name.starts_with(".tenantry-export-")),
        };
        if is_there {
            return true;
        }
    }
    false
}

/// X9: Ctrl-C leaves nothing, kill -9 one temporary file at most, which the next export there removes.
#[rstest]
fn export_that_is_stopped_leaves_no_file(
    #[values(On::Embedded, On::MongoDb)] store: On,
    #[values(Signal::INT, Signal::KILL)] signal: Signal,
) {
    let home = acme(store, 20_000);
    let mut stopped = 0;
    for moment in [Moment::Begun, Moment::Written, Moment::Named] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.tar.gz");
        let arguments = ["org", "export", "Acme", "--to", file.to_str().unwrap(), "--json"];
        let mut command = home.command(&arguments);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let was_there = is_at(moment, &mut child, folder.path());
        let _ = kill_process(Pid::from_child(&child), signal);
        let ended = child.wait_with_output().unwrap();
        let when = format!("{moment:?}: {:?} {}", ended.status, String::from_utf8_lossy(&ended.stderr));
        if ended.status.code() == Some(0) {
            assert_eq!(names(folder.path()), ["a.tar.gz"], "{when}");
        } else {
            stopped += usize::from(was_there);
            let left = names(folder.path());
            let is_temporary = |name: &String| name.starts_with(".tenantry-export-");
            assert!(left.iter().all(is_temporary) && left.len() <= 1, "{when}: {left:?}");
            if signal == Signal::INT {
                assert_eq!((ended.status.code(), left.len()), (Some(130), 0), "{when}");
            }
        }
        export(&home, "Acme", &file);
        assert_eq!(names(folder.path()), ["a.tar.gz"], "{when}: the next one removes it");
    }
    assert!(stopped > 0, "each export ended first");
    is_sound(&home);
}

/// A tar behind gzip whose parts are written one after the other, however big.
struct Bomb(fs::File);

impl Bomb {
    fn at(path: &Path) -> Self {
        Self(fs::File::create(path).unwrap())
    }

    fn part(&mut self, bytes: &[u8]) {
        self.parts(bytes, 1);
    }

    /// The same bytes so many times, compressed once.
    fn parts(&mut self, bytes: &[u8], times: usize) {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(bytes).unwrap();
        let part = out.finish().unwrap();
        (0..times).for_each(|_| self.0.write_all(&part).unwrap());
    }

    fn header(name: &str, bytes: u64) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    fn member(&mut self, name: &str, contents: &[u8]) {
        let mut bytes = Self::header(name, contents.len() as u64);
        bytes.extend_from_slice(contents);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        self.part(&bytes);
    }

    /// A manifest that promises members of these sizes.
    fn manifest(&mut self, members: &[(&str, u64)]) {
        let member = |(name, bytes): &(&str, u64)| Member {
            name: (*name).to_owned(),
            bytes: *bytes,
            sha256: "0".repeat(64),
        };
        let manifest = Manifest {
            format: FORMAT,
            tenantry_version: "0.1.0".to_owned(),
            created_at: "2026-11-29T00:00:00.000Z".to_owned(),
            organization_id: "0".to_owned(),
            organization_name: "Acme".to_owned(),
            collection_name: "org_acme".to_owned(),
            documents: 1 << 26,
            data_bytes: 1 << 30,
            activity: Some(1),
            members: members.iter().map(member).collect(),
        };
        self.member("manifest.json", &serde_json::to_vec(&manifest).unwrap());
    }
}

const GIB: u64 = 1 << 30;
const MIB: usize = 1 << 20;

/// Writes one; their names say what they are.
fn bomb(what: &str, path: &Path) {
    let mut bomb = Bomb::at(path);
    let zeros = vec![0; MIB];
    let promised = [
        ("organization.json", GIB),
        ("org_acme.metadata.json", GIB),
        ("org_acme.bson", GIB),
        ("activity.jsonl", GIB),
    ];
    match what {
        "zeros in an unknown member" => {
            bomb.manifest(&promised);
            bomb.part(&Bomb::header("zeros", GIB));
            bomb.parts(&zeros, 1_024);
        }
        "10 million empty members" => {
            bomb.manifest(&promised);
            let empty = Bomb::header("empty", 0).repeat(10_000);
            bomb.parts(&empty, 1_000);
        }
        "10 million PAX headers" => {
            bomb.manifest(&promised);
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(tar::EntryType::XGlobalHeader);
            header.set_size(0);
            header.set_cksum();
            let empty = header.as_bytes().repeat(10_000);
            bomb.parts(&empty, 1_000);
        }
        "a manifest" => {
            bomb.part(&Bomb::header("manifest.json", GIB));
            bomb.parts(&vec![b' '; MIB], 1_024);
        }
        // Promised by the manifest, so that it is read until it is too much.
        member => {
            bomb.manifest(&promised);
            bomb.part(&Bomb::header(member, GIB));
            let contents = match member {
                "org_acme.bson" => zeros,
                "activity.jsonl" => vec![b'x'; MIB],
                _ => vec![b' '; MIB],
            };
            bomb.parts(&contents, 1_024);
        }
    }
}

/// What a process that only lists organizations takes at most, and 64 MiB more.
fn bound(home: &Home) -> u64 {
    let mut child = start_measured(home.command(&["org", "list", "--json"]).stdout(Stdio::null()));
    peak(&mut child) + 64 * 1_024
}

/// X14: refused before much of it is read, in little memory, and nothing is left.
#[test]
fn a_bomb_is_refused_in_little_memory() {
    let home = Home::signed_in();
    let bound = bound(&home);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bomb.tar.gz");
    for what in [
        "zeros in an unknown member",
        "10 million empty members",
        "10 million PAX headers",
        "a manifest",
        "organization.json",
        "org_acme.metadata.json",
        "org_acme.bson",
        "activity.jsonl",
    ] {
        bomb(what, &file);
        let arguments = ["org", "import", file.to_str().unwrap(), "--password-file", "pw", "--json"];
        let password = home.folder.path().join("pw");
        fs::write(&password, PASSWORD).unwrap();
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = home.command(&arguments);
        let mut child = start_measured(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let most = peak(&mut child);
        let answer = Answer::of(child.wait_with_output().unwrap());
        assert_eq!(answer.code_word(), (2, "invalid_archive".into()), "{what}: {}", answer.stderr);
        assert!(most < bound, "{what}: {most} KiB, and the bound is {bound}");
        assert_eq!(names(folder.path()), ["bomb.tar.gz"], "{what}");
        assert_eq!(organizations(&home), 0, "{what}");
    }
    left_nothing(&home, 0, "bombs");
    is_sound(&home);
}

/// The most memory that each command takes, in KiB, on an archive of so many documents of 16 MiB.
fn peaks(count: i32) -> Vec<u64> {
    let home = Home::signed_in();
    let at = |name: &str| home.folder.path().join(name);
    let text = vec![b'x'; (16 << 20) - 64];
    let documents: Vec<_> = (0..count).map(|id| with_id(&Bson::Int32(id), &text)).collect();
    archive(&at("big"), &documents, CollectionMetadata::default());
    drop(documents);
    fs::write(at("pw"), PASSWORD).unwrap();
    fs::set_permissions(at("pw"), fs::Permissions::from_mode(0o600)).unwrap();
    let commands = [
        &["org", "import", "big", "--password-file", "pw", "--json"][..],
        &["doc", "list", "Acme", "--all", "-o", "jsonl"],
        &["doc", "list", "Acme", "-o", "table"],
        &["doc", "get", "Acme", "1", "--canonical", "-o", "json"],
        &["org", "export", "Acme", "--to", "again", "--json"],
    ];
    let measured = commands.map(|arguments| {
        let mut command = home.command(arguments);
        let mut child = start_measured(command.stdout(Stdio::piped()));
        let mut stdout = child.stdout.take().unwrap();
        let read = std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()).unwrap());
        let most = peak(&mut child);
        assert!(child.wait().unwrap().success(), "{arguments:?}");
        (most, read.join().unwrap())
    });
    assert!(measured[1].1 > u64::from(count.unsigned_abs()) * (15 << 20), "the list has all documents");
    measured.map(|(most, _)| most).to_vec()
}

/// However many documents there are: those that are on their way, and the program itself.
#[test]
fn big_documents_are_imported_listed_and_exported_in_bounded_memory() {
    let (few, more) = (peaks(3), peaks(8));
    for (few, more) in few.iter().zip(&more) {
        // Five more documents are 80 MiB.
        assert!(*more < few + 40 * 1_024, "3 documents: {few} KiB, 8 documents: {more} KiB");
    }
}

/// Q31: a pattern that a backtracking engine does not finish is answered, or stopped in time.
#[rstest]
fn a_pattern_that_explodes_ends_in_time(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    let line = format!(r#"{{"_id":1,"t":"{}!"}}"#, "a".repeat(50));
    assert_eq!(home.run_with(&["doc", "insert", "Acme", "-o", "jsonl"], &line).code, 0);
    let filter = r#"{"t":{"$regex":"(a+)+$"}}"#;
    for arguments in [
        &["doc", "list", "Acme", "--json", "--filter", filter][..],
        &["doc", "count", "Acme", "--json", "--filter", filter],
    ] {
        let answer = home.run(&[arguments, &["--timeout", "2"]].concat());
        if answer.code == 0 {
            let found = answer.json();
            assert!(found["documents"] == 0 || found["items"] == json!([]), "{found}");
        } else {
            assert_eq!(answer.code, 124, "{}", answer.stderr);
        }
    }
}
