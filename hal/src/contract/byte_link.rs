//! What every [`ByteLink`] promises.

use std::time::Duration;

use crate::link::{ByteLink, LinkError};
use crate::uptime::Uptime;

/// How late an operation may end after its deadline: the granularity of a busy machine, not of the link.
pub const LATE_MAX: Duration = Duration::from_secs(5);

/// Far enough away never to be the reason for anything, and the longest a failing link can hold up its test.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a link is left without bytes.
const SILENCE: Duration = Duration::from_millis(40);

/// Writes after a hang-up until one must have failed: the system may take a few before it hears of it (TCP).
const WRITES_AFTER_HANG_UP_MAX: usize = 50;

/// A link under test and the device at its other end.
pub trait ByteLinkBench {
    /// The link's type.
    type Link: ByteLink;

    /// The link.
    fn link(&mut self) -> &mut Self::Link;

    /// The device sends `bytes`, at most 512 at a time.
    fn send(&mut self, bytes: &[u8]);

    /// The next `count` bytes the device receives; fewer when they do not come.
    fn received(&mut self, count: usize) -> Vec<u8>;

    /// The device leaves: unplugged, hung up.
    fn hang_up(&mut self);
}

/// Checks all promises of a link. The device is gone afterwards.
///
/// # Panics
/// With the name of the first promise that does not hold.
pub fn holds(bench: &mut impl ByteLinkBench) {
    silence_ends_at_the_deadline(bench);
    bytes_pass_unchanged(bench);
    a_read_returns_what_there_is(bench);
    what_does_not_fit_stays(bench);
    a_device_that_left_is_gone(bench);
}

fn silence_ends_at_the_deadline(bench: &mut impl ByteLinkBench) {
    let link = bench.link();
    let before = link.now();
    let until = before + SILENCE;
    let outcome = link.read(&mut [0; 8], until);
    let after = link.now();
    assert!(matches!(outcome, Err(LinkError::TimedOut)), "byte link: silence is TimedOut, got {outcome:?}");
    assert!(after >= until, "byte link: no read gives up before its deadline {until}, gave up at {after}");
    let late = after.saturating_since(until);
    assert!(late <= LATE_MAX, "byte link: a read ends at its deadline, was {late:?} late");
    let outcome = link.read(&mut [0; 8], before);
    assert!(matches!(outcome, Err(LinkError::TimedOut)), "byte link: a deadline in the past waits for nothing");
}

fn bytes_pass_unchanged(bench: &mut impl ByteLinkBench) {
    let all: Vec<u8> = (0..=255).collect();
    bench.send(&all);
    let got = read_exactly(bench.link(), all.len());
    assert_eq!(got, all, "byte link: every byte value comes in unchanged and in order");

    let until = bench.link().now() + PATIENCE;
    let outcome = bench.link().write(&all, until);
    assert!(outcome.is_ok(), "byte link: a write with time enough succeeds, got {outcome:?}");
    assert_eq!(bench.received(all.len()), all, "byte link: every byte value goes out unchanged and in order");
}

fn a_read_returns_what_there_is(bench: &mut impl ByteLinkBench) {
    bench.send(b"7");
    let link = bench.link();
    let until = link.now() + PATIENCE;
    let outcome = link.read(&mut [0; 64], until);
    assert!(matches!(outcome, Ok(1)), "byte link: a read returns what has arrived, got {outcome:?}");
    assert!(link.now() < until, "byte link: a read does not wait for its buffer to fill");
}

fn what_does_not_fit_stays(bench: &mut impl ByteLinkBench) {
    bench.send(b"abcdef");
    let link = bench.link();
    let mut pieces = Vec::new();
    while pieces.len() < 6 {
        let mut two = [0; 2];
        let until = link.now() + PATIENCE;
        let outcome = link.read(&mut two, until);
        let count = *outcome.as_ref().unwrap_or(&0);
        assert!((1..=2).contains(&count), "byte link: what does not fit stays for the next read, got {outcome:?}");
        pieces.extend(two.into_iter().take(count));
    }
    assert_eq!(pieces, b"abcdef", "byte link: what does not fit stays for the next read, in order");
}

fn a_device_that_left_is_gone(bench: &mut impl ByteLinkBench) {
    bench.hang_up();
    let link = bench.link();
    let until = link.now() + PATIENCE;
    let outcome = link.read(&mut [0; 8], until);
    assert!(matches!(outcome, Err(LinkError::Gone)), "byte link: a device that left is Gone, got {outcome:?}");
    assert!(link.now() < until, "byte link: a device that left is noticed before the deadline");
    assert!(
        (0..WRITES_AFTER_HANG_UP_MAX).any(|_| write_finds_it_gone(link, until)),
        "byte link: a write to a device that left is Gone"
    );
}

fn write_finds_it_gone(link: &mut impl ByteLink, until: Uptime) -> bool {
    link.write(b"x", until).is_err_and(|failed| matches!(failed.cause, LinkError::Gone))
}

fn read_exactly(link: &mut impl ByteLink, count: usize) -> Vec<u8> {
    let until = link.now() + PATIENCE;
    let mut got = Vec::new();
    let mut chunk = [0; 64];
    while got.len() < count {
        match link.read(&mut chunk, until) {
            Ok(read) => got.extend(chunk.into_iter().take(read)),
            Err(_) => return got,
        }
    }
    got
}
