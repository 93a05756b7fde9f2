//! `cargo xtask bench print`: bytes of the reference ticket by profile and link, beside python-escpos, and the time it takes
//! to draw and encode it.
//!
//! python-escpos is measured when it is there: in the Python of `target/python-escpos` (a venv), or in `python3`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement talks to its reader and may fail loudly")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fontdue::{Font, FontSettings};
use kiosk_hal::printer::TicketFace;
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::encode::means::{Letters, Means, Numbers, QrCodes, RasterForm};
use thermal_printer_escpos::encode::nv::{Stock, finite_pictures};
use thermal_printer_escpos::encode::{AutomaticStatus, Job, Proof};
use thermal_printer_escpos::profile::{FAMILIES, Profile, Wire};
use thermal_printer_escpos::ticket::{self, Layout};

mod instructions;
#[path = "../tests/sample/mod.rs"]
mod sample;
mod wire;

/// Bytes a second assumed of USB full speed.
const USB_BYTES_PER_S: f64 = 1_000_000.0;
const BAUDS: [u32; 4] = [9_600, 19_200, 38_400, 115_200];
const ROUNDS: usize = 400;

/// Longest that drawing a ticket may take: beside the paper it is nothing.
const DRAWN_MAX: Duration = Duration::from_millis(1);
/// Longest from the call of `print` to the first byte on the wire.
const FIRST_BYTE_MAX: Duration = Duration::from_millis(2);

/// One way to print the ticket.
struct Way {
    name: String,
    bytes: usize,
}

fn main() {
    let face = sample::face();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, what, count] = arguments.as_slice()
        && mode == instructions::COUNTED
    {
        return instructions::rounds(&face, what, count);
    }
    println!("# The reference ticket on the wire");
    println!();
    println!(
        "`cargo xtask bench print` writes this page. Seconds are computed: 10 bits a byte on a serial line, 1 MB/s on USB."
    );
    println!(
        "The paper of this ticket takes {:.2} s at 200 mm/s. **Bold** = the wire is faster than the paper.",
        paper_s()
    );
    println!();
    println!("| way | bytes | 9,600 | 19,200 | 38,400 | 115,200 | USB |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let python = python_escpos(&face);
    for way in python.iter().flatten().chain(&ours(&face)) {
        println!("{}", row(way));
    }
    println!();
    let drawn = times(&face);
    println!();
    let first = first_byte(&face);
    println!();
    counts();
    println!();
    targets(&face, drawn, first);
    println!();
    match &python {
        Some(_) => println!("python-escpos was measured in the same run."),
        None => println!(
            "python-escpos was not found. `python3 -m venv target/python-escpos && target/python-escpos/bin/pip install \
             python-escpos==3.1` and run again."
        ),
    }
}

fn paper_s() -> f64 {
    let rows = job(&sample::face(), &Profile::epson_80_mm(Wire::Fast)).rows();
    (f64::from(rows) / 8.0 + 12.0) / 200.0
}

fn row(way: &Way) -> String {
    let seconds = |per_s: f64| {
        let s = way.bytes as f64 / per_s;
        if s <= paper_s() { format!("**{s:.3}**") } else { format!("{s:.2}") }
    };
    let bauds: Vec<String> = BAUDS.iter().map(|baud| seconds(f64::from(*baud) / 10.0)).collect();
    format!("| {} | {} | {} | {} |", way.name, way.bytes, bauds.join(" | "), seconds(USB_BYTES_PER_S))
}

/// What a profile sends in the steady state: its stock is in the printer.
fn job(face: &TicketFace, profile: &Profile) -> Job {
    let sheet = ticket::compose(face, &profile.layout(None)).unwrap();
    let pictures: Vec<_> = finite_pictures(&sheet).collect();
    let cells = ticket::cells(&sheet);
    let status = profile.automatic_status;
    Job::encode(&sheet, &profile.means(), &Stock::of(&pictures), &cells, status, Proof::ProcessIds(1))
}

