use std::io::Write;
use std::path::PathBuf;
use std::process;
use std::time::SystemTime;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use device_links::LinkAddress;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{JobId, Paper, PrintOutcome, TicketPrinter};
use serde_json::{Value, json};
use thermal_printer_escpos::profile::{Profile, Wire};
use thermal_printer_escpos::session::EscPosPrinter;

use crate::selftest::{self, SelfTest};
use crate::ticket;

#[derive(Subcommand)]
pub enum Command {
    /// Ask the printer for its state
    Status(Target),
    /// Print the letters of every code page, to find the one that reads right; then keep the choice
    Selftest(SelfTest),
    /// Print one ticket and say what became of it
    Print(Print),
}

#[derive(Args)]
pub struct Target {
    /// Where the printer is, such as serial:/dev/ttyS0@115200,rtscts or tcp:192.0.2.7:9100
    #[arg(long)]
    link: LinkAddress,
    /// What the printer can do
    #[arg(long, value_enum, default_value_t = Model::Epson)]
    model: Model,
}

#[derive(Args)]
pub struct Print {
    /// The ticket's fields as JSON
    ticket: PathBuf,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    /// Confirms that a ticket is on paper, as Epson's TM series does
    Epson,
    /// Nothing is known of it: its tickets are never confirmed
    Unknown,
}

/// Runs one command on a printer.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        Command::Status(target) => {
            let status = open(target)?.status();
            writeln!(out, "{}", described(&status))?;
        }
        Command::Selftest(test) => selftest::run(test, out)?,
        Command::Print(print) => {
            let canvas = ticket::draw(&ticket::read_face(&print.ticket)?)?;
            let mut printer = open(&print.target)?;
            let outcome = printer.print_canvas(job_id(), &canvas);
            writeln!(out, "{}", reported(outcome, &printer))?;
        }
    }
    Ok(())
}

fn open(target: &Target) -> anyhow::Result<EscPosPrinter<Box<dyn ByteLink>>> {
    let wire = match &target.link {
        LinkAddress::Serial(serial) => Wire::Serial { baud: serial.baud },
        LinkAddress::Tcp(_) => Wire::Fast,
    };
    let profile = match target.model {
        Model::Epson => Profile::epson_80_mm(wire),
        Model::Unknown => Profile::unknown_80_mm(wire),
    };
    let link = device_links::open(&target.link).context("opening the printer")?;
    Ok(EscPosPrinter::new(link, profile))
}

/// Differs from run to run, so that an answer to an earlier run is not taken for this one's.
fn job_id() -> JobId {
    let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    JobId((since_epoch ^ u128::from(process::id()) << 96).to_be_bytes())
}

fn described(status: &Result<kiosk_hal::printer::PrinterStatus, kiosk_hal::fault::Fault>) -> Value {
    match status {
        Ok(status) => {
            let fault = status.fault.map(kiosk_hal::fault::Fault::code);
            json!({ "ok": fault.is_none(), "fault": fault, "paper": paper_word(status.paper) })
        }
        Err(fault) => json!({ "ok": false, "fault": fault.code(), "paper": paper_word(Paper::Unknown) }),
    }
}

const fn paper_word(paper: Paper) -> &'static str {
    match paper {
        Paper::Full => "full",
        Paper::Low => "low",
        Paper::Out => "out",
        Paper::Jammed => "jammed",
        Paper::Unknown => "unknown",
    }
}

fn reported(outcome: PrintOutcome, printer: &EscPosPrinter<Box<dyn ByteLink>>) -> Value {
    let (word, fault) = match outcome {
        PrintOutcome::Confirmed => ("confirmed", None),
        PrintOutcome::Uncertain(fault) => ("uncertain", Some(fault.code())),
        PrintOutcome::Failed(fault) => ("failed", Some(fault.code())),
    };
    let mut line = json!({ "ok": outcome == PrintOutcome::Confirmed, "outcome": word, "fault": fault });
    if let Some(report) = printer.last_report() {
        line["bytes"] = report.bytes.into();
        line["rows"] = report.rows.into();
        line["ms"] = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX).into();
    }
    line
}
