//! The endpoint that Prometheus reads: HTTP/1.1 on a thread of its own, with the
//! one path `/metrics`.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures::future::{Either, select};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use crate::threads::{self, NoThread};

/// So many connections at most; others wait until one of them ends.
const MOST_CONNECTIONS: usize = 16;

/// A connection ends after so long, whatever it does.
const LONGEST_CONNECTION: Duration = Duration::from_secs(60);

/// The head of a request must be there after so long.
const LONGEST_HEAD: Duration = Duration::from_secs(5);

/// The size of the largest head, in bytes.
const MOST_HEAD_BYTES: usize = 16 * 1024;

/// How long to wait where no connection can be taken, such as for want of file
/// descriptors.
const PAUSE: Duration = Duration::from_millis(100);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Shows figures until it is dropped.
#[derive(Debug)]
pub struct MetricsEndpoint {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The address is in use or cannot be listened on.
    #[error("cannot show metrics on {address}")]
    Unbound {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// There is no thread for it.
    #[error(transparent)]
    NoThread(#[from] NoThread),
}

impl MetricsEndpoint {
    /// Shows `registry` on `address`. Port 0 takes a free port.
    ///
    /// # Errors
    ///
    /// [`MetricsError`].
    pub fn start(address: SocketAddr, registry: Registry) -> Result<MetricsEndpoint, MetricsError> {
        let failed = |source| MetricsError::Unbound { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let serving = move || {
            runtime.block_on(async {
                let served = pin!(serve(listener, Arc::new(registry)));
                if let Either::Left((Err(error), _)) = select(served, stopped).await {
                    tracing::error!(%error, "metrics are not shown");
                }
            });
        };
        let thread = threads::start("metrics", serving)?;
        Ok(MetricsEndpoint {
            address: bound,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens, with its true port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsEndpoint {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been logged where it happened.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, registry: Arc<Registry>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // It is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "cannot take a connection for metrics");
                sleep(PAUSE).await;
                continue;
            }
        };
        let registry = Arc::clone(&registry);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(LONGEST_HEAD)
            .max_buf_size(MOST_HEAD_BYTES)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| {
                    let answered = answer(&request, &registry);
                    async move { Ok::<_, Infallible>(answered) }
                }),
            );
        tokio::spawn(async move {
            let _place = place;
            // What goes wrong with a connection is its peer's business.
            let _ = timeout(LONGEST_CONNECTION, connection).await;
        });
    }
    Ok(())
}

fn answer(request: &Request<Incoming>, registry: &Registry) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "there is only /metrics\n");
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "it can only be read\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    let mut shown = String::new();
    match text::encode(&mut shown, registry) {
        Ok(()) => with_type(OPEN_METRICS, shown.into()),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "cannot be shown\n"),
    }
}

fn plain(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    let mut response = with_type("text/plain; charset=utf-8", body.into());
    *response.status_mut() = status;
    response
}

fn with_type(content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
