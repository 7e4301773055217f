//! Puts the parts together: arguments, settings, logging, service, face, exit code.

use crate::cli::exit::Failure;
use crate::cli::{self, Cli, Command, DemoArgs, Format, KeptDemo, output};
use crate::service::clock::SystemClock;
use crate::service::{ServiceOptions, TenantService};
use crate::settings::{SettingError, Settings, Source, Surroundings};
#[cfg(debug_assertions)]
use crate::tui::PanicSwitch;
use crate::tui::{ConsoleOptions, Leave};
use crate::{demo, logging, store, tui};
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

/// Runs tenantry with these arguments, the program's name first.
///
/// # Errors
/// Only what nobody can act on; everything else is printed and becomes the exit code.
pub fn run(arguments: &[OsString]) -> color_eyre::Result<ExitCode> {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return Ok(answer_parser(&error, arguments)),
    };
    let format = cli.global.format();
    if let Err(message) = cli.check() {
        return Ok(fail(format, &Failure::Usage { message: message.to_owned(), hint: None }));
    }
    if cli.opens_console() && !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        output::note(&Cli::command().render_help().to_string());
        return Ok(ExitCode::from(2));
    }
    Ok(match run_face(&cli) {
        Ok(code) => code,
        Err(failure) => fail(format, &failure),
    })
}

fn run_face(cli: &Cli) -> Result<ExitCode, Failure> {
    if let Some(Command::Demo(demo)) = &cli.command {
        return run_demo(cli, demo);
    }
    let surroundings = Surroundings::of_process(!cli.global.no_env_file);
    let settings = Settings::read(&surroundings)?;
    let filter = logging::filter(&settings.log).map_err(SettingError::new)?;
    let service = service(&settings)?;
    let runtime = runtime()?;
    let done = if cli.opens_console() {
        Ok(console(&runtime, service, filter, console_options(cli, &settings, &surroundings)))
    } else {
        logging::to_stderr(filter);
        runtime.block_on(cli::run(cli, &service, &settings)).map(|()| ExitCode::SUCCESS)
    };
    // A prompt that was interrupted still sits in its read, and a write that was given up in its call.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}

fn run_demo(cli: &Cli, demo: &DemoArgs) -> Result<ExitCode, Failure> {
    let has_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !has_terminal && demo.keep.is_none() {
        return Err(Failure::usage(
            "The demo opens the console, and there is no terminal here.",
            "Give --keep DIR to only make its store.",
        ));
    }
    let folder = demo::Folder::make(demo.keep.as_deref())?;
    let surroundings = demo::surroundings(Surroundings::of_process(false), folder.path());
    let settings = Settings::read(&surroundings)?;
    let filter = logging::filter(&settings.log).map_err(SettingError::new)?;
    let service = service(&settings)?;
    let runtime = runtime()?;
    let count = demo.organizations as usize;
    let made = runtime.block_on(async {
        tokio::select! {
            made = demo::fill(&service, &settings, count) => made,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    });
    let done = match made {
        Ok(()) if has_terminal => runtime.block_on(demo::sign_in(&service)).map(|signed_in| {
            let signed_in = Some((signed_in, demo::welcome()));
            let options = ConsoleOptions { signed_in, ..console_options(cli, &settings, &surroundings) };
            console(&runtime, Arc::clone(&service), filter, options)
        }),
        made => made.map(|()| ExitCode::SUCCESS),
    };
    runtime.shutdown_timeout(Duration::from_millis(100));
    if let (Ok(_), demo::Folder::Kept(path)) = (&done, &folder) {
        let (email, password) = (demo::EMAIL, demo::PASSWORD);
        let kept = KeptDemo { folder: path, organizations: count, email, password };
        cli::demo_kept(cli.global.format(), &kept)?;
    }
    done
}

fn console(
    runtime: &Runtime,
    service: Arc<TenantService>,
    filter: EnvFilter,
    options: ConsoleOptions,
) -> ExitCode {
    // Kept to the end: what is left is written when it is dropped.
    let _log = logging::to_files(filter, &options.log_dir)
        .inspect_err(|error| output::note(&format!("tenantry: warning: no log is written: {error}\n")));
    match runtime.block_on(tui::run(service, options)) {
        Ok(Leave::Quit) => ExitCode::SUCCESS,
        Ok(Leave::Interrupted) => ExitCode::from(Failure::Interrupted.exit_code()),
        Ok(Leave::Terminated) => ExitCode::from(Failure::Terminated.exit_code()),
        Ok(Leave::TerminalGone) => ExitCode::from(Failure::TerminalGone.exit_code()),
        Err(report) => {
            output::note(&format!("tenantry: {report}\n"));
            ExitCode::FAILURE
        }
    }
}

fn console_options(cli: &Cli, settings: &Settings, surroundings: &Surroundings) -> ConsoleOptions {
    let variable = |name: &str| surroundings.environment.get(name).map(String::as_str);
    let from_file = settings.store_from == Source::EnvFile;
    ConsoleOptions {
        email: cli.email.clone(),
        store_from: from_file.then(|| settings.store_from.to_string()),
        environment: settings.environment.clone(),
        // https://no-color.org: any value that is not empty.
        colour: variable("NO_COLOR").is_none_or(str::is_empty) && variable("TERM") != Some("dumb"),
        ascii: settings.ascii,
        log_dir: logging::folder(&settings.state_dir),
        signed_in: None,
        #[cfg(debug_assertions)]
        panic_switch: match variable("TENANTRY_TEST_PANIC") {
            Some("loop") => Some(PanicSwitch::Loop),
            Some("task") => Some(PanicSwitch::Task),
            _ => None,
        },
    }
}

/// The service that these settings ask for. Nothing is connected yet.
///
/// # Errors
/// When the URI of a server is not one.
pub fn service(settings: &Settings) -> Result<Arc<TenantService>, Failure> {
    let (store, key) = store::open(settings)?;
    let options = ServiceOptions {
        session: settings.session,
        bcrypt_cost: settings.bcrypt_cost,
        open_registration: settings.open_registration,
    };
    Ok(Arc::new(TenantService::new(store, key, Arc::new(SystemClock), options)))
}

fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::File(format!("The runtime cannot be started: {error}.")))
}

fn fail(format: Format, failure: &Failure) -> ExitCode {
    output::error(format, &failure.object());
    ExitCode::from(failure.exit_code())
}

/// Help and version go to stdout; a usage error to stderr, as JSON if that is asked for anywhere.
fn answer_parser(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        let _ = output::data(&error.render().to_string());
        return ExitCode::SUCCESS;
    }
    if wants_json(arguments) {
        let text = error.render().to_string();
        let message = text.trim_start_matches("error: ").lines().next().unwrap_or_default().to_owned();
        let hint = Some("See tenantry --help.".to_owned());
        return fail(Format::Json, &Failure::Usage { message, hint });
    }
    output::note(&error.render().to_string());
    ExitCode::from(2)
}

fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let alone =
        words.iter().any(|word| matches!(word.as_ref(), "--json" | "-ojson" | "-o=json" | "--output=json"));
    alone || words.windows(2).any(|pair| matches!(pair[0].as_ref(), "-o" | "--output") && pair[1] == "json")
}
