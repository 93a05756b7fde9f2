//! The shipped binary against callers who mean harm: hostile heads, bodies, paths and connections.
//!
//! What each is answered is not promised, only that it is refused, that nothing is told, that memory stays bounded and
//! that an honest caller is answered all the while.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use queue_service::{BODY_BYTES_MAX, HEAD_BYTES_MAX, SAMPLE_CLINIC};

use crate::crash::{Binary, open_service};
use crate::world::PATIENCE;

/// Callers at a time who never finish.
const SLOW_CALLERS: usize = 300;
/// What the process may grow by beside what its callers make it hold: pages of code, threads, the database's cache.
const OWN_GROWTH_BYTES: usize = 64 << 20;

fn start(mut command: Command, dir: &Path) -> Binary {
    command.arg("--database").arg(dir.join("queue.db")).args(["--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Binary::start_by(command, dir)
}

/// Without any door, so that the harm gets as far as it can.
fn open(dir: &Path) -> Binary {
    start(open_service(dir), dir)
}

/// As a hospital runs it.
fn guarded(dir: &Path) -> Binary {
    let mut command = Command::new(env!("CARGO_BIN_EXE_queue-service"));
    let config = dir.join("clinic.toml");
    std::fs::write(&config, SAMPLE_CLINIC).unwrap();
    command.arg("--config").arg(config);
    start(command, dir)
}

fn connect(service: &Binary) -> TcpStream {
    let stream = TcpStream::connect(service.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What is answered to `said` until the service hangs up. Nothing more is said.
fn answer(service: &Binary, said: &[u8]) -> String {
    let mut stream = connect(service);
    // The service may hang up in the middle of it.
    drop(stream.write_all(said));
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer);
    let waited = ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    let shown = String::from_utf8_lossy(&said[..said.len().min(200)]).into_owned();
    assert!(!waited, "the connection stays open after {shown:?} and {}", String::from_utf8_lossy(&answer));
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer; `None` when there was none at all.
fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

/// Refused with a 4xx, or hung up on.
fn assert_refused(what: &str, answer: &str) {
    let refused = status(answer).is_none_or(|status| (400..500).contains(&status));
    assert!(refused, "{what}: {}", answer.get(..300).unwrap_or(answer));
    assert!(!answer.contains("root:") && !answer.contains("SQLite format"), "{what} tells a file");
}

fn assert_healthy(service: &Binary) {
    let told = answer(service, b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert_eq!(status(&told), Some(200), "{told}");
}

/// A `POST` with the content type of JSON.
fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn with_length(path: &str, body: &[u8]) -> Vec<u8> {
    post(path, &format!("content-length: {}\r\n", body.len()), body)
}

#[test]
fn credentials_of_any_shape_open_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let service = guarded(dir.path());
    let long = "0".repeat(HEAD_BYTES_MAX / 2);
    let key = format!("tdk_{}", "0".repeat(64));
    let shapes = [
        String::new(),
        format!("authorization: Bearer {key}\r\n"),
        format!("authorization: Bearer tdk_{long}\r\n"),
        format!("authorization: Bearer {key}\r\nauthorization: Bearer {key}\r\n"),
        format!("authorization: bearer {key}\r\n"),
        "authorization: Bearer tdk_' OR 1=1 --\r\n".to_owned(),
        "authorization: Bearer tdk_\u{7f}\u{1}\r\n".to_owned(),
        "authorization: Bearer\r\n".to_owned(),
        format!("cookie: tiep_don_key={key}\r\n"),
        format!("cookie: {}\r\n", "tiep_don_session=tds_0; ".repeat(1_000)),
        "x-forwarded-for: 127.0.0.1\r\nx-real-ip: 127.0.0.1\r\n".to_owned(),
    ];
    for shape in shapes {
        for path in ["/v1/services", "/v1/devices", "/v1/administration/clinic", "/v1/boards/khu-b/events"] {
            let said = format!("GET {path}?key={key} HTTP/1.1\r\nhost: x\r\n{shape}connection: close\r\n\r\n");
            let told = answer(&service, said.as_bytes());
            assert!(matches!(status(&told), Some(400 | 401 | 431)), "{shape:?} at {path}: {told}");
        }
    }
    assert_healthy(&service);
}

#[test]
fn a_body_that_is_a_bomb_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let deep = [vec![b'['; BODY_BYTES_MAX / 2 - 8], vec![b']'; BODY_BYTES_MAX / 2 - 8]].concat();
    let nested = format!("{}1{}", "{\"request\":".repeat(1_400), "}".repeat(1_400)).into_bytes();
    let long = format!("{{\"request\":\"{}\"}}", "a".repeat(4 * BODY_BYTES_MAX)).into_bytes();
    let number = format!("{{\"request\":1{}}}", "0".repeat(8_000)).into_bytes();
    let chunks = b"7fffffffffffffff\r\n[[[[".to_vec();
    let endless: Vec<u8> = b"1000\r\n".iter().copied().chain(vec![b'['; 4_096]).chain(*b"\r\n").collect();
    let gzip = [&[0x1f, 0x8b, 8, 0][..], &[0; 200]].concat();
    for path in ["/v1/tickets", "/v1/session", "/v1/enrol", "/v1/rooms/p201/call-next", "/v1/numbers/A-001/transfer"] {
        let bodies = [
            ("depth", with_length(path, &deep)),
            ("nesting", with_length(path, &nested)),
            ("length", with_length(path, &long)),
            ("number", with_length(path, &number)),
            ("not UTF-8", with_length(path, b"{\"request\":\"\xff\xfe\"}")),
            ("nothing", with_length(path, b"")),
            ("a length that is a lie", post(path, "content-length: 99999999999\r\n", b"{")),
            ("a length that is no number", post(path, "content-length: -1\r\n", b"{")),
            ("chunks without end", post(path, "transfer-encoding: chunked\r\n", &endless.repeat(64))),
            ("packed", post(path, &format!("content-encoding: gzip\r\ncontent-length: {}\r\n", gzip.len()), &gzip)),
        ];
        for (what, said) in bodies {
            assert_refused(&format!("{what} at {path}"), &answer(&service, &said));
        }
    }
    // Waited for, as it may still come, for the time of a request.
    let told = answer(&service, &post("/v1/tickets", "transfer-encoding: chunked\r\n", &chunks));
    assert!(matches!(status(&told), None | Some(400..=499 | 503)), "{told}");
    assert_healthy(&service);
}

#[test]
fn a_request_that_could_be_two_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let inner = "GET /v1/devices HTTP/1.1\r\nhost: x\r\n\r\n";
    let ambiguous = [
        format!(
            "POST /v1/tickets HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{inner}"
        ),
        format!("POST /v1/tickets HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /v1/tickets HTTP/1.1\r\nhost: x\r\ncontent-length : 5\r\n\r\n{inner}"),
        format!("POST /v1/tickets HTTP/1.1\r\nhost: x\r\n folded: x\r\n\r\n{inner}"),
        format!("GET /v1/services HTTP/9.9\r\nhost: x\r\n\r\n{inner}"),
        format!("GET /v1/\u{0}services HTTP/1.1\r\nhost: x\r\n\r\n{inner}"),
    ];
    for said in ambiguous {
        let told = answer(&service, said.as_bytes());
        assert_refused(&said, &told);
        assert!(told.matches("HTTP/1.1").count() <= 1, "{said:?} was answered twice: {told}");
    }
    // A length beside chunks: the chunks count, and the connection is not used again.
    let both =
        "POST /v1/tickets HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_refused(both, &answer(&service, both.as_bytes()));
    assert_healthy(&service);
}

#[test]
fn a_path_leads_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let paths = [
        "/../../../../etc/passwd".to_owned(),
        "/assets/../../../../etc/passwd".to_owned(),
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        "/assets/%2e%2e/%2e%2e/queue.db".to_owned(),
        "/assets/..%5c..%5cqueue.db".to_owned(),
        "/assets/%00".to_owned(),
        "/assets//etc/passwd".to_owned(),
        "/display/../administration".to_owned(),
        "/v1/boards/%2e%2e%2f%2e%2e".to_owned(),
        "/v1/numbers/A-001%00".to_owned(),
        "/v1/numbers/A-99999999999999999999999".to_owned(),
        "/v1/numbers/%F0%9F%92%A3".to_owned(),
        "/v1/rooms/p201%0d%0aset-cookie:%20a=b/queue".to_owned(),
        "/v1/boards/khu-b%27%3B%20DROP%20TABLE%20ticket%3B--".to_owned(),
        "http://elsewhere.example/v1/devices/nobody".to_owned(),
        "*".to_owned(),
        format!("/v1/numbers/{}", "9".repeat(HEAD_BYTES_MAX / 2)),
        format!("/v1/boards/{}", "%41".repeat(10_000)),
        format!("/{}", "a/".repeat(10_000)),
        format!("/v1/speech/call?{}", "a=b&".repeat(10_000)),
    ];
    for path in paths {
        let said = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let told = answer(&service, said.as_bytes());
        let shown = path.get(..80).unwrap_or(&path);
        assert_refused(shown, &told);
        let head = told.split("\r\n\r\n").next().unwrap_or_default();
        assert!(!head.contains("set-cookie"), "{shown} writes a header: {head}");
    }
    assert_healthy(&service);
}

#[test]
fn callers_who_never_finish_hold_little_and_keep_nobody_out() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    assert_healthy(&service);
    let before = resident_bytes(&service);
    let head = format!("GET /v1/services HTTP/1.1\r\nhost: x\r\nx: {}", "x".repeat(HEAD_BYTES_MAX - 1_024));
    let body = post("/v1/tickets", &format!("content-length: {BODY_BYTES_MAX}\r\n"), &vec![b' '; BODY_BYTES_MAX / 2]);
    let mut held = Vec::new();
    for caller in 0..SLOW_CALLERS {
        let mut stream = connect(&service);
        let said: &[u8] = match caller % 3 {
            0 => b"GET /v1/serv",
            1 => head.as_bytes(),
            _ => &body,
        };
        drop(stream.write_all(said));
        held.push(stream);
        if caller % 50 == 0 {
            assert_healthy(&service);
        }
    }
    let grown = resident_bytes(&service).saturating_sub(before);
    let bound = SLOW_CALLERS * 2 * HEAD_BYTES_MAX + OWN_GROWTH_BYTES;
    assert!(grown < bound, "{SLOW_CALLERS} slow callers made the service grow by {grown} bytes, bound {bound}");
    // Who never finishes a body is let go after the time for a request.
    let mut slow_body = held.swap_remove(2);
    slow_body.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut told = Vec::new();
    slow_body.read_to_end(&mut told).expect("the connection is ended");
    assert_ne!(status(&String::from_utf8_lossy(&told)), Some(200));
    drop((held, slow_body));
    let deadline = Instant::now() + PATIENCE;
    while open_sockets(&service) > 20 {
        assert!(Instant::now() < deadline, "{} sockets are left", open_sockets(&service));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_healthy(&service);
}

fn resident_bytes(service: &Binary) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib * 1_024
}

fn open_sockets(service: &Binary) -> usize {
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", service.child.id())).unwrap();
    let targets = descriptors.filter_map(|descriptor| std::fs::read_link(descriptor.ok()?.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}
