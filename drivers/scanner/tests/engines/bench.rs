//! One bench for every family: the shipped driver, the virtual engine and the hand that holds codes up.

use std::time::Duration;

use device_sim::scanner::{Delivery, HID_POS_DESCRIPTOR, Make, VirtualScanner, VirtualSsiScanner};
use device_sim::wire::{Device, Shared};
use kiosk_hal::contract::scanner::{Manner, ScannerBench};
use kiosk_hal::link::ByteLink;
use kiosk_hal::scanner::Scanner;
use qr_scanner::decoder::Pauses;
use qr_scanner::{Family, LinkScanner};

/// A virtual engine of any kind.
pub trait Engine: Device + 'static {
    fn deliver(&mut self, delivery: Delivery);
    fn hold_up(&mut self, payload: &[u8]);
    fn pull_out(&mut self);
}

impl Engine for VirtualScanner {
    fn deliver(&mut self, delivery: Delivery) {
        self.set_delivery(delivery);
    }
    fn hold_up(&mut self, payload: &[u8]) {
        self.present(payload);
    }
    fn pull_out(&mut self) {
        self.unplug();
    }
}

impl Engine for VirtualSsiScanner {
    fn deliver(&mut self, delivery: Delivery) {
        self.set_delivery(delivery);
    }
    fn hold_up(&mut self, payload: &[u8]) {
        self.present(payload);
    }
    fn pull_out(&mut self) {
        self.unplug();
    }
}

/// Every family that waits for no acknowledgement, with the make that speaks it.
pub const MAKES: [(Family, Make); 6] = [
    (Family::Plain, Make::Plain),
    (Family::Gm65, Make::Gm65),
    (Family::Honeywell, Make::Honeywell),
    (Family::Newland, Make::Newland),
    (Family::HidPos, Make::HidPos),
    (Family::Keyboard, Make::Keyboard),
];

/// The shipped driver for a family on any link.
pub fn driver<L: ByteLink>(link: L, family: Family, pauses: Pauses) -> LinkScanner<L> {
    LinkScanner::of(link, family, Some(HID_POS_DESCRIPTOR), pauses).expect("the virtual scanner's own descriptor")
}

/// How the plug is pulled.
pub type Pull<E> = Box<dyn FnMut(&Shared<E>)>;

/// The driver under test and the engine it talks to.
pub struct Bench<S, E> {
    pub scanner: S,
    pub engine: Shared<E>,
    /// Letters the family can carry.
    pub word: &'static str,
    /// Line rate of a slow delivery, in baud.
    pub slow: u32,
    pub pull: Pull<E>,
}

/// The letters a family can carry.
pub const fn word(family: Family) -> &'static str {
    match family {
        Family::Keyboard => "Mau",
        Family::Plain | Family::Gm65 | Family::Honeywell | Family::Newland | Family::ZebraSsi | Family::HidPos => "Mẫu",
    }
}

/// 9600 baud, the usual default; a keyboard takes some 140 bytes of events for a letter.
pub const fn slow(family: Family) -> u32 {
    match family {
        Family::Keyboard => 921_600,
        Family::Plain | Family::Gm65 | Family::Honeywell | Family::Newland | Family::ZebraSsi | Family::HidPos => 9_600,
    }
}

impl<S: Scanner, E: Engine> ScannerBench for Bench<S, E> {
    type Scanner = S;

    fn scanner(&mut self) -> &mut S {
        &mut self.scanner
    }

    fn word(&self) -> &'static str {
        self.word
    }

    fn present(&mut self, payload: &[u8], manner: Manner) {
        let delivery = match manner {
            Manner::AtOnce => Delivery::AtOnce,
            Manner::Split => Delivery::Split { at: 5, gap: Duration::from_millis(30) },
            Manner::Slow => Delivery::Baud(self.slow),
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
        (self.pull)(&self.engine);
    }
}

impl<S, E: Engine> Bench<S, E> {
    pub fn show(&self, delivery: Delivery, payloads: &[&[u8]]) {
        self.engine.with(|engine| {
            engine.deliver(delivery);
            payloads.iter().for_each(|payload| engine.hold_up(payload));
        });
    }
}
