//! The thread on a real reader service with a virtual card.

mod window;

use std::net::SocketAddr;
use std::process::Command as Program;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use device_sim::card::VirtualCard;
use device_sim::card::levers::{Mishap, Planned};
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Issuer};
use device_sim::card::service::{PrivateService, Slot};
use device_sim::card::vpcd::VpcdMount;
use kiosk_core::chip::{ChipStep, ChipVerdict};

use super::*;

/// Where the reader service is. libpcsclite reads it once in a process, so each test runs itself with it.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";
/// Where the service takes a virtual card.
const PORT: &str = "KIOSK_TEST_VPCD";
/// Generous: nothing is decided by it but how long a failing test takes.
const SOON: Duration = Duration::from_secs(60);

/// Runs the test of this name in a process that finds its reader service at `socket`.
fn run_again(name: &str, socket: &std::path::Path, port: Option<SocketAddr>) {
    let mut program = Program::new(std::env::current_exe().unwrap());
    program.args([&format!("card_thread::tests::{name}"), "--exact", "--nocapture"]).env(SOCKET, socket);
    program.envs(port.map(|port| (PORT, port.to_string())));
    assert!(program.status().unwrap().success(), "{name}");
}

struct Bench {
    commands: SyncSender<Command>,
    events: Receiver<Event>,
    _dir: tempfile::TempDir,
}

fn bench(anchors: Vec<Vec<u8>>) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let (commands, inbox) = sync_channel(4);
    let (visit, events) = sync_channel(64);
    let config = CardConfig { reader: None, anchors: None };
    let mut work = CardWork::new(config, anchors, inbox, Desk::for_test(visit, dir.path()));
    thread::spawn(move || work.work());
    Bench { commands, events, _dir: dir }
}

impl Bench {
    /// The next event that `wanted` takes; others are skipped.
    fn waits_for<T>(&self, wanted: impl Fn(Event) -> Option<T>) -> T {
        std::iter::from_fn(|| self.events.recv_timeout(SOON).ok()).find_map(wanted).expect("an event in time")
    }

    /// What one reading tells, up to its end.
    fn reads(&self, reading: RequestId, number: &str) -> Vec<ChipEvent> {
        let number = PersonalNumber::parse(number).unwrap();
        self.commands.send(Command::Read { reading, number }).unwrap();
        self.told_of(reading)
    }

    fn told_of(&self, reading: RequestId) -> Vec<ChipEvent> {
        let mut told = Vec::new();
        loop {
            let of_it =
                |event| if let Event::Chip(of, event) = event { (of == reading).then_some(event) } else { None };
            told.push(self.waits_for(of_it));
            if matches!(told.last(), Some(ChipEvent::Ended(_))) {
                return told;
            }
        }
    }

    fn slot(&self) -> CardMedia {
        self.waits_for(|event| if let Event::CardSlotChanged(media) = event { Some(media) } else { None })
    }
}

fn id(serial: u8) -> RequestId {
    RequestId::from_bytes([serial; 16])
}

fn word(event: &ChipEvent) -> String {
    match event {
        ChipEvent::Step(step) => format!("{step:?}"),
        ChipEvent::Form(_) => "form".into(),
        ChipEvent::Portrait(..) => "portrait".into(),
        ChipEvent::NoPortrait(_) => "no portrait".into(),
        ChipEvent::Ended(result) => format!("{result:?}"),
    }
}

