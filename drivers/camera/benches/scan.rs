//! Decode rate and time over the drawn corpus: `rqrr` alone, this crate live and still, and zbar and zxing-cpp when they
//! are installed. Prints one Markdown page.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement may fail by panicking, and prints its table"
)]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use corpus::chance::Chance;
use corpus::{Class, Specimen, specimen};
use kiosk_hal::frame::GreyFrame;
use qr_camera::{LIVE_WORK_MAX, Reader, read_still};
use rustix::time::{ClockId, clock_gettime};

/// Frames of each class.
const FRAMES: u64 = 80;

/// Frames of a burst: a second of a slow camera, or a third of one of a usual one.
const BURST_FRAMES: u64 = 10;

/// Codes of each class that are held up for a burst.
const BURSTS: u64 = 20;

/// Farthest that a burst's frame is moved, in pixels, and most that each pixel of it is lighter or darker.
const SHAKE_PIXELS: usize = 5;
const SHAKE_LEVELS: usize = 6;

/// Milliseconds on a core that a live frame may take: of 33 ms, on a core four times as fast as the kiosk's.
const LIVE_MS_MAX: f64 = 8.3;

/// What one decoder did with the frames of one class.
#[derive(Default, Clone)]
struct Tally {
    read: usize,
    wrong: usize,
    ms: Vec<f64>,
}

/// Our decoder with several chances.
const BURST: &str = "burst";

/// By decoder, then by class.
type Tallies = BTreeMap<String, BTreeMap<Class, Tally>>;

impl Tally {
    fn add(&mut self, specimen: &Specimen, found: &[Vec<u8>], ms: f64) {
        self.read += specimen.payloads.iter().filter(|payload| found.contains(payload)).count();
        self.wrong += found.iter().filter(|payload| !specimen.payloads.contains(payload)).count();
        self.ms.push(ms);
    }

    /// The time below which this share of the frames was done.
    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.ms.clone();
        sorted.sort_by(f64::total_cmp);
        let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or_default()
    }
}

fn rqrr_alone(frame: &GreyFrame) -> Vec<Vec<u8>> {
    let search = || {
        let pixel = |x: usize, y: usize| frame.pixels()[y * frame.width() + x];
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(frame.width(), frame.height(), pixel);
        let mut payloads = Vec::new();
        for grid in image.detect_grids() {
            let mut payload = Vec::new();
            if grid.decode_to(&mut payload).is_ok() {
                payloads.push(payload);
            }
        }
        payloads
    };
    catch_unwind(AssertUnwindSafe(search)).unwrap_or_default()
}

fn bytes(outcome: &qr_camera::Outcome) -> Vec<Vec<u8>> {
    outcome.codes.iter().map(|code| code.as_bytes().to_vec()).collect()
}

fn measured(tallies: &mut Tallies, name: &str, of: &Specimen, read: impl FnOnce() -> Vec<Vec<u8>>) {
    let begun = cpu_ms();
    let found = read();
    let ms = cpu_ms() - begun;
    tallies.entry(name.to_owned()).or_default().entry(of.class).or_default().add(of, &found, ms);
}

/// Milliseconds that the thread has been on a core: what other programs do meanwhile counts less than on the wall's clock.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The same frame as a hand and a sensor show it a moment later.
fn shaken(frame: &GreyFrame, chance: &mut Chance) -> GreyFrame {
    let (width, height) = (frame.width(), frame.height());
    let (right, down) = (chance.below(SHAKE_PIXELS), chance.below(SHAKE_PIXELS));
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        let row = (y + down).min(height - 1) * width;
        for x in 0..width {
            let level = i32::from(frame.pixels()[row + (x + right).min(width - 1)]);
            let other = level + chance.below(2 * SHAKE_LEVELS + 1) as i32 - SHAKE_LEVELS as i32;
            pixels.push(other.clamp(0, 255) as u8);
        }
    }
    GreyFrame::new(width, height, pixels).unwrap()
}

/// What is read of a code that is held up for a burst, and how many of its frames that took.
fn burst(of: &Specimen, reader: &mut Reader, number: u64) -> Vec<Vec<u8>> {
    let mut chance = Chance::new(number);
    let mut found: Vec<Vec<u8>> = Vec::new();
    for _ in 0..BURST_FRAMES {
        for code in bytes(&reader.read(&shaken(&of.frame, &mut chance))) {
            if !found.contains(&code) {
                found.push(code);
            }
        }
    }
    found
}

