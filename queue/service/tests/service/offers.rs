//! What a kiosk is told before somebody chooses, and of who lost the paper.

use queue_client::RoomAction;
use queue_protocol::model::{Arrival, DeviceRole, Line, PersonMark, ServiceFacts, TicketState};
use queue_protocol::v1::IssueTicket;
use queue_service::SAMPLE_CLINIC;
use serde_json::json;

use crate::access_world::AccessWorld;
use crate::world::{HOUR_MS, MINUTE_MS, TIMES, World, ask, request, room_id};

/// Eyes: from seven, thirty numbers, an appointment every half hour.
fn clinic() -> String {
    let eyes = "id = \"mat\"\n";
    assert!(SAMPLE_CLINIC.contains(eyes));
    let more = "id = \"mat\"\nhours = \"07:00-11:30\"\nquota = 30\nappointment_minutes = 30\n";
    SAMPLE_CLINIC.replacen(eyes, more, 1)
}

async fn facts(world: &World) -> ServiceFacts {
    let told = world.client().services().await.unwrap();
    assert!(told.held_tickets);
    let facts = told.services.into_iter().find(|service| service.id.as_str() == "mat").unwrap().facts;
    assert!(facts.appointments.is_sorted_by_key(|time| time.at));
    facts
}

fn times(facts: &ServiceFacts) -> Vec<&str> {
    facts.appointments.iter().map(|time| time.local.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_is_told_what_is_left_how_long_it_takes_and_when_appointments_are() {
    let world = World::with(clinic(), TIMES).await;
    world.at(8 * HOUR_MS + 10 * MINUTE_MS);
    let at_first = facts(&world).await;
    assert_eq!((at_first.numbers_left, at_first.wait_minutes), (Some(30), None));
    // Who is a quarter of an hour late is in time still.
    assert_eq!(times(&at_first), ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00"]);
    for n in 1..=12 {
        world.issue(n, "mat").await;
    }
    assert_eq!((facts(&world).await.numbers_left, facts(&world).await.wait_minutes), (Some(18), None));
    for n in 1..=6 {
        world.at(8 * HOUR_MS + (10 + 4 * i64::try_from(n).unwrap()) * MINUTE_MS);
        world.call(100 + n, "p207").await.unwrap();
        let number = format!("F-{n:03}").parse().unwrap();
        world.client().room_step(&room_id("p207"), RoomAction::Missed, number, request(200 + n)).await.unwrap();
    }
    // Six wait, and one is called every four minutes; after a break nobody knows.
    assert_eq!(facts(&world).await.wait_minutes, Some(24));
    world.at(9 * HOUR_MS + 10 * MINUTE_MS);
    assert_eq!(facts(&world).await.wait_minutes, None);
    assert_eq!(times(&facts(&world).await).first(), Some(&"09:00"));
    // What is offered is taken.
    let booked_for = facts(&world).await.appointments.first().map(|time| time.at);
    let asked = IssueTicket { arrival: Arrival { booked_for, ..Arrival::default() }, ..ask(50, "mat") };
    let ticket = world.client().issue(&asked).await.unwrap();
    assert_eq!(ticket.standing.line, Line::Booked);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_paper_is_shown_the_number_at_another_kiosk() {
    let world = AccessWorld::new().await;
    let (one, other) = (world.key("k1", DeviceRole::Kiosk).await, world.key("k2", DeviceRole::Kiosk).await);
    let mark = String::from(PersonMark::from_bytes([7; 32]));
    let asked =
        json!({"request": "0190a1b2-0000-7000-8000-000000000001", "kiosk": "k1", "service": "mat", "person": mark});
    let ticket = world.post("/v1/tickets", &one, &asked).await;
    let held = world.post("/v1/tickets/by-person", &other, &json!({"person": mark})).await;
    let [found] = held["tickets"].as_array().unwrap().as_slice() else { panic!("{held:?}") };
    assert_eq!((&found["number"], &found["issued_at"]), (&ticket["number"], &ticket["issued_at"]));
    assert_eq!(found["held_before"], TicketState::Waiting.word());
    // Nobody's, and no mark.
    let nobody = String::from(PersonMark::from_bytes([8; 32]));
    let held = world.post("/v1/tickets/by-person", &other, &json!({"person": nobody})).await;
    assert_eq!(held["tickets"], json!([]));
    assert_eq!(world.post("/v1/tickets/by-person", &other, &json!({"person": "001049999901"})).await["status"], 422);
}
