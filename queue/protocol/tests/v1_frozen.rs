//! If this fails, mend the code, not the test.
//!
//! The exact bytes of every message of version 1. Hospitals run kiosks, rooms and displays of several releases at once.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fmt::Debug;

use queue_protocol::board::{Board, BoardEvent, BoardEventKind};
use queue_protocol::model::{
    Call, CallMark, KioskId, RequestId, RoomId, ServiceFacts, ServiceId, ServiceOffer, Standing, Ticket, TicketState,
    UnixMillis, ZoneId,
};
use queue_protocol::v1::stream::{self, Heartbeat};
use queue_protocol::v1::{CallNext, CallNextReply, IssueTicket, Problem, ProblemCode, Services, TicketVoided};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn frozen<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, bytes: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), bytes);
    assert_eq!(&serde_json::from_str::<T>(bytes).unwrap(), value);
    // Readers ignore fields of later versions.
    if let Some(rest) = bytes.strip_prefix('{') {
        let later = format!("{{\"added_later\":[1],{rest}");
        assert_eq!(&serde_json::from_str::<T>(&later).unwrap(), value, "{later}");
    }
}

fn request() -> RequestId {
    "0190a1b2-0000-7000-8000-000000000001".parse().unwrap()
}

fn service() -> ServiceId {
    ServiceId::new("noi-tim-mach").unwrap()
}

fn call() -> Call {
    Call {
        number: "B-042".parse().unwrap(),
        service: service(),
        room: RoomId::new("p203").unwrap(),
        room_name: "Phòng 203".into(),
        called_at: UnixMillis(1_795_395_600_000),
        mark: CallMark::default(),
    }
}

const CALL: &str =
    r#"{"number":"B-042","service":"noi-tim-mach","room":"p203","room_name":"Phòng 203","called_at":1795395600000}"#;

fn event(kind: BoardEventKind) -> BoardEvent {
    BoardEvent { seq: 7, day: "2026-11-23".parse().unwrap(), kind }
}

#[test]
fn services() {
    let services = Services {
        hospital: "BỆNH VIỆN MẪU".into(),
        address: "Số 1".into(),
        services: vec![ServiceOffer {
            id: service(),
            name: "Khám Nội Tim mạch".into(),
            place: "Phòng 203".into(),
            open: true,
            waiting: 3,
            facts: ServiceFacts::default(),
        }],
        priority: None,
        held_tickets: false,
    };
    frozen(
        &services,
        r#"{"hospital":"BỆNH VIỆN MẪU","address":"Số 1","services":[{"id":"noi-tim-mach","name":"Khám Nội Tim mạch","place":"Phòng 203","open":true,"waiting":3}]}"#,
    );
}

