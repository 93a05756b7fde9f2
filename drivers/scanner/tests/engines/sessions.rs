//! Whole talks between engine and driver, as text: `tests/sessions/*.txt`.
//!
//! `<` hexadecimal from the engine, `>` what the driver must have said, `~` milliseconds of silence, `=` the next record,
//! `start` and `stop` the driver's commands. After the last line nothing may be left on either side.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::scanner::Scanner;
use kiosk_hal::uptime::Uptime;
use qr_scanner::decoder::Pauses;
use qr_scanner::{Action, Family, LinkScanner};

use crate::bench::driver;

/// Sessions there must be at least: a folder that is not found must not pass.
const SESSIONS_MIN: usize = 9;

#[derive(Default)]
struct Wire {
    now: Uptime,
    from_engine: VecDeque<u8>,
    from_driver: Vec<u8>,
}

/// A wire whose time passes only while the driver waits.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Wire>>);

impl Scripted {
    fn with<T>(&self, act: impl FnOnce(&mut Wire) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

impl ByteLink for Scripted {
    fn now(&self) -> Uptime {
        self.with(|wire| wire.now)
    }

    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        self.with(|wire| {
            let count = wire.from_engine.len().min(into.len());
            if count == 0 {
                wire.now = wire.now.max(until);
                return Err(LinkError::TimedOut);
            }
            into.iter_mut().zip(wire.from_engine.drain(..count)).for_each(|(slot, byte)| *slot = byte);
            Ok(count)
        })
    }

    fn write(&mut self, bytes: &[u8], _until: Uptime) -> Result<(), WriteFailed> {
        self.with(|wire| wire.from_driver.extend_from_slice(bytes));
        Ok(())
    }
}

struct Session {
    wire: Scripted,
    scanner: LinkScanner<Scripted>,
    records: VecDeque<String>,
}

impl Session {
    fn new(family: Family) -> Self {
        let wire = Scripted::default();
        let scanner = driver(wire.clone(), family, Pauses::USUAL);
        Self { wire, scanner, records: VecDeque::new() }
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("<", hex) => {
                let bytes = bytes(hex)?;
                self.wire.with(|wire| wire.from_engine.extend(bytes));
                self.listen(Duration::ZERO);
                Ok(())
            }
            (">", hex) => self.said(&bytes(hex)?),
            ("~", millis) => {
                self.listen(Duration::from_millis(millis.parse().map_err(|_| "no number")?));
                Ok(())
            }
            ("=", expected) => match self.records.pop_front() {
                Some(record) if record == expected => Ok(()),
                other => Err(format!("expected that record, got {other:?}")),
            },
            ("start", "") => self.tell(Action::Start),
            ("stop", "") => self.tell(Action::Stop),
            _ => Err("not a line of a session".to_owned()),
        }
    }

    fn listen(&mut self, span: Duration) {
        let until = self.scanner.now() + span;
        while let Some(scan) = self.scanner.next_scan(until).unwrap() {
            self.records.push_back(String::from_utf8(scan.as_bytes().to_vec()).unwrap());
        }
    }

    fn said(&mut self, expected: &[u8]) -> Result<(), String> {
        let count = expected.len();
        let said: Vec<u8> =
            self.wire.with(|wire| wire.from_driver.drain(..count.min(wire.from_driver.len())).collect());
        if said == expected { Ok(()) } else { Err(format!("the driver said {said:02X?}")) }
    }

    fn tell(&mut self, action: Action) -> Result<(), String> {
        let until = self.scanner.now() + Duration::from_secs(1);
        self.scanner.command(action, until).map_err(|error| error.to_string())
    }

    fn end(&self) -> Result<(), String> {
        let unsaid = self.wire.with(|wire| wire.from_driver.clone());
        if unsaid.is_empty() && self.records.is_empty() {
            return Ok(());
        }
        Err(format!("left over: {unsaid:02X?} and {} records", self.records.len()))
    }
}

fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    hex.split_whitespace().map(|pair| u8::from_str_radix(pair, 16).map_err(|_| format!("no byte: {pair}"))).collect()
}

fn play(text: &str) -> Result<(), String> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
    let (_, first) = lines.next().ok_or("empty")?;
    let family = first.strip_prefix("family ").ok_or("no family")?;
    let mut session = Session::new(family.parse().map_err(|error| format!("{error}"))?);
    for (number, line) in lines {
        session.step(line).map_err(|why| format!("line {number}: {line}: {why}"))?;
    }
    session.end()
}

#[test]
fn every_session_ends_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut played = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let outcome = play(&fs::read_to_string(&path).unwrap());
        assert_eq!(outcome, Ok(()), "{}", path.display());
        played += 1;
    }
    assert!(played >= SESSIONS_MIN, "only {played} sessions");
}

#[test]
fn a_session_that_went_otherwise_is_found() {
    let wrong_record = play("family plain\n< 31 0D\n= 2\n").unwrap_err();
    assert!(wrong_record.contains("line 3"), "{wrong_record}");
    let unsaid = play("family zebra-ssi\n< 05 F6 00 00 01 FF 04\n").unwrap_err();
    assert!(unsaid.contains("left over"), "{unsaid}");
}
