//! Rooms and numbers over HTTP, and what displays see of it.

use queue_client::{NumberAction, RoomAction};
use queue_protocol::model::{
    GroupClaim, Line, Placement, PriorityGroup, Proof, ServiceId, TicketNumber, TicketState, WhyNext,
};
use queue_protocol::v1::{Problem, ProblemCode, Reactivate, SetGroups, Transfer};

use crate::raw_stream::RawStream;
use crate::world::{HOUR_MS, WATCH, World, request, room_id, zone};

fn number(text: &str) -> TicketNumber {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_on_the_wall_of_a_display_that_follows() {
    let world = World::new().await;
    let client = world.client();
    for n in 1..=4 {
        world.issue(n, "mat").await;
    }
    let mut watch = client.watch_board_with(zone(), WATCH);
    let room = room_id("p207");
    let called = world.call(10, "p207").await.unwrap();
    assert_eq!(called.number, number("F-001"));
    let recalled = client.room_step(&room, RoomAction::Recall, called.number, request(11)).await.unwrap();
    assert_eq!(recalled.call.unwrap().mark.recalls, 1);
    client.room_step(&room, RoomAction::Missed, called.number, request(12)).await.unwrap();
    let aged = vec![GroupClaim { group: PriorityGroup::Aged75, proof: Proof::Verified }];
    client.set_groups(number("F-004"), &SetGroups { request: request(13), groups: aged }).await.unwrap();
    let priority = world.call(14, "p207").await.unwrap();
    assert_eq!((priority.number, priority.mark.line), (number("F-004"), Line::Priority));
    client.room_step(&room, RoomAction::Arrived, priority.number, request(15)).await.unwrap();
    let to = ServiceId::new("nhi").unwrap();
    let transfer = Transfer { request: request(16), to, room: None, placement: Placement::End };
    client.transfer(number("F-002"), &transfer).await.unwrap();
    client.number_step(number("F-003"), NumberAction::Hold, request(17)).await.unwrap();
    let reactivate = Reactivate { request: request(18), placement: Placement::AfterCurrent };
    client.reactivate(number("F-003"), &reactivate).await.unwrap();
    client.room_step(&room, RoomAction::Away, priority.number, request(19)).await.unwrap();

    let served = world.board().await;
    assert_eq!((served.missed.clone(), served.calls.len(), served.rooms.len()), (vec![number("F-001")], 0, 0));
    let shown = crate::displays::board_until(&mut watch, |board| board.seq == served.seq).await;
    assert_eq!(shown, served);
    client.number_step(number("F-001"), NumberAction::Rejoin, request(20)).await.unwrap();
    client.number_step(priority.number, NumberAction::Return, request(21)).await.unwrap();
    let queue = client.room_queue(&room).await.unwrap();
    let listed: Vec<_> = queue.waiting.iter().map(|entry| (entry.number.to_string(), entry.why.unwrap())).collect();
    let expected = [("F-003", WhyNext::Back), ("F-004", WhyNext::Back), ("F-001", WhyNext::NobodyElse)];
    assert_eq!(listed, expected.map(|(number, why)| (number.to_owned(), why)));
    let now = client.number(number("F-002")).await.unwrap();
    assert_eq!((now.state, now.service.as_str()), (TicketState::Waiting, "nhi"));
    assert!(client.services().await.unwrap().priority.is_some());
}

#[tokio::test]
async fn refusals_of_steps_have_codes_and_titles_in_two_languages() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    let client = world.client();
    let refused = [
        client.number(number("F-099")).await.map(drop).unwrap_err(),
        client.number_step(number("F-001"), NumberAction::Return, request(20)).await.map(drop).unwrap_err(),
        client.room_step(&room_id("p204"), RoomAction::Call, number("F-001"), request(21)).await.map(drop).unwrap_err(),
        client.room_step(&room_id("p999"), RoomAction::Call, number("F-001"), request(22)).await.map(drop).unwrap_err(),
        client.number_step(number("F-001"), NumberAction::Hold, request(1)).await.map(drop).unwrap_err(),
    ];
    let codes = refused.map(|error| error.code().unwrap());
    let expected = [
        ProblemCode::UnknownNumber,
        ProblemCode::StepNotAllowed,
        ProblemCode::NotAtThisRoom,
        ProblemCode::UnknownRoom,
        ProblemCode::RequestSpent,
    ];
    assert_eq!(codes, expected);
    let http = reqwest::Client::new();
    for (asked, tag, title) in [
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi", "Hôm nay không có số này"),
        ("en", "en", "No such number today"),
        ("fr", "en", "No such number today"),
    ] {
        let get = http.get(world.url("/v1/numbers/F-099")).header("accept-language", asked);
        let response = get.send().await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["content-language"]), (404, &tag.parse().unwrap()));
        let problem: Problem = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!((problem.title.as_str(), problem.code), (title, ProblemCode::UnknownNumber));
    }
    let bad = http.get(world.url("/v1/numbers/F-1")).send().await.unwrap();
    assert_eq!(bad.status(), 400);
}

