//! What a command is told besides its arguments: passwords from stdin or a file, and answers to prompts.

use super::exit::Failure;
use super::{Global, PasswordArgs, output};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Bytes of a secret that are read at most; longer ones are no passwords, and are refused as such.
const MAX_SECRET_BYTES: u64 = 4_096;

/// Where answers come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    asks: bool,
}

impl Input {
    /// A prompt needs stdin and stderr on a terminal, and that nobody forbade it.
    pub(super) fn new(global: &Global) -> Self {
        Self { asks: !global.no_input && io::stdin().is_terminal() && io::stderr().is_terminal() }
    }

    /// Whether a question would reach a person.
    pub(super) fn can_ask(self) -> bool {
        self.asks
    }

    /// A line with echo; `flag` is what would have given it.
    pub(super) async fn line(self, prompt: &str, flag: &str) -> Result<String, Failure> {
        self.needs(flag)?;
        let signals = Signals::listen()?;
        output::note(&format!("{prompt}: "));
        ask(signals, None).await
    }

    /// A password that exists already: asked once.
    pub(super) async fn password(self, args: &PasswordArgs, prompt: &str) -> Result<SecretString, Failure> {
        match from_elsewhere(args)? {
            Some(secret) => Ok(secret),
            None => self.secret(prompt, "--password-stdin or --password-file").await,
        }
    }

    /// A password that is being set: asked twice.
    pub(super) async fn new_password(
        self,
        args: &PasswordArgs,
        prompt: &str,
    ) -> Result<SecretString, Failure> {
        if let Some(secret) = from_elsewhere(args)? {
            return Ok(secret);
        }
        let first = self.secret(prompt, "--password-stdin or --password-file").await?;
        let again = self.secret("The same again", "--password-stdin or --password-file").await?;
        same(&first, &again)?;
        Ok(first)
    }

    /// A secret without echo.
    pub(super) async fn secret(self, prompt: &str, flag: &str) -> Result<SecretString, Failure> {
        self.needs(flag)?;
        // Heard from here on, so that no signal ends the process while echo is off. Echo goes before the prompt
        // comes: whoever types at once is not echoed either.
        let signals = Signals::listen()?;
        let terminal = tcgetattr(io::stdin()).map_err(|error| unreadable(&error.into()))?;
        let mut silent = terminal.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &silent).map_err(|error| unreadable(&error.into()))?;
        output::note(&format!("{prompt}: "));
        ask(signals, Some(&terminal)).await.map(SecretString::from)
    }

    fn needs(self, flag: &str) -> Result<(), Failure> {
        if self.asks {
            return Ok(());
        }
        Err(Failure::usage(
            "Something has to be asked, and there is nobody to ask here.",
            format!("Give {flag}."),
        ))
    }
}

fn same(first: &SecretString, again: &SecretString) -> Result<(), Failure> {
    use secrecy::ExposeSecret;
    if first.expose_secret() == again.expose_secret() {
        Ok(())
    } else {
        Err(Failure::usage("The two passwords differ; nothing was done.", "Type the same one twice."))
    }
}

/// Reads a line of the terminal. Ctrl-C and SIGTERM end it; however it ends, the terminal is as it was `before`.
async fn ask(signals: Signals, before: Option<&Termios>) -> Result<String, Failure> {
    let answer = line_or_signal(signals).await;
    if let Some(before) = before {
        // If it is gone there is no echo to bring back.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
    }
    if before.is_some() || answer.is_err() {
        output::note("\n");
    }
    answer
}

/// Ctrl-C and SIGTERM, which end a question.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let unheard = |error: io::Error| Failure::File(format!("Signals cannot be heard: {error}."));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(unheard)?,
            terminate: signal(SignalKind::terminate()).map_err(unheard)?,
        })
    }
}

async fn line_or_signal(mut signals: Signals) -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|bytes| (bytes > 0).then_some(line))
    });
    tokio::select! {
        biased;
        _ = signals.interrupt.recv() => Err(Failure::Interrupted),
        _ = signals.terminate.recv() => Err(Failure::Terminated),
        answer = read => match answer.map_err(io::Error::other).and_then(|line| line) {
            Ok(Some(line)) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
            Ok(None) => {
                Err(Failure::usage("The input ended before the question was answered.", "Nothing was done."))
            }
            Err(error) => Err(unreadable(&error)),
        },
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::File(format!("The terminal cannot be read: {error}."))
}

/// A password from stdin or a file, if the arguments name one. On a terminal `--password-stdin` asks.
fn from_elsewhere(args: &PasswordArgs) -> Result<Option<SecretString>, Failure> {
    if let Some(path) = &args.password_file {
        return secret_file(path).map(Some);
    }
    if !args.password_stdin || io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut text = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_SECRET_BYTES)
        .read_to_end(&mut text)
        .map_err(|error| Failure::File(format!("stdin cannot be read: {error}.")))?;
    if text.is_empty() {
        return Err(Failure::usage(
            "There is no password on stdin: it is empty.",
            "Pipe one into it, as printf '%s' \"$PASSWORD\" | tenantry ...",
        ));
    }
    text_of(text, "stdin").map(Some)
}

/// A password from a file that nobody else can have written.
pub(super) fn secret_file(path: &Path) -> Result<SecretString, Failure> {
    let shown = path.display();
    let unreadable =
        |error: io::Error| Failure::usage(format!("{shown} cannot be read: {error}."), "Look at the path.");
    let file = File::open(path).map_err(unreadable)?;
    let data = file.metadata().map_err(unreadable)?;
    if data.mode() & 0o022 != 0 && data.is_file() {
        return Err(Failure::usage(
            format!("{shown} can be written by others, so it is not trusted."),
            format!("chmod 600 {shown}"),
        ));
    }
    if data.mode() & 0o044 != 0 && data.is_file() {
        output::note(&format!("tenantry: warning: {shown} can be read by others\n"));
    }
    let mut text = Vec::new();
    file.take(MAX_SECRET_BYTES).read_to_end(&mut text).map_err(unreadable)?;
    text_of(text, &shown.to_string())
}

/// Drops one line end at the end.
fn text_of(bytes: Vec<u8>, whence: &str) -> Result<SecretString, Failure> {
    let mut text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("The password from {whence} is not UTF-8."), "Passwords are text.")
    })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text.into())
}
