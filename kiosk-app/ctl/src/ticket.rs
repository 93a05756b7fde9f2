use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use kiosk_hal::printer::{Edition, TicketFace};
use serde::Deserialize;
use serde_json::json;
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::encode::{AutomaticStatus, Job, Proof};
use thermal_printer_escpos::ticket;

/// Largest ticket file read, in bytes. A real one has less than two thousand.
const FILE_BYTES_MAX: u64 = 65_536;

#[derive(Subcommand)]
pub enum Command {
    /// Draw a ticket into a PNG, a pixel for each dot
    Render(Render),
    /// Write the bytes a printer would get
    Encode(Encode),
}

#[derive(Args)]
pub struct Render {
    /// The ticket's fields as JSON
    ticket: PathBuf,
    /// Where the picture goes
    #[arg(long)]
    png: PathBuf,
}

#[derive(Args)]
pub struct Encode {
    /// The ticket's fields as JSON
    ticket: PathBuf,
    /// Where the bytes go
    #[arg(long)]
    out: PathBuf,
}

/// The fields of [`TicketFace`]. All but `number` may be left out and are then not printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaceFile {
    number: String,
    #[serde(default)]
    hospital: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    patient: String,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    ahead: String,
    #[serde(default)]
    issued_at: String,
    #[serde(default)]
    qr: String,
    #[serde(default)]
    footer: Vec<String>,
    #[serde(default)]
    edition: EditionWord,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum EditionWord {
    #[default]
    Original,
    Reprint,
}

/// Runs one command on tickets.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        Command::Render(render) => {
            let face = read_face(&render.ticket)?;
            let canvas = draw(&face)?;
            write_png(&canvas, &render.png).with_context(|| format!("writing {}", render.png.display()))?;
            let boxes = ticket::letters_without_glyph(&face).len();
            let (width, height) = size(&canvas);
            writeln!(out, "{}", json!({ "ok": true, "width_dots": width, "height_dots": height, "boxes": boxes }))?;
        }
        Command::Encode(encode) => {
            let job = Job::ticket(&draw(&read_face(&encode.ticket)?)?, AutomaticStatus::Faults, Proof::ProcessIds(0));
            fs::write(&encode.out, job.bytes()).with_context(|| format!("writing {}", encode.out.display()))?;
            let line =
                json!({ "ok": true, "bytes": job.len(), "rows": job.rows(), "dots_flipped": job.dots_flipped() });
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Reads a ticket's fields. The error names the place in the file, never what stands there.
pub fn read_face(path: &Path) -> anyhow::Result<TicketFace> {
    let name = || format!("reading the ticket {}", path.display());
    let bytes = fs::metadata(path).with_context(name)?.len();
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "{}: {bytes} bytes, at most {FILE_BYTES_MAX} allowed", name());
    let file: FaceFile = serde_json::from_slice(&fs::read(path).with_context(name)?).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        anyhow::anyhow!("{}: not the fields of a ticket at line {line} column {column}", name())
    })?;
    Ok(TicketFace {
        hospital: file.hospital,
        address: file.address,
        title: file.title,
        number: file.number,
        service: file.service,
        place: file.place,
        patient: file.patient,
        priority: file.priority,
        ahead: file.ahead,
        issued_at: file.issued_at,
        qr: file.qr,
        footer: file.footer,
        edition: match file.edition {
            EditionWord::Original => Edition::Original,
            EditionWord::Reprint => Edition::Reprint,
        },
    })
}

/// Draws a face; the error names the field.
pub fn draw(face: &TicketFace) -> anyhow::Result<TicketCanvas> {
    ticket::draw(face).context("drawing the ticket")
}

fn size(canvas: &TicketCanvas) -> (u32, u32) {
    (canvas.width_dots(), canvas.height_dots())
}

/// One bit a pixel; black is 0 in a PNG and 1 on the head.
fn write_png(canvas: &TicketCanvas, path: &Path) -> anyhow::Result<()> {
    let (width, height) = size(canvas);
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let white_is_one: Vec<u8> = canvas.packed().iter().map(|bits| !bits).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&white_is_one)?;
    writer.finish()?;
    Ok(())
}
