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

/// One look at the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Rises with every change of a pixel.
    pub revision: u64,
    /// The name of the screen shown, such as `choose-service`.
    pub title: String,
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    revision: u64,
    width: u32,
    height: u32,
    title: String,
}

impl Frame {
    /// Writes the picture.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_rgb(path, self.width, self.height, &self.rgb)
    }

    /// The picture in grey values.
    #[must_use]
    pub fn grey(&self) -> Grey {
        Grey::of_rgb(self.width as usize, self.height as usize, &self.rgb)
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

    /// Looks once.
    ///
    /// # Errors
    /// Nobody serves the socket, or the answer is no frame.
    pub fn look(&self) -> Result<Frame> {
        let mut answer = self.ask("frame")?;
        let mut line = String::new();
        answer.read_line(&mut line)?;
        let header: Header = serde_json::from_str(&line).with_context(|| format!("no frame: {}", line.trim_end()))?;
        let mut rgb = vec![0; header.width as usize * header.height as usize * 3];
        answer.read_exact(&mut rgb)?;
        Ok(Frame { revision: header.revision, title: header.title, width: header.width, height: header.height, rgb })
    }

    /// Touches one pixel: finger down, finger up.
    ///
    /// # Errors
    /// Nobody serves the socket, or the touch was refused.
    pub fn touch(&self, x: u32, y: u32) -> Result<()> {
        let mut line = String::new();
        self.ask(&format!("touch {x} {y}"))?.read_line(&mut line)?;
        if line.trim_end() == "ok" { Ok(()) } else { bail!("touch at {x}, {y}: {}", line.trim_end()) }
    }

    /// Looks until `wanted` says yes; the frame it said yes to.
    ///
    /// # Errors
    /// It did not within `patience`; the error names the screen seen last.
    pub fn wait_for(&self, what: &str, patience: Duration, mut wanted: impl FnMut(&Frame) -> bool) -> Result<Frame> {
        let give_up_at = Instant::now() + patience;
        let mut last = "nothing at all".to_owned();
        while Instant::now() < give_up_at {
            match self.look() {
                Ok(frame) if wanted(&frame) => return Ok(frame),
                Ok(frame) => last = frame.title,
                Err(error) => last = format!("{error:#}"),
            }
            thread::sleep(LOOK_EVERY);
        }
        bail!("waited {patience:?} for {what}, saw {last}")
    }

    /// Looks until the screen is one of `titles`.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    pub fn wait_for_title(&self, titles: &[&str], patience: Duration) -> Result<Frame> {
        self.wait_for(&titles.join(" or "), patience, |frame| titles.contains(&frame.title.as_str()))
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
