//! Several processes on one PostgreSQL database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use queue_core::Rules;
use queue_protocol::model::{KioskId, TicketNumber};
use queue_store::Store;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::place::{Desk, MORNING, Place, clinic, fresh, today, zone};
use crate::postgres_server::Server;

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

async fn open(place: &Place<'_>) -> Arc<Desk> {
    Arc::new(place.open_with(clinic(Rules::default())).await)
}

async fn until_seq(store: &Store, seq: u64) {
    let mut newest = store.subscribe(&zone()).unwrap();
    tokio::time::timeout(PATIENCE, newest.wait_for(|newest| *newest >= seq)).await.unwrap().unwrap();
}

/// One test: a server takes seconds to make.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_processes_on_one_database_agree_and_follow_each_other() {
    let server = Server::start();
    let place = Place::postgres(&server);
    let desks = [open(&place).await, open(&place).await, open(&place).await];
    let clients: JoinSet<Vec<TicketNumber>> = (0..24)
        .map(|client| {
            let desk = Arc::clone(&desks[client % 3]);
            async move {
                let mut numbers = Vec::new();
                for _ in 0..10 {
                    numbers.push(desk.issue("noi").await.number);
                }
                numbers
            }
        })
        .collect();
    let issued: BTreeSet<TicketNumber> = clients.join_all().await.into_iter().flatten().collect();
    assert_eq!(issued.len(), 240, "a number was given out twice");
    let rooms: JoinSet<Vec<TicketNumber>> = (0..6)
        .map(|n| {
            let desk = Arc::clone(&desks[n % 3]);
            async move {
                let mut numbers = Vec::new();
                for _ in 0..40 {
                    numbers.extend(desk.call(["p1", "p2"][n % 2]).await.map(|call| call.number));
                }
                numbers
            }
        })
        .collect();
    let called: Vec<TicketNumber> = rooms.join_all().await.into_iter().flatten().collect();
    assert_eq!((called.len(), called.into_iter().collect::<BTreeSet<_>>().len()), (240, 240));
    for desk in &desks {
        // Nobody asks it anything: it hears of the others by itself, and misses no event between.
        until_seq(&desk.store, 480).await;
        assert_eq!(desk.board(), desks[0].board());
        assert_eq!(desk.folded().await, desk.board());
    }

    a_call_for_help_is_heard_by_every_process(&desks).await;
    a_lost_connection_is_opened_again(&server, &place, &desks).await;
    a_dump_made_while_numbers_are_issued_can_be_served(&server, &place, &desks).await;
    a_restored_database_has_another_log(&server, &place, &desks).await;
}

async fn a_dump_made_while_numbers_are_issued_can_be_served(
    server: &Server,
    place: &Place<'_>,
    desks: &[Arc<Desk>; 3],
) {
    let Place::Postgres(_, database) = place else { unreachable!() };
    let before = desks[0].board().seq;
    let (issuing, (stop, stopped)) = (Arc::clone(&desks[0]), watch::channel(false));
    let more = tokio::spawn(async move {
        while !*stopped.borrow() {
            issuing.issue("noi").await;
        }
    });
    until_seq(&desks[0].store, before + 1).await;
    let copy = tokio::task::block_in_place(|| server.dump_and_restore(database));
    stop.send(true).unwrap();
    more.await.unwrap();
    let restored = open(&Place::Postgres(server, copy)).await;
    let (theirs, ours) = (desks[0].board(), restored.board());
    assert!(before < ours.seq && ours.seq <= theirs.seq, "{before} < {} <= {}", ours.seq, theirs.seq);
    assert_ne!(ours.log, theirs.log, "displays must notice that the log is another one");
    assert_eq!(restored.folded().await, ours, "one moment of it");
    let last = theirs.waiting.values().sum::<u32>() - u32::try_from(theirs.seq - ours.seq).unwrap();
    assert_eq!(restored.issue("noi").await.ahead, last, "who had a number has it");
}

async fn a_call_for_help_is_heard_by_every_process(desks: &[Arc<Desk>; 3]) {
    let kiosk = KioskId::new("k1").unwrap();
    let mut other = desks[2].store.subscribe_help();
    let heard = async |other: &mut watch::Receiver<u64>| {
        tokio::time::timeout(PATIENCE, other.changed()).await.unwrap().unwrap();
        desks[2].store.help_calls().await.unwrap().calls.len()
    };
    desks[0].store.call_help(kiosk.clone(), fresh(), MORNING).await.unwrap();
    assert_eq!(heard(&mut other).await, 1);
    desks[1].store.clear_help(kiosk, fresh(), MORNING).await.unwrap();
    assert_eq!(heard(&mut other).await, 0);
}

async fn a_lost_connection_is_opened_again(server: &Server, place: &Place<'_>, desks: &[Arc<Desk>; 3]) {
    let Place::Postgres(_, database) = place else { unreachable!() };
    let kill = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    );
    assert!(server.number("postgres", &kill) >= 6, "writers and listeners");
    assert_eq!(desks[0].issue("noi").await.number.to_string(), "A-241");
    until_seq(&desks[2].store, 481).await;
    assert_eq!(desks[2].board().waiting.len(), 1);
}

/// What a restore by other means than ours does: the rows are the same, the log is another one.
async fn a_restored_database_has_another_log(server: &Server, place: &Place<'_>, desks: &[Arc<Desk>; 3]) {
    let Place::Postgres(_, database) = place else { unreachable!() };
    let (before, newest) = (desks[0].store.log(), desks[0].board().seq);
    server.run(database, "UPDATE log_identity SET id = 7");
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while desks.iter().any(|desk| desk.store.log() == before) {
        assert!(tokio::time::Instant::now() < deadline, "nobody noticed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let board = desks[1].store.board(&zone(), today()).unwrap();
    assert_eq!((board.log, board.seq), (Some(desks[1].store.log()), newest));
    let before = desks[1].store.log();
    server.run(database, "UPDATE log_identity SET lives_in = 'another machine'");
    let here = open(place).await.store.log();
    assert_ne!(here, before, "a copied database kept its log's identity");
}
