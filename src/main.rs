//! The binary: one process-wide setting, then `tenantry::app`.

use color_eyre::config::{HookBuilder, Theme};
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    // Every file created from here on is readable for its user only.
    rustix::process::umask(Mode::from_raw_mode(0o077));
    // A core file could hold a password. If the limit cannot be set, nothing else helps.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(Resource::Core, none);
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let theme = if colour { Theme::dark() } else { Theme::new() };
    HookBuilder::default().theme(theme).display_env_section(false).install()?;
    tenantry::panics::install();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    tenantry::app::run(&arguments)
}
