//! Runs one command.

use super::arguments::{AccountCommand, AuditCommand, OperatorCommand, OrgCommand};
use super::context::Context;
use super::exit::Failure;
use super::input::Input;
use super::output::shape::{self, Shape};
use super::output::{Colours, Printer, Stderr};
use super::session_file::SessionFile;
use super::{Cli, Command, account, audit, doctor, operator, organization, session};
use crate::service::TenantService;
use crate::settings::Settings;

/// What clap cannot say about these arguments, before anything is done.
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

/// What a command prints; nothing for the console and for text.
pub(super) fn shape(cli: &Cli) -> Option<&'static Shape> {
    Some(match &cli.command {
        None if cli.headless => &shape::LOGIN,
        None | Some(Command::Completions { .. } | Command::Man) => return None,
        Some(Command::Init(_) | Command::Account(AccountCommand::Update { .. })) => &shape::ACCOUNT,
        Some(Command::Login(_)) => &shape::LOGIN,
        Some(Command::Logout { .. }) => &shape::LOGOUT,
        Some(Command::Whoami) => &shape::WHOAMI,
        Some(Command::Org(command)) => match command {
            OrgCommand::Create { .. } | OrgCommand::Get(_) | OrgCommand::Update { .. } => {
                &shape::ORGANIZATION
            }
            OrgCommand::List(_) => &shape::ORGANIZATIONS,
            OrgCommand::Delete { .. } => &shape::DELETED,
        },
        Some(Command::Operator(command)) => match command {
            OperatorCommand::Add { .. } | OperatorCommand::Password { .. } => &shape::ACCOUNT,
            OperatorCommand::List(_) => &shape::OPERATORS,
            OperatorCommand::Remove { .. } => &shape::REMOVED,
        },
        Some(Command::Audit(AuditCommand::List { .. })) => &shape::AUDIT,
        Some(Command::Doctor(_)) => &shape::DOCTOR,
        Some(Command::Demo(_)) => &shape::DEMO,
    })
}

/// Runs the command of these arguments and prints what comes of it.
///
/// # Errors
/// Why it was not done; nothing of it is printed yet.
pub async fn run(
    cli: &Cli,
    service: &TenantService,
    settings: &Settings,
    colours: Colours,
) -> Result<(), Failure> {
    let Some(shape) = shape(cli) else {
        return Ok(());
    };
    let stderr = Stderr::new(&cli.global, colours.stderr);
    let (place, from) = (service.place(), settings.store_from);
    tracing::debug!(store = place.kind.as_str(), place = place.full, %from, "the store of this command");
    let context = Context {
        service,
        settings,
        global: &cli.global,
        input: Input::new(&cli.global, stderr),
        sessions: SessionFile::new(&settings.state_dir, service.place(), stderr),
        stdout: Printer::new(shape, &cli.global, colours.stdout)?,
        stderr,
    };
    let signs_in = matches!(&cli.command, None | Some(Command::Init(_) | Command::Login(_)));
    if let Some(warning) = service.place().warning.as_ref().filter(|_| signs_in) {
        stderr.warning(warning);
    }
    match &cli.command {
        None => session::headless(&context, cli).await,
        Some(Command::Init(credentials)) => session::init(&context, credentials).await,
        Some(Command::Login(credentials)) => session::login(&context, credentials).await,
        Some(Command::Logout { everywhere }) => session::logout(&context, *everywhere).await,
        Some(Command::Whoami) => session::whoami(&context).await,
        Some(Command::Account(command)) => account::run(&context, command).await,
        Some(Command::Org(command)) => organization::run(&context, command).await,
        Some(Command::Operator(command)) => operator::run(&context, command).await,
        Some(Command::Audit(command)) => audit::run(&context, command).await,
        Some(Command::Doctor(args)) => doctor::run(&context, args).await,
        // Made by `app`, which alone sees stores and faces.
        Some(Command::Demo(_) | Command::Completions { .. } | Command::Man) => Ok(()),
    }
}