fn ours(face: &TicketFace) -> Vec<Way> {
    let mut ways = Vec::new();
    for family in FAMILIES {
        for (link, wire) in [("USB", Wire::Fast), ("serial", Wire::Serial { baud: 9_600 })] {
            let bytes = job(face, &(family.profile)(wire)).len();
            ways.push(Way { name: format!("ours, {} on {link}", family.name), bytes });
        }
    }
    let epson = Profile::epson_80_mm(Wire::Serial { baud: 9_600 });
    let mut defined = epson;
    defined.slow_wire = Means { letters: Letters::Defined, ..epson.slow_wire };
    ways.push(Way { name: "ours, epson-80mm with `ESC &` letters on serial".into(), bytes: job(face, &defined).len() });
    let mut native = epson;
    native.slow_wire = Means {
        numbers: Numbers::Characters,
        qr_codes: QrCodes::Native,
        letters: epson
            .proven(thermal_printer_escpos::encode::means::TcvnPages { small: 30, capital: 31 })
            .slow_wire
            .letters,
        ..Means::dots(RasterForm::BitImage)
    };
    ways.push(Way { name: "ours, TCVN-3 without stored pictures on serial".into(), bytes: job(face, &native).len() });
    ways
}

fn targets(face: &TicketFace, drawn: Duration, first: Duration) {
    let serial = Wire::Serial { baud: 9_600 };
    let proven = thermal_printer_escpos::profile::Family::named("epson-80mm-tcvn3").unwrap();
    println!("## Targets\n\n| what | target | here | met |\n|---|---|---|---|");
    let row = |what: &str, most: usize, bytes: usize| {
        let met = if bytes <= most { "yes" } else { "no" };
        println!("| bytes: {what} | ≤ {most} | {bytes} | {met} |");
    };
    let sheet = ticket::compose(face, &Layout::default()).unwrap();
    for (form, name) in [(RasterForm::BitImage, "`GS v 0`"), (RasterForm::Graphics, "`GS ( L`")] {
        let job = Job::encode(
            &sheet,
            &Means::dots(form),
            &Stock::empty(),
            &[],
            AutomaticStatus::Faults,
            Proof::ProcessIds(1),
        );
        row(&format!("any printer on USB, {name}"), 29_000, job.len());
    }
    row("stored pictures on serial", 5_000, job(face, &Profile::epson_80_mm(serial)).len());
    row("proven pages on serial, steady state", 400, job(face, &(proven.profile)(serial)).len());
    for (what, most, here) in [
        ("drawing the ticket", DRAWN_MAX, drawn),
        ("first byte on the wire, from the call of `print`", FIRST_BYTE_MAX, first),
    ] {
        let met = if here < most { "yes" } else { "no" };
        println!("| {what}, µs | < {} | {} | {met} |", most.as_micros(), here.as_micros());
    }
}

/// Prints the instructions that say the same on a busy machine.
fn counts() {
    let Some([drawn, first]) = instructions::counts() else {
        println!("Without valgrind (`apt-get install valgrind`) no instructions are counted.");
        return;
    };
    println!("| instructions, counted by callgrind | thousands |\n|---|---:|");
    println!("| draw the ticket | {} |", drawn / 1_000);
    println!("| from the call of `print` to the first byte on the wire | {} |", first / 1_000);
}

/// Prints what drawing and encoding take; what drawing takes.
fn times(face: &TicketFace) -> Duration {
    let layout = Layout::default();
    let sheet = ticket::compose(face, &layout).unwrap();
    let fast = Means::dots(RasterForm::BitImage);
    let drawn = median(|| drop(black_box(ticket::compose(face, &layout))));
    let encoded = median(|| {
        let job = Job::encode(&sheet, &fast, &Stock::empty(), &[], AutomaticStatus::Faults, Proof::ProcessIds(1));
        drop(black_box(job));
    });
    let font = include_bytes!("../fonts/NotoSans-Bold.ttf").as_slice();
    let font = Font::from_bytes(font, FontSettings { scale: 64.0, ..FontSettings::default() }).unwrap();
    let letters = median(|| rasterize(&font, face));
    println!("| step | median of {ROUNDS}, µs | times fontdue alone |");
    println!("|---|---:|---:|");
    for (name, time) in [
        ("fontdue alone, the letters of the ticket at their sizes", letters),
        ("draw the ticket; its letters are kept from the tickets before", drawn),
        ("encode it as dots", encoded),
    ] {
        println!("| {name} | {} | {:.2} |", time.as_micros(), time.as_secs_f64() / letters.as_secs_f64());
    }
    drawn
}

