//! The dev dock: every lever by its page's own requests, and nobody else's.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use e2e_tests::{Hospital, eventually};
use xtask::demo::dock::Dock;
use xtask::demo::touchscreen::Spot;

/// How long one answer may take, and how long the dock waits for a request that has been sent.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

struct Reply {
    status: u16,
    kind: String,
    body: Vec<u8>,
}

impl Reply {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

struct Browser {
    dock: Dock,
    host: String,
}

impl Browser {
    fn open() -> Self {
        let dock = Dock::open().unwrap();
        let host = dock.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { dock, host }
    }

    fn get(&self, hospital: &Hospital, path: &str) -> Reply {
        self.send(hospital, &format!("GET {path}"), &format!("Host: {}\r\n", self.host))
    }

    fn act(&self, hospital: &Hospital, lever: &str) -> Reply {
        let headers = format!("Host: {0}\r\nOrigin: http://{0}\r\nContent-Length: 0\r\n", self.host);
        self.send(hospital, &format!("POST /act/{lever}"), &headers)
    }

    fn state(&self, hospital: &Hospital) -> serde_json::Value {
        let reply = self.get(hospital, "/state");
        assert_eq!((reply.status, reply.kind.as_str()), (200, "application/json"));
        serde_json::from_slice(&reply.body).unwrap()
    }

    /// The request waits in the socket until the dock is told to serve it.
    fn send(&self, hospital: &Hospital, line: &str, headers: &str) -> Reply {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(ANSWER_WITHIN)).unwrap();
        write!(stream, "{line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").unwrap();
        self.dock.serve(&hospital.stack, ANSWER_WITHIN).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&answer[..end]).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let kind = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or_default().to_owned();
        Reply { status, kind, body: answer[end + 4..].to_vec() }
    }
}

