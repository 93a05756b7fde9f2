//! One request, one answer; who did what; one open call a room.

use queue_protocol::model::{GroupClaim, Placement, PriorityGroup, Proof, TicketState};
use queue_store::{Action, StepError};

use crate::place::{MORNING, Place, fresh, room_id, service_id, step};

pub async fn every_step_is_done_once_a_request(place: &Place<'_>) {
    let desk = place.open().await;
    let number = desk.issue("noi").await.number;
    let other = desk.issue("noi").await.number;
    let room = || room_id("p1");
    let life = [
        Action::Call(room()),
        Action::Recall(room()),
        Action::Arrive(room()),
        Action::SendAway(room()),
        Action::Return,
        Action::Call(room()),
        Action::Miss(room()),
        Action::Rejoin,
        Action::SetGroups(vec![GroupClaim { group: PriorityGroup::Under6, proof: Proof::Verified }]),
        Action::Hold,
        Action::Reactivate(Placement::End),
        Action::Transfer { to: service_id("nhi"), room: None, placement: Placement::KeepPlace },
        Action::Call(room()),
        Action::Finish(room()),
        Action::Reactivate(Placement::KeepPlace),
        Action::Cancel,
    ];
    let mut answered = Vec::new();
    for action in life {
        let asked = step(fresh(), number, action);
        let answer = desk.store.step(asked.clone(), MORNING).await.unwrap();
        answered.push((asked, answer));
    }
    let board = desk.board();
    for (asked, answer) in answered {
        // A double click, and a retry after everything that has happened since.
        assert_eq!(desk.store.step(asked.clone(), MORNING).await.unwrap(), answer);
        for wrong in
            [step(asked.request, other, asked.action.clone()), step(asked.request, number, other_than(&asked.action))]
        {
            let refused = desk.store.step(wrong, MORNING).await;
            assert!(matches!(refused, Err(StepError::RequestSpent(_))), "{refused:?}");
        }
        assert!(desk.store.call_next(room(), asked.request, MORNING).await.is_err());
        assert!(desk.store.void(asked.request, MORNING).await.is_err());
    }
    assert_eq!((desk.board(), desk.folded().await), (board.clone(), board));
}

fn other_than(action: &Action) -> Action {
    if *action == Action::Hold { Action::Cancel } else { Action::Hold }
}

pub async fn who_did_what_is_kept_and_cannot_be_changed(place: &Place<'_>) {
    let desk = place.open().await;
    let ticket = desk.issue("noi").await;
    desk.call("p1").await.unwrap();
    desk.step(ticket.number, Action::Miss(room_id("p1"))).await;
    desk.try_step(ticket.number, Action::Return).await.unwrap_err();
    desk.store.void(ticket.request, MORNING).await.unwrap();
    let lines = |step: &str, actor: &str| {
        place.number(&format!("SELECT count(*) FROM audit WHERE step = '{step}' AND actor = '{actor}'"))
    };
    let seen =
        [lines("issue", "kiosk:k1"), lines("call_next", "room:p1"), lines("missed", "desk"), lines("void", "kiosk")];
    assert_eq!((seen, place.number("SELECT count(*) FROM audit")), ([1; 4], 4));
    assert!(!place.lets("UPDATE audit SET actor = 'nobody'"));
    assert!(!place.lets("DELETE FROM audit"));
    assert_eq!(place.number("SELECT count(*) FROM audit"), 4);
}

pub async fn a_room_has_one_call_open_and_the_schema_says_so(place: &Place<'_>) {
    let desk = place.open().await;
    let tickets = [desk.issue("noi").await, desk.issue("noi").await, desk.issue("noi").await];
    desk.call("p1").await.unwrap();
    desk.call("p1").await.unwrap();
    assert_eq!(desk.state(tickets[0].number).await, TicketState::Done);
    assert_eq!((desk.state(tickets[1].number).await, desk.board().rooms.len()), (TicketState::Called, 1));
    assert!(!place.lets("UPDATE ticket SET state = 'called', room = 'p1' WHERE state = 'waiting'"));
    assert!(!place.lets("UPDATE ticket SET ordinal = 1"));
}
