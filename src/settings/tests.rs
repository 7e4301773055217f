//! Settings against their environment.

use super::*;
use rstest::rstest;
use secrecy::ExposeSecret;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
    read_os(pairs.iter().map(|(name, value)| (*name, OsString::from(value))))
}

fn read_os<'a>(pairs: impl Iterator<Item = (&'a str, OsString)>) -> Result<Settings, SettingError> {
    let mut environment: HashMap<String, OsString> =
        pairs.map(|(name, value)| (name.to_owned(), value)).collect();
    environment.entry("HOME".into()).or_insert("/home/ann".into());
    Settings::read(&Environment { environment, env_file_in: None })
}

#[test]
fn defaults() {
    let settings = read(&[]).unwrap();
    let StoreSettings::Embedded { data_dir } = &settings.store else { panic!("{settings:?}") };
    assert_eq!(data_dir, Path::new("/home/ann/.local/share/tenantry"));
    assert_eq!(settings.state_dir.unwrap(), Path::new("/home/ann/.local/state/tenantry"));
    assert_eq!((settings.master_db.as_str(), settings.bcrypt_cost), ("master_db", 12));
    assert_eq!(settings.session, SignedDuration::from_mins(30));
    assert_eq!(settings.trash, SignedDuration::from_hours(7 * 24));
    assert!(settings.ascii && !settings.open_registration && settings.store_from == Source::Default);
}

/// What only builds for tests know weakens no other.
#[test]
fn the_cost_of_hashes_is_low_in_builds_for_tests_alone() {
    let of = |pairs| read(pairs).unwrap().bcrypt_cost;
    assert_eq!(of(&[("TENANTRY_TEST_LOW_COST", "1")]), if cfg!(debug_assertions) { 4 } else { 12 });
    assert_eq!(of(&[("TENANTRY_TEST_LOW_COST", "1"), ("BCRYPT_COST", "13")]), 13);
}

#[rstest]
#[case(&[("MONGO_URI", "")], "MONGO_URI")]
#[case(&[("SECRET_KEY", "")], "SECRET_KEY")]
#[case(&[("MASTER_DB", "")], "MASTER_DB")]
#[case(&[("MONGO_URI", "mongodb://localhost")], "SECRET_KEY")]
#[case(&[("SECRET_KEY", "too short")], "SECRET_KEY")]
#[case(&[("SECRET_KEY", "super_secret_key_change_this_and_more")], "SECRET_KEY")]
#[case(&[("MASTER_DB", "a.b")], "MASTER_DB")]
#[case(&[("MASTER_DB", "admin")], "MASTER_DB")]
#[case(&[("SESSION_MINUTES", "0")], "SESSION_MINUTES")]
#[case(&[("SESSION_MINUTES", "")], "SESSION_MINUTES")]
#[case(&[("BCRYPT_COST", "9")], "BCRYPT_COST")]
#[case(&[("BCRYPT_COST", "16")], "BCRYPT_COST")]
#[case(&[("OPEN_REGISTRATION", "yes")], "OPEN_REGISTRATION")]
#[case(&[("LEASE_SECONDS", "1")], "LEASE_SECONDS")]
#[case(&[("TRASH_DAYS", "366")], "TRASH_DAYS")]
#[case(&[("TRASH_DAYS", "-1")], "TRASH_DAYS")]
#[case(&[("MASTER_DB", "a b")], "MASTER_DB")]
#[case(&[("TENANTRY_SIGNS", "emoji")], "TENANTRY_SIGNS")]
#[case(&[("TENANTRY_THEME", "solarized")], "TENANTRY_THEME")]
#[case(&[("HOME", "relative")], "HOME")]
fn wrong_values_are_named(#[case] pairs: &[(&str, &str)], #[case] name: &str) {
    let text = read(pairs).unwrap_err().to_string();
    assert!(text.contains(name), "{text}");
    assert!(!text.contains("too short") && !text.contains("change_this"), "a secret is not quoted: {text}");
}

