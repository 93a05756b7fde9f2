//! One person, one live ticket a service; quotas and bookings.

use queue_protocol::model::{Arrival, Line, PersonMark, Placement, TicketState, UnixMillis};
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
