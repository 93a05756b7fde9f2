//! If this fails, mend the code, not the test.
//!
//! The exact bytes of what was added to version 1 after its first release.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod frozen;

use std::collections::BTreeMap;

use frozen::{REQUEST, frozen, request};
use queue_protocol::board::{AtRoom, Board, BoardEvent, BoardEventKind};
use queue_protocol::model::{
    Arrival, Call, CallMark, GroupClaim, KioskId, Line, LogId, PersonMark, Placement, PriorityGroup, PriorityPolicy,
    Proof, RoomId, ServiceId, StaffCheck, Standing, TicketState, UnixMillis, WhyNext, ZoneId,
};
use queue_protocol::v1::stream::ALL_KINDS;
use queue_protocol::v1::{
    FindTickets, HeldTickets, IssueTicket, NumberChanged, NumberNow, NumberStep, ProblemCode, QueueEntry, Reactivate,
    RoomQueue, RoomStep, Services, SetGroups, Transfer,
};

fn service() -> ServiceId {
    ServiceId::new("mat").unwrap()
}

fn room() -> RoomId {
    RoomId::new("p207").unwrap()
}

fn call() -> Call {
    Call {
        number: "B-042".parse().unwrap(),
        service: service(),
        room: room(),
        room_name: "Phòng 207".into(),
        called_at: UnixMillis(5),
        mark: CallMark { line: Line::Priority, recalls: 2, provisional: false },
    }
}

const CALL: &str = r#"{"number":"B-042","service":"mat","room":"p207","room_name":"Phòng 207","called_at":5,"line":"priority","recalls":2}"#;

fn now() -> NumberNow {
    NumberNow {
        number: "B-042".parse().unwrap(),
        day: "2026-11-23".parse().unwrap(),
        service: service(),
        state: TicketState::Away,
        line: Line::Normal,
        room: Some(room()),
    }
}

#[test]
fn an_arrival() {
    let arrival = Arrival {
        person: Some(PersonMark::from_bytes([0xab; 32])),
        groups: vec![GroupClaim { group: PriorityGroup::Aged75, proof: Proof::Verified }],
        booked_for: Some(UnixMillis(9)),
        no_identity: false,
    };
    let asked = IssueTicket { request: request(), kiosk: KioskId::new("k3").unwrap(), service: service(), arrival };
    let person = "ab".repeat(32);
    frozen(
        &asked,
        &format!(
            r#"{{"request":"{REQUEST}","kiosk":"k3","service":"mat","person":"{person}","groups":[{{"group":"aged_75","proof":"verified"}}],"booked_for":9}}"#
        ),
    );
    let groups = [
        (PriorityGroup::Emergency, "emergency"),
        (PriorityGroup::Under6, "under6"),
        (PriorityGroup::Pregnant, "pregnant"),
        (PriorityGroup::SevereDisability, "severe_disability"),
        (PriorityGroup::Aged75, "aged_75"),
        (PriorityGroup::Merit, "merit"),
    ];
    for (group, word) in groups {
        frozen(&group, &format!("\"{word}\""));
    }
    frozen(&Proof::Declared, "\"declared\"");
}

