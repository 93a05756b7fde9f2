//! The event stream on the wire.

use std::time::Duration;

use queue_protocol::v1::Problem;

use crate::raw_stream::RawStream;
use crate::world::{HOUR_MS, TIMES, World};
use queue_service::{SAMPLE_CLINIC, Times};

#[tokio::test]
async fn who_joins_late_gets_the_board_and_then_what_happens() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    world.issue(2, "mat").await;
    let mut stream = RawStream::open(&world, None).await;
    let snapshot = stream.news().await;
    let mut board = snapshot.board();
    assert_eq!((snapshot.id, &board), (Some(2), &world.board().await));
    world.call(10, "p207").await;
    let event = stream.news().await;
    assert_eq!(event.id, Some(3));
    board.apply(&event.event()).unwrap();
    assert_eq!(board, world.board().await);
}

#[tokio::test]
async fn who_reconnects_gets_exactly_what_was_missed() {
    let mut world = World::new().await;
    for n in 0..70 {
        world.issue(n, "mat").await;
    }
    for restarted in [false, true] {
        if restarted {
            world.stop().await;
            world.start().await;
        }
        let mut stream = RawStream::open(&world, Some(3)).await;
        for seq in 4..=70 {
            assert_eq!(stream.next().await.unwrap().event().seq, seq);
        }
        let then = stream.next().await.unwrap();
        assert_eq!((then.name.as_str(), then.data.as_str()), ("heartbeat", r#"{"seq":70}"#));
    }
    let mut by_query =
        RawStream::of(reqwest::Client::new().get(world.url("/v1/boards/khu-b/events?last_event_id=69"))).await;
    assert_eq!(by_query.next().await.unwrap().event().seq, 70);
}

#[tokio::test]
async fn an_event_id_of_yesterday_or_of_nowhere_gives_the_whole_board() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    for unknown in [0, 99, u64::MAX] {
        let mut stream = RawStream::open(&world, Some(unknown)).await;
        assert_eq!(stream.next().await.unwrap().board().seq, 1);
    }
    let garbage = reqwest::Client::new().get(world.url("/v1/boards/khu-b/events")).header("last-event-id", "x");
    assert_eq!(RawStream::of(garbage).await.next().await.unwrap().board().seq, 1);
    world.at(32 * HOUR_MS);
    let board = RawStream::open(&world, Some(1)).await.next().await.unwrap().board();
    assert_eq!((board.day.to_string(), board.seq, board.waiting.len()), ("2026-11-24".into(), 1, 0));
}

#[tokio::test]
async fn a_quiet_stream_proves_that_it_lives() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    let mut stream = RawStream::open(&world, None).await;
    stream.next().await.unwrap().board();
    for _ in 0..3 {
        let beat = stream.next().await.unwrap();
        assert_eq!((beat.name.as_str(), beat.id, beat.data.as_str()), ("heartbeat", None, r#"{"seq":1}"#));
    }
}

#[tokio::test]
async fn a_day_that_begins_in_silence_clears_the_wall() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    world.call(10, "p207").await;
    let mut stream = RawStream::open(&world, None).await;
    assert_eq!(stream.news().await.board().calls.len(), 1);
    world.at(25 * HOUR_MS);
    let board = stream.news().await.board();
    assert_eq!((board.day.to_string(), board.calls.len(), board.seq), ("2026-11-24".into(), 0, 2));
    world.issue(2, "mat").await;
    assert_eq!(stream.news().await.event().seq, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_sleeps_gets_everything_when_it_wakes() {
    let world = World::new().await;
    let mut stream = RawStream::open(&world, None).await;
    assert_eq!(stream.next().await.unwrap().board().seq, 0);
    world.issue_many(1_000, "mat").await;
    for seq in 1..=1_000 {
        assert_eq!(stream.news().await.event().seq, seq);
    }
}

#[tokio::test]
async fn streams_are_limited_and_a_closed_one_makes_room() {
    let world = World::with(SAMPLE_CLINIC.to_owned(), Times { streams_max: 1, ..TIMES }).await;
    let first = RawStream::open(&world, None).await;
    let refused = reqwest::get(world.url("/v1/boards/khu-b/events")).await.unwrap();
    assert_eq!(refused.status(), 503);
    let problem: Problem = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert!(problem.detail.contains("1 streams"), "{problem:?}");
    drop(first);
    // The service notices at its next heartbeat at the latest.
    let deadline = tokio::time::Instant::now() + crate::world::PATIENCE;
    while reqwest::get(world.url("/v1/boards/khu-b/events")).await.unwrap().status() != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the place was never free again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_service_that_stops_ends_its_streams_and_finishes() {
    let mut world = World::new().await;
    let mut stream = RawStream::open(&world, None).await;
    stream.next().await.unwrap().board();
    let before = tokio::time::Instant::now();
    world.stop().await;
    assert!(before.elapsed() < queue_service::DRAIN_TIME, "it waited for a stream to end by itself");
    while stream.next().await.is_some() {}
}
