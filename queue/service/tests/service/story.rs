//! What a patient, a room and a technician see.

use queue_protocol::v1::{ProblemCode, TicketVoided};

use crate::world::{HOUR_MS, MINUTE_MS, World, ask, request};

#[tokio::test]
async fn a_number_is_issued_called_and_shown() {
    let world = World::new().await;
    let services = world.client().services().await.unwrap();
    assert_eq!(services.hospital, "BỆNH VIỆN ĐA KHOA HƯƠNG SƠN");
    assert!(services.services.iter().all(|service| service.open && service.waiting == 0));

    let ticket = world.issue(1, "noi-tim-mach").await;
    assert_eq!((ticket.number.to_string(), ticket.ahead), ("B-001".into(), 0));
    assert_eq!(ticket.issued_at_local, "08:00 23/11/2026");
    assert_eq!(world.client().services().await.unwrap().services[1].waiting, 1);
    assert_eq!(world.board().await.waiting.get(&ticket.service), Some(&1));

    let call = world.call(10, "p203").await.unwrap();
    assert_eq!((call.number, call.room_name.as_str()), (ticket.number, "Phòng 203"));
    let board = world.board().await;
    assert_eq!((board.calls, board.waiting.len(), board.seq), (vec![call], 0, 2));
    assert_eq!(world.call(11, "p203").await, None);
}

#[tokio::test]
async fn a_room_with_two_services_calls_in_order_of_arrival() {
    let world = World::new().await;
    for (n, service) in [(1, "noi-tim-mach"), (2, "noi-tong-quat"), (3, "noi-tim-mach"), (4, "mat")] {
        world.issue(n, service).await;
    }
    let mut numbers = Vec::new();
    for n in 10..14 {
        numbers.extend(world.call(n, "p202").await.map(|call| call.number.to_string()));
    }
    assert_eq!(numbers, ["B-001", "A-001", "B-002"]);
}

#[tokio::test]
async fn a_voided_number_is_called_by_nobody() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    world.issue(2, "mat").await;
    let client = world.client();
    assert_eq!(client.void(request(1)).await.unwrap(), TicketVoided::Voided);
    assert_eq!(client.void(request(9)).await.unwrap(), TicketVoided::NeverIssued);
    for spent in [1, 9] {
        let error = client.issue(&ask(spent, "mat")).await.unwrap_err();
        assert_eq!(error.code(), Some(ProblemCode::RequestSpent), "{error}");
    }
    assert_eq!(world.call(10, "p207").await.unwrap().number.to_string(), "F-002");
    assert_eq!(world.call(11, "p207").await, None);
}

#[tokio::test]
async fn a_restart_changes_nothing_that_anybody_sees() {
    let mut world = World::new().await;
    let first = world.issue(1, "nhi").await;
    world.issue(2, "nhi").await;
    let call = world.call(10, "p204").await;
    let (board, services) = (world.board().await, world.client().services().await.unwrap());
    world.stop().await;
    world.start().await;
    assert_eq!(world.board().await, board);
    assert_eq!(world.client().services().await.unwrap(), services);
    assert_eq!(world.issue(1, "nhi").await, first);
    assert_eq!(world.call(10, "p204").await, call);
    assert_eq!(world.issue(3, "nhi").await.number.to_string(), "C-003");
}

#[tokio::test]
async fn the_service_day_turns_at_local_midnight_and_only_then() {
    let world = World::new().await;
    let mut numbers = Vec::new();
    let times = [-MINUTE_MS, MINUTE_MS, 7 * HOUR_MS - MINUTE_MS, 7 * HOUR_MS + MINUTE_MS, 24 * HOUR_MS - MINUTE_MS];
    for (n, local_ms) in (1..).zip(times) {
        world.at(local_ms);
        let ticket = world.issue(n, "mat").await;
        numbers.push(format!("{} {}", ticket.day, ticket.number));
    }
    assert_eq!(
        numbers,
        ["2026-11-22 F-001", "2026-11-23 F-001", "2026-11-23 F-002", "2026-11-23 F-003", "2026-11-23 F-004"]
    );
    // The desk still has those of before seven, and not the one of yesterday.
    let first = world.call(10, "p207").await.unwrap();
    assert_eq!((first.number.to_string(), world.board().await.calls.len()), ("F-001".into(), 1));
    world.at(24 * HOUR_MS + MINUTE_MS);
    assert!(world.board().await.calls.is_empty());
    assert_eq!(world.call(11, "p207").await, None);
}

#[tokio::test]
async fn a_service_that_was_down_over_midnight_and_starts_at_half_past_five_is_on_the_right_day() {
    let mut world = World::new().await;
    world.at(23 * HOUR_MS);
    assert_eq!(world.issue(1, "mat").await.number.to_string(), "F-001");
    world.stop().await;
    world.at(24 * HOUR_MS + 5 * HOUR_MS + 30 * MINUTE_MS);
    world.start().await;
    // No job has run: the number begins again because the day is another one, and nobody of yesterday is called.
    let ticket = world.issue(2, "mat").await;
    assert_eq!((ticket.day.to_string().as_str(), ticket.number.to_string().as_str()), ("2026-11-24", "F-001"));
    assert_eq!(world.call(10, "p207").await.unwrap().number, ticket.number);
    assert_eq!(world.call(11, "p207").await, None);
}

#[tokio::test]
async fn a_night_clinic_goes_on_over_midnight() {
    let night = queue_service::SAMPLE_CLINIC.replacen("day_start_hour = 0", "day_start_hour = 4", 1);
    let world = World::with(night, crate::world::TIMES).await;
    world.at(24 * HOUR_MS - MINUTE_MS);
    let before = world.issue(1, "mat").await;
    world.at(24 * HOUR_MS + MINUTE_MS);
    assert_eq!(world.issue(2, "mat").await.number.to_string(), "F-002");
    assert_eq!(world.call(10, "p207").await.unwrap().number, before.number);
    world.at(28 * HOUR_MS + MINUTE_MS);
    assert_eq!(world.issue(3, "mat").await.number.to_string(), "F-001");
}

#[tokio::test]
async fn a_clock_that_steps_back_changes_neither_numbers_nor_order() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    world.at(8 * HOUR_MS - 10 * MINUTE_MS);
    assert_eq!(world.issue(2, "mat").await.number.to_string(), "F-002");
    assert_eq!(world.call(10, "p207").await.unwrap().number.to_string(), "F-001");
}

#[tokio::test]
async fn a_machine_whose_clock_was_never_set_gives_no_number_and_says_why() {
    let world = World::new().await;
    world.at(-crate::world::MIDNIGHT_MS);
    let response = reqwest::Client::new().post(world.url("/v1/tickets")).json(&ask(1, "mat")).send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.text().await.unwrap().contains("the clock is not set"));
    let ready = reqwest::get(world.url("/readyz")).await.unwrap();
    assert_eq!(ready.status(), 503);
}

#[test]
fn the_service_day_does_not_depend_on_the_machines_time_zone() {
    // The same test in a process of its own, for each zone: a time zone is read once a process.
    for zone in ["UTC", "Asia/Ho_Chi_Minh", "America/Los_Angeles"] {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "story::the_service_day_turns_at_local_midnight_and_only_then"]).env("TZ", zone);
        let output = again.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "TZ={zone}: {text}");
    }
}
