//! Wires the parts together: arguments, settings, logging, service, commands or console, exit code.

mod console;
#[cfg(feature = "http")]
mod serve;

use crate::blocking::Ending;
use crate::cli::exit::{Failure, Unanswered};
use crate::cli::output::{Colours, Stderr};
use crate::cli::{self, Cli, Command, DemoArgs, Format, KeptDemo, Run, output};
use crate::service::clock::SystemClock;
use crate::service::{Error, ServiceOptions, TenantService};
use crate::settings::{Environment, SettingError, Settings, StoreSettings};
use crate::streams::{colours, has_terminal, terminal_type};
use crate::tui::ConsoleOptions;
use crate::{blocking, demo, logging, manual, panics, store};
use console::{console, console_options, open_console};
use std::ffi::OsString;
use std::io;
use std::panic;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// How long the process waits at its end: for a write that the user stopped waiting for, and for the read of an
/// interrupted prompt.
const LAST_WAIT: Duration = Duration::from_millis(100);

/// Ends the runtime. A write that still runs then is left to recovery.
fn shut_down(runtime: Runtime, service: &TenantService) {
    panics::leave();
    runtime.block_on(async {
        // A write that takes longer is cut off with the process and left to recovery.
        let _ = tokio::time::timeout(LAST_WAIT, service.writes_end()).await;
    });
    runtime.shutdown_timeout(LAST_WAIT);
}

/// Runs tenantry with these arguments, the program's name first.
///
/// # Errors
/// Only failures that no user can act on; every other one is printed and becomes the exit code.
pub fn run(arguments: &[OsString]) -> color_eyre::Result<ExitCode> {
    match cli::complete(arguments, read_only_service) {
        Ok(false) => {}
        Ok(true) => return Ok(ExitCode::SUCCESS),
        Err(error) => return Ok(answer_parser(&error, arguments)),
    }
    let cli = match cli::parse(arguments) {
        Ok(cli) => cli,
        Err(error) => return Ok(answer_parser(&error, arguments)),
    };
    let process = Environment::of_process(!cli.global.no_env_file);
    let colours = colours(&cli, &process);
    let stderr = Stderr::new(&cli.global, colours.stderr);
    if let Err(failure) = cli::check(&cli) {
        return Ok(ExitCode::from(fail(stderr, &failure)));
    }
    if let Some(text) = printed_text(&cli) {
        return Ok(print_text(stderr, &text));
    }
    if cli.opens_console() && !has_terminal() {
        if cli.global.format().is_json() {
            let failure =
                Failure::usage("The console needs a terminal.", "Pass a command; see tenantry --help.");
            return Ok(ExitCode::from(fail(stderr, &failure)));
        }
        output::note(&cli::command().render_help().to_string());
        return Ok(ExitCode::from(2));
    }
    let done = match &cli.command {
        Some(Command::Demo(demo)) => run_demo(&cli, demo, process, colours),
        _ if cli.opens_console() => open_console(&cli, &process, colours),
        _ => {
            tell_panics(stderr);
            let run = move |ending: &Ending| command(&cli, &process, colours, ending);
            return Ok(ExitCode::from(blocking::on_a_thread(run).unwrap_or_else(|error| {
                fail(stderr, &Failure::File(format!("Cannot start a thread: {error}.")))
            })));
        }
    };
    Ok(ExitCode::from(exit_code_of(&cli, stderr, done)))
}

/// A panic of a command is an internal error, told like every other one. What panicked is in the log: a task that
/// panics fails the command by itself.
fn tell_panics(stderr: Stderr) {
    panic::set_hook(Box::new(move |panic| {
        let error = Error::internal(panic);
        if thread::current().name() == Some(blocking::COMMAND) {
            stderr.error(&Failure::Service(error).object());
        }
    }));
    panics::install();
}

/// Prints a failure and returns the exit code.
fn exit_code_of(cli: &Cli, stderr: Stderr, done: Result<(), Failure>) -> u8 {
    let Err(failure) = done else {
        return 0;
    };
    let mut error = failure.object();
    error.field = error.field.map(|field| cli.name_of_field(field));
    stderr.error(&error);
    error.exit_code
}

/// The output of commands that need neither settings nor a store.
fn printed_text(cli: &Cli) -> Option<String> {
    match &cli.command {
        Some(Command::Completions { shell }) => Some(cli::completions(*shell)),
        Some(Command::Man) => Some(manual::page()),
        // `cli::check` has already refused a wrong format.
        Some(Command::Version) => cli::version(cli).ok(),
        _ => None,
    }
}

