//! Settings from the environment, then `.env` of the working folder, then defaults; read once and checked, each with
//! its source. Nothing else reads the environment.
//!
//! A wrong value is an error that names the setting, its source and the allowed values, but never a secret's value.

mod editor;
mod env_file;
mod env_line;
mod reader;

use crate::domain::{DatabaseName, Warning, WarningCode};
pub use editor::EditorSettings;
use jiff::SignedDuration;
use reader::Reader;
use secrecy::SecretString;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One setting as `docs/settings.md` and `.env.example` list it.
#[derive(Debug, Clone, Copy)]
pub struct SettingInfo {
    /// Its name in the environment and in `.env`.
    pub name: &'static str,
    /// Its default, in words.
    pub default: &'static str,
    /// What it does, and the allowed values.
    pub help: &'static str,
}

const fn info(name: &'static str, default: &'static str, help: &'static str) -> SettingInfo {
    SettingInfo { name, default, help }
}

/// Every setting.
pub const SETTINGS: [SettingInfo; 17] = [
    info("MONGO_URI", "unset: the embedded store", "the MongoDB server, 6.0 or later"),
    info(
        "MASTER_DB",
        "master_db",
        "database of records and collections; 1-63 bytes without white space and /\\.\"$*<>:|?",
    ),
    info(
        "SECRET_KEY",
        "embedded: created at first use",
        "signs sessions; at least 32 bytes; required with MONGO_URI",
    ),
    info("SESSION_MINUTES", "30", "minutes without use before a session expires; 1-1440"),
    info("BCRYPT_COST", "12", "cost of password hashes; 10-15"),
    info("OPEN_REGISTRATION", "false", "whether organizations can be created without a session"),
    info(
        "LEGACY_UPDATE",
        "false",
        "whether PUT /org/update changes email and password without the current password",
    ),
    info("CORS_ORIGINS", "unset: none", "origins whose pages may call tenantry serve, separated by commas"),
    info(
        "TRASH_DAYS",
        "7",
        "days that a deleted organization can be restored; 0-365; with 0 a delete is final",
    ),
    info("LEASE_SECONDS", "30", "seconds without progress before another process takes over a write; 2-300"),
    info("TENANTRY_DATA_DIR", "$XDG_DATA_HOME/tenantry", "folder of the embedded store"),
    info("TENANTRY_TOKEN", "unset", "a session for scripts; never read from .env"),
    info("TENANTRY_ENVIRONMENT", "unset", "a word for the console's title, such as PROD"),
    info("TENANTRY_SIGNS", "by the locale", "unicode or ascii"),
    info("TENANTRY_THEME", "terminal", "colours of the console: terminal (your own sixteen), dark or light"),
    info("TENANTRY_MOUSE", "on; off in GNU screen", "whether the console hears the mouse; on or off"),
    info("TENANTRY_LOG", "warn", "a log filter such as info or tenantry=trace"),
];

const TOKEN: &str = "TENANTRY_TOKEN";

/// The themes of the console.
pub const THEMES: [&str; 3] = ["terminal", "dark", "light"];

/// Secrets that were published with an earlier service, or that people leave in place.
const WEAK_SECRETS: [&str; 3] = [
    "7b4c9a2d3f1e5g6h7i8j9k0l1m2n3o4p5q6r7s8t9u0v1w2x3y4z5a6b7c8d9e",
    "super_secret_key_change_this",
    "change-me",
];

/// The source of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Source {
    /// The process environment.
    Environment,
    /// `.env` in the working folder.
    EnvFile {
        /// The line number, from 1.
        line: usize,
    },
    /// The default.
    Default,
}

