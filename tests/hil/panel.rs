//! The kiosk's own panel code on a kernel's virtual panel: pixels, touches and keys, in a guest with one program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use xtask::image::build_root::BuildRoot;
use xtask::image::guest::{Guest, PANEL_DRIVERS, Purpose};
use xtask::image::sources;
use xtask::inner_cargo::cargo;

use crate::machine::touch_events;
use crate::qmp::Qmp;
use crate::say;
use crate::screen::Pixels;

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
/// From power on to a line of the guest, or from a touch to its effect, on a machine that stands still at times.
const LIMIT: Duration = Duration::from_mins(4);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a finger stays.
const TOUCH: Duration = Duration::from_millis(150);
/// How long keys that must reach nobody are given to do so, before what follows them is looked at.
const SETTLED: Duration = Duration::from_secs(2);
/// Size of each mark and of the design, in units of the design.
const MARK: (f64, f64) = (120.0, 80.0);
const DESIGN: (f64, f64) = (640.0, 480.0);
/// How far from its corner a mark is looked at and touched, in pixels.
const INSET: u32 = 30;

/// The picture's corners, clockwise from its upper left: what the guest calls them, and their colour.
const MARKS: [(&str, [u8; 3]); 4] =
    [("red", [255, 0, 0]), ("green", [0, 255, 0]), ("yellow", [255, 255, 0]), ("blue", [0, 0, 255])];
/// The panel's corners, clockwise from its upper left.
const CORNERS: [(u32, u32); 4] =
    [(INSET, INSET), (WIDTH - INSET, INSET), (WIDTH - INSET, HEIGHT - INSET), (INSET, HEIGHT - INSET)];
/// What the guest shows, one after the other: how many quarters the picture is turned, and a word for it.
const ROUNDS: [(usize, &str); 5] =
    [(0, "upright"), (1, "turned-90"), (2, "turned-180"), (3, "turned-270"), (0, "upright-flipping")];

struct Running {
    process: Child,
    qmp: Qmp,
    folder: PathBuf,
    /// Where the next line of the guest begins.
    read: usize,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or it is not needed any more.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Starts the guest and tries everything in it; pictures and what the guest told are left in `out`.
///
/// # Errors
/// What was seen instead.
pub fn run(build_root: &BuildRoot, folder: &Path, out: &Path) -> Result<()> {
    let program = program()?;
    let purpose = Purpose { program: &program, beside: &[], drivers: PANEL_DRIVERS };
    let guest = Guest::make(folder, &sources::of_this_machine()?, &purpose)?;
    let mut running = start(build_root, &guest, folder)?;
    let tried = running.try_everything(out);
    fs::copy(running.folder.join("serial.log"), out.join("panel.log")).ok();
    tried.with_context(|| format!("see {}", out.join("panel.log").display()))
}

/// Built beside this program.
fn program() -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--locked", "--quiet", "--package", "kiosk-screen", "--example", "panel_guest"]);
    ensure!(command.status()?.success(), "the guest's program cannot be built");
    let own = std::env::current_exe()?;
    let folder = own.parent().context("this program is in no folder")?;
    Ok(folder.join("examples/panel_guest"))
}

fn start(build_root: &BuildRoot, guest: &Guest, folder: &Path) -> Result<Running> {
    let folder = folder.join("guest");
    fs::create_dir_all(&folder)?;
    for file in ["qmp.sock", "serial.log"] {
        fs::remove_file(folder.join(file)).ok();
    }
    let beside = guest.kernel.parent().context("the kernel is in no folder")?;
    let images = guest.initramfs.parent().context("the initramfs is in no folder")?;
    let mut command = build_root.command([folder.as_path(), beside, images], "qemu-system-x86_64");
    command.args(["-nodefaults", "-no-reboot", "-display", "none", "-accel", "tcg", "-smp", "2", "-m", "768"]);
    command.arg("-kernel").arg(&guest.kernel).arg("-initrd").arg(&guest.initramfs);
    command.args(["-append", "console=ttyS0 quiet panic=-1"]);
    command.args(["-device", &format!("virtio-gpu-pci,xres={WIDTH},yres={HEIGHT}")]);
    command.args(["-device", "virtio-multitouch-pci", "-device", "virtio-keyboard-pci"]);
    command.args(["-serial", &format!("file:{}", folder.join("serial.log").display())]);
    command.args(["-qmp", &format!("unix:{},server=on,wait=off", folder.join("qmp.sock").display())]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(folder.join("qemu.log"))?);
    let process = command.spawn().context("cannot start QEMU")?;
    let qmp = Qmp::connect(&folder.join("qmp.sock"))
        .with_context(|| fs::read_to_string(folder.join("qemu.log")).unwrap_or_default())?;
    Ok(Running { process, qmp, folder, read: 0 })
}

