//! `cargo xtask bench flash`: kiosk-flash beside `dd` and `bmaptool`, the same sparse image to a fresh loop device.
//!
//! Needs root for the loop device, `dd`, and `bmaptool` for its row. Each run gets a fresh, empty target, so that nothing
//! finds the right bytes there already; afterwards the target is compared with the image.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write as _};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

const IMAGE_BYTES: u64 = 2 << 30;
const PIECES: u64 = 402;
const PIECE_BYTES: usize = 1 << 20;
const RUNS: usize = 3;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bench = Bench { folder: folder.path() };
    make_image(&bench.image())?;
    let bmaptool = found("bmaptool", "--version");
    if bmaptool {
        checked(Command::new("bmaptool").arg("create").arg("-o").arg(bench.bmap()).arg(bench.image()))?;
    }
    let mut rows = vec![bench.row("dd bs=4M conv=fsync", "no", IMAGE_BYTES, |bench, target| {
        Command::new("dd")
            .arg(format!("if={}", bench.image().display()))
            .arg(format!("of={target}"))
            .args(["bs=4M", "conv=fsync", "status=none"])
            .output()
    })?];
    if bmaptool {
        rows.push(bench.row("bmaptool copy", "no", PIECES * PIECE_BYTES as u64, |bench, target| {
            Command::new("bmaptool")
                .args(["-q", "copy", "--bmap"])
                .arg(bench.bmap())
                .arg(bench.image())
                .arg(target)
                .output()
        })?);
    }
    rows.extend(bench.ours()?);
    io::stdout().write_all(page(&rows, bmaptool).as_bytes()).context("cannot print")
}

struct Row {
    what: &'static str,
    verified: &'static str,
    written: u64,
    /// Seconds, shortest first.
    seconds: Vec<f64>,
}

struct Bench<'a> {
    folder: &'a Path,
}

impl Bench<'_> {
    fn image(&self) -> PathBuf {
        self.folder.join("disk.img")
    }

    fn bmap(&self) -> PathBuf {
        self.folder.join("disk.img.bmap")
    }

    fn row(
        &self,
        what: &'static str,
        verified: &'static str,
        written: u64,
        write: impl Fn(&Self, &str) -> io::Result<Output>,
    ) -> Result<Row> {
        let mut seconds = Vec::new();
        for _ in 0..RUNS {
            let target = Loop::fresh(&self.folder.join("target"))?;
            let started = Instant::now();
            let output = write(self, &target.device)?;
            seconds.push(started.elapsed().as_secs_f64());
            ensure!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
            checked(Command::new("cmp").arg(self.image()).arg(&target.device))?;
        }
        seconds.sort_by(f64::total_cmp);
        Ok(Row { what, verified, written, seconds })
    }

    /// One set of runs gives two rows: up to the last byte written and flushed, and with everything read back.
    fn ours(&self) -> Result<[Row; 2]> {
        let mut writing = Vec::new();
        let written = PIECES * PIECE_BYTES as u64;
        let whole = {
            let writing = RefCell::new(&mut writing);
            self.row("kiosk-flash write", "all of it", written, |bench, target| {
                let started = Instant::now();
                let mut flasher = Command::new(env!("CARGO_BIN_EXE_kiosk-flash"))
                    .args(["write", "--unsigned", "--loop-device", "--yes", "--json", "--to", target])
                    .arg(bench.image())
                    .stdout(Stdio::piped())
                    .spawn()?;
                let lines = flasher.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
                // What was written is flushed before the first byte is read back.
                let mut written = None;
                for line in lines {
                    if line?.contains("\"reading_back\"") {
                        written.get_or_insert_with(|| started.elapsed().as_secs_f64());
                    }
                }
                writing.borrow_mut().extend(written);
                flasher.wait_with_output()
            })?
        };
        ensure!(writing.len() == RUNS, "kiosk-flash did not say when it read back");
        writing.sort_by(f64::total_cmp);
        Ok([Row { what: "kiosk-flash write, until flushed", verified: "not yet", written, seconds: writing }, whole])
    }
}

/// A loop device on an empty file, detached when dropped.
struct Loop {
    device: String,
}

impl Loop {
    fn fresh(file: &Path) -> Result<Self> {
        let _ = fs::remove_file(file);
        File::create_new(file)?.set_len(IMAGE_BYTES)?;
        let output = checked(Command::new("losetup").args(["--find", "--show"]).arg(file))?;
        Ok(Self { device: String::from_utf8_lossy(&output.stdout).trim().to_owned() })
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        // The next run makes its own.
        let _ = Command::new("losetup").arg("--detach").arg(&self.device).status();
    }
}

fn make_image(path: &Path) -> Result<()> {
    let file = File::create_new(path)?;
    file.set_len(IMAGE_BYTES)?;
    let mut state = 1_u64;
    let mut piece = vec![0_u8; PIECE_BYTES];
    for number in 0..PIECES {
        for bytes in piece.chunks_exact_mut(8) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.copy_from_slice(&state.to_le_bytes());
        }
        file.write_all_at(&piece, number * 5 * PIECE_BYTES as u64)?;
    }
    Ok(file.sync_all()?)
}

fn found(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
}

fn checked(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output)
}

fn page(rows: &[Row], bmaptool: bool) -> String {
    let ours = rows.last().map_or(1.0, |row| row.seconds[0]);
    let mut page = format!(
        "# Writing an image\n\n`cargo xtask bench flash`, as root. A {} MiB image with {PIECES} MiB of data to a fresh loop \
         device, {RUNS} runs each; the target is compared with the image after each run. Targets: at least as fast as \
         bmaptool, and with everything read back still under the time of dd.\n\n\
         | | bytes written | read back | seconds, best | seconds, worst | of kiosk-flash's best |\n|---|---|---|---|---|---|\n",
        IMAGE_BYTES >> 20
    );
    for Row { what, verified, written, seconds } in rows {
        let (best, worst) = (seconds[0], seconds[seconds.len() - 1]);
        page.push_str(&format!("| {what} | {written} | {verified} | {best:.2} | {worst:.2} | {:.2} |\n", best / ours));
    }
    page.push_str("\n## Targets\n\n| what | target | here | met |\n|---|---|---|---|\n");
    let best = |what: &str| rows.iter().find(|row| row.what.starts_with(what)).map(|row| row.seconds[0]);
    for (what, reference, ours) in [
        ("writing, times bmaptool's", best("bmaptool"), best("kiosk-flash write, until flushed")),
        ("writing and reading all back, times dd's", best("dd"), Some(ours)),
    ] {
        match (reference, ours) {
            (Some(reference), Some(ours)) => {
                let met = if ours <= reference { "yes" } else { "no" };
                page.push_str(&format!("| {what} | ≤ 1 | {:.2} | {met} |\n", ours / reference));
            }
            (_, _) => page.push_str(&format!("| {what} | ≤ 1 | not measured | no |\n")),
        }
    }
    if !bmaptool {
        page.push_str("\nbmaptool is not installed here: no row.\n");
    }
    page
}
