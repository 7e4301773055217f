//! The console: with which session, settings and memory it is opened, and how it ended.

use super::{runtime, service, shut_down};
use crate::cli::exit::{Failure, Unanswered};
use crate::cli::output::{Colours, Stderr};
use crate::cli::{self, Cli, ConsoleFile, Format, QueryHistory, Remembered};
use crate::domain::{Warning, WarningCode};
use crate::logging;
use crate::service::TenantService;
use crate::settings::{EditorSettings, Environment, SettingError, Settings, Source};
use crate::streams::terminal_type;
#[cfg(debug_assertions)]
use crate::tui::PanicSwitch;
use crate::tui::clipboard::Clipboard;
use crate::tui::editor::EditorOptions;
use crate::tui::terminal_type::TerminalType;
use crate::tui::theme::Palette;
use crate::tui::window::Window;
use crate::tui::{
    self, ConsoleOptions, History, KeepQuery, Keeper, KeptQuery, Leave, Memory, Remember, Resumed,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

/// Opens the console on the terminal.
pub(super) fn open_console(cli: &Cli, process: &Environment, colours: Colours) -> Result<(), Failure> {
    let terminal_type = terminal_type(process)?;
    let settings = Settings::read(process)?;
    let filter = logging::filter(settings.log.as_ref()).map_err(SettingError::new)?;
    let service = service(&settings)?;
    let runtime = runtime(&settings)?;
    // The console prints the store's own warnings; these stay on the terminal after it.
    for warning in settings.from_env_file.iter().map(|from| &from.warning).chain(&settings.warnings) {
        Stderr::new(&cli.global, colours.stderr).warning(warning);
    }
    let stderr = Stderr::new(&cli.global, colours.stderr);
    let mut options = console_options(cli, &settings, process, colours, terminal_type);
    if cli.session {
        let kept = cli::kept_session(&settings, &service, stderr)?;
        options.resumed =
            Some(kept.map(|kept| Resumed { token: kept.token, keeper: kept.keeper.map(Keeper) }));
    }
    remember(&settings, &service, stderr, &mut options);
    let done = console(&runtime, Arc::clone(&service), filter, options);
    shut_down(runtime, &service);
    done
}

/// What was remembered of the store, and where it is kept.
fn remember(settings: &Settings, service: &TenantService, stderr: Stderr, options: &mut ConsoleOptions) {
    let Ok(folder) = &settings.state_dir else { return };
    let file = ConsoleFile::new(folder, service.place());
    let (remembered, warning) = file.load();
    if let Some(warning) = warning {
        stderr.warning(&warning);
    }
    options.history = history(folder, stderr);
    options.memory = Memory { email: remembered.email, sort: remembered.sort, reverse: remembered.reverse };
    options.remember = Some(Remember(Arc::new(move |memory| {
        let Memory { email, sort, reverse } = memory.clone();
        if let Err(error) = file.save(Remembered::new(email, sort, reverse)) {
            tracing::warn!(%error, "console.json was not written");
        }
    })));
}

/// The queries that were run before, and where those to come are kept.
fn history(folder: &Path, stderr: Stderr) -> History {
    let file = QueryHistory::new(folder);
    let queries = file.load().unwrap_or_else(|error| {
        let message = format!("The history of queries is not used: {}: {error}.", file.path().display());
        stderr.warning(&Warning::new(WarningCode::ConsoleFileUnused, message));
        Vec::new()
    });
    let kept = |(organization, query)| KeptQuery { organization, query };
    let keep = KeepQuery(Arc::new(move |kept| {
        if let Err(error) = file.add(kept.organization, &kept.query) {
            tracing::warn!(%error, "a query was not kept");
        }
    }));
    History::new(queries.into_iter().map(kept).collect(), Some(keep))
}

/// Runs the console until it is left.
pub(super) fn console(
    runtime: &Runtime,
    service: Arc<TenantService>,
    filter: EnvFilter,
    options: ConsoleOptions,
) -> Result<(), Failure> {
    // Dropping the guard writes buffered lines.
    let _log = logging::to_files(filter, options.log_dir.as_deref()).inspect_err(|error| {
        let message = format!("The log cannot be written: {error}.");
        Stderr::plain(Format::Table).warning(&Warning::new(WarningCode::NoLog, message));
    });
    match runtime.block_on(tui::run(service, options)) {
        Ok(Leave::Quit) => Ok(()),
        Ok(Leave::Interrupted) => Err(Failure::Interrupted(Unanswered::Nothing)),
        Ok(Leave::Terminated) => Err(Failure::Terminated(Unanswered::Nothing)),
        Ok(Leave::TerminalGone) => Err(Failure::TerminalGone),
        Err(report) => Err(Failure::File(format!("{report}"))),
    }
}

/// What the console is opened with.
pub(super) fn console_options(
    cli: &Cli,
    settings: &Settings,
    environment: &Environment,
    colours: Colours,
    terminal_type: TerminalType,
) -> ConsoleOptions {
    ConsoleOptions {
        email: cli.email.clone(),
        store_from: settings.from_env_file.as_ref().map(|from| from.title.to_owned()),
        environment: settings.environment.clone(),
        shows_path: settings.store_from != Source::Default && cli.command.is_none(),
        palette: Palette::of(settings.theme, colours.stdout),
        window: Window::new(environment.text("COLUMNS"), environment.text("LINES")),
        terminal_type: terminal_type.coloured(colours.stdout),
        patience: Some(Duration::from_secs(cli.global.timeout())),
        clipboard: clipboard(environment, terminal_type),
        editor: editor(settings, environment),
        ascii: settings.ascii,
        mouse: settings.mouse.unwrap_or(terminal_type.has_mouse),
        log_dir: settings.state_dir.as_deref().ok().map(logging::folder),
        signed_in: None,
        resumed: None,
        memory: Memory::default(),
        remember: None,
        history: History::default(),
        #[cfg(debug_assertions)]
        panic_switch: match environment.text("TENANTRY_TEST_PANIC") {
            Some("loop") => Some(PanicSwitch::Loop),
            Some("task") => Some(PanicSwitch::Task),
            _ => None,
        },
    }
}

/// How a text reaches the clipboard: tmux and GNU screen say in the environment that they are between.
fn clipboard(environment: &Environment, terminal_type: TerminalType) -> Clipboard {
    let is_set = |name| environment.text(name).is_some_and(|value| !value.is_empty());
    Clipboard::of(terminal_type, environment.text("TERM"), is_set("TMUX"), is_set("STY"))
}

/// The user's editor, from the environment alone: another person may have written `.env`.
fn editor(settings: &Settings, environment: &Environment) -> EditorOptions {
    let EditorSettings { command, environment, runtime_dir } = EditorSettings::of(environment);
    EditorOptions { command, environment, runtime_dir, state_dir: settings.state_dir.clone().ok() }
}
