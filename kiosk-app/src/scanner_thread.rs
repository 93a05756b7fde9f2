//! The scanner on a thread of its own: opened, read, and opened again when it went.

use std::thread;
use std::time::Duration;

use device_links::{CameraError, CameraLink, LinkAddress, Nodes, OpenError};
use kiosk_core::event::Event;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::scanner::{ScanError, Scanner};
use qr_camera::CameraScanner;
use qr_scanner::decoder::Pauses;
use qr_scanner::{ConnectError, Family, FamilyError, LineFamily, LinkScanner, connect};

use crate::chain::Chain;
use crate::config::{ScannerAddress, ScannerConfig};
use crate::states::Device;
use crate::watched::DeviceWork;
use crate::wiring::{Desk, Tap};

/// How long to wait before a scanner that went is looked for again.
const REOPEN_AFTER: Duration = Duration::from_secs(1);
/// How long one read waits; only a bound on how long the thread is away from its loop.
const READ_FOR: Duration = Duration::from_secs(5);

/// Why the scanner cannot be read yet.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("the scanner's link")]
    Open(#[from] OpenError),
    #[error("the scanner on its line")]
    Connect(#[from] ConnectError),
    #[error("the scanner on its node")]
    Family(#[from] FamilyError),
    #[error("the camera")]
    Camera(#[from] CameraError),
}

impl StartError {
    const fn fault(&self) -> Fault {
        match self {
            Self::Open(cause) => cause.fault(),
            Self::Camera(cause) => cause.fault(),
            Self::Connect(ConnectError::Detect(cause)) => cause.fault(),
            Self::Connect(_) | Self::Family(_) => Fault::Unsupported,
        }
    }
}

/// The scanner's thread with what it is wired to.
pub struct ScannerWork {
    /// Where the scanner is.
    pub config: ScannerConfig,
    /// Whom it tells.
    pub desk: Desk,
    /// Where a technician's test listens.
    pub tap: Tap,
}

impl DeviceWork for ScannerWork {
    fn work(&mut self) {
        work(&self.config, &self.desk, &self.tap);
    }

    fn fallen(&mut self) {
        // A visit that has ended needs no fault.
        let _ended = changed(&self.desk, Err(Fault::HardwareError));
    }
}

fn changed(desk: &Desk, state: Result<(), Fault>) -> Option<()> {
    desk.states.tell(Device::Scanner, state);
    desk.visit.send(Event::ScannerChanged(state)).ok()
}

/// Reads codes until the visit has ended.
fn work(config: &ScannerConfig, desk: &Desk, tap: &Tap) {
    let address = &config.link;
    let mut reported = None;
    loop {
        desk.pulse.beat();
        let fault = match start(config) {
            Ok(mut scanner) => {
                if changed(desk, Ok(())).is_none() {
                    return;
                }
                reported = None;
                match read_codes(scanner.as_mut(), desk, tap) {
                    Some(fault) => fault,
                    None => return,
                }
            }
            Err(error) => {
                if reported.is_none() {
                    tracing::warn!(%address, "scanner not opened: {}", Chain(&error));
                }
                error.fault()
            }
        };
        if reported != Some(fault) {
            reported = Some(fault);
            if changed(desk, Err(fault)).is_none() {
                return;
            }
        }
        thread::sleep(REOPEN_AFTER);
    }
}

/// The scanner where the configuration says it is.
fn start(config: &ScannerConfig) -> Result<Box<dyn Scanner>, StartError> {
    let address = &config.link;
    match address {
        ScannerAddress::Engine(link) => {
            let scanner = engine(link, config.family)?;
            tracing::info!(%address, family = %scanner.family(), "scanner online");
            Ok(Box::new(scanner))
        }
        ScannerAddress::Camera(camera) => {
            let scanner = CameraScanner::new(CameraLink::open(camera)?);
            tracing::info!(%address, "camera online");
            Ok(Box::new(scanner))
        }
    }
}

/// A node says what it is by its kind; a line is asked or told.
fn engine(address: &LinkAddress, family: LineFamily) -> Result<LinkScanner<Box<dyn ByteLink>>, StartError> {
    let link = device_links::open(address)?;
    match address {
        LinkAddress::Serial(_) | LinkAddress::UsbLp(_) | LinkAddress::Tcp(_) => {
            Ok(connect(link, family, Pauses::USUAL)?)
        }
        LinkAddress::Keyboard(_) => Ok(LinkScanner::of(link, Family::Keyboard, None, Pauses::USUAL)?),
        LinkAddress::Hidraw(node) => {
            let descriptor = Nodes::system().report_descriptor(node)?;
            Ok(LinkScanner::of(link, Family::HidPos, Some(&descriptor), Pauses::USUAL)?)
        }
    }
}

/// Reads until the device fails; `None` when the visit has ended.
///
/// A scanner in keyboard mode that was shown a card counts as unfit until it reads something: patients are sent to the
/// desk, as without a scanner, and staff find in the log how to set it.
fn read_codes(scanner: &mut dyn Scanner, desk: &Desk, tap: &Tap) -> Option<Fault> {
    let mut unfit = false;
    loop {
        desk.pulse.beat();
        let until = scanner.now() + READ_FOR;
        match scanner.next_scan(until) {
            Ok(Some(scan)) => {
                if std::mem::take(&mut unfit) {
                    changed(desk, Ok(()))?;
                }
                if !tap.takes(&scan) {
                    desk.visit.send(Event::Scanned(scan)).ok()?;
                }
                desk.counters.scanned();
            }
            Ok(None) => {}
            Err(ScanError::LettersLost) if unfit => {}
            Err(error @ ScanError::LettersLost) => {
                tracing::warn!("scanner: {}", Chain(&error));
                unfit = true;
                changed(desk, Err(Fault::Unsupported))?;
            }
            Err(error) => {
                tracing::warn!("scanner: {}", Chain(&error));
                if let Some(fault) = error.fault() {
                    return Some(fault);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::mpsc::{Receiver, sync_channel};

    use device_sim::pty::PtyMount;
    use device_sim::scanner::{Delivery, Make, VirtualScanner, VirtualSsiScanner};
    use device_sim::wire::{Device, Shared};
    use kiosk_hal::link::LinkError;
    use kiosk_hal::scanner::Scan;
    use kiosk_hal::uptime::Uptime;

    use super::*;

    /// Far enough away never to be the reason for anything.
    const SOON: Duration = Duration::from_secs(60);

    /// Skips what comes before it; the thread may look for a lost scanner more than once.
    fn wait_for(events: &Receiver<Event>, wanted: impl Fn(&Event) -> bool) -> bool {
        std::iter::from_fn(|| events.recv_timeout(SOON).ok()).any(|event| wanted(&event))
    }

    fn unplugged_and_plugged_in_again<D: Device + 'static>(family: &str, engine: D, present: fn(&mut D)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scanner");
        let engine = Shared::new(engine);
        let mount = PtyMount::new(engine.clone(), &path).unwrap();
        let link = format!("serial:{}@9600", path.display()).parse().unwrap();
        let config = ScannerConfig { link, family: family.parse().unwrap() };
        let (visit, events) = sync_channel(16);
        let desk = Desk::for_test(visit, folder.path());
        thread::spawn(move || work(&config, &desk, &Tap::default()));

        for round in ["first", "second"] {
            assert!(wait_for(&events, |event| matches!(event, Event::ScannerChanged(Ok(())))), "{family}: {round} on");
            engine.with(present);
            assert!(wait_for(&events, |event| matches!(event, Event::Scanned(_))), "{family}: {round} scan");
            mount.unplug();
            assert!(wait_for(&events, |event| matches!(event, Event::ScannerChanged(Err(_)))), "{family}: {round} off");
            mount.replug();
        }
    }

    #[test]
    fn a_scanner_of_each_serial_family_that_was_unplugged_is_read_again_without_a_restart() {
        thread::scope(|families| {
            for (family, make) in [
                ("plain", Make::Plain),
                ("gm65", Make::Gm65),
                ("honeywell", Make::Honeywell),
                ("newland", Make::Newland),
            ] {
                families.spawn(move || {
                    let engine = VirtualScanner::of(make, Delivery::AtOnce);
                    unplugged_and_plugged_in_again(family, engine, |engine| engine.present(b"999900000001"));
                });
            }
            let zebra = VirtualSsiScanner::new(Delivery::AtOnce);
            unplugged_and_plugged_in_again("zebra-ssi", zebra, |engine| engine.present(b"999900000001"));
        });
    }

    /// A scanner that has these results and then is unplugged.
    struct Told(VecDeque<Result<Option<Scan>, ScanError>>);

    impl Scanner for Told {
        fn now(&self) -> Uptime {
            Uptime::ZERO
        }

        fn next_scan(&mut self, _until: Uptime) -> Result<Option<Scan>, ScanError> {
            self.0.pop_front().unwrap_or(Err(ScanError::Link(LinkError::Gone)))
        }
    }

    #[test]
    fn a_scanner_that_loses_letters_is_unfit_once_and_fit_again_when_it_reads() {
        let number = || Ok(Scan::new(b"999900000001".to_vec()));
        let lost = || Err(ScanError::LettersLost);
        let (visit, events) = sync_channel(16);
        let mut told = Told([lost(), lost(), Ok(None), number(), number(), lost()].into());
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::for_test(visit, folder.path());
        assert_eq!(read_codes(&mut told, &desk, &Tap::default()), Some(Fault::NoDevice));
        drop(desk);
        let seen: Vec<_> = events
            .iter()
            .map(|event| if let Event::ScannerChanged(state) = event { Some(state.is_ok()) } else { None })
            .collect();
        assert_eq!(seen, [Some(false), Some(true), None, None, Some(false)], "None is a scan");
    }
}
