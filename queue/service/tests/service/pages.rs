//! The pages in a real browser: by keyboard, by mouse, through lost networks and restarts, and checked by axe-core.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use queue_client::{NumberAction, RoomAction};
use queue_protocol::board::{Board, BoardEvent};
use queue_protocol::model::TicketNumber;
use serde_json::{Value, json};

use crate::access_world::{ADMIN, AccessWorld, PASSWORD};
use crate::chromium::{Chromium, Page};
use crate::world::{HOUR_MS, MIDNIGHT_MS, World, request, room_id};

/// A desk's screen, and a television on the wall.
const DESK: (u32, u32) = (1440, 1000);
const WALL: (u32, u32) = (1920, 1080);
const PORTRAIT: (u32, u32) = (1080, 1920);

/// One browser for all: starting it takes seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_in_a_browser() {
    let chromium = Chromium::start();
    let pictures = Pictures::new();
    println!("by keyboard: log in, rooms");
    a_room_works_by_keyboard_alone(&chromium, &pictures).await;
    println!("presses");
    a_double_click_is_one_call_and_a_lost_network_loses_none(&chromium).await;
    println!("display");
    a_display_shows_every_call_and_recovers_by_itself(&chromium, &pictures).await;
    println!("display enrols");
    a_new_display_enrols_by_keyboard(&chromium, &pictures).await;
    println!("board");
    the_browsers_board_is_the_services(&chromium).await;
    println!("administration");
    administration_works_by_keyboard_alone(&chromium, &pictures).await;
    println!("statistics");
    statistics_are_shown_and_saved(&chromium, &pictures).await;
    println!("axe");
    no_page_keeps_anybody_out(&chromium, &pictures).await;
}

/// Where the pictures of a run are put, to be looked at.
struct Pictures(PathBuf);

impl Pictures {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn take(&self, page: &Page, name: &str) {
        page.picture(&self.0.join(format!("{name}.png")));
    }
}

/// Moves a page's clock to the test's, so that waiting times are those of the test.
fn clock_moved() -> i64 {
    let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    MIDNIGHT_MS + 8 * HOUR_MS + 25 * 60_000 - i64::try_from(real).unwrap()
}

fn page_of(chromium: &Chromium, url: &str, size: (u32, u32)) -> Page {
    let page = chromium.page("about:blank#", size);
    page.moves_clock(clock_moved());
    page.open(url);
    page
}

