//! `kioskctl printer selftest`: a print by which a technician finds a printer's Vietnamese code pages, and where the
//! choice is kept.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use device_links::LinkAddress;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::TicketPrinter;
use serde_json::{Value, json};
use thermal_printer_escpos::encode::means::TcvnPages;
use thermal_printer_escpos::profile::{Family, Wire};
use thermal_printer_escpos::self_test;
use thermal_printer_escpos::session::EscPosPrinter;

use crate::chosen::{self, ProvenFile};

/// What the paper may take beyond the time on the wire.
const PAPER_TIME: Duration = Duration::from_secs(10);

#[derive(Args)]
pub struct SelfTest {
    /// Where the printer is, such as serial:/dev/ttyS0@115200; not needed with --out or --chosen
    #[arg(long, required_unless_present_any = ["out", "chosen"])]
    link: Option<LinkAddress>,
    /// The printer's family
    #[arg(long, default_value = "epson-80mm", value_parser = chosen::family_name)]
    profile: String,
    /// Writes the bytes into a file instead
    #[arg(long, conflicts_with = "link")]
    out: Option<PathBuf>,
    /// The row that reads like the first line of the print; 0 = none does
    #[arg(long, requires = "store", conflicts_with_all = ["link", "out"])]
    chosen: Option<usize>,
    /// The file in which the choice is kept
    #[arg(long, requires = "chosen")]
    store: Option<PathBuf>,
}

/// Prints the test, or keeps the choice.
pub fn run(test: &SelfTest, out: &mut impl Write) -> anyhow::Result<()> {
    let family = chosen::family(&test.profile)?;
    let rows = self_test::rows(family);
    let line = match (&test.chosen, &test.store, &test.out, &test.link) {
        (Some(row), Some(path), ..) => keep(family, &rows, *row, path)?,
        (_, _, Some(path), _) => {
            let bytes = self_test::job(width_dots(family), &rows);
            fs::write(path, &bytes).with_context(|| format!("writing {}", path.display()))?;
            described(&rows, bytes.len())
        }
        (_, _, None, Some(link)) => print(family, &rows, link)?,
        (_, _, None, None) => return Err(anyhow!("neither --link nor --out is given")),
    };
    writeln!(out, "{line}")?;
    Ok(())
}

fn width_dots(family: &Family) -> u32 {
    (family.profile)(Wire::Fast).width_dots
}

fn print(family: &Family, rows: &[TcvnPages], address: &LinkAddress) -> anyhow::Result<Value> {
    let profile = (family.profile)(chosen::wire(address));
    let link = device_links::open(address).context("opening the printer")?;
    let mut printer = EscPosPrinter::new(link, profile);
    let fault = printer.status().map_or_else(Some, |status| status.fault);
    if let Some(fault) = fault {
        return Err(anyhow!("the printer is not ready: {}", fault.code()));
    }
    let bytes = self_test::job(profile.width_dots, rows);
    let link = printer.link_mut();
    let until = link.now() + profile.wire_time(bytes.len()) + PAPER_TIME;
    link.write(&bytes, until).map_err(|failed| anyhow!(failed.cause)).context("sending the self-test")?;
    Ok(described(rows, bytes.len()))
}

fn described(rows: &[TcvnPages], bytes: usize) -> Value {
    let rows: Vec<Value> =
        (1..).zip(rows).map(|(row, pages)| json!({ "row": row, "pages": pages.to_string() })).collect();
    json!({ "ok": true, "bytes": bytes, "rows": rows })
}

fn keep(family: &Family, rows: &[TcvnPages], row: usize, path: &PathBuf) -> anyhow::Result<Value> {
    let pages = match row.checked_sub(1) {
        None => None,
        Some(at) => {
            let pages =
                rows.get(at).ok_or_else(|| anyhow!("row {row} is not on the print, which has {}", rows.len()))?;
            Some(pages.to_string())
        }
    };
    let file = ProvenFile { profile: family.name.to_owned(), pages };
    let text = toml::to_string(&file).context("writing the choice")?;
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    Ok(json!({ "ok": true, "profile": file.profile, "pages": file.pages }))
}