impl Source {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("from the environment"),
            Self::EnvFile { line } => write!(f, "from .env, line {line}"),
            Self::Default => f.write_str("by default"),
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(String);

impl SettingError {
    /// An error with these words.
    pub fn new(message: String) -> Self {
        Self(message)
    }
}

/// The store.
#[derive(Debug, Clone)]
pub enum StoreSettings {
    /// A file in this folder.
    Embedded {
        /// `TENANTRY_DATA_DIR`.
        data_dir: PathBuf,
    },
    /// A server.
    MongoDb {
        /// `MONGO_URI`; it may contain a password.
        uri: SecretString,
    },
}

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The store and its location.
    pub store: StoreSettings,
    /// Where the choice of the store comes from.
    pub store_from: Source,
    /// `MASTER_DB`.
    pub master_db: DatabaseName,
    /// `SECRET_KEY`; always set with MongoDB.
    pub secret_key: Option<SecretString>,
    /// `SESSION_MINUTES`.
    pub session: SignedDuration,
    /// `BCRYPT_COST`.
    pub bcrypt_cost: u32,
    /// `OPEN_REGISTRATION`.
    pub open_registration: bool,
    /// Whether the old service's update may change email and password without the current password.
    pub legacy_update: bool,
    /// Origins whose pages may call the web face.
    pub cors_origins: Vec<String>,
    /// `TRASH_DAYS`.
    pub trash: SignedDuration,
    /// `LEASE_SECONDS`.
    pub lease: Duration,
    /// `TENANTRY_TOKEN`.
    pub token: Option<SecretString>,
    /// `TENANTRY_ENVIRONMENT`.
    pub environment: Option<String>,
    /// Whether signs are ASCII only.
    pub ascii: bool,
    /// `TENANTRY_THEME`, one of [`THEMES`].
    pub theme: Option<&'static str>,
    /// Whether the console hears the mouse; none: where the terminal can give it.
    pub mouse: Option<bool>,
    /// `TENANTRY_LOG`.
    pub log: Option<(String, Source)>,
    /// The folder of session.json and logs, or why there is none: a service may have no home folder.
    pub state_dir: Result<PathBuf, SettingError>,
    /// That the store or its key comes from `.env`, which another person may have written.
    pub from_env_file: Option<FromEnvFile>,
    /// Other warnings about the settings.
    pub warnings: Vec<Warning>,
}

/// A note that the store or its key comes from `.env`.
#[derive(Debug, Clone)]
pub struct FromEnvFile {
    /// In two or three words, for a title.
    pub title: &'static str,
    /// With the file and its settings.
    pub warning: Warning,
}

/// Where settings are read from; a test passes its own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The process environment. A value that is not UTF-8 is kept: it may be a path, and otherwise its reader refuses
    /// it. Dropping it would mean the default.
    pub environment: HashMap<String, OsString>,
    /// The working folder, if `.env` should be read there.
    pub env_file_in: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process(read_env_file: bool) -> Self {
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        let env_file_in = if read_env_file { std::env::current_dir().ok() } else { None };
        Self { environment, env_file_in }
    }

    /// A variable of the environment that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.environment.get(name).and_then(|value| value.to_str())
    }
}

impl Settings {
    /// Reads and checks all settings.
    ///
    /// # Errors
    /// The first [`SettingError`] found.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let path = environment.env_file_in.as_ref().map(|folder| folder.join(".env"));
        let file = path.as_deref().map(env_file::read).transpose()?.unwrap_or_default();
        let reader = Reader { environment: &environment.environment, file: file.values };
        let uri = reader.not_empty("MONGO_URI")?;
        let secret_key = secret_key(&reader)?;
        if uri.is_some() && secret_key.is_none() {
            return Err(SettingError(
                "SECRET_KEY is required with MONGO_URI: at least 32 bytes, the same for every \
                process that uses the store. Create one with: openssl rand -base64 32"
                    .into(),
            ));
        }
        let is_server = uri.is_some();
        let (store, store_from) = if let Some((uri, source)) = uri {
            (StoreSettings::MongoDb { uri: uri.into() }, source)
        } else {
            let (data_dir, source) = reader.data_dir()?;
            (StoreSettings::Embedded { data_dir }, source)
        };
        Ok(Self {
            store,
            store_from,
            master_db: master_db(&reader)?,
            secret_key,
            session: SignedDuration::from_mins(reader.number("SESSION_MINUTES", 30, 1..=1440)?.into()),
            bcrypt_cost: bcrypt_cost(&reader)?,
            legacy_update: reader.one_of("LEGACY_UPDATE", &["false", "true"])? == Some("true"),
            cors_origins: cors_origins(&reader)?,
            open_registration: reader.one_of("OPEN_REGISTRATION", &["false", "true"])? == Some("true"),
            trash: SignedDuration::from_hours(24 * i64::from(reader.number("TRASH_DAYS", 7, 0..=365)?)),
            lease: Duration::from_secs(reader.number("LEASE_SECONDS", 30, 2..=300)?.into()),
            token: reader.filled(TOKEN)?.map(|(token, _)| token.into()),
            environment: reader.filled("TENANTRY_ENVIRONMENT")?.map(|(word, _)| word),
            ascii: match reader.one_of("TENANTRY_SIGNS", &["unicode", "ascii"])? {
                Some(word) => word == "ascii",
                None => !locale_is_utf8(environment),
            },
            theme: reader.one_of("TENANTRY_THEME", &THEMES)?,
            mouse: reader.one_of("TENANTRY_MOUSE", &["on", "off"])?.map(|word| word == "on"),
            log: reader.filled("TENANTRY_LOG")?,
            state_dir: reader.folder("XDG_STATE_HOME", ".local/state"),
            from_env_file: path.and_then(|path| from_env_file(&reader, &path, is_server)),
            warnings: file.skipped.into_iter().collect(),
        })
    }
}

