//! One person, one live ticket a service; quotas and bookings.

use std::collections::BTreeMap;

use queue_protocol::model::{
    Arrival, GroupClaim, Line, PersonMark, Placement, PriorityGroup, Proof, StaffCheck, TicketState, UnixMillis,
};
use queue_store::{Action, IssueError, StepError};

use crate::place::{DAY_MS, MINUTE_MS, MORNING, Place, asked, fresh, room_id, service_id};

fn person(n: u8) -> Arrival {
    Arrival { person: Some(PersonMark::from_bytes([n; 32])), ..Arrival::default() }
}

pub async fn one_live_ticket_a_person_and_service(place: &Place<'_>) {
    let desk = place.open().await;
    let ticket = desk.arrive("noi", person(1)).await;
    let rescan = fresh();
    let again = desk.store.issue(asked(rescan, "noi", person(1)), MORNING).await.unwrap();
    assert_eq!((again.number, again.request), (ticket.number, rescan));
    assert_eq!((again.standing.held_before, ticket.standing.held_before), (Some(TicketState::Waiting), None));
    assert_eq!(desk.board().waiting[&service_id("noi")], 1);
    // Another person, and another service, are another ticket.
    assert_ne!(desk.arrive("noi", person(2)).await.number, ticket.number);
    desk.arrive("nhi", person(1)).await;
    // The retry of the rescan, and a void of it, leave the paper in the patient's hand alone.
    assert_eq!(desk.store.issue(asked(rescan, "noi", person(1)), MORNING).await.unwrap(), again);
    desk.store.void(rescan, MORNING).await.unwrap();
    assert_eq!(desk.state(ticket.number).await, TicketState::Waiting);
    let spent = desk.store.issue(asked(rescan, "noi", person(1)), MORNING).await;
    assert!(matches!(spent, Err(IssueError::RequestSpent(_))), "{spent:?}");
    // Missed or away it is still the person's; done it is not.
    desk.call("p2").await.unwrap();
    desk.step(ticket.number, Action::Miss(room_id("p2"))).await;
    assert_eq!(desk.arrive("noi", person(1)).await.standing.held_before, Some(TicketState::Missed));
    desk.step(ticket.number, Action::Cancel).await;
    let second = desk.arrive("noi", person(1)).await;
    assert_ne!(second.number, ticket.number);
    let back = desk.try_step(ticket.number, Action::Reactivate(Placement::End)).await;
    assert!(matches!(back, Err(StepError::HasOneThere(_))), "{back:?}");
}

pub async fn a_person_is_wiped_when_their_day_is_over(place: &Place<'_>) {
    let desk = place.open().await;
    desk.arrive("noi", person(1)).await;
    assert_eq!(place.number("SELECT count(*) FROM ticket WHERE person IS NOT NULL"), 1);
    let tomorrow = UnixMillis(MORNING.0 + DAY_MS);
    desk.store.issue(asked(fresh(), "noi", Arrival::default()), tomorrow).await.unwrap();
    assert_eq!(place.number("SELECT count(*) FROM ticket WHERE person IS NOT NULL"), 0);
}

pub async fn who_lost_the_paper_is_told_every_live_number(place: &Place<'_>) {
    let desk = place.open().await;
    let mark = PersonMark::from_bytes([1; 32]);
    let held = async || -> Vec<(String, Option<TicketState>)> {
        let tickets = desk.store.held_tickets(mark, MORNING).await.unwrap();
        tickets.iter().map(|ticket| (ticket.number.to_string(), ticket.standing.held_before)).collect()
    };
    assert_eq!(held().await, []);
    let child = desk.arrive("nhi", person(1)).await;
    desk.arrive("noi", person(2)).await;
    let own = desk.arrive("noi", person(1)).await;
    let waiting = |number: &str| (number.to_owned(), Some(TicketState::Waiting));
    assert_eq!(held().await, [waiting("B-001"), waiting("A-002")]);
    // Where it is, not where it began: called, and with another service.
    desk.step(own.number, Action::Transfer { to: service_id("mat"), room: None, placement: Placement::End }).await;
    desk.step(child.number, Action::Hold).await;
    assert_eq!(held().await, [("B-001".into(), Some(TicketState::Held)), waiting("A-002")]);
    desk.step(own.number, Action::Cancel).await;
    desk.store.void(child.request, MORNING).await.unwrap();
    assert_eq!(held().await, []);
    // Yesterday's are nobody's.
    desk.arrive("noi", person(1)).await;
    let tomorrow = UnixMillis(MORNING.0 + DAY_MS);
    assert_eq!(desk.store.held_tickets(mark, tomorrow).await.unwrap(), []);
}

