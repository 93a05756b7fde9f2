//! `kiosk-flash` without a command: asks, one thing at a time, at a terminal.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use kiosk_flash::drive::Drive;
use kiosk_flash::flash::Written;
use kiosk_flash::provision::{FORMAT, Language, Provisioning, Secret, Wifi};

use super::report::{Reader, Report};
use super::write;

/// Most of a certificate's file that is read, in bytes: the whole provisioning may be twice as long.
const CERTIFICATE_BYTES_MAX: u64 = 8 << 10;

/// The same arguments as `write`, which the answers are turned into.
#[derive(Parser)]
struct Answers {
    #[command(flatten)]
    write: write::Arguments,
}

pub fn run() -> ExitCode {
    let mut report = Report::new(Reader::Terminal);
    let done = guided(&mut report);
    write::finish(done, &mut report)
}

fn guided(report: &mut Report) -> Result<(String, Written)> {
    say("Tiếp Đón: write a kiosk image to a drive. Ctrl+C ends it; nothing is written before you say so.\n\n")?;
    let manifest = existing("The release's manifest (NAME.json)")?;
    let key = existing("The hospital's public key (NAME.pub)")?;
    let mut arguments = vec!["write".into(), manifest.into_os_string(), "--key".into(), key.into_os_string()];
    // Parsed once to have the machine's places; the drive is added by what is chosen.
    arguments.extend(["--to".into(), "".into()]);
    let mut answers = Answers::try_parse_from(arguments).context("the answers are not understood")?.write;
    let drives = answers.machine.removable()?;
    answers.to = Some(choose(&drives)?);
    let provisioning = provisioning()?;
    write::write(&answers, Some(&provisioning), report)
}

/// Asks for the drive's name before its content is lost. Without a terminal nobody can be asked.
pub fn confirmed(drive: &Drive) -> Result<()> {
    if !io::stdin().is_terminal() {
        bail!("no terminal to ask at: say --yes when {} may be overwritten", drive.path);
    }
    say(&format!("\n{drive}\nEVERYTHING on it will be lost. "))?;
    let answer = ask(&format!("Type {} to go on", drive.path))?;
    if answer == drive.path { Ok(()) } else { bail!("\"{answer}\" is not {}: nothing was written", drive.path) }
}

fn choose(drives: &[Drive]) -> Result<PathBuf> {
    if drives.is_empty() {
        bail!("no removable drive found: plug one in and start again");
    }
    for (number, drive) in (1..).zip(drives) {
        say(&format!("{number}  {drive}\n"))?;
    }
    Ok(PathBuf::from(&numbered(drives)?.path))
}

/// Asks for one of `drives` by its place in the list, which was shown.
pub fn numbered(drives: &[Drive]) -> Result<&Drive> {
    let answer = ask("Number of the drive")?;
    let chosen = answer.parse::<usize>().ok().and_then(|number| drives.get(number.checked_sub(1)?));
    chosen.with_context(|| format!("\"{answer}\" is no number of this list"))
}

/// Asks again until every answer can be used.
pub fn provisioning() -> Result<Provisioning> {
    loop {
        let provisioning = Provisioning {
            format: FORMAT,
            hospital: ask("Hospital, as on tickets")?,
            kiosk: ask("Name of this kiosk, for example K01")?,
            service: ask("Queue service, for example https://queue.hospital.example")?,
            enrolment_code: Secret::from(ask("Enrolment code shown by the queue service")?),
            language: language()?,
            wifi: wifi()?,
            updates: Some(ask("Address of updates (https), or nothing")?).filter(|text| !text.is_empty()),
            ca: ca()?,
            person_key: person_key()?,
            // A display's, and what is wired otherwise than usual: those come in a file.
            zone: None,
            devices: None,
            card_anchors: None,
        };
        match provisioning.check() {
            Ok(()) => return Ok(provisioning),
            Err(error) => say(&format!("\n{error}. Once more:\n\n"))?,
        }
    }
}

fn language() -> Result<Language> {
    loop {
        match ask("Language of the first screen: vi, en or zh [vi]")?.as_str() {
            "" | "vi" => return Ok(Language::Vi),
            "en" => return Ok(Language::En),
            "zh" => return Ok(Language::Zh),
            other => say(&format!("\"{other}\" is none of vi, en, zh\n"))?,
        }
    }
}

fn wifi() -> Result<Option<Wifi>> {
    let ssid = ask("Wi-Fi network, or nothing for a cable")?;
    if ssid.is_empty() {
        return Ok(None);
    }
    Ok(Some(Wifi { ssid, passphrase: Secret::from(ask("Its passphrase")?) }))
}

fn person_key() -> Result<Option<Secret>> {
    let key = ask("Key of the marks of persons, 64 hexadecimal digits and the same at all kiosks, or nothing")?;
    Ok(Some(key).filter(|key| !key.is_empty()).map(Secret::from))
}

/// Asks again until the file can be read; what is in it is checked with all the rest.
fn ca() -> Result<Option<String>> {
    loop {
        let path = ask("File with the certificate of the hospital's CA, or nothing")?;
        if path.is_empty() {
            return Ok(None);
        }
        match read_certificate(&path) {
            Ok(pem) => return Ok(Some(pem)),
            Err(error) => say(&format!("cannot read {path}: {error}\n"))?,
        }
    }
}

fn read_certificate(path: &str) -> io::Result<String> {
    let mut pem = String::new();
    File::open(path)?.take(CERTIFICATE_BYTES_MAX).read_to_string(&mut pem)?;
    Ok(pem)
}

fn existing(question: &str) -> Result<PathBuf> {
    loop {
        let path = PathBuf::from(ask(question)?);
        if path.is_file() {
            return Ok(path);
        }
        say(&format!("there is no file {}\n", path.display()))?;
    }
}

pub fn ask(question: &str) -> Result<String> {
    say(&format!("{question}: "))?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).context("cannot read the answer")? == 0 {
        bail!("no answer: nothing was written");
    }
    Ok(answer.trim().to_owned())
}

pub fn say(text: &str) -> Result<()> {
    let mut err = io::stderr().lock();
    err.write_all(text.as_bytes()).and_then(|()| err.flush()).context("cannot ask")
}
