//! The reference: the welcome screen as a page in Chromium's kiosk mode, without a desktop, as the kiosk is run here.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};

/// As the tests of the queue's pages start it: what it would look for outside is switched off.
const ARGUMENTS: [&str; 13] = [
    "--headless",
    "--kiosk",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
];
const PAINTED_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(5);
const REQUEST_BYTES_MAX: usize = 4_096;

/// A running browser. Dropping it ends it.
pub struct Browser {
    child: Child,
    /// From its start to the first contentful paint of the page.
    pub first_paint: Duration,
}

/// The typefaces of both.
pub fn fonts() -> Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).join("../kiosk-app/ui/fonts").canonicalize()?)
}

impl Browser {
    /// Starts it on the page, with a profile in `dir` that outlives it, and waits for the paint.
    pub fn start(dir: &Path) -> Result<Self> {
        let ear = TcpListener::bind("127.0.0.1:0")?;
        ear.set_nonblocking(true)?;
        let page = dir.join("welcome.html");
        let html = include_str!("welcome.html").replace("FONTS", &format!("file://{}", fonts()?.display()));
        fs::write(&page, html.replace("REPORT", &format!("http://{}/", ear.local_addr()?)))?;
        let started = SystemTime::now();
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "chromium"])
            .args(ARGUMENTS)
            .args(["--window-size=1080,1920", &format!("--user-data-dir={}", dir.join("profile").display())])
            .arg(format!("file://{}", page.display()))
            .env("HOME", dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("chromium: apt-get install chromium (cargo xtask test does)")?;
        let mut browser = Self { child, first_paint: Duration::ZERO };
        let painted = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(reported(&ear)? / 1_000.0);
        browser.first_paint = painted.duration_since(started).context("painted before it was started")?;
        Ok(browser)
    }

    /// Its first process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Milliseconds since 1970 that the page reports as the time of its paint.
fn reported(ear: &TcpListener) -> Result<f64> {
    let give_up_at = Instant::now() + PAINTED_WITHIN;
    while Instant::now() < give_up_at {
        match ear.accept() {
            Ok((stream, _)) => {
                if let Some(ms) = asked(stream) {
                    return Ok(ms);
                }
            }
            Err(_) => std::thread::sleep(LOOK_EVERY),
        }
    }
    bail!("the page was not painted within {PAINTED_WITHIN:?}")
}

/// The number behind the question mark of a request.
fn asked(mut stream: TcpStream) -> Option<f64> {
    stream.set_nonblocking(false).ok()?;
    let mut request = [0; REQUEST_BYTES_MAX];
    let count = stream.read(&mut request).ok()?;
    stream.write_all(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").ok()?;
    let text = String::from_utf8_lossy(request.get(..count)?).into_owned();
    text.split_once('?')?.1.split(' ').next()?.parse().ok()
}
