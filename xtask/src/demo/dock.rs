//! The dev dock: a local page that is the patient's, the technician's and the room's hand.

use std::io::Cursor;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde::Serialize;
use tiny_http::{Header, Method, Request, Response, Server};

use super::clinic::Room;
use super::levers::{self, Levers};
use super::stack::{Stack, ZONE};

const PAGE: &str = include_str!("dock.html");

type Reply = Response<Cursor<Vec<u8>>>;

/// The open dock.
pub struct Dock {
    server: Server,
    addr: SocketAddr,
}

/// What the page shows.
#[derive(Debug, Serialize)]
struct State {
    /// The printer's state in words.
    printer: String,
    levers: Levers,
    /// Bytes the printer has received.
    bytes: usize,
    /// Papers that came out; the newest is the last.
    papers: usize,
    rooms: Vec<RoomButton>,
    /// `None` when the queue service does not answer.
    board: Option<Wall>,
}

#[derive(Debug, Serialize)]
struct RoomButton {
    id: String,
    name: String,
}

/// What the rooms and the display know.
#[derive(Debug, Serialize)]
struct Wall {
    /// Called last, such as `A-001 → Phòng 201`.
    called: Option<String>,
    waiting: u32,
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
    pub fn serve(&self, stack: &Stack, patience: Duration) -> Result<()> {
        let Some(request) = self.server.recv_timeout(patience)? else { return Ok(()) };
        let reply =
            if self.is_from_own_page(&request) { answer(&request, stack) } else { refused(403, "not from this page") };
        // The browser may have gone away meanwhile.
        request.respond(reply).ok();
        Ok(())
    }

    /// Another page in the same browser must pull no lever. A browser names the page's own host in `Host`, also when a
    /// foreign name leads to this machine, and the page in `Origin` (RFC 6454, section 7).
    fn is_from_own_page(&self, request: &Request) -> bool {
        let hosts = [self.addr.to_string(), format!("localhost:{}", self.addr.port())];
        let all = |name: &'static str, allowed: &dyn Fn(&str) -> bool| {
            let mut values = request.headers().iter().filter(|header| header.field.equiv(name));
            values.all(|header| allowed(header.value.as_str()))
        };
        let names_host = request.headers().iter().any(|header| header.field.equiv("Host"));
        names_host
            && all("Host", &|host| hosts.iter().any(|own| own == host))
            && all("Origin", &|origin| hosts.iter().any(|own| origin.strip_prefix("http://") == Some(own)))
    }
}

fn answer(request: &Request, stack: &Stack) -> Reply {
    let path = request.url().trim_start_matches('/');
    match (request.method(), path.split_once('/')) {
        (Method::Get, None) if path.is_empty() => typed(PAGE.as_bytes().to_vec(), "text/html; charset=utf-8"),
        (Method::Get, None) if path == "state" => match state(stack) {
            Ok(json) => typed(json, "application/json"),
            Err(error) => refused(500, &format!("{error:#}")),
        },
        (Method::Get, Some(("paper", name))) => paper(stack, name),
        (Method::Post, Some(("act", lever))) => match levers::pull(stack, lever) {
            Ok(said) => typed(said.into_bytes(), "text/plain; charset=utf-8"),
            Err(error) => refused(400, &format!("{error:#}")),
        },
        (_, _) => refused(404, "no such page"),
    }
}

fn refused(status: u16, why: &str) -> Reply {
    typed(why.as_bytes().to_vec(), "text/plain; charset=utf-8").with_status_code(status)
}

fn typed(body: Vec<u8>, kind: &str) -> Reply {
    let reply = Response::from_data(body);
    match Header::from_bytes("Content-Type", kind) {
        Ok(header) => reply.with_header(header),
        Err(()) => reply,
    }
}

fn state(stack: &Stack) -> Result<Vec<u8>> {
    let (printer, bytes, papers) = stack
        .printer
        .with(|printer| (levers::in_words(&printer.status()), printer.wire_log().len(), printer.papers().len()));
    let button = |Room { id, name }| RoomButton { id: id.to_string(), name };
    let rooms = stack.rooms()?.into_iter().map(button).collect();
    let board = stack.queue().board(ZONE).ok().map(|board| Wall {
        called: board.calls.first().map(|call| format!("{} → {}", call.number, call.room_name)),
        waiting: board.waiting.values().sum(),
    });
    Ok(serde_json::to_vec(&State { printer, levers: Levers::of(stack), bytes, papers, rooms, board })?)
}

fn paper(stack: &Stack, name: &str) -> Reply {
    let place = name.strip_suffix(".png").and_then(|place| place.parse::<usize>().ok());
    let paper = stack.printer.with(|printer| place.and_then(|place| printer.papers().get(place).cloned()));
    match paper {
        Some(paper) => typed(paper.to_png(), "image/png"),
        None => refused(404, "no such paper"),
    }
}
