use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, Subcommand};
use device_links::{CameraAddress, CameraLink};
use kiosk_hal::frame::{FrameSource, GreyFrame};
use kiosk_hal::scanner::Scan;
use qr_camera::{CameraScanner, Outcome};
use serde_json::{Value, json};

use crate::scanner::listen_to;

/// Longest file read, in bytes: more than a picture of the most pixels takes, packed badly.
const FILE_BYTES_MAX: u64 = 200_000_000;

/// How long a camera may take for its first frame.
const FIRST_FRAME: Duration = Duration::from_secs(10);

#[derive(Subcommand)]
pub enum Command {
    /// Read the QR codes in pictures, one JSON object a file. Prints payloads, and so personal data
    #[command(after_help = "Exit status: 0 when every file could be read as a picture, with codes in it or without; \
                            1 when one could not: its line has an \"error\", and the others are read all the same.")]
    Decode(Decode),
    /// Print one JSON object for each code held up to a camera
    Listen(Listen),
    /// Write one frame of a camera to a file, to see what it sees
    Frame(Frame),
}

#[derive(Args)]
pub struct Decode {
    /// Pictures: PNG, JPEG or binary PGM
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Only what a live frame is given: a thirtieth of a second on a kiosk's board, instead of up to some seconds
    #[arg(long)]
    live: bool,
}

#[derive(Args)]
pub struct Listen {
    /// Where the camera is, such as camera:/dev/video0
    #[arg(long)]
    camera: CameraAddress,
    /// Stop after this many seconds [default: never]
    #[arg(long)]
    seconds: Option<u64>,
    /// Print what the codes say, too
    #[arg(long)]
    show_personal: bool,
}

#[derive(Args)]
pub struct Frame {
    /// Where the camera is, such as camera:/dev/video0
    #[arg(long)]
    camera: CameraAddress,
    /// The file to write, as a binary PGM. It may show a patient's card
    out: PathBuf,
}

/// Runs one command on pictures or a camera.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match command {
        Command::Decode(decode) => decode_files(decode, out),
        Command::Listen(listen) => {
            let mut scanner = CameraScanner::new(open(&listen.camera)?);
            listen_to(&mut scanner, listen.seconds, listen.show_personal, |_| Ok(()), out)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Frame(frame) => {
            let mut camera = open(&frame.camera)?;
            let until = camera.now() + FIRST_FRAME;
            let seen = camera.next_frame(until).context("waiting for a frame")?;
            write_pgm(&frame.out, &seen)?;
            let size = json!({ "file": frame.out.to_string_lossy(), "width": seen.width(), "height": seen.height() });
            writeln!(out, "{size}")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn open(address: &CameraAddress) -> anyhow::Result<CameraLink> {
    CameraLink::open(address).context("opening the camera")
}

fn decode_files(decode: &Decode, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut ended = ExitCode::SUCCESS;
    for file in &decode.files {
        let begun = Instant::now();
        let mut line = match read(file, decode.live) {
            Ok(outcome) => described(&outcome),
            Err(error) => {
                ended = ExitCode::FAILURE;
                json!({ "error": format!("{error:#}"), "payloads_hex": [] })
            }
        };
        line["file"] = file.to_string_lossy().into();
        line["ms"] = tenths(begun.elapsed()).into();
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    Ok(ended)
}

fn read(file: &Path, live: bool) -> anyhow::Result<Outcome> {
    let mut bytes = Vec::new();
    let opened = File::open(file).context("opening the file")?;
    opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).context("reading the file")?;
    anyhow::ensure!(bytes.len() as u64 <= FILE_BYTES_MAX, "expected at most {FILE_BYTES_MAX} bytes");
    let frame = qr_camera::picture::grey(&bytes)?;
    Ok(if live { qr_camera::Reader::new().read(&frame) } else { qr_camera::read_still(&frame) })
}

fn described(outcome: &Outcome) -> Value {
    let hex = |scan: &Scan| scan.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let payloads: Vec<String> = outcome.codes.iter().map(hex).collect();
    let mut line = json!({ "payloads_hex": payloads, "work": outcome.work });
    if outcome.too_long > 0 {
        line["too_long"] = outcome.too_long.into();
    }
    line
}

/// Milliseconds to one place.
fn tenths(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e4).round() / 10.0
}

fn write_pgm(path: &Path, frame: &GreyFrame) -> anyhow::Result<()> {
    let mut file = File::create(path).with_context(|| format!("creating {}", path.display()))?;
    let header = format!("P5\n{} {}\n255\n", frame.width(), frame.height());
    file.write_all(header.as_bytes()).and_then(|()| file.write_all(frame.pixels())).context("writing the frame")
}
