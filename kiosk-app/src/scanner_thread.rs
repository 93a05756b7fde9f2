//! The scanner on a thread of its own: opened, read, and opened again when it went.

use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use device_links::{LinkAddress, Nodes, OpenError};
use kiosk_core::event::Event;
use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::scanner::{ScanError, Scanner};
use qr_scanner::decoder::Pauses;
use qr_scanner::{ConnectError, Family, FamilyError, LinkScanner, connect};

use crate::chain::Chain;
use crate::config::ScannerConfig;

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
}

impl StartError {
    const fn fault(&self) -> Fault {
        match self {
            Self::Open(cause) => cause.fault(),
            Self::Connect(ConnectError::Detect(cause)) => cause.fault(),
            Self::Connect(_) | Self::Family(_) => Fault::Unsupported,
        }
    }
}

/// Reads codes until the visit has ended.
pub fn work(config: &ScannerConfig, visit: &SyncSender<Event>) {
    let address = &config.link;
    let mut reported = None;
    loop {
        let fault = match start(config) {
            Ok(scanner) => {
                tracing::info!(%address, family = %scanner.family(), "scanner online");
                if visit.send(Event::ScannerChanged(Ok(()))).is_err() {
                    return;
                }
                reported = None;
                match read_codes(scanner, visit) {
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
            if visit.send(Event::ScannerChanged(Err(fault))).is_err() {
                return;
            }
        }
        thread::sleep(REOPEN_AFTER);
    }
}

/// The scanner where the configuration says it is. A node says what it is by its kind; a line is asked or told.
fn start(config: &ScannerConfig) -> Result<LinkScanner<Box<dyn ByteLink>>, StartError> {
    let link = device_links::open(&config.link)?;
    match &config.link {
        LinkAddress::Serial(_) | LinkAddress::UsbLp(_) | LinkAddress::Tcp(_) => {
            Ok(connect(link, config.family, Pauses::USUAL)?)
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
fn read_codes(mut scanner: impl Scanner, visit: &SyncSender<Event>) -> Option<Fault> {
    let mut unfit = false;
    loop {
        let until = scanner.now() + READ_FOR;
        match scanner.next_scan(until) {
            Ok(Some(scan)) => {
                if std::mem::take(&mut unfit) {
                    visit.send(Event::ScannerChanged(Ok(()))).ok()?;
                }
                visit.send(Event::Scanned(scan)).ok()?;
            }
            Ok(None) => {}
            Err(ScanError::LettersLost) if unfit => {}
            Err(error @ ScanError::LettersLost) => {
                tracing::warn!("scanner: {}", Chain(&error));
                unfit = true;
                visit.send(Event::ScannerChanged(Err(Fault::Unsupported))).ok()?;
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
        thread::spawn(move || work(&config, &visit));

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
        let told = Told([lost(), lost(), Ok(None), number(), number(), lost()].into());
        assert_eq!(read_codes(told, &visit), Some(Fault::NoDevice));
        drop(visit);
        let seen: Vec<_> = events
            .iter()
            .map(|event| if let Event::ScannerChanged(state) = event { Some(state.is_ok()) } else { None })
            .collect();
        assert_eq!(seen, [Some(false), Some(true), None, None, Some(false)], "None is a scan");
    }
}
