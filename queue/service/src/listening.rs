use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// The socket that the service manager has opened (`LISTEN_FDS`, see `systemd.socket(5)`), or a new one at `address`.
///
/// A socket of the service manager's outlives this process: who connects while the service restarts waits a moment and
/// is answered by the next one.
///
/// # Errors
/// The system's, such as an address that somebody else has.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    match listenfd::ListenFd::from_env().take_tcp_listener(0)? {
        Some(inherited) => {
            inherited.set_nonblocking(true)?;
            TcpListener::from_std(inherited)
        }
        None => TcpListener::bind(address).await,
    }
}