/// The cost of password hashes. Builds for tests, which hash thousands of them, also know bcrypt's lowest as the default.
fn bcrypt_cost(reader: &Reader<'_>) -> Result<u32, SettingError> {
    let is_low = cfg!(debug_assertions) && reader.environment.contains_key("TENANTRY_TEST_LOW_COST");
    reader.number("BCRYPT_COST", if is_low { 4 } else { 12 }, 10..=15)
}

/// The note that the store or its key comes from the file, with the settings.
fn from_env_file(reader: &Reader<'_>, path: &Path, is_server: bool) -> Option<FromEnvFile> {
    let is_in_file = |name: &&str| !reader.environment.contains_key(*name) && reader.file.contains_key(*name);
    let of_store = if is_server { ["MONGO_URI", "MASTER_DB"] } else { ["TENANTRY_DATA_DIR", "MASTER_DB"] };
    let store: Vec<_> = of_store.into_iter().filter(is_in_file).collect();
    let key = Some("SECRET_KEY").filter(is_in_file);
    let (what, title) = match (store.is_empty(), key.is_none()) {
        (true, true) => return None,
        (false, true) => ("The store comes", "from .env"),
        (true, false) => ("The key comes", "key from .env"),
        (false, false) => ("The store and its key come", "from .env"),
    };
    let names: Vec<_> = store.into_iter().chain(key).collect();
    let message = format!("{what} from {} ({}).", path.display(), names.join(", "));
    Some(FromEnvFile { title, warning: Warning::new(WarningCode::EnvFile, message) })
}

fn secret_key(reader: &Reader<'_>) -> Result<Option<SecretString>, SettingError> {
    let Some((key, source)) = reader.not_empty("SECRET_KEY")? else {
        return Ok(None);
    };
    if WEAK_SECRETS.iter().any(|weak| key.contains(weak)) {
        return Err(SettingError(format!(
            "SECRET_KEY ({source}) is a published sample that anyone can sign with. Create one with: openssl rand \
             -base64 32"
        )));
    }
    if key.len() < 32 {
        return Err(SettingError(format!(
            "SECRET_KEY ({source}) is shorter than 32 bytes. Create one with: openssl rand -base64 32"
        )));
    }
    Ok(Some(key.into()))
}

/// Each origin as a browser sends it: scheme and host, perhaps a port, nothing more.
fn cors_origins(reader: &Reader<'_>) -> Result<Vec<String>, SettingError> {
    let Some((text, source)) = reader.filled("CORS_ORIGINS")? else {
        return Ok(Vec::new());
    };
    let origins: Vec<String> = text.split(',').map(|origin| origin.trim().to_owned()).collect();
    let is_origin = |origin: &String| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| {
            !host.is_empty()
                && host.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '*' | '?' | '#' | '@'))
        })
    };
    match origins.iter().find(|origin| !is_origin(origin)) {
        None => Ok(origins),
        Some(wrong) => Err(SettingError(format!(
            "CORS_ORIGINS ({source}) has {wrong:?}. Allowed are origins such as https://app.example.com, separated by \
             commas."
        ))),
    }
}

fn master_db(reader: &Reader<'_>) -> Result<DatabaseName, SettingError> {
    let Some((name, source)) = reader.not_empty("MASTER_DB")? else {
        return Ok(DatabaseName::default());
    };
    DatabaseName::parse(&name)
        .map_err(|error| SettingError(format!("MASTER_DB ({source}) is {name:?}. {error}")))
}

/// POSIX: the first of these that is set and not empty decides.
fn locale_is_utf8(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| environment.text(name).filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests;