/// Nothing was asked of anybody else, nothing was thrown, nothing refused.
fn is_clean(page: &Page, world: &str) {
    // The browser draws its own controls with `data:` pictures.
    let own = |url: &String| [world, "about:", "data:"].iter().any(|start| url.starts_with(start));
    let elsewhere: Vec<String> = page.requests().into_iter().filter(|url| !own(url)).collect();
    assert!(elsewhere.is_empty(), "asked elsewhere: {elsewhere:?}");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

fn log_in_by_keyboard(page: &Page, user: &str) {
    page.until("document.activeElement?.id === 'user'");
    page.types(user);
    page.key("Tab");
    page.types(PASSWORD);
    page.key("Enter");
}

async fn a_room_works_by_keyboard_alone(chromium: &Chromium, pictures: &Pictures) {
    let world = AccessWorld::new().await;
    let administrator = world.administrator().await;
    for n in 1..=9 {
        let groups = if n == 4 { json!([{"group": "aged_75", "proof": "verified"}]) } else { json!([]) };
        let asked = json!({"request": uuid::Uuid::now_v7(), "kiosk": "k1", "groups": groups,
            "service": if n % 3 == 0 { "noi-tim-mach" } else { "noi-tong-quat" }});
        world.post("/v1/tickets", &administrator, &asked).await;
    }
    world.staff("lan", "nurse", &["p202"]).await;
    // The page sends who has not logged in to the login page, and that sends them back.
    let page = page_of(chromium, &world.url("/room/p202"), DESK);
    pictures.take(&page, "login");
    log_in_by_keyboard(&page, "lan");
    page.until("document.querySelectorAll('#waiting tbody tr').length === 9");
    page.until_text("#room-name", "Phòng 202");
    assert_eq!(page.text("#waiting tbody tr th"), "A-003 Ưu tiên", "who is next, and the mark that says why");
    assert_eq!(page.text("#waiting tbody tr td:nth-of-type(3)"), "Lượt ưu tiên");
    // One key: the button has the focus.
    page.until("document.activeElement?.id === 'call-next'");
    page.key("Enter");
    page.until_text(".big-number", "A-003");
    let at = |state: &str| format!("document.querySelector('#current h2').textContent === {}", json!(state));
    page.until(&at("Đang gọi vào phòng"));
    settled(&page);
    page.key("r");
    page.until("document.querySelector('#status').textContent === 'Đã ghi: A-003 – Gọi lại.'");
    settled(&page);
    page.key("v");
    page.until(&at("Đang ở trong phòng"));
    pictures.take(&page, "room");
    settled(&page);
    page.key("t");
    page.until("document.querySelector('#aside tbody')?.innerText.includes('Đi xét nghiệm')");
    pause(&page);
    page.key("n");
    page.until_text(".big-number", "A-001");
    settled(&page);
    page.key("l");
    page.until("document.querySelectorAll('#aside tbody tr').length === 2");
    settled(&page);
    // Out of turn, back in, and a transfer: by Tab and Enter.
    page.tab_to("[data-act='call_this A-005']");
    page.key("Enter");
    page.until_text(".big-number", "A-005");
    settled(&page);
    page.tab_to("[data-act='come_back A-003']");
    page.key("Enter");
    page.until("document.querySelector('#waiting tbody').innerText.includes('A-003')");
    settled(&page);
    page.tab_to("[data-act='waits_again A-001']");
    page.key("Enter");
    page.until("document.querySelector('#aside tbody') === null");
    settled(&page);
    page.key("c");
    page.until("document.querySelector('#transfer').open && document.activeElement.id === 'to'");
    pictures.take(&page, "room-transfer");
    page.key("Escape");
    page.until("!document.querySelector('#transfer').open");
    page.key("c");
    page.until("document.activeElement.id === 'to'");
    page.types("N");
    page.key("ArrowDown");
    page.tab_to("#transfer button.primary");
    page.key("Enter");
    page.until("document.querySelector('#current h2').textContent === 'Phòng đang trống'");
    pause(&page);
    page.key("n");
    page.until("document.querySelector('.big-number').textContent !== '–'");
    settled(&page);
    page.key("g");
    page.until("document.querySelector('#aside tbody')?.innerText.includes('Tạm giữ')");
    pause(&page);
    page.key("n");
    page.until("document.querySelector('.big-number').textContent !== '–'");
    settled(&page);
    page.key("x");
    page.until_text(".big-number", "–");
    // Shortcut keys can be switched off.
    page.tab_to(".title-row button");
    page.key("Enter");
    pause(&page);
    page.key("n");
    page.until_text(".title-row button", "Phím tắt: tắt");
    assert_eq!(page.text(".big-number"), "–");
    is_clean(&page, &world.url("/"));
}

/// A press is ignored while another one waits for its answer.
fn settled(page: &Page) {
    page.until("document.querySelector('#main').dataset.busy !== 'yes'");
}

/// A second press of the same button within this time is the same press.
fn pause(page: &Page) {
    settled(page);
    page.eval("new Promise((done) => setTimeout(done, 750))");
}

async fn a_double_click_is_one_call_and_a_lost_network_loses_none(chromium: &Chromium) {
    let world = World::new().await;
    for n in 1..=6 {
        world.issue(n, "mat").await;
    }
    let page = page_of(chromium, &world.url("/room/p207"), DESK);
    page.until("document.querySelectorAll('#waiting tbody tr').length === 6");
    page.click("#call-next", 2);
    page.until_text(".big-number", "F-001");
    pause(&page);
    for _ in 0..3 {
        page.key("n");
    }
    page.until_text(".big-number", "F-002");
    pause(&page);
    // A click that goes nowhere is sent again with its own id when the network is back.
    page.offline(true);
    page.click("#call-next", 1);
    page.until("document.querySelector('#status').textContent.startsWith('Mất kết nối')");
    page.until("!document.querySelector('#stale').hidden");
    page.offline(false);
    page.until_text(".big-number", "F-003");
    page.until("document.querySelector('#stale').hidden");
    let board = world.board().await;
    assert_eq!(board.calls.len(), 3, "{:?}", board.calls);
    // A press that was under way when the page was loaded anew is finished, and not made twice.
    let id = "0190a1b2-0000-7000-8000-00000000abcd";
    let intent = json!({"path": "/v1/rooms/p207/call-next", "body": {"request": id}, "said": "call_next"});
    page.eval(&format!("sessionStorage.setItem('pending p207', JSON.stringify({intent}))"));
    page.open(&world.url("/room/p207"));
    page.until_text(".big-number", "F-004");
    assert_eq!(page.eval("sessionStorage.getItem('pending p207')"), Value::Null);
}

async fn a_display_shows_every_call_and_recovers_by_itself(chromium: &Chromium, pictures: &Pictures) {
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

async fn a_new_display_enrols_by_keyboard(chromium: &Chromium, pictures: &Pictures) {
    let world = AccessWorld::new().await;
    let code = world.code("man-hinh-1", queue_protocol::model::DeviceRole::Display).await.code;
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
async fn the_browsers_board_is_the_services(chromium: &Chromium) {
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
    let mut state = seed;
    let mut roll = |sides: u64| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        usize::try_from(state.wrapping_mul(0x2545_F491_4F6C_DD1D) % sides).unwrap()
    };
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

async fn administration_works_by_keyboard_alone(chromium: &Chromium, pictures: &Pictures) {
    let world = AccessWorld::new().await;
    let page = page_of(chromium, &world.url("/administration"), DESK);
    log_in_by_keyboard(&page, ADMIN);
    page.until("document.querySelector('#tab-hospital_rules')?.getAttribute('aria-selected') === 'true'");
    pictures.take(&page, "administration");
    page.tab_to("#tab-hospital_rules");
    page.key("ArrowRight");
    page.key("ArrowRight");
    page.until("document.activeElement.id === 'tab-services'");
    // A new service with a room, saved while the day runs.
    page.tab_to("#panel-services > button");
    page.key("Enter");
    page.until("document.activeElement.matches('#panel-services fieldset.entry:last-of-type input')");
    page.types("Da liễu");
    assert_eq!(page.eval("document.querySelector('#panel-services fieldset.entry:last-of-type input[readonly], #panel-services fieldset.entry:last-of-type input[pattern]').value"), "da-lieu");
    for text in ["Phòng 208", "G"] {
        page.key("Tab");
        if text == "Phòng 208" {
            page.key("Tab");
        }
        page.types(text);
    }
    pictures.take(&page, "administration-services");
    for _ in 0..150 {
        page.shift_tab();
        if page.eval("document.activeElement.id") == "tab-services" {
            break;
        }
    }
    page.key("ArrowRight");
    page.tab_to("#panel-rooms > button");
    page.key("Enter");
    page.until("document.activeElement.matches('#panel-rooms fieldset.entry:last-of-type input')");
    page.types("Phòng 208");
    page.tab_to("#panel-rooms > fieldset.entry:last-of-type label:last-child input[type=checkbox]");
    page.key(" ");
    pictures.take(&page, "administration-rooms");
    page.tab_to("#save");
    page.key("Enter");
    page.until("document.querySelector('#status').textContent.startsWith('Đã lưu. Phiên bản 2')");
    let administrator = world.administrator().await;
    let asked = json!({"request": uuid::Uuid::now_v7(), "kiosk": "k1", "service": "da-lieu"});
    assert_eq!(world.post("/v1/tickets", &administrator, &asked).await["number"], "G-001", "it is in force at once");
    let places = world.get("/v1/places", &administrator).await;
    assert!(places["rooms"].to_string().contains("phong-208"), "{places:?}");
    // A service that somebody waits for is not taken away.
    page.eval("document.querySelector('#tab-rooms').focus()");
    page.key("ArrowLeft");
    page.tab_to("#panel-services fieldset.entry:last-of-type > button");
    page.key("Enter");
    page.eval("document.querySelector('#tab-services').focus()");
    page.key("ArrowRight");
    page.tab_to("#panel-rooms > fieldset.entry:last-of-type > button");
    page.key("Enter");
    page.tab_to("#save");
    page.key("Enter");
    page.until("document.querySelector('#status').textContent.startsWith('Số của hôm nay còn cần phần này')");

    // Devices and users.
    page.eval("document.querySelector('#tab-rooms').focus()");
    page.key("ArrowRight");
    page.until("document.activeElement.id === 'tab-devices'");
    page.tab_to("#code-device");
    page.types("k9");
    page.tab_to("#panel-devices form button");
    page.key("Enter");
    page.until("document.querySelector('.code')?.textContent.length >= 8");
    pictures.take(&page, "administration-devices");
    page.eval("document.querySelector('#tab-devices').focus()");
    page.key("ArrowRight");
    page.tab_to("#new-user");
    page.types("mai");
    page.tab_to("#new-password");
    page.types("mười con giáp khác");
    page.tab_to("#panel-users form > fieldset > button");
    page.key("Enter");
    page.until("document.querySelector('#panel-users table').innerText.includes('mai')");
    pictures.take(&page, "administration-users");
    is_clean(&page, &world.url("/"));
}

async fn statistics_are_shown_and_saved(chromium: &Chromium, pictures: &Pictures) {
    let world = AccessWorld::new().await;
    let administrator = world.administrator().await;
    let services = ["noi-tong-quat", "noi-tim-mach", "nhi", "mat"];
    let rooms = ["p201", "p203", "p204", "p207"];
    for round in 0..60_usize {
        let asked =
            json!({"request": uuid::Uuid::now_v7(), "kiosk": "k1", "service": services[(round * 7 + round / 5) % 4]});
        world.post("/v1/tickets", &administrator, &asked).await;
        world.passes(60_000 * i64::try_from(2 + (round * round) % 7).unwrap());
        if round % 6 != 2 {
            let asked = json!({"request": uuid::Uuid::now_v7()});
            world.post(&format!("/v1/rooms/{}/call-next", rooms[round % 4]), &administrator, &asked).await;
        }
    }
    let page = page_of(chromium, &world.url("/statistics"), DESK);
    log_in_by_keyboard(&page, ADMIN);
    page.until("document.querySelectorAll('svg.chart').length === 2");
    assert_eq!(page.text(".figures li strong"), "60");
    pictures.take(&page, "statistics");
    page.is_dark();
    page.open(&world.url("/statistics?lang=en"));
    page.until("document.querySelectorAll('svg.chart').length === 2");
    page.size((1440, 2000));
    pictures.take(&page, "statistics-dark");
    let csv = page.eval(
        "fetch(document.querySelector('#csv').href).then((r) => r.arrayBuffer()).then((b) => [...new Uint8Array(b)])",
    );
    let bytes: Vec<u8> =
        csv.as_array().unwrap().iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect();
    assert!(bytes.starts_with(&[0xEF, 0xBB, 0xBF]), "a spreadsheet sees that it is UTF-8");
    assert!(String::from_utf8(bytes).unwrap().contains("service,mat,Mắt,"));
    is_clean(&page, &world.url("/"));
}

/// axe-core on every page, in both languages, light and dark.
async fn no_page_keeps_anybody_out(chromium: &Chromium, pictures: &Pictures) {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/axe-core/package/axe.min.js");
    let axe = std::fs::read_to_string(&axe).expect("axe-core: cargo xtask test fetches it");
    let world = AccessWorld::new().await;
    let administrator = world.administrator().await;
    for n in 0..6 {
        let groups = if n == 2 { json!([{"group": "pregnant", "proof": "verified"}]) } else { json!([]) };
        let asked = json!({"request": uuid::Uuid::now_v7(), "kiosk": "k1", "service": "mat", "groups": groups});
        world.post("/v1/tickets", &administrator, &asked).await;
    }
    for _ in 0..3 {
        let asked = json!({"request": uuid::Uuid::now_v7()});
        world.post("/v1/rooms/p207/call-next", &administrator, &asked).await;
    }
    let page = page_of(chromium, &world.url("/login"), DESK);
    let check = |what: &str| {
        let found = page.eval(&format!(
            "(async () => {{ {axe}; await document.fonts.ready; const found = await axe.run(document, {{resultTypes: ['violations']}});
             return found.violations.map((v) => `${{v.id}}: ${{v.help}}: ${{v.nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | ')}}`); }})()"
        ));
        assert_eq!(found, json!([]), "{what}");
    };
    for language in ["vi", "en"] {
        page.open(&world.url(&format!("/login?lang={language}")));
        page.until("!!document.querySelector('#password')");
        check(&format!("login {language}"));
    }
    page.until("document.activeElement?.id === 'user'");
    log_in_by_keyboard(&page, ADMIN);
    page.until("document.querySelectorAll('.cards').length === 3");
    for (round, language) in ["vi", "en"].into_iter().enumerate() {
        if round == 1 {
            page.is_dark();
        }
        let open = |path: &str, ready: &str| {
            let mark = if path.contains('?') { '&' } else { '?' };
            page.open(&world.url(&format!("{path}{mark}lang={language}")));
            page.until(ready);
        };
        open("/", "document.querySelectorAll('.cards').length === 3");
        pictures.take(&page, &format!("start-{language}"));
        check(&format!("start {language}"));
        open("/room/p207", "document.querySelectorAll('#waiting tbody tr').length === 3");
        pictures.take(&page, &format!("room-{language}"));
        check(&format!("room {language}"));
        page.eval("document.querySelector('[data-word=transfer]').click()");
        page.until("document.querySelector('#transfer').open");
        check(&format!("transfer {language}"));
        for theme in ["light", "dark"] {
            open(
                &format!("/display/khu-b?sound=off&theme={theme}"),
                "document.querySelectorAll('#calls li').length === 2",
            );
            pictures.take(&page, &format!("display-{theme}-{language}"));
            check(&format!("display {theme} {language}"));
        }
        open("/administration", "document.querySelectorAll('[role=tab]').length === 6");
        page.until("!!document.querySelector('#panel-users form')");
        for tab in ["hospital_rules", "zones", "services", "rooms", "devices", "users"] {
            page.eval(&format!("document.querySelector('#tab-{tab}').click()"));
            check(&format!("administration {tab} {language}"));
        }
        open("/statistics", "document.querySelectorAll('svg.chart').length === 2");
        check(&format!("statistics {language}"));
    }
    is_clean(&page, &world.url("/"));
}
