//! Settings: environment, then `.env` of the working folder, then defaults; read once, checked, each with its
//! source. Nothing else reads the environment.
//!
//! A wrong value is an error that names the setting, where it came from and what is allowed, never a secret's value.

use jiff::SignedDuration;
use rustix::fs::OFlags;
use secrecy::SecretString;
use std::collections::HashMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One setting as README and `.env.example` list it.
#[derive(Debug, Clone, Copy)]
pub struct SettingInfo {
    /// Its name in the environment and in `.env`.
    pub name: &'static str,
    /// What holds without it, in words.
    pub default: &'static str,
    /// What it does and what is allowed.
    pub help: &'static str,
}

const fn info(name: &'static str, default: &'static str, help: &'static str) -> SettingInfo {
    SettingInfo { name, default, help }
}

/// Every setting.
pub const SETTINGS: [SettingInfo; 12] = [
    info(
        "MONGO_URI",
        "unset: the embedded store",
        "the MongoDB server, 6.0 or later",
    ),
    info(
        "MASTER_DB",
        "master_db",
        "database of records and collections; 1-63 bytes, none of /\\. \"$*<>:|?",
    ),
    info(
        "SECRET_KEY",
        "embedded: made at first use",
        "signs sessions; at least 32 bytes; required with MONGO_URI",
    ),
    info(
        "SESSION_MINUTES",
        "30",
        "a session unused for so long ends; 1-1440",
    ),
    info("BCRYPT_COST", "12", "cost of password hashes; 10-15"),
    info(
        "OPEN_REGISTRATION",
        "false",
        "whether organizations can be created without a session",
    ),
    info(
        "LEASE_SECONDS",
        "30",
        "how long a write may be silent before another process finishes it; 2-300",
    ),
    info(
        "TENANTRY_DATA_DIR",
        "$XDG_DATA_HOME/tenantry",
        "folder of the embedded store",
    ),
    info(
        "TENANTRY_TOKEN",
        "unset",
        "a session for scripts; never read from .env",
    ),
    info(
        "TENANTRY_ENVIRONMENT",
        "unset",
        "a word for the console's title, as PROD",
    ),
    info("TENANTRY_SIGNS", "by the locale", "unicode or ascii"),
    info("TENANTRY_LOG", "warn", "a filter as info or tenantry=trace"),
];

const TOKEN: &str = "TENANTRY_TOKEN";

/// Secrets that were published with the service before, or that people leave in place.
const WEAK_SECRETS: [&str; 3] = [
    "7b4c9a2d3f1e5g6h7i8j9k0l1m2n3o4p5q6r7s8t9u0v1w2x3y4z5a6b7c8d9e",
    "super_secret_key_change_this",
    "change-me",
];

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The process environment.
    Environment,
    /// `.env` in the working folder.
    EnvFile,
    /// Nobody set it.
    Default,
}

impl Source {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::EnvFile => "env_file",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "from the environment",
            Self::EnvFile => "from .env",
            Self::Default => "by default",
        })
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(String);

/// Which store.
#[derive(Debug, Clone)]
pub enum StoreSettings {
    /// The file in this folder.
    Embedded {
        /// `TENANTRY_DATA_DIR`.
        data_dir: PathBuf,
    },
    /// A server.
    MongoDb {
        /// `MONGO_URI`; it may hold a password.
        uri: SecretString,
    },
}

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which store, and where.
    pub store: StoreSettings,
    /// Where the choice of the store came from.
    pub store_from: Source,
    /// `MASTER_DB`.
    pub master_db: String,
    /// `SECRET_KEY`; always there with MongoDB.
    pub secret_key: Option<SecretString>,
    /// `SESSION_MINUTES`.
    pub session: SignedDuration,
    /// `BCRYPT_COST`.
    pub bcrypt_cost: u32,
    /// `OPEN_REGISTRATION`.
    pub open_registration: bool,
    /// `LEASE_SECONDS`.
    pub lease: Duration,
    /// `TENANTRY_TOKEN`.
    pub token: Option<SecretString>,
    /// `TENANTRY_ENVIRONMENT`.
    pub environment: Option<String>,
    /// Whether signs are ASCII only.
    pub ascii: bool,
    /// `TENANTRY_LOG`.
    pub log: String,
    /// Where session.json and logs are.
    pub state_dir: PathBuf,
}

