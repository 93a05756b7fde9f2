//! The wire in memory keeps the promises of every byte link.

use device_sim::memory::MemoryLink;
use device_sim::wire::{Device, Shared};
use kiosk_hal::contract::byte_link::{self, ByteLinkBench};
use kiosk_hal::uptime::Uptime;

/// Bytes the device takes at a time: fewer than the contract writes, so that flow control is part of it.
const ACCEPTS_BYTES: usize = 100;

/// A device that says what the test says and keeps what it hears.
struct Tap {
    to_say: Vec<u8>,
    heard: Vec<u8>,
    plugged: bool,
}

impl Device for Tap {
    fn receive(&mut self, bytes: &[u8], _now: Uptime) {
        self.heard.extend_from_slice(bytes);
    }
    fn transmit(&mut self, _now: Uptime) -> Vec<u8> {
        std::mem::take(&mut self.to_say)
    }
    fn wake(&self, _now: Uptime) -> Option<Uptime> {
        None
    }
    fn accepts(&self, _now: Uptime) -> usize {
        ACCEPTS_BYTES
    }
    fn attached(&self) -> bool {
        self.plugged
    }
}

struct Bench {
    device: Shared<Tap>,
    link: MemoryLink<Tap>,
}

impl ByteLinkBench for Bench {
    type Link = MemoryLink<Tap>;

    fn link(&mut self) -> &mut MemoryLink<Tap> {
        &mut self.link
    }
    fn send(&mut self, bytes: &[u8]) {
        self.device.with(|tap| tap.to_say.extend_from_slice(bytes));
    }
    fn received(&mut self, count: usize) -> Vec<u8> {
        self.device.with(|tap| tap.heard.drain(..count.min(tap.heard.len())).collect())
    }
    fn hang_up(&mut self) {
        self.device.with(|tap| tap.plugged = false);
    }
}

#[test]
fn a_wire_in_memory_keeps_the_promises_of_a_byte_link() {
    let device = Shared::new(Tap { to_say: Vec::new(), heard: Vec::new(), plugged: true });
    byte_link::holds(&mut Bench { link: MemoryLink::new(device.clone()), device });
}
