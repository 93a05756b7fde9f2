//! The description of the interface: as committed, of every route, and true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use queue_protocol::model::DeviceRole;
use queue_service::{Role, Row, openapi};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::access_world::{AccessWorld, Credential};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_the_committed_one() {
    let world = AccessWorld::new().await;
    let told = world.request(&Method::GET, "/openapi.json", None).send().await.unwrap().text().await.unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told, openapi(world.app()));
    let text = format!("{}\n", serde_json::to_string_pretty(&told).unwrap());
    let (committed, made) = (root().join("docs/openapi.json"), root().join("target/openapi.json"));
    let known = std::fs::read_to_string(&committed).unwrap_or_default();
    if known != text {
        std::fs::write(&made, &text).unwrap();
    }
    assert!(
        known == text,
        "the interface has changed: cp target/openapi.json docs/openapi.json, and read the difference"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_interface_is_described() {
    let world = AccessWorld::new().await;
    let described = openapi(world.app());
    for row in world.rows().iter().filter(|row| row.path.starts_with("/v1/")) {
        let method = row.method.as_str();
        let operation = &described["paths"][row.path][method.to_lowercase()];
        assert!(operation["summary"].is_string(), "{method} {}", row.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_failure_and_no_answer_that_is_not_described() {
    let world = world_with_numbers().await;
    let session = world.administrator().await;
    let never = schemathesis(&world, Role::Administrator, &session).await;
    // Settings are only taken on the version before them.
    let others = never.iter().filter(|one| !needs_a_state(one) && *one != "PUT /v1/administration/clinic");
    assert_eq!(others.count(), 0, "{never:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_with_a_kiosks_key() {
    let world = world_with_numbers().await;
    // A number that may be let back in.
    step(&world, "/v1/rooms/p201/call-next", &serde_json::json!({"request": Uuid::now_v7()})).await;
    step(&world, "/v1/rooms/p201/missed", &numbered()).await;
    let key = world.key("k1", DeviceRole::Kiosk).await;
    let never = schemathesis(&world, Role::Kiosk, &key).await;
    // What only kiosks may do has succeeded, all of it.
    assert!(never.iter().all(|one| one == "POST /v1/tickets"), "{never:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_with_a_displays_key() {
    let world = world_with_numbers().await;
    let key = world.key("k1", DeviceRole::Display).await;
    assert_eq!(schemathesis(&world, Role::Display, &key).await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_with_a_rooms_key() {
    let world = world_with_numbers().await;
    step(&world, "/v1/rooms/p201/call-next", &serde_json::json!({"request": Uuid::now_v7()})).await;
    let key = world.key("k1", DeviceRole::Room).await;
    let never = schemathesis(&world, Role::Room, &key).await;
    assert!(never.iter().all(|one| needs_a_state(one)), "{never:?}");
}

/// Whether an operation succeeds only in some states of the number or request that the examples name: others of the
/// same run take them out of it.
fn needs_a_state(operation: &str) -> bool {
    ["POST /v1/numbers/", "POST /v1/rooms/", "POST /v1/tickets"].iter().any(|begin| operation.starts_with(begin))
}

async fn step(world: &AccessWorld, path: &str, asked: &Value) {
    let session = world.administrator().await;
    let answer = world.post(path, &session, asked).await;
    assert!(!answer.contains_key("status"), "{path}: {answer:?}");
}

/// A step with the number of the examples.
fn numbered() -> Value {
    serde_json::json!({"request": Uuid::now_v7(), "number": "A-001"})
}

/// The examples of the description are the sample clinic's: this room, service and number are there.
async fn world_with_numbers() -> AccessWorld {
    let world = AccessWorld::new().await;
    let session = world.administrator().await;
    for n in 1..=5 {
        let request = format!("0190a1b2-0000-7000-8000-{n:012}");
        let asked = serde_json::json!({"request": request, "kiosk": "k1", "service": "noi-tong-quat"});
        assert!(world.post("/v1/tickets", &session, &asked).await.contains_key("number"));
    }
    world
}

/// The tool sends what the description allows and what it does not, with a fixed seed, and compares the answers: to
/// every operation that `role` may use. Those that have never succeeded.
#[expect(clippy::print_stdout, reason = "shown on demand, for the page that says it")]
async fn schemathesis(world: &AccessWorld, role: Role, credential: &Credential) -> BTreeSet<String> {
    let tool = root().join("target/tools/schemathesis/bin/schemathesis");
    assert!(tool.is_file(), "{} is missing: cargo xtask test installs it", tool.display());
    let mut command = Command::new(tool);
    command.arg("run").arg(world.url("/openapi.json")).args(ARGUMENTS);
    let tried: Vec<Row> = world.rows().into_iter().filter(|row| row.allow.lets(role) && is_tried(row.path)).collect();
    for path in tried.iter().map(|row| row.path).collect::<BTreeSet<_>>() {
        command.args(["--include-path", path]);
    }
    for (name, value) in credential.headers() {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(folder.path()).stdin(Stdio::null()).env("NO_COLOR", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    let before = succeeded(world).await;
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{role}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    let after = succeeded(world).await;
    // Who enrols shows a code that is good once.
    let tried = tried.iter().filter(|row| !row.path.starts_with("/v1/enrol"));
    let tried: BTreeSet<String> = tried.map(|row| format!("{} {}", row.method, row.path)).collect();
    let count = |counts: &BTreeMap<String, u64>, one: &String| counts.get(one).copied().unwrap_or(0);
    let never: BTreeSet<String> =
        tried.iter().filter(|one| count(&after, one) == count(&before, one)).cloned().collect();
    println!("{role}: {} of {} operations succeeded; never: {never:?}", tried.len() - never.len(), tried.len());
    never
}

/// A stream has no end to wait for, logging out would close the door for the rest, and pages are no interface.
fn is_tried(path: &str) -> bool {
    path.starts_with("/v1/") && !path.ends_with("/events") && path != "/v1/session"
}

/// How often each operation has succeeded, as the service counts.
async fn succeeded(world: &AccessWorld) -> BTreeMap<String, u64> {
    let metrics = world.request(&Method::GET, "/metrics", None).send().await.unwrap().text().await.unwrap();
    let mut counts = BTreeMap::new();
    for line in metrics.lines().filter(|line| line.starts_with("queue_requests_total{")) {
        let label = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let (_, count) = line.rsplit_once(' ').unwrap();
        if label("status").starts_with('2') {
            *counts.entry(format!("{} {}", label("method"), label("route"))).or_default() +=
                count.parse::<u64>().unwrap();
        }
    }
    counts
}

const ARGUMENTS: &[&str] = &[
    "--checks",
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    "--phases",
    "examples,coverage,fuzzing",
    "--max-examples",
    "15",
    "--seed",
    "20261123",
    "--generation-deterministic",
    // How fast the tool makes its examples says nothing of the service.
    "--suppress-health-check",
    "too_slow",
    "--request-timeout",
    "20",
    "--no-color",
];
