//! The shipped binary on PostgreSQL: three processes on one database.

#[path = "../../../store/tests/both/postgres_server.rs"]
mod postgres_server;

use std::collections::BTreeSet;
use std::process::Stdio;

use queue_client::{BoardUpdate, BoardWatch, Deadlines, QueueClient};
use queue_protocol::board::Board;
use queue_protocol::model::{Ticket, TicketNumber};
use tokio::task::JoinSet;

use crate::crash::Binary;
use crate::world::{PATIENCE, ask, called, request, room_id, soon, zone};
use postgres_server::Server;

const TICKETS: u64 = 240;

fn start(server: &Server, database: &str) -> (tempfile::TempDir, Binary) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = crate::crash::open_service(dir.path());
    command.args(["--listen", "127.0.0.1:0", "--postgres", &server.text(database)]);
    command.env("TZ", "UTC").stdout(Stdio::null()).stderr(Stdio::null());
    let binary = Binary::start_by(command, dir.path());
    (dir, binary)
}

async fn until(watch: &mut BoardWatch, seq: u64) -> Board {
    soon(async {
        loop {
            if let Some(BoardUpdate::Board(board)) = watch.next().await
                && board.seq == seq
            {
                return board;
            }
        }
    })
    .await
}

/// One test: a server takes seconds to make.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_services_on_one_database_are_one_queue() {
    let server = Server::start();
    let database = server.database();
    let mut services = Vec::new();
    for _ in 0..3 {
        services.push(start(&server, &database));
    }
    let patient = Deadlines { connect: PATIENCE, attempt: PATIENCE, total: 2 * PATIENCE };
    let clients: Vec<QueueClient> =
        services.iter().map(|(_, service)| QueueClient::new(&service.url, patient).unwrap()).collect();
    let mut watches: Vec<BoardWatch> = clients.iter().map(|client| client.watch_board(zone())).collect();

    let issued: JoinSet<Ticket> = (0..TICKETS)
        .map(|n| {
            let client = clients[usize::try_from(n % 3).unwrap()].clone();
            async move { client.issue(&ask(n, "noi-tong-quat")).await.unwrap() }
        })
        .collect();
    let issued = issued.join_all().await;
    let numbers: BTreeSet<TicketNumber> = issued.iter().map(|ticket| ticket.number).collect();
    assert_eq!(u64::try_from(numbers.len()).unwrap(), TICKETS, "a number was given out twice");
    // A retry that reaches another process finds the ticket there.
    let retried = clients[1].issue(&ask(0, "noi-tong-quat")).await.unwrap();
    assert!(issued.contains(&retried));

    // One process is killed; the rooms of the others call everybody once.
    services[0].1.child.kill().unwrap();
    let calls: JoinSet<Vec<TicketNumber>> = (0..4_u64)
        .map(|room| {
            let client = clients[1 + usize::try_from(room % 2).unwrap()].clone();
            async move {
                let room_id = room_id(["p201", "p202"][usize::try_from(room / 2).unwrap()]);
                let mut numbers = Vec::new();
                for press in 0..TICKETS {
                    let id = request(1_000_000 * (room + 1) + press);
                    match called(client.call_next(&room_id, id).await.unwrap()) {
                        Some(call) => numbers.push(call.number),
                        None => break,
                    }
                }
                numbers
            }
        })
        .collect();
    let called: Vec<TicketNumber> = calls.join_all().await.into_iter().flatten().collect();
    assert_eq!(called.iter().copied().collect::<BTreeSet<_>>(), numbers);
    assert_eq!(called.len(), numbers.len(), "somebody was called twice");
    // Each stream was woken by what the other process committed.
    let end = clients[1].board(&zone()).await.unwrap();
    assert_eq!(end.seq, 2 * TICKETS);
    for watch in &mut watches[1..] {
        assert_eq!(until(watch, end.seq).await, end);
    }
    // The one that was killed comes back and shows the same.
    let (_dir, again) = start(&server, &database);
    assert_eq!(again.client.board(&zone()).await.unwrap(), end);
}
