//! A number that somebody has from before: found, shown, printed again, back in.

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, FindFailure, IssueFailure, RejoinFailure, Touch};
use kiosk_core::ledger::Entry;
use kiosk_core::session::{FIND_WAIT, ISSUE_WAIT, WRITE_DOWN_WAIT};
use kiosk_core::view::{Advice, NumberStanding, PaperAdvice, Purpose, View};
use kiosk_hal::printer::{Edition, PrintOutcome};
use queue_protocol::model::TicketState;

use crate::kiosk::{CARD, Kiosk, OTHER_CARD, held, id, ticket};

#[test]
fn who_lost_the_ticket_gets_the_same_number_on_new_paper() {
    let mut kiosk = lost();
    let effects = kiosk.tell(Event::TicketsFound(id(1), Ok(vec![held(40, "A-042", TicketState::Waiting)])));
    let [Effect::Print { request, face }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*request, face.number.as_str(), face.edition), (id(2), "A-042", Edition::Reprint));
    assert_eq!(face.ahead, "", "how many were ahead is known of the first paper only");
    assert_eq!(standing(&kiosk), NumberStanding::Held(TicketState::Waiting));
    kiosk.tell(Event::Printed(id(2), PrintOutcome::Confirmed));
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::Take)));
}

#[test]
fn who_has_several_numbers_says_which() {
    let mut kiosk = lost();
    let tickets = vec![held(40, "A-042", TicketState::Waiting), held(41, "B-007", TicketState::Away)];
    assert_eq!(kiosk.tell(Event::TicketsFound(id(1), Ok(tickets))), []);
    let View::ChooseTicket { tickets, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(tickets.len(), 2);
    assert_eq!(kiosk.touch(Touch::ShowTicket("A-001".parse().unwrap())), [], "not one of them");
    let effects = kiosk.touch(Touch::ShowTicket("B-007".parse().unwrap()));
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.number, "B-007");
}

#[test]
fn a_card_held_up_again_shows_the_number_and_prints_only_when_asked() {
    let mut kiosk = rescanned(TicketState::Waiting);
    kiosk.fresh = 2;
    assert_eq!(kiosk.touch(Touch::ShowTicket("A-042".parse().unwrap())), []);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::OnRequest)));
    let effects = kiosk.touch(Touch::PrintAgain);
    let [Effect::Print { request, face }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*request, face.edition), (id(2), Edition::Reprint));
    assert_eq!(kiosk.touch(Touch::PrintAgain), [], "one job is on its way");
}

#[test]
fn a_number_from_before_leaves_the_screen_by_time_and_by_hand() {
    let mut waited = rescanned(TicketState::Waiting);
    waited.touch(Touch::ShowTicket("A-042".parse().unwrap()));
    assert_eq!(waited.wait_unanswered(WRITE_DOWN_WAIT), [], "nothing is taken back");
    assert!(waited.is_welcome());
    for touch in [Touch::Leave, Touch::Back, Touch::Done] {
        let mut kiosk = rescanned(TicketState::Waiting);
        kiosk.touch(Touch::ShowTicket("A-042".parse().unwrap()));
        assert_eq!(kiosk.touch(touch), []);
        assert!(kiosk.is_welcome());
    }
}

#[test]
fn who_has_a_number_may_take_another() {
    let mut kiosk = rescanned(TicketState::Waiting);
    kiosk.touch(Touch::TakeAnother);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn the_same_service_again_is_the_same_number_and_no_paper_unasked() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    let effects = kiosk.number_up_to_printing(1, held(1, "A-042", TicketState::Waiting));
    assert_eq!(effects, []);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::OnRequest)));
    kiosk.fresh = 2;
    let effects = kiosk.touch(Touch::PrintAgain);
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((face.edition, face.priority.as_str()), (Edition::Reprint, ""));
}

#[test]
fn who_missed_the_call_waits_again() {
    let mut kiosk = missed();
    let number = "A-042".parse().unwrap();
    assert_eq!(kiosk.touch(Touch::BackIn), [Effect::Rejoin { request: id(3), number }]);
    assert_eq!(standing(&kiosk), NumberStanding::ComingBack);
    assert_eq!(kiosk.touch(Touch::BackIn), []);
    assert_eq!(kiosk.touch(Touch::PrintAgain), [], "one thing after the other");
    kiosk.tell(Event::Rejoined(id(9), Ok(())));
    assert_eq!(standing(&kiosk), NumberStanding::ComingBack, "the answer to another request");
    kiosk.tell(Event::Rejoined(id(3), Ok(())));
    assert_eq!(standing(&kiosk), NumberStanding::BackIn);
}

#[test]
fn who_may_not_come_back_is_told_why_and_keeps_the_number_on_screen() {
    let mut too_often = missed();
    too_often.touch(Touch::BackIn);
    too_often.tell(Event::Rejoined(id(3), Err(RejoinFailure::TooOften)));
    assert_eq!(standing(&too_often), NumberStanding::NotBackIn(RejoinFailure::TooOften));
    let mut silent = missed();
    silent.touch(Touch::BackIn);
    silent.wait(ISSUE_WAIT);
    assert_eq!(standing(&silent), NumberStanding::NotBackIn(RejoinFailure::Unreachable));
    assert_eq!(silent.number_on_screen(), Some(("A-042".into(), PaperAdvice::OnRequest)));
    silent.wait_unanswered(WRITE_DOWN_WAIT);
    assert!(silent.is_welcome());
}