#[test]
fn relative_xdg_paths_are_ignored() {
    let settings = read(&[("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "/data")]).unwrap();
    assert_eq!(settings.state_dir.unwrap(), Path::new("/home/ann/.local/state/tenantry"));
    assert!(
        matches!(settings.store, StoreSettings::Embedded { data_dir } if data_dir == Path::new("/data/tenantry"))
    );
}

#[rstest]
#[case(&[("LANG", "C.UTF-8")], false)]
#[case(&[("LANG", "de_DE.utf8")], false)]
#[case(&[("LC_ALL", "C"), ("LANG", "C.UTF-8")], true)]
#[case(&[("LC_ALL", ""), ("LANG", "C.UTF-8")], false)]
#[case(&[("LANG", "C.UTF-8"), ("TENANTRY_SIGNS", "ascii")], true)]
fn signs_follow_the_locale(#[case] pairs: &[(&str, &str)], #[case] ascii: bool) {
    assert_eq!(read(pairs).unwrap().ascii, ascii);
}

fn with_file(text: &str, mode: u32, environment: &[(&str, &str)]) -> Result<Settings, SettingError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let mut environment: HashMap<String, OsString> =
        environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    environment.insert("HOME".into(), "/home/ann".into());
    Settings::read(&Environment { environment, env_file_in: Some(folder.path().into()) })
}

#[test]
fn the_environment_wins_over_the_file_and_the_source_is_kept() {
    let text = format!("MONGO_URI=mongodb://db1/\nSECRET_KEY={KEY}\nBCRYPT_COST=11\nPATH=/evil\n");
    let settings = with_file(&text, 0o600, &[("BCRYPT_COST", "13")]).unwrap();
    assert_eq!((settings.store_from, settings.bcrypt_cost), (Source::EnvFile { line: 1 }, 13));
    assert_eq!(settings.secret_key.unwrap().expose_secret(), KEY);
    assert!(matches!(settings.store, StoreSettings::MongoDb { .. }));
    assert!(std::env::var("MONGO_URI").is_err(), "the process environment is left alone");
}

#[rstest]
#[case("BCRYPT_COST=12\n", 0o622, "written by others")]
#[case("\nTENANTRY_TOKEN=x\n", 0o600, "line 2 sets TENANTRY_TOKEN")]
#[case("\r\nTENANTRY_DATADIR=x\r\n", 0o600, "line 2 sets TENANTRY_DATADIR")]
#[case("#\r#\rBCRYPT_COST=99", 0o600, "from .env, line 3")]
#[case("not a line\nMONGO_URI\n", 0o600, "line 2 mentions MONGO_URI")]
#[case("\u{feff}SECRET_KEY='abc\n", 0o600, "line 1 sets SECRET_KEY")]
#[case("M\0O\0N\0G\0O\0", 0o600, "UTF-16")]
fn files_that_cannot_be_trusted_are_refused(#[case] text: &str, #[case] mode: u32, #[case] why: &str) {
    let refusal = with_file(text, mode, &[]).unwrap_err().to_string();
    assert!(refusal.contains(why) && !refusal.contains("abc"), "{refusal}");
}

/// The author of a `.env` must not learn anything about the environment.
#[test]
fn env_file_values_are_never_expanded() {
    let secret = "hunter2-of-the-environment";
    for value in [
        "mongodb://evil/?appName=${AWS_SECRET_ACCESS_KEY}",
        "\"mongodb://evil/?appName=$AWS_SECRET_ACCESS_KEY\"",
        "'mongodb://evil/?appName='${AWS_SECRET_ACCESS_KEY}",
        "\"mongodb://evil/?appName=\"$AWS_SECRET_ACCESS_KEY",
        "mongodb://evil/?appName=$(id)`id`\\${AWS_SECRET_ACCESS_KEY}",
    ] {
        let text = format!("OTHER={secret}\nMONGO_URI={value}\nSECRET_KEY={KEY}\n");
        match with_file(&text, 0o600, &[("AWS_SECRET_ACCESS_KEY", secret)]).map(|settings| settings.store) {
            Ok(StoreSettings::MongoDb { uri }) => {
                assert!(!uri.expose_secret().contains(secret), "{}", uri.expose_secret());
                assert!(uri.expose_secret().contains('$'), "the text stands as it is");
            }
            Ok(store) => panic!("{store:?}"),
            Err(refusal) => assert!(refusal.to_string().contains("line 2"), "{refusal}"),
        }
    }
}

#[rstest]
#[case("BCRYPT_COST=11\r\nAPP_NAME=it's \"ours\r\nnot a line\r\n")]
#[case("\u{feff}export BCRYPT_COST = '11' # low\n")]
#[case("KEY=\"-----BEGIN\nabc==\n-----END\"\nBCRYPT_COST=\"11\"")]
#[case("#\rBCRYPT_COST=12\rBCRYPT_COST=11\r")]
fn env_file_of_several_programs_is_read(#[case] text: &str) {
    assert_eq!(with_file(text, 0o600, &[]).unwrap().bcrypt_cost, 11);
}

#[rstest]
#[case("~/x", Ok("/home/ann/x"))]
#[case("~", Ok("/home/ann"))]
#[case("/srv/a~b", Ok("/srv/a~b"))]
#[case("/srv/$x", Err("not expanded"))]
#[case("${HOME}/x", Err("not expanded"))]
#[case("~bob/x", Err("Only ~/"))]
fn path_expands_the_home_folder_but_no_variable(#[case] typed: &str, #[case] expected: Result<&str, &str>) {
    match (with_file(&format!("#\nTENANTRY_DATA_DIR={typed}\n"), 0o600, &[]), expected) {
        (Ok(settings), Ok(path)) => {
            assert!(
                matches!(settings.store, StoreSettings::Embedded { data_dir } if data_dir == Path::new(path))
            );
        }
        (Err(refusal), Err(why)) => {
            let refusal = refusal.to_string();
            assert!(refusal.contains(why) && refusal.contains("line 2"), "{refusal}");
        }
        (read, _) => panic!("{typed}: {read:?}"),
    }
    let environment = read(&[("TENANTRY_DATA_DIR", "~/x")]).unwrap().store;
    assert!(
        matches!(environment, StoreSettings::Embedded { data_dir } if data_dir == Path::new("/home/ann/x"))
    );
}

#[test]
fn folder_named_env_is_skipped_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".env")).unwrap();
    let environment = HashMap::from([("HOME".to_owned(), OsString::from("/home/ann"))]);
    let settings =
        Settings::read(&Environment { environment, env_file_in: Some(folder.path().into()) }).unwrap();
    assert_eq!(settings.warnings[0].code, WarningCode::EnvFileSkipped);
}

