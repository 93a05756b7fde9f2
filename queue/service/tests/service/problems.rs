//! Every refusal is problem details.

use queue_protocol::v1::{Problem, ProblemCode};
use queue_service::{BODY_BYTES_MAX, SAMPLE_CLINIC};
use reqwest::{Client, RequestBuilder};

use crate::world::{TIMES, World, ask, request};

async fn problem(sent: RequestBuilder) -> (u16, ProblemCode, String) {
    let response = sent.send().await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json", "status {status}");
    let problem: Problem = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(problem.status, status);
    assert!(problem.kind.starts_with("urn:tiep-don:problem:") && !problem.title.is_empty(), "{problem:?}");
    (status, problem.code, problem.detail)
}

#[tokio::test]
async fn what_is_not_of_the_interface_is_told_as_a_bad_request() {
    let world = World::new().await;
    let http = Client::new();
    let tickets = || http.post(world.url("/v1/tickets"));
    let json = |body: String| tickets().header("content-type", "application/json").body(body);
    let cases: Vec<(RequestBuilder, u16, &str)> = vec![
        (http.get(world.url("/v1/nothing")), 404, "no such route"),
        (http.get(world.url("/v1/tickets")), 405, "no such method"),
        (http.delete(world.url("/v1/boards/khu-b")), 405, "no such method"),
        (json("{".into()), 400, "EOF"),
        (json("{}".into()), 422, "request"),
        (json(r#"{"request":"x","kiosk":"k1","service":"mat"}"#.into()), 422, "UUID"),
        (json(format!("\"{}\"", "x".repeat(BODY_BYTES_MAX))), 413, "limit"),
        (tickets().body("request=1"), 415, "Content-Type"),
        (http.post(world.url("/v1/tickets/not-an-id/void")), 400, "UUID"),
        (http.get(world.url("/v1/boards/Khu%20B")), 400, "a-z"),
        (http.get(world.url("/v1/boards/%FF")), 400, "UTF-8"),
        (http.get(world.url("/v1/boards/Khu%20B/events")), 400, "a-z"),
        (http.post(world.url("/v1/rooms/p207/call-next")).json(&0), 422, "CallNext"),
    ];
    for (sent, status, text) in cases {
        let (got, code, detail) = problem(sent).await;
        assert_eq!((got, code), (status, ProblemCode::BadRequest), "{detail}");
        assert!(detail.contains(text), "expected {text:?} in {detail:?}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told_by_name() {
    let world = World::new().await;
    let http = Client::new();
    let call = serde_json::json!({ "request": request(1) });
    let cases = [
        (http.post(world.url("/v1/tickets")).json(&ask(1, "rang")), ProblemCode::UnknownService, "rang"),
        (http.post(world.url("/v1/rooms/p999/call-next")).json(&call), ProblemCode::UnknownRoom, "p999"),
        (http.get(world.url("/v1/boards/khu-z")), ProblemCode::UnknownZone, "khu-z"),
        (http.get(world.url("/v1/boards/khu-z/events")), ProblemCode::UnknownZone, "khu-z"),
    ];
    for (sent, code, name) in cases {
        let (status, got, detail) = problem(sent).await;
        assert_eq!((status, got), (404, code));
        assert!(detail.contains(name), "{detail}");
    }
}

#[tokio::test]
async fn a_request_id_used_for_something_else_is_refused() {
    let world = World::new().await;
    world.issue(1, "mat").await;
    world.issue(2, "mat").await;
    world.call(10, "p207").await.unwrap();
    let http = Client::new();
    let as_call = serde_json::json!({ "request": request(10) });
    let cases = [
        http.post(world.url("/v1/tickets")).json(&ask(1, "nhi")),
        http.post(world.url("/v1/tickets")).json(&ask(10, "mat")),
        http.post(world.url("/v1/rooms/p204/call-next")).json(&as_call),
        http.post(world.url(&format!("/v1/tickets/{}/void", request(10)))),
    ];
    for sent in cases {
        let (status, code, _) = problem(sent).await;
        assert_eq!((status, code), (409, ProblemCode::RequestSpent));
    }
}

#[tokio::test]
async fn a_closed_service_gives_no_number_and_is_offered_as_closed() {
    let config = SAMPLE_CLINIC.replacen("series = \"F\"", "series = \"F\"\nhours = \"13:30-16:30\"", 1);
    let world = World::with(config, TIMES).await;
    let (status, code, _) = problem(Client::new().post(world.url("/v1/tickets")).json(&ask(1, "mat"))).await;
    assert_eq!((status, code), (409, ProblemCode::ServiceClosed));
    let services = world.client().services().await.unwrap().services;
    assert_eq!(services.iter().filter(|service| !service.open).count(), 1);
    world.at(14 * crate::world::HOUR_MS);
    assert_eq!(world.issue(1, "mat").await.number.to_string(), "F-001");
}
