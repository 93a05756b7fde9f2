//! The network between two programs: a TCP proxy that can be cut, delayed, or made to lose a reply.

mod connection;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::PollFlags;

use crate::pump::wait_for;
use crate::tcp::{accept, hang_up};
use connection::Connection;

/// Connections at once; a further caller is hung up on.
pub const CONNECTIONS_MAX: usize = 64;

/// Longest the proxy waits before it looks at its levers.
const TICK: Duration = Duration::from_millis(10);

/// How a network fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cut {
    /// Connections die at once and new ones are reset as soon as they are made: the service is down.
    Refuse,
    /// Nothing arrives and nobody is told: a cable is out. New connections are made and stay silent.
    Silence,
}

/// How many replies are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Loses {
    #[default]
    TheNext,
    Every,
}

/// What the levers are set to.
#[derive(Debug, Default)]
struct Levers {
    cut: Option<Cut>,
    delay: Duration,
    /// A request that begins with these bytes loses its reply.
    lose_reply_to: Option<Vec<u8>>,
    loses: Loses,
    stopped: bool,
}

/// Levers and counters, seen by every connection.
#[derive(Debug, Default)]
struct Control {
    levers: Mutex<Levers>,
    connections: AtomicUsize,
    replies_lost: AtomicUsize,
}

impl Control {
    fn levers(&self) -> MutexGuard<'_, Levers> {
        self.levers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A proxy on 127.0.0.1 in front of `upstream`. Dropping it hangs up on everybody.
#[derive(Debug)]
pub struct Network {
    addr: SocketAddr,
    control: Arc<Control>,
    doorman: Option<JoinHandle<()>>,
}

impl Network {
    /// Listens on a free port of 127.0.0.1. The upstream may be away; a caller is then hung up on.
    ///
    /// # Errors
    /// When no port can be bound.
    pub fn new(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let control = Arc::new(Control::default());
        let shared = Arc::clone(&control);
        let doorman =
            thread::Builder::new().name("sim-net".to_owned()).spawn(move || attend(&listener, upstream, &shared))?;
        Ok(Self { addr, control, doorman: Some(doorman) })
    }

    /// Where clients connect.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Cuts the network. Connections that live through a cut are dead for ever, also after [`Network::restore`].
    pub fn cut(&self, how: Cut) {
        self.control.levers().cut = Some(how);
    }

    /// Lets new connections through again.
    pub fn restore(&self) {
        self.control.levers().cut = None;
    }

    /// Whether and how the network is cut.
    #[must_use]
    pub fn is_cut(&self) -> Option<Cut> {
        self.control.levers().cut
    }

    /// Holds every byte back this long, each way.
    pub fn delay(&self, each_way: Duration) {
        self.control.levers().delay = each_way;
    }

    /// Loses the reply to the next request: it reaches the upstream, and when the reply comes the connection dies.
    pub fn lose_next_reply(&self) {
        self.lose_next_reply_to(b"");
    }

    /// As [`Network::lose_next_reply`], for the next request that begins with `beginning`, such as `POST /v1/tickets`.
    pub fn lose_next_reply_to(&self, beginning: &[u8]) {
        self.lose(beginning, Loses::TheNext);
    }

    /// Loses every reply to requests that begin with `beginning`, until [`Network::lose_no_reply`].
    pub fn lose_replies_to(&self, beginning: &[u8]) {
        self.lose(beginning, Loses::Every);
    }

    /// Loses none from here on.
    pub fn lose_no_reply(&self) {
        self.control.levers().lose_reply_to = None;
    }

    fn lose(&self, beginning: &[u8], loses: Loses) {
        let mut levers = self.control.levers();
        levers.lose_reply_to = Some(beginning.to_vec());
        levers.loses = loses;
    }

    /// Replies lost so far.
    #[must_use]
    pub fn replies_lost(&self) -> usize {
        self.control.replies_lost.load(Ordering::Relaxed)
    }

    /// Connections at this moment.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.control.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.control.levers().stopped = true;
        if let Some(doorman) = self.doorman.take() {
            // A doorman that panicked has nothing more to say here.
            let _ended = doorman.join();
        }
    }
}

fn attend(listener: &TcpListener, upstream: SocketAddr, control: &Arc<Control>) {
    loop {
        let (stopped, cut) = {
            let levers = control.levers();
            (levers.stopped, levers.cut)
        };
        if stopped {
            return;
        }
        let Some(caller) = accept(listener) else {
            // A failed wait is a short one: the loop looks again.
            let _ready = wait_for(listener, PollFlags::IN, TICK);
            continue;
        };
        if cut == Some(Cut::Refuse) || control.connections.load(Ordering::Relaxed) >= CONNECTIONS_MAX {
            hang_up(&caller);
            continue;
        }
        let connection = Connection::new(caller, upstream, Arc::clone(control));
        // Without a thread the connection is dropped: the caller is hung up on.
        let _thread = thread::Builder::new().name("sim-net-conn".to_owned()).spawn(move || connection.run());
    }
}
