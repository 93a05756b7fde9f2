//! A random walk over everything a hospital does, beside a plain list.

use std::collections::BTreeMap;

use queue_core::{Step, after};
use queue_protocol::model::{Placement, TicketNumber, TicketState};
use queue_store::{Action, StepError};

use crate::place::{Desk, MORNING, Place, room_id, service_id};

const STEPS: u32 = 300;
const SEED: u64 = 0x05EE_D201_1123;

/// What a person with a sheet of paper would note of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Noted {
    state: TicketState,
    service: &'static str,
    room: Option<&'static str>,
    rejoins: u32,
}

#[derive(Default)]
struct Sheet(BTreeMap<TicketNumber, Noted>);

impl Sheet {
    fn free(&mut self, room: &'static str) {
        for noted in self.0.values_mut().filter(|noted| noted.state.is_at_room() && noted.room == Some(room)) {
            noted.state = TicketState::Done;
        }
    }

    fn waits_for(&self, room: &str, noted: &Noted) -> bool {
        let calls = SERVICES_OF[usize::from(room == "p2")];
        noted.state == TicketState::Waiting
            && calls.contains(&noted.service)
            && noted.room.is_none_or(|bound| bound == room)
    }
}

const SERVICES_OF: [&[&str]; 2] = [&["noi", "nhi"], &["noi"]];
const ROOMS: [&str; 2] = ["p1", "p2"];

pub async fn a_walk_of_anything_at_all_ends_where_a_plain_list_says(place: &Place<'_>) {
    let desk = place.open().await;
    let (mut dice, mut sheet) = (fastrand::Rng::with_seed(SEED), Sheet::default());
    for _ in 0..STEPS {
        match dice.usize(..10) {
            0..=2 => {
                let service = ["noi", "nhi"][dice.usize(..2)];
                let number = desk.issue(service).await.number;
                sheet.0.insert(number, Noted { state: TicketState::Waiting, service, room: None, rejoins: 0 });
            }
            3 | 4 => call_next(&desk, &mut sheet, ROOMS[dice.usize(..2)]).await,
            _ if sheet.0.is_empty() => {}
            _ => some_step(&desk, &mut sheet, &mut dice).await,
        }
    }
    for (number, noted) in &sheet.0 {
        let now = desk.store.number(crate::place::today(), *number).await.unwrap().unwrap();
        assert_eq!((now.state, now.service.as_str()), (noted.state, noted.service), "{number}");
    }
    let waiting = |service: &str| {
        let count = sheet.0.values().filter(|noted| noted.state == TicketState::Waiting && noted.service == service);
        u32::try_from(count.count()).unwrap()
    };
    let board = desk.board();
    for service in ["noi", "nhi"] {
        assert_eq!(board.waiting.get(&service_id(service)).copied().unwrap_or(0), waiting(service), "{service}");
    }
    assert_eq!(desk.folded().await, board);
    drop(desk);
    assert_eq!(place.open().await.board(), board, "folded anew");
}

/// Somebody is called exactly if the sheet says that somebody waits for the room.
async fn call_next(desk: &Desk, sheet: &mut Sheet, room: &'static str) {
    let waits = sheet.0.values().any(|noted| sheet.waits_for(room, noted));
    let call = desk.call(room).await;
    assert_eq!(call.is_some(), waits, "{room}");
    if let Some(call) = call {
        assert!(sheet.waits_for(room, &sheet.0[&call.number]), "{call:?}");
        sheet.free(room);
        let noted = sheet.0.get_mut(&call.number).unwrap();
        (noted.state, noted.room) = (TicketState::Called, Some(room));
    }
}

async fn some_step(desk: &Desk, sheet: &mut Sheet, dice: &mut fastrand::Rng) {
    let number = *sheet.0.keys().nth(dice.usize(..sheet.0.len())).unwrap();
    let noted = sheet.0[&number].clone();
    let room = ROOMS[dice.usize(..2)];
    let id = || room_id(room);
    let to = ["noi", "nhi"][dice.usize(..2)];
    let placement = [Placement::KeepPlace, Placement::AfterCurrent, Placement::End][dice.usize(..3)];
    let (step, action) = match Step::ALL[dice.usize(..13)] {
        step @ Step::Call => (step, Action::Call(id())),
        step @ Step::Recall => (step, Action::Recall(id())),
        step @ Step::Arrive => (step, Action::Arrive(id())),
        step @ Step::Finish => (step, Action::Finish(id())),
        step @ Step::Miss => (step, Action::Miss(id())),
        step @ Step::SendAway => (step, Action::SendAway(id())),
        step @ Step::Return => (step, Action::Return),
        step @ Step::Rejoin => (step, Action::Rejoin),
        step @ Step::Hold => (step, Action::Hold),
        step @ Step::Cancel => (step, Action::Cancel),
        step @ Step::Reactivate => (step, Action::Reactivate(placement)),
        step @ Step::Transfer => (step, Action::Transfer { to: service_id(to), room: None, placement }),
        step @ Step::SetGroups => (step, Action::SetGroups(Vec::new())),
    };
    let expected = expected(&noted, step, room);
    let did = desk.store.step(crate::place::step(crate::place::fresh(), number, action), MORNING).await;
    assert_eq!(did.is_ok(), expected.is_some(), "{step:?} of {noted:?} in {room}: {did:?}");
    let Some(state) = expected else {
        assert!(!matches!(did, Err(StepError::Store(_))), "{did:?}");
        return;
    };
    if step == Step::Call {
        sheet.free(room);
    }
    let noted = sheet.0.get_mut(&number).unwrap();
    noted.state = state;
    match step {
        Step::Call => noted.room = Some(room),
        Step::Rejoin => (noted.rejoins, noted.room) = (noted.rejoins + 1, None),
        Step::Transfer => (noted.service, noted.room) = (to, None),
        Step::Return if !SERVICES_OF[usize::from(noted.room == Some("p2"))].contains(&noted.service) => {
            noted.room = None;
        }
        Step::Miss | Step::Hold | Step::Cancel | Step::Reactivate => noted.room = None,
        Step::Recall | Step::Arrive | Step::Finish | Step::SendAway | Step::Return | Step::SetGroups => {}
    }
}

/// Where the step leads by the sheet; `None` when it must be refused.
fn expected(noted: &Noted, step: Step, room: &'static str) -> Option<TicketState> {
    let to = after(noted.state, step).ok()?;
    let fits = match step {
        Step::Recall | Step::Arrive | Step::Finish | Step::Miss | Step::SendAway => noted.room == Some(room),
        Step::Call => SERVICES_OF[usize::from(room == "p2")].contains(&noted.service),
        Step::Rejoin => noted.rejoins < 2,
        Step::Return | Step::Hold | Step::Cancel | Step::Reactivate | Step::Transfer | Step::SetGroups => true,
    };
    fits.then_some(to)
}