fn write_frame(folder: &Path, number: u64, of: &Specimen) {
    let path = folder.join(format!("{}-{number}.pgm", of.class as usize));
    let mut file = std::fs::File::create(path).unwrap();
    write!(file, "P5\n{} {}\n255\n", of.frame.width(), of.frame.height()).unwrap();
    file.write_all(of.frame.pixels()).unwrap();
}

/// Runs `peers.py` over the frames in `folder`; the lines about which decoders are there.
fn peers(folder: &Path, specimens: &BTreeMap<String, Specimen>, tallies: &mut Tallies) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers.py");
    let Ok(output) = Command::new("python3").arg(script).arg(folder).output() else {
        return vec!["- zbar, zxing-cpp: not measured, there is no `python3`".to_owned()];
    };
    let mut notes = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let decoder = line["decoder"].as_str().unwrap();
        if let Some(version) = line["version"].as_str() {
            notes.push(format!("- {decoder} {version}"));
        } else if line["missing"].is_string() {
            notes.push(format!("- {decoder}: not installed"));
        } else {
            let of = &specimens[line["file"].as_str().unwrap()];
            let found: Vec<Vec<u8>> = line["payloads_hex"].as_array().unwrap().iter().map(unhex).collect();
            let tally = tallies.entry(decoder.to_owned()).or_default().entry(of.class).or_default();
            tally.add(of, &found, line["ms"].as_f64().unwrap());
        }
    }
    notes
}

fn unhex(text: &serde_json::Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut tallies = Tallies::new();
    let mut specimens = BTreeMap::new();
    let (mut most_work, mut held_up) = (0, 0);
    std::panic::set_hook(Box::new(|_| ()));
    for class in Class::ALL {
        let (mut reader, mut bursts) = (Reader::new(), Reader::new());
        for number in 0..FRAMES {
            let of = specimen(class, number);
            measured(&mut tallies, "rqrr alone", &of, || rqrr_alone(&of.frame));
            measured(&mut tallies, "ours, live", &of, || {
                let outcome = reader.read(&of.frame);
                most_work = most_work.max(outcome.work);
                bytes(&outcome)
            });
            if number < BURSTS {
                let found = burst(&of, &mut bursts, number);
                tallies.entry(BURST.to_owned()).or_default().entry(class).or_default().add(&of, &found, 0.0);
                held_up += of.payloads.len();
            }
            measured(&mut tallies, "ours, still", &of, || bytes(&read_still(&of.frame)));
            write_frame(folder.path(), number, &of);
            specimens.insert(format!("{}-{number}.pgm", class as usize), of);
        }
    }
    drop(std::panic::take_hook());
    let notes = peers(folder.path(), &specimens, &mut tallies);
    print_page(&specimens, &tallies, &notes, most_work);
    print_bursts(&tallies[BURST], held_up);
    print_targets(&tallies);
}

/// The targets, in the columns that the page of all benches reads.
fn print_targets(tallies: &Tallies) {
    let read = |name: &str| tallies.get(name).map_or(0, |of| of.values().map(|tally| tally.read).sum::<usize>());
    let wrong: usize =
        ["ours, live", "ours, still"].iter().flat_map(|of| tallies[*of].values()).map(|of| of.wrong).sum();
    let p95 = all_times(&tallies["ours, live"]).quantile(0.95);
    println!("\n## Targets\n\n| what | target | here | met |\n|---|---|---|---|");
    let row = |what: &str, target: String, here: String, met: bool| {
        println!("| {what} | {target} | {here} | {} |", if met { "yes" } else { "no" });
    };
    let (peer, best) = ["zbar", "zxing-cpp"].map(|name| (name, read(name))).into_iter().max_by_key(|of| of.1).unwrap();
    let live = read("ours, live");
    row(
        "codes read live, beside the best peer",
        format!("≥ {best} ({peer})"),
        live.to_string(),
        live >= best && best > 0,
    );
    row("wrong payloads, live and still", "0".to_owned(), wrong.to_string(), wrong == 0);
    row("ms on a core, 95 of 100 live frames", format!("≤ {LIVE_MS_MAX}"), format!("{p95:.1}"), p95 <= LIVE_MS_MAX);
}

