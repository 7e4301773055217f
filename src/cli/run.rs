//! Runs one command.

use super::context::Context;
use super::exit::Failure;
use super::input::Input;
use super::session_file::SessionFile;
use super::{Cli, Command, account, organization, output};
use crate::service::TenantService;
use crate::settings::Settings;

/// Runs the command of these arguments and prints what comes of it.
///
/// # Errors
/// Why it was not done; nothing of it is printed yet.
pub async fn run(cli: &Cli, service: &TenantService, settings: &Settings) -> Result<(), Failure> {
    let context = Context {
        service,
        settings,
        global: &cli.global,
        input: Input::new(&cli.global),
        sessions: SessionFile::new(&settings.state_dir, service.place()),
    };
    let signs_in = matches!(&cli.command, None | Some(Command::Init(_) | Command::Login(_)));
    if let Some(warning) = service.place().warning.as_ref().filter(|_| signs_in) {
        output::note(&format!("tenantry: warning: {warning}\n"));
    }
    match &cli.command {
        None => account::headless(&context, cli).await,
        Some(Command::Init(credentials)) => account::init(&context, credentials).await,
        Some(Command::Login(credentials)) => account::login(&context, credentials).await,
        Some(Command::Logout { everywhere }) => account::logout(&context, *everywhere).await,
        Some(Command::Whoami) => account::whoami(&context).await,
        Some(Command::Org(command)) => organization::run(&context, command).await,
        // Made by `app`, which alone sees stores and faces.
        Some(Command::Demo(_)) => Ok(()),
    }
}
