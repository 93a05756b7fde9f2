//! The card's end of QEMU's smart-card channel, with this test in the machine's place.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use device_sim::card::VirtualCard;
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Issuer};
use device_sim::card::vscard::VscardMount;

const INIT: u32 = 1;
const READER_ADD: u32 = 3;
const ATR: u32 = 5;
const CARD_REMOVE: u32 = 6;
const APDU: u32 = 7;
/// A message comes at once, unless the machine stands still.
const MESSAGE_MAX: Duration = Duration::from_secs(30);
/// SELECT of the travel document's application (ICAO 9303-10, 4.2.1).
const SELECT: &[u8] = &[0x00, 0xa4, 0x04, 0x0c, 0x07, 0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

fn message(machine: &mut TcpStream) -> (u32, Vec<u8>) {
    let mut header = [0; 12];
    machine.read_exact(&mut header).unwrap();
    let word = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().unwrap());
    let mut bytes = vec![0; word(8) as usize];
    machine.read_exact(&mut bytes).unwrap();
    (word(0), bytes)
}

fn connected(mount: &VscardMount) -> TcpStream {
    let machine = TcpStream::connect(mount.addr()).unwrap();
    machine.set_read_timeout(Some(MESSAGE_MAX)).unwrap();
    machine
}

#[test]
fn a_card_says_hello_answers_commands_and_is_pulled_out() {
    let issuer = Issuer::sample(1);
    let card = SharedCard::new(VirtualCard::new(CardPlan::cccd(Person::sample(), 1), &issuer).unwrap());
    let mount = VscardMount::new(card.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let mut machine = connected(&mount);
    let (kind, hello) = message(&mut machine);
    assert_eq!((kind, &hello[..8]), (INIT, &b"VSCD\0\0\0\x02"[..]));
    assert_eq!(message(&mut machine).0, READER_ADD);
    let (kind, atr) = message(&mut machine);
    assert_eq!((kind, atr[0]), (ATR, 0x3b));

    let command = [&[0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, SELECT.len() as u8], SELECT].concat();
    machine.write_all(&command).unwrap();
    assert_eq!(message(&mut machine), (APDU, vec![0x90, 0x00]));

    card.with(VirtualCard::pull_out);
    assert_eq!(message(&mut machine), (CARD_REMOVE, vec![]));
    card.with(VirtualCard::insert);
    assert_eq!(message(&mut machine).0, ATR);
}

#[test]
fn a_machine_whose_power_was_cut_is_followed_by_the_next() {
    let card = SharedCard::new(VirtualCard::new(CardPlan::cccd(Person::sample(), 1), &Issuer::sample(1)).unwrap());
    let mount = VscardMount::new(card, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    for _ in 0..2 {
        let mut machine = connected(&mount);
        let kinds = [(); 3].map(|()| message(&mut machine).0);
        assert_eq!(kinds, [INIT, READER_ADD, ATR]);
    }
}