#[test]
fn a_visit_with_faults_is_played_by_the_dock_alone() {
    let (hospital, dock) = (Hospital::without_display().unwrap(), Browser::open());
    let page = dock.get(&hospital, "/");
    assert_eq!((page.status, page.kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("Dev dock"));
    let state = dock.state(&hospital);
    assert_eq!((state["printer"].as_str(), state["board"]["waiting"].as_u64()), (Some("ready"), Some(0)));
    assert_eq!(state["levers"]["paper"], "full");

    assert_eq!(dock.act(&hospital, "card/cccd").status, 200);
    hospital.sees(&["choose-service"]).unwrap();
    hospital.touches_first_service().unwrap();
    hospital.sees(&["number-take"]).unwrap();
    let paper = dock.get(&hospital, "/paper/0.png");
    assert_eq!((paper.status, paper.kind.as_str()), (200, "image/png"));
    assert!(paper.body.starts_with(b"\x89PNG\r\n"));
    assert_eq!(dock.get(&hospital, "/paper/1.png").status, 404);
    hospital.leaves().unwrap();

    hospital.stocks_its_printer().unwrap();
    assert_eq!(dock.act(&hospital, "paper/out").status, 200);
    let state = dock.state(&hospital);
    assert_eq!((state["printer"].as_str(), state["levers"]["paper"].as_str()), (Some("paper out"), Some("out")));
    hospital.sees(&["welcome-limited"]).unwrap();
    dock.act(&hospital, "card/can-cuoc");
    hospital.sees(&["choose-service"]).unwrap();
    hospital.touches_first_service().unwrap();
    hospital.sees(&["number-write-down"]).unwrap();

    assert_eq!(dock.act(&hospital, "call/p201").text(), "Called A-001 to Phòng 201.");
    let board = &dock.state(&hospital)["board"];
    assert_eq!((board["called"].as_str(), board["waiting"].as_u64()), (Some("A-001 → Phòng 201"), Some(1)));
    assert_eq!(dock.act(&hospital, "call/p207").text(), "Nobody waits for p207.");
}

#[test]
fn every_lever_on_the_page_is_one_and_shows_what_it_is_set_to() {
    let (hospital, dock) = (Hospital::with_card_reader().unwrap(), Browser::open());
    let page = dock.get(&hospital, "/");
    let levers: Vec<&str> =
        page.text().split("data-act=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(levers.len() >= 20, "{levers:?}");
    for lever in levers.iter().filter(|lever| !lever.starts_with("card/")) {
        let reply = dock.act(&hospital, lever);
        assert_eq!(reply.status, 200, "{lever}: {}", reply.text());
        let (name, setting) = lever.split_once('/').unwrap();
        eventually(lever, || Ok(dock.state(&hospital)["levers"][name] == setting)).unwrap();
    }
    let rooms = dock.state(&hospital)["rooms"].as_array().unwrap().clone();
    for room in rooms {
        let reply = dock.act(&hospital, &format!("call/{}", room["id"].as_str().unwrap()));
        assert_eq!(reply.status, 200, "{room}: {}", reply.text());
    }
}

#[test]
fn what_is_no_lever_or_not_from_the_docks_own_page_moves_nothing() {
    let (hospital, dock) = (Hospital::without_display().unwrap(), Browser::open());
    let unknown = dock.act(&hospital, "paper/upside-down");
    assert_eq!((unknown.status, unknown.text()), (400, "no such lever: paper/upside-down"));
    assert_eq!(dock.get(&hospital, "/act/paper/out").status, 404, "a picture's address must pull no lever");

    let own = format!("Host: {}\r\n", dock.host);
    let foreign = [
        format!("{own}Origin: http://kham.example.vn\r\n"),
        format!("{own}Origin: http://127.0.0.1:1\r\n"),
        format!("{own}Origin: null\r\n"),
        "Host: kham.example.vn\r\n".to_owned(),
        format!("{own}Host: kham.example.vn\r\n"),
        String::new(),
    ];
    for headers in foreign {
        let reply = dock.send(&hospital, "POST /act/paper/out", &format!("{headers}Content-Length: 0\r\n"));
        assert_eq!((reply.status, reply.text()), (403, "not from this page"), "{headers}");
    }
    assert_eq!(dock.state(&hospital)["levers"]["paper"], "full");
}

/// The button "read the chip" under the services.
const READ_CHIP: Spot = Spot { x: 780, y: 1536 };
/// The main button of a screen about the chip: "I agree", "try again".
const MAIN: Spot = Spot { x: 540, y: 1332 };

/// The one button of a card with something against it: "go on without the chip".
const WITHOUT_CHIP: Spot = Spot { x: 540, y: 1536 };

fn agrees_to_reading(hospital: &Hospital, dock: &Browser) {
    dock.act(hospital, "card/cccd");
    hospital.sees(&["choose-service"]).unwrap();
    hospital.stack.kiosk_screen().touch(READ_CHIP).unwrap();
    hospital.sees(&["chip-consent"]).unwrap();
    hospital.stack.kiosk_screen().touch(MAIN).unwrap();
    hospital.sees(&["chip-insert"]).unwrap();
}

/// Presses "try again" until the screen goes on: a card takes a moment to be seen in the slot.
fn tries_until(hospital: &Hospital, goes_on: &str) {
    let again = || match hospital.sees(&["chip-trouble", goes_on])?.as_str() {
        "chip-trouble" => {
            hospital.stack.kiosk_screen().touch(MAIN)?;
            hospital.sees(&["chip-insert", "chip-reading", "chip-trouble", goes_on])?;
            Ok(false)
        }
        _ => Ok(true),
    };
    eventually(goes_on, again).unwrap();
}

#[test]
fn a_card_is_inserted_swapped_and_pulled_out_by_the_dock() {
    let (hospital, dock) = (Hospital::with_card_reader().unwrap(), Browser::open());
    agrees_to_reading(&hospital, &dock);
    assert_eq!(dock.act(&hospital, "chip/can-cuoc").status, 200);
    hospital.sees(&["chip-trouble"]).unwrap();
    assert!(hospital.kiosk_said("result=Err(OtherCard)"));
    assert_eq!(dock.act(&hospital, "chip/cccd").status, 200);
    tries_until(&hospital, "choose-service");
    eventually("the portrait", || Ok(hospital.kiosk_said("result=Ok(())"))).unwrap();
    assert_eq!(dock.act(&hospital, "chip/out").text(), "Pulled out.");
    assert_eq!(dock.state(&hospital)["levers"]["chip"], "out");
}

#[test]
fn the_copy_of_a_card_is_told_and_refuses_nobody() {
    let (hospital, dock) = (Hospital::with_card_reader().unwrap(), Browser::open());
    agrees_to_reading(&hospital, &dock);
    assert_eq!(dock.act(&hospital, "chip/copy").status, 200);
    hospital.sees(&["chip-trouble"]).unwrap();
    hospital.stack.kiosk_screen().touch(WITHOUT_CHIP).unwrap();
    hospital.sees(&["choose-service"]).unwrap();
}
