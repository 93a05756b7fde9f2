//! The shipped program follows a queue service and shows what it hears, seen through its virtual touchscreen.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use queue_protocol::board::{Board, BoardEvent, BoardEventKind};
use queue_protocol::model::{Call, CallMark, RoomId, ServiceId, UnixMillis, ZoneId};
use queue_protocol::v1::stream;
use tempfile::TempDir;

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
        called_at: UnixMillis(jiff::Timestamp::now().as_millisecond()),
        mark: CallMark::default(),
    };
    BoardEvent { seq: 2, day: "2026-11-23".parse().unwrap(), kind: BoardEventKind::TicketCalled { call } }
}

/// The program, what it follows, and its screen.
struct Wall {
    _display: Display,
    say: Sender<(&'static str, String)>,
    folder: TempDir,
}

impl Wall {
    fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (say, messages) = channel();
        std::thread::spawn(move || serve(&listener, &messages));
        let screen = format!("virtual:{}@1920x1080", folder.path().join("wall.sock").display());
        let mut program = Command::new(env!("CARGO_BIN_EXE_queue-display"));
        let program = program.args(["--url", &url, "--zone", "khu-b", "--screen", &screen]).args(more);
        let wall = Self { _display: Display(program.current_dir(folder.path()).spawn().unwrap()), say, folder };
        wall.wait_until_seen("connecting", CARD);
        wall.send(stream::SNAPSHOT, serde_json::to_string(&board()).unwrap());
        wall.wait_until_seen("board", CARD);
        wall
    }

    fn send(&self, event: &'static str, data: String) {
        self.say.send((event, data)).unwrap();
    }

    fn wait_until_seen(&self, title: &str, ground: [u8; 3]) {
        wait_until_seen(&self.folder.path().join("wall.sock"), title, ground);
    }
}

#[test]
fn a_call_is_on_the_wall_as_soon_as_it_is_heard() {
    let wall = Wall::start(&[]);
    wall.send(stream::EVENT, serde_json::to_string(&called()).unwrap());
    wall.wait_until_seen("board", BRAND);
}

#[test]
fn a_call_is_said_aloud_where_the_display_has_a_voice() {
    // `tee` stands for a loudspeaker: what it was given is in the file.
    let wall = Wall::start(&["--voice", "vi,en", "--player", "tee heard.wav"]);
    wall.send(stream::EVENT, serde_json::to_string(&called()).unwrap());
    let heard = wall.folder.path().join("heard.wav");
    let deadline = Instant::now() + SEEN_WITHIN;
    let is_complete = |wav: &Vec<u8>| {
        let length = wav.get(40..44).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
        length.is_some_and(|length| wav.len() == 44 + usize::try_from(length).unwrap())
    };
    let wav = loop {
        if let Some(wav) = std::fs::read(&heard).ok().filter(is_complete) {
            break wav;
        }
        assert!(Instant::now() < deadline, "nothing was heard");
        std::thread::sleep(LOOK_EVERY);
    };
    // A chime and two sentences at 22,050 samples of 2 bytes a second are longer than 4 s.
    assert!(wav.len() > 4 * 44_100, "{} bytes", wav.len());
}
