//! What is done for a live frame and for a still picture.

use kiosk_hal::frame::GreyFrame;
use kiosk_hal::scanner::Scan;

use crate::search::{Pass, Plan, Search, Versions};
use crate::work::Work;

/// Most units of work for a live frame: some 63 million instructions, which a core four times slower than a desktop core
/// of 2020 does between two frames of 33 ms.
pub const LIVE_WORK_MAX: u64 = 2_100_000;

/// Most units of work for a still picture: a hundred live frames' worth.
pub const STILL_WORK_MAX: u64 = 200_000_000;

/// What is tried for one live frame after the other: blurred codes are looked for in turns at full and at half the size
/// first, should the work not be enough for both.
const LIVE: [Plan<'static>; 2] = [
    live(&[Pass::Whole, Pass::Half, Pass::Sharp, Pass::SharpHalf, Pass::Smooth, Pass::Quarter]),
    live(&[Pass::Whole, Pass::Half, Pass::SharpHalf, Pass::Sharp, Pass::Smooth, Pass::Quarter]),
];

const fn live(passes: &'static [Pass]) -> Plan<'static> {
    Plan { passes, row_step: 3, triples_max: 8, version_reach: 1, versions_max: 2 }
}

const STILL: Plan<'static> = Plan {
    passes: &[Pass::Whole, Pass::Half, Pass::Sharp, Pass::SharpHalf, Pass::Quarter, Pass::Smooth, Pass::Double],
    row_step: 1,
    triples_max: 60,
    version_reach: 2,
    versions_max: 2,
};

/// The codes found in a frame and what it took.
#[derive(Debug)]
pub struct Outcome {
    /// The payloads, bytes as encoded, each once, at most [`CODES_MAX`](crate::CODES_MAX).
    pub codes: Vec<Scan>,
    /// Codes whose payload is longer than a scan may be ([`SCAN_BYTES_MAX`](kiosk_hal::scanner::SCAN_BYTES_MAX)).
    pub too_long: usize,
    /// Units of work done: of [`LIVE_WORK_MAX`] or [`STILL_WORK_MAX`] at most.
    pub work: u64,
}

/// Reads live frames, each within [`LIVE_WORK_MAX`].
#[derive(Debug, Default)]
pub struct Reader {
    frames: usize,
    known: Versions,
}

impl Reader {
    /// A reader that has seen no frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The codes in the next frame of a stream. The ways in which it is searched differ from frame to frame.
    #[must_use]
    pub fn read(&mut self, frame: &GreyFrame) -> Outcome {
        let plan = &LIVE[self.frames % LIVE.len()];
        self.frames = self.frames.wrapping_add(1);
        carry_out(frame, plan, &mut self.known, LIVE_WORK_MAX)
    }
}

/// The codes in a still picture, searched in every way within [`STILL_WORK_MAX`].
#[must_use]
pub fn read_still(frame: &GreyFrame) -> Outcome {
    carry_out(frame, &STILL, &mut Versions::default(), STILL_WORK_MAX)
}

fn carry_out(frame: &GreyFrame, plan: &Plan<'_>, known: &mut Versions, limit: u64) -> Outcome {
    let mut work = Work::up_to(limit);
    let (codes, too_long) = Search::new(frame, known).carry_out(plan, &mut work);
    Outcome { codes, too_long, work: work.done() }
}
