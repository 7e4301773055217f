//! The arguments of `serve`.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where and how to serve.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address and port to listen on
    ///
    /// Another address than loopback needs TLS: --tls-cert and --tls-key, or a proxy.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// A proxy in front does TLS
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    pub behind_tls_proxy: bool,
    /// Certificate with its chain (PEM)
    ///
    /// After SIGHUP it and its key are read again, for the connections that follow.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}
