//! Connections of those who ask nothing, ask strangely, or never finish asking.

use std::time::Duration;

use queue_service::{SAMPLE_CLINIC, Times};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::raw_stream::RawStream;
use crate::world::{TIMES, World, soon};

const HEAD: Duration = Duration::from_millis(300);

async fn world() -> World {
    World::with(SAMPLE_CLINIC.to_owned(), Times { head: HEAD, ..TIMES }).await
}

/// What the service says until it closes the connection.
async fn until_closed(mut connection: TcpStream) -> String {
    let mut text = Vec::new();
    // An abrupt end is an end as well.
    drop(soon(connection.read_to_end(&mut text)).await);
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn who_never_finishes_asking_is_let_go() {
    let world = world().await;
    for said in ["", "GET /hea", "GET /healthz HTTP/1.1\r\nhost: x\r\n", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut connection = TcpStream::connect(world.address).await.unwrap();
        connection.write_all(said.as_bytes()).await.unwrap();
        let answer = until_closed(connection).await;
        assert_eq!(answer.contains("200 OK"), said.ends_with("\r\n\r\n"), "{said:?}: {answer}");
    }
}

#[tokio::test]
async fn who_never_finishes_the_body_is_told_so_and_let_go() {
    let world = World::with(SAMPLE_CLINIC.to_owned(), Times { body: HEAD, ..TIMES }).await;
    let head = "POST /v1/tickets HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let cases = [
        format!("{head}content-length: 100\r\n\r\n"),
        format!("{head}content-length: 100\r\n\r\n{{\"request\":"),
        format!("{head}transfer-encoding: chunked\r\n\r\n1\r\n{{\r\n"),
    ];
    for said in cases {
        let mut connection = TcpStream::connect(world.address).await.unwrap();
        connection.write_all(said.as_bytes()).await.unwrap();
        let answer = until_closed(connection).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{said:?}: {answer}");
        assert!(answer.contains("connection: close") && answer.contains("\"code\":\"bad_request\""), "{answer}");
    }
}

#[tokio::test]
async fn a_stream_outlives_the_time_for_asking() {
    let world = world().await;
    let mut stream = RawStream::open(&world, None).await;
    let opened = tokio::time::Instant::now();
    while opened.elapsed() < HEAD * 2 {
        stream.next().await.expect("the stream goes on");
    }
}

#[tokio::test]
async fn connections_are_limited_and_a_closed_one_makes_room() {
    let world = World::with(SAMPLE_CLINIC.to_owned(), Times { connections_max: 1, ..TIMES }).await;
    let first = RawStream::open(&world, None).await;
    let mut second = TcpStream::connect(world.address).await.unwrap();
    second.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    let waits = tokio::time::timeout(TIMES.heartbeat * 3, second.read(&mut byte)).await;
    assert!(waits.is_err(), "a second connection was served: {waits:?}");
    drop(first);
    assert!(until_closed(second).await.contains("200 OK"));
}

#[tokio::test]
async fn a_stream_that_is_only_asked_for_its_head_takes_no_place() {
    let world = World::with(SAMPLE_CLINIC.to_owned(), Times { streams_max: 1, ..TIMES }).await;
    let http = reqwest::Client::new();
    for _ in 0..5 {
        let head = soon(http.head(world.url("/v1/boards/khu-b/events")).send()).await.unwrap();
        assert_eq!(head.status(), 200);
    }
}
