use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::app::App;
use crate::routes::router;

/// How long requests under way may take after the service was told to stop.
pub const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Answers on `listener` until `stop` is done, then lets requests under way finish within [`DRAIN_TIME`] and ends the
/// streams; their displays connect again. Tasks of closed connections may hold the store a moment longer.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send) -> std::io::Result<()> {
    let stopping = app.stopping.clone();
    let mut told = stopping.subscribe();
    let listener = listener.tap_io(|stream| {
        // Without this a small reply on a kept connection waits 40 ms for the peer's delayed acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let served = axum::serve(listener, router(app)).with_graceful_shutdown(async move {
        // Fails only when the sender is gone, which is stopping too.
        drop(told.wait_for(|stopping| *stopping).await);
    });
    let mut served = std::pin::pin!(served.into_future());
    tokio::select! {
        ended = &mut served => return ended,
        () = stop => stopping.send_replace(true),
    };
    if let Ok(ended) = tokio::time::timeout(DRAIN_TIME, served).await {
        return ended;
    }
    tracing::warn!("requests were still under way when the service stopped");
    Ok(())
}
