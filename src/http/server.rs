//! Sockets, limits of connections, and the graceful end.

use super::connections::{Connections, places};
use super::face::{Face, FaceOptions};
use super::router::router;
use super::tls::Tls;
use crate::http::face::called;
use crate::service::TenantService;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto::Builder;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long the head of a request may take to arrive after the connection began, or after the answer before it.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a client may read nothing of its answer.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// Bytes of the head of a request at most.
const MAX_HEAD: usize = 32 * 1024;
/// Headers of a request at most.
const MAX_HEADERS: usize = 64;
/// The pause between two looks for abandoned operations.
const BETWEEN_LOOKS: Duration = Duration::from_mins(1);
/// Due organizations are purged after so many looks: once an hour.
const LOOKS_BETWEEN_PURGES: usize = 60;
/// How long requests may take to end after the server was asked to.
const LAST_REQUESTS: Duration = Duration::from_secs(30);

/// An address that is listened on.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    /// Those of the system.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// The address, with the port that the system chose for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The web face over a service.
#[derive(Debug)]
pub struct Server {
    face: Arc<Face>,
    end: watch::Sender<bool>,
    handle: Handle<SocketAddr>,
}

impl Server {
    /// A server that does not listen yet.
    pub fn new(service: Arc<TenantService>, options: FaceOptions) -> Self {
        let (end, ending) = watch::channel(false);
        let face = Arc::new(Face::new(service, options, ending));
        Self { face, end, handle: Handle::new() }
    }

    /// Serves until `stop` is ready; then accepts no new connection, and waits for the requests under way and for their
    /// writes.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn serve(
        self,
        listener: Listener,
        tls: Option<Tls>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let routes = router(Arc::clone(&self.face)).into_make_service();
        let (end, handle) = (self.end, self.handle.clone());
        let stopping = tokio::spawn(async move {
            stop.await;
            let _ = end.send(true);
            handle.graceful_shutdown(Some(LAST_REQUESTS));
        });
        let tidying = tokio::spawn(tidy(Arc::clone(&self.face)));
        let mut server = axum_server::from_tcp(listener.socket)?.handle(self.handle);
        limit(server.http_builder());
        let connections = Connections::new(places(), WRITE_TIME, self.face.metrics.connections.clone());
        let outcome = match tls {
            None => server.acceptor(connections).http1_only().serve(routes).await,
            Some(tls) => {
                let config = RustlsConfig::from_config(Arc::clone(&tls.first));
                let renewing = tokio::spawn(renew(tls, config.clone()));
                let acceptor = RustlsAcceptor::new(config).handshake_timeout(HEAD_TIME);
                let server = server.acceptor(acceptor.acceptor(connections));
                let outcome = server.http1_only().serve(routes).await;
                renewing.abort();
                outcome
            }
        };
        stopping.abort();
        tidying.abort();
        called(self.face.service.writes_end()).await;
        outcome
    }
}

/// Recovers operations that other processes abandoned, as every process does after its work, and now and then purges what
/// is due: where only applications work, no operator's command would.
async fn tidy(face: Arc<Face>) {
    loop {
        while called(face.service.purge_due()).await > 0 {}
        for _ in 0..LOOKS_BETWEEN_PURGES {
            called(face.service.tidy(None)).await;
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// Reads the certificate again after each signal, for the connections that follow. One that cannot be used changes nothing.
async fn renew(mut tls: Tls, config: RustlsConfig) {
    while tls.renewal.recv().await.is_some() {
        let files = tls.files.clone();
        match crate::blocking::run(move || files.read()).await {
            Ok(Ok(new)) => {
                config.reload_from_config(new);
                tracing::info!("read the certificate again");
            }
            Ok(Err(error)) => tracing::error!(%error, "kept the certificate: the new one cannot be used"),
            Err(error) => tracing::error!(%error, "kept the certificate: reading the new one failed"),
        }
    }
}

/// The limits of HTTP/1.1, which is all that is served: those of HTTP/2 are others.
fn limit(builder: &mut Builder<hyper_util::rt::TokioExecutor>) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::metrics::ConnectionCounts;
    use axum::Router;
    use axum::body::{Body, Bytes};
    use axum::routing::get;
    use futures_util::stream;
    use std::convert::Infallible;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpStream;

    /// The answer never ends, so that only the wait for the client can end the connection.
    #[tokio::test]
    async fn a_connection_whose_client_does_not_read_ends() {
        let endless = || async {
            Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[7; 1024]))))
        };
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let (address, handle) = (listener.address(), Handle::new());
        let mut server = axum_server::from_tcp(listener.socket).unwrap().handle(handle.clone());
        limit(server.http_builder());
        let connections = Connections::new(1, Duration::from_millis(50), ConnectionCounts::default());
        let routes = Router::new().route("/", get(endless)).into_make_service();
        let serving = tokio::spawn(server.acceptor(connections).http1_only().serve(routes));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        // Without a time for it, the server waits for this connection until the test is ended.
        while handle.connection_count() == 0 {
            tokio::task::yield_now().await;
        }
        handle.graceful_shutdown(None);
        serving.await.unwrap().unwrap();
    }
}