/// A umask of 002 with a group for each user.
#[test]
fn only_the_users_own_private_group_may_write_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fs::write(&path, "BCRYPT_COST=11\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap();
    let own = nix::unistd::Group::from_gid(user.gid).unwrap().unwrap();
    let is_private = own.name == user.name && own.mem.iter().all(|member| *member == user.name);
    let read = || {
        let environment = HashMap::from([("HOME".to_owned(), OsString::from("/home/ann"))]);
        Settings::read(&Environment { environment, env_file_in: Some(folder.path().into()) })
    };
    std::os::unix::fs::chown(&path, None, Some(user.gid.as_raw())).unwrap();
    assert_eq!(read().is_ok(), is_private, "{own:?}");
    if user.uid.is_root() {
        std::os::unix::fs::chown(&path, None, Some(1)).unwrap();
        assert!(read().unwrap_err().to_string().contains("written by others"));
    }
}

#[rstest]
#[case("MONGO_URI=mongodb://h/\nSECRET_KEY=KEY\n", Some("The store and its key come"))]
#[case("MASTER_DB=shop\n", Some("The store comes"))]
#[case("SECRET_KEY=KEY\n", Some("The key comes"))]
#[case("BCRYPT_COST=11\n", None)]
fn store_or_key_from_the_env_file_is_a_warning(#[case] text: &str, #[case] said: Option<&str>) {
    let settings = with_file(&text.replace("KEY\n", &format!("{KEY}\n")), 0o600, &[]).unwrap();
    let warning = settings.from_env_file.map(|from| from.warning.message);
    assert_eq!(warning.is_some(), said.is_some(), "{warning:?}");
    assert!(warning.unwrap_or_default().contains(said.unwrap_or_default()));
}

#[test]
fn an_env_file_over_64_kib_is_refused_not_cut() {
    let at_most = format!("BCRYPT_COST=11\n#{}", "x".repeat(65_536 - 16));
    assert_eq!(with_file(&at_most, 0o600, &[]).unwrap().bcrypt_cost, 11);
    let refusal = with_file(&format!("{at_most}é"), 0o600, &[]).unwrap_err().to_string();
    assert!(refusal.contains("larger than 64 KiB"), "{refusal}");
}

#[test]
fn trash_days_of_0_skip_the_trash() {
    assert!(read(&[("TRASH_DAYS", "0")]).unwrap().trash.is_zero());
}

/// 0xFF is never UTF-8.
#[rstest]
#[case("TENANTRY_DATA_DIR")]
#[case("SECRET_KEY")]
#[case("MASTER_DB")]
#[case("TENANTRY_TOKEN")]
fn a_value_that_is_not_utf_8_is_refused(#[case] name: &str) {
    let value = OsString::from_vec([&[0xff], KEY.as_bytes()].concat());
    let refusal = read_os([(name, value)].into_iter()).unwrap_err().to_string();
    assert!(refusal.contains(name) && refusal.contains("not UTF-8"), "{refusal}");
    assert!(!refusal.contains(KEY), "{refusal}");
}

#[test]
fn home_that_is_not_utf_8_works_for_sessions_but_not_for_the_store() {
    let home = || OsString::from_vec(b"/home/\xff".to_vec());
    let refusal = read_os([("HOME", home())].into_iter()).unwrap_err().to_string();
    assert!(refusal.contains("TENANTRY_DATA_DIR"), "{refusal}");
    let settings = read_os([("HOME", home()), ("TENANTRY_DATA_DIR", "/data".into())].into_iter()).unwrap();
    assert!(settings.state_dir.clone().unwrap().starts_with(home()));
}

#[test]
fn a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/dev/null", folder.path().join(".env")).unwrap();
    let environment = Environment { env_file_in: Some(folder.path().into()), ..Environment::default() };
    assert!(Settings::read(&environment).unwrap_err().to_string().contains("is a link"));
}

/// For example a unit of systemd, or a cron job.
#[test]
fn without_home_only_settings_that_need_it_fail() {
    let read = |pairs: &[(&str, &str)]| {
        let environment = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Settings::read(&Environment { environment, env_file_in: None })
    };
    let server = read(&[("MONGO_URI", "mongodb://db1/"), ("SECRET_KEY", KEY)]).unwrap();
    assert!(server.state_dir.unwrap_err().to_string().contains("XDG_STATE_HOME"));
    let file = read(&[("TENANTRY_DATA_DIR", "/srv/tenantry")]).unwrap();
    assert!(file.state_dir.is_err());
    assert!(read(&[]).unwrap_err().to_string().contains("XDG_DATA_HOME"));
}
