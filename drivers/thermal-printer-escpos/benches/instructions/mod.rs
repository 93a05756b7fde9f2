//! Instructions instead of microseconds: the same for the same program, whatever else the machine does.
//!
//! The bench runs itself under `valgrind --tool=callgrind` with few and with many rounds; what lies between is the rounds'
//! own. Without valgrind there are no such figures.

use std::process::Command;

use kiosk_hal::link::{ByteLink, LinkError, WriteFailed};
use kiosk_hal::printer::{JobId, TicketFace, TicketPrinter};
use kiosk_hal::uptime::Uptime;
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;
use thermal_printer_escpos::ticket::{self, Layout};

/// The first argument of a run that is counted; then what is counted and how often.
pub const COUNTED: &str = "counted";
const DRAWN: &str = "drawn";
const FIRST_BYTE: &str = "first-byte";
const FEW: u32 = 5;
const MANY: u32 = 55;
/// Before the total of a run, on its standard error.
const TOTAL: &str = "Collected :";

/// A printer that goes with the first byte sent to it: what a ticket takes up to there.
struct GoesAtOnce;

impl ByteLink for GoesAtOnce {
    fn now(&self) -> Uptime {
        Uptime::default()
    }

    fn read(&mut self, _into: &mut [u8], _until: Uptime) -> Result<usize, LinkError> {
        Err(LinkError::TimedOut)
    }

    fn write(&mut self, _bytes: &[u8], _until: Uptime) -> Result<(), WriteFailed> {
        Err(WriteFailed { written: 0, cause: LinkError::Gone })
    }
}

/// What a counted run does.
pub fn rounds(face: &TicketFace, what: &str, count: &str) {
    let mut printer = EscPosPrinter::new(GoesAtOnce, Profile::epson_80_mm(Wire::Fast));
    for _ in 0..count.parse().unwrap() {
        match what {
            DRAWN => drop(std::hint::black_box(ticket::compose(face, &Layout::default()))),
            FIRST_BYTE => drop(std::hint::black_box(printer.print(JobId([1; 16]), face))),
            other => panic!("{other}"),
        }
    }
}

/// Instructions to draw a ticket, and from the call of `print` to the first byte; `None` without valgrind.
pub fn counts() -> Option<[u64; 2]> {
    Some([per_round(DRAWN)?, per_round(FIRST_BYTE)?])
}

fn per_round(what: &str) -> Option<u64> {
    let [few, many] = [total(what, FEW)?, total(what, MANY)?];
    Some((many - few) / u64::from(MANY - FEW))
}

fn total(what: &str, rounds: u32) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args([COUNTED, what, &rounds.to_string()])
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.lines().find_map(|line| line.split_once(TOTAL))?.1.trim().parse().ok()
}
