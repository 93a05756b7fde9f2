use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustix::net::sockopt::{set_socket_send_buffer_size, set_tcp_user_timeout};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::app::{App, Times};
use crate::routes::router;
use crate::tls::Tls;

/// How long requests under way may take after the service was told to stop.
pub const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Most header lines of a request; the next one is answered with 431.
pub const HEADERS_MAX: usize = 64;

/// Longest head of a request, in bytes, and most bytes of an answer that wait to be sent.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What the kernel holds for a reader that is slow, in bytes; it takes this twice.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// Answers on `listener` until `stop` is done, then lets requests under way finish within [`DRAIN_TIME`] and ends the
/// streams; their displays connect again. Tasks of closed connections may hold the store a moment longer.
///
/// A connection on which nobody asks within [`Times::head`] is closed: a kiosk without power would keep it for ever.
pub async fn serve(mut listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send) {
    let (stopping, times, tls) = (app.stopping.clone(), app.times, app.tls.clone());
    let router = router(app);
    let under_way = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(times.connections_max));
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            Some((stream, place)) = accept(&mut listener, &places) => {
                let watcher = under_way.watcher();
                let connection = Connection { stream, router: router.clone(), times, watcher };
                let tls = tls.as_ref().map(Tls::acceptor);
                tokio::spawn(async move {
                    connection.answer(tls).await;
                    drop(place);
                });
            }
            () = &mut stop => break,
        }
    }
    drop(listener);
    stopping.send_replace(true);
    if tokio::time::timeout(DRAIN_TIME, under_way.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the service stopped");
    }
}

/// The next connection once there is a place for it. Cancel-safe. `None` never comes: the places are not closed.
async fn accept(listener: &mut TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    // Waits a moment by itself when the process has no file descriptor left, and never fails.
    let (stream, _peer) = Listener::accept(listener).await;
    // Without this a small reply on a kept connection waits 40 ms for the peer's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    Some((stream, place))
}

/// One connection that was accepted.
struct Connection {
    stream: TcpStream,
    router: Router,
    times: Times,
    watcher: Watcher,
}

impl Connection {
    /// Answers what is asked on it until it ends.
    async fn answer(self, tls: Option<TlsAcceptor>) {
        // Four megabytes by the kernel's own judgement: too much for thousands of displays that stand still.
        if let Err(error) = set_socket_send_buffer_size(&self.stream, SEND_BUFFER_BYTES) {
            tracing::debug!(%error, "SO_SNDBUF");
        }
        // A reader that takes nothing more would hold what waits for it for ever.
        if let Err(error) = set_tcp_user_timeout(&self.stream, millis(self.times.unread)) {
            tracing::debug!(%error, "TCP_USER_TIMEOUT");
        }
        let Self { stream, router, times, watcher } = self;
        let Some(tls) = tls else {
            return talk(stream, router, times, watcher).await;
        };
        match tokio::time::timeout(times.head, tls.accept(stream)).await {
            Ok(Ok(stream)) => talk(stream, router, times, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
            Err(_elapsed) => tracing::debug!("no TLS in time"),
        }
    }
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

async fn talk<S>(stream: S, router: Router, times: Times, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(times.head)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(connection).await {
        tracing::trace!(%error, "connection");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_small_reply_is_not_held_back() {
        let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let asked = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _place) = accept(&mut listener, &Arc::new(Semaphore::new(1))).await.unwrap();
        assert!(stream.nodelay().unwrap() && !asked.nodelay().unwrap());
    }
}