#[test]
fn issue_ticket_and_ticket() {
    let asked = IssueTicket::new(request(), KioskId::new("k3").unwrap(), service());
    frozen(&asked, r#"{"request":"0190a1b2-0000-7000-8000-000000000001","kiosk":"k3","service":"noi-tim-mach"}"#);
    let ticket = Ticket {
        request: request(),
        day: "2026-11-23".parse().unwrap(),
        number: "B-042".parse().unwrap(),
        service: service(),
        service_name: "Khám Nội Tim mạch".into(),
        place: "Phòng 203".into(),
        ahead: 4,
        issued_at: UnixMillis(1_795_395_600_000),
        issued_at_local: "08:00 23/11/2026".into(),
        standing: Standing::default(),
    };
    frozen(
        &ticket,
        r#"{"request":"0190a1b2-0000-7000-8000-000000000001","day":"2026-11-23","number":"B-042","service":"noi-tim-mach","service_name":"Khám Nội Tim mạch","place":"Phòng 203","ahead":4,"issued_at":1795395600000,"issued_at_local":"08:00 23/11/2026"}"#,
    );
}

#[test]
fn ticket_voided() {
    frozen(&TicketVoided::Voided, r#"{"outcome":"voided"}"#);
    frozen(&TicketVoided::NeverIssued, r#"{"outcome":"never_issued"}"#);
}

#[test]
fn call_next_and_its_reply() {
    frozen(&CallNext { request: request() }, r#"{"request":"0190a1b2-0000-7000-8000-000000000001"}"#);
    let called = CallNextReply::Called { call: call() };
    frozen(&called, &format!(r#"{{"outcome":"called","call":{CALL}}}"#));
    frozen(&CallNextReply::NobodyWaiting, r#"{"outcome":"nobody_waiting"}"#);
}

#[test]
fn problem_and_its_codes() {
    let problem = Problem {
        kind: "urn:tiep-don:problem:unknown_service".into(),
        title: "No such service".into(),
        status: 404,
        detail: "unknown service x".into(),
        code: ProblemCode::UnknownService,
    };
    frozen(
        &problem,
        r#"{"type":"urn:tiep-don:problem:unknown_service","title":"No such service","status":404,"detail":"unknown service x","code":"unknown_service"}"#,
    );
    let codes = [
        (ProblemCode::BadRequest, "bad_request"),
        (ProblemCode::UnknownService, "unknown_service"),
        (ProblemCode::UnknownRoom, "unknown_room"),
        (ProblemCode::UnknownZone, "unknown_zone"),
        (ProblemCode::ServiceClosed, "service_closed"),
        (ProblemCode::SeriesExhausted, "series_exhausted"),
        (ProblemCode::RequestSpent, "request_spent"),
        (ProblemCode::StoreUnavailable, "store_unavailable"),
        (ProblemCode::Internal, "internal"),
    ];
    for (code, word) in codes {
        frozen(&code, &format!("\"{word}\""));
    }
    assert_eq!(serde_json::from_str::<ProblemCode>("\"of_a_later_version\"").unwrap(), ProblemCode::Internal);
}

#[test]
fn board() {
    let board = Board {
        zone: ZoneId::new("khu-b").unwrap(),
        zone_name: "Khu B – Tầng 2".into(),
        day: "2026-11-23".parse().unwrap(),
        seq: 9,
        calls: vec![call()],
        waiting: BTreeMap::from([(service(), 2)]),
        log: None,
        rooms: BTreeMap::new(),
        missed: Vec::new(),
    };
    frozen(
        &board,
        &format!(
            r#"{{"zone":"khu-b","zone_name":"Khu B – Tầng 2","day":"2026-11-23","seq":9,"calls":[{CALL}],"waiting":{{"noi-tim-mach":2}}}}"#
        ),
    );
}

#[test]
fn board_events() {
    let number = "B-042".parse().unwrap();
    let issued = event(BoardEventKind::TicketIssued { service: service(), number });
    frozen(&issued, r#"{"seq":7,"day":"2026-11-23","kind":"ticket_issued","service":"noi-tim-mach","number":"B-042"}"#);
    let called = event(BoardEventKind::TicketCalled { call: call() });
    frozen(&called, &format!(r#"{{"seq":7,"day":"2026-11-23","kind":"ticket_called","call":{CALL}}}"#));
    for (from, word) in
        [(TicketState::Waiting, "waiting"), (TicketState::Called, "called"), (TicketState::Voided, "voided")]
    {
        let voided = event(BoardEventKind::TicketVoided { service: service(), number, from });
        let bytes = format!(
            r#"{{"seq":7,"day":"2026-11-23","kind":"ticket_voided","service":"noi-tim-mach","number":"B-042","from":"{word}"}}"#
        );
        frozen(&voided, &bytes);
    }
}

#[test]
fn the_stream() {
    frozen(&Heartbeat { seq: 9 }, r#"{"seq":9}"#);
    assert_eq!((stream::SNAPSHOT, stream::EVENT, stream::HEARTBEAT), ("snapshot", "event", "heartbeat"));
    assert_eq!((stream::HEARTBEAT_MS, stream::STALE_AFTER_MS), (3_000, 10_000));
}
