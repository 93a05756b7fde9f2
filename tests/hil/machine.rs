//! The virtual machine.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use xtask::demo::picture::Grey;
use xtask::demo::touchscreen::Spot;

use crate::Bench;
use crate::inside::{Shell, Watched, credentials};
use crate::qemu::{Panel, Switch, Usb, arguments, is_free};
use crate::qmp::Qmp;
use crate::screen::{self, Pixels};
use crate::wires::Wires;

/// From power on to the welcome screen. Half a minute on a quiet machine, several on one that stands still at times.
pub const BOOT_LIMIT: Duration = Duration::from_mins(10);
/// From a touch or a scan to the screen that follows.
pub const SCREEN_LIMIT: Duration = Duration::from_mins(4);
/// How often the machine is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The same when a moment is measured.
const GLANCE_EVERY: Duration = Duration::from_millis(200);
/// How long a machine runs on after a look that it stood still for, as a multiple of that and at most.
const RUNS_PER_LOOK: u32 = 3;
const RUNS_AT_MOST: Duration = Duration::from_secs(3);
/// How many changes of the panel a failure is told with.
const SEEN_MAX: usize = 6;
/// How long a finger stays on the panel.
const TOUCH: Duration = Duration::from_millis(300);
/// Largest value of a touch on either axis.
const AXIS_MAX: u32 = 0x7fff;
/// What a touch is called while it lasts, and what says that it has ended (Linux, multi-touch protocol B,
/// ABS_MT_TRACKING_ID): QEMU passes both on as they are.
const FINGER: i32 = 1;
const NO_FINGER: i32 = -1;
/// A slow stick: half a minute for an image, so that pulling it out hits the middle.
const STICK_BYTES_PER_SECOND: u32 = 4 << 20;

/// What the machine is plugged into.
#[derive(Debug, Clone, Copy)]
pub struct Plugs {
    pub scanner: SocketAddr,
    pub printer: SocketAddr,
    pub card: SocketAddr,
}

/// A running machine. Dropping it cuts its power.
pub struct Machine<'w> {
    process: Child,
    disk: PathBuf,
    qmp: Qmp,
    folder: PathBuf,
    wires: &'w Wires,
    /// The last picture of the panel.
    seen: Pixels,
    out: PathBuf,
    /// Where the journal of the running boot begins, in bytes.
    journal_from: usize,
}

impl<'w> Machine<'w> {
    /// Switches the machine on. What belongs to it lies beside `disk`; `stick` is an image of a USB stick.
    ///
    /// # Errors
    /// QEMU does not start.
    pub fn start(bench: &Bench, disk: &Path, wires: &'w Wires, stick: Option<&Path>) -> Result<Self> {
        Self::with_panel(Panel::Upright, bench, disk, wires, stick.map_or(Usb::Nothing, Usb::Stick))
    }

    /// As [`start`](Self::start), and nothing of a test takes time from the boot.
    ///
    /// # Errors
    /// QEMU does not start.
    pub fn measured(bench: &Bench, disk: &Path, wires: &'w Wires) -> Result<Self> {
        Self::switch_on(Panel::Upright, bench, disk, wires, Usb::Nothing, Watched::OnceItIsGood)
    }

    /// As [`start`](Self::start), with another panel than a kiosk's.
    ///
    /// # Errors
    /// QEMU does not start.
    pub fn with_panel(panel: Panel, bench: &Bench, disk: &Path, wires: &'w Wires, usb: Usb<'_>) -> Result<Self> {
        Self::switch_on(panel, bench, disk, wires, usb, Watched::FromTheStart)
    }

