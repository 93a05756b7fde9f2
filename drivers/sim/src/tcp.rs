//! A model behind a TCP port, as printers offer on port 9100: raw bytes both ways, one client at a time.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::PollFlags;

use crate::pump::{Host, Pump, STEP_MAX, wait_for};
use crate::wire::{Device, Shared};

/// A mounted model. Dropping it closes the port.
#[derive(Debug)]
pub struct TcpMount {
    addr: SocketAddr,
    stopped: Arc<AtomicBool>,
    pump: Option<JoinHandle<()>>,
}

impl TcpMount {
    /// Listens at `bind` (port 0 = any free port). A second client is hung up on while the first is there; while the
    /// model is detached everybody is.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn new<D: Device + 'static>(shared: Shared<D>, bind: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(bind)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (pump, stop) = (Pump::new(shared), Arc::clone(&stopped));
        let pump = thread::Builder::new().name("sim-tcp".to_owned()).spawn(move || run(pump, &listener, &stop))?;
        Ok(Self { addr, stopped, pump: Some(pump) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for TcpMount {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(pump) = self.pump.take() {
            // A pump that panicked has nothing more to say here.
            let _ended = pump.join();
        }
    }
}

fn run<D: Device>(mut pump: Pump<D>, listener: &TcpListener, stopped: &AtomicBool) {
    let mut client: Option<TcpStream> = None;
    while !stopped.load(Ordering::Relaxed) {
        if !pump.attached() {
            client.take().iter().for_each(hang_up);
        }
        if let Some(caller) = accept(listener) {
            if client.is_none() && pump.attached() && caller.set_nonblocking(true).is_ok() {
                pump.forget_outgoing();
                client = Some(caller);
            } else {
                hang_up(&caller);
            }
        }
        let Some(open) = &client else {
            pump.step_unheard();
            // A failed wait is a short one: the loop looks again.
            let _ready = wait_for(listener, PollFlags::IN, STEP_MAX);
            continue;
        };
        if !matches!(pump.step(open.as_fd()), Ok(Host::There)) {
            client = None;
        }
    }
    client.iter().for_each(hang_up);
}

/// A caller, if one waits.
pub(crate) fn accept(listener: &TcpListener) -> Option<TcpStream> {
    listener.accept().ok().map(|(caller, _)| caller)
}

/// Closes with a reset, so that the other end learns at once and nothing unread is mistaken for a clean end.
pub(crate) fn hang_up(stream: &TcpStream) {
    // A socket that refuses the option is closed in the ordinary way by its drop.
    let _set = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}
