use std::io::{BufRead, Read, Write};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};
use vn_identity::{Claim, Date, Expiry, Layout, Refusal, Sex, decode_on};
use zeroize::Zeroizing;

/// Longest line read, in bytes: ten times the longest payload there can be, in hexadecimal.
const LINE_BYTES_MAX: u64 = 60_000;

/// Where "today" is.
const TIME_ZONE: &str = "Asia/Ho_Chi_Minh";

#[derive(Subcommand)]
pub enum Command {
    /// Decode payloads, one a line in hexadecimal on standard input. Prints personal data
    Decode(Decode),
}

#[derive(Args)]
pub struct Decode {
    /// The day from which dates are in the future, as YYYY-MM-DD [default: today in Viet Nam]
    #[arg(long)]
    today: Option<civil::Date>,
}

/// Runs one command; each line of `input` gives one JSON object on `out`.
pub fn run(command: &Command, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let Command::Decode(Decode { today }) = command;
    let today = today.map_or_else(today_in_viet_nam, |day| date(&day))?;
    for number in 1_u64.. {
        let mut line = Zeroizing::new(Vec::new());
        let read =
            input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).context("reading standard input")?;
        if read == 0 {
            break;
        }
        let whole = line.ends_with(b"\n") || u64::try_from(read)? < LINE_BYTES_MAX;
        ensure!(whole, "line {number} is longer than {LINE_BYTES_MAX} bytes");
        let outcome = match payload(&line) {
            Some(bytes) => described(&decode_on(&bytes, today)),
            None => refused("not_hexadecimal"),
        };
        writeln!(out, "{outcome}")?;
    }
    Ok(())
}

/// Today where the kiosk's cards are issued, whatever the machine's own time zone is.
pub fn today_in_viet_nam() -> anyhow::Result<Date> {
    let zone = TimeZone::get(TIME_ZONE).with_context(|| format!("finding the time zone {TIME_ZONE}"))?;
    date(&Timestamp::now().to_zoned(zone).date())
}

fn date(day: &civil::Date) -> anyhow::Result<Date> {
    let parts = (u16::try_from(day.year()), u8::try_from(day.month()), u8::try_from(day.day()));
    let (Ok(year), Ok(month), Ok(day_of_month)) = parts else { anyhow::bail!("{day} is before the year 1") };
    Date::new(year, month, day_of_month).with_context(|| format!("{day} is before the year 1"))
}

/// The bytes of one line, `None` when it is not hexadecimal.
fn payload(line: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = Zeroizing::new(
        line.trim_ascii()
            .iter()
            .map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<Vec<u8>>>()?,
    );
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(Zeroizing::new(pairs.map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect()))
}

/// A claim as it is printed. Written out here because the identity crate's own types refuse to be serialised.
#[derive(Serialize)]
struct Printed<'a> {
    kind: &'static str,
    id_number: &'a str,
    old_id: Option<&'a str>,
    full_name: &'a str,
    dob: String,
    sex: &'static str,
    address: &'a str,
    issue_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derived_expiry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    father: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mother: Option<&'a str>,
}

/// What became of one payload, with everything the claim says.
pub fn described(outcome: &Result<Claim, Refusal>) -> Value {
    match outcome {
        Ok(claim) => {
            let warnings: Vec<_> = claim.warnings().iter().map(|warning| warning.code()).collect();
            json!({ "ok": true, "claim": printed(claim), "warnings": warnings })
        }
        Err(refusal) => refused(refusal.code()),
    }
}

/// A payload or record that is no claim.
pub fn refused(code: &str) -> Value {
    json!({ "ok": false, "error": code })
}

/// The name of a layout in JSON.
pub const fn kind(layout: Layout) -> &'static str {
    match layout {
        Layout::Cccd2021 => "cccd",
        Layout::CanCuoc2024 => "cancuoc",
    }
}

fn printed(claim: &Claim) -> Printed<'_> {
    Printed {
        kind: kind(claim.layout),
        id_number: claim.number.as_str(),
        old_id: claim.old_number.as_ref().map(|number| number.as_str()),
        full_name: claim.name.as_str(),
        dob: claim.birth.to_string(),
        sex: match claim.sex {
            Sex::Female => "F",
            Sex::Male => "M",
        },
        address: claim.residence.as_str(),
        issue_date: claim.issued.map(|day| day.to_string()),
        derived_expiry: claim.expiry().map(|expiry| match expiry {
            Expiry::On(day) => day.to_string(),
            Expiry::Never => "none".to_owned(),
        }),
        cancelled_id: claim.cancelled_number.as_ref().map(|number| number.as_str()),
        father: claim.father.as_ref().map(|name| name.as_str()),
        mother: claim.mother.as_ref().map(|name| name.as_str()),
    }
}