impl Running {
    fn try_everything(&mut self, out: &Path) -> Result<()> {
        self.tells("console listens")?;
        // Otherwise nothing could be said about keys that do not reach it.
        self.keys(&["a", "ret"])?;
        self.tells("console heard")?;
        for (turns, name) in ROUNDS {
            self.try_angle(turns, name, out).with_context(|| name.to_owned())?;
        }
        self.tells("done")?;
        let all = self.told()?;
        let heard = all.iter().filter(|line| line.contains("console heard")).count();
        ensure!(heard == 1, "the console heard keys while the panel was in use: {all:#?}");
        Ok(())
    }

    fn try_angle(&mut self, turns: usize, name: &str, out: &Path) -> Result<()> {
        let first = self.tells("first frame")?;
        let moved = self.tells("moved")?;
        say(&format!("    {name}: {first}; {moved} of a panel of {} pixels", WIDTH * HEIGHT));
        self.tells("ready")?;
        self.compare(turns, &out.join(format!("panel-{name}.png")))?;
        for (index, (mark, _)) in MARKS.iter().enumerate() {
            self.touch(CORNERS[(index + turns) % 4])?;
            self.tells_next(&format!("pressed {mark}"))?;
        }
        // Typed, as a scanner in keyboard mode or a passer-by would: into nothing, and no restart.
        self.keys(&["a", "b", "ret"])?;
        self.keys(&["ctrl", "alt", "delete"])?;
        self.keys(&["alt", "f2"])?;
        thread::sleep(SETTLED);
        self.touch((WIDTH / 2, HEIGHT / 2))?;
        self.tells("pressed next")?;
        self.tells("ended with exit status: 0").map(drop)
    }

    /// The marks are at the turned corners, each of its exact size.
    fn compare(&mut self, turns: usize, picture: &Path) -> Result<()> {
        let file = self.folder.join("look.ppm");
        let (width, height) = if turns.is_multiple_of(2) { (WIDTH, HEIGHT) } else { (HEIGHT, WIDTH) };
        let scale = (f64::from(width) / DESIGN.0).min(f64::from(height) / DESIGN.1);
        let expected = MARK.0 * scale * MARK.1 * scale;
        let give_up_at = Instant::now() + LIMIT;
        loop {
            self.qmp.execute("screendump", json!({ "filename": file, "format": "ppm" }))?;
            let seen = Pixels::of_ppm(&fs::read(&file)?)?;
            seen.save(picture)?;
            let wrong = MARKS.iter().enumerate().find(|(index, (_, colour))| {
                let at = CORNERS[(index + turns) % 4];
                seen.pixel(at) != Some(*colour) || (seen.count(*colour) as f64 - expected).abs() > 0.5
            });
            match wrong {
                None => return Ok(()),
                Some((_, (mark, colour))) if Instant::now() > give_up_at => {
                    bail!(
                        "{mark} is not where it should be, or has {} pixels instead of {expected}",
                        seen.count(*colour)
                    )
                }
                Some(_) => thread::sleep(LOOK_EVERY),
            }
        }
    }

    fn touch(&mut self, at: (u32, u32)) -> Result<()> {
        let (down, up) = touch_events(at, (WIDTH, HEIGHT));
        self.qmp.execute("input-send-event", json!({ "events": down }))?;
        thread::sleep(TOUCH);
        self.qmp.execute("input-send-event", json!({ "events": up })).map(drop)
    }

    fn keys(&mut self, names: &[&str]) -> Result<()> {
        let together = names.contains(&"alt");
        let key = |name: &&str| json!({ "type": "qcode", "data": name });
        if together {
            let keys: Vec<_> = names.iter().map(key).collect();
            return self.qmp.execute("send-key", json!({ "keys": keys })).map(drop);
        }
        for name in names {
            self.qmp.execute("send-key", json!({ "keys": [key(name)] }))?;
            thread::sleep(TOUCH);
        }
        Ok(())
    }

    fn told(&self) -> Result<Vec<String>> {
        let text = fs::read(self.folder.join("serial.log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        Ok(whole
            .lines()
            .filter_map(|line| line.trim_end().split_once("panel: "))
            .map(|(_, told)| told.to_owned())
            .collect())
    }

    /// Waits for the guest's next line with `text`; lines before it are passed over.
    fn tells(&mut self, text: &str) -> Result<String> {
        self.wait_for(text, |line| line.contains(text))
    }

    /// As [`tells`](Self::tells), and no other press comes before.
    fn tells_next(&mut self, text: &str) -> Result<String> {
        let line = self.wait_for(text, |line| line.starts_with("pressed"))?;
        ensure!(line == text, "expected {text:?}, got {line:?}");
        Ok(line)
    }

    fn wait_for(&mut self, text: &str, is_it: impl Fn(&str) -> bool) -> Result<String> {
        let give_up_at = Instant::now() + LIMIT;
        loop {
            let lines = self.told()?;
            if let Some((index, line)) = lines.iter().enumerate().skip(self.read).find(|(_, line)| is_it(line)) {
                self.read = index + 1;
                return Ok(line.clone());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the guest ended with {status} before it told {text:?}");
            }
            ensure!(Instant::now() < give_up_at, "the guest did not tell {text:?}");
            thread::sleep(LOOK_EVERY);
        }
    }
}
