//! Administration and statistics.

use serde_json::json;

use super::{DESK, Pictures, is_clean, log_in_by_keyboard, page_of};
use crate::access_world::{ADMIN, AccessWorld};
use crate::chromium::{Chromium, Page};

pub(super) async fn administration_works_by_keyboard_alone(chromium: &Chromium, pictures: &Pictures) {
    let world = AccessWorld::new().await;
    let page = page_of(chromium, &world.url("/administration"), DESK);
    log_in_by_keyboard(&page, ADMIN);
    page.until("document.querySelector('#tab-hospital_rules')?.getAttribute('aria-selected') === 'true'");
    pictures.take(&page, "administration");
    page.tab_to("#tab-hospital_rules");
    page.key("ArrowRight");
    page.key("ArrowRight");
    page.until("document.activeElement.id === 'tab-services'");
    a_service_and_its_room_are_added(&page, pictures);
    page.tab_to("#save");
    page.key("Enter");
    page.until("document.querySelector('#status').textContent.startsWith('Đã lưu. Phiên bản 2')");
    let administrator = world.administrator().await;
    let asked = json!({"request": uuid::Uuid::now_v7(), "kiosk": "k1", "service": "da-lieu"});
    assert_eq!(world.post("/v1/tickets", &administrator, &asked).await["number"], "G-001", "it is in force at once");
    let places = world.get("/v1/places", &administrator).await;
    assert!(places["rooms"].to_string().contains("phong-208"), "{places:?}");
    what_is_needed_is_not_removed(&page);
    a_device_and_a_user_are_added(&page, pictures);
    is_clean(&page, &world.url("/"));
}

fn a_service_and_its_room_are_added(page: &Page, pictures: &Pictures) {
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
    pictures.take(page, "administration-services");
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
    pictures.take(page, "administration-rooms");
}

/// A service that somebody waits for stays.
fn what_is_needed_is_not_removed(page: &Page) {
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
}

fn a_device_and_a_user_are_added(page: &Page, pictures: &Pictures) {
    page.eval("document.querySelector('#tab-rooms').focus()");
    page.key("ArrowRight");
    page.until("document.activeElement.id === 'tab-devices'");
    page.tab_to("#code-device");
    page.types("k9");
    page.tab_to("#panel-devices form button");
    page.key("Enter");
    page.until("document.querySelector('.code')?.textContent.length >= 8");
    pictures.take(page, "administration-devices");
    page.eval("document.querySelector('#tab-devices').focus()");
    page.key("ArrowRight");
    page.tab_to("#new-user");
    page.types("mai");
    page.tab_to("#new-password");
    page.types("mười con giáp khác");
    page.tab_to("#panel-users form > fieldset > button");
    page.key("Enter");
    page.until("document.querySelector('#panel-users table').innerText.includes('mai')");
    pictures.take(page, "administration-users");
}

pub(super) async fn statistics_are_shown_and_saved(chromium: &Chromium, pictures: &Pictures) {
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