/// What settings are read from; a test passes its own.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The process environment; values that are not UTF-8 are left out.
    pub environment: HashMap<String, String>,
    /// The working folder, if `.env` is to be read there.
    pub env_file_in: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process(read_env_file: bool) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let env_file_in = if read_env_file {
            std::env::current_dir().ok()
        } else {
            None
        };
        Self {
            environment,
            env_file_in,
        }
    }
}

struct Reader<'a> {
    environment: &'a HashMap<String, String>,
    file: HashMap<String, String>,
}

impl Reader<'_> {
    fn get(&self, name: &str) -> Option<(String, Source)> {
        let environment = self
            .environment
            .get(name)
            .map(|value| (value.clone(), Source::Environment));
        environment.or_else(|| self.file.get(name).map(|value| (value.clone(), Source::EnvFile)))
    }

    /// A value that may be unset but not empty: an unset variable in a deployment must not change the store.
    fn not_empty(&self, name: &str) -> Result<Option<(String, Source)>, SettingError> {
        match self.get(name) {
            Some((value, source)) if value.is_empty() => Err(SettingError(format!(
                "{name} ({source}) is empty. Give it a value, or unset it."
            ))),
            other => Ok(other),
        }
    }

    fn filled(&self, name: &str) -> Option<String> {
        self.get(name)
            .map(|(value, _)| value)
            .filter(|value| !value.is_empty())
    }

    fn number(
        &self,
        name: &str,
        default: u32,
        allowed: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, SettingError> {
        let Some((value, source)) = self.get(name) else {
            return Ok(default);
        };
        value
            .parse()
            .ok()
            .filter(|number| allowed.contains(number))
            .ok_or_else(|| {
                let (low, high) = (allowed.start(), allowed.end());
                SettingError(format!(
                    "{name} ({source}) is {value:?}. Allowed: {low} to {high}."
                ))
            })
    }

    fn one_of<'a>(&self, name: &str, allowed: &[&'a str]) -> Result<Option<&'a str>, SettingError> {
        let Some((value, source)) = self.get(name) else {
            return Ok(None);
        };
        let found = allowed.iter().find(|word| **word == value);
        found.map(|word| Some(*word)).ok_or_else(|| {
            SettingError(format!(
                "{name} ({source}) is {value:?}. Allowed: {}.",
                allowed.join(", ")
            ))
        })
    }

    fn folder(&self, xdg: &str, below_home: &str) -> Result<PathBuf, SettingError> {
        let absolute = |name: &str| {
            self.environment
                .get(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        absolute(xdg)
            .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
            .map(|base| base.join("tenantry"))
            .ok_or_else(|| {
                SettingError(format!(
                    "There is no HOME and no {xdg}. Set one of them to an absolute path."
                ))
            })
    }
}

impl Settings {
    /// Reads and checks all of them.
    ///
    /// # Errors
    /// The first [`SettingError`] found.
    pub fn read(surroundings: &Surroundings) -> Result<Self, SettingError> {
        let file = match &surroundings.env_file_in {
            Some(folder) => read_env_file(&folder.join(".env"))?,
            None => HashMap::new(),
        };
        let reader = Reader {
            environment: &surroundings.environment,
            file,
        };
        let uri = reader.not_empty("MONGO_URI")?;
        let secret_key = secret_key(&reader)?;
        if uri.is_some() && secret_key.is_none() {
            return Err(SettingError("SECRET_KEY is required with MONGO_URI: at least 32 bytes, the same for every process that uses the store. Make one with: openssl rand -base64 32".into()));
        }
        let (store, store_from) = if let Some((uri, source)) = uri {
            (StoreSettings::MongoDb { uri: uri.into() }, source)
        } else {
            let given = reader
                .get("TENANTRY_DATA_DIR")
                .filter(|(value, _)| !value.is_empty());
            let source = given.as_ref().map_or(Source::Default, |(_, source)| *source);
            let data_dir = match given {
                Some((folder, _)) => PathBuf::from(folder),
                None => reader.folder("XDG_DATA_HOME", ".local/share")?,
            };
            (StoreSettings::Embedded { data_dir }, source)
        };
        Ok(Self {
            store,
            store_from,
            master_db: master_db(&reader)?,
            secret_key,
            session: SignedDuration::from_mins(reader.number("SESSION_MINUTES", 30, 1..=1440)?.into()),
            bcrypt_cost: reader.number("BCRYPT_COST", 12, 10..=15)?,
            open_registration: reader.one_of("OPEN_REGISTRATION", &["false", "true"])? == Some("true"),
            lease: Duration::from_secs(reader.number("LEASE_SECONDS", 30, 2..=300)?.into()),
            token: reader.filled(TOKEN).map(SecretString::from),
            environment: reader.filled("TENANTRY_ENVIRONMENT"),
            ascii: match reader.one_of("TENANTRY_SIGNS", &["unicode", "ascii"])? {
                Some(word) => word == "ascii",
                None => !locale_is_utf8(&surroundings.environment),
            },
            log: reader.filled("TENANTRY_LOG").unwrap_or_else(|| "warn".into()),
            state_dir: reader.folder("XDG_STATE_HOME", ".local/state")?,
        })
    }
}

fn secret_key(reader: &Reader<'_>) -> Result<Option<SecretString>, SettingError> {
    let Some((key, source)) = reader.not_empty("SECRET_KEY")? else {
        return Ok(None);
    };
    if WEAK_SECRETS.iter().any(|weak| key.contains(weak)) {
        return Err(SettingError(format!(
            "SECRET_KEY ({source}) is a published sample that anyone can sign with. Make one with: openssl rand -base64 32"
        )));
    }
    if key.len() < 32 {
        return Err(SettingError(format!(
            "SECRET_KEY ({source}) is shorter than 32 bytes. Make one with: openssl rand -base64 32"
        )));
    }
    Ok(Some(key.into()))
}

fn master_db(reader: &Reader<'_>) -> Result<String, SettingError> {
    let Some((name, source)) = reader.not_empty("MASTER_DB")? else {
        return Ok("master_db".into());
    };
    let refused = |c: char| "/\\. \"$*<>:|?\0".contains(c);
    if name.len() > 63 || name.contains(refused) || ["admin", "local", "config"].contains(&name.as_str()) {
        return Err(SettingError(format!(
            "MASTER_DB ({source}) is {name:?}. Allowed: 1 to 63 bytes, none of /\\. \"$*<>:|? and not admin, local or config."
        )));
    }
    Ok(name)
}

/// POSIX: the first of these that is set and not empty decides.
fn locale_is_utf8(environment: &HashMap<String, String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| environment.get(*name).filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Reads `.env` if there is one, that others could not have written; into a map, never into the environment.
fn read_env_file(path: &Path) -> Result<HashMap<String, String>, SettingError> {
    let refuse = |why: &str| {
        SettingError(format!(
            "{} {why}. Mend it, or pass --no-env-file.",
            path.display()
        ))
    };
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(refuse("is a link"));
        }
        Err(error) => return Err(refuse(&format!("cannot be read ({error})"))),
    };
    judge_env_file(&file).map_err(|why| refuse(&why))?;
    let mut values = HashMap::new();
    for entry in dotenvy::from_read_iter(file) {
        // The error of the parser quotes the line, and the line may hold a secret.
        let (name, value) = entry.map_err(|_| refuse("has a line that is not NAME=value"))?;
        let known = SETTINGS.iter().any(|setting| setting.name == name);
        if name == TOKEN {
            return Err(refuse(
                "has TENANTRY_TOKEN, which is only read from the environment",
            ));
        }
        if !known && name.starts_with("TENANTRY_") {
            return Err(refuse(&format!("has {name}, which is not a setting")));
        }
        if known {
            values.insert(name, value);
        }
    }
    Ok(values)
}

