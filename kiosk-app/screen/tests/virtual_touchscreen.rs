//! A window driven through the socket of a virtual touchscreen, as the demo and the end-to-end tests do it.
//!
//! Slint has one platform and one event loop a process, so this file has one test.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use kiosk_screen::ScreenTarget;
use kiosk_screen::device::PanelSettings;
use slint::ComponentHandle;

slint::slint! {
    export component Counter inherits Window {
        in-out property <int> touches;
        title: root.touches == 0 ? "untouched" : "touched \"" + root.touches + "\"";
        background: root.touches == 0 ? #102030 : #a0b0c0;

        TouchArea {
            x: 10px;
            y: 10px;
            width: 20px;
            height: 20px;
            clicked => { root.touches += 1; }
        }
    }
}

const WIDTH: usize = 64;
const HEIGHT: usize = 48;
const BEFORE: [u8; 3] = [0x10, 0x20, 0x30];
const AFTER: [u8; 3] = [0xa0, 0xb0, 0xc0];

struct Client(BufReader<UnixStream>);

struct Seen {
    revision: u64,
    title: String,
    rgb: Vec<u8>,
}

impl Client {
    fn connect(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self(BufReader::new(stream))
    }

    fn say(&mut self, line: &str) -> String {
        // One write: the end of a line in a write of its own could meet a server that has already cut the talk off.
        self.0.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        self.0.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    fn frame(&mut self) -> Seen {
        let header: serde_json::Value = serde_json::from_str(&self.say("frame")).unwrap();
        assert_eq!((header["width"].as_u64(), header["height"].as_u64()), (Some(WIDTH as u64), Some(HEIGHT as u64)));
        let mut rgb = vec![0; WIDTH * HEIGHT * 3];
        self.0.read_exact(&mut rgb).unwrap();
        Seen { revision: header["revision"].as_u64().unwrap(), title: header["title"].as_str().unwrap().into(), rgb }
    }
}

fn is_filled_with(seen: &Seen, colour: [u8; 3]) -> bool {
    seen.rgb.chunks_exact(3).all(|pixel| pixel == colour)
}

fn drive(path: &Path, counter: &slint::Weak<Counter>) {
    let mut client = Client::connect(path);
    let first = client.frame();
    assert_eq!(first.title, "untouched");
    assert!(first.revision >= 1 && is_filled_with(&first, BEFORE));
    assert_eq!(client.frame().revision, first.revision, "nothing changed");
    let looked = client.say("look");
    let expected = format!(r#"{{"revision":{},"width":64,"height":48,"title":"untouched"}}"#, first.revision);
    assert_eq!(looked, expected);
    assert_eq!(client.say("touch 50 40"), "ok", "no pixel follows a look");

    assert_eq!(client.say("touch 50 40"), "ok");
    assert_eq!(client.frame().revision, first.revision, "nothing is there to touch");

    assert_eq!(client.say("touch 20 20"), "ok");
    let second = client.frame();
    assert_eq!(second.title, "touched \"1\"");
    assert!(second.revision > first.revision && is_filled_with(&second, AFTER));

    assert!(client.say("touch 64 0").starts_with("error "));
    assert!(client.say("screenshot").starts_with("error "));
    assert_eq!(client.say("touch 20 20"), "ok", "an error does not end the talk");
    let repainted = client.frame();
    assert_eq!(repainted.title, "touched \"2\"");
    assert_eq!(repainted.revision, second.revision, "painted again in the same colour");
    drop(client);

    counter.upgrade_in_event_loop(|counter| counter.set_touches(0)).unwrap();
    let mut next = Client::connect(path);
    let third = next.frame();
    assert_eq!(third.title, "untouched");
    assert!(third.revision > second.revision && is_filled_with(&third, BEFORE));

    let refused = next.say(&"x".repeat(100));
    assert_eq!(refused, "error expected a line of at most 64 bytes");
    let mut rest = Vec::new();
    // The rest of the overlong line was never read, so the end may come as a reset.
    next.0.read_to_end(&mut rest).ok();
    assert!(rest.is_empty(), "a client that talks too long is cut off");
}

#[test]
fn a_window_is_seen_and_touched_through_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("screen.sock");
    let target: ScreenTarget = format!("virtual:{}@{WIDTH}x{HEIGHT}", path.display()).parse().unwrap();
    let screen = kiosk_screen::install(&target, PanelSettings::default()).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let counter = Counter::new().unwrap();
    assert!(Counter::new().is_err(), "one window a process");
    let weak = counter.as_weak();
    let driver = std::thread::spawn({
        let path = path.clone();
        move || {
            // The loop ends whether or not the driver is content.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drive(&path, &weak)));
            kiosk_screen::quit().unwrap();
            outcome
        }
    });
    screen.run(&counter, slint::LogicalSize::new(64.0, 48.0)).unwrap();
    driver.join().unwrap().unwrap();
    drop(screen);
    assert!(!path.exists());
}
