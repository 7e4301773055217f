//! Runs one command.

use super::arguments::{
    AccountCommand, AdoptArgs, AuditCommand, DocCommand, DoctorArgs, OperatorCommand, OrgCommand,
};
use super::context::Context;
use super::exit::Failure;
use super::input::Input;
use super::output::shape::{self, Shape};
use super::output::{Colours, Printer, Stderr};
use super::signals::Signals;
use super::{Cli, Command, account, adopt, audit, doctor, document, operator, organization, session};
use crate::domain::AccessToken;
use crate::service::TenantService;
use crate::settings::Settings;
use crate::wire;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Checks that clap cannot do, before anything runs.
///
/// # Errors
/// A usage error.
pub fn check(cli: &Cli) -> Result<(), Failure> {
    cli.check_combination().map_err(|message| Failure::Usage { message: message.to_owned(), hint: None })?;
    match shape(cli) {
        Some(shape) => Printer::new(shape, &cli.global, false).map(drop),
        None => Ok(()),
    }
}

/// The version, in the requested format.
///
/// # Errors
/// A usage error when the format does not fit.
pub fn version(cli: &Cli) -> Result<String, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let printer = Printer::new(&shape::VERSION, &cli.global, false)?;
    printer.said(&wire::Version { version }, &format!("tenantry {version}"))
}

/// The shape that a command prints, by its path such as `org list`.
pub(super) fn shape_of_path(path: &str) -> Option<&'static Shape> {
    Some(match path {
        "whoami" => &shape::WHOAMI,
        "login" => &shape::LOGIN,
        // With every field that --fields may name.
        "org list" => &shape::SIZED,
        "org top" => &shape::TOP,
        "org get" => &shape::DETAILS,
        "org create" | "org update" | "org rename" | "org suspend" | "org resume" | "org restore"
        | "org import" => &shape::ORGANIZATION,
        "org delete" => &shape::DELETED,
        "doc insert" => &shape::INSERTED,
        "doc indexes" => &shape::INDEXES,
        "org export" => &shape::EXPORTED,
        "operator list" => &shape::OPERATORS,
        "audit list" => &shape::AUDIT,
        "doctor" => &shape::DOCTOR,
        "adopt" => &shape::ADOPTION,
        _ => return None,
    })
}

/// The shape that a command prints; `None` for the console and for plain text.
pub(super) fn shape(cli: &Cli) -> Option<&'static Shape> {
    Some(match &cli.command {
        None if cli.headless => &shape::LOGIN,
        None | Some(Command::Completions { .. } | Command::Man) => return None,
        Some(Command::Version) => &shape::VERSION,
        Some(Command::Init { .. } | Command::Account(AccountCommand::Update { .. })) => &shape::ACCOUNT,
        Some(Command::Login(_)) => &shape::LOGIN,
        Some(Command::Logout { .. }) => &shape::LOGOUT,
        Some(Command::Whoami) => &shape::WHOAMI,
        Some(Command::Org(command)) => match command {
            OrgCommand::Create { .. }
            | OrgCommand::Update { .. }
            | OrgCommand::Rename { .. }
            | OrgCommand::Suspend { .. }
            | OrgCommand::Resume { .. }
            | OrgCommand::Import { .. }
            | OrgCommand::Restore { .. } => &shape::ORGANIZATION,
            OrgCommand::List(args) if args.is_of_trash() => &shape::TRASH,
            OrgCommand::List(args) if args.wants_stats(&cli.global) => &shape::SIZED,
            OrgCommand::List(_) => &shape::ORGANIZATIONS,
            OrgCommand::Get(_) => &shape::DETAILS,
            OrgCommand::Top { .. } => &shape::TOP,
            OrgCommand::Purge { target, .. } if target.expired => &shape::PURGED_EXPIRED,
            OrgCommand::Purge { .. } => &shape::PURGED,
            OrgCommand::Delete { .. } => &shape::DELETED,
            OrgCommand::Export { .. } => &shape::EXPORTED,
        },
        Some(Command::Doc(command)) => match command {
            DocCommand::List { .. } => &shape::DOCUMENTS,
            DocCommand::Get { .. } => &shape::DOCUMENT,
            DocCommand::Count { .. } => &shape::DOCUMENT_COUNT,
            DocCommand::Insert { .. } => &shape::INSERTED,
            DocCommand::Replace { .. } => &shape::WRITTEN_DOCUMENT,
            DocCommand::Delete { .. } => &shape::DELETED_DOCUMENT,
            DocCommand::Indexes(_) => &shape::INDEXES,
        },
        Some(Command::Operator(command)) => match command {
            OperatorCommand::Add { .. } | OperatorCommand::Password { .. } => &shape::ACCOUNT,
            OperatorCommand::List(_) => &shape::OPERATORS,
            OperatorCommand::Remove { .. } => &shape::REMOVED,
        },
        Some(Command::Audit(AuditCommand::List { .. })) => &shape::AUDIT,
        Some(Command::Doctor(_)) => &shape::DOCTOR,
        Some(Command::Adopt(_)) => &shape::ADOPTION,
        Some(Command::Demo(_)) => &shape::DEMO,
        #[cfg(feature = "http")]
        Some(Command::Serve(_)) => return None,
    })
}

