//! Displays that follow with the client, through everything.

use queue_client::{BoardUpdate, BoardWatch};
use queue_protocol::board::Board;
use queue_protocol::model::TicketNumber;

use crate::world::{PATIENCE, WATCH, World, request, soon, zone};

pub async fn board_until(watch: &mut BoardWatch, wanted: impl Fn(&Board) -> bool) -> Board {
    loop {
        if let BoardUpdate::Board(board) = soon(watch.next()).await.unwrap()
            && wanted(&board)
        {
            return board;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_calls_in_a_moment_are_all_seen() {
    let world = World::new().await;
    for n in 0..20 {
        world.issue(n, "mat").await;
    }
    let mut watch = world.client().watch_board_with(zone(), WATCH);
    board_until(&mut watch, |board| board.seq == 20).await;
    let mut called = Vec::new();
    for n in 100..120 {
        called.push(world.call(n, "p207").await.unwrap().number);
    }
    let mut seen: Vec<TicketNumber> = Vec::new();
    while seen.len() < 20 {
        if let BoardUpdate::Board(board) = soon(watch.next()).await.unwrap() {
            seen.push(board.calls[0].number);
        }
    }
    assert_eq!(seen, called);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_says_that_it_is_stale_and_recovers_by_itself_without_losing_a_call() {
    let mut world = World::new().await;
    world.issue(1, "mat").await;
    world.issue(2, "mat").await;
    let mut watch = world.client().watch_board_with(zone(), WATCH);
    assert_eq!(board_until(&mut watch, |_| true).await.seq, 2);
    assert_eq!(soon(watch.next()).await, Some(BoardUpdate::Live));
    world.stop().await;
    let stopped = std::time::Instant::now();
    let stale = soon(watch.next()).await.unwrap();
    let BoardUpdate::Stale { since } = stale else { panic!("{stale:?}") };
    assert!(since < stopped && stopped.elapsed() < WATCH.stale_after * 3);
    world.start().await;
    assert_eq!(soon(watch.next()).await, Some(BoardUpdate::Live));
    world.call(10, "p207").await;
    world.call(11, "p207").await;
    for seq in 3..=4 {
        let update = soon(watch.next()).await.unwrap();
        assert!(matches!(&update, BoardUpdate::Board(board) if board.seq == seq), "{update:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_made_while_a_display_was_cut_off_all_come_when_it_is_back() {
    let mut world = World::new().await;
    for n in 0..5 {
        world.issue(n, "mat").await;
    }
    let mut watch = world.client().watch_board_with(zone(), WATCH);
    board_until(&mut watch, |board| board.seq == 5).await;
    // The display keeps trying its old port while the service calls on another.
    world.stop().await;
    let old = std::mem::replace(&mut world.address, ([127, 0, 0, 1], 0).into());
    world.start().await;
    for n in 10..15 {
        world.call(n, "p207").await.unwrap();
    }
    world.stop().await;
    world.address = old;
    world.start().await;
    let mut seqs = Vec::new();
    while seqs.last() != Some(&10) {
        if let BoardUpdate::Board(board) = soon(watch.next()).await.unwrap() {
            seqs.push(board.seq);
        }
    }
    assert_eq!(seqs, [6, 7, 8, 9, 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_that_starts_before_the_service_waits_for_it() {
    let mut world = World::new().await;
    world.stop().await;
    let mut watch = world.client().watch_board_with(zone(), WATCH);
    let stale = soon(watch.next()).await.unwrap();
    assert!(matches!(stale, BoardUpdate::Stale { .. }), "{stale:?}");
    world.start().await;
    assert_eq!(board_until(&mut watch, |_| true).await, world.board().await);
    assert_eq!(soon(watch.next()).await, Some(BoardUpdate::Live));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_anything_at_all_display_and_service_show_the_same_board() {
    for seed in [1, 0x5EED, 20_261_123] {
        let mut world = World::new().await;
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut watch = world.client().watch_board_with(zone(), WATCH);
        for n in 0..150 {
            match dice.u64(..20) {
                0..=8 => drop(world.issue(n, ["mat", "nhi", "noi-tong-quat", "noi-tim-mach"][dice.usize(..4)]).await),
                9..=15 => drop(world.call(n, ["p201", "p202", "p203", "p204", "p207"][dice.usize(..5)]).await),
                // Some are of calls: refused, and nothing changes.
                16..=18 => drop(world.client().void(request(dice.u64(..=n))).await),
                _ if dice.u64(..4) == 0 => {
                    world.stop().await;
                    world.start().await;
                }
                _ => world.at(i64::try_from(n / 50).unwrap() * 24 * crate::world::HOUR_MS + 9 * crate::world::HOUR_MS),
            }
        }
        let served = world.board().await;
        let shown = board_until(&mut watch, |board| board.seq == served.seq && board.day == served.day).await;
        assert_eq!(shown, served, "seed {seed:#x}");
        world.stop().await;
        world.start().await;
        assert_eq!(world.board().await, served, "seed {seed:#x}, folded anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_that_is_given_up_leaves_its_stream() {
    let world = World::new().await;
    for _ in 0..200 {
        let mut watch = world.client().watch_board_with(zone(), WATCH);
        // With 64 places, 200 displays one after another only fit when each leaves its place.
        tokio::time::timeout(PATIENCE, watch.next()).await.unwrap();
    }
}
