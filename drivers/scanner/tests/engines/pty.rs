//! The shipped driver on the shipped link: virtual scanners of each family behind a pty, opened like any serial line.
//!
//! For HID-POS and keyboards the pty stands for the node: the same bytes, without the kernel's boundaries between
//! reports and events.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use crate::bench::{Bench, Engine, driver, slow, word};
use device_links::{Flow, OpenError, SerialAddress, SerialLink};
use device_sim::pty::PtyMount;
use device_sim::scanner::{Delivery, Make, VirtualScanner, VirtualSsiScanner};
use device_sim::wire::Shared;
use kiosk_hal::contract::scanner;
use kiosk_hal::fault::Fault;
use kiosk_hal::scanner::{ScanError, Scanner};
use qr_scanner::decoder::Pauses;
use qr_scanner::{Family, LinkScanner};

type Checked = Result<(), Box<dyn Error>>;
type OnPty<E> = Bench<LinkScanner<SerialLink>, E>;

/// Real time on a busy machine: a stalled simulator must not look like the end of a code.
const PATIENT: Pauses = Pauses { idle_gap: Duration::from_millis(600), part_gap: Duration::from_secs(15) };

/// Far enough away never to be the reason for anything.
const SOON: Duration = Duration::from_secs(20);

/// A bench and what its mount needs to live.
struct Mounted<E> {
    bench: OnPty<E>,
    address: SerialAddress,
    mount: std::rc::Rc<PtyMount>,
    _folder: tempfile::TempDir,
}

fn mounted<E: Engine>(family: Family, engine: E) -> Result<Mounted<E>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Shared::new(engine);
    let mount = std::rc::Rc::new(PtyMount::new(engine.clone(), &folder.path().join("scanner"))?);
    let address = SerialAddress { path: PathBuf::from(mount.path()), baud: 9_600, flow: Flow::Free };
    let scanner = driver(SerialLink::open(&address)?, family, PATIENT);
    let plug = std::rc::Rc::clone(&mount);
    let bench =
        Bench { scanner, engine, word: word(family), slow: slow(family), pull: Box::new(move |_| plug.unplug()) };
    Ok(Mounted { bench, address, mount, _folder: folder })
}

/// The contract, and then the plug put back.
fn is_a_scanner<E: Engine>(family: Family, engine: E) -> Checked {
    let mut mounted = mounted(family, engine)?;
    scanner::holds(&mut mounted.bench);
    let missing = SerialLink::open(&mounted.address).expect_err("unplugged");
    assert!(matches!(missing, OpenError::NotFound { .. }), "{missing:?}");

    mounted.mount.replug();
    let Mounted { bench, address, .. } = &mut mounted;
    bench.scanner = driver(SerialLink::open(address)?, family, PATIENT);
    bench.show(Delivery::AtOnce, &[b"999900000001"]);
    let until = bench.scanner.now() + SOON;
    let scan = bench.scanner.next_scan(until)?.ok_or("no record after the plug was put back")?;
    assert_eq!(scan.as_bytes(), b"999900000001");
    Ok(())
}

#[test]
fn a_plain_engine_on_a_pty_is_a_scanner() -> Checked {
    is_a_scanner(Family::Plain, VirtualScanner::of(Make::Plain, Delivery::AtOnce))
}

#[test]
fn a_gm65_on_a_pty_is_a_scanner() -> Checked {
    is_a_scanner(Family::Gm65, VirtualScanner::of(Make::Gm65, Delivery::AtOnce))
}

#[test]
fn a_honeywell_on_a_pty_is_a_scanner() -> Checked {
    is_a_scanner(Family::Honeywell, VirtualScanner::of(Make::Honeywell, Delivery::AtOnce))
}

#[test]
fn a_newland_on_a_pty_is_a_scanner() -> Checked {
    is_a_scanner(Family::Newland, VirtualScanner::of(Make::Newland, Delivery::AtOnce))
}

#[test]
fn a_zebra_in_ssi_on_a_pty_is_a_scanner() -> Checked {
    is_a_scanner(Family::ZebraSsi, VirtualSsiScanner::new(Delivery::AtOnce))
}

#[test]
fn the_reports_of_a_hid_pos_scanner_on_a_pty_are_a_scanner() -> Checked {
    is_a_scanner(Family::HidPos, VirtualScanner::of(Make::HidPos, Delivery::AtOnce))
}

#[test]
fn the_keys_of_a_keyboard_scanner_on_a_pty_are_a_scanner() -> Checked {
    is_a_scanner(Family::Keyboard, VirtualScanner::of(Make::Keyboard, Delivery::AtOnce))
}

#[test]
fn a_scanner_pulled_out_is_no_device() -> Checked {
    let mut mounted = mounted(Family::Plain, VirtualScanner::new(Delivery::AtOnce))?;
    mounted.mount.unplug();
    let until = mounted.bench.scanner.now() + SOON;
    let gone = mounted.bench.scanner.next_scan(until).expect_err("unplugged");
    assert_eq!(gone.fault(), Some(Fault::NoDevice));
    assert!(matches!(gone, ScanError::Link(_)));
    Ok(())
}