pub async fn marks_are_wiped_when_nobody_comes_the_next_day_either(place: &Place<'_>) {
    let desk = place.open().await;
    let marks = || place.number("SELECT count(*) FROM ticket WHERE person IS NOT NULL");
    desk.arrive("noi", person(1)).await;
    desk.arrive("nhi", person(2)).await;
    assert_eq!((desk.store.wipe_persons(MORNING).await.unwrap(), marks()), (0, 2));
    let yesterday = UnixMillis(MORNING.0 - DAY_MS);
    assert_eq!((desk.store.wipe_persons(yesterday).await.unwrap(), marks()), (0, 2));
    let tomorrow = UnixMillis(MORNING.0 + DAY_MS);
    assert_eq!((desk.store.wipe_persons(tomorrow).await.unwrap(), marks()), (2, 0));
}

pub async fn staff_are_told_what_a_kiosk_took_the_patients_word_for(place: &Place<'_>) {
    let desk = place.open().await;
    let pregnant = |proof| vec![GroupClaim { group: PriorityGroup::Pregnant, proof }];
    let declared = Arrival { groups: pregnant(Proof::Declared), no_identity: true, ..Arrival::default() };
    let declared = desk.arrive("noi", declared).await.number;
    let in_time = Arrival { booked_for: Some(MORNING), ..person(3) };
    let booked = desk.arrive("noi", in_time).await.number;
    let plain = desk.arrive("noi", person(4)).await.number;
    let checks = async || {
        let queue = desk.store.room_queue(&room_id("p1"), MORNING).await.unwrap();
        let all = queue.at_room.into_iter().chain(queue.waiting);
        all.map(|entry| (entry.number, entry.checks)).collect::<BTreeMap<_, _>>()
    };
    let told = checks().await;
    assert_eq!(told[&declared], [StaffCheck::Identity, StaffCheck::Groups]);
    assert_eq!((told[&booked].as_slice(), told[&plain].len()), ([StaffCheck::Appointment].as_slice(), 0));
    // Whoever called it sees it still; who has looked at it says so.
    desk.step(declared, Action::Call(room_id("p1"))).await;
    assert_eq!(checks().await[&declared].len(), 2);
    desk.step(declared, Action::SetGroups(pregnant(Proof::Verified))).await;
    assert_eq!(checks().await[&declared], [StaffCheck::Identity]);
}

pub async fn the_day_so_far_is_told_before_a_service_is_chosen(place: &Place<'_>) {
    let desk = place.open().await;
    let day = desk.board().day;
    for _ in 0..6 {
        desk.issue("noi").await;
    }
    let unseen = desk.issue("rang").await;
    desk.issue("rang").await;
    desk.store.void(unseen.request, MORNING).await.unwrap();
    for minutes in [1, 5, 9] {
        let at = UnixMillis(MORNING.0 + minutes * MINUTE_MS);
        desk.store.call_next(room_id("p2"), fresh(), at).await.unwrap();
    }
    let so_far = desk.store.services_so_far(day).await.unwrap();
    assert_eq!((so_far.issued[&service_id("noi")], so_far.issued[&service_id("rang")]), (6, 1));
    let minutes: Vec<i64> =
        so_far.called_at[&service_id("noi")].iter().map(|at| (at.0 - MORNING.0) / MINUTE_MS).collect();
    assert_eq!((minutes, so_far.called_at.len()), (vec![9, 5, 1], 1));
}

pub async fn quota_and_booking_have_named_answers(place: &Place<'_>) {
    let desk = place.open().await;
    desk.issue("rang").await;
    let second = desk.issue("rang").await;
    let full = desk.store.issue(asked(fresh(), "rang", Arrival::default()), MORNING).await;
    assert!(matches!(full, Err(IssueError::QuotaReached { quota: 2, .. })), "{full:?}");
    // A number nobody saw frees its place, and is not used again.
    desk.store.void(second.request, MORNING).await.unwrap();
    assert_eq!(desk.issue("rang").await.number.to_string(), "R-003");
    let booked =
        |minutes: i64| Arrival { booked_for: Some(UnixMillis(MORNING.0 + minutes * MINUTE_MS)), ..Arrival::default() };
    let early = desk.store.issue(asked(fresh(), "noi", booked(121)), MORNING).await;
    assert!(matches!(early, Err(IssueError::BookingTooEarly(_))), "{early:?}");
    assert_eq!(desk.arrive("noi", booked(120)).await.standing.line, Line::Booked);
    assert_eq!(desk.arrive("noi", booked(-16)).await.standing.line, Line::Normal);
}
