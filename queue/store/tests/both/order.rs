//! Who is called before whom, as the database sorts it.

use queue_protocol::model::{Arrival, GroupClaim, Line, PriorityGroup, Proof, UnixMillis, WhyNext};
use queue_store::Action;

use crate::place::{DAY_MS, Desk, MINUTE_MS, MORNING, Place, asked, clinic, fresh, room_id, strict, today, zone};

pub const fn claim(group: PriorityGroup, proof: Proof) -> GroupClaim {
    GroupClaim { group, proof }
}

fn group(group: PriorityGroup, proof: Proof) -> Arrival {
    Arrival { groups: vec![claim(group, proof)], ..Arrival::default() }
}

fn booked(minutes: i64) -> Arrival {
    Arrival { booked_for: Some(UnixMillis(MORNING.0 + minutes * MINUTE_MS)), ..Arrival::default() }
}

/// Walk-ins, booked, priority and an emergency, over two services of one room; some rows have a NULL where others have a
/// time.
async fn everybody(desk: &Desk) {
    desk.issue("noi").await;
    desk.issue("nhi").await;
    desk.arrive("noi", booked(-10)).await;
    desk.arrive("noi", booked(60)).await;
    desk.arrive("nhi", group(PriorityGroup::Aged75, Proof::Declared)).await;
    desk.arrive("noi", group(PriorityGroup::Emergency, Proof::Verified)).await;
    desk.arrive("noi", booked(-16)).await;
    desk.arrive("noi", group(PriorityGroup::Pregnant, Proof::Declared)).await;
    desk.arrive("nhi", booked(-5)).await;
}

const ORDER: [&str; 9] = ["A-004", "A-002", "B-003", "B-002", "A-006", "A-001", "B-001", "A-005", "A-003"];

pub async fn the_order_is_the_same_on_every_database(place: &Place<'_>) {
    let desk = place.open_with(clinic(strict())).await;
    everybody(&desk).await;
    let listed = desk.store.room_queue(&room_id("p1"), MORNING).await.unwrap();
    let mut expected = ORDER.to_vec();
    // B-002 is the priority of the second service: it came before A-006.
    assert_eq!(listed.waiting.iter().map(|entry| entry.number.to_string()).collect::<Vec<_>>(), expected);
    assert_eq!(desk.call_all("p1").await, std::mem::take(&mut expected));
}

pub async fn a_room_says_who_waits_and_why_in_that_order(place: &Place<'_>) {
    let desk = place.open_with(clinic(strict())).await;
    everybody(&desk).await;
    let current = desk.call("p1").await.unwrap().number;
    desk.step("A-005".parse().unwrap(), Action::Hold).await;
    let queue = desk.store.room_queue(&room_id("p1"), MORNING).await.unwrap();
    let why: Vec<WhyNext> = queue.waiting.iter().map(|entry| entry.why.unwrap()).collect();
    let expected = [
        WhyNext::Booked,
        WhyNext::Booked,
        WhyNext::PriorityTurn,
        WhyNext::PriorityTurn,
        WhyNext::InOrder,
        WhyNext::InOrder,
        WhyNext::NobodyElse,
    ];
    assert_eq!(why, expected);
    assert_eq!(queue.at_room.map(|entry| entry.number), Some(current));
    assert_eq!(queue.aside.iter().map(|entry| entry.number.to_string()).collect::<Vec<_>>(), ["A-005"]);
    assert_eq!((queue.more, queue.priority), (0, strict().priority));
}

pub async fn staff_set_a_priority_and_the_screen_shows_it(place: &Place<'_>) {
    let desk = place.open_with(clinic(strict())).await;
    desk.issue("noi").await;
    let second = desk.issue("noi").await;
    let marked = desk.step(second.number, Action::SetGroups(vec![claim(PriorityGroup::Merit, Proof::Verified)])).await;
    assert_eq!(marked.now.line, Line::Priority);
    let call = desk.call("p1").await.unwrap();
    assert_eq!((call.number, call.mark.line), (second.number, Line::Priority));
    desk.step(second.number, Action::SetGroups(vec![])).await;
    assert_eq!(desk.board().calls[0].mark.line, Line::Normal);
    assert_eq!(desk.folded().await, desk.board());
}

pub async fn a_clock_a_day_ahead_and_put_right_leaves_todays_board_right(place: &Place<'_>) {
    let desk = place.open().await;
    let first = desk.issue("noi").await;
    let ahead = UnixMillis(MORNING.0 + DAY_MS);
    let tomorrow = desk.store.issue(asked(fresh(), "noi", Arrival::default()), ahead).await.unwrap();
    assert_eq!((tomorrow.day.to_string(), tomorrow.number), ("2026-11-24".into(), first.number));
    let second = desk.issue("noi").await;
    assert_eq!((second.day, second.number.to_string(), second.ahead), (today(), "A-002".into(), 1));
    assert_eq!(desk.call("p1").await.unwrap().number, first.number);
    let check = |desk: &Desk| {
        let board = desk.board();
        assert_eq!((board.day, board.calls.len(), board.waiting.values().sum::<u32>()), (today(), 1, 1));
        assert_eq!(desk.store.board(&zone(), tomorrow.day).unwrap().waiting.values().sum::<u32>(), 1);
    };
    check(&desk);
    drop(desk);
    check(&place.open().await);
}
