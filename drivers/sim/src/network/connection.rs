//! One connection through the proxy.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::{Control, Cut, Levers, Loses, TICK};
use crate::pump::poll_for;
use crate::tcp::hang_up;

/// Bytes in flight one way; past it nothing more is read from that side.
const FLIGHT_BYTES_MAX: usize = 262_144;

const CHUNK_BYTES: usize = 16_384;

/// Longest a connection to the upstream may take.
const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// Why a connection ends.
enum End {
    /// Both sides have said all they had to say.
    Done,
    /// It dies: a cut, a lost reply, a side that failed.
    Dies,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Dies
    }
}

/// Bytes on their way in one direction.
#[derive(Default)]
struct Flight {
    chunks: VecDeque<(Instant, Vec<u8>)>,
    bytes: usize,
    /// The sender has closed its side.
    ended: bool,
    /// The receiver was told so.
    closed: bool,
}

impl Flight {
    fn has_room(&self) -> bool {
        !self.ended && self.bytes < FLIGHT_BYTES_MAX
    }

    fn due(&self) -> bool {
        self.chunks.front().is_some_and(|(at, _)| *at <= Instant::now())
    }

    /// Time until the first chunk is due, at most a tick.
    fn wait(&self) -> Duration {
        let wait = self.chunks.front().map(|(at, _)| at.saturating_duration_since(Instant::now()));
        wait.map_or(TICK, |wait| wait.clamp(Duration::from_millis(1), TICK))
    }

