//! `serve`: the web face until a signal ends it.

use super::{runtime_of, service};
use crate::blocking::Ending;
use crate::cli::ServeArgs;
use crate::cli::exit::Failure;
use crate::cli::output::Stderr;
use crate::http::{FaceOptions, Listener, Server, Tls, TlsFiles};
use crate::logging;
use crate::service::Error;
use crate::settings::{Environment, SettingError, Settings};
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is logged unless `TENANTRY_LOG` says otherwise: warnings, and a line for each request.
const LOG: &str = "warn,tenantry::http=info";

/// Serves until SIGINT or SIGTERM.
pub(super) fn serve(
    args: &ServeArgs,
    process: &Environment,
    stderr: Stderr,
    ending: &Ending,
) -> Result<(), Failure> {
    let settings = Settings::read(process)?;
    check_address(args)?;
    let filter = match &settings.log {
        None => tracing_subscriber::EnvFilter::new(LOG),
        set => logging::filter(set.as_ref()).map_err(SettingError::new)?,
    };
    let service = service(&settings)?;
    let runtime =
        runtime_of(&settings, thread::available_parallelism().map_or(2, |cores| cores.get().max(2)))?;
    logging::to_stderr(filter, true);
    let from_env_file = settings.from_env_file.iter().map(|from| &from.warning);
    for warning in settings.warnings.iter().chain(from_env_file).chain(&service.place().warnings) {
        stderr.warning(warning);
    }
    let options = FaceOptions {
        open_registration: settings.open_registration,
        cors_origins: settings.cors_origins.clone(),
    };
    let files = args.tls_cert.clone().zip(args.tls_key.clone());
    let files = files.map(|(certificate, key)| TlsFiles { certificate, key });
    let done = runtime.block_on(async {
        // A store that cannot be used ends the command here. A server that is only away may come back: serve starts.
        match service.is_ready().await {
            Ok(()) | Err(Error::Unavailable { .. }) => {}
            Err(other) => return Err(other.into()),
        }
        let listener = Listener::bind(args.listen).map_err(|error| cannot_listen(args.listen, &error))?;
        let scheme = if files.is_some() { "https" } else { "http" };
        let stop = stop(ending.clone(), terminal_of(files.as_ref())?)?;
        let tls = match files {
            Some(files) => {
                let tls = Tls::open(files, listen(SignalKind::hangup())?);
                let hint = "Give a certificate and its key as PEM files.";
                Some(tls.map_err(|error| Failure::usage(error.to_string(), hint))?)
            }
            None => None,
        };
        stderr.note(&format!("Listening on {scheme}://{}", listener.address()));
        let server = Server::new(Arc::clone(&service), options);
        let outcome = server.serve(listener, tls, stop).await;
        outcome.map_err(|error| Failure::File(format!("The server ended: {error}.")))
    });
    super::shut_down(runtime, &service);
    done
}

/// Plain HTTP would show passwords and tokens to the network.
fn check_address(args: &ServeArgs) -> Result<(), Failure> {
    if args.listen.ip().is_loopback() || args.behind_tls_proxy || args.tls_cert.is_some() {
        return Ok(());
    }
    Err(Failure::usage(
        format!(
            "{} is not a loopback address, and passwords would cross the network as plain text.",
            args.listen
        ),
        "Pass --tls-cert and --tls-key, or --behind-tls-proxy if a proxy does TLS in front of it.",
    ))
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    Failure::usage(format!("{address} cannot be listened on: {error}."), "Pass another --listen.")
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::File(format!("Listening for signals failed: {error}.")))
}

/// The hang-ups of the terminal that it runs in. Without TLS they end the process by themselves.
fn terminal_of(tls: Option<&TlsFiles>) -> Result<Option<Signal>, Failure> {
    // Under nohup neither is a terminal.
    let has_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
    (tls.is_some() && has_terminal).then(|| listen(SignalKind::hangup())).transpose()
}

/// Ready when the terminal is gone. SIGHUP alone does not say that: it is also sent to renew the certificate.
async fn gone(terminal: Option<Signal>) {
    if let Some(mut terminal) = terminal {
        while terminal.recv().await.is_some() {
            if File::open("/dev/tty").is_err() {
                return;
            }
        }
    }
    std::future::pending::<()>().await;
}

/// Ready at the first signal, or when the terminal is gone; the second signal ends the process.
fn stop(
    ending: Ending,
    terminal: Option<Signal>,
) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        let first = tokio::select! {
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
            () = gone(terminal) => 129,
        };
        tracing::info!("ending: waiting for requests and writes");
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            ending.soon(first);
        });
    })
}
