use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use chip_card::{AccessKeys, Can, Document, DocumentVerdict, MrzKey, MrzKeyFields, Trust};
use clap::{Args, Subcommand};
use device_links::pcsc::{CardSlot, PcscCard, PcscError, PcscReaders, Reader, ReaderName, ReaderService};
use serde_json::{Value, json};

mod reading;
mod report;

use crate::identity::today_in_viet_nam;

/// Longest wait for the reader service to answer a question that needs no card.
const SERVICE_WAIT: Duration = Duration::from_secs(5);

/// Between two tries to get a card that somebody holds.
const BUSY_LOOK: Duration = Duration::from_millis(200);

/// The card was not read, and it or its access number is the reason.
const EXIT_NOT_READ: u8 = 3;

/// The card was read, and something speaks against it.
const EXIT_DOUBTFUL: u8 = 4;

#[derive(Subcommand)]
pub enum Command {
    /// List the readers and what is in them
    Readers,
    /// Read the card in a reader and check it
    #[command(after_help = EXIT_CODES)]
    Read(Read),
}

const EXIT_CODES: &str = "\
Exit status:
  0  read; nothing speaks against the card (an issuer that was not checked does not)
  1  could not try: no reader service, no reader, another program holds the card
  2  wrong arguments
  3  not read: no card, no identity card, wrong access number, pulled out, or it stopped answering
  4  read, and something speaks against it: changed data, a rejected issuer, a chip that is not genuine

The reader service is found by PCSCLITE_CSOCK_NAME, if that is set.";

#[derive(Args)]
pub struct Read {
    /// The card access number: on the CCCD the last 6 digits of the personal number
    #[arg(long, value_name = "NNNNNN", value_parser = can, required_unless_present = "mrz_key")]
    can: Option<Can>,
    /// Document number (9 characters), birth and expiry (YYMMDD each) from the machine readable zone
    #[arg(long, value_name = "NUMBER/BIRTH/EXPIRY", value_parser = mrz_key)]
    mrz_key: Option<MrzKey>,
    /// The reader's name or a part of it [default: the first with a card in it]
    #[arg(long)]
    reader: Option<String>,
    /// A folder of certificates (DER or PEM) of issuing authorities to trust
    #[arg(long, value_name = "DIR")]
    anchors: Option<PathBuf>,
    /// How long to wait for a card
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u16,
    /// Leave out the portrait, which takes longest
    #[arg(long)]
    without_photo: bool,
    /// Print what the card says of its holder, portrait included
    #[arg(long)]
    show_personal: bool,
    /// Print JSON; there is no other format
    #[arg(long)]
    json: bool,
}

fn can(digits: &str) -> Result<Can, NotAKey> {
    Can::from_digits(digits).ok_or(NotAKey("expected 6 digits"))
}

fn mrz_key(text: &str) -> Result<MrzKey, NotAKey> {
    let refused = NotAKey("expected a document number of 9 characters, and birth and expiry as YYMMDD");
    let mut parts = text.split('/');
    let (Some(document_number), Some(birth), Some(expiry), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(refused);
    };
    MrzKey::new(&MrzKeyFields { document_number, birth, expiry }).ok_or(refused)
}

/// Says nothing of what was typed: an access number is part of somebody's personal number.
#[derive(Debug, Clone, Copy)]
struct NotAKey(&'static str);

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotAKey {}

/// Runs one command. The exit status is the last word on the card.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match command {
        Command::Readers => list(out),
        Command::Read(read) => read_card(read, out),
    }
}

fn list(out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut readers = PcscReaders::new()?;
    let seen = readers.look(readers.now() + SERVICE_WAIT).context("asking the reader service")?;
    if seen == ReaderService::Down {
        return Err(PcscError::ServiceDown.into());
    }
    let described: Vec<Value> = seen.readers().iter().map(reader).collect();
    writeln!(out, "{}", json!({ "readers": described }))?;
    Ok(ExitCode::SUCCESS)
}

fn reader(reader: &Reader) -> Value {
    let (slot, atr) = match &reader.slot {
        CardSlot::Empty => ("empty", None),
        CardSlot::Card(atr) => ("card", Some(atr.to_string())),
        CardSlot::Mute => ("mute", None),
        CardSlot::Unknown => ("unknown", None),
    };
    json!({ "name": reader.name.as_str(), "slot": slot, "atr": atr })
}

