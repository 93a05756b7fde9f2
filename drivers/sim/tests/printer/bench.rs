//! A printer on the wire in memory, and what tests ask of it.

use std::time::Duration;

use device_sim::memory::MemoryLink;
use device_sim::printer::{Paper, PrinterModel, VirtualPrinter};
use device_sim::wire::Shared;
use kiosk_hal::link::{ByteLink, WriteFailed};

pub const CUT: [u8; 4] = [0x1D, b'V', 66, 0];

pub struct Bench {
    pub printer: Shared<VirtualPrinter>,
    pub link: MemoryLink<VirtualPrinter>,
}

impl Bench {
    pub fn new(model: PrinterModel) -> Self {
        let printer = Shared::new(VirtualPrinter::new(model));
        Self { link: MemoryLink::new(printer.clone()), printer }
    }

    pub fn usb() -> Self {
        Self::new(PrinterModel::usb())
    }

    /// Writes within ten seconds.
    pub fn try_send(&mut self, bytes: &[u8]) -> Result<(), WriteFailed> {
        let until = self.link.now() + Duration::from_secs(10);
        self.link.write(bytes, until)
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    /// What is said within `wait`, until the first silence.
    pub fn heard(&mut self, wait: Duration) -> Vec<u8> {
        let until = self.link.now() + wait;
        let mut heard = Vec::new();
        let mut chunk = [0; 256];
        while let Ok(count) = self.link.read(&mut chunk, until) {
            heard.extend(&chunk[..count]);
        }
        heard
    }

    pub fn ask(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.send(bytes);
        self.heard(Duration::from_millis(5))
    }

    /// The four real-time statuses.
    pub fn statuses(&mut self) -> [u8; 4] {
        [1, 2, 3, 4].map(|n| self.ask(&[0x10, 0x04, n])[0])
    }

    /// The one piece that bytes followed by a cut make.
    pub fn print(&mut self, bytes: &[u8]) -> Paper {
        self.send(bytes);
        self.send(&CUT);
        self.link.idle(Duration::from_secs(20));
        let mut papers = self.printer.with(VirtualPrinter::take_papers);
        assert_eq!(papers.len(), 1);
        papers.remove(0)
    }
}

/// A black picture of `rows` rows, 72 bytes wide (`GS v 0`).
pub fn black(rows: u16) -> Vec<u8> {
    let [low, high] = rows.to_le_bytes();
    let mut bytes = vec![0x1D, b'v', b'0', 0, 72, 0, low, high];
    bytes.resize(8 + usize::from(rows) * 72, 0xFF);
    bytes
}

/// Black rows on a piece of paper.
pub fn black_rows(paper: &Paper) -> usize {
    paper.rows().iter().filter(|row| row.iter().all(|byte| *byte == 0xFF)).count()
}
