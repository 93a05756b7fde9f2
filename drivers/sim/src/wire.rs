//! What a model is to its wire, and the handle by which both the wire and a person's hand reach it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kiosk_hal::uptime::Uptime;

/// A model of a device: bytes in, bytes out, time as an argument.
///
/// A wire calls [`Device::transmit`] first at each moment, because that is what moves the model on to `now`; the
/// other questions are answered for the moment reached. `now` never goes back.
pub trait Device: Send {
    /// Takes bytes the host has sent. A wire passes at most [`Device::accepts`] bytes; what is beyond that is lost, as
    /// on a line without flow control.
    fn receive(&mut self, bytes: &[u8], now: Uptime);

    /// Moves the model on to `now` and hands over what it has sent by then, each byte once.
    fn transmit(&mut self, now: Uptime) -> Vec<u8>;

    /// When something next happens by itself; `None` = not before bytes arrive or a lever is pulled.
    fn wake(&self, now: Uptime) -> Option<Uptime>;

    /// Bytes the device takes at this moment. 0 = flow control holds the host.
    fn accepts(&self, now: Uptime) -> usize;

    /// `false` once the device is unplugged: the link is gone, not silent.
    fn attached(&self) -> bool;
}

/// A device and the latest moment any wire has shown it.
#[derive(Debug)]
pub(crate) struct Wired<D> {
    pub(crate) device: D,
    pub(crate) latest: Uptime,
}

impl<D: Device> Wired<D> {
    /// Moves the device on to `now` and takes what it has sent.
    pub(crate) fn transmit(&mut self, now: Uptime) -> Vec<u8> {
        self.latest = self.latest.max(now);
        self.device.transmit(now)
    }

    /// Hands over what the device takes of `bytes`; the count is 0 while flow control holds.
    pub(crate) fn offer(&mut self, bytes: &[u8], now: Uptime) -> usize {
        let count = self.device.accepts(now).min(bytes.len());
        if let Some(taken) = bytes.get(..count).filter(|taken| !taken.is_empty()) {
            self.device.receive(taken, now);
        }
        count
    }
}

/// A handle on a device that is mounted on a wire. Clones reach the same device.
///
/// ```
/// use device_sim::scanner::{Delivery, VirtualScanner};
/// use device_sim::wire::Shared;
///
/// let scanner = Shared::new(VirtualScanner::new(Delivery::AtOnce));
/// scanner.with(|it| it.present(b"999900000001"));
/// ```
#[derive(Debug)]
pub struct Shared<D>(Arc<Mutex<Wired<D>>>);

impl<D> Clone for Shared<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D> Shared<D> {
    /// Puts `device` where several may reach it.
    pub fn new(device: D) -> Self {
        Self(Arc::new(Mutex::new(Wired { device, latest: Uptime::ZERO })))
    }

    /// Pulls a lever or looks at the device. Keep `act` short: the wire waits meanwhile.
    pub fn with<T>(&self, act: impl FnOnce(&mut D) -> T) -> T {
        act(&mut self.wired().device)
    }

    /// The latest moment a wire has shown the device. A new mount goes on from here, so that time never goes back.
    #[must_use]
    pub fn latest(&self) -> Uptime {
        self.wired().latest
    }

    pub(crate) fn wired(&self) -> MutexGuard<'_, Wired<D>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
