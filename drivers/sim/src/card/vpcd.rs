//! A card in a real PC/SC service: the client of vpcd's wire protocol (vsmartcard).
//!
//! Every message is a two-byte length and that many bytes. One byte is a control: power off, power on, reset, or "send
//! the ATR", which alone is answered and which is also how the service asks whether a card is there. More bytes are a
//! command APDU. Connecting inserts the card, hanging up removes it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::PollFlags;

use super::VirtualCard;
use super::levers::Reply;
use super::link::SharedCard;
use crate::pump::wait_for;

/// Longest wait before the levers are looked at again.
const STEP: Duration = Duration::from_millis(20);

/// Longest wait for the rest of a message, or for the service to take an answer. It sends length and bytes at once.
const MESSAGE_MAX: Duration = Duration::from_secs(10);

/// Longest wait for the service's port.
const CONNECT_MAX: Duration = Duration::from_secs(5);

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const ATR: u8 = 4;

/// A card at a vpcd port. Dropping it removes the card from the reader.
#[derive(Debug)]
pub struct VpcdMount {
    stopped: Arc<AtomicBool>,
    pump: Option<JoinHandle<()>>,
}

impl VpcdMount {
    /// Serves `card` at `port`. It is in the reader as long as it is inserted: pulled out, the connection ends, and
    /// inserted again, another one is made.
    ///
    /// # Errors
    /// When nobody listens at the port, or the card's thread cannot be started.
    pub fn new(card: SharedCard, port: SocketAddr) -> io::Result<Self> {
        let first = connect(port)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        let pump =
            thread::Builder::new().name("sim-vpcd".to_owned()).spawn(move || run(&card, port, Some(first), &stop))?;
        Ok(Self { stopped, pump: Some(pump) })
    }

    /// Whether the card is still served: `false` once the service has gone.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.pump.as_ref().is_some_and(|pump| !pump.is_finished())
    }
}

impl Drop for VpcdMount {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(pump) = self.pump.take() {
            // A thread that panicked has nothing more to say here.
            let _ended = pump.join();
        }
    }
}

fn connect(port: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&port, CONNECT_MAX)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(MESSAGE_MAX))?;
    stream.set_write_timeout(Some(MESSAGE_MAX))?;
    Ok(stream)
}

/// Serves until stopped or until the service has gone.
fn run(card: &SharedCard, port: SocketAddr, first: Option<TcpStream>, stopped: &AtomicBool) {
    let mut stream = first;
    while !stopped.load(Ordering::Relaxed) {
        if !card.with(|card| card.inserted()) {
            stream = None;
            thread::park_timeout(STEP);
            continue;
        }
        let Some(open) = stream.take().or_else(|| connect(port).ok()) else { return };
        card.with(VirtualCard::power);
        let mut talk = Talk { card, stream: open, thinking: None };
        // Whatever ended the connection, the next look at the card decides what follows.
        let _ended = talk.serve(stopped);
        if card.with(|card| card.inserted()) && !stopped.load(Ordering::Relaxed) {
            // The service hung up: it is gone, or another card took the slot.
            return;
        }
    }
}

struct Talk<'c> {
    card: &'c SharedCard,
    stream: TcpStream,
    /// An answer that is late, and when it is due.
    thinking: Option<(Instant, Vec<u8>)>,
}

impl Talk<'_> {
    fn serve(&mut self, stopped: &AtomicBool) -> io::Result<()> {
        while !stopped.load(Ordering::Relaxed) && self.card.with(|card| card.inserted()) {
            self.say_what_is_due()?;
            if wait_for(&self.stream, PollFlags::IN, STEP)?.is_empty() {
                continue;
            }
            let message = self.receive()?;
            match message.as_slice() {
                [] => {}
                [control] => self.control(*control)?,
                apdu => self.command(apdu)?,
            }
        }
        Ok(())
    }

    fn say_what_is_due(&mut self) -> io::Result<()> {
        match self.thinking.take() {
            Some((due, answer)) if Instant::now() >= due => self.send(&answer),
            later => {
                self.thinking = later;
                Ok(())
            }
        }
    }

    fn control(&mut self, control: u8) -> io::Result<()> {
        match control {
            POWER_OFF | POWER_ON | RESET => {
                self.card.with(VirtualCard::power);
                Ok(())
            }
            ATR => {
                let atr = self.card.with(|card| card.atr());
                self.send(&atr)
            }
            _ => Ok(()),
        }
    }

    fn command(&mut self, apdu: &[u8]) -> io::Result<()> {
        match self.card.with(|card| card.transmit(apdu)) {
            Reply::Gone => Ok(()),
            Reply::Answer { bytes, late } if late.is_zero() => self.send(&bytes),
            Reply::Answer { bytes, late } => {
                self.thinking = Some((Instant::now() + late, bytes));
                Ok(())
            }
        }
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 2];
        self.stream.read_exact(&mut length)?;
        self.acknowledge()?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.stream.read_exact(&mut message)?;
        self.acknowledge()?;
        Ok(message)
    }

    /// The service sends length and bytes in two writes without `TCP_NODELAY`: without an acknowledgement at once,
    /// each APDU takes 40 ms more. The option lasts for one segment.
    fn acknowledge(&self) -> io::Result<()> {
        Ok(rustix::net::sockopt::set_tcp_quickack(&self.stream, true)?)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let count = u16::try_from(bytes.len()).map_err(io::Error::other)?;
        self.stream.write_all(&[&count.to_be_bytes(), bytes].concat())
    }
}
