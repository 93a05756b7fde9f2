//! The steps of a ticket.

use queue_protocol::model::{Arrival, Placement, TicketState};
use queue_store::{Action, StepError};

use crate::place::{MORNING, Place, asked, clinic, room_id, service_id, strict};

pub async fn a_visit_goes_from_the_kiosk_to_the_end(place: &Place<'_>) {
    let desk = place.open().await;
    let ticket = desk.issue("noi").await;
    desk.issue("noi").await;
    assert_eq!((ticket.number.to_string(), ticket.ahead), ("A-001".into(), 0));
    let call = desk.call("p1").await.unwrap();
    assert_eq!((call.number, call.room_name.as_str()), (ticket.number, "Phòng p1"));
    // Two steps, so that nobody walks in on the number on the wall.
    assert_eq!(desk.board().rooms[&room_id("p1")].state, TicketState::Called);
    desk.step(ticket.number, Action::Arrive(room_id("p1"))).await;
    assert_eq!(desk.board().rooms[&room_id("p1")].state, TicketState::InRoom);
    let done = desk.step(ticket.number, Action::Finish(room_id("p1"))).await;
    assert_eq!((done.now.state, done.now.service), (TicketState::Done, service_id("noi")));
    assert!(desk.board().rooms.is_empty());
    assert_eq!(desk.folded().await, desk.board());
    let before = desk.board();
    drop(desk);
    assert_eq!(place.open().await.board(), before, "a restart changes nothing that anybody sees");
}

pub async fn who_is_back_from_tests_goes_to_the_same_room_by_its_own_rule(place: &Place<'_>) {
    let desk = place.open_with(clinic(strict())).await;
    for _ in 0..8 {
        desk.issue("nhi").await;
    }
    let mut away = Vec::new();
    for _ in 0..2 {
        let number = desk.call("p1").await.unwrap().number;
        desk.step(number, Action::SendAway(room_id("p1"))).await;
        away.push(number);
    }
    for number in &away {
        let refused = desk.try_step(*number, Action::Call(room_id("p1"))).await;
        assert!(matches!(refused, Err(StepError::NotAllowed(_))), "called while away: {refused:?}");
    }
    // It survives noon and a restart.
    drop(desk);
    let desk = place.open_with(clinic(strict())).await;
    for number in &away {
        let back = desk.step(*number, Action::Return).await;
        assert_eq!((back.now.state, back.now.room), (TicketState::Waiting, Some(room_id("p1"))));
    }
    // The first one at once, then two new ones for each who is back.
    assert_eq!(desk.call_all("p1").await, ["B-001", "B-003", "B-002", "B-004", "B-005", "B-006", "B-007", "B-008"]);
}

pub async fn who_missed_comes_back_after_some_calls_and_only_so_often(place: &Place<'_>) {
    let desk = place.open_with(clinic(strict())).await;
    for _ in 0..6 {
        desk.issue("noi").await;
    }
    let first = desk.call("p1").await.unwrap().number;
    for _ in 0..2 {
        desk.step(first, Action::Miss(room_id("p1"))).await;
        assert_eq!(desk.board().missed, [first]);
        desk.step(first, Action::Rejoin).await;
        assert!(desk.board().missed.is_empty());
        let passed = [desk.call("p1").await.unwrap().number, desk.call("p1").await.unwrap().number];
        assert!(!passed.contains(&first));
        assert_eq!(desk.call("p1").await.unwrap().number, first);
    }
    desk.step(first, Action::Miss(room_id("p1"))).await;
    let third = desk.try_step(first, Action::Rejoin).await;
    assert!(matches!(third, Err(StepError::RejoinedTooOften(_))), "{third:?}");
    // The desk still can.
    desk.step(first, Action::Reactivate(Placement::AfterCurrent)).await;
    assert_eq!(desk.call("p1").await.unwrap().number, first);
}

