//! The waiting-room display.

use queue_client::{NumberAction, RoomAction};
use queue_protocol::board::{Board, BoardEvent};
use queue_protocol::model::{DeviceRole, TicketNumber};
use serde_json::{Value, json};

use super::{PORTRAIT, Pictures, WALL, is_clean, page_of};
use crate::access_world::AccessWorld;
use crate::chromium::Chromium;
use crate::world::{World, request, room_id};

pub(super) async fn a_display_shows_every_call_and_recovers_by_itself(chromium: &Chromium, pictures: &Pictures) {
    let mut world = World::new().await;
    for n in 1..=24 {
        world.issue(n, "mat").await;
    }
    let client = world.client();
    let page = page_of(chromium, &world.url("/display/khu-b?sound=off"), WALL);
    page.until_text("#now-title", "Chưa gọi số nào");
    page.until_text("#waiting", "Đang chờ: 24 người");
    pictures.take(&page, "display-no-calls");
    page.eval(
        "window.seen = []; new MutationObserver(() => { const n = document.querySelector('#now.new #now-number');
         if (n && window.seen.at(-1) !== n.textContent) window.seen.push(n.textContent); })
         .observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true})",
    );
    let mut called: Vec<TicketNumber> = Vec::new();
    for n in 100..120 {
        called.push(world.call(n, "p207").await.unwrap().number);
    }
    // All are on the wall as soon as they are called, and each is large in its turn.
    page.until("document.querySelectorAll('#calls li').length >= 5");
    pictures.take(&page, "display-twenty-calls");
    let portrait = page_of(chromium, &world.url("/display/khu-b?sound=off&lang=en&theme=dark"), PORTRAIT);
    portrait.until("document.querySelectorAll('#calls li').length > 4");
    let all: Vec<String> = called.iter().map(ToString::to_string).collect();
    page.until(&format!("window.seen.length >= 2 && {}.startsWith(window.seen.join())", json!(all.join(","))));

    // Missed, recalled, with a mark.
    client.room_step(&room_id("p207"), RoomAction::Missed, called[19], request(201)).await.unwrap();
    page.until_text("#missed-list", "F-020");
    world.call(202, "p207").await.unwrap();
    client.number_step(called[19], NumberAction::Rejoin, request(203)).await.unwrap();
    page.until("document.querySelector('#missed').hidden");
    client.room_step(&room_id("p207"), RoomAction::Recall, "F-021".parse().unwrap(), request(204)).await.unwrap();
    portrait.until_text("#now-number", "F-021");
    pictures.take(&portrait, "display-portrait");

    // The service is away: it is said, and what was called stays on the wall.
    world.stop().await;
    page.until("!document.querySelector('#stale').hidden");
    pictures.take(&page, "display-stale");
    world.start().await;
    page.until("document.querySelector('#stale').hidden");
    world.call(205, "p207").await.unwrap();
    page.until("window.TiepDonBoard && document.querySelector('#wall').innerText.includes('F-022')");
    // Twenty calls and what came after, each once and in the order of the calls.
    page.until("window.seen.includes('F-022')");
    let seen = page.eval("window.seen");
    let seen: Vec<&str> = seen.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(seen[..19], all[..19], "twenty calls in a second, each large in its turn");
    assert!(page.complaints().is_empty(), "{:?}", page.complaints());
}

pub(super) async fn a_new_display_enrols_by_keyboard(chromium: &Chromium, pictures: &Pictures) {
    let world = AccessWorld::new().await;
    let code = world.code("man-hinh-1", DeviceRole::Display).await.code;
    let page = page_of(chromium, &world.url("/display/khu-b"), WALL);
    page.until("!document.querySelector('#enrol').hidden && document.activeElement.id === 'code'");
    pictures.take(&page, "display-enrol");
    page.types("AAAA-AAAA");
    page.key("Enter");
    page.until("document.querySelector('#enrol-problem').textContent !== ''");
    page.eval("document.querySelector('#code').select()");
    page.types(&code);
    page.key("Enter");
    page.until_text("#zone", "Khu B – Tầng 2");
    page.until("document.querySelector('#enrol').hidden");
    assert_eq!(page.eval("document.cookie"), "", "no script reads the key");
    // It owns the area's sound and may play the call; the browser lets it be heard after a key.
    page.until("fetch('/v1/speech/call?number=A-042&room=p201&language=vi').then((r) => r.blob()).then((b) => { window.clip = b.size; }) && window.clip > 20000");
    is_clean(&page, &world.url("/"));
}

