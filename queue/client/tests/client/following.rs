//! Following a board.

use std::time::Duration;

use queue_client::{BoardUpdate, BoardWatch, Deadlines, QueueClient, WatchTimes};
use queue_protocol::model::ZoneId;

use crate::wire::{Act, Heard, play};

const TIMES: WatchTimes = WatchTimes { stale_after: Duration::from_millis(300), connect: Duration::from_millis(200) };

fn snapshot(seq: u64) -> String {
    format!(
        "event: snapshot\nid: {seq}\ndata: {{\"zone\":\"khu-b\",\"zone_name\":\"B\",\"day\":\"2026-11-23\",\
         \"seq\":{seq},\"calls\":[],\"waiting\":{{}}}}\n\n"
    )
}

fn event(seq: u64) -> String {
    format!(
        "event: event\nid: {seq}\ndata: {{\"seq\":{seq},\"day\":\"2026-11-23\",\"kind\":\"ticket_issued\",\
         \"service\":\"mat\",\"number\":\"F-001\"}}\n\n"
    )
}

fn heartbeat(seq: u64) -> String {
    format!("event: heartbeat\ndata: {{\"seq\":{seq}}}\n\n")
}

async fn watch(acts: Vec<Act>) -> (BoardWatch, Heard) {
    let (address, heard) = play(acts).await;
    let client = QueueClient::new(&format!("http://{address}"), Deadlines::default()).unwrap();
    (client.watch_board_with(ZoneId::new("khu-b").unwrap(), TIMES), heard)
}

async fn next(watch: &mut BoardWatch) -> BoardUpdate {
    tokio::time::timeout(Duration::from_secs(30), watch.next()).await.unwrap().unwrap()
}

/// The sequence number of the next update, which must be a board.
async fn seq(watch: &mut BoardWatch) -> u64 {
    match next(watch).await {
        BoardUpdate::Board(board) => board.seq,
        other @ (BoardUpdate::Live | BoardUpdate::Stale { .. }) => panic!("expected a board, got {other:?}"),
    }
}

#[tokio::test]
async fn a_gap_is_mended_with_a_whole_board() {
    let acts = vec![Act::Stream(vec![snapshot(5), event(7)]), Act::Stream(vec![snapshot(7), event(8)])];
    let (mut watch, heard) = watch(acts).await;
    assert_eq!(seq(&mut watch).await, 5);
    assert_eq!(next(&mut watch).await, BoardUpdate::Live);
    assert_eq!((seq(&mut watch).await, seq(&mut watch).await), (7, 8));
    assert_eq!(heard.last_event_ids(), [None, None]);
}

#[tokio::test]
async fn a_heartbeat_that_knows_more_brings_what_was_lost() {
    let acts = vec![Act::Stream(vec![snapshot(5), heartbeat(6)]), Act::Stream(vec![event(5), event(6), heartbeat(6)])];
    let (mut watch, heard) = watch(acts).await;
    assert_eq!(seq(&mut watch).await, 5);
    assert_eq!(next(&mut watch).await, BoardUpdate::Live);
    // Event 5 comes twice on the wire and is one board.
    assert_eq!(seq(&mut watch).await, 6);
    assert_eq!(heard.last_event_ids(), [None, Some("5".into())]);
}

#[tokio::test]
async fn a_connection_that_stands_but_says_nothing_is_stale_and_is_given_up() {
    let acts = vec![Act::Stream(vec![snapshot(5)]), Act::Stream(vec![heartbeat(5)])];
    let (mut watch, heard) = watch(acts).await;
    assert_eq!(seq(&mut watch).await, 5);
    assert_eq!(next(&mut watch).await, BoardUpdate::Live);
    let silent = next(&mut watch).await;
    assert!(matches!(silent, BoardUpdate::Stale { since } if since.elapsed() >= TIMES.stale_after), "{silent:?}");
    assert_eq!(next(&mut watch).await, BoardUpdate::Live);
    assert_eq!(heard.last_event_ids(), [None, Some("5".into())]);
}

#[tokio::test]
async fn errors_and_messages_of_later_versions_do_not_end_the_following() {
    let later = "event: of-a-later-version\ndata: {}\n\n".to_owned();
    let garbage = "event: event\ndata: garbage\n\n".to_owned();
    let acts = vec![
        Act::Reply(502, "Bad gateway".into()),
        Act::LoseReply,
        Act::Stream(vec![snapshot(1), later, event(2), garbage]),
        Act::Stream(vec![event(3)]),
    ];
    let (mut watch, heard) = watch(acts).await;
    assert_eq!(seq(&mut watch).await, 1);
    assert_eq!(next(&mut watch).await, BoardUpdate::Live);
    assert_eq!((seq(&mut watch).await, seq(&mut watch).await), (2, 3));
    assert_eq!(heard.last_event_ids(), [None, None, None, Some("2".into())]);
}

#[tokio::test]
async fn a_message_without_end_is_not_gathered_for_ever() {
    let endless = format!("event: event\ndata: {}", "x".repeat(3 * 1024 * 1024));
    let acts = vec![Act::Stream(vec![snapshot(1), endless]), Act::Stream(vec![event(2)])];
    let (mut watch, _heard) = watch(acts).await;
    assert_eq!(seq(&mut watch).await, 1);
    // On a slow machine three megabytes take longer than a healthy stream is silent.
    let mut newest = 1;
    while newest == 1 {
        if let BoardUpdate::Board(board) = next(&mut watch).await {
            newest = board.seq;
        }
    }
    assert_eq!(newest, 2);
}
