//! The shipped program follows a queue service and shows what it hears, seen through its virtual touchscreen.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use queue_protocol::board::{Board, BoardEvent, BoardEventKind};
use queue_protocol::model::{Call, CallMark, RoomId, ServiceId, UnixMillis, ZoneId};
use queue_protocol::v1::stream;

/// Longest wait for the program to start and for a change to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(20);
/// Pause between two looks at the screen.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A pixel of the newest call's ground, left of its words.
const GROUND: (usize, usize) = (80, 500);
const BRAND: [u8; 3] = [0x0a, 0x55, 0x50];
const CARD: [u8; 3] = [0xff, 0xff, 0xff];

/// Ends the program with the test.
struct Display(Child);

impl Drop for Display {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Title and the colour at [`GROUND`].
fn look(socket: &Path) -> Option<(String, [u8; 3])> {
    let mut stream = BufReader::new(UnixStream::connect(socket).ok()?);
    stream.get_mut().write_all(b"frame\n").unwrap();
    let mut header = String::new();
    stream.read_line(&mut header).unwrap();
    let header: serde_json::Value = serde_json::from_str(&header).unwrap();
    let side = |name: &str| usize::try_from(header[name].as_u64().unwrap()).unwrap();
    let mut rgb = vec![0; side("width") * side("height") * 3];
    stream.read_exact(&mut rgb).unwrap();
    let at = (GROUND.1 * side("width") + GROUND.0) * 3;
    Some((header["title"].as_str().unwrap().to_owned(), [rgb[at], rgb[at + 1], rgb[at + 2]]))
}

fn wait_until_seen(socket: &Path, title: &str, ground: [u8; 3]) {
    let deadline = Instant::now() + SEEN_WITHIN;
    loop {
        let seen = look(socket);
        if seen.as_ref().is_some_and(|(name, colour)| name == title && *colour == ground) {
            return;
        }
        assert!(Instant::now() < deadline, "expected {title} {ground:?}, saw {seen:?}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Answers each connection with what comes through `messages`, as the service's event stream.
fn serve(listener: &TcpListener, messages: &Receiver<(&'static str, String)>) {
    let (mut client, _) = listener.accept().unwrap();
    read_request(&client);
    client.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").unwrap();
    for (event, data) in messages {
        client.write_all(format!("event: {event}\ndata: {data}\n\n").as_bytes()).unwrap();
    }
}

fn read_request(client: &TcpStream) {
    let lines = BufReader::new(client).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.is_empty()), "the request has an end");
}

fn board() -> Board {
    Board::new(ZoneId::new("khu-b").unwrap(), "Khu B".into(), "2026-11-23".parse().unwrap(), 1)
}

fn called() -> BoardEvent {
    let call = Call {
        number: "A-042".parse().unwrap(),
        service: ServiceId::new("noi").unwrap(),
        room: RoomId::new("p205").unwrap(),
        room_name: "Phòng 205".into(),
        called_at: UnixMillis(0),
        mark: CallMark::default(),
    };
    BoardEvent { seq: 2, day: "2026-11-23".parse().unwrap(), kind: BoardEventKind::TicketCalled { call } }
}

#[test]
fn a_call_is_on_the_wall_as_soon_as_it_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("wall.sock");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (say, messages) = channel();
    std::thread::spawn(move || serve(&listener, &messages));

    let screen = format!("virtual:{}@1920x1080", socket.display());
    let mut program = Command::new(env!("CARGO_BIN_EXE_queue-display"));
    let program = program.args(["--url", &url, "--zone", "khu-b", "--screen", &screen]);
    let _display = Display(program.spawn().unwrap());

    wait_until_seen(&socket, "connecting", CARD);
    say.send((stream::SNAPSHOT, serde_json::to_string(&board()).unwrap())).unwrap();
    wait_until_seen(&socket, "board", CARD);
    say.send((stream::EVENT, serde_json::to_string(&called()).unwrap())).unwrap();
    wait_until_seen(&socket, "board", BRAND);
}
