//! Input besides arguments: passwords from stdin or a file, and answers to prompts.

use super::after_prompt::{self, AfterPrompt};
use super::arguments::{CurrentPasswordArgs, PasswordArgs};
use super::exit::{Failure, Unanswered};
use super::output::Stderr;
use super::secret::{check_password, judge_secret, read_at_most, text_of};
use super::{Global, output};
use crate::domain::Password;
use crate::service::Error;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use std::fs::File;
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// File names that mean stdin.
const STDIN: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/// Where answers come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    asks: bool,
    stderr: Stderr,
    /// Seconds to wait for an answer, if `--timeout` is given.
    timeout: Option<u64>,
}

impl Input {
    /// Prompts need stdin and stderr on a terminal, and no `--no-input`.
    pub(super) fn new(global: &Global, stderr: Stderr) -> Self {
        let asks = !global.no_input && io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { asks, stderr, timeout: global.timeout }
    }

    /// Whether a prompt would reach a person.
    pub(super) fn can_ask(self) -> bool {
        self.asks
    }

    /// Prompts for a line with echo; `flag` could have provided it.
    pub(super) async fn line(self, prompt: &str, flag: &str) -> Result<String, Failure> {
        self.needs(flag)?;
        let signals = Signals::listen(self.timeout)?;
        self.stderr.question(&format!("{prompt}: "));
        ask(signals, None).await
    }

    /// A password from stdin or a file, without a prompt.
    pub(super) async fn given(self, args: &PasswordArgs) -> Result<Option<SecretString>, Failure> {
        match Given::of(args) {
            Given::Nothing => Ok(None),
            Given::Stdin => secret_stdin(self.timeout).await.map(Some),
            Given::File(path) => self.secret_file(path).await.map(Some),
        }
    }

    /// The current password, if a file provides it.
    ///
    /// # Errors
    /// Also when stdin would have to provide both passwords.
    pub(super) async fn given_current(
        self,
        current: &CurrentPasswordArgs,
        new: &PasswordArgs,
    ) -> Result<Option<SecretString>, Failure> {
        let Some(path) = &current.current_password_file else {
            return Ok(None);
        };
        let new_from_stdin = new.password_stdin || new.password_file.as_deref().is_some_and(is_stdin);
        if new_from_stdin && is_stdin(path) {
            return Err(Failure::usage(
                "Two passwords cannot both come from stdin.",
                "Pass the current password with --current-password-file FILE.",
            ));
        }
        if is_stdin(path) {
            // On a terminal, prompt without echo.
            return if io::stdin().is_terminal() {
                Ok(None)
            } else {
                secret_stdin(self.timeout).await.map(Some)
            };
        }
        self.secret_file(path).await.map(Some)
    }

    /// The current password, from a file or a prompt.
    pub(super) async fn current(
        self,
        current: &CurrentPasswordArgs,
        new: &PasswordArgs,
    ) -> Result<SecretString, Failure> {
        match self.given_current(current, new).await? {
            Some(secret) => Ok(secret),
            None => self.secret("Current password", "--current-password-file").await,
        }
    }

    /// An existing password: one prompt.
    pub(super) async fn password(self, args: &PasswordArgs, prompt: &str) -> Result<SecretString, Failure> {
        match self.given(args).await? {
            Some(secret) => Ok(secret),
            None => self.secret(prompt, "--password-stdin or --password-file").await,
        }
    }

    /// A new password: prompts twice.
    pub(super) async fn new_password(
        self,
        args: &PasswordArgs,
        prompt: &str,
    ) -> Result<SecretString, Failure> {
        if let Some(secret) = self.given(args).await? {
            return Ok(secret);
        }
        let first = self.secret(prompt, "--password-stdin or --password-file").await?;
        // Do not ask twice for an invalid password.
        Password::new(first.clone()).map_err(Error::from)?;
        let again = self.secret("Repeat the password", "--password-stdin or --password-file").await?;
        same(&first, &again)?;
        Ok(first)
    }

    /// Prompts for a secret without echo.
    pub(super) async fn secret(self, prompt: &str, flag: &str) -> Result<SecretString, Failure> {
        self.needs(flag)?;
        // From here on, signals are handled, so that none ends the process while echo is off. Echo is turned off
        // before the prompt appears, so that early typing is not echoed either.
        let signals = Signals::listen_in_silence(self.timeout)?;
        let terminal = tcgetattr(io::stdin()).map_err(|error| unreadable(&error.into()))?;
        silence(&terminal).map_err(|error| unreadable(&error))?;
        self.stderr.question(&format!("{prompt}: "));
        let typed = ask(signals, Some(&terminal)).await?;
        check_password(&typed, "the terminal")?;
        Ok(typed.into())
    }

    fn needs(self, flag: &str) -> Result<(), Failure> {
        if self.asks {
            return Ok(());
        }
        Err(Failure::usage(
            "Input is needed, but stdin or stderr is not a terminal.",
            format!("Pass {flag}."),
        ))
    }
}

fn same(first: &SecretString, again: &SecretString) -> Result<(), Failure> {
    use secrecy::ExposeSecret;
    if first.expose_secret() == again.expose_secret() {
        Ok(())
    } else {
        Err(Failure::usage("The two passwords differ. Nothing was changed.", "Type the same password twice."))
    }
}

/// Turns echo off.
fn silence(terminal: &Termios) -> io::Result<()> {
    let mut silent = terminal.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(io::stdin(), OptionalActions::Now, &silent).map_err(io::Error::from)
}

