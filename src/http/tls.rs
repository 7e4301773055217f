//! TLS: a certificate and its key from files.

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::signal::unix::Signal;

/// TLS, for a server.
#[derive(Debug)]
pub struct Tls {
    /// Its certificate and key.
    pub(super) files: TlsFiles,
    /// What they were at first.
    pub(super) first: Arc<ServerConfig>,
    /// After this signal they are read again.
    pub(super) renewal: Signal,
}

impl Tls {
    /// Reads certificate and key; after each such signal they are read again.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be used.
    pub fn open(files: TlsFiles, renewal: Signal) -> Result<Self, TlsError> {
        Ok(Self { first: files.read()?, files, renewal })
    }
}

/// Where certificate and key are.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// Why TLS cannot be used, in a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

impl TlsFiles {
    /// Reads both. TLS 1.2 and 1.3; HTTP/1.1 alone is offered.
    pub(super) fn read(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let of =
            |path: &Path, error: &dyn std::fmt::Display| TlsError(format!("{}: {error}.", path.display()));
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|error| of(&self.certificate, &error))?;
        if chain.is_empty() {
            return Err(TlsError(format!("{}: there is no certificate in it.", self.certificate.display())));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| of(&self.key, &error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError(format!("{error}.")))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| of(&self.certificate, &error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
