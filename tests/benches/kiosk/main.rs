//! `cargo xtask bench kiosk`: memory, processor time and delays of the shipped kiosk on its virtual touchscreen, beside the
//! same welcome screen as a page in Chromium's kiosk mode, in the same run and without a desktop both.
//!
//! Behind `--`, for trying it out: `--visits N` instead of 2,000, and `--debug` for the programs of the debug profile.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement talks to its reader and may fail loudly")]

mod browser;
mod usage;
mod visits;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use browser::Browser;
use usage::Memory;
use visits::{Visit, hurry, until_title, visit};
use xtask::demo::binaries::Binaries;
use xtask::demo::run_dir::RunDir;
use xtask::demo::stack::{Screens, Stack};
use xtask::demo::touchscreen::FIRST_TILE;

/// Starts of each program; the median counts.
const STARTS: usize = 7;
/// After a start, until memory is read and processor time counted.
const SETTLE: Duration = Duration::from_secs(10);
/// Over which processor time is counted: many turns of the card that moves on the welcome screen.
const IDLE: Duration = Duration::from_secs(36);
/// Over which processor time is counted while a screen moves all the time.
const MOVING: Duration = Duration::from_secs(4);
/// How slow the network is made for that, each way; the kiosk waits 8 s for an answer.
const SLOW: Duration = Duration::from_millis(2_500);
const VISITS: usize = 2_000;
/// After so many visits memory is taken as what it stays at.
const WARM: usize = 1_000;
/// What an allocator's own housekeeping may add from visit 1,000 to the last.
const GROWTH_KIB_MAX: u64 = 1_024;
const PICTURES_WRITTEN: &str = "pictures written into the printer";

/// The figures of one program.
struct Figures {
    first_frame: Vec<Duration>,
    memory: Memory,
    idle_percent: f64,
}

/// The kiosk after many visits.
struct Long {
    visits: Vec<Visit>,
    curve: Vec<(usize, Memory)>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let wanted = arguments.iter().skip_while(|argument| *argument != "--visits").nth(1);
    let count = wanted.map_or(Ok(VISITS), |text| text.parse())?;
    let debug = arguments.iter().any(|argument| argument == "--debug");
    let binaries = if debug { Binaries::build()? } else { Binaries::shipped()? };
    let run = RunDir::new()?;
    let mut stack = Stack::without_screens(run.path(), &binaries, Screens::Virtual)?;
    stack.fontconfig = Some(own_fonts(run.path())?);
    hurry(&stack);
    let ours = kiosk(&mut stack)?;
    let back = crashes(&mut stack)?;
    let log = run.path().join("kiosk.log");
    wait_for_pictures(&log)?;
    let moving = moving(&stack)?;
    let long = many(&stack, count)?;
    drop(stack);
    let theirs = chromium(run.path())?;
    page(&ours, &theirs, &back, moving, &long);
    Ok(())
}

/// fontconfig's file for a kiosk as on its image, which has no fonts but the program's own.
fn own_fonts(dir: &std::path::Path) -> Result<std::path::PathBuf> {
    let (file, fonts) = (dir.join("fonts.conf"), browser::fonts()?);
    let cache = dir.join("fontconfig");
    let (fonts, cache) = (fonts.display(), cache.display());
    fs::write(&file, format!("<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>\n"))?;
    Ok(file)
}

fn kiosk(stack: &mut Stack) -> Result<Figures> {
    let first_frame = (0..STARTS).map(|_| start(stack)).collect::<Result<_>>()?;
    std::thread::sleep(SETTLE);
    let pids = [stack.kiosk_pid().context("the kiosk runs")?];
    Ok(Figures { first_frame, memory: usage::memory(&pids)?, idle_percent: busy_percent(&pids, IDLE) })
}