/// All frames of a decoder, whatever their class.
fn all_times(of: &BTreeMap<Class, Tally>) -> Tally {
    Tally { ms: of.values().flat_map(|tally| tally.ms.iter().copied()).collect(), ..Tally::default() }
}

fn print_bursts(of: &BTreeMap<Class, Tally>, held_up: usize) {
    let (read, wrong) = of.values().fold((0, 0), |(read, wrong), tally| (read + tally.read, wrong + tally.wrong));
    println!("\n## Held up to the camera\n");
    println!(
        "The first {BURSTS} codes of each class, {BURST_FRAMES} frames each, shaken by up to {} pixels and with",
        SHAKE_PIXELS - 1
    );
    println!(
        "new noise: {read} of {held_up} read live ({:.1} %), {wrong} wrong.",
        100.0 * read as f64 / held_up as f64
    );
    println!(
        "\nWhat reading the bytes of a token takes, in time and allocations, is in [identity.md](identity.md), made by"
    );
    println!("`cargo xtask bench identity`.");
}

fn print_page(specimens: &BTreeMap<String, Specimen>, tallies: &Tallies, notes: &[String], most_work: u64) {
    let order = ["rqrr alone", "zbar", "zxing-cpp", "ours, live", "ours, still"];
    let names: Vec<&str> = order.into_iter().filter(|name| tallies.contains_key(*name)).collect();
    let codes =
        |class: Class| specimens.values().filter(|of| of.class == class).map(|of| of.payloads.len()).sum::<usize>();
    println!("# Reading QR codes from frames\n");
    println!("Made by `cargo xtask bench scan`. {} drawn frames of 1280 x 720 and 640 x 480 in", specimens.len());
    println!("{} classes (`drivers/camera/tests/corpus`), the same for all, on one thread.\n", Class::ALL.len());
    println!("- *Live* is what the kiosk does with a frame of a stream: at most {LIVE_WORK_MAX} units of work.");
    println!(
        "  The most for any of these frames was {most_work}. Each frame here is a single chance; in a stream a code"
    );
    println!("  gets several, and the ways in which they are searched differ.");
    println!("- *Still* is what `kioskctl camera decode` does with a file.");
    for note in notes {
        println!("{note}");
    }
    println!("\n## Codes read, per cent\n\n| class | codes | {} |", names.join(" | "));
    println!("|---|---|{}", "---|".repeat(names.len()));
    for class in Class::ALL.into_iter().filter(|class| codes(*class) > 0) {
        let share = |name: &&str| format!("{:.1}", 100.0 * tallies[*name][&class].read as f64 / codes(class) as f64);
        println!(
            "| {} | {} | {} |",
            class.name(),
            codes(class),
            names.iter().map(share).collect::<Vec<_>>().join(" | ")
        );
    }
    let all: usize = Class::ALL.into_iter().map(codes).sum();
    let sum = |name: &str, of: fn(&Tally) -> usize| tallies[name].values().map(of).sum::<usize>();
    let share = |name: &&str| format!("**{:.1}**", 100.0 * sum(name, |tally| tally.read) as f64 / all as f64);
    println!("| **all** | {all} | {} |", names.iter().map(share).collect::<Vec<_>>().join(" | "));
    let wrong = |name: &&str| sum(name, |tally| tally.wrong).to_string();
    println!("| wrong payloads | | {} |", names.iter().map(wrong).collect::<Vec<_>>().join(" | "));
    println!("\n## Milliseconds on a core, a frame: median / 95 of 100 / longest\n\n| class | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len()));
    for class in Class::ALL {
        let times = |name: &&str| {
            let tally = &tallies[*name][&class];
            format!("{:.1} / {:.1} / {:.0}", tally.quantile(0.5), tally.quantile(0.95), tally.quantile(1.0))
        };
        println!("| {} | {} |", class.name(), names.iter().map(times).collect::<Vec<_>>().join(" | "));
    }
    let all = |name: &&str| {
        let all = all_times(&tallies[*name]);
        format!("**{:.1} / {:.1} / {:.0}**", all.quantile(0.5), all.quantile(0.95), all.quantile(1.0))
    };
    println!("| **all** | {} |", names.iter().map(all).collect::<Vec<_>>().join(" | "));
    println!("\nA frame every 33 ms on a core four times slower than this one leaves {LIVE_MS_MAX} ms here.");
}