    fn switch_on(
        panel: Panel,
        bench: &Bench,
        disk: &Path,
        wires: &'w Wires,
        usb: Usb<'_>,
        watched: Watched,
    ) -> Result<Self> {
        let folder = disk.parent().context("the disk is in no folder")?;
        let out = bench.out.clone();
        for socket in ["qmp.sock", "shell.sock"] {
            fs::remove_file(folder.join(socket)).ok();
        }
        let mut command = bench.build_root.command([folder], "qemu-system-x86_64");
        command.args(arguments(folder, disk, panel, wires.plugs.card, usb));
        command.args(credentials(watched).iter().flat_map(|value| ["-smbios", value]));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(folder.join("qemu.log"))?);
        let process = command.spawn().context("cannot start QEMU")?;
        let qmp = Qmp::connect(&folder.join("qmp.sock"))
            .with_context(|| fs::read_to_string(folder.join("qemu.log")).unwrap_or_default())?;
        let mut machine = Self {
            process,
            disk: disk.to_owned(),
            qmp,
            folder: folder.to_owned(),
            wires,
            seen: Pixels::default(),
            out,
            journal_from: 0,
        };
        machine.plug("scanner")?;
        machine.plug("printer")?;
        Ok(machine)
    }

    /// Plugs the scanner or the printer in.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn plug(&mut self, name: &str) -> Result<()> {
        let Plugs { scanner, printer, card: _ } = self.wires.plugs;
        let address = if name == "scanner" { scanner } else { printer };
        let backend = json!({ "type": "socket", "data": {
            "addr": { "type": "inet", "data": { "host": address.ip().to_string(), "port": address.port().to_string() } },
            "server": false, "reconnect-ms": 500 } });
        self.qmp.execute("chardev-add", json!({ "id": format!("{name}-line"), "backend": backend }))?;
        let device = json!({ "driver": "usb-serial", "bus": "usb.0", "id": name, "serial": name,
            "chardev": format!("{name}-line") });
        self.qmp.execute("device_add", device).map(drop)
    }

    /// Pulls it out.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn unplug(&mut self, name: &str) -> Result<()> {
        self.qmp.execute("device_del", json!({ "id": name }))?;
        let line = format!("{name}-line");
        // The line is free once the device is gone.
        wait("the device to be gone", SCREEN_LIMIT, || {
            Ok(self.qmp.execute("chardev-remove", json!({ "id": line })).ok().map(drop))
        })
    }

    /// Plugs a stick in that can be written to slowly, or not at all.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn plug_stick(&mut self, name: &str, file: &Path, switch: Switch) -> Result<()> {
        let read_only = matches!(switch, Switch::Protected);
        let limits = json!({ "bps-write": STICK_BYTES_PER_SECOND });
        let group = format!("{name}-speed");
        self.qmp.execute("object-add", json!({ "qom-type": "throttle-group", "id": group, "limits": limits }))?;
        let file = json!({ "driver": "file", "filename": file, "read-only": read_only });
        let raw = json!({ "driver": "raw", "file": file, "read-only": read_only });
        let slow = json!({ "driver": "throttle", "node-name": name, "throttle-group": group, "file": raw,
            "read-only": read_only });
        self.qmp.execute("blockdev-add", slow)?;
        let device = json!({ "driver": "usb-storage", "bus": "usb.0", "id": name, "drive": name, "serial": name,
            "removable": true });
        self.qmp.execute("device_add", device).map(drop)
    }

    /// Pulls a stick out, in the middle of whatever is done to it.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn pull_stick(&mut self, name: &str) -> Result<()> {
        self.qmp.execute("device_del", json!({ "id": name })).map(drop)
    }

    /// Types a line on the machine's keyboard: of digits, small letters and slashes.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn type_line(&mut self, text: &str) -> Result<()> {
        let names = text.chars().map(|key| if key == '/' { "slash".to_owned() } else { key.to_string() });
        for name in names.chain(["ret".to_owned()]) {
            let keys = json!([{ "type": "qcode", "data": name }]);
            self.qmp.execute("send-key", json!({ "keys": keys }))?;
            thread::sleep(TOUCH);
        }
        Ok(())
    }

    /// Waits until the machine has switched itself off.
    ///
    /// # Errors
    /// It stays on.
    pub fn wait_for_off(mut self) -> Result<()> {
        wait("the machine to switch itself off", BOOT_LIMIT, || Ok(self.process.try_wait()?.map(drop)))
    }

    /// Takes a picture of the panel, from outside.
    ///
    /// # Errors
    /// QEMU makes none.
    pub fn look(&mut self) -> Result<()> {
        // A machine stands still while QEMU packs a PNG.
        let file = self.folder.join("look.ppm");
        self.qmp.execute("screendump", json!({ "filename": file, "format": "ppm" }))?;
        self.seen = Pixels::of_ppm(&fs::read(&file)?)?;
        Ok(())
    }

    /// Keeps the last picture as `NAME.png` in the folder of results.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep_picture(&mut self, name: &str) -> Result<()> {
        self.seen.save(&self.out.join(format!("{name}.png")))
    }

    /// Waits until the panel shows one of `names`, and no other screen of the rehearsal more; the picture.
    ///
    /// # Errors
    /// It shows something else all the time; the last picture and the journal are kept.
    pub fn sees(&mut self, names: &[&str], limit: Duration) -> Result<(&'static str, Grey)> {
        let (mut known, mut seen): (_, Vec<(&str, usize, Pixels)>) = (None, Vec::new());
        let found = wait(&format!("the screen {}", names.join(" or ")), limit, || {
            if let Some(status) = self.process.try_wait()? {
                bail!("QEMU ended with {status}: {}", fs::read_to_string(self.folder.join("qemu.log"))?);
            }
            // The machine stands still meanwhile: a screen that is there for seconds is not missed on a slow host.
            let stopped = Instant::now();
            self.qmp.execute("stop", json!({}))?;
            let (nearest, permille) = self.nearest(known)?;
            known = Some((nearest, permille));
            self.qmp.execute("cont", json!({}))?;
            match seen.last_mut().filter(|(last, ..)| *last == nearest) {
                Some((_, least, _)) if *least <= permille => {}
                Some((_, least, pixels)) => (*least, *pixels) = (permille, self.seen.clone()),
                None => seen.push((nearest, permille, self.seen.clone())),
            }
            if seen.len() > SEEN_MAX {
                seen.remove(0);
            }
            if names.contains(&nearest) && permille <= screen::PERMILLE_MAX {
                return Ok(Some((nearest, self.seen.grey())));
            }
            // It must get on as well, however long the look took.
            thread::sleep(stopped.elapsed().saturating_mul(RUNS_PER_LOOK).min(RUNS_AT_MOST));
            Ok(None)
        });
        found.or_else(|error| {
            for (number, (_, _, pixels)) in (1..).zip(&seen) {
                pixels.save(&self.out.join(format!("failed-{number}.png")))?;
            }
            fs::copy(self.folder.join("journal.log"), self.out.join("failed.log")).ok();
            self.keep_registers();
            let seen: Vec<_> = seen.iter().map(|(name, permille, _)| (name, permille)).collect();
            Err(error.context(format!("saw, each with the least of a thousand pixels that differed: {seen:?}")))
        })
    }

    /// When the panel first showed `name`: as [`sees`](Self::sees), but the machine runs on meanwhile, and it is looked at
    /// several times a second.
    ///
    /// # Errors
    /// It shows something else all the time.
    pub fn first_shows(&mut self, name: &str, limit: Duration) -> Result<Instant> {
        let (give_up_at, mut known) = (Instant::now() + limit, None);
        while Instant::now() < give_up_at {
            let looked_at = Instant::now();
            let (nearest, permille) = self.nearest(known)?;
            if nearest == name && permille <= screen::PERMILLE_MAX {
                return Ok(looked_at);
            }
            known = Some((nearest, permille));
            thread::sleep(GLANCE_EVERY);
        }
        bail!("waited {} s for the screen {name}", limit.as_secs())
    }

    /// Where each processor stands, for a machine that hangs without a word. What failed is told, not this.
    fn keep_registers(&mut self) {
        let ask = json!({ "command-line": "info registers -a" });
        let said = self.qmp.execute("human-monitor-command", ask).ok();
        let said = said.as_ref().and_then(Value::as_str).unwrap_or("QEMU does not answer");
        fs::write(self.out.join("failed-registers.txt"), said).ok();
    }

    /// The screen of the rehearsal that the panel is nearest to, and how far it is. That is `known` of the last picture, which
    /// nothing is compared with again while it stands.
    fn nearest(&mut self, known: Option<(&'static str, usize)>) -> Result<(&'static str, usize)> {
        let last = std::mem::take(&mut self.seen);
        self.look()?;
        Ok(known.filter(|_| last == self.seen).unwrap_or_else(|| self.wires.screens.nearest(&self.seen.grey())))
    }

    /// Touches the panel and lets go.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn touch(&mut self, spot: Spot) -> Result<()> {
        let (down, up) = touch_events((spot.x.into(), spot.y.into()), Panel::Upright.pixels());
        self.qmp.execute("input-send-event", json!({ "events": down }))?;
        thread::sleep(TOUCH);
        self.qmp.execute("input-send-event", json!({ "events": up })).map(drop)
    }

    /// Waits until the journal holds a line with `text`; the journal so far.
    ///
    /// # Errors
    /// It does not come.
    pub fn journal_says(&mut self, text: &str, limit: Duration) -> Result<String> {
        let path = self.folder.join("journal.log");
        wait(&format!("the journal to say {text:?}"), limit, || {
            let whole = fs::read(&path).unwrap_or_default();
            let journal = String::from_utf8_lossy(whole.get(self.journal_from..).unwrap_or_default()).into_owned();
            Ok(journal.contains(text).then_some(journal))
        })
    }

    /// Waits until the machine has restarted; from here on its journal is that of the new boot.
    ///
    /// # Errors
    /// It does not restart.
    pub fn wait_for_restart(&mut self) -> Result<()> {
        self.journal_from = fs::read(self.folder.join("journal.log")).map_or(0, |whole| whole.len());
        self.journal_says("BdsDxe: starting", BOOT_LIMIT).map(drop)
    }

    /// A root shell inside, once the machine is up.
    ///
    /// # Errors
    /// It does not answer.
    pub fn shell(&mut self) -> Result<Shell> {
        self.journal_says("Started hil-shell.service", BOOT_LIMIT)?;
        Shell::connect(&self.folder.join("shell.sock"))
    }

    /// Keeps the journal as `NAME.log`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep_journal(&self, name: &str) -> Result<()> {
        fs::copy(self.folder.join("journal.log"), self.out.join(format!("{name}.log")))?;
        Ok(())
    }

    /// Cuts the power.
    pub fn power_cut(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
        // QEMU dies a moment after bubblewrap, by which it was started, and nothing starts from its disk before that. When it
        // stays, the next start says so.
        wait("QEMU to let go of the disk", SCREEN_LIMIT, || Ok(is_free(&self.disk)?.then_some(()))).ok();
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Asks until there is an answer.
///
/// # Errors
/// There is none within `limit`, or the question fails.
pub fn wait<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let give_up_at = Instant::now() + limit;
    while Instant::now() < give_up_at {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        thread::sleep(LOOK_EVERY);
    }
    bail!("waited {} s for {what}", limit.as_secs())
}

/// QMP's events of a finger that comes down at a pixel of the panel, and of its leaving.
pub fn touch_events((x, y): (u32, u32), (width, height): (u32, u32)) -> (Vec<Value>, Vec<Value>) {
    let scaled = |pixel: u32, side: u32| pixel * AXIS_MAX / side;
    let point = |kind: &str, finger: i32, axis: &str, value: u32| {
        let data = json!({ "type": kind, "slot": 0, "tracking-id": finger, "axis": axis, "value": value });
        json!({ "type": "mtt", "data": data })
    };
    let down = vec![
        point("begin", FINGER, "x", 0),
        point("data", FINGER, "x", scaled(x, width)),
        point("data", FINGER, "y", scaled(y, height)),
    ];
    (down, vec![point("end", NO_FINGER, "x", 0)])
}