/// Runs a command, reports its result, then tidies the store. Returns the exit code.
fn command(cli: &Cli, process: &Environment, colours: Colours, ending: &Ending) -> u8 {
    let stderr = Stderr::new(&cli.global, colours.stderr);
    #[cfg(feature = "http")]
    if let Some(Command::Serve(args)) = &cli.command {
        return exit_code_of(cli, stderr, serve::serve(args, process, stderr, ending));
    }
    let opened = (|| {
        let settings = Settings::read(process)?;
        let filter = logging::filter(settings.log.as_ref()).map_err(SettingError::new)?;
        let service = service(&settings)?;
        let runtime = runtime(&settings)?;
        let is_json = cli.global.format().is_json();
        // With JSON output, log lines are written only on request.
        if !is_json || settings.log.is_some() {
            logging::to_stderr(filter, is_json);
        }
        Ok((settings, service, runtime))
    })();
    let (settings, service, runtime) = match opened {
        Ok(opened) => opened,
        Err(failure) => return exit_code_of(cli, stderr, Err(failure)),
    };
    #[cfg(debug_assertions)]
    assert!(process.text("TENANTRY_TEST_PANIC") != Some("command"), "asked for, in a command");
    let soon = ending.clone();
    let run = cli::run(cli, &service, &settings, colours, move |code| soon.soon(code));
    let Run { outcome, tidying } = runtime.block_on(run);
    if let Err(failure) = &outcome
        && failure.code() == "timed_out"
    {
        ending.soon(failure.exit_code());
    }
    let code = exit_code_of(cli, stderr, outcome);
    if let Some(tidying) = tidying {
        runtime.block_on(tidying.run(&service));
    }
    shut_down(runtime, &service);
    code
}

fn run_demo(cli: &Cli, demo: &DemoArgs, process: Environment, colours: Colours) -> Result<(), Failure> {
    let terminal_type = match terminal_type(&process) {
        Ok(terminal_type) if has_terminal() => Some(terminal_type),
        Err(failure) if has_terminal() && demo.keep.is_none() => return Err(failure),
        Ok(_) | Err(_) => None,
    };
    if terminal_type.is_none() && demo.keep.is_none() {
        return Err(Failure::usage(
            "The demo opens the console, which needs a terminal.",
            "Pass --keep DIR to create only its store.",
        ));
    }
    let folder = demo::Folder::make(demo.keep.as_deref())?;
    let environment = demo::environment(process, folder.path());
    let settings = Settings::read(&environment)?;
    let filter = logging::filter(settings.log.as_ref()).map_err(SettingError::new)?;
    let service = service(&settings)?;
    let runtime = runtime(&settings)?;
    let count = demo.organizations as usize;
    let made = runtime.block_on(async {
        tokio::select! {
            made = demo::fill(&service, &settings, count) => made,
            ended = demo_ended() => Err(ended),
        }
    });
    let done = match (made, terminal_type) {
        (Ok(()), Some(terminal_type)) => runtime.block_on(demo::sign_in(&service)).and_then(|signed_in| {
            let signed_in = Some((signed_in, demo::welcome()));
            let options = console_options(cli, &settings, &environment, colours, terminal_type);
            console(&runtime, Arc::clone(&service), filter, ConsoleOptions { signed_in, ..options })
        }),
        (made, _) => made,
    };
    shut_down(runtime, &service);
    if let (Ok(()), demo::Folder::Kept(path)) = (&done, &folder) {
        let (email, password) = (demo::EMAIL, demo::PASSWORD);
        let kept = KeptDemo { folder: path, organizations: count, email, password };
        cli::demo_kept(&cli.global, colours, &kept)?;
    }
    done
}

/// Waits for a signal while the demo's store is created; its folder is removed when the process ends.
async fn demo_ended() -> Failure {
    let listen =
        |kind| signal(kind).map_err(|error| Failure::File(format!("Cannot listen for signals: {error}.")));
    let signals = (|| {
        Ok((
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ))
    })();
    let (mut interrupt, mut terminate, mut hangup) = match signals {
        Ok(signals) => signals,
        Err(failure) => return failure,
    };
    tokio::select! {
        _ = interrupt.recv() => Failure::Interrupted(Unanswered::Nothing),
        _ = terminate.recv() => Failure::Terminated(Unanswered::Nothing),
        _ = hangup.recv() => Failure::TerminalGone,
    }
}

/// The service over a store that is only read, for completion.
fn read_only_service(settings: &Settings) -> Option<Arc<TenantService>> {
    let (store, key) = store::open_to_look(settings).ok()?;
    Some(Arc::new(TenantService::new(store, key, Arc::new(SystemClock), options(settings))))
}

