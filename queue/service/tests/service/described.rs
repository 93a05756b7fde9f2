//! The description of the interface: as committed, of every route, and true.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use queue_service::openapi;
use reqwest::Method;
use serde_json::Value;

use crate::access_world::AccessWorld;

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

/// The tool sends what the description allows and what it does not, with a fixed seed, and compares the answers.
#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_failure_and_no_answer_that_is_not_described() {
    let tool = root().join("target/tools/schemathesis/bin/schemathesis");
    assert!(tool.is_file(), "{} is missing: cargo xtask test installs it", tool.display());
    let world = AccessWorld::new().await;
    let session = world.administrator().await;
    // The examples of the description are the sample clinic's: this room, service and number are there.
    for n in 1..=5 {
        let request = format!("0190a1b2-0000-7000-8000-{n:012}");
        let asked = serde_json::json!({"request": request, "kiosk": "k1", "service": "noi-tong-quat"});
        assert!(world.post("/v1/tickets", &session, &asked).await.contains_key("number"));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(tool);
    command.arg("run").arg(world.url("/openapi.json")).args(ARGUMENTS).current_dir(folder.path());
    for (name, value) in session.headers() {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    command.stdin(Stdio::null()).env("NO_COLOR", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// A stream has no end to wait for, and logging out would close the door for the rest.
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
    "--exclude-path-regex",
    "/events$|^/v1/session$",
    "--no-color",
];