#[tokio::test]
async fn a_display_of_the_first_release_gets_a_whole_board_instead_of_an_event_it_cannot_read() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    let call = world.call(10, "p207").await.unwrap();
    let mut old = RawStream::open(&world, Some(2)).await;
    let mut new = RawStream::open_all_kinds(&world, Some("2")).await;
    assert_eq!(
        (old.next().await.unwrap().name, new.next().await.unwrap().name),
        ("heartbeat".into(), "heartbeat".into())
    );
    let missed = world.client().room_step(&room_id("p207"), RoomAction::Missed, call.number, request(11)).await;
    assert_eq!(missed.unwrap().now.state, TicketState::Missed);
    let whole = old.news().await;
    assert_eq!((whole.place.as_deref(), whole.board().calls.len()), (Some("3"), 0));
    let event = new.news().await;
    assert_eq!((event.event().seq, event.place.unwrap().ends_with(".3")), (3, true));
    world.issue(2, "mat").await;
    assert_eq!((old.news().await.event().seq, new.news().await.event().seq), (4, 4));
}

#[tokio::test]
async fn a_clock_a_day_ahead_and_put_right_brings_the_wall_back_to_today() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    let call = world.call(10, "p207").await.unwrap();
    let mut stream = RawStream::open_all_kinds(&world, None).await;
    assert_eq!(stream.news().await.board().calls.len(), 1);
    world.at(32 * HOUR_MS);
    world.issue(2, "mat").await;
    // The event, or a whole board when the new day is noticed at that moment.
    let mut news = stream.news().await;
    while news.id != Some(3) {
        news = stream.news().await;
    }
    let day = if news.name == "snapshot" { news.board().day } else { news.event().day };
    assert_eq!(day.to_string(), "2026-11-24");
    world.at(8 * HOUR_MS);
    let board = stream.news().await.board();
    assert_eq!((board.day.to_string(), board.calls), ("2026-11-23".into(), vec![call.clone()]));
    world.issue(3, "mat").await;
    assert_eq!(stream.news().await.event().day.to_string(), "2026-11-23");
    let served = world.board().await;
    assert_eq!((served.calls, served.waiting.values().sum::<u32>()), (vec![call], 1));
}

#[tokio::test]
async fn after_a_restore_a_display_takes_a_whole_board_and_folds_no_wrong_number() {
    let mut world = World::new().await;
    world.issue(1, "mat").await;
    let copy = world.database().with_file_name("copy.db");
    queue_store::backup(&world.database(), &copy).unwrap();
    world.issue(2, "mat").await;
    world.issue(3, "mat").await;
    let mut stream = RawStream::open_all_kinds(&world, None).await;
    let held = stream.news().await;
    assert_eq!(held.board().waiting.values().sum::<u32>(), 3);
    world.stop().await;
    for ending in ["", "-wal", "-shm"] {
        let mut name = world.database().into_os_string();
        name.push(ending);
        // SQLite removes its own two when it closes.
        drop(std::fs::remove_file(name));
    }
    queue_store::restore(&copy, &world.database()).unwrap();
    world.start().await;
    for n in 4..=6 {
        world.issue(n, "nhi").await;
    }
    // Event 3 is there again, of the same day, and is another one: only the log's identity tells.
    let mut again = RawStream::open_all_kinds(&world, held.place.as_deref()).await;
    let board = again.news().await.board();
    assert_eq!((board.seq, board.waiting.len()), (4, 2));
    assert_ne!(board.log, held.board().log);
    let mut same = RawStream::open_all_kinds(&world, Some(&format!("{}.4", board.log.unwrap()))).await;
    assert_eq!(same.next().await.unwrap().name, "heartbeat");
}
