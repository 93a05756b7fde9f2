//! A display whose connection is cut again and again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use queue_client::{BoardUpdate, QueueClient};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

use crate::world::{TIMES, WATCH, World, ask, request, room_id, soon, zone};

/// A network in front of the service whose connections can be cut.
struct Network {
    url: String,
    cut: broadcast::Sender<()>,
    opened: Arc<AtomicU64>,
}

impl Network {
    async fn before(service: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (cut, opened) = (broadcast::Sender::new(4), Arc::new(AtomicU64::new(0)));
        let (cuts, counts) = (cut.clone(), Arc::clone(&opened));
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = cuts.subscribe();
                counts.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(service).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.recv() => {}
                    }
                });
            }
        });
        Self { url, cut, opened }
    }
}

/// Cuts the display's connection `count` times, each time while a call is made.
async fn reconnects(count: u64) {
    let world = World::with(queue_service::SAMPLE_CLINIC.to_owned(), TIMES).await;
    let network = Network::before(world.address).await;
    let display = QueueClient::new(&network.url, queue_client::Deadlines::default()).unwrap();
    let mut watch = display.watch_board_with(zone(), WATCH);
    let (client, room) = (world.client(), room_id("p207"));
    let mut seen = BTreeSet::new();
    for n in 0..count {
        client.issue(&ask(2 * n, "mat")).await.unwrap();
        // Before the call, while it is made, or after it.
        if n % 3 == 0 {
            network.cut.send(()).ok();
        }
        let (call, ()) = tokio::join!(client.call_next(&room, request(2 * n + 1)), async {
            if n % 3 == 1 {
                network.cut.send(()).ok();
            }
        });
        if n % 3 == 2 {
            network.cut.send(()).ok();
        }
        let called = crate::world::called(call.unwrap()).unwrap().number;
        soon(async {
            while !seen.contains(&called) {
                if let Some(BoardUpdate::Board(board)) = watch.next().await {
                    seen.extend(board.calls.into_iter().map(|call| call.number));
                }
            }
        })
        .await;
    }
    assert_eq!(u64::try_from(seen.len()).unwrap(), count, "every call was on the wall");
    assert!(network.opened.load(Ordering::SeqCst) >= count / 2, "the display came back again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_that_is_cut_off_again_and_again_misses_no_call() {
    reconnects(12).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long run, minutes: cargo test --release -p queue-service --test service -- --ignored thousand_reconnects"]
async fn no_call_is_lost_over_a_thousand_reconnects() {
    reconnects(1_000).await;
}