    /// Takes what `from` has; the bytes taken.
    fn load(&mut self, mut from: &TcpStream, delay: Duration) -> io::Result<Vec<u8>> {
        let mut chunk = vec![0; CHUNK_BYTES];
        match from.read(&mut chunk) {
            Ok(0) => self.ended = true,
            Ok(count) => {
                chunk.truncate(count);
                self.bytes += count;
                self.chunks.push_back((Instant::now() + delay, chunk.clone()));
                return Ok(chunk);
            }
            Err(error) if would_block(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(Vec::new())
    }

    /// Hands over what is due.
    fn unload(&mut self, mut to: &TcpStream) -> io::Result<()> {
        while self.due() {
            let Some((at, mut chunk)) = self.chunks.pop_front() else { break };
            match to.write(&chunk) {
                Ok(count) => {
                    self.bytes = self.bytes.saturating_sub(count);
                    chunk.drain(..count.min(chunk.len()));
                }
                Err(error) if would_block(&error) => {
                    self.chunks.push_front((at, chunk));
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
            if !chunk.is_empty() {
                self.chunks.push_front((at, chunk));
            }
        }
        if self.ended && self.chunks.is_empty() && !self.closed {
            self.closed = true;
            to.shutdown(std::net::Shutdown::Write)?;
        }
        Ok(())
    }
}

fn would_block(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

pub(super) struct Connection {
    client: TcpStream,
    upstream: SocketAddr,
    control: Arc<Control>,
    /// Its next reply is lost.
    doomed: bool,
    /// It has lived through a cut: nothing passes any more.
    deaf: bool,
}

impl Connection {
    pub(super) fn new(client: TcpStream, upstream: SocketAddr, control: Arc<Control>) -> Self {
        control.connections.fetch_add(1, Ordering::Relaxed);
        Self { client, upstream, control, doomed: false, deaf: false }
    }

    pub(super) fn run(mut self) {
        if !matches!(self.carry(), End::Done) {
            hang_up(&self.client);
        }
    }

    /// Carries bytes until the end; the upstream is reached with the first moment the network is whole.
    fn carry(&mut self) -> End {
        let server = match self.control.levers().cut {
            Some(Cut::Silence) => None,
            Some(Cut::Refuse) => return End::Dies,
            None => TcpStream::connect_timeout(&self.upstream, CONNECT_WAIT).ok(),
        };
        match server {
            Some(server) => self.carry_with(&server).map_or_else(|end| end, |()| End::Done),
            None if self.control.levers().cut.is_none() => End::Dies,
            None => {
                self.deaf = true;
                self.wait_out().map_or_else(|end| end, |()| End::Done)
            }
        }
    }

    fn carry_with(&mut self, server: &TcpStream) -> Result<(), End> {
        self.client.set_nonblocking(true)?;
        server.set_nonblocking(true)?;
        server.set_nodelay(true)?;
        self.client.set_nodelay(true)?;
        let (mut up, mut down) = (Flight::default(), Flight::default());
        while !(up.closed && down.closed) {
            let speaks = self.poll(server, &up, &down)?;
            self.move_bytes(server, &mut up, &mut down, speaks)?;
            if self.deaf {
                return self.wait_out();
            }
        }
        Ok(())
    }

    /// Moves what there is, with the levers held: after `cut()` has returned nothing passes any more.
    fn move_bytes(
        &mut self,
        server: &TcpStream,
        up: &mut Flight,
        down: &mut Flight,
        speaks: (bool, bool),
    ) -> Result<(), End> {
        let control = Arc::clone(&self.control);
        let mut levers = control.levers();
        self.obey(&levers)?;
        if self.deaf {
            return Ok(());
        }
        if speaks.0 && up.has_room() {
            let request = up.load(&self.client, levers.delay)?;
            self.doom(&request, &mut levers);
        }
        if speaks.1 && down.has_room() {
            let reply = down.load(server, levers.delay)?;
            self.lose(&reply)?;
        }
        up.unload(server)?;
        down.unload(&self.client)?;
        Ok(())
    }

    /// Stays silent until the network is restored or the proxy ends; then dies.
    fn wait_out(&mut self) -> Result<(), End> {
        self.client.set_nonblocking(true)?;
        let mut sink = vec![0; CHUNK_BYTES];
        loop {
            self.obey(&Arc::clone(&self.control).levers())?;
            let ready = crate::pump::wait_for(&self.client, PollFlags::IN, TICK)?;
            if !ready.is_empty() && matches!((&self.client).read(&mut sink), Ok(0)) {
                return Err(End::Dies);
            }
        }
    }

    fn obey(&mut self, levers: &Levers) -> Result<(), End> {
        match levers.cut {
            _ if levers.stopped => Err(End::Dies),
            Some(Cut::Refuse) => Err(End::Dies),
            Some(Cut::Silence) => {
                self.deaf = true;
                Ok(())
            }
            None if self.deaf => Err(End::Dies),
            None => Ok(()),
        }
    }

    /// Which sides have something to say, waiting at most a tick.
    fn poll(&self, server: &TcpStream, up: &Flight, down: &Flight) -> io::Result<(bool, bool)> {
        let wanted = |from: &Flight, to: &Flight| {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::IN, from.has_room());
            flags.set(PollFlags::OUT, to.due());
            flags
        };
        let client = PollFd::new(&self.client, wanted(up, down));
        let mut fds = [client, PollFd::new(server, wanted(down, up))];
        poll_for(&mut fds, up.wait().min(down.wait()))?;
        let [client, server] = fds;
        let speaks = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        Ok((client.revents().intersects(speaks), server.revents().intersects(speaks)))
    }

    /// A request that a lever waits for marks this connection.
    fn doom(&mut self, request: &[u8], levers: &mut Levers) {
        let meant = levers.lose_reply_to.as_ref().is_some_and(|beginning| request.starts_with(beginning));
        if meant && !request.is_empty() {
            if levers.loses == Loses::TheNext {
                levers.lose_reply_to = None;
            }
            self.doomed = true;
        }
    }

    fn lose(&self, reply: &[u8]) -> Result<(), End> {
        if self.doomed && !reply.is_empty() {
            self.control.replies_lost.fetch_add(1, Ordering::Relaxed);
            return Err(End::Dies);
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.control.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
