//! What one caller can take: streams, header lines, and memory by not reading.

use queue_protocol::model::DeviceRole;
use queue_service::{HEAD_BYTES_MAX, HEADERS_MAX};
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use crate::access_world::AccessWorld;
use crate::world::{PATIENCE, TIMES, World, ask, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_a_few_streams_and_gets_them_back() {
    let world = AccessWorld::new().await;
    let key = world.key("man-hinh", DeviceRole::Display).await;
    let open = || async { world.request(&Method::GET, "/v1/boards/khu-b/events", Some(&key)).send().await.unwrap() };
    let mut streams = Vec::new();
    for _ in 0..TIMES.streams_each_max {
        streams.push(open().await);
        assert_eq!(streams.last().unwrap().status(), StatusCode::OK);
    }
    let refused = open().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    drop(streams);
    soon(async {
        while open().await.status() != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_end_is_cut_off() {
    let world = World::new().await;
    for head in [
        format!("GET /v1/services HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(16 * HEAD_BYTES_MAX)),
        format!("GET /v1/services HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(HEADERS_MAX)),
    ] {
        let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
        // The service may hang up before it has read everything.
        drop(stream.write_all(head.as_bytes()).await);
        let mut answer = Vec::new();
        drop(tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end"));
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_is_dropped() {
    let times = queue_service::Times { unread: std::time::Duration::from_millis(500), streams_max: 1, ..TIMES };
    let world = World::with(queue_service::SAMPLE_CLINIC.to_owned(), times).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let mut deaf = socket.connect(world.address).await.unwrap();
    let head = format!("GET /v1/boards/khu-b/events HTTP/1.1\r\nhost: {}\r\n\r\n", world.address);
    deaf.write_all(head.as_bytes()).await.unwrap();
    // The only place for a stream is taken until the service lets go of the one that does not read.
    let url = world.url("/v1/boards/khu-b/events");
    let status = || async { reqwest::get(&url).await.unwrap().status() };
    soon(async { while status().await.is_success() {} }).await;
    let client = world.client();
    let mut asked = 0;
    soon(async {
        while !status().await.is_success() {
            // Events, until neither kernel takes more.
            let mut kiosks = JoinSet::new();
            for service in ["mat", "nhi", "tai-mui-hong"].into_iter().cycle().take(100) {
                let (client, number) = (client.clone(), ask(asked, service));
                kiosks.spawn(async move { client.issue(&number).await.unwrap() });
                asked += 1;
            }
            kiosks.join_all().await;
        }
    })
    .await;
    assert!(asked < 5_000, "the service kept {asked} events for a reader that takes none");
}
