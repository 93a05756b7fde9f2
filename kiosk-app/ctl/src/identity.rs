mod printed;

use std::io::{BufRead, Read, Write};

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde_json::Value;
use vn_identity::{Claim, Date, Document, Token, chip};
use zeroize::Zeroizing;

pub use printed::{described, kind, refused};

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

/// Runs one command; each line of `input` gives one JSON object on `out`, whatever the line is.
pub fn run(command: &Command, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let Command::Decode(Decode { today }) = command;
    let today = today.map_or_else(today_in_viet_nam, |day| date(&day))?;
    while let Some(line) = next_line(input).context("reading standard input")? {
        let answer = match line {
            Line::Whole(text) => {
                payload(&text).map_or_else(|| refused("not_hexadecimal"), |bytes| answer(&bytes, today))
            }
            Line::TooLong => refused("line_too_long"),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

/// One line of the input.
enum Line {
    Whole(Zeroizing<Vec<u8>>),
    /// Longer than [`LINE_BYTES_MAX`]; skipped up to its end.
    TooLong,
}

/// The next line, `None` at the end of the input.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Line>> {
    let mut line = Zeroizing::new(Vec::with_capacity(4_096));
    let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.ends_with(b"\n") || u64::try_from(read).is_ok_and(|read| read < LINE_BYTES_MAX) {
        return Ok(Some(Line::Whole(line)));
    }
    loop {
        line.clear();
        let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 || line.ends_with(b"\n") {
            return Ok(Some(Line::TooLong));
        }
    }
}

/// What one payload is: an identity, a payment code, or a refusal.
fn answer(bytes: &[u8], today: Date) -> Value {
    match Token::read(bytes, Some(today)) {
        // A chip is read here to bring a reader up: everything it says, as it says it.
        Ok(Token::Identity(Claim { document: Document::Chip(_), .. })) => match chip::entries(bytes) {
            Ok(entries) => printed::accepted(&printed::of_chip_entries(&entries), &[]),
            Err(refusal) => refused(refusal.code()),
        },
        Ok(Token::Identity(claim)) => described(&Ok(claim)),
        Ok(Token::Payment(code)) => printed::accepted(&printed::of_payment(&code), &[]),
        Err(refusal) => refused(refusal.code()),
    }
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
