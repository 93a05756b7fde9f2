use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{self, ExitCode};
use std::time::SystemTime;

use clap::{Args, Subcommand};
use device_links::{LinkAddress, OpenError};
use kiosk_hal::fault::{Fault, device_word};
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::{JobId, Media, Paper, PrintOutcome, PrinterStatus, TicketPrinter};
use serde_json::{Value, json};
use thermal_printer_escpos::profile::Profile;
use thermal_printer_escpos::session::EscPosPrinter;

use crate::chosen::ChosenPrinter;
use crate::selftest::{self, SelfTest};
use crate::{report, ticket};

/// Exit status when no whole ticket came out, or the printer gave no state.
const FAILED: u8 = 3;
/// Exit status when nobody can know whether a whole ticket came out.
const UNCERTAIN: u8 = 4;

#[derive(Subcommand)]
pub enum Command {
    /// Ask the printer for its state
    Status(Target),
    /// Print the letters of every code page, to find the one that reads right; then keep the choice
    Selftest(SelfTest),
    /// Print one ticket and say what became of it. Exits with 3 when it failed and with 4 when it is uncertain
    Print(Print),
}

#[derive(Args)]
pub struct Target {
    /// Where the printer is: serial:/dev/ttyS0@115200 (with ,rtscts or ,xonxoff behind it), usblp:/dev/usb/lp0 or
    /// tcp:192.0.2.7:9100
    #[arg(long)]
    link: LinkAddress,
    #[command(flatten)]
    printer: ChosenPrinter,
}

#[derive(Args)]
pub struct Print {
    /// The ticket's fields as JSON
    ticket: PathBuf,
    #[command(flatten)]
    target: Target,
}

type Printer = EscPosPrinter<Box<dyn ByteLink>>;

/// Runs one command on a printer: one JSON object on `out`, whatever the printer does.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match command {
        Command::Status(target) => {
            let (_, profile) = target.printer.profile_at(&target.link)?;
            let mut printer = open(target, profile);
            let status = printer.as_mut().map_err(|fault| *fault).and_then(Printer::status);
            let media = printer.map_or(Media::Unknown, |printer| printer.media());
            writeln!(out, "{}", described(&status, media))?;
            Ok(if status.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
        }
        Command::Selftest(test) => selftest::run(test, out).map(|()| ExitCode::SUCCESS),
        Command::Print(print) => {
            let face = ticket::read_face(&print.ticket)?;
            // Refused here by the name of its field; the printer would only say that it is invalid.
            ticket::draw(&face)?;
            let (_, profile) = print.target.printer.profile_at(&print.target.link)?;
            let (outcome, line) = match open(&print.target, profile) {
                Ok(mut printer) => {
                    let outcome = printer.print(job_id(), &face);
                    (outcome, reported(outcome, &mut printer))
                }
                Err(fault) => {
                    let outcome = PrintOutcome::Failed(fault);
                    (outcome, outcome_line(outcome))
                }
            };
            writeln!(out, "{line}")?;
            Ok(match outcome {
                PrintOutcome::Confirmed => ExitCode::SUCCESS,
                PrintOutcome::Failed(_) => ExitCode::from(FAILED),
                PrintOutcome::Uncertain(_) => ExitCode::from(UNCERTAIN),
            })
        }
    }
}

/// Opens the printer; why it cannot be opened goes to standard error, and its fault into the answer.
fn open(target: &Target, profile: Profile) -> Result<Printer, Fault> {
    let link = device_links::open(&target.link).map_err(refused)?;
    Ok(EscPosPrinter::new(link, profile))
}

fn refused(error: OpenError) -> Fault {
    let fault = error.fault();
    report(&anyhow::Error::new(error).context("opening the printer"), &mut io::stderr().lock());
    fault
}

/// Differs from run to run, so that an answer to an earlier run is not taken for this one's.
fn job_id() -> JobId {
    let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    JobId((since_epoch ^ u128::from(process::id()) << 96).to_be_bytes())
}

fn described(status: &Result<PrinterStatus, Fault>, media: Media) -> Value {
    let (fault, paper) = match status {
        Ok(status) => (status.fault, status.paper),
        Err(fault) => (Some(*fault), Paper::Unknown),
    };
    json!({
        "ok": fault.is_none(),
        "device": device_word(fault),
        "paper": paper.word(),
        "media": media.word(),
        "fault": fault.map(Fault::code),
    })
}

fn outcome_line(outcome: PrintOutcome) -> Value {
    let (word, fault) = match outcome {
        PrintOutcome::Confirmed => ("confirmed", None),
        PrintOutcome::Uncertain(fault) => ("uncertain", Some(fault.code())),
        PrintOutcome::Failed(fault) => ("failed", Some(fault.code())),
    };
    json!({ "ok": outcome == PrintOutcome::Confirmed, "outcome": word, "fault": fault })
}

/// The outcome, with figures of the job; with a presenter also whether the ticket was taken, which is waited for.
fn reported(outcome: PrintOutcome, printer: &mut Printer) -> Value {
    let mut line = outcome_line(outcome);
    if let Some(report) = printer.last_report() {
        line["bytes"] = report.bytes.into();
        line["rows"] = report.rows.into();
        line["ms"] = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX).into();
    }
    if printer.media() == Media::Present {
        line["media"] = printer.await_taken().map_or("unknown", Media::word).into();
    }
    line
}