#[test]
fn a_card_is_read_claim_first_and_each_mishap_has_its_own_end() {
    let Some(port) = std::env::var(PORT).ok() else {
        let dir = tempfile::tempdir().unwrap();
        let service = PrivateService::start(dir.path()).unwrap();
        let port = service.port(Slot::First);
        return run_again("a_card_is_read_claim_first_and_each_mishap_has_its_own_end", &service.socket(), Some(port));
    };
    let issuer = Issuer::sample(1);
    let person = Person::sample();
    let card = SharedCard::new(VirtualCard::new(CardPlan::cccd(person.clone(), 31), &issuer).unwrap());
    let bench = bench(vec![issuer.anchor().to_vec()]);
    let reader = bench.waits_for(|event| if let Event::ChipReaderChanged(state) = event { Some(state) } else { None });
    assert_eq!(reader, Ok(()));

    // A reading may be asked for before the card is there.
    let number = PersonalNumber::parse(&person.number).unwrap();
    bench.commands.send(Command::Read { reading: id(1), number }).unwrap();
    let _mount = VpcdMount::new(card.clone(), port.parse().unwrap()).unwrap();
    assert_eq!(bench.slot(), CardMedia::Present);
    let told = bench.told_of(id(1));
    let words: Vec<String> = told.iter().map(word).collect();
    assert_eq!(words, ["Opening", "Reading", "Checking", "form", "Portrait", "portrait", "Ok(())"]);
    let Some(ChipEvent::Form(form)) = told.get(3) else { panic!("no form") };
    assert_eq!(form.claim.key(), person.number);
    assert_eq!(form.claim.name().unwrap().as_str(), person.name);
    assert_eq!(form.trust.verdict(), ChipVerdict::Genuine);
    assert_eq!(ChipStep::Opening.max(ChipStep::Portrait), ChipStep::Portrait);

    let other = bench.reads(id(2), "001090999902");
    assert_eq!(other.iter().map(word).collect::<Vec<_>>(), ["Opening", "Err(OtherCard)"]);

    let number = PersonalNumber::parse(&person.number).unwrap();
    bench.commands.send(Command::Read { reading: id(3), number }).unwrap();
    bench.commands.send(Command::Stop(id(3))).unwrap();
    assert_eq!(word(bench.told_of(id(3)).last().unwrap()), "Err(Stopped)");

    card.with(|card| card.plan_mishap(Planned { at: 12, mishap: Mishap::Status(0x6F00) }));
    assert_eq!(word(bench.reads(id(4), &person.number).last().unwrap()), "Err(Unreadable)");

    card.with(|card| card.plan_mishap(Planned { at: 12, mishap: Mishap::PullOut }));
    assert_eq!(word(bench.reads(id(5), &person.number).last().unwrap()), "Err(PulledOut)");
}

#[test]
fn a_reader_service_that_is_down_is_a_state_of_its_own_and_ends_a_reading() {
    if std::env::var_os(SOCKET).is_none() {
        let dir = tempfile::tempdir().unwrap();
        let nobody = dir.path().join("nobody");
        return run_again("a_reader_service_that_is_down_is_a_state_of_its_own_and_ends_a_reading", &nobody, None);
    }
    let bench = bench(Vec::new());
    let reader = bench.waits_for(|event| if let Event::ChipReaderChanged(state) = event { Some(state) } else { None });
    assert_eq!(reader, Err(Fault::Offline));
    assert_eq!(bench.reads(id(1), "001090999901").iter().map(word).collect::<Vec<_>>(), ["Err(ReaderGone)"]);
}

/// Puts a service with readers of this name where the clients look.
fn service_at(place: &std::path::Path, reader: &str) -> PrivateService {
    let folder = place.with_file_name(reader.replace(' ', "-"));
    std::fs::create_dir(&folder).unwrap();
    let service = PrivateService::start_with_reader(&folder, reader).unwrap();
    // The name changes its meaning at once.
    let next = place.with_file_name("next");
    std::os::unix::fs::symlink(&folder, &next).unwrap();
    std::fs::rename(&next, place).unwrap();
    service
}

#[test]
fn a_reader_that_takes_the_place_of_another_is_found_while_the_kiosk_runs() {
    let Some(socket) = std::env::var_os(SOCKET) else {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let socket = dir.path().join("reader/pcscd.comm");
        return run_again("a_reader_that_takes_the_place_of_another_is_found_while_the_kiosk_runs", &socket, None);
    };
    let place = std::path::PathBuf::from(socket).parent().unwrap().to_owned();
    let issuer = Issuer::sample(1);
    let person = Person::sample();
    let card = SharedCard::new(VirtualCard::new(CardPlan::cccd(person.clone(), 31), &issuer).unwrap());
    let mut first = service_at(&place, "First Maker");
    let bench = bench(vec![issuer.anchor().to_vec()]);
    let reader = |wanted: Result<(), Fault>| {
        bench.waits_for(|event| matches!(event, Event::ChipReaderChanged(state) if state == wanted).then_some(()));
    };
    reader(Ok(()));
    let in_first = VpcdMount::new(card.clone(), first.port(Slot::First)).unwrap();
    assert_eq!(bench.slot(), CardMedia::Present);
    assert_eq!(word(bench.reads(id(1), &person.number).last().unwrap()), "Ok(())");

    // Somebody waits for a card while the reader is taken away.
    drop(in_first);
    assert_eq!(bench.slot(), CardMedia::NotPresent);
    let number = PersonalNumber::parse(&person.number).unwrap();
    bench.commands.send(Command::Read { reading: id(2), number }).unwrap();
    first.crash();
    reader(Err(Fault::Offline));
    assert_eq!(word(bench.told_of(id(2)).last().unwrap()), "Err(ReaderGone)");

    let second = service_at(&place, "Second Maker");
    reader(Ok(()));
    let _in_second = VpcdMount::new(card, second.port(Slot::First)).unwrap();
    assert_eq!(bench.slot(), CardMedia::Present);
    assert_eq!(word(bench.reads(id(3), &person.number).last().unwrap()), "Ok(())");
}
