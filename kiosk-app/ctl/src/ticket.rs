use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use kiosk_hal::printer::TicketFace;
use serde_json::{Value, json};
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::encode::means::NvGraphics;
use thermal_printer_escpos::encode::nv::{self, FinitePicture, KeyCode, Stock};
use thermal_printer_escpos::encode::{Job, Proof, Sheet};
use thermal_printer_escpos::profile::Confirmation;
use thermal_printer_escpos::ticket::{self, Layout, Logo};

use crate::chosen::{ChosenPrinter, WireKind};
use crate::face::{self, Paper};

/// Largest logo file read, in bytes.
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
    /// The roll, in mm; otherwise what the file says, or 80
    #[arg(long, value_enum)]
    paper: Option<Paper>,
    /// The hospital's logo, a PNG
    #[arg(long)]
    logo: Option<PathBuf>,
}

#[derive(Args)]
pub struct Encode {
    /// The ticket's fields as JSON
    ticket: PathBuf,
    /// Where the bytes go
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    printer: ChosenPrinter,
    /// How the printer is attached
    #[arg(long, value_enum, default_value_t = WireKind::Usb)]
    link: WireKind,
    /// Where the bytes go that write the ticket's shared pictures into the printer, once and not for each ticket
    #[arg(long)]
    stock: Option<PathBuf>,
    /// The hospital's logo, a PNG
    #[arg(long)]
    logo: Option<PathBuf>,
}

/// Runs one command on tickets.
pub fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<()> {
    let line = match command {
        Command::Render(render) => render_ticket(render)?,
        Command::Encode(encode) => encode_ticket(encode)?,
    };
    writeln!(out, "{line}")?;
    Ok(())
}

fn render_ticket(render: &Render) -> anyhow::Result<Value> {
    let read = face::read(&render.ticket)?;
    let paper = render.paper.or(read.paper).unwrap_or(Paper::Mm80).width();
    let layout = Layout { paper, logo: logo(render.logo.as_deref())?, ..Layout::default() };
    let sheet = compose(&read.face, &layout)?;
    let canvas = sheet.canvas();
    write_png(canvas, &render.png).with_context(|| format!("writing {}", render.png.display()))?;
    Ok(json!({ "ok": true, "width_dots": canvas.width_dots(), "height_dots": canvas.height_dots() }))
}

fn encode_ticket(encode: &Encode) -> anyhow::Result<Value> {
    let (family, profile) = encode.printer.profile(encode.link)?;
    let sheet = compose(&face::read(&encode.ticket)?.face, &profile.layout(logo(encode.logo.as_deref())?))?;
    let means = profile.means();
    let pictures: Vec<FinitePicture> = match means.nv_graphics {
        NvGraphics::Absent => Vec::new(),
        NvGraphics::KeyCodes => nv::finite_pictures(&sheet).collect(),
    };
    let stock = Stock::of(&pictures);
    if let Some(path) = &encode.stock {
        anyhow::ensure!(!pictures.is_empty(), "{family} keeps no pictures on this link");
        fs::write(path, stock.definition(&pictures)).with_context(|| format!("writing {}", path.display()))?;
    }
    let proof = match profile.confirmation {
        Confirmation::ProcessId => Proof::ProcessIds(0),
        Confirmation::EtbCounter | Confirmation::PresenterSensor | Confirmation::None => Proof::PaperSensor,
    };
    let job = Job::encode(&sheet, &means, &stock, &ticket::cells(&sheet), profile.automatic_status, proof);
    fs::write(&encode.out, job.bytes()).with_context(|| format!("writing {}", encode.out.display()))?;
    let keys: Vec<String> = pictures.iter().filter_map(|picture| stock.key(picture)).map(hex).collect();
    Ok(json!({
        "ok": true, "bytes": job.len(), "rows": job.rows(), "dots_flipped": job.dots_flipped(),
        "profile": family, "stored": keys,
    }))
}

fn hex(key: KeyCode) -> String {
    key.bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn logo(path: Option<&Path>) -> anyhow::Result<Option<Logo>> {
    let Some(path) = path else { return Ok(None) };
    let name = || format!("reading the logo {}", path.display());
    let bytes = fs::metadata(path).with_context(name)?.len();
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "{}: {bytes} bytes, at most {FILE_BYTES_MAX} allowed", name());
    Logo::from_png(&fs::read(path).with_context(name)?).map(Some).with_context(name)
}

fn compose(face: &TicketFace, layout: &Layout) -> anyhow::Result<Sheet> {
    ticket::compose(face, layout).context("drawing the ticket")
}

/// Draws a face; the error names the field.
pub fn draw(face: &TicketFace) -> anyhow::Result<TicketCanvas> {
    ticket::draw(face).context("drawing the ticket")
}

/// Reads a ticket's fields, whatever paper they are for.
pub fn read_face(path: &Path) -> anyhow::Result<TicketFace> {
    Ok(face::read(path)?.face)
}

/// One bit a pixel; black is 0 in a PNG and 1 on the head.
fn write_png(canvas: &TicketCanvas, path: &Path) -> anyhow::Result<()> {
    let (width, height) = (canvas.width_dots(), canvas.height_dots());
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let white_is_one: Vec<u8> = canvas.packed().iter().map(|bits| !bits).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&white_is_one)?;
    writer.finish()?;
    Ok(())
}
