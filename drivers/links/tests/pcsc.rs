//! The PC/SC link on a real reader service with virtual readers and virtual cards.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use device_links::clock;
use device_links::pcsc::{CardSlot, ExtendedLength, PcscCard, PcscError, PcscReaders, ReaderService};
use device_sim::card::VirtualCard;
use device_sim::card::levers::{Mishap, Planned};
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Issuer, Lengths};
use device_sim::card::service::{PrivateService, Slot};
use device_sim::card::vpcd::VpcdMount;
use kiosk_hal::link::{ApduLink, LinkError};
use kiosk_hal::uptime::Uptime;

/// Longest a test waits for something that should come soon.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tells the second process of a test where its virtual readers are.
const PORTS: &str = "TIEP_DON_TEST_VPCD_PORT";

/// Tells the second process of a test which process its service is.
const SERVICE: &str = "TIEP_DON_TEST_SERVICE";

const SELECT: [u8; 12] = [0x00, 0xA4, 0x04, 0x0C, 0x07, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

/// Runs `act` in a process of its own with a service of its own: libpcsclite reads where its service is once.
fn with_service(test: &str, act: impl FnOnce(&Service)) {
    if let Ok(port) = env::var(PORTS) {
        let port: SocketAddr = port.parse().unwrap();
        let pid = env::var(SERVICE).unwrap();
        return act(&Service { ports: [port, SocketAddr::new(port.ip(), port.port() + 1)], pid });
    }
    let folder = tempfile::tempdir().unwrap();
    let service = PrivateService::start(folder.path()).unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("PCSCLITE_CSOCK_NAME", service.socket())
        .env(PORTS, service.port(Slot::First).to_string())
        .env(SERVICE, service.pid().to_string())
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed in its own process");
}

struct Service {
    ports: [SocketAddr; 2],
    pid: String,
}

impl Service {
    fn card(&self, lengths: Lengths) -> (SharedCard, VpcdMount) {
        let plan = CardPlan { lengths, ..CardPlan::cccd(Person::sample(), 7) };
        let card = SharedCard::new(VirtualCard::new(plan, &Issuer::sample(1)).unwrap());
        let mount = VpcdMount::new(card.clone(), self.ports[0]).unwrap();
        (card, mount)
    }
}

fn soon() -> Uptime {
    clock::now() + PATIENCE
}

/// Waits until the first reader is as wanted.
fn wait_for(readers: &mut PcscReaders, wanted: impl Fn(&ReaderService) -> bool) -> ReaderService {
    let deadline = soon();
    let mut seen = readers.look(deadline).unwrap();
    while !wanted(&seen) {
        assert!(clock::now() < deadline, "still {seen:?}");
        seen = readers.wait_for_change(&seen, deadline).unwrap();
    }
    seen
}

fn has_card(service: &ReaderService) -> bool {
    service.readers().first().is_some_and(|reader| matches!(reader.slot, CardSlot::Card(_)))
}

fn has_empty_slot(service: &ReaderService) -> bool {
    service.readers().first().is_some_and(|reader| reader.slot == CardSlot::Empty)
}

fn connected(readers: &mut PcscReaders) -> PcscCard {
    let seen = wait_for(readers, has_card);
    readers.connect(&seen.readers()[0].name, soon()).unwrap()
}

#[test]
fn cards_come_and_go_and_are_told_by_their_atr() {
    with_service("cards_come_and_go_and_are_told_by_their_atr", |service| {
        let mut readers = PcscReaders::new().unwrap();
        let empty = wait_for(&mut readers, has_empty_slot);
        assert_eq!(empty.readers().len(), 2);
        assert_eq!(empty.readers()[0].name.as_str(), "Virtual PCD 00 00");
        let (card, mount) = service.card(Lengths::Extended { response_max: 65_536 });
        let seen = wait_for(&mut readers, has_card);
        let CardSlot::Card(atr) = &seen.readers()[0].slot else { panic!("{seen:?}") };
        assert_eq!((atr.bytes(), atr.extended_length()), (&*card.with(|it| it.atr()), ExtendedLength::Announced));
        drop(mount);
        wait_for(&mut readers, has_empty_slot);
    });
}

#[test]
fn an_exchange_is_exclusive_and_a_reset_forgets_what_was_agreed() {
    with_service("an_exchange_is_exclusive_and_a_reset_forgets_what_was_agreed", |service| {
        let (card, _mount) = service.card(Lengths::Short);
        let mut readers = PcscReaders::new().unwrap();
        let mut link = connected(&mut readers);
        assert_eq!(link.atr().bytes(), card.with(|it| it.atr()));
        assert_eq!(link.transmit(&SELECT, soon()).unwrap(), [0x90, 0x00]);
        let name = readers.look(soon()).unwrap().readers()[0].name.clone();
        assert!(matches!(readers.connect(&name, soon()), Err(PcscError::InUse)));
        assert_eq!(card.with(|it| it.work().commands), 1);
        link.reset(soon()).unwrap();
        // GET CHALLENGE needs the selected application, which the reset has forgotten.
        assert_eq!(link.transmit(&[0, 0x84, 0, 0, 8], soon()).unwrap(), [0x69, 0x85]);
        drop(link);
        let mut again = readers.connect(&name, soon()).unwrap();
        assert_eq!(again.transmit(&SELECT, soon()).unwrap(), [0x90, 0x00]);
    });
}

#[test]
fn a_card_pulled_out_in_mid_read_is_gone() {
    with_service("a_card_pulled_out_in_mid_read_is_gone", |service| {
        let (card, _mount) = service.card(Lengths::Short);
        let mut readers = PcscReaders::new().unwrap();
        let mut link = connected(&mut readers);
        card.with(|it| it.plan_mishap(Planned { at: it.work().commands + 2, mishap: Mishap::PullOut }));
        assert_eq!(link.transmit(&SELECT, soon()).unwrap(), [0x90, 0x00]);
        for _ in 0..2 {
            let outcome = link.transmit(&SELECT, soon());
            assert!(matches!(outcome, Err(LinkError::Gone)), "{outcome:?}");
        }
        drop(link);
        let seen = wait_for(&mut readers, has_empty_slot);
        let name = seen.readers()[0].name.clone();
        assert!(matches!(readers.connect(&name, soon()), Err(PcscError::NoCard)));
        card.with(VirtualCard::insert);
        assert_eq!(connected(&mut readers).transmit(&SELECT, soon()).unwrap(), [0x90, 0x00]);
    });
}

#[test]
fn a_late_answer_ends_at_the_deadline_and_the_next_command_gets_its_own() {
    with_service("a_late_answer_ends_at_the_deadline_and_the_next_command_gets_its_own", |service| {
        let (card, _mount) = service.card(Lengths::Short);
        let mut readers = PcscReaders::new().unwrap();
        let mut link = connected(&mut readers);
        let late = Mishap::Late(Duration::from_millis(800));
        card.with(|it| it.plan_mishap(Planned { at: it.work().commands + 1, mishap: late }));
        let until = clock::now() + Duration::from_millis(100);
        assert!(matches!(link.transmit(&SELECT, until), Err(LinkError::TimedOut)));
        let challenge = link.transmit(&[0, 0x84, 0, 0, 8], soon()).unwrap();
        assert_eq!((challenge.len(), &challenge[8..]), (10, &[0x90, 0x00][..]));
    });
}

#[test]
fn a_service_that_does_not_run_is_a_state_of_its_own() {
    with_service("a_service_that_does_not_run_is_a_state_of_its_own", |service| {
        let (_card, _mount) = service.card(Lengths::Short);
        let mut readers = PcscReaders::new().unwrap();
        let mut link = connected(&mut readers);
        let name = readers.look(soon()).unwrap().readers()[0].name.clone();
        let killed = Command::new("kill").args(["-KILL", &service.pid]).status().unwrap();
        assert!(killed.success());
        let seen = wait_for(&mut readers, |seen| *seen == ReaderService::Down);
        assert_eq!(seen.readers(), []);
        assert!(matches!(link.transmit(&SELECT, soon()), Err(LinkError::Gone)));
        assert!(matches!(readers.connect(&name, soon()), Err(PcscError::ServiceDown)));
    });
}

#[test]
fn a_service_that_comes_back_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("pcscd.comm");
    let test = "a_service_that_comes_back_is_found_again";
    if let Ok(socket) = env::var(PORTS) {
        let mut readers = PcscReaders::new().unwrap();
        assert_eq!(readers.look(soon()).unwrap(), ReaderService::Down);
        let _service = PrivateService::start(Path::new(&socket)).unwrap();
        let up = readers.wait_for_change(&ReaderService::Down, soon()).unwrap();
        assert!(matches!(up, ReaderService::Up(_)));
        return;
    }
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("PCSCLITE_CSOCK_NAME", &nowhere)
        .env(PORTS, folder.path())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_long_answer_comes_whole() {
    with_service("a_long_answer_comes_whole", |service| {
        let (card, _mount) = service.card(Lengths::Extended { response_max: 65_536 });
        let mut readers = PcscReaders::new().unwrap();
        let mut link = connected(&mut readers);
        let command = [0x00, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00];
        link.transmit(&SELECT, soon()).unwrap();
        assert_eq!(link.transmit(&command, soon()).unwrap().len(), 10);
        assert_eq!(card.with(|it| it.work().received_bytes), SELECT.len() + command.len());
    });
}

#[test]
fn a_reader_that_is_not_there_is_named() {
    with_service("a_reader_that_is_not_there_is_named", |_| {
        let mut readers = PcscReaders::new().unwrap();
        wait_for(&mut readers, has_empty_slot);
        let name = device_links::pcsc::ReaderName::new("Sundial 00 00");
        let error = readers.connect(&name, soon()).unwrap_err();
        assert_eq!(error.to_string(), "there is no reader Sundial 00 00");
    });
}
