//! `emrtd` 0.0.2 through a real `pcscd`: BAC, its secure messaging, whole files. It has no PACE.

use std::env;
use std::ffi::CString;
use std::process::Command;
use std::time::{Duration, Instant};

use device_sim::card::VirtualCard;
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Issuer};
use device_sim::card::service::{PrivateService, Slot};
use device_sim::card::vpcd::VpcdMount;
use emrtd::{EmrtdComms, get_jpeg_from_ef_dg2, other_mrz};
use pcsc::{Context, Protocols, Scope, ShareMode};

use crate::{CARDS, Line, Outcome, zone_fields};

const READER: &str = "emrtd 0.0.2";
/// Where the second process finds the virtual reader. libpcsclite reads where its service is once in a process.
const PORT: &str = "CHIP_CARD_PEERS_PORT";
/// Longest wait for a card to be seen by the service.
const CARD_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs this program again beside a private reader service; whether all its lines are right.
pub fn in_a_process_with_a_service() -> Outcome<bool> {
    let folder = tempfile::tempdir()?;
    let service = PrivateService::start(folder.path())?;
    let mut program = Command::new(env::current_exe()?);
    program.env("PCSCLITE_CSOCK_NAME", service.socket()).env(PORT, service.port(Slot::First).to_string());
    Ok(program.status()?.success())
}

/// The lines of the process with the service; `None` in the other one.
pub fn inner_lines(issuer: &Issuer, person: &Person) -> Option<Vec<Line>> {
    let port = env::var(PORT).ok()?;
    let card = |seed| VirtualCard::new(CardPlan::cccd(person.clone(), seed), issuer).map_err(|error| error.to_string());
    let shared = SharedCard::new(card(0).ok()?);
    // One card is in the reader all the time, and becomes another between two readings.
    let _mount = VpcdMount::new(shared.clone(), port.parse().ok()?).ok()?;
    let read = |seed| {
        let next = card(seed)?;
        shared.with(|it| *it = next);
        read(&shared, person)
    };
    Some(vec![Line::of(READER, "BAC, through pcscd: DG1, DG2, DG13, DG14, SOD".to_owned(), CARDS, read)])
}

fn read(card: &SharedCard, person: &Person) -> Outcome<()> {
    let photo_bytes = card.with(|it| it.plan().photo_bytes);
    let mut reader = EmrtdComms::new(connected()?);
    reader.select_emrtd_application()?;
    let (number, birth, expiry) = zone_fields(person);
    reader.establish_bac_session_keys(other_mrz(&number, &birth, &expiry)?.as_bytes())?;
    let mut file = |identifier: [u8; 2], name: &str| -> Outcome<Vec<u8>> {
        reader.select_ef(&identifier, name, true)?;
        Ok(reader.read_data_from_ef(true)?)
    };
    let (zone, face) = (file([0x01, 0x01], "EF.DG1")?, file([0x01, 0x02], "EF.DG2")?);
    let details = file([0x01, 0x0D], "EF.DG13")?;
    let (keys, sod) = (file([0x01, 0x0E], "EF.DG14")?, file([0x01, 0x1D], "EF.SOD")?);
    if zone != person.dg1() || details != person.dg13() {
        return Err("DG1 or DG13 differs".into());
    }
    if get_jpeg_from_ef_dg2(&face)?.len() != photo_bytes {
        return Err("the portrait differs".into());
    }
    if (keys.first(), sod.first()) != (Some(&0x6E), Some(&0x77)) {
        return Err("DG14 or the SOD is another file".into());
    }
    Ok(())
}

/// The card in the first reader, once the service has seen it.
fn connected() -> Outcome<pcsc::Card> {
    let context = Context::establish(Scope::User)?;
    let give_up_at = Instant::now() + CARD_WITHIN;
    loop {
        let reader: Option<CString> = context.list_readers_owned()?.into_iter().next();
        let reader = reader.ok_or("no reader")?;
        match context.connect(&reader, ShareMode::Exclusive, Protocols::ANY) {
            Ok(card) => return Ok(card),
            Err(error) if Instant::now() > give_up_at => return Err(error.into()),
            Err(_) => std::thread::sleep(LOOK_EVERY),
        }
    }
}