fn judge_env_file(file: &File) -> Result<(), String> {
    let data = file
        .metadata()
        .map_err(|error| format!("cannot be read ({error})"))?;
    if !data.is_file() {
        return Err("is not a plain file".into());
    }
    if data.uid() != 0 && data.uid() != rustix::process::geteuid().as_raw() {
        return Err("belongs to another user".into());
    }
    if data.mode() & 0o022 != 0 {
        return Err("can be written by others".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use secrecy::ExposeSecret;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
        let mut environment: HashMap<String, String> = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        environment.entry("HOME".into()).or_insert("/home/ann".into());
        Settings::read(&Surroundings {
            environment,
            env_file_in: None,
        })
    }

    #[test]
    fn defaults() {
        let settings = read(&[]).unwrap();
        let StoreSettings::Embedded { data_dir } = &settings.store else {
            panic!("{settings:?}")
        };
        assert_eq!(data_dir, Path::new("/home/ann/.local/share/tenantry"));
        assert_eq!(settings.state_dir, Path::new("/home/ann/.local/state/tenantry"));
        assert_eq!(
            (settings.master_db.as_str(), settings.bcrypt_cost),
            ("master_db", 12)
        );
        assert_eq!(settings.session, SignedDuration::from_mins(30));
        assert!(settings.ascii && !settings.open_registration && settings.store_from == Source::Default);
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
    #[case(&[("TENANTRY_SIGNS", "emoji")], "TENANTRY_SIGNS")]
    #[case(&[("HOME", "relative")], "HOME")]
    fn wrong_values_are_named(#[case] pairs: &[(&str, &str)], #[case] name: &str) {
        let text = read(pairs).unwrap_err().to_string();
        assert!(text.contains(name), "{text}");
        assert!(
            !text.contains("too short") && !text.contains("change_this"),
            "a secret is not quoted: {text}"
        );
    }

    #[test]
    fn relative_xdg_paths_are_ignored() {
        let settings = read(&[("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "/data")]).unwrap();
        assert_eq!(settings.state_dir, Path::new("/home/ann/.local/state/tenantry"));
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
        let mut environment: HashMap<String, String> = environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        environment.insert("HOME".into(), "/home/ann".into());
        Settings::read(&Surroundings {
            environment,
            env_file_in: Some(folder.path().into()),
        })
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_source_is_kept() {
        let text = format!("MONGO_URI=mongodb://db1/\nSECRET_KEY={KEY}\nBCRYPT_COST=11\nPATH=/evil\n");
        let settings = with_file(&text, 0o600, &[("BCRYPT_COST", "13")]).unwrap();
        assert_eq!((settings.store_from, settings.bcrypt_cost), (Source::EnvFile, 13));
        assert_eq!(settings.secret_key.unwrap().expose_secret(), KEY);
        assert!(matches!(settings.store, StoreSettings::MongoDb { .. }));
        assert!(
            std::env::var("MONGO_URI").is_err(),
            "the process environment is left alone"
        );
    }

    #[rstest]
    #[case("BCRYPT_COST=12\n", 0o622, "written by others")]
    #[case("TENANTRY_TOKEN=x\n", 0o600, "TENANTRY_TOKEN")]
    #[case("TENANTRY_DATADIR=x\n", 0o600, "TENANTRY_DATADIR")]
    #[case("BCRYPT_COST=99\n", 0o600, "from .env")]
    #[case("not a line\n", 0o600, "NAME=value")]
    fn files_that_cannot_be_trusted_are_refused(#[case] text: &str, #[case] mode: u32, #[case] why: &str) {
        let refusal = with_file(text, mode, &[]).unwrap_err().to_string();
        assert!(refusal.contains(why), "{refusal}");
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        symlink("/dev/null", folder.path().join(".env")).unwrap();
        let surroundings = Surroundings {
            env_file_in: Some(folder.path().into()),
            ..Surroundings::default()
        };
        assert!(
            Settings::read(&surroundings)
                .unwrap_err()
                .to_string()
                .contains("is a link")
        );
    }
}
