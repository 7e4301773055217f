//! Puts the parts together: arguments, settings, logging, service, face, exit code.

use crate::cli::exit::Failure;
use crate::cli::{self, Cli, Format, output};
use crate::service::clock::SystemClock;
use crate::service::{ServiceOptions, TenantService};
use crate::settings::{Settings, Surroundings};
use crate::{logging, store};
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

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
        return Ok(fail(
            format,
            &Failure::Usage {
                message: message.to_owned(),
                hint: None,
            },
        ));
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
    let settings = Settings::read(&Surroundings::of_process(!cli.global.no_env_file))?;
    let filter = logging::filter(&settings.log).map_err(|message| Failure::Usage { message, hint: None })?;
    let service = service(&settings)?;
    let runtime = runtime()?;
    logging::to_stderr(filter);
    let done = runtime.block_on(cli::run(cli, &service, &settings));
    // A prompt that was interrupted still sits in its read; it is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done.map(|()| ExitCode::SUCCESS)
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
    Ok(Arc::new(TenantService::new(
        store,
        key,
        Arc::new(SystemClock),
        options,
    )))
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
        let message = text
            .trim_start_matches("error: ")
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        let hint = Some("See tenantry --help.".to_owned());
        return fail(Format::Json, &Failure::Usage { message, hint });
    }
    output::note(&error.render().to_string());
    ExitCode::from(2)
}

fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let alone = words
        .iter()
        .any(|word| matches!(word.as_ref(), "--json" | "-ojson" | "-o=json" | "--output=json"));
    alone
        || words
            .windows(2)
            .any(|pair| matches!(pair[0].as_ref(), "-o" | "--output") && pair[1] == "json")
}