fn options(settings: &Settings) -> ServiceOptions {
    ServiceOptions {
        session: settings.session,
        bcrypt_cost: settings.bcrypt_cost,
        open_registration: settings.open_registration,
        legacy_update: settings.legacy_update,
        trash: settings.trash,
    }
}

/// The service that these settings describe. It connects at its first call.
///
/// # Errors
/// When the URI of the server is invalid.
pub fn service(settings: &Settings) -> Result<Arc<TenantService>, Failure> {
    // Nothing is connected yet: only the URI itself can be wrong.
    let (store, key) = store::open(settings).map_err(|error| {
        let from = settings.store_from;
        SettingError::new(format!("{error} MONGO_URI is {from}."))
    })?;
    Ok(Arc::new(TenantService::new(store, key, Arc::new(SystemClock), options(settings))))
}

/// Threads that the runtime starts with: two for tasks and one for blocking calls.
const THREADS: usize = 3;
/// File descriptors that the runtime and its signal handlers need.
const DESCRIPTORS: usize = 8;

/// The runtime of a command or of the console, which do one thing at a time.
fn runtime(settings: &Settings) -> Result<Runtime, Failure> {
    runtime_of(settings, 2)
}

/// Where the system allows no threads, one thread does everything. The MongoDB driver needs threads.
fn runtime_of(settings: &Settings, workers: usize) -> Result<Runtime, Failure> {
    let cannot_start = |error: io::Error| Failure::File(format!("The runtime cannot be started: {error}."));
    blocking::check_descriptors(DESCRIPTORS).map_err(cannot_start)?;
    let has_threads = blocking::has_threads(THREADS);
    let mut builder = if has_threads {
        let mut builder = Builder::new_multi_thread();
        // Keep threads: the system may refuse a new one later.
        builder.worker_threads(workers).thread_keep_alive(Duration::from_hours(24 * 365));
        builder
    } else if matches!(settings.store, StoreSettings::Embedded { .. }) {
        blocking::stay_in_place();
        Builder::new_current_thread()
    } else {
        return Err(Failure::File(
            "No thread can be started. Raise the limit on processes (ulimit -u) or on memory.".to_owned(),
        ));
    };
    let runtime = builder.enable_all().build().map_err(cannot_start)?;
    if has_threads {
        drop(runtime.spawn_blocking(|| ()));
    }
    Ok(runtime)
}

fn print_text(stderr: Stderr, text: &str) -> ExitCode {
    match output::data(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ExitCode::from(fail(stderr, &Failure::File(format!("stdout cannot be written: {error}."))))
        }
    }
}

fn fail(stderr: Stderr, failure: &Failure) -> u8 {
    stderr.error(&failure.object());
    failure.exit_code()
}

/// Help and version go to stdout; a usage error goes to stderr, as JSON if any argument asks for JSON.
fn answer_parser(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        return print_text(Stderr::plain(Format::Table), &error.render().to_string());
    }
    if cli::wants_json(arguments) {
        return ExitCode::from(fail(Stderr::plain(Format::Json), &in_words(&error.render().to_string())));
    }
    output::note(&error.render().to_string());
    ExitCode::from(2)
}

/// A parser error as a usage failure: its first paragraph is the message, its tips are the hint.
fn in_words(text: &str) -> Failure {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = text.trim_start_matches("error: ").split("\n\n").map(one_line);
    let mut message = paragraphs.next().unwrap_or_default();
    if !message.ends_with(['.', '!', '?']) {
        message.push('.');
    }
    let tips = paragraphs.filter_map(|text| {
        let tip = text.strip_prefix("tip: ")?;
        Some(if tip.ends_with('?') { format!("{tip} ") } else { format!("{tip}. ") })
    });
    Failure::usage(message, format!("{}See tenantry --help.", tips.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parser_error_keeps_its_message_and_its_tip() {
        let object = |arguments: &[&str]| {
            let words = ["tenantry"].iter().chain(arguments);
            let words: Vec<OsString> = words.map(OsString::from).collect();
            in_words(&cli::parse(&words).unwrap_err().render().to_string()).object()
        };
        let missing = object(&["org", "get"]);
        assert_eq!(
            missing.message,
            "the following required arguments were not provided: <NAME|--id <UUID>>."
        );
        let unknown = object(&["org", "lsit"]);
        assert_eq!(unknown.message, "unrecognized subcommand 'lsit'.");
        assert_eq!(
            unknown.hint.unwrap(),
            "some similar subcommands exist: 'ls', 'list'. See tenantry --help."
        );
        let habit = object(&["org", "add", "Acme"]);
        assert_eq!(habit.message, "unrecognized subcommand 'add'.");
        assert_eq!(habit.hint.unwrap(), "did you mean 'tenantry org create'? See tenantry --help.");
    }
}
