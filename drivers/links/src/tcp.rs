use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::uptime::Uptime;

use crate::address::{LinkAddress, TcpAddress};
use crate::clock;
use crate::open_error::OpenError;
use crate::stream::Stream;

/// Longest that [`open`](crate::open) waits for a device server: three losses of the first packet at Linux's
/// retransmission times (1 s, 2 s) are a dead cable, not a slow network.
pub const CONNECT_MAX: Duration = Duration::from_secs(4);

/// How long a device server may take to hang up on a second client: within it, a refusal is told from a device that
/// left.
const HANG_UP_WAIT: Duration = Duration::from_millis(50);

/// How long sent bytes may stay unacknowledged, or a device take nothing, before the connection counts as lost: a
/// printer that lost power says nothing, and TCP by itself tries for a quarter of an hour.
const SILENCE_MAX_MS: u32 = 20_000;

/// An open connection to a device server. Small writes are sent at once (`TCP_NODELAY`).
///
/// What the kernel has taken cannot be recalled. After [`ByteLink::discard_output`] the connection is reset when it is
/// dropped, instead of being closed in order: otherwise the kernel would deliver the rest of a ticket minutes later,
/// when somebody loads paper.
#[derive(Debug)]
pub struct TcpLink {
    stream: Stream,
    given_up: bool,
}

impl TcpLink {
    /// Connects, trying each address of the host until `until` on [`clock::now`].
    ///
    /// # Errors
    /// [`OpenError::NotFound`] when the name has no address, [`OpenError::Unreachable`] when nobody answered in time,
    /// [`OpenError::Busy`] when the connection was refused (printers take one at a time).
    pub fn connect(address: &TcpAddress, until: Uptime) -> Result<Self, OpenError> {
        connect_any(address, until)
            .and_then(|stream| {
                stream.set_nodelay(true)?;
                rustix::net::sockopt::set_tcp_user_timeout(&stream, SILENCE_MAX_MS)?;
                refuse_reset(&stream, until)?;
                Stream::new(stream.into())
            })
            .map(|stream| Self { stream, given_up: false })
            .map_err(|cause| OpenError::of_tcp(LinkAddress::Tcp(address.clone()), cause))
    }
}

/// A device server that serves somebody else takes the connection and resets it at once.
fn refuse_reset(stream: &TcpStream, until: Uptime) -> io::Result<()> {
    stream.set_read_timeout(Some(HANG_UP_WAIT.min(left(until)?)))?;
    match stream.peek(&mut [0]) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(io::ErrorKind::ConnectionRefused.into()),
        // It has something to say, waits to be asked, or has left in order.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn connect_any(address: &TcpAddress, until: Uptime) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for candidate in resolve(address, until)? {
        match TcpStream::connect_timeout(&candidate, left(until)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The system's resolver knows no deadline, so it runs on a thread of its own that is left behind when it is late.
fn resolve(address: &TcpAddress, until: Uptime) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = address.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, address.port)]);
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    let (host, port) = (address.host.clone(), address.port);
    thread::Builder::new().name("resolver".to_owned()).spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        // The receiver is gone when the deadline was; nobody wants the answer then.
        let _ = sender.send(found.map_err(|error| io::Error::new(io::ErrorKind::NotFound, error)));
    })?;
    receiver.recv_timeout(left(until)?).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

fn left(until: Uptime) -> io::Result<Duration> {
    let left = until.saturating_since(clock::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

impl ByteLink for TcpLink {
    fn now(&self) -> Uptime {
        clock::now()
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        self.stream.read(into, until)
    }

    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        self.stream.write(bytes, until)
    }

    fn discard_output(&mut self) -> Result<(), LinkError> {
        self.given_up = true;
        Ok(())
    }
}

impl Drop for TcpLink {
    fn drop(&mut self) {
        if self.given_up {
            // A socket that refuses the option is closed in order.
            let _closed_in_order = rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
        }
    }
}
