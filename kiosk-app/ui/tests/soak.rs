//! Memory does not grow with the visits: the real window before the real session, visit after visit, faults among them.
//!
//! Continuous integration plays a hundred. `SOAK_VISITS=10000 cargo test -p kiosk-ui --test soak -- --nocapture` plays
//! as many as are asked for and prints how memory went.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail by panicking, and this one reports")]

mod kiosk;
mod scenes;
mod visit;

use kiosk_core::event::{Event, IssueFailure};
use kiosk_hal::printer::{Paper, PrintOutcome, PrinterStatus};
use slint::ComponentHandle;
use visit::{CARD, Visit};

/// Visits when nobody says how many.
const USUAL: u32 = 100;
/// What caches of glyphs may still take after the first visits, in KiB.
const GROWTH_KIB_MAX: u64 = 4_096;

/// Resident memory of this process that is no file's, in KiB: pages of the program come and go with the machine's.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

/// One of the ways a visit goes, and back to the welcome screen.
fn play(visit: &mut Visit, number: u32) {
    match number % 5 {
        0 => {
            visit.answers.issue = Err(IssueFailure::Closed);
            visit.scan(CARD);
            visit.press("Nội tổng quát");
            visit.press("Tôi đã hiểu");
            visit.answers.issue = Ok(());
        }
        1 => {
            visit.no_paper();
            visit.scan(CARD);
            visit.press("Nội tổng quát");
            visit.press("Tôi đã ghi lại số");
            visit.answers.print = PrintOutcome::Confirmed;
            visit.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: None, paper: Paper::Full })));
        }
        2 => {
            visit.scan(CARD);
            visit.press("Không phải tôi");
        }
        3 => {
            visit.press("English");
            visit.press("Larger");
            visit.scan(CARD);
            visit.press("Nội tổng quát");
            visit.press("I have my ticket");
        }
        _ => {
            visit.scan(CARD);
            visit.press("Nội tổng quát");
            visit.press("Tôi đã lấy phiếu");
        }
    }
    assert_eq!(visit.name(), "welcome", "visit {number}");
    visit.forget_spoken();
    // What is seen is drawn, and glyphs are kept for it.
    if number.is_multiple_of(7) {
        visit.ui.component().window().take_snapshot().unwrap();
    }
}

#[test]
fn memory_does_not_grow_with_the_visits() {
    let visits = std::env::var("SOAK_VISITS").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL);
    let mut visit = Visit::new();
    let resident: Vec<u64> = (0..visits)
        .map(|number| {
            play(&mut visit, number);
            resident_kib()
        })
        .collect();
    // Whether the allocator gives a picture's memory back at once differs from visit to visit: the most of the first
    // visits is compared with the least of the last.
    let (first, last) = (resident.len() * 2 / 5, resident.len() * 4 / 5);
    let (before, after) = (resident[..first].iter().max().unwrap(), resident[last..].iter().min().unwrap());
    eprintln!("{visits} visits: at most {before} KiB in the first {first}, at least {after} KiB from {last} on");
    assert!(*after <= before + GROWTH_KIB_MAX, "{before} KiB in the first visits, {after} KiB in the last");
}
