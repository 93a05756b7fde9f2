//! The room's page.

use queue_protocol::model::{Arrival, GroupClaim, PriorityGroup, Proof};
use queue_protocol::v1::IssueTicket;
use serde_json::{Value, json};

use super::{DESK, Pictures, is_clean, log_in_by_keyboard, page_of};
use crate::access_world::AccessWorld;
use crate::chromium::{Chromium, Page};
use crate::world::{World, ask};

pub(super) async fn a_room_works_by_keyboard_alone(chromium: &Chromium, pictures: &Pictures) {
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
    out_of_turn_and_back_in(&page);
    a_transfer(&page, pictures);
    held_and_done(&page);
    shortcut_keys_can_be_switched_off(&page);
    is_clean(&page, &world.url("/"));
}

fn out_of_turn_and_back_in(page: &Page) {
    // By Tab and Enter.
    page.tab_to("[data-act='call_this A-005']");
    page.key("Enter");
    page.until_text(".big-number", "A-005");
    settled(page);
    page.tab_to("[data-act='come_back A-003']");
    page.key("Enter");
    page.until("document.querySelector('#waiting tbody').innerText.includes('A-003')");
    settled(page);
    page.tab_to("[data-act='waits_again A-001']");
    page.key("Enter");
    page.until("document.querySelector('#aside tbody') === null");
    settled(page);
}

fn a_transfer(page: &Page, pictures: &Pictures) {
    page.key("c");
    page.until("document.querySelector('#transfer').open && document.activeElement.id === 'to'");
    pictures.take(page, "room-transfer");
    page.key("Escape");
    page.until("!document.querySelector('#transfer').open");
    page.key("c");
    page.until("document.activeElement.id === 'to'");
    page.types("N");
    page.key("ArrowDown");
    page.tab_to("#transfer button.primary");
    page.key("Enter");
    page.until("document.querySelector('#current h2').textContent === 'Phòng đang trống'");
}

fn held_and_done(page: &Page) {
    pause(page);
    page.key("n");
    page.until("document.querySelector('.big-number').textContent !== '–'");
    settled(page);
    page.key("g");
    page.until("document.querySelector('#aside tbody')?.innerText.includes('Tạm giữ')");
    pause(page);
    page.key("n");
    page.until("document.querySelector('.big-number').textContent !== '–'");
    settled(page);
    page.key("x");
    page.until_text(".big-number", "–");
}

fn shortcut_keys_can_be_switched_off(page: &Page) {
    // Shortcut keys can be switched off.
    page.tab_to(".title-row button");
    page.key("Enter");
    pause(page);
    page.key("n");
    page.until_text(".title-row button", "Phím tắt: tắt");
    assert_eq!(page.text(".big-number"), "–");
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

pub(super) async fn staff_look_at_what_a_kiosk_could_not(chromium: &Chromium, pictures: &Pictures) {
    let world = World::new().await;
    let groups = vec![GroupClaim { group: PriorityGroup::Pregnant, proof: Proof::Declared }];
    let arrival = Arrival { groups, no_identity: true, ..Arrival::default() };
    world.client().issue(&IssueTicket { arrival, ..ask(1, "mat") }).await.unwrap();
    world.issue(2, "mat").await;
    let page = page_of(chromium, &world.url("/room/p207"), DESK);
    let checks = |place: &str, words: &str| {
        let found = format!("document.querySelector('{place} .mark.check')?.textContent");
        page.until(&format!("{found} === {}", json!(format!("Nhân viên kiểm tra: {words}"))));
    };
    let (identity, both) = ("giấy tờ tùy thân", "giấy tờ tùy thân, Phụ nữ có thai");
    checks("#waiting", both);
    pictures.take(&page, "room-checks");
    page.until("document.activeElement?.id === 'call-next'");
    page.key("Enter");
    page.until_text(".big-number", "F-001");
    checks("#current", both);
    settled(&page);
    page.key("u");
    page.until("document.querySelector('#groups').open && document.activeElement.name === 'group'");
    pictures.take(&page, "room-groups");
    page.tab_to("#groups button.primary");
    page.key("Enter");
    checks("#current", identity);
    settled(&page);
    page.tab_to("[data-act='cancel_number F-002']");
    page.key("Enter");
    page.until("document.querySelector('#waiting tbody') === null");
    pause(&page);
    page.key("h");
    page.until_text(".big-number", "–");
    assert_eq!(world.board().await.waiting.values().sum::<u32>(), 0);
    is_clean(&page, &world.url("/"));
}

pub(super) async fn a_double_click_is_one_call_and_a_lost_network_loses_none(chromium: &Chromium) {
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
    while page.eval("fetch('/healthz', { cache: 'no-store' }).then(() => true, () => false)") == true {}
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
