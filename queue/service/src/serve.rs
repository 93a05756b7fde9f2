use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::{App, Times};
use crate::routes::router;

/// How long requests under way may take after the service was told to stop.
pub const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Answers on `listener` until `stop` is done, then lets requests under way finish within [`DRAIN_TIME`] and ends the
/// streams; their displays connect again. Tasks of closed connections may hold the store a moment longer.
///
/// A connection on which nobody asks within [`Times::head`] is closed: a kiosk without power would keep it for ever.
pub async fn serve(mut listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send) {
    let (stopping, times) = (app.stopping.clone(), app.times);
    let router = router(app);
    let under_way = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(times.connections_max));
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            Some((stream, place)) = accept(&mut listener, &places) => {
                answer(stream, place, router.clone(), times, &under_way);
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

/// Answers what is asked on one connection, in a task of its own.
fn answer(stream: TcpStream, place: OwnedSemaphorePermit, router: Router, times: Times, under_way: &GracefulShutdown) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(times.head)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let connection = under_way.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::trace!(%error, "connection");
        }
        drop(place);
    });
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