/// From the start of the program to its welcome screen.
fn start(stack: &mut Stack) -> Result<Duration> {
    stack.kill_kiosk();
    let started = Instant::now();
    stack.start_kiosk()?;
    until_title(&stack.kiosk_screen(), &["welcome", "welcome-limited"])?;
    Ok(started.elapsed())
}

/// Kills the kiosk in the middle of a visit; from its next start to a welcome screen with the journal resolved.
fn crashes(stack: &mut Stack) -> Result<Vec<Duration>> {
    (0..STARTS)
        .map(|serial| {
            until_title(&stack.kiosk_screen(), &["welcome"])?;
            stack.scanner.with(|scanner| scanner.present(&visits::card(90_000 + serial)));
            until_title(&stack.kiosk_screen(), &["choose-service"])?;
            stack.kiosk_screen().touch(FIRST_TILE)?;
            start(stack)
        })
        .collect()
}

fn wait_for_pictures(log: &std::path::Path) -> Result<()> {
    let give_up_at = Instant::now() + Duration::from_secs(120);
    while !fs::read_to_string(log)?.contains(PICTURES_WRITTEN) {
        anyhow::ensure!(Instant::now() < give_up_at, "the kiosk writes no pictures into its printer");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Share of a core while the screen waits for a slow network, which it shows by something that moves all the time.
fn moving(stack: &Stack) -> Result<f64> {
    let screen = stack.kiosk_screen();
    until_title(&screen, &["welcome"])?;
    stack.network.delay(SLOW);
    stack.scanner.with(|scanner| scanner.present(&visits::card(80_000)));
    until_title(&screen, &["choose-service"])?;
    screen.touch(FIRST_TILE)?;
    until_title(&screen, &["issuing"])?;
    let percent = busy_percent(&[stack.kiosk_pid().context("the kiosk runs")?], MOVING);
    stack.network.delay(Duration::ZERO);
    until_title(&screen, &["welcome", "welcome-limited"])?;
    Ok(percent)
}

fn busy_percent(pids: &[u32], over: Duration) -> f64 {
    let (before, started) = (usage::cpu(pids), Instant::now());
    std::thread::sleep(over);
    (usage::cpu(pids) - before).as_secs_f64() / started.elapsed().as_secs_f64() * 100.0
}

fn many(stack: &Stack, count: usize) -> Result<Long> {
    let pids = [stack.kiosk_pid().context("the kiosk runs")?];
    let mut long = Long { visits: Vec::new(), curve: vec![(0, usage::memory(&pids)?)] };
    for serial in 1..=count {
        long.visits.push(visit(stack, serial)?);
        if serial == 100 || serial.is_multiple_of(WARM) || serial == count {
            long.curve.push((serial, usage::memory(&pids)?));
        }
    }
    Ok(long)
}

fn chromium(dir: &std::path::Path) -> Result<Figures> {
    let folder = dir.join("chromium");
    fs::create_dir_all(&folder)?;
    // The first start makes the profile, which no later one does.
    drop(Browser::start(&folder)?);
    let mut first_frame = Vec::new();
    for _ in 1..STARTS {
        first_frame.push(Browser::start(&folder)?.first_paint);
    }
    let browser = Browser::start(&folder)?;
    first_frame.push(browser.first_paint);
    std::thread::sleep(SETTLE);
    let pids = usage::family(browser.pid());
    Ok(Figures { first_frame, memory: usage::memory(&pids)?, idle_percent: busy_percent(&pids, IDLE) })
}

/// The `percent`th of 100 of the sorted times.
fn rank(times: impl IntoIterator<Item = Duration>, percent: usize) -> Duration {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1_024.0
}

fn page(ours: &Figures, theirs: &Figures, back: &[Duration], moving: f64, long: &Long) {
    println!("# The kiosk's program\n");
    println!(
        "`cargo xtask bench kiosk` writes this page. The shipped program (profile `dist`) draws 1080 x 1920 pixels into memory; \
         Chromium draws\nthe same welcome screen as a page (`tests/benches/kiosk/welcome.html`), with `--headless --kiosk` and no \
         GPU. Memory is the kernel's count, for Chromium of\nall its processes together. First frame: from exec, median of \
         {STARTS}; for Chromium the first contentful paint on a profile that is there already. The kiosk finds no fonts but its \
         own,\nas on its image, where fontconfig is not installed.\n"
    );
    println!("| welcome screen | kiosk | Chromium | Chromium / kiosk |\n|---|---:|---:|---:|");
    let row =
        |name: &str, ours: f64, theirs: f64| println!("| {name} | {ours:.1} | {theirs:.1} | {:.1} |", theirs / ours);
    let first = |figures: &Figures| ms(rank(figures.first_frame.iter().copied(), 50));
    row("PSS, MiB", mib(ours.memory.pss_kib), mib(theirs.memory.pss_kib));
    row("RSS, MiB", mib(ours.memory.rss_kib), mib(theirs.memory.rss_kib));
    row("first frame, ms", first(ours), first(theirs));
    row("share of a core, %, card moving now and then", ours.idle_percent, theirs.idle_percent);
    println!("\n| kiosk | median | 99 of 100 |\n|---|---:|---:|");
    let times = |name: &str, of: fn(&Visit) -> Duration| {
        let all = || long.visits.iter().map(of);
        println!("| {name}, ms | {:.1} | {:.1} |", ms(rank(all(), 50)), ms(rank(all(), 99)));
    };
    times("scan → services on screen", |visit| visit.scan_to_services);
    times("touch → next frame", |visit| visit.touch_to_frame);
    times("touch on a service → the ticket's first byte at the printer", |visit| visit.touch_to_byte);
    times("both together: scan → first byte, without the patient's thinking", Visit::scan_to_byte);
    println!(
        "| killed in a visit → ready again, ms | {:.0} | {:.0} |",
        ms(rank(back.to_vec(), 50)),
        ms(rank(back.to_vec(), 99))
    );
    println!("\nShare of a core while a screen moves all the time: {moving:.1} %.\n");
    println!("| visits | RSS, MiB | PSS, MiB |\n|---:|---:|---:|");
    for (count, memory) in &long.curve {
        println!("| {count} | {:.2} | {:.2} |", mib(memory.rss_kib), mib(memory.pss_kib));
    }
    targets(ours, theirs, back, long);
}

fn targets(ours: &Figures, theirs: &Figures, back: &[Duration], long: &Long) {
    println!("\n## Targets\n\n| what | target | here | met |\n|---|---|---|---|");
    let row = |what: &str, most: f64, here: f64, unit: &str| {
        let met = if here <= most { "yes" } else { "no" };
        println!("| {what} | ≤ {most}{unit} | {here:.3}{unit} | {met} |");
    };
    row("PSS beside Chromium's", 0.125, ours.memory.pss_kib as f64 / theirs.memory.pss_kib as f64, "");
    let first = |figures: &Figures| ms(rank(figures.first_frame.iter().copied(), 50));
    row("exec → first frame beside Chromium's", 0.2, first(ours) / first(theirs), "");
    row("welcome screen, share of a core", 1.0, ours.idle_percent, " %");
    row(
        "scan → ticket's first byte, 99 of 100",
        150.0,
        ms(rank(long.visits.iter().map(Visit::scan_to_byte), 99)),
        " ms",
    );
    let (count, last) = long.curve.last().unwrap();
    let (warm, before) = long.curve.iter().find(|(count, _)| *count >= WARM).unwrap_or(&long.curve[0]);
    let grown = last.rss_kib.saturating_sub(before.rss_kib);
    row(&format!("RSS, growth from visit {warm} to {count}, MiB"), mib(GROWTH_KIB_MAX), mib(grown), "");
    row("killed in a visit → ready again, longest", 2_000.0, ms(*back.iter().max().unwrap()), " ms");
}