/// Prints when the first byte is on the wire; that time.
fn first_byte(face: &TicketFace) -> Duration {
    let bytes = job(face, &Profile::epson_80_mm(Wire::Fast)).bytes();
    let [first, bare] = wire::first_byte(face, &bytes);
    println!("| from the call of `print` on a printer that is ready | median, µs | times a bare write |");
    println!("|---|---:|---:|");
    for (name, time) in [
        (format!("a bare write of the {} bytes of the ticket into the same socket", bytes.len()), bare),
        ("to the first byte on the wire: the ticket is drawn before".into(), first),
    ] {
        println!("| {name} | {} | {:.1} |", time.as_micros(), time.as_secs_f64() / bare.as_secs_f64());
    }
    first
}

/// The lower bound of drawing: every letter of the ticket once.
fn rasterize(font: &Font, face: &TicketFace) {
    let small =
        [&face.hospital, &face.address, &face.title, &face.department, &face.service, &face.place, &face.patient]
            .into_iter()
            .chain([&face.priority, &face.ahead, &face.wait, &face.issued_at])
            .chain(&face.footer);
    for letter in small.flat_map(|text| text.chars()) {
        black_box(font.rasterize(letter, 26.0));
    }
    for letter in face.number.chars() {
        black_box(font.rasterize(letter, 140.0));
    }
}

fn median(mut act: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            act();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

/// python-escpos on the same picture and the same words; `None` when it is not installed.
fn python_escpos(face: &TicketFace) -> Option<Vec<Way>> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = crate_folder.join("../../target/python-escpos/bin/python3");
    let python = if venv.exists() { venv } else { PathBuf::from("python3") };
    let folder = tempfile::tempdir().unwrap();
    let (picture, text) = (folder.path().join("ticket.png"), folder.path().join("ticket.txt"));
    write_png(ticket::compose(face, &Layout::default()).unwrap().canvas(), &picture);
    std::fs::write(&text, words(face)).unwrap();
    let script = crate_folder.join("benches/python_escpos.py");
    let output = Command::new(python).arg(script).args([&picture, &text]).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = said.lines().filter_map(|line| line.split_once('\t'));
    let version = lines.next()?.1.to_owned();
    let way = |(name, bytes): (&str, &str)| {
        Some(Way { name: format!("python-escpos {version}, {name}"), bytes: bytes.parse().ok()? })
    };
    lines.map(way).collect()
}

fn words(face: &TicketFace) -> String {
    let plain = |text: &String| format!("plain\t{text}\n");
    let bold = |text: &String| format!("bold\t{text}\n");
    let top = [bold(&face.hospital), plain(&face.address), bold(&face.title), bold(&face.department)].concat();
    let middle =
        [plain(&face.service), bold(&face.place), format!("number\t{}\n", face.number), bold(&face.patient)].concat();
    let bottom = [bold(&face.priority), plain(&face.ahead), plain(&face.wait), plain(&face.issued_at)].concat();
    let footer: String = face.footer.iter().map(plain).collect();
    format!("{top}{middle}{bottom}qr\t{}\n{footer}", face.qr)
}

fn write_png(canvas: &TicketCanvas, path: &Path) {
    let file = std::fs::File::create(path).unwrap();
    let mut picture = png::Encoder::new(file, canvas.width_dots(), canvas.height_dots());
    picture.set_color(png::ColorType::Grayscale);
    picture.set_depth(png::BitDepth::One);
    let white_on_one: Vec<u8> = canvas.packed().iter().map(|bits| !bits).collect();
    picture.write_header().unwrap().write_image_data(&white_on_one).unwrap();
}
