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
        LinkAddress::Serial(_) | LinkAddress::Tcp(_) => Ok(connect(link, config.family, Pauses::USUAL)?),
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
    use std::sync::mpsc::sync_channel;

    use kiosk_hal::link::LinkError;
    use kiosk_hal::scanner::Scan;
    use kiosk_hal::uptime::Uptime;

    use super::*;

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
