//! The hand and the eye at a virtual touchscreen (`kiosk-screen`, `virtual:` target).

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::picture::{Grey, write_rgb};

/// How long the screen may take to answer one line.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often the screen is looked at while waiting for it to change.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Most screens named when the wanted one does not come.
const SEEN_MAX: usize = 20;

/// Where the middle of something is that a finger touches, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// From the left.
    pub x: u16,
    /// From the top.
    pub y: u16,
}

/// The kiosk's first service tile, with and without a note on priority above it. The end-to-end tests fail when the tile is
/// somewhere else.
pub const FIRST_TILE: Spot = Spot { x: 290, y: 600 };
/// The first of a person's own numbers, likewise.
pub const FIRST_TICKET: Spot = Spot { x: 290, y: 700 };
/// The kiosk's wide button at the foot of "number" and "apology" screens.
pub const FOOT_BUTTON: Spot = Spot { x: 540, y: 1538 };

/// What is on screen, without the picture.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Glance {
    /// Rises with every change of a pixel.
    pub revision: u64,
    /// The name of the screen shown, such as `choose-service`.
    pub title: String,
    width: u32,
    height: u32,
}

/// One look at the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is of.
    pub glance: Glance,
    rgb: Vec<u8>,
}

impl Frame {
    /// Writes the picture.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_rgb(path, self.glance.width, self.glance.height, &self.rgb)
    }

    /// The picture in grey values.
    #[must_use]
    pub fn grey(&self) -> Grey {
        Grey::of_rgb(self.glance.width as usize, self.glance.height as usize, &self.rgb)
    }
}

/// A virtual touchscreen, by its socket.
#[derive(Debug, Clone)]
pub struct Touchscreen {
    socket: PathBuf,
}

impl Touchscreen {
    /// The touchscreen served on `socket`; it may not be there yet.
    #[must_use]
    pub fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Looks once, without the picture: cheap, where a picture is 6 MB.
    ///
    /// # Errors
    /// Nobody serves the socket, or the answer is not understood.
    pub fn glance(&self) -> Result<Glance> {
        read_glance(&mut self.ask("look")?)
    }

    /// Looks once.
    ///
    /// # Errors
    /// Nobody serves the socket, or the answer is no frame.
    pub fn look(&self) -> Result<Frame> {
        let mut answer = self.ask("frame")?;
        let glance = read_glance(&mut answer)?;
        let mut rgb = vec![0; glance.width as usize * glance.height as usize * 3];
        answer.read_exact(&mut rgb)?;
        Ok(Frame { glance, rgb })
    }

    /// Touches one pixel: finger down, finger up.
    ///
    /// # Errors
    /// Nobody serves the socket, or the touch was refused.
    pub fn touch(&self, spot: Spot) -> Result<()> {
        let Spot { x, y } = spot;
        let mut line = String::new();
        self.ask(&format!("touch {x} {y}"))?.read_line(&mut line)?;
        if line.trim_end() == "ok" { Ok(()) } else { bail!("touch at {x}, {y}: {}", line.trim_end()) }
    }

    /// Looks until a picture of one of the screens `titles` satisfies `wanted`.
    ///
    /// # Errors
    /// None did within `patience`; the error names the screens seen instead.
    pub fn wait_for(&self, titles: &[&str], patience: Duration, wanted: impl Fn(&Frame) -> bool) -> Result<Frame> {
        let mut judged = None;
        wait(titles, patience, || {
            let glance = self.glance()?;
            if !titles.contains(&glance.title.as_str()) || judged.as_ref() == Some(&glance) {
                return Ok(Err(glance.title));
            }
            let frame = self.look()?;
            if titles.contains(&frame.glance.title.as_str()) && wanted(&frame) {
                return Ok(Ok(frame));
            }
            Ok(Err(judged.insert(frame.glance).title.clone()))
        })
    }

    /// Looks until the screen is one of `titles`; its title.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    pub fn wait_for_title(&self, titles: &[&str], patience: Duration) -> Result<String> {
        wait(titles, patience, || {
            let title = self.glance()?.title;
            Ok(if titles.contains(&title.as_str()) { Ok(title) } else { Err(title) })
        })
    }

    fn ask(&self, line: &str) -> Result<BufReader<UnixStream>> {
        let mut stream =
            UnixStream::connect(&self.socket).with_context(|| format!("no screen at {}", self.socket.display()))?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        writeln!(stream, "{line}")?;
        Ok(BufReader::new(stream))
    }
}

/// Calls `look` until it finds what is wanted instead of the title of something else.
fn wait<T>(titles: &[&str], patience: Duration, mut look: impl FnMut() -> Result<Result<T, String>>) -> Result<T> {
    let give_up_at = Instant::now() + patience;
    let mut seen: Vec<String> = Vec::new();
    while Instant::now() < give_up_at {
        let other = match look() {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(other)) => other,
            Err(error) => format!("{error:#}"),
        };
        // In their order: a screen that came and went tells more than the one that stayed.
        if seen.last() != Some(&other) && seen.len() < SEEN_MAX {
            seen.push(other);
        }
        thread::sleep(LOOK_EVERY);
    }
    let seen = if seen.is_empty() { "nothing at all".to_owned() } else { seen.join(", then ") };
    bail!("waited {patience:?} for {}, saw {seen}", titles.join(" or "))
}

fn read_glance(answer: &mut impl BufRead) -> Result<Glance> {
    let mut line = String::new();
    answer.read_line(&mut line)?;
    serde_json::from_str(&line).with_context(|| format!("not what a screen says: {}", line.trim_end()))
}
