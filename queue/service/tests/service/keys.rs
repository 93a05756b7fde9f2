//! Codes, keys and logins over their whole life.

use queue_protocol::model::DeviceRole;
use queue_protocol::v1::NewKey;
use queue_service::{CODE_LIFE_MS, KEY_CACHE_MS, Role, SESSION_LIFE_MS};
use queue_store::SESSION_IDLE_MS;
use reqwest::{Method, StatusCode};

use crate::access_world::{ADMIN, AccessWorld, PASSWORD, bearer};
use crate::world::{HOUR_MS, MINUTE_MS};

const SERVICES: &str = "/v1/services";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_and_for_half_an_hour() {
    let world = AccessWorld::new().await;
    let code = world.code("k1", DeviceRole::Kiosk).await.code;
    let key = bearer(&world.enrol(&code).await.unwrap().key);
    assert_eq!(world.enrol(&code).await.unwrap_err(), StatusCode::UNAUTHORIZED);
    assert_eq!(world.try_route(&Method::GET, SERVICES, Some(&key)).await, StatusCode::OK);

    let late = world.code("k2", DeviceRole::Kiosk).await.code;
    let replaced = world.code("k3", DeviceRole::Kiosk).await.code;
    let newer = world.code("k3", DeviceRole::Kiosk).await.code;
    assert_eq!(world.enrol(&replaced).await.unwrap_err(), StatusCode::UNAUTHORIZED);
    assert!(world.enrol(&newer).await.is_ok());
    world.passes(CODE_LIFE_MS);
    assert_eq!(world.enrol(&late).await.unwrap_err(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_cannot_be_guessed_and_a_typing_mistake_costs_nothing() {
    let world = AccessWorld::new().await;
    let code = world.code("k1", DeviceRole::Kiosk).await.code;
    let mut mistyped = code.clone().into_bytes();
    mistyped[0] = if mistyped[0] == b'2' { b'3' } else { b'2' };
    for _ in 0..20 {
        let refused = world.enrol(std::str::from_utf8(&mistyped).unwrap()).await.unwrap_err();
        assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // All eights have the right check character: 8 * (1 + … + 7) is 6 * 28, and 13 modulo 31.
    let guess = "8888-888F";
    for _ in 0..10 {
        assert_eq!(world.enrol(guess).await.unwrap_err(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.enrol(&code).await.unwrap_err(), StatusCode::TOO_MANY_REQUESTS);
    world.passes(MINUTE_MS);
    assert!(world.enrol(&code).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_takes_the_old_ones_place_when_it_is_used() {
    let world = AccessWorld::new().await;
    let old = world.key("k1", DeviceRole::Kiosk).await;
    let rotate = || async {
        let reply = world.request(&Method::POST, "/v1/key", Some(&old)).send().await.unwrap();
        bearer(&reply.json::<NewKey>().await.unwrap().key)
    };
    // A reply that was lost leaves the old key as it is.
    let lost = rotate().await;
    let new = rotate().await;
    let status = |key| world.try_route(&Method::GET, SERVICES, Some(key));
    assert_eq!(status(&old).await, StatusCode::OK);
    assert_eq!(status(&lost).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&new).await, StatusCode::OK);
    world.passes(KEY_CACHE_MS);
    assert_eq!((status(&old).await, status(&new).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_opens_nothing_from_then_on() {
    let world = AccessWorld::new().await;
    let key = world.key("man-hinh", DeviceRole::Display).await;
    let admin = world.administrator().await;
    assert_eq!(world.try_route(&Method::GET, SERVICES, Some(&key)).await, StatusCode::OK);
    let revoke = || world.try_route(&Method::DELETE, "/v1/devices/man-hinh", Some(&admin));
    assert_eq!(revoke().await, StatusCode::NO_CONTENT);
    assert_eq!(world.try_route(&Method::GET, SERVICES, Some(&key)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(revoke().await, StatusCode::NO_CONTENT);
    let listed = world.get("/v1/devices", &admin).await;
    let device = &listed["devices"][0];
    assert_eq!((&device["id"], &device["role"]), (&"man-hinh".into(), &"display".into()));
    assert!(device["revoked_at"].is_i64() && device["seen_at"].is_i64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_logging_out_by_silence_and_by_its_age() {
    let world = AccessWorld::new().await;
    let status = |session| world.try_route(&Method::GET, "/v1/session", Some(session));
    let session = world.administrator().await;
    assert_eq!(world.get("/v1/session", &session).await["role"], "administrator");
    assert_eq!(world.try_route(&Method::DELETE, "/v1/session", Some(&session)).await, StatusCode::NO_CONTENT);
    assert_eq!(status(&session).await, StatusCode::UNAUTHORIZED);

    let silent = world.administrator().await;
    world.passes(SESSION_IDLE_MS);
    assert_eq!(status(&silent).await, StatusCode::UNAUTHORIZED);

    let busy = world.administrator().await;
    for _ in 0..(SESSION_LIFE_MS / HOUR_MS - 1) {
        world.passes(HOUR_MS);
        assert_eq!(status(&busy).await, StatusCode::OK);
    }
    world.passes(HOUR_MS);
    assert_eq!(status(&busy).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_lock_the_name_for_a_while() {
    let world = AccessWorld::new().await;
    for _ in 0..5 {
        assert_eq!(world.log_in(ADMIN, "not this one").await.unwrap_err(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.log_in(ADMIN, PASSWORD).await.unwrap_err(), StatusCode::TOO_MANY_REQUESTS);
    world.passes(30_000);
    assert_eq!(world.log_in(ADMIN, "not this one").await.unwrap_err(), StatusCode::UNAUTHORIZED);
    world.passes(30_000);
    assert_eq!(world.log_in(ADMIN, PASSWORD).await.unwrap_err(), StatusCode::TOO_MANY_REQUESTS);
    world.passes(30_000);
    assert!(world.log_in(ADMIN, PASSWORD).await.is_ok());
    assert_eq!(world.log_in(ADMIN, "not this one").await.unwrap_err(), StatusCode::UNAUTHORIZED);
    assert!(world.log_in(ADMIN, PASSWORD).await.is_ok());
    assert_eq!(world.log_in("nobody", PASSWORD).await.unwrap_err(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_does_nothing_with_a_session() {
    let world = AccessWorld::new().await;
    let session = world.administrator().await;
    let status = world.try_route(&Method::DELETE, "/v1/devices/k1", Some(&session.as_of_another_site())).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(world.try_route(&Method::DELETE, "/v1/devices/k1", Some(&session)).await, StatusCode::NOT_FOUND);
    let body = serde_json::json!({"user": ADMIN, "password": PASSWORD});
    let login = world.request(&Method::POST, "/v1/session", None).header("origin", "https://elsewhere.example");
    assert_eq!(login.json(&body).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let reply = world.request(&Method::POST, "/v1/session", None).json(&body).send().await.unwrap();
    let cookie = reply.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && !cookie.contains("Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_ends_its_sessions_and_the_last_administrator_stays() {
    let world = AccessWorld::new().await;
    let nurse = world.credential(Role::Nurse).await;
    let admin = world.administrator().await;
    assert_eq!(world.get("/v1/session", &nurse).await["role"], "nurse");
    assert_eq!(world.try_route(&Method::DELETE, "/v1/staff/x0", Some(&admin)).await, StatusCode::NO_CONTENT);
    assert_eq!(world.try_route(&Method::GET, "/v1/session", Some(&nurse)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.log_in("x0", PASSWORD).await.unwrap_err(), StatusCode::UNAUTHORIZED);
    let last = format!("/v1/staff/{ADMIN}");
    assert_eq!(world.try_route(&Method::DELETE, &last, Some(&admin)).await, StatusCode::CONFLICT);
    let again = serde_json::json!({"user": "x0", "role": "nurse", "password": PASSWORD});
    assert_eq!(world.post("/v1/staff", &admin, &again).await["code"], "name_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_kept_and_no_secret_is() {
    let world = AccessWorld::new().await;
    let code = world.code("k1", DeviceRole::Kiosk).await.code;
    let key = world.enrol(&code).await.unwrap().key;
    let raw = rusqlite::Connection::open(&world.database).unwrap();
    let steps = |step: &str, actor: &str| -> i64 {
        let text = "SELECT count(*) FROM change_audit WHERE step = ?1 AND actor = ?2";
        raw.query_row(text, [step, actor], |row| row.get(0)).unwrap()
    };
    assert_eq!(steps("staff.add", "machine"), 1);
    assert_eq!(steps("session.open", &format!("staff:{ADMIN}")), 1);
    assert_eq!(steps("device.code", &format!("staff:{ADMIN}")), 1);
    assert_eq!(steps("device.enrol", "kiosk:k1"), 1);
    assert!(raw.execute("UPDATE change_audit SET actor = 'nobody'", ()).is_err());
    assert!(raw.execute("DELETE FROM change_audit", ()).is_err());
    raw.query_row("PRAGMA wal_checkpoint(FULL)", (), |_| Ok(())).unwrap();
    let file = std::fs::read(&world.database).unwrap();
    let holds = |secret: &str| file.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(holds("device.enrol"));
    assert!(!holds(&key) && !holds(&code) && !holds(&code.replace('-', "")) && !holds(PASSWORD));
}
