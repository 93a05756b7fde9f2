//! How long after `print` is called the printer gets its first byte, beside a bare write of the same bytes.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::printer::{JobId, TicketFace, TicketPrinter};
use kiosk_hal::uptime::Uptime;
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;

const ROUNDS: u8 = 200;
/// Nothing wrong, in the fixed bits of an answer to `DLE EOT`.
const HEALTHY: u8 = 0x12;
const DLE_EOT: [u8; 2] = [0x10, 0x04];

/// A healthy printer behind a socket: it answers status questions at once and confirms nothing. Its clock is real until
/// it would have to wait; then the wait is over at once.
struct Socket {
    stream: UnixStream,
    started: Instant,
    skipped: Duration,
    answers: Vec<u8>,
    first_byte: Option<Instant>,
}

impl ByteLink for Socket {
    fn now(&self) -> Uptime {
        Uptime::new(self.started.elapsed() + self.skipped)
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        if self.answers.is_empty() {
            self.skipped += until.saturating_since(self.now());
            return Err(LinkError::TimedOut);
        }
        let count = into.len().min(self.answers.len());
        for (place, byte) in into.iter_mut().zip(self.answers.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], _until: Uptime) -> Result<(), WriteFailed> {
        self.stream.write_all(bytes).map_err(|error| WriteFailed { written: 0, cause: LinkError::Io(error) })?;
        self.first_byte.get_or_insert_with(Instant::now);
        if bytes.starts_with(&DLE_EOT) {
            self.answers.push(HEALTHY);
        }
        Ok(())
    }
}

/// A socket whose other end reads everything away.
fn drained() -> (UnixStream, JoinHandle<()>) {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let reader = std::thread::spawn(move || {
        let mut away = [0; 65_536];
        while theirs.read(&mut away).is_ok_and(|count| count > 0) {}
    });
    (ours, reader)
}

/// Medians: from the call of `print` to the first byte, and of a bare write of `bytes`.
pub fn first_byte(face: &TicketFace, bytes: &[u8]) -> [Duration; 2] {
    let (mut to_first, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (stream, reader) = drained();
        let link =
            Socket { stream, started: Instant::now(), skipped: Duration::ZERO, answers: Vec::new(), first_byte: None };
        let mut printer = EscPosPrinter::new(link, Profile::epson_80_mm(Wire::Fast));
        let called = Instant::now();
        let _unconfirmed = printer.print(JobId([round; 16]), face);
        let link = printer.link_mut();
        to_first.push(link.first_byte.unwrap() - called);
        let called = Instant::now();
        link.stream.write_all(bytes).unwrap();
        bare.push(called.elapsed());
        drop(printer);
        reader.join().unwrap();
    }
    [to_first, bare].map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}