/// The fold of the page and that of the service, over the same random events.
pub(super) async fn the_browsers_board_is_the_services(chromium: &Chromium) {
    let world = World::new().await;
    let page = page_of(chromium, &world.url("/display/khu-b?sound=off"), WALL);
    page.until("!!window.TiepDonBoard");
    for seed in [3_u64, 0x5EED, 20_261_123] {
        let (events, boards) = random_walk(seed, 400);
        let folded = page.eval(&format!(
            "(() => {{ const board = TiepDonBoard.whole({}); return {}.map((event) => {{
                const outcome = TiepDonBoard.apply(board, event); return JSON.parse(JSON.stringify([outcome, board])); }}); }})()",
            json!(empty_board()),
            json!(events)
        ));
        for (at, board) in boards.iter().enumerate() {
            let mut expected = json!(board);
            for list in ["missed", "calls"] {
                expected[list] = expected.get(list).cloned().filter(|v| !v.is_null()).unwrap_or_else(|| json!([]));
            }
            expected["rooms"] = expected.get("rooms").cloned().filter(|v| !v.is_null()).unwrap_or_else(|| json!({}));
            assert_eq!(folded[at], json!(["changed", expected]), "seed {seed:#x}, event {at}: {:?}", events[at]);
        }
    }
    let unknown = "(() => TiepDonBoard.apply(TiepDonBoard.whole({seq: 1, day: '2026-11-23'}), {seq: 2, day: '2026-11-23', kind: 'x'}))()";
    assert_eq!(page.eval(unknown), "gap", "an event of a later release makes it fetch the whole board");
}

fn empty_board() -> Board {
    Board::new(crate::world::zone(), "Khu B".into(), "2026-11-23".parse().unwrap(), 0)
}

fn random_walk(seed: u64, length: u64) -> (Vec<Value>, Vec<Board>) {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut roll = |sides: usize| dice.usize(..sides);
    let states = ["waiting", "called", "in_room", "done", "missed", "away", "held", "cancelled", "voided"];
    let (mut board, mut events, mut boards) = (empty_board(), Vec::new(), Vec::new());
    for seq in 1..=length {
        let number = format!("A-{:03}", 1 + roll(30));
        let service = ["noi", "nhi"][roll(2)];
        let room = ["p1", "p2", "p3"][roll(3)];
        let (line, marked) = (["emergency", "priority", "booked"][roll(3)], ["priority", "normal"][roll(2)]);
        let call = json!({"number": number, "service": service, "room": room, "room_name": room, "called_at": seq,
            "recalls": 1 + roll(3), "line": line});
        let mut event = match roll(9) {
            0..=2 => json!({"kind": "ticket_issued", "service": service, "number": number}),
            3 => json!({"kind": "ticket_called", "call": call}),
            4 => json!({"kind": "ticket_recalled", "call": call}),
            5 => json!({"kind": "ticket_voided", "service": service, "number": number, "from": states[roll(9)]}),
            6 => json!({"kind": "ticket_left", "service": service, "number": number, "from": states[roll(9)]}),
            7 => json!({"kind": "ticket_marked", "number": number, "line": marked}),
            _ => json!({"kind": "ticket_stepped", "service": service, "number": number, "from": states[roll(9)],
                "to": states[roll(9)]}),
        };
        event["seq"] = seq.into();
        // A day begins, and now and then something of the day before ends.
        event["day"] = if seq < length / 2 || roll(20) == 0 { "2026-11-23" } else { "2026-11-24" }.into();
        let parsed: BoardEvent = serde_json::from_value(event.clone()).unwrap();
        board.apply(&parsed).unwrap();
        events.push(event);
        boards.push(board.clone());
    }
    (events, boards)
}
