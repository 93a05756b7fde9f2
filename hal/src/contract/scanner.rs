//! What every [`Scanner`] promises.

use std::time::Duration;

use crate::contract::byte_link::LATE_MAX;
use crate::fault::Fault;
use crate::scanner::{SCAN_BYTES_MAX, Scan, ScanError, Scanner};

/// Far enough away never to be the reason for anything, and the longest a failing scanner can hold up its test.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long nothing more may come after a code.
const QUIET: Duration = Duration::from_millis(250);

/// Deadline of a call that is meant to end in the middle of a code.
const GLANCE: Duration = Duration::from_millis(5);

/// Calls with a [`GLANCE`] in which a slow code must have arrived.
const GLANCES_MAX: usize = 400;

/// How a code travels to the driver. What the driver takes for the end of a code must be part of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// At one moment.
    AtOnce,
    /// In two pieces, with a pause that is no end yet.
    Split,
    /// Byte by byte.
    Slow,
    /// After noise on the line.
    Noisy,
}

/// A scanner under test and the hand that holds codes up to it.
pub trait ScannerBench {
    /// The scanner's type.
    type Scanner: Scanner;

    /// The scanner.
    fn scanner(&mut self) -> &mut Self::Scanner;

    /// A word in the letters the device can carry. Only a device that acts as a keyboard has an excuse for ASCII.
    fn word(&self) -> &'static str {
        "Mẫu"
    }

    /// Holds up one code.
    fn present(&mut self, payload: &[u8], manner: Manner);

    /// Holds up two codes that reach the driver in one piece.
    fn present_two(&mut self, first: &[u8], second: &[u8]);

    /// Sends one record of `bytes` bytes.
    fn present_overlong(&mut self, bytes: usize);

    /// Unplugs the device.
    fn unplug(&mut self);
}

/// Checks all promises of a scanner. It is unplugged afterwards.
///
/// # Panics
/// With the name of the first promise that does not hold.
pub fn holds(bench: &mut impl ScannerBench) {
    nothing_by_the_deadline_is_none(bench);
    one_code_is_one_record(bench);
    half_a_record_stays_for_the_next_call(bench);
    two_codes_are_two_records(bench);
    a_record_too_long_is_skipped(bench);
    an_unplugged_scanner_says_so(bench);
}

fn nothing_by_the_deadline_is_none(bench: &mut impl ScannerBench) {
    let scanner = bench.scanner();
    let until = scanner.now() + Duration::from_millis(40);
    let outcome = scanner.next_scan(until);
    let ended = scanner.now();
    assert!(matches!(outcome, Ok(None)), "scanner: nothing by the deadline is None, got {outcome:?}");
    assert!(ended >= until, "scanner: no call gives up before its deadline {until}, gave up at {ended}");
    let late = ended.saturating_since(until);
    assert!(late <= LATE_MAX, "scanner: a call ends at its deadline, was {late:?} late");
}

fn one_code_is_one_record(bench: &mut impl ScannerBench) {
    for (manner, number) in [
        (Manner::AtOnce, "999900000001"),
        (Manner::Split, "999900000002"),
        (Manner::Slow, "999900000003"),
        (Manner::Noisy, "999900000004"),
    ] {
        let payload = format!("{number}|{}", bench.word());
        bench.present(payload.as_bytes(), manner);
        let got = next(bench);
        assert!(is(&got, &payload), "scanner: one code is one record, untouched ({manner:?}), got {got:?}");
        nothing_more(bench, manner);
    }
}

fn half_a_record_stays_for_the_next_call(bench: &mut impl ScannerBench) {
    let payload = "999900000005|a code longer than any glance";
    bench.present(payload.as_bytes(), Manner::Slow);
    let scanner = bench.scanner();
    let got = (0..GLANCES_MAX).find_map(|_| {
        let until = scanner.now() + GLANCE;
        scanner.next_scan(until).transpose()
    });
    let whole = matches!(&got, Some(Ok(scan)) if scan.as_bytes() == payload.as_bytes());
    assert!(whole, "scanner: half a record stays for the next call, got {got:?}");
}

fn two_codes_are_two_records(bench: &mut impl ScannerBench) {
    bench.present_two(b"999900000006", b"999900000007");
    let both = [next(bench), next(bench)];
    let in_order = is(&both[0], "999900000006") && is(&both[1], "999900000007");
    assert!(in_order, "scanner: two codes are two records in their order, got {both:?}");
    nothing_more(bench, Manner::AtOnce);
}

fn a_record_too_long_is_skipped(bench: &mut impl ScannerBench) {
    bench.present_overlong(2 * SCAN_BYTES_MAX);
    let got = next(bench);
    assert!(matches!(got, Err(ScanError::Overrun)), "scanner: a record too long is Overrun, got {got:?}");
    bench.present(b"999900000008", Manner::AtOnce);
    let got = next(bench);
    assert!(is(&got, "999900000008"), "scanner: after a record too long the next one is read, got {got:?}");
}

fn an_unplugged_scanner_says_so(bench: &mut impl ScannerBench) {
    bench.unplug();
    let got = next(bench);
    let fault = got.as_ref().err().and_then(ScanError::fault);
    assert_eq!(fault, Some(Fault::NoDevice), "scanner: an unplugged device is noDevice, got {got:?}");
}

fn next(bench: &mut impl ScannerBench) -> Result<Option<Scan>, ScanError> {
    let scanner = bench.scanner();
    let until = scanner.now() + PATIENCE;
    scanner.next_scan(until)
}

fn nothing_more(bench: &mut impl ScannerBench, manner: Manner) {
    let scanner = bench.scanner();
    let until = scanner.now() + QUIET;
    let got = scanner.next_scan(until);
    assert!(matches!(got, Ok(None)), "scanner: one code is no more than one record ({manner:?}), got {got:?}");
}

fn is(got: &Result<Option<Scan>, ScanError>, payload: &str) -> bool {
    matches!(got, Ok(Some(scan)) if scan.as_bytes() == payload.as_bytes())
}
