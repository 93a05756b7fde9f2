//! The shipped driver on the shipped link: the virtual scanner behind a pty, opened like any serial line.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use device_links::{Flow, OpenError, SerialAddress, SerialLink};
use device_sim::pty::PtyMount;
use device_sim::scanner::{Delivery, VirtualScanner};
use device_sim::wire::Shared;
use kiosk_hal::contract::scanner::{self, Manner, ScannerBench};
use kiosk_hal::fault::Fault;
use kiosk_hal::scanner::{ScanError, Scanner};
use qr_scanner::SerialScanner;
use tempfile::TempDir;

type Checked = Result<(), Box<dyn Error>>;

/// Real time on a busy machine: a stalled simulator must not look like the end of a code.
const IDLE_GAP: Duration = Duration::from_millis(600);

/// An engine, the cable it hangs on and the driver that reads it.
struct Bench {
    scanner: SerialScanner<SerialLink>,
    engine: Shared<VirtualScanner>,
    mount: PtyMount,
    _folder: TempDir,
}

impl Bench {
    fn new() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let engine = Shared::new(VirtualScanner::new(Delivery::AtOnce));
        let mount = PtyMount::new(engine.clone(), &folder.path().join("scanner"))?;
        let scanner = SerialScanner::with_idle_gap(SerialLink::open(&at(&mount))?, IDLE_GAP);
        Ok(Self { scanner, engine, mount, _folder: folder })
    }

    fn show(&self, delivery: Delivery, payloads: &[&[u8]]) {
        self.engine.with(|engine| {
            engine.set_delivery(delivery);
            payloads.iter().for_each(|payload| engine.present(payload));
        });
    }
}

fn at(mount: &PtyMount) -> SerialAddress {
    SerialAddress { path: PathBuf::from(mount.path()), baud: 9_600, flow: Flow::Free }
}

impl ScannerBench for Bench {
    type Scanner = SerialScanner<SerialLink>;

    fn scanner(&mut self) -> &mut Self::Scanner {
        &mut self.scanner
    }

    fn present(&mut self, payload: &[u8], manner: Manner) {
        let delivery = match manner {
            Manner::AtOnce => Delivery::AtOnce,
            Manner::Split => Delivery::Split { at: 5, gap: Duration::from_millis(30) },
            Manner::Slow => Delivery::Baud(9_600),
            Manner::Noisy => Delivery::Noisy,
        };
        self.show(delivery, &[payload]);
    }

    fn present_two(&mut self, first: &[u8], second: &[u8]) {
        self.show(Delivery::Merged, &[first, second]);
    }

    fn present_overlong(&mut self, bytes: usize) {
        self.show(Delivery::Overlong { bytes }, &[b"x"]);
    }

    fn unplug(&mut self) {
        self.mount.unplug();
    }
}

#[test]
fn the_driver_on_a_pty_is_a_scanner() -> Checked {
    scanner::holds(&mut Bench::new()?);
    Ok(())
}

#[test]
fn a_scanner_pulled_out_and_plugged_in_again_is_opened_again_and_reads() -> Checked {
    let mut bench = Bench::new()?;
    bench.mount.unplug();
    let until = bench.scanner.now() + Duration::from_secs(20);
    let gone = bench.scanner.next_scan(until).expect_err("unplugged");
    assert_eq!(gone.fault(), Some(Fault::NoDevice));
    assert!(matches!(gone, ScanError::Link(_)));
    let missing = SerialLink::open(&at(&bench.mount)).expect_err("unplugged");
    assert!(matches!(missing, OpenError::NotFound { .. }), "{missing:?}");

    bench.mount.replug();
    bench.scanner = SerialScanner::new(SerialLink::open(&at(&bench.mount))?);
    bench.show(Delivery::AtOnce, &[b"999900000001"]);
    let until = bench.scanner.now() + Duration::from_secs(20);
    let scan = bench.scanner.next_scan(until)?.ok_or("no record")?;
    assert_eq!(scan.as_bytes(), b"999900000001");
    Ok(())
}
