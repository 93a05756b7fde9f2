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
/// What the allocator and the caches of glyphs may still take after a fifth of the visits, in KiB.
const GROWTH_KIB_MAX: u64 = 4_096;

/// Resident memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
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
    if number.is_multiple_of(20) {
        visit.ui.component().window().take_snapshot().unwrap();
    }
}

#[test]
fn memory_does_not_grow_with_the_visits() {
    let visits = std::env::var("SOAK_VISITS").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL);
    let mut visit = Visit::new();
    let warm = visits / 5;
    (0..warm).for_each(|number| play(&mut visit, number));
    let before = resident_kib();
    (warm..visits).for_each(|number| play(&mut visit, number));
    let after = resident_kib();
    eprintln!("{visits} visits: {before} KiB after {warm}, {after} KiB after all");
    assert!(after <= before + GROWTH_KIB_MAX, "{before} KiB after {warm} visits, {after} KiB after {visits}");
}
