//! The scanner on a thread of its own: opened, read, and opened again when it went.

use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use device_links::{CameraError, CameraLink, OpenError};
use kiosk_core::event::Event;
use kiosk_hal::fault::Fault;
use kiosk_hal::scanner::Scanner;
use qr_camera::CameraScanner;
use qr_scanner::SerialScanner;

use crate::chain::Chain;
use crate::config::ScannerAddress;

/// How long to wait before a scanner that went is looked for again.
const REOPEN_AFTER: Duration = Duration::from_secs(1);
/// How long one read waits; only a bound on how long the thread is away from its loop.
const READ_FOR: Duration = Duration::from_secs(5);

/// Reads codes until the visit has ended.
pub fn work(address: &ScannerAddress, visit: &SyncSender<Event>) {
    let mut reported = None;
    loop {
        let fault = match open(address) {
            Ok(scanner) => {
                tracing::info!(%address, "scanner online");
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

/// Why the scanner could not be opened.
#[derive(Debug, thiserror::Error)]
enum NotOpened {
    #[error(transparent)]
    Engine(#[from] OpenError),
    #[error(transparent)]
    Camera(#[from] CameraError),
}

impl NotOpened {
    const fn fault(&self) -> Fault {
        match self {
            Self::Engine(error) => error.fault(),
            Self::Camera(error) => error.fault(),
        }
    }
}

fn open(address: &ScannerAddress) -> Result<Box<dyn Scanner>, NotOpened> {
    Ok(match address {
        ScannerAddress::Engine(link) => Box::new(SerialScanner::new(device_links::open(link)?)),
        ScannerAddress::Camera(camera) => Box::new(CameraScanner::new(CameraLink::open(camera)?)),
    })
}

/// Reads until the device fails; `None` when the visit has ended.
fn read_codes(mut scanner: Box<dyn Scanner>, visit: &SyncSender<Event>) -> Option<Fault> {
    loop {
        let until = scanner.now() + READ_FOR;
        match scanner.next_scan(until) {
            Ok(Some(scan)) => visit.send(Event::Scanned(scan)).ok()?,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!("scanner: {}", Chain(&error));
                if let Some(fault) = error.fault() {
                    return Some(fault);
                }
            }
        }
    }
}