#[test]
fn only_a_missed_number_comes_back() {
    let mut kiosk = rescanned(TicketState::Waiting);
    kiosk.touch(Touch::ShowTicket("A-042".parse().unwrap()));
    assert_eq!(kiosk.touch(Touch::BackIn), []);
}

#[test]
fn who_has_no_number_is_told_so_and_can_take_one() {
    let mut kiosk = lost();
    kiosk.tell(Event::TicketsFound(id(1), Ok(Vec::new())));
    assert!(kiosk.chooser().advice.contains(&Advice::NoTicketFound));
}

#[test]
fn a_service_that_cannot_tell_the_tickets_stops_nobody() {
    let mut failing = lost();
    failing.tell(Event::TicketsFound(id(1), Err(FindFailure::Unreachable)));
    let mut silent = lost();
    silent.wait(FIND_WAIT);
    for kiosk in [failing, silent] {
        assert!(kiosk.chooser().advice.contains(&Advice::ChooseSameService));
    }
    let mut away = Kiosk::with_everything();
    away.tell(Event::ServiceChanged(Err(IssueFailure::Unreachable)));
    assert_eq!(away.scan(OTHER_CARD), [], "nobody is asked who is known to be away");
    assert!(matches!(away.view(), View::ChooseService { .. }));
}

#[test]
fn tickets_told_too_late_or_of_another_card_are_nobodys() {
    let mut kiosk = lost();
    kiosk.fresh = 7;
    let effects = kiosk.scan(OTHER_CARD);
    assert!(matches!(&effects[..], [Effect::FindTickets { lookup, .. }] if *lookup == id(7)), "{effects:?}");
    let of_the_first = vec![held(40, "A-042", TicketState::Waiting)];
    assert_eq!(kiosk.tell(Event::TicketsFound(id(1), Ok(of_the_first.clone()))), []);
    assert_eq!(kiosk.view(), View::FindingTickets);
    kiosk.wait(FIND_WAIT);
    assert_eq!(kiosk.tell(Event::TicketsFound(id(7), Ok(of_the_first))), []);
    assert_eq!(kiosk.chooser().name.as_str(), "TRẦN T* THỬ");
}

#[test]
fn a_reprint_behind_a_job_that_has_not_ended_stays_on_screen() {
    let mut kiosk = Kiosk::with_everything();
    kiosk.scan(OTHER_CARD);
    kiosk.tell(Event::TicketsFound(id(1), Ok(Vec::new())));
    kiosk.number_up_to_printing(1, ticket(1, "A-043"));
    kiosk.wait(kiosk_core::session::PRINT_WAIT);
    kiosk.touch(Touch::Done);
    kiosk.fresh = 5;
    kiosk.touch(Touch::FindTicket);
    kiosk.scan(CARD);
    assert_eq!(kiosk.tell(Event::TicketsFound(id(5), Ok(vec![held(40, "A-042", TicketState::Waiting)]))), []);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::WriteDown)));
}

/// Somebody who has pressed "I lost my ticket" and shown their card.
fn lost() -> Kiosk {
    let mut kiosk = Kiosk::with_everything();
    kiosk.touch(Touch::FindTicket);
    assert_eq!(kiosk.view(), View::PresentCard { purpose: Purpose::FindTicket });
    let effects = kiosk.scan(CARD);
    let [Effect::FindTickets { lookup, person }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*lookup, person.as_str(), format!("{person:?}")), (id(1), "001049999901", "PersonKey(…)".into()));
    kiosk.fresh = 2;
    kiosk
}

/// Somebody who has held up their card a second time.
fn rescanned(state: TicketState) -> Kiosk {
    let mut kiosk = Kiosk::with_everything();
    kiosk.scan(CARD);
    kiosk.tell(Event::TicketsFound(id(1), Ok(vec![held(40, "A-042", state)])));
    assert!(matches!(kiosk.view(), View::ChooseTicket { .. }), "{:?}", kiosk.view());
    kiosk
}

fn missed() -> Kiosk {
    let mut kiosk = rescanned(TicketState::Missed);
    kiosk.touch(Touch::ShowTicket("A-042".parse().unwrap()));
    kiosk.fresh = 3;
    kiosk
}

fn standing(kiosk: &Kiosk) -> NumberStanding {
    match kiosk.view() {
        View::Number { standing, .. } => standing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_answered_with_a_number_from_before_is_recorded_like_any_other() {
    let mut kiosk = Kiosk::at_issuing();
    let effects = kiosk.tell(Event::Issued(held(1, "A-042", TicketState::Waiting)));
    assert_eq!(effects, [Effect::Record(id(1), Entry::Shown)]);
}
