//! Who may use which route: a walk over all routes, roles and no credential at all.

use std::collections::BTreeMap;

use queue_protocol::model::DeviceRole;
use queue_service::{Allow, Role};
use reqwest::{Method, StatusCode};

use crate::access_world::{AccessWorld, Credential};

/// The whole table. A route that is not in it fails the test; whoever adds one decides here who may use it.
const EXPECTED: &[(&str, &str, Allow)] = &[
    ("DELETE", "/v1/devices/{device}", Allow::ADMINISTRATORS),
    ("DELETE", "/v1/session", Allow::STAFF),
    ("DELETE", "/v1/staff/{user}", Allow::ADMINISTRATORS),
    ("GET", "/", Allow::STAFF),
    ("GET", "/administration", Allow::ADMINISTRATORS),
    ("GET", "/assets/{name}", Allow::Anybody),
    ("GET", "/display/{zone}", Allow::Anybody),
    ("GET", "/healthz", Allow::Anybody),
    ("GET", "/login", Allow::Anybody),
    ("GET", "/metrics", Allow::Anybody),
    ("GET", "/readyz", Allow::Anybody),
    ("GET", "/room/{room}", Allow::ROOMS),
    ("GET", "/statistics", Allow::STATISTICS),
    ("GET", "/v1/administration/clinic", Allow::ADMINISTRATORS),
    ("GET", "/v1/boards/{zone}", Allow::BOARDS),
    ("GET", "/v1/boards/{zone}/events", Allow::BOARDS),
    ("GET", "/v1/devices", Allow::ADMINISTRATORS),
    ("GET", "/v1/devices/states", Allow::ADMINISTRATORS),
    ("GET", "/v1/help", Allow::HELPERS),
    ("GET", "/v1/help/events", Allow::HELPERS),
    ("GET", "/v1/numbers/{number}", Allow::ROOMS),
    ("GET", "/v1/places", Allow::STAFF_AND_ROOMS),
    ("GET", "/v1/rooms/{room}/queue", Allow::ROOMS),
    ("GET", "/v1/services", Allow::KNOWN),
    ("GET", "/v1/session", Allow::STAFF),
    ("GET", "/v1/speech/call", Allow::BOARDS),
    ("GET", "/v1/speech/chime", Allow::BOARDS),
    ("GET", "/v1/staff", Allow::ADMINISTRATORS),
    ("GET", "/v1/statistics", Allow::STATISTICS),
    ("GET", "/v1/statistics.csv", Allow::STATISTICS),
    ("POST", "/v1/boards/{zone}/sound", Allow::BOARDS),
    ("POST", "/v1/devices/codes", Allow::ADMINISTRATORS),
    ("POST", "/v1/enrol", Allow::Anybody),
    ("POST", "/v1/enrol/browser", Allow::Anybody),
    ("POST", "/v1/key", Allow::DEVICES),
    ("POST", "/v1/kiosks/{kiosk}/help", Allow::KIOSKS),
    ("POST", "/v1/kiosks/{kiosk}/help/clear", Allow::HELPERS),
    ("POST", "/v1/kiosks/{kiosk}/offline-tickets", Allow::KIOSKS),
    ("POST", "/v1/numbers/{number}/cancel", Allow::ROOMS),
    ("POST", "/v1/numbers/{number}/groups", Allow::ROOMS),
    ("POST", "/v1/numbers/{number}/hold", Allow::ROOMS),
    ("POST", "/v1/numbers/{number}/reactivate", Allow::ROOMS),
    ("POST", "/v1/numbers/{number}/rejoin", Allow::BACK_IN),
    ("POST", "/v1/numbers/{number}/return", Allow::ROOMS),
    ("POST", "/v1/numbers/{number}/transfer", Allow::ROOMS),
    ("POST", "/v1/rooms/{room}/arrived", Allow::ROOMS),
    ("POST", "/v1/rooms/{room}/away", Allow::ROOMS),
    ("POST", "/v1/rooms/{room}/call", Allow::ROOMS),
    ("POST", "/v1/rooms/{room}/call-next", Allow::ROOMS),
    ("POST", "/v1/rooms/{room}/finish", Allow::ROOMS),
    ("POST", "/v1/rooms/{room}/missed", Allow::ROOMS),
    ("POST", "/v1/rooms/{room}/recall", Allow::ROOMS),
    ("POST", "/v1/session", Allow::Anybody),
    ("POST", "/v1/staff", Allow::ADMINISTRATORS),
    ("POST", "/v1/staff/{user}/password", Allow::ADMINISTRATORS),
    ("POST", "/v1/tickets", Allow::ISSUE),
    ("POST", "/v1/tickets/by-person", Allow::KIOSKS),
    ("POST", "/v1/tickets/{request}/void", Allow::ISSUE),
    ("PUT", "/v1/administration/clinic", Allow::ADMINISTRATORS),
    ("PUT", "/v1/devices/{device}/state", Allow::DEVICES),
    ("PUT", "/v1/kiosks/{kiosk}/series", Allow::KIOSKS),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_route_says_who_may_and_no_other_is_let_in() {
    let world = AccessWorld::new().await;
    let rows = world.rows();
    let mut found: Vec<(String, &str, Allow)> =
        rows.iter().map(|row| (row.method.to_string(), row.path, row.allow)).collect();
    found.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let expected: Vec<(String, &str, Allow)> =
        EXPECTED.iter().map(|(method, path, allow)| ((*method).to_owned(), *path, *allow)).collect();
    assert_eq!(found, expected);

    let mut credentials = BTreeMap::new();
    for role in Role::ALL {
        credentials.insert(role, world.credential(role).await);
    }
    for row in rows {
        let path = filled(row.path);
        let nobody = world.try_route(&row.method, &path, None).await;
        // A page sends who has not logged in to the login page.
        let turned_away = [StatusCode::UNAUTHORIZED, StatusCode::SEE_OTHER].contains(&nobody);
        assert_eq!(turned_away, row.allow != Allow::Anybody, "{} {path}: {nobody}", row.method);
        for role in Role::ALL {
            let status = world.try_route(&row.method, &path, Some(&credentials[&role])).await;
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
            assert_eq!(!refused, row.allow.lets(role), "{} {path} as {role}: {status}", row.method);
            assert!(!status.is_server_error(), "{} {path} as {role}: {status}", row.method);
            if path == "/v1/session" && row.method == Method::DELETE {
                // Who could log out needs another session for the rest.
                credentials.insert(role, world.credential(role).await);
            }
        }
    }
}

/// The path with something in the place of its parameters; rooms and nurses here are of room p201.
fn filled(path: &str) -> String {
    path.replace("{room}", "p201")
        .replace("{zone}", "khu-b")
        .replace("{number}", "A-001")
        .replace("{request}", "0190a1b2-0000-7000-8000-000000000001")
        .replace("{device}", "nobody")
        .replace("{user}", "nobody")
}

/// The table on the page, one row a route: who may is marked.
fn table_of_routes(rows: &[queue_service::Row]) -> String {
    let mut text = String::from("| route | anybody |");
    Role::ALL.iter().for_each(|role| text += &format!(" {role} |"));
    text += &format!("\n|---|{}\n", "---|".repeat(Role::ALL.len() + 1));
    let mut rows: Vec<_> = rows.iter().map(|row| (row.path, row.method.as_str(), row.allow)).collect();
    rows.sort_by_key(|(path, method, _)| (*path, *method));
    for (path, method, allow) in rows {
        let anybody = if allow == Allow::Anybody { "yes" } else { "" };
        text += &format!("| `{method} {path}` | {anybody} |");
        for role in Role::ALL {
            text += if allow != Allow::Anybody && allow.lets(role) { " yes |" } else { " |" };
        }
        text.push('\n');
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_on_security_has_the_table_of_routes() {
    let world = AccessWorld::new().await;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (page, table) = (root.join("docs/security.md"), table_of_routes(&world.rows()));
    let text = std::fs::read_to_string(page).unwrap();
    if !text.contains(&table) {
        std::fs::write(root.join("target/routes.md"), &table).unwrap();
    }
    assert!(text.contains(&table), "the routes have changed: put target/routes.md into docs/security.md, and read it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_opens_nothing() {
    let world = AccessWorld::new().await;
    let wrong = ["", "Bearer", "Bearer x", "Basic YTpi", &format!("Bearer tdk_{}", "0".repeat(64))];
    for value in wrong {
        let credential = Credential::header("authorization", value);
        let status = world.try_route(&Method::GET, "/v1/services", Some(&credential)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{value:?}");
    }
    let wrong = Credential::header("cookie", &format!("tiep_don_session=tds_{}", "0".repeat(64)));
    assert_eq!(world.try_route(&Method::GET, "/v1/session", Some(&wrong)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_issues_and_voids_in_its_own_name_only() {
    let world = AccessWorld::new().await;
    let (k1, k2) = (world.key("k1", DeviceRole::Kiosk).await, world.key("k2", DeviceRole::Kiosk).await);
    let ask = |n: u8, kiosk: &str| {
        serde_json::json!({"request": format!("0190a1b2-0000-7000-8000-0000000000{n:02}"), "kiosk": kiosk,
            "service": "mat"})
    };
    let status = |answer: BTreeMap<String, serde_json::Value>| answer.get("status").and_then(|s| s.as_u64());
    assert_eq!(world.post("/v1/tickets", &k1, &ask(1, "k1")).await["number"], "F-001");
    assert_eq!(status(world.post("/v1/tickets", &k1, &ask(2, "k2")).await), Some(403));
    let void = "/v1/tickets/0190a1b2-0000-7000-8000-000000000001/void";
    assert_eq!(status(world.post(void, &k2, &serde_json::json!({})).await), Some(403));
    assert_eq!(world.post(void, &k1, &serde_json::json!({})).await["outcome"], "voided");
    let request = serde_json::json!({"request": "0190a1b2-0000-7000-8000-000000000003"});
    assert_eq!(status(world.post("/v1/kiosks/k2/help", &k1, &request).await), Some(403));
    assert_eq!(world.post("/v1/kiosks/k1/help", &k1, &request).await["kiosk"], "k1");
    let none = serde_json::json!({"installation": "0190a1b2-0000-7000-8000-000000000004", "tickets": []});
    assert_eq!(status(world.post("/v1/kiosks/k2/offline-tickets", &k1, &none).await), Some(403));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_and_its_nurses_call_into_their_own_room_only() {
    let world = AccessWorld::new().await;
    for credential in [world.credential(Role::Room).await, world.credential(Role::Nurse).await] {
        let asked = serde_json::json!({"request": "0190a1b2-0000-7000-8000-000000000009"});
        let own = world.post("/v1/rooms/p201/call-next", &credential, &asked).await;
        assert_eq!(own["outcome"], "nobody_waiting");
        let other = world.post("/v1/rooms/p207/call-next", &credential, &asked).await;
        assert_eq!(other["code"], "not_allowed");
        assert_eq!(world.get("/v1/rooms/p207/queue", &credential).await["code"], "not_allowed");
    }
}
