//! The levers of the dev dock: what each is set to, and how it is set.

use anyhow::{Result, bail};
use device_sim::network::Cut;
use device_sim::printer::{Cutter, PaperSupply, PrinterState, VirtualPrinter};
use queue_protocol::model::RoomId;
use queue_protocol::v1::CallNextReply;
use serde::Serialize;

use super::card_reader::{CardReader, ChipCard};
use super::headless::SAMPLE_CARD;
use super::stack::Stack;

/// The 2024 card of an invented patient: the same first fields and four more.
const SAMPLE_CAN_CUOC: &str =
    "001190999902||TRẦN VĂN THỬ|05061990|Nam|Số 2, Đường Mẫu, Phường Mẫu, Hà Nội|01082024||||";

/// What every lever is set to: the last word of the path that sets it so.
#[derive(Debug, Serialize)]
pub struct Levers {
    paper: &'static str,
    cover: &'static str,
    cutter: &'static str,
    power: &'static str,
    printer: &'static str,
    scanner: &'static str,
    network: &'static str,
    chip: &'static str,
}

impl Levers {
    /// Looks at every lever.
    #[must_use]
    pub fn of(stack: &Stack) -> Self {
        let printer = stack.printer.with(|printer| printer.status());
        Self {
            paper: match printer.supply {
                PaperSupply::Full => "full",
                PaperSupply::Low => "low",
                PaperSupply::Out => "out",
            },
            cover: if printer.cover_open { "open" } else { "close" },
            cutter: if printer.cutter == Cutter::Jammed { "stuck" } else { "free" },
            power: if printer.powered { "on" } else { "off" },
            printer: plug(stack.printer_wire.is_pulled()),
            scanner: plug(stack.scanner_wire.is_pulled()),
            network: match stack.network.is_cut() {
                None => "restore",
                Some(Cut::Refuse) => "cut",
                Some(Cut::Silence) => "silence",
            },
            chip: match stack.card_reader.as_ref().and_then(CardReader::inserted) {
                None => "out",
                Some(ChipCard::Cccd) => "cccd",
                Some(ChipCard::CanCuoc) => "can-cuoc",
                Some(ChipCard::Copy) => "copy",
            },
        }
    }
}

const fn plug(pulled: bool) -> &'static str {
    if pulled { "unplug" } else { "plug" }
}

/// The printer's state in a few words, the worst first.
#[must_use]
pub fn in_words(state: &PrinterState) -> String {
    let facts = [
        (!state.powered, "no power"),
        (state.cover_open, "cover open"),
        (state.supply == PaperSupply::Out, "paper out"),
        (state.cutter == Cutter::Jammed, "cutter jammed"),
        (state.cutter == Cutter::Freed, "cutter freed, waits for the kiosk to go on"),
        (state.supply == PaperSupply::Low, "paper low"),
        (state.working, "printing"),
    ];
    let said: Vec<&str> = facts.iter().filter(|(present, _)| *present).map(|(_, words)| *words).collect();
    if said.is_empty() { "ready".into() } else { said.join(", ") }
}

/// Pulls one lever; says what it did.
///
/// # Errors
/// There is no such lever, or the queue service refuses.
pub fn pull(stack: &Stack, lever: &str) -> Result<String> {
    match lever.split_once('/') {
        Some(("call", room)) => return call(stack, room),
        Some(("card", card)) => return hold_up(stack, card),
        Some(("chip", card)) => return put_into_slot(stack, card),
        Some(_) | None => {}
    }
    let printer = |pull: fn(&mut VirtualPrinter)| stack.printer.with(pull);
    match lever {
        "paper/out" => printer(VirtualPrinter::paper_out),
        "paper/low" => printer(VirtualPrinter::paper_low),
        "paper/full" => printer(VirtualPrinter::load_paper),
        "cover/open" => printer(VirtualPrinter::open_cover),
        "cover/close" => printer(VirtualPrinter::close_cover),
        "cutter/stuck" => printer(VirtualPrinter::cutter_error),
        "cutter/free" => printer(VirtualPrinter::cutter_fixed),
        "power/off" => printer(VirtualPrinter::power_off),
        "power/on" => printer(VirtualPrinter::power_on),
        "printer/unplug" => stack.printer_wire.unplug(),
        "printer/plug" => stack.printer_wire.replug(),
        "scanner/unplug" => stack.scanner_wire.unplug(),
        "scanner/plug" => stack.scanner_wire.replug(),
        "network/cut" => stack.network.cut(Cut::Refuse),
        "network/silence" => stack.network.cut(Cut::Silence),
        "network/restore" => stack.network.restore(),
        _ => bail!("no such lever: {lever}"),
    }
    Ok("Done.".into())
}

fn hold_up(stack: &Stack, card: &str) -> Result<String> {
    let (payload, next): (&[u8], _) = match card {
        "cccd" => (SAMPLE_CARD.as_bytes(), "Held up. Choose a service on the kiosk."),
        "can-cuoc" => (SAMPLE_CAN_CUOC.as_bytes(), "Held up. Choose a service on the kiosk."),
        "web-link" => (b"https://kham.example.vn/menu", "Held up. The kiosk should say that it is no card."),
        "garbage" => (b"\x01\x02\xFF\xFE||||", "Held up. The kiosk should say that it is no card."),
        _ => bail!("no such card: {card}"),
    };
    if stack.scanner_wire.is_pulled() {
        bail!("the scanner's cable is unplugged: nothing was read");
    }
    stack.scanner.with(|scanner| scanner.present(payload));
    Ok(next.into())
}

/// The card reader's slot: the card in it gives way to another.
fn put_into_slot(stack: &Stack, card: &str) -> Result<String> {
    let Some(reader) = &stack.card_reader else { bail!("this kiosk has no chip-card reader") };
    let inserted = match card {
        "out" => {
            reader.pull_out();
            return Ok("Pulled out.".into());
        }
        "cccd" => ChipCard::Cccd,
        "can-cuoc" => ChipCard::CanCuoc,
        "copy" => ChipCard::Copy,
        _ => bail!("no such card: {card}"),
    };
    reader.insert(inserted)?;
    Ok("In the slot. The kiosk reads it when the patient has agreed.".into())
}

fn call(stack: &Stack, room: &str) -> Result<String> {
    match stack.queue().call_next(&RoomId::new(room)?)? {
        CallNextReply::Called { call } => Ok(format!("Called {} to {}.", call.number, call.room_name)),
        CallNextReply::NobodyWaiting => Ok(format!("Nobody waits for {room}.")),
    }
}
