//! Screens of the number, and of numbers from before.

use kiosk_core::event::RejoinFailure;
use kiosk_core::view::{HeldTicket, Mark, NumberStanding, PaperAdvice, Presence, Screen, View};
use kiosk_hal::card::CardMedia;
use queue_protocol::model::{GroupClaim, PriorityGroup, Proof, TicketState};

use super::{Scene, screen, who};

pub fn number(paper: PaperAdvice, standing: NumberStanding, marks: Vec<Mark>) -> View {
    View::Number {
        number: "A-042".parse().unwrap(),
        service: "Nội tổng quát".into(),
        place: "Phòng 101, tầng 1".into(),
        ahead: 5,
        paper,
        standing,
        marks,
    }
}

fn held(number: &str, service: &str, place: &str, state: TicketState) -> HeldTicket {
    HeldTicket { number: number.parse().unwrap(), service: service.into(), place: place.into(), state }
}

pub fn numbers() -> Vec<Scene> {
    let tickets = vec![
        held("A-042", "Nội tổng quát", "Phòng 101", TicketState::Waiting),
        held("K-007", "Răng Hàm Mặt", "Phòng 207", TicketState::Missed),
        held("TM-118", "Tim mạch, huyết áp", "Nhà B, tầng trệt", TicketState::Away),
    ];
    let new = |paper, marks| screen(number(paper, NumberStanding::New, marks));
    let kept = |standing| screen(number(PaperAdvice::OnRequest, standing, Vec::new()));
    let priority = Mark::Priority(GroupClaim { group: PriorityGroup::SevereDisability, proof: Proof::Declared });
    let long = View::Number {
        number: "WM-9999".parse().unwrap(),
        service: "Khám chuyên khoa Răng Hàm Mặt và Phẫu thuật tạo hình hàm mặt".into(),
        place: "Khu khám bệnh theo yêu cầu, nhà C, tầng 12, phòng C1204-C128".into(),
        ahead: 0,
        paper: PaperAdvice::WriteDown,
        standing: NumberStanding::New,
        marks: vec![Mark::IdentityToCheck],
    };
    let asked = Screen { presence: Presence::Asked, ..kept(NumberStanding::Held(TicketState::Waiting)) };
    vec![
        ("finding-tickets", screen(View::FindingTickets)),
        ("choose-ticket", screen(View::ChooseTicket { who: who("NGUYỄN VĂN MẪU"), tickets })),
        ("issuing", screen(View::Issuing { service: "Nội tổng quát".into() })),
        ("number-printing", new(PaperAdvice::Printing, Vec::new())),
        ("number-take", new(PaperAdvice::Take, Vec::new())),
        ("number-take-marks", new(PaperAdvice::Take, vec![priority, Mark::Appointment])),
        ("number-write-down", new(PaperAdvice::WriteDown, Vec::new())),
        ("number-provisional", new(PaperAdvice::Take, vec![Mark::Provisional, Mark::IdentityToCheck])),
        ("number-card-left", Screen { slot: CardMedia::Present, ..new(PaperAdvice::Take, Vec::new()) }),
        ("number-long", screen(long)),
        ("number-held", kept(NumberStanding::Held(TicketState::Waiting))),
        ("number-held-asked", asked),
        ("number-called", kept(NumberStanding::Held(TicketState::Called))),
        ("number-missed", kept(NumberStanding::Held(TicketState::Missed))),
        ("number-away", kept(NumberStanding::Held(TicketState::Away))),
        ("number-put-aside", kept(NumberStanding::Held(TicketState::Held))),
        ("number-coming-back", kept(NumberStanding::ComingBack)),
        ("number-back-in", kept(NumberStanding::BackIn)),
        ("number-not-back-in", kept(NumberStanding::NotBackIn(RejoinFailure::TooOften))),
        ("number-not-back-in-now", kept(NumberStanding::NotBackIn(RejoinFailure::Unreachable))),
        ("one-moment", screen(View::AwaitingOffer)),
    ]
}