fn read_card(read: &Read, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let trust = trust(read.anchors.as_deref())?;
    let keys = AccessKeys { can: read.can.clone(), mrz: read.mrz_key.clone() };
    let mut readers = PcscReaders::new()?;
    let until = readers.now() + Duration::from_secs(read.wait.into());
    let Some(name) = wait_for_card(&mut readers, read.reader.as_deref(), until)? else {
        writeln!(out, "{}", report::not_read("no_card", None))?;
        return Ok(ExitCode::from(EXIT_NOT_READ));
    };
    let mut card = match connect(&mut readers, &name) {
        Ok(card) => card,
        Err(error @ (PcscError::NoCard | PcscError::MuteCard)) => {
            let code = if matches!(error, PcscError::NoCard) { "no_card" } else { "mute_card" };
            writeln!(out, "{}", report::not_read(code, None))?;
            return Ok(ExitCode::from(EXIT_NOT_READ));
        }
        Err(error) => return Err(error).context("opening the card"),
    };
    let atr = card.atr().clone();
    let reading = reading::read(&mut card, &atr, &keys, &trust, portrait(read));
    let verdict = exit(&reading);
    writeln!(out, "{}", report::reading(&reading, &name, &atr, personal(read)))?;
    Ok(verdict)
}

/// A program that has just ended leaves its card busy until the card has answered; that is waited for.
fn connect(readers: &mut PcscReaders, name: &ReaderName) -> Result<PcscCard, PcscError> {
    let until = readers.now() + SERVICE_WAIT;
    loop {
        match readers.connect(name, until) {
            Err(PcscError::InUse) if readers.now() < until => {
                let seen = readers.look(until)?;
                readers.wait_for_change(&seen, until.min(readers.now() + BUSY_LOOK))?;
            }
            outcome => return outcome,
        }
    }
}

const fn portrait(read: &Read) -> reading::Portrait {
    if read.without_photo { reading::Portrait::LeftOut } else { reading::Portrait::Wanted }
}

const fn personal(read: &Read) -> report::Personal {
    if read.show_personal { report::Personal::Shown } else { report::Personal::Hidden }
}

fn exit(reading: &reading::Reading) -> ExitCode {
    match (&reading.document, &reading.stopped) {
        (None, _) | (_, Some(_)) => ExitCode::from(EXIT_NOT_READ),
        (Some(document), None) if is_doubtful(document) => ExitCode::from(EXIT_DOUBTFUL),
        (Some(_), None) => ExitCode::SUCCESS,
    }
}

fn is_doubtful(document: &Document) -> bool {
    document.verdict() == DocumentVerdict::Doubtful
}

/// The reader with a card whose name holds `wanted`; `None` when no card came in time.
fn wait_for_card(
    readers: &mut PcscReaders,
    wanted: Option<&str>,
    until: kiosk_hal::uptime::Uptime,
) -> anyhow::Result<Option<ReaderName>> {
    let asked = readers.now() + SERVICE_WAIT;
    let mut seen = readers.look(asked).context("asking the reader service")?;
    loop {
        let fitting: Vec<&Reader> = match &seen {
            ReaderService::Down => return Err(PcscError::ServiceDown.into()),
            ReaderService::Up(all) => {
                all.iter().filter(|it| wanted.is_none_or(|part| it.name.as_str().contains(part))).collect()
            }
        };
        let occupied = fitting.iter().find(|it| matches!(it.slot, CardSlot::Card(_) | CardSlot::Mute));
        if let Some(reader) = occupied {
            return Ok(Some(reader.name.clone()));
        }
        if readers.now() >= until {
            return if fitting.is_empty() { Err(no_reader(wanted)) } else { Ok(None) };
        }
        seen = readers.wait_for_change(&seen, until).context("watching the readers")?;
    }
}

fn no_reader(wanted: Option<&str>) -> anyhow::Error {
    match wanted {
        Some(name) => PcscError::NoReader(ReaderName::new(name)).into(),
        None => anyhow::anyhow!("there is no reader"),
    }
}

fn trust(folder: Option<&Path>) -> anyhow::Result<Trust> {
    let mut trust = Trust::new(today_in_viet_nam()?);
    let Some(folder) = folder else { return Ok(trust) };
    let entries = fs::read_dir(folder).with_context(|| format!("reading the anchors in {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        if let Err(error) = trust.add_anchor(&bytes) {
            bail!("{}: {error}", path.display());
        }
    }
    ensure!(trust.anchors() > 0, "there is no certificate in {}", folder.display());
    Ok(trust)
}