pub async fn a_transfer_keeps_number_and_arrival_and_goes_where_it_is_told(place: &Place<'_>) {
    let desk = place.open_with(clinic(strict())).await;
    let early = desk.issue("noi").await;
    for _ in 0..3 {
        desk.issue("mat").await;
    }
    let others = [desk.issue("noi").await, desk.issue("noi").await];
    let transfer =
        |room: Option<&str>, placement| Action::Transfer { to: service_id("mat"), room: room.map(room_id), placement };
    let moved = desk.step(early.number, transfer(None, Placement::KeepPlace)).await;
    assert_eq!((moved.now.number, moved.now.service), (early.number, service_id("mat")));
    desk.step(others[0].number, transfer(Some("p3"), Placement::End)).await;
    desk.step(others[1].number, transfer(None, Placement::AfterCurrent)).await;
    let refused = desk.try_step(others[1].number, transfer(Some("p1"), Placement::End)).await;
    assert!(matches!(refused, Err(StepError::NotAtThisRoom { .. })), "{refused:?}");
    let queue = desk.store.room_queue(&room_id("p3"), MORNING).await.unwrap();
    let listed: Vec<_> = queue.waiting.iter().map(|entry| (entry.number, entry.issued_at)).collect();
    assert!(listed.contains(&(early.number, early.issued_at)), "{listed:?}");
    assert_eq!((desk.board().waiting.len(), desk.call("p1").await), (0, None));
    assert_eq!(desk.call_all("p3").await, ["A-003", "A-001", "M-001", "M-002", "M-003", "A-002"]);
    // A kiosk that asks again hears what it heard before.
    assert_eq!(desk.store.issue(asked(early.request, "noi", Arrival::default()), MORNING).await.unwrap(), early);
    assert_eq!(desk.issue("noi").await.number.to_string(), "A-004");
    assert_eq!(desk.folded().await, desk.board());
}

pub async fn held_cancelled_and_reactivated(place: &Place<'_>) {
    let desk = place.open().await;
    let tickets = [desk.issue("noi").await, desk.issue("noi").await, desk.issue("noi").await];
    desk.step(tickets[0].number, Action::Hold).await;
    desk.step(tickets[1].number, Action::Cancel).await;
    assert_eq!(desk.call("p1").await.unwrap().number, tickets[2].number);
    assert_eq!(desk.call("p1").await, None);
    desk.issue("noi").await;
    desk.step(tickets[1].number, Action::Reactivate(Placement::End)).await;
    desk.step(tickets[0].number, Action::Reactivate(Placement::KeepPlace)).await;
    assert_eq!(desk.call_all("p1").await, ["A-001", "A-004", "A-002"]);
    assert_eq!(desk.folded().await, desk.board());
}

pub async fn a_number_is_called_out_of_turn_and_again(place: &Place<'_>) {
    let desk = place.open().await;
    desk.issue("noi").await;
    let wanted = desk.issue("noi").await.number;
    let call = desk.step(wanted, Action::Call(room_id("p2"))).await.call.unwrap();
    assert_eq!((call.number, call.room.as_str(), call.mark.recalls), (wanted, "p2", 0));
    for recalls in 1..=2 {
        let again = desk.step(wanted, Action::Recall(room_id("p2"))).await.call.unwrap();
        assert_eq!((again.mark.recalls, again.called_at), (recalls, call.called_at));
        assert_eq!(desk.board().calls[0], again);
    }
    let foreign = desk.try_step(wanted, Action::Recall(room_id("p1"))).await;
    assert!(matches!(foreign, Err(StepError::NotAtThisRoom { .. })), "{foreign:?}");
    // Missed, and called out of turn all the same.
    desk.step(wanted, Action::Miss(room_id("p2"))).await;
    desk.step(wanted, Action::Call(room_id("p1"))).await;
    assert_eq!((desk.board().missed.len(), desk.board().waiting[&service_id("noi")]), (0, 1));
    assert_eq!(desk.folded().await, desk.board());
}

pub async fn a_step_that_does_not_fit_changes_nothing(place: &Place<'_>) {
    let desk = place.open().await;
    let number = desk.issue("noi").await.number;
    let before = desk.board();
    let p1 = || room_id("p1");
    for action in [Action::Recall(p1()), Action::Arrive(p1()), Action::Miss(p1()), Action::Return, Action::Rejoin] {
        let refused = desk.try_step(number, action.clone()).await;
        assert!(matches!(refused, Err(StepError::NotAllowed(_))), "{action:?}: {refused:?}");
    }
    let elsewhere = desk.try_step(number, Action::Call(room_id("p3"))).await;
    assert!(matches!(elsewhere, Err(StepError::NotAtThisRoom { .. })), "{elsewhere:?}");
    let nobody = desk.try_step("A-099".parse().unwrap(), Action::Hold).await;
    assert!(matches!(nobody, Err(StepError::UnknownNumber { .. })), "{nobody:?}");
    let nowhere = desk.try_step(number, Action::Call(room_id("p9"))).await;
    assert!(matches!(nowhere, Err(StepError::UnknownRoom(_))), "{nowhere:?}");
    assert_eq!((desk.board(), desk.state(number).await), (before, TicketState::Waiting));
}
