//! Scanners that speak USB HID Point of Sale (usage page 8C, HID Point of Sale Usage Tables 1.02, section 3).
//!
//! The stream is input reports one after the other, each as long as the report descriptor says: what a hidraw node
//! delivers. There is no line noise on USB; reports about anything else than a code are passed over.

mod descriptor;

use std::fmt;

use kiosk_hal::uptime::Uptime;
use zeroize::Zeroize;

use crate::decoder::{Decoder, Pauses};
use crate::reassembly::{Part, Reassembly};
use crate::record::{Framed, Records};
pub use descriptor::{DESCRIPTOR_BYTES_MAX, Layout, LayoutError, REPORT_BYTES_MAX};

/// Reports in, records out.
///
/// A code longer than one report comes in several, all but the last marked "continued". A report cut short, or one
/// whose id the descriptor does not have, ends with the silence after it.
pub struct HidPos {
    layout: Layout,
    pauses: Pauses,
    report: Vec<u8>,
    last_byte: Uptime,
    /// The bytes that come begin no report.
    lost: bool,
    code: Reassembly,
    records: Records,
}

impl HidPos {
    /// A decoder for the reports `layout` describes.
    #[must_use]
    pub fn new(layout: Layout, pauses: Pauses) -> Self {
        Self {
            layout,
            pauses,
            report: Vec::with_capacity(REPORT_BYTES_MAX),
            last_byte: Uptime::ZERO,
            lost: false,
            code: Reassembly::new(pauses.part_gap),
            records: Records::default(),
        }
    }

    fn byte(&mut self, byte: u8, now: Uptime) {
        if self.lost {
            return;
        }
        self.report.push(byte);
        match self.report.first().and_then(|first| self.layout.report_bytes(*first)) {
            Some(length) if self.report.len() >= length => self.take_report(now),
            Some(_) => {}
            None => {
                self.report.zeroize();
                self.lost = true;
            }
        }
    }

    fn take_report(&mut self, now: Uptime) {
        let framed = self.layout.code(&self.report).and_then(|code| {
            let part = if code.more { Part::More } else { Part::Last };
            self.code.part(code.data, part, now)
        });
        self.report.zeroize();
        match framed {
            Some(Framed::Record(scan)) => self.records.deliver(scan, now),
            Some(other @ (Framed::Overrun | Framed::LettersLost)) => self.records.report(other),
            None => {}
        }
    }

    fn end_of_input(&mut self, now: Uptime) {
        if now.saturating_since(self.last_byte) >= self.pauses.idle_gap {
            self.report.zeroize();
            self.lost = false;
        }
    }
}

impl Decoder for HidPos {
    fn push(&mut self, bytes: &[u8], now: Uptime) {
        if self.lost {
            self.end_of_input(now);
        }
        for byte in bytes {
            self.byte(*byte, now);
        }
        self.last_byte = now;
    }

    fn poll(&mut self, now: Uptime) {
        self.end_of_input(now);
        self.code.forget_if_late(now);
        self.records.forget_repeats(now);
    }

    fn wake(&self) -> Option<Uptime> {
        let unfinished = self.lost || !self.report.is_empty();
        let silence = unfinished.then(|| self.last_byte + self.pauses.idle_gap);
        [silence, self.code.wake()].into_iter().flatten().min()
    }

    fn next(&mut self) -> Option<Framed> {
        self.records.next()
    }

    fn reset(&mut self) {
        self.report.zeroize();
        self.lost = false;
        self.code.reset();
    }
}

impl Drop for HidPos {
    fn drop(&mut self) {
        self.report.zeroize();
    }
}

impl fmt::Debug for HidPos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HidPos")
            .field("report_bytes", &self.report.len())
            .field("code", &self.code)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}
