//! Warnings: what a person should know although the request succeeded.

/// The stable code of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum WarningCode {
    /// A collection with the organization's name belongs to something else and was not removed.
    CollectionLeft,
    /// console.json cannot be read, so nothing is remembered.
    ConsoleFileUnused,
    /// The store or its key comes from `.env`.
    EnvFile,
    /// `.env` is a folder and was skipped.
    EnvFileSkipped,
    /// Others can read the password file.
    FileReadable,
    /// A signal arrived, and the command finishes its write first.
    Finishing,
    /// The console's log cannot be written.
    NoLog,
    /// The connection to the server is not encrypted.
    NotEncrypted,
    /// The password is longer than the part that is verified.
    PasswordCut,
    /// The previous session could not be ended.
    SessionNotEnded,
    /// session.json was damaged, and its other sessions are lost.
    SessionsLost,
    /// Others could read session.json, so a session was removed from it.
    SessionsRemoved,
    /// The store cannot promise something.
    Store,
    /// The server's certificate is not checked.
    TlsInsecure,
    /// `TENANTRY_TOKEN` takes precedence over the new session.
    TokenWins,
    /// `MONGO_URI` names a database that is not used.
    UriDatabase,
    /// `MONGO_URI` has an option without an effect.
    UriOption,
}

impl WarningCode {
    /// The code in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A warning, with a stable code for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The stable code.
    pub code: WarningCode,
    /// A sentence.
    pub message: String,
}

impl Warning {
    /// A warning with this message.
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
