//! The dev dock: a local page that is the patient's, the technician's and the room's hand.

use std::io::Cursor;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, anyhow};
use device_sim::network::Cut;
use device_sim::printer::{Cutter, PaperSupply, PrinterState, VirtualPrinter};
use queue_protocol::model::RoomId;
use queue_protocol::v1::CallNextReply;
use serde::Serialize;
use tiny_http::{Header, Method, Request, Response, Server};

use super::headless::SAMPLE_CARD;
use super::stack::{Stack, ZONE};

const PAGE: &str = include_str!("dock.html");
/// The 2024 card of an invented patient: the same first fields and four more.
const SAMPLE_CAN_CUOC: &str =
    "001190999902||TRẦN VĂN THỬ|05061990|Nam|Số 2, Đường Mẫu, Phường Mẫu, Hà Nội|01082024||||";
/// Rooms of the sample clinic.
const ROOMS: [&str; 6] = ["p201", "p202", "p203", "p204", "p205", "p206"];

type Reply = Response<Cursor<Vec<u8>>>;

/// The open dock.
pub struct Dock {
    server: Server,
    addr: SocketAddr,
}

/// What the page shows.
#[derive(Debug, Serialize)]
struct State {
    printer: String,
    bytes: usize,
    papers: usize,
    called: Option<String>,
    waiting: u32,
    rooms: [&'static str; 6],
}

impl Dock {
    /// Opens the dock on this machine only.
    ///
    /// # Errors
    /// No port can be had.
    pub fn open() -> Result<Self> {
        let server = Server::http("127.0.0.1:0").map_err(|error| anyhow!("no port for the dev dock: {error}"))?;
        let addr = server.server_addr().to_ip().ok_or_else(|| anyhow!("the dev dock has no address"))?;
        Ok(Self { server, addr })
    }

    /// Where the page is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.addr)
    }

    /// Serves one request, or none within `patience`.
    ///
    /// # Errors
    /// The server has failed.
    pub fn serve(&self, stack: &mut Stack, patience: Duration) -> Result<()> {
        let Some(request) = self.server.recv_timeout(patience)? else { return Ok(()) };
        let reply = answer(&request, stack);
        // The browser may have gone away meanwhile.
        request.respond(reply).ok();
        Ok(())
    }
}

fn answer(request: &Request, stack: &mut Stack) -> Reply {
    let url = request.url();
    match (request.method(), url.trim_start_matches('/').split_once('/')) {
        (Method::Get, None) if url == "/" => typed(PAGE.as_bytes().to_vec(), "text/html; charset=utf-8"),
        (Method::Get, None) if url == "/state" => match serde_json::to_vec(&state(stack)) {
            Ok(json) => typed(json, "application/json"),
            Err(error) => Response::from_string(error.to_string()).with_status_code(500),
        },
        (Method::Get, Some(("paper", name))) => paper(stack, name),
        (Method::Post, Some(("act", name))) => match act(stack, name) {
            Ok(said) => Response::from_string(said),
            Err(error) => Response::from_string(format!("{error:#}")).with_status_code(400),
        },
        (_, _) => Response::from_string("no such page").with_status_code(404),
    }
}

fn typed(body: Vec<u8>, kind: &str) -> Reply {
    let reply = Response::from_data(body);
    match Header::from_bytes("Content-Type", kind) {
        Ok(header) => reply.with_header(header),
        Err(()) => reply,
    }
}

fn state(stack: &Stack) -> State {
    let (printer, bytes, papers) =
        stack.printer.with(|printer| (said_of(&printer.status()), printer.wire_log().len(), printer.papers().len()));
    let board = stack.queue().board(ZONE).ok();
    let called = board.as_ref().and_then(|board| board.calls.first());
    State {
        printer,
        bytes,
        papers,
        called: called.map(|call| format!("{} → {}", call.number, call.room_name)),
        waiting: board.as_ref().map_or(0, |board| board.waiting.values().sum()),
        rooms: ROOMS,
    }
}

/// The printer's state in a few words, the worst first.
fn said_of(state: &PrinterState) -> String {
    let faults = [
        (!state.powered, "no power"),
        (state.cover_open, "cover open"),
        (state.supply == PaperSupply::Out, "paper out"),
        (state.cutter == Cutter::Jammed, "cutter jammed"),
        (state.supply == PaperSupply::Low, "paper low"),
        (state.working, "printing"),
    ];
    let said: Vec<&str> = faults.iter().filter(|(present, _)| *present).map(|(_, words)| *words).collect();
    if said.is_empty() { "ready".into() } else { said.join(", ") }
}

fn paper(stack: &Stack, name: &str) -> Reply {
    let place = name.strip_suffix(".png").and_then(|place| place.parse::<usize>().ok());
    let png = stack.printer.with(|printer| Some(printer.papers().get(place?)?.to_png()));
    match png {
        Some(png) => typed(png, "image/png"),
        None => Response::from_string("no such paper").with_status_code(404),
    }
}

/// Pulls one lever; says what it did.
fn act(stack: &mut Stack, name: &str) -> Result<String> {
    if let Some(room) = name.strip_prefix("call/") {
        return call(stack, room);
    }
    if let Some(card) = name.strip_prefix("card/") {
        return hold_up(stack, card);
    }
    let printer = |pull: fn(&mut VirtualPrinter)| stack.printer.with(pull);
    match name {
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
        _ => return Err(anyhow!("no such lever: {name}")),
    }
    Ok(format!("Done: {name}"))
}

fn hold_up(stack: &Stack, card: &str) -> Result<String> {
    let payload: &[u8] = match card {
        "cccd" => SAMPLE_CARD.as_bytes(),
        "can-cuoc" => SAMPLE_CAN_CUOC.as_bytes(),
        "web-link" => b"https://kham.example.vn/menu",
        "garbage" => b"\x01\x02\xFF\xFE||||",
        _ => return Err(anyhow!("no such card: {card}")),
    };
    stack.scanner.with(|scanner| scanner.present(payload));
    Ok("Held up. Choose a service on the kiosk.".into())
}

fn call(stack: &Stack, room: &str) -> Result<String> {
    match stack.queue().call_next(&RoomId::new(room)?)? {
        CallNextReply::Called { call } => Ok(format!("Called {} to {}", call.number, call.room_name)),
        CallNextReply::NobodyWaiting => Ok(format!("Nobody waits for {room}")),
    }
}
