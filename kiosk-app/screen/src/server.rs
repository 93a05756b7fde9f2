//! The virtual touchscreen's wire: lines over a Unix socket, one client after another.
//!
//! | line | answer |
//! |---|---|
//! | `look` | `{"revision":N,"width":W,"height":H,"title":"…"}`, newline |
//! | `frame` | the same, then W × H × 3 bytes RGB |
//! | `touch X Y` | `ok` when the finger was down and up at that pixel and its effect is drawn |
//! | anything else | `error` and why |

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{TrySendError, sync_channel};
use std::time::Duration;

use rustix::fs::Mode;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::canvas::{Frame, Header};
use crate::platform::{Inbox, Message};

/// Longest line of a client, in bytes, newline included. `touch 65535 65535` has 18.
const LINE_BYTES_MAX: u64 = 64;
/// A client that says nothing, or reads nothing, for this long makes room for the next.
const CLIENT_SILENCE_MAX: Duration = Duration::from_secs(5);
/// Longest wait for the event loop to answer.
const LOOP_ANSWER_MAX: Duration = Duration::from_secs(5);
/// Clients that may wait for their turn.
const BACKLOG: i32 = 16;
/// Failures to accept in a row after which the server gives up.
const ACCEPT_FAILURES_MAX: u32 = 16;

/// Removes the socket file at the end.
#[derive(Debug)]
pub struct SocketGuard(PathBuf);

impl Drop for SocketGuard {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

/// Makes the socket with mode 0600. A socket that a killed process has left is replaced.
pub fn listen(path: &Path) -> io::Result<(UnixListener, SocketGuard)> {
    remove_orphan(path)?;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    let guard = SocketGuard(path.to_owned());
    // Between bind and listen nobody can connect, so nobody gets in before the mode is set.
    rustix::fs::chmod(path, Mode::RUSR | Mode::WUSR)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok((UnixListener::from(socket), guard))
}

fn remove_orphan(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_socket() => return Err(io::ErrorKind::AlreadyExists.into()),
        Ok(_) => {}
    }
    if UnixStream::connect(path).is_ok() {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    fs::remove_file(path)
}

/// Starts the thread that serves clients until the process ends.
pub fn spawn(listener: UnixListener, inbox: Inbox) -> io::Result<()> {
    let serve = move || {
        let error = accept_clients(&listener, &inbox);
        // Full: the loop is stuck and its watchdog's business. Gone: nobody is left to tell.
        inbox.try_send(Message::ServerEnded(error)).ok();
    };
    std::thread::Builder::new().name("virtual-screen".into()).spawn(serve).map(drop)
}

fn accept_clients(listener: &UnixListener, inbox: &Inbox) -> io::Error {
    let mut failures = 0;
    loop {
        match listener.accept() {
            Ok((client, _)) => {
                failures = 0;
                // A client's failure is the client's: the next one is served.
                serve_client(&client, inbox).ok();
            }
            Err(error) => {
                failures += 1;
                if failures == ACCEPT_FAILURES_MAX {
                    return error;
                }
            }
        }
    }
}

fn serve_client(client: &UnixStream, inbox: &Inbox) -> io::Result<()> {
    client.set_read_timeout(Some(CLIENT_SILENCE_MAX))?;
    client.set_write_timeout(Some(CLIENT_SILENCE_MAX))?;
    let mut lines = BufReader::new(client);
    loop {
        let mut line = Vec::new();
        lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        match line.pop() {
            None => return Ok(()),
            Some(b'\n') => answer(client, Request::parse(&line), inbox)?,
            Some(_) => return writeln!(&mut &*client, "error expected a line of at most {LINE_BYTES_MAX} bytes"),
        }
    }
}

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    Look,
    Frame,
    Touch { x: u16, y: u16 },
    Unknown,
}

impl Request {
    fn parse(line: &[u8]) -> Self {
        let mut words = line.split(|byte| *byte == b' ').map(|word| std::str::from_utf8(word).unwrap_or_default());
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("look"), None, None, None) => Self::Look,
            (Some("frame"), None, None, None) => Self::Frame,
            (Some("touch"), Some(x), Some(y), None) => match (x.parse(), y.parse()) {
                (Ok(x), Ok(y)) => Self::Touch { x, y },
                (Ok(_) | Err(_), Ok(_) | Err(_)) => Self::Unknown,
            },
            (_, _, _, _) => Self::Unknown,
        }
    }
}

fn answer(mut client: &UnixStream, request: Request, inbox: &Inbox) -> io::Result<()> {
    match request {
        Request::Look => match ask(inbox, Message::Look) {
            Ok(header) => write_header(client, &header),
            Err(why) => writeln!(client, "error {why}"),
        },
        Request::Frame => match ask(inbox, Message::Frame) {
            Ok(frame) => write_frame(client, &frame),
            Err(why) => writeln!(client, "error {why}"),
        },
        Request::Touch { x, y } => match ask(inbox, |done| Message::Touch { x, y, done }) {
            Ok(Ok(())) => writeln!(client, "ok"),
            Ok(Err(refused)) => writeln!(client, "error touch refused: {refused}"),
            Err(why) => writeln!(client, "error {why}"),
        },
        Request::Unknown => writeln!(client, "error expected look, frame or touch X Y"),
    }
}

/// Puts a question to the event loop.
fn ask<T>(inbox: &Inbox, question: impl FnOnce(std::sync::mpsc::SyncSender<T>) -> Message) -> Result<T, &'static str> {
    let (done, reply) = sync_channel(1);
    match inbox.try_send(question(done)) {
        Ok(()) => reply.recv_timeout(LOOP_ANSWER_MAX).map_err(|_| "the screen does not answer in time"),
        Err(TrySendError::Full(_)) => Err("the screen is too far behind"),
        Err(TrySendError::Disconnected(_)) => Err("the screen has ended"),
    }
}

fn write_frame(mut client: &UnixStream, frame: &Frame) -> io::Result<()> {
    write_header(client, &frame.header)?;
    client.write_all(&frame.rgb)
}

fn write_header(mut client: &UnixStream, header: &Header) -> io::Result<()> {
    let Header { revision, width, height, title } = header;
    let title = json_string(title);
    writeln!(client, r#"{{"revision":{revision},"width":{width},"height":{height},"title":{title}}}"#)
}

/// A JSON string literal (RFC 8259, section 7).
fn json_string(text: &str) -> String {
    let mut literal = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            control if u32::from(control) < 0x20 => literal.push_str(&format!("\\u{:04x}", u32::from(control))),
            plain => literal.push(plain),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_line_is_one_of_three_requests_or_unknown() {
        assert_eq!(Request::parse(b"look"), Request::Look);
        assert_eq!(Request::parse(b"frame"), Request::Frame);
        assert_eq!(Request::parse(b"touch 540 1700"), Request::Touch { x: 540, y: 1700 });
        for bad in [
            &b""[..],
            b"frame ",
            b"look 1",
            b"touch",
            b"touch 1",
            b"touch 1 2 3",
            b"touch -1 2",
            b"touch 1 70000",
            b"\xff",
        ] {
            assert_eq!(Request::parse(bad), Request::Unknown, "{bad:?}");
        }
    }

    #[test]
    fn a_title_is_a_json_string() {
        assert_eq!(json_string("số \"1\"\\\n"), r#""số \"1\"\\\u000a""#);
    }

    #[test]
    fn only_its_owner_may_touch_the_screen_and_an_orphan_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen.sock");
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, guard) = listen(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(listen(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(guard);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_is_no_socket_is_left_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(listen(file.path()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(file.path().exists());
    }
}