/// How long tidying after a command may take.
const TIDYING: Duration = Duration::from_secs(3);

/// What a command leaves to do after its output: the maintenance that every process does.
#[derive(Debug)]
pub struct Tidying {
    token: Option<AccessToken>,
    signals: Signals,
}

impl Tidying {
    /// After a command that the store answered; not after a dry run or when the store failed.
    fn behind(context: Context<'_>, cli: &Cli, outcome: &Result<(), Failure>) -> Option<Self> {
        let is_dry_run = cli.command.as_ref().is_some_and(Command::is_dry_run);
        if !context.has_answer.get() || is_dry_run || !outcome.as_ref().err().is_none_or(Failure::is_refusal)
        {
            return None;
        }
        Some(Self { token: context.used.take(), signals: context.signals })
    }

    /// Tidies for a short time. Ctrl-C and SIGTERM end it; the command's result stands.
    pub async fn run(self, service: &TenantService) {
        tokio::select! {
            biased;
            _ = self.signals.next() => tracing::debug!("tidying was interrupted"),
            () = tokio::time::sleep(TIDYING) => tracing::debug!("tidying took too long"),
            () = service.tidy(self.token.as_ref()) => {}
        }
    }
}

/// The end of a command: its outcome, and the maintenance to do after its output.
#[derive(Debug)]
pub struct Run {
    /// What the command came to; an error is not printed yet.
    pub outcome: Result<(), Failure>,
    /// The maintenance that is due, if any.
    pub tidying: Option<Tidying>,
}

impl From<Failure> for Run {
    fn from(failure: Failure) -> Self {
        Self { outcome: Err(failure), tidying: None }
    }
}

/// Runs the command of these arguments and prints its result, except for an error. `ending` receives the exit code
/// when a signal asks the command to end soon.
pub async fn run(
    cli: &Cli,
    service: &TenantService,
    settings: &Settings,
    colours: Colours,
    ending: impl Fn(u8) + Send + 'static,
) -> Run {
    let Some(shape) = shape(cli) else {
        return Run { outcome: Ok(()), tidying: None };
    };
    let stdout = match Printer::new(shape, &cli.global, colours.stdout) {
        Ok(stdout) => stdout,
        Err(failure) => return failure.into(),
    };
    let signals = match Signals::listen(ending) {
        Ok(signals) => signals,
        Err(failure) => return failure.into(),
    };
    let stderr = Stderr::new(&cli.global, colours.stderr);
    let (place, from) = (service.place(), settings.store_from);
    tracing::debug!(store = place.kind.as_str(), place = place.full, %from, "the store of this command");
    let context = Context {
        service,
        settings,
        global: &cli.global,
        input: Input::new(&cli.global, stderr),
        stdout,
        stderr,
        signals,
        used: RefCell::default(),
        has_answer: Cell::default(),
    };
    // Before the first prompt and the first write.
    let from_env_file = settings.from_env_file.iter().filter(|_| !only_reads(cli)).map(|from| &from.warning);
    for warning in settings.warnings.iter().chain(from_env_file).chain(&service.place().warnings) {
        stderr.warning(warning);
    }
    let outcome = dispatch(cli, &context).await.map_err(|failure| failure.of_token(settings.token.as_ref()));
    let tidying = Tidying::behind(context, cli, &outcome);
    Run { outcome, tidying }
}

/// Whether a command takes no password and does not write.
fn only_reads(cli: &Cli) -> bool {
    if let Some(Command::Doc(command)) = &cli.command {
        return command.only_reads();
    }
    matches!(
        &cli.command,
        Some(
            Command::Whoami
                | Command::Org(OrgCommand::Get(_) | OrgCommand::List(_))
                | Command::Operator(OperatorCommand::List(_))
                | Command::Audit(AuditCommand::List { .. })
                | Command::Doctor(DoctorArgs { repair: false, .. })
                | Command::Adopt(AdoptArgs { apply: false, .. })
        )
    )
}

async fn dispatch(cli: &Cli, context: &Context<'_>) -> Result<(), Failure> {
    match &cli.command {
        None => session::headless(context, cli).await,
        Some(Command::Init { credentials, operation }) => {
            session::init(context, credentials, *operation).await
        }
        Some(Command::Login(credentials)) => session::login(context, credentials).await,
        Some(Command::Logout { everywhere }) => session::logout(context, *everywhere).await,
        Some(Command::Whoami) => session::whoami(context).await,
        Some(Command::Account(command)) => account::run(context, command).await,
        Some(Command::Org(command)) => organization::run(context, command).await,
        Some(Command::Doc(command)) => Box::pin(document::run(context, command)).await,
        Some(Command::Operator(command)) => operator::run(context, command).await,
        Some(Command::Audit(command)) => audit::run(context, command).await,
        Some(Command::Doctor(args)) => doctor::run(context, args).await,
        Some(Command::Adopt(args)) => adopt::run(context, args).await,
        #[cfg(feature = "http")]
        Some(Command::Serve(_)) => Ok(()),
        // `app` creates the demo and serves, because only it sees stores and faces.
        Some(Command::Demo(_) | Command::Completions { .. } | Command::Man | Command::Version) => Ok(()),
    }
}
