//! The pages in a real browser: by keyboard, by mouse, through lost networks and restarts, and checked by axe-core.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::access_world::{ADMIN, AccessWorld, PASSWORD};
use crate::chromium::{Chromium, Page};
use crate::world::{HOUR_MS, MIDNIGHT_MS};

mod display;
mod office;
mod room;
mod sound;

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
    room::a_room_works_by_keyboard_alone(&chromium, &pictures).await;
    println!("checks");
    room::staff_look_at_what_a_kiosk_could_not(&chromium, &pictures).await;
    println!("presses");
    room::a_double_click_is_one_call_and_a_lost_network_loses_none(&chromium).await;
    println!("display");
    display::a_display_shows_every_call_and_recovers_by_itself(&chromium, &pictures).await;
    println!("sound");
    sound::calls_are_said_one_after_the_other(&chromium).await;
    println!("display enrols");
    display::a_new_display_enrols_by_keyboard(&chromium, &pictures).await;
    println!("board");
    display::the_browsers_board_is_the_services(&chromium).await;
    println!("administration");
    office::administration_works_by_keyboard_alone(&chromium, &pictures).await;
    println!("statistics");
    office::statistics_are_shown_and_saved(&chromium, &pictures).await;
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
        page.eval("document.querySelector('#transfer').close(); document.querySelector('[data-word=groups]').click()");
        page.until("document.querySelector('#groups').open");
        check(&format!("groups {language}"));
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
