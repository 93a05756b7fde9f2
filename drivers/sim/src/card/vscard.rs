//! A card in a virtual machine's USB reader: the card's end of QEMU's smart-card channel (`ccid-card-passthru`, libcacard's
//! vscard_common.h).
//!
//! Every message is a type, a reader's number and a length, each 32 bits, big-endian, and that many bytes. QEMU connects.
//! This end says hello, adds its one reader, inserts and removes the card, and answers each command APDU. QEMU's reader
//! hands on responses of at most 374 bytes, so a card here has short lengths.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::PollFlags;

use super::VirtualCard;
use super::levers::Reply;
use super::link::SharedCard;
use crate::pump::wait_for;
use crate::tcp::accept;

/// Longest wait before the levers are looked at again.
const STEP: Duration = Duration::from_millis(20);

/// Longest wait for the rest of a message, or for QEMU to take an answer.
const MESSAGE_MAX: Duration = Duration::from_secs(10);

/// Longest message, in bytes: an extended command with its header.
const MESSAGE_BYTES_MAX: u32 = 66_000;

const INIT: u32 = 1;
const ERROR: u32 = 2;
const READER_ADD: u32 = 3;
const ATR: u32 = 5;
const CARD_REMOVE: u32 = 6;
const APDU: u32 = 7;

/// "VSCD", version 0.0.2, and one word of capabilities, none.
const HELLO: [u8; 12] = [b'V', b'S', b'C', b'D', 0, 0, 0, 2, 0, 0, 0, 0];
/// The one reader that this end has.
const READER: u32 = 0;
/// Of a message to a reader that has no number yet.
const NO_READER: u32 = u32::MAX;
const READER_NAME: &[u8] = b"tiep-don\0";

/// A port that QEMU connects to. Dropping it hangs up.
#[derive(Debug)]
pub struct VscardMount {
    addr: SocketAddr,
    stopped: Arc<AtomicBool>,
    pump: Option<JoinHandle<()>>,
}

impl VscardMount {
    /// Serves `card` at `bind` (port 0 = any free port), to one machine at a time. It is in the reader as long as it is
    /// inserted.
    ///
    /// # Errors
    /// When the address cannot be bound, or the card's thread cannot be started.
    pub fn new(card: SharedCard, bind: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(bind)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        let pump = thread::Builder::new().name("sim-vscard".to_owned()).spawn(move || run(&card, &listener, &stop))?;
        Ok(Self { addr, stopped, pump: Some(pump) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for VscardMount {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(pump) = self.pump.take() {
            // A thread that panicked has nothing more to say here.
            let _ended = pump.join();
        }
    }
}

fn run(card: &SharedCard, listener: &TcpListener, stopped: &AtomicBool) {
    while !stopped.load(Ordering::Relaxed) {
        let Some(stream) = accept(listener) else {
            // A failed wait is a short one: the loop looks again.
            let _ready = wait_for(listener, PollFlags::IN, STEP);
            continue;
        };
        // A machine whose power was cut is followed by the next one.
        let _ended = Talk { card, stream, inserted: false }.serve(stopped);
    }
}

struct Talk<'c> {
    card: &'c SharedCard,
    stream: TcpStream,
    /// What the machine was told.
    inserted: bool,
}

impl Talk<'_> {
    fn serve(&mut self, stopped: &AtomicBool) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        self.stream.set_read_timeout(Some(MESSAGE_MAX))?;
        self.stream.set_write_timeout(Some(MESSAGE_MAX))?;
        self.send(INIT, NO_READER, &HELLO)?;
        self.send(READER_ADD, NO_READER, READER_NAME)?;
        while !stopped.load(Ordering::Relaxed) {
            if wait_for(&self.stream, PollFlags::IN, STEP)?.is_empty() {
                self.follow_the_slot()?;
                continue;
            }
            self.answer()?;
        }
        Ok(())
    }

    fn follow_the_slot(&mut self) -> io::Result<()> {
        let inserted = self.card.with(|card| card.inserted());
        if inserted == self.inserted {
            return Ok(());
        }
        self.inserted = inserted;
        if !inserted {
            return self.send(CARD_REMOVE, READER, &[]);
        }
        self.card.with(VirtualCard::power);
        let atr = self.card.with(|card| card.atr());
        self.send(ATR, READER, &atr)
    }

    fn answer(&mut self) -> io::Result<()> {
        let (kind, bytes) = self.receive()?;
        if kind == ERROR && bytes.iter().any(|byte| *byte != 0) {
            return Err(io::Error::other(format!("the machine's reader refuses: {bytes:02x?}")));
        }
        if kind != APDU {
            return Ok(());
        }
        match self.card.with(|card| card.transmit(&bytes)) {
            Reply::Gone => Ok(()),
            Reply::Answer { bytes, late } => {
                thread::sleep(late);
                self.send(APDU, READER, &bytes)
            }
        }
    }

    fn receive(&mut self) -> io::Result<(u32, Vec<u8>)> {
        let mut words = [[0; 4]; 3];
        self.stream.read_exact(words.as_flattened_mut())?;
        let [kind, _reader, length] = words.map(u32::from_be_bytes);
        if length > MESSAGE_BYTES_MAX {
            return Err(io::Error::other(format!("a message of {length} bytes, at most {MESSAGE_BYTES_MAX}")));
        }
        let mut bytes = vec![0; length as usize];
        self.stream.read_exact(&mut bytes)?;
        Ok((kind, bytes))
    }

    fn send(&mut self, kind: u32, reader: u32, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        let header = [kind, reader, length].map(u32::to_be_bytes);
        self.stream.write_all(&[header.as_flattened(), bytes].concat())
    }
}