/// Reads a line from the terminal. Signals end it; in every case the terminal is restored to `before`.
async fn ask(signals: Signals, before: Option<&Termios>) -> Result<String, Failure> {
    let answer = unless_signalled(signals, before, || {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|bytes| (bytes > 0).then_some(line))
    });
    let answer = match answer.await {
        Ok(Ok(Some(line))) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
        Ok(Ok(None)) => {
            Err(Failure::usage("The input ended before the question was answered.", "Nothing was done."))
        }
        Ok(Err(error)) => Err(unreadable(&error)),
        Err(signalled) => Err(signalled),
    };
    if let Some(before) = before {
        // If the terminal is gone, there is no echo to restore.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
    }
    if before.is_some() || answer.is_err() {
        output::note("\n");
    }
    answer
}

/// The signals that matter during a read.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    resumed: Signal,
    after: AfterPrompt,
    timeout: Option<u64>,
}

impl Signals {
    fn listen(timeout: Option<u64>) -> Result<Self, Failure> {
        let unheard = |error: io::Error| Failure::File(format!("Listening for signals failed: {error}."));
        let resumed = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(unheard)?,
            terminate: signal(SignalKind::terminate()).map_err(unheard)?,
            resumed: signal(resumed).map_err(unheard)?,
            after: AfterPrompt::listen().map_err(unheard)?,
            timeout,
        })
    }

    /// Also handles the signals that would end the process while echo is off.
    fn listen_in_silence(timeout: Option<u64>) -> Result<Self, Failure> {
        after_prompt::begin();
        Self::listen(timeout)
    }
}

/// Runs a read that may block; Ctrl-C and SIGTERM abandon it. The shell restores echo when it stops a process, so echo
/// is turned off again when the process continues.
async fn unless_signalled<T: Send + 'static>(
    mut signals: Signals,
    silent: Option<&Termios>,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let read = crate::blocking::run(read);
    let time_is_up = async {
        match signals.timeout {
            Some(seconds) => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                seconds
            }
            None => std::future::pending().await,
        }
    };
    tokio::pin!(read, time_is_up);
    loop {
        tokio::select! {
            biased;
            _ = signals.interrupt.recv() => return Err(Failure::Interrupted(Unanswered::Nothing)),
            _ = signals.terminate.recv() => return Err(Failure::Terminated(Unanswered::Nothing)),
            failure = signals.after.recv(Unanswered::Nothing) => return Err(failure),
            seconds = &mut time_is_up => {
                let failure = Failure::TimedOut { seconds, unanswered: Unanswered::Nothing };
                return Err(failure.explained(format!("No input for {seconds} s."), None));
            }
            _ = signals.resumed.recv() => {
                silent.map(silence).transpose().map_err(|error| unreadable(&error))?;
            }
            answer = &mut read => {
                return answer.map_err(|error| Failure::File(format!("The input cannot be read: {error}.")));
            }
        }
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::File(format!("The terminal cannot be read: {error}."))
}

impl Input {
    /// Reads from stdin, on a thread of its own; Ctrl-C and SIGTERM abandon it.
    pub(super) async fn lines<T: Send + 'static>(
        self,
        read: impl FnOnce(&mut io::StdinLock<'_>) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let read = move || read(&mut io::stdin().lock());
        let read = unless_signalled(Signals::listen(self.timeout)?, None, read).await?;
        read.map_err(|error| Failure::File(format!("stdin cannot be read: {error}.")))
    }
}

/// The source of a password, if one is given.
enum Given<'a> {
    Nothing,
    Stdin,
    File(&'a Path),
}

impl<'a> Given<'a> {
    /// stdin on a terminal is not a source: the command prompts without echo.
    fn of(args: &'a PasswordArgs) -> Self {
        match args.password_file.as_deref() {
            Some(path) if !is_stdin(path) => Self::File(path),
            Some(_) if !io::stdin().is_terminal() => Self::Stdin,
            None if args.password_stdin && !io::stdin().is_terminal() => Self::Stdin,
            Some(_) | None => Self::Nothing,
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    STDIN.iter().any(|name| path == Path::new(name))
}

async fn secret_stdin(timeout: Option<u64>) -> Result<SecretString, Failure> {
    let unreadable = |error: io::Error| Failure::File(format!("stdin cannot be read: {error}."));
    let read = unless_signalled(Signals::listen(timeout)?, None, || read_at_most(io::stdin().lock()));
    let text = read.await?.map_err(unreadable)?;
    if text.is_empty() {
        return Err(Failure::usage(
            "stdin is empty. A password was expected.",
            "Pipe the password, for example: printf '%s' \"$PASSWORD\" | tenantry ...",
        ));
    }
    text_of(text, "stdin")
}

impl Input {
    /// A password from a file that other users cannot have written.
    async fn secret_file(self, path: &Path) -> Result<SecretString, Failure> {
        let shown = path.display().to_string();
        let unreadable =
            |error: io::Error| Failure::usage(format!("{shown} cannot be read: {error}."), "Check the path.");
        // Opening a pipe blocks until there is a writer.
        let (stderr, of, name) = (self.stderr, path.to_owned(), shown.clone());
        let read = unless_signalled(Signals::listen(self.timeout)?, None, move || -> io::Result<_> {
            let file = File::open(of)?;
            match judge_secret(&file, &name, stderr)? {
                Some(refusal) => Ok(Err(refusal)),
                None => read_at_most(file).map(Ok),
            }
        });
        let text = read.await?.map_err(unreadable)??;
        text_of(text, &shown)
    }
}