#[test]
fn what_staff_look_at() {
    frozen(&Arrival { no_identity: true, ..Arrival::default() }, r#"{"no_identity":true}"#);
    let checks = vec![StaffCheck::Identity, StaffCheck::Groups, StaffCheck::Appointment];
    frozen(&checks, r#"["identity","groups","appointment"]"#);
}

#[test]
fn the_numbers_a_person_has() {
    let person = PersonMark::from_bytes([0xab; 32]);
    frozen(&FindTickets { person }, &format!(r#"{{"person":"{}"}}"#, "ab".repeat(32)));
    frozen(&HeldTickets::default(), r#"{"tickets":[]}"#);
    let told = Services {
        hospital: "BV".into(),
        address: String::new(),
        services: vec![],
        priority: None,
        held_tickets: true,
    };
    frozen(&told, r#"{"hospital":"BV","address":"","services":[],"held_tickets":true}"#);
}

#[test]
fn a_standing() {
    let standing = Standing { line: Line::Booked, held_before: Some(TicketState::Missed), provisional: false };
    frozen(&standing, r#"{"line":"booked","held_before":"missed"}"#);
    frozen(&Line::Emergency, "\"emergency\"");
}

#[test]
fn steps_of_a_number() {
    let number = "B-042".parse().unwrap();
    frozen(&RoomStep { request: request(), number }, &format!(r#"{{"request":"{REQUEST}","number":"B-042"}}"#));
    frozen(&NumberStep { request: request() }, &format!(r#"{{"request":"{REQUEST}"}}"#));
    frozen(
        &Reactivate { request: request(), placement: Placement::End },
        &format!(r#"{{"request":"{REQUEST}","placement":"end"}}"#),
    );
    frozen(
        &Transfer { request: request(), to: service(), room: Some(room()), placement: Placement::AfterCurrent },
        &format!(r#"{{"request":"{REQUEST}","to":"mat","room":"p207","placement":"after_current"}}"#),
    );
    frozen(&Placement::KeepPlace, "\"keep_place\"");
    frozen(&SetGroups { request: request(), groups: vec![] }, &format!(r#"{{"request":"{REQUEST}","groups":[]}}"#));
    frozen(
        &NumberChanged { now: now(), call: Some(call()) },
        &format!(
            r#"{{"number":"B-042","day":"2026-11-23","service":"mat","state":"away","line":"normal","room":"p207","call":{CALL}}}"#
        ),
    );
}

#[test]
fn a_rooms_queue() {
    let entry = QueueEntry {
        number: "B-042".parse().unwrap(),
        service: service(),
        state: TicketState::Waiting,
        line: Line::Booked,
        issued_at: UnixMillis(7),
        booked_for: Some(UnixMillis(9)),
        why: Some(WhyNext::Booked),
        groups: vec![],
        checks: vec![],
    };
    let queue = RoomQueue {
        room: room(),
        room_name: "Phòng 207".into(),
        day: "2026-11-23".parse().unwrap(),
        priority: PriorityPolicy::Ratio { priority: 2, normal: 1 },
        at_room: None,
        waiting: vec![entry],
        more: 3,
        aside: vec![],
    };
    frozen(
        &queue,
        r#"{"room":"p207","room_name":"Phòng 207","day":"2026-11-23","priority":{"kind":"ratio","priority":2,"normal":1},"waiting":[{"number":"B-042","service":"mat","state":"waiting","line":"booked","issued_at":7,"booked_for":9,"why":"booked"}],"more":3,"aside":[]}"#,
    );
    frozen(&PriorityPolicy::Strict, r#"{"kind":"strict"}"#);
    frozen(&PriorityPolicy::Ageing { head_start_minutes: 30 }, r#"{"kind":"ageing","head_start_minutes":30}"#);
    let reasons = [
        (WhyNext::Emergency, "emergency"),
        (WhyNext::Back, "back"),
        (WhyNext::PriorityTurn, "priority_turn"),
        (WhyNext::NormalTurn, "normal_turn"),
        (WhyNext::LongestWait, "longest_wait"),
        (WhyNext::InOrder, "in_order"),
        (WhyNext::NobodyElse, "nobody_else"),
    ];
    for (why, word) in reasons {
        frozen(&why, &format!("\"{word}\""));
    }
}

#[test]
fn problem_codes() {
    let codes = [
        (ProblemCode::UnknownNumber, "unknown_number"),
        (ProblemCode::StepNotAllowed, "step_not_allowed"),
        (ProblemCode::NotAtThisRoom, "not_at_this_room"),
        (ProblemCode::RejoinedTooOften, "rejoined_too_often"),
        (ProblemCode::QuotaReached, "quota_reached"),
        (ProblemCode::BookingTooEarly, "booking_too_early"),
        (ProblemCode::NoSeriesLeft, "no_series_left"),
        (ProblemCode::TooManyDevices, "too_many_devices"),
    ];
    for (code, word) in codes {
        frozen(&code, &format!("\"{word}\""));
    }
}

#[test]
fn a_board_with_doors_and_missed_numbers() {
    let mut board = Board::new(ZoneId::new("khu-b").unwrap(), "Khu B".into(), "2026-11-23".parse().unwrap(), 9);
    board.log = Some(LogId::new(0xff));
    board.rooms = BTreeMap::from([(room(), AtRoom { number: "B-042".parse().unwrap(), state: TicketState::InRoom })]);
    board.missed = vec!["B-041".parse().unwrap()];
    frozen(
        &board,
        r#"{"zone":"khu-b","zone_name":"Khu B","day":"2026-11-23","seq":9,"calls":[],"waiting":{},"log":"00000000000000ff","rooms":{"p207":{"number":"B-042","state":"in_room"}},"missed":["B-041"]}"#,
    );
}

#[test]
fn board_events() {
    let number = "B-042".parse().unwrap();
    let cases = [
        (BoardEventKind::TicketRecalled { call: call() }, format!(r#""kind":"ticket_recalled","call":{CALL}"#)),
        (
            BoardEventKind::TicketStepped {
                service: service(),
                number,
                from: TicketState::Called,
                to: TicketState::Missed,
            },
            r#""kind":"ticket_stepped","service":"mat","number":"B-042","from":"called","to":"missed""#.into(),
        ),
        (
            BoardEventKind::TicketLeft { service: service(), number, from: TicketState::InRoom },
            r#""kind":"ticket_left","service":"mat","number":"B-042","from":"in_room""#.into(),
        ),
        (
            BoardEventKind::TicketJoined { service: service(), number },
            r#""kind":"ticket_joined","service":"mat","number":"B-042""#.into(),
        ),
        (
            BoardEventKind::TicketMarked { number, line: Line::Priority },
            r#""kind":"ticket_marked","number":"B-042","line":"priority""#.into(),
        ),
    ];
    for (kind, bytes) in cases {
        assert!(!kind.is_of_first_release());
        let event = BoardEvent { seq: 7, day: "2026-11-23".parse().unwrap(), kind };
        frozen(&event, &format!(r#"{{"seq":7,"day":"2026-11-23",{bytes}}}"#));
    }
    assert_eq!(ALL_KINDS, "2");
}
