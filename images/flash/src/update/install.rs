//! Carrying a question out: sticks are mounted by systemd, bundles are read and installed by RAUC.
//!
//! Nothing here mounts or writes a partition: systemd and RAUC's service do, because their rights are theirs already. One
//! question is answered at a time.

mod program;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use self::program::{Ran, run};
use super::rauc::{self, Info};
use super::sticks::{Stick, sticks};
use super::{Address, Age, BundleName, PartName, Progress, Question, Refusal, installed, refused};
use crate::first_boot::{self, Readers, SETTINGS, Setting};

/// Where sticks are mounted, below the root.
const STICKS: &str = "run/sticks";
/// Whoever holds it answers, below the root (kiosk-update@.service makes the folder).
const LOCK: &str = "run/kiosk-update/lock";
/// In [`SETTINGS`]: what was installed last, from which slot and in which boot.
const INSTALLED: &str = "update.json";
/// Most bundles of a stick that are read.
const BUNDLES_MAX: usize = 16;
/// Most names at the top of a stick that are looked at.
const NAMES_MAX: usize = 2_000;
/// Longest run of a program that mounts a stick or reads a bundle.
const PROGRAM_WAIT: Duration = Duration::from_secs(60);
/// Longest installation: an old stick or a slow line, and an old disk. RAUC cannot be told to stop.
const INSTALL_WAIT: Duration = Duration::from_hours(1);
/// Longest wait for a connection to the server of updates.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// Where this machine is with an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing was installed, or it runs.
    Idle,
    /// It was written and runs after a restart.
    RestartNeeded,
    /// The machine started the slot it was installed from again.
    RolledBack,
}

/// What was installed last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Installed {
    version: Option<String>,
    /// The slot that ran.
    from_slot: String,
    /// The boot in which it was written.
    boot: String,
}

/// What of `kiosk.toml` is about updates.
#[derive(Debug, Default, Deserialize)]
struct Settings {
    updates: Option<Address>,
    #[serde(default)]
    queue: Queue,
}

#[derive(Debug, Default, Deserialize)]
struct Queue {
    ca_file: Option<PathBuf>,
}

/// The machine below `root`.
#[derive(Debug, Clone)]
pub struct Machine {
    root: PathBuf,
    settings: PathBuf,
}

/// What runs.
struct Running {
    version: String,
    compatible: String,
    slot: String,
}

/// Why there is no update, and what was said about it.
struct No(Refusal, String);

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self(refusal, String::new())
    }
}

impl Machine {
    /// `settings` is its `kiosk.toml`, below `root`.
    #[must_use]
    pub fn new(root: &Path, settings: &Path) -> Self {
        Self { root: root.to_owned(), settings: root.join(settings.strip_prefix("/").unwrap_or(settings)) }
    }

    /// Answers a question. `tell` hears of each step; the answer is the last line.
    pub fn answer(&self, question: &Question, tell: &mut dyn FnMut(&Progress)) -> Value {
        let Some(_lock) = self.lock() else { return refused(Refusal::Busy, "") };
        let done = match question {
            Question::Show {} => Ok(self.show(&self.running())),
            Question::Look {} => Ok(self.look()),
            Question::InstallStick { stick, bundle } => self.install_stick(stick, bundle, tell),
            Question::InstallAddress {} => self.install_address(tell),
        };
        done.unwrap_or_else(|No(refusal, detail)| refused(refusal, &detail))
    }

    /// `None` while another question is being answered. A lock that cannot be made is none: RAUC itself installs one
    /// bundle at a time.
    fn lock(&self) -> Option<Option<File>> {
        let opened = OpenOptions::new().create(true).append(true).mode(0o600).open(self.root.join(LOCK));
        let Ok(file) = opened else { return Some(None) };
        match file.try_lock() {
            Ok(()) => Some(Some(file)),
            Err(fs::TryLockError::WouldBlock) => None,
            Err(fs::TryLockError::Error(_)) => Some(None),
        }
    }

    fn look(&self) -> Value {
        let running = self.running();
        let found = sticks(&self.root).unwrap_or_default();
        let mut shown = self.show(&running);
        shown["sticks"] = found.iter().map(|stick| self.described(stick, &running)).collect();
        shown
    }

    fn show(&self, running: &Running) -> Value {
        json!({
            "ok": true,
            "runs": {
                "version": running.version,
                "compatible": running.compatible,
                "slot": running.slot,
                "confirmed": self.root.join("run/tiep-don/slot-good").exists(),
            },
            "update": self.standing(&running.slot),
            "installed": self.installed().and_then(|installed| installed.version),
            "address": self.settings().updates,
        })
    }

    fn described(&self, stick: &Stick, running: &Running) -> Value {
        let described = |bundles: Vec<Value>, no: Option<No>| {
            let (error, detail) = no.map_or((None, None), |No(refusal, detail)| (Some(refusal), Some(detail)));
            json!({ "stick": stick.name, "label": stick.label, "error": error, "detail": detail, "bundles": bundles })
        };
        match self.mount(stick) {
            Ok(mounted) => {
                let bundles = bundles(&mounted.folder);
                described(bundles.iter().map(|name| Self::told(&mounted.folder, name, running)).collect(), None)
            }
            Err(no) => described(Vec::new(), Some(no)),
        }
    }

    fn told(folder: &Path, name: &BundleName, running: &Running) -> Value {
        match inspect(&folder.join(name.as_str())) {
            Ok(info) => {
                let age = info.version.as_deref().map(|version| Age::of(version, &running.version));
                let is_other = info.compatible != running.compatible;
                let error = is_other.then_some(Refusal::OtherMachine);
                json!({ "bundle": name, "version": info.version, "compatible": info.compatible, "age": age,
                    "error": error, "detail": null })
            }
            Err(No(refusal, detail)) => {
                json!({ "bundle": name, "version": null, "compatible": null, "age": null, "error": refusal,
                    "detail": detail })
            }
        }
    }

    fn install_stick(
        &self,
        name: &PartName,
        bundle: &BundleName,
        tell: &mut dyn FnMut(&Progress),
    ) -> Result<Value, No> {
        let found = sticks(&self.root).map_err(|error| No(Refusal::Stick, error.to_string()))?;
        let stick = found.iter().find(|stick| stick.name == *name).ok_or(Refusal::NotThere)?;
        let mounted = self.mount(stick)?;
        let path = mounted.folder.join(bundle.as_str());
        // A link would lead out of the stick.
        if !path.symlink_metadata().is_ok_and(|found| found.is_file()) {
            return Err(Refusal::NotThere.into());
        }
        let info = inspect(&path)?;
        let running = self.running();
        if info.compatible != running.compatible {
            let detail = format!("expected {}, got {}", running.compatible, info.compatible);
            return Err(No(Refusal::OtherMachine, detail));
        }
        self.forget();
        let done = install(&[path.as_os_str()], tell).map_err(|No(refusal, detail)| {
            let is_gone = !sticks(&self.root).is_ok_and(|now| now.iter().any(|there| there.name == *name));
            No(if is_gone { Refusal::StickGone } else { refusal }, detail)
        });
        done?;
        self.keep(info.version, running.slot)
    }

    fn install_address(&self, tell: &mut dyn FnMut(&Progress)) -> Result<Value, No> {
        let settings = self.settings();
        let address = settings.updates.ok_or(Refusal::NoAddress)?;
        let ca = settings.queue.ca_file.map(|path| format!("--tls-ca={}", path.display()));
        let arguments: Vec<&OsStr> =
            ca.iter().map(OsStr::new).chain([OsStr::new("--"), OsStr::new(address.as_str())]).collect();
        self.forget();
        install(&arguments, tell).map_err(|No(refusal, detail)| {
            // RAUC tells a server that is away and one whose certificate is wrong in the same words.
            let is_certificate = refusal == Refusal::NoConnection && is_reached(&address);
            // The bundle's signature was right, and a part of it did not come or is another.
            let is_cut_off = refusal == Refusal::Damaged && detail.contains("Input/output error");
            match (is_certificate, is_cut_off) {
                (true, _) => No(Refusal::ServerCertificate, detail),
                (false, true) => No(Refusal::Interrupted, detail),
                (false, false) => No(refusal, detail),
            }
        })?;
        let running = self.running();
        let arguments = ["status", "--detailed", "--output-format=json"].map(OsStr::new);
        let status = run("rauc", &arguments, PROGRAM_WAIT, &mut |_| ());
        let version = status.ok().and_then(|ran| rauc::version_beside(&ran.said, &running.slot));
        self.keep(version, running.slot)
    }

    /// The update is written: keeps what will run after a restart.
    fn keep(&self, version: Option<String>, from_slot: String) -> Result<Value, No> {
        let answer = installed(version.as_deref());
        let text = serde_json::to_string(&Installed { version, from_slot, boot: self.boot() });
        let text = text.map_err(|error| No(Refusal::Rauc, error.to_string()))?;
        let path = Path::new(SETTINGS).join(INSTALLED);
        let kept = first_boot::put(&Setting { path, text: Zeroizing::new(text), readers: Readers::All }, &self.root);
        // It is installed all the same; only the reminder is lost.
        Ok(match kept {
            Ok(()) => answer,
            Err(error) => json!({ "not_kept": error.to_string(), "ok": true, "installed": answer["installed"],
                "restart": "needed" }),
        })
    }

    /// RAUC is about to write over what waits for a restart.
    fn forget(&self) {
        // It is not there, as a rule.
        let _none = fs::remove_file(self.root.join(SETTINGS).join(INSTALLED));
    }

    fn installed(&self) -> Option<Installed> {
        let text = fs::read_to_string(self.root.join(SETTINGS).join(INSTALLED)).ok()?;
        // One of another version of this program says nothing.
        serde_json::from_str(&text).ok()
    }

    fn standing(&self, slot: &str) -> Standing {
        match self.installed() {
            Some(installed) if installed.boot == self.boot() => Standing::RestartNeeded,
            Some(installed) if installed.from_slot == slot => Standing::RolledBack,
            Some(_) | None => Standing::Idle,
        }
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_default()
    }

    fn boot(&self) -> String {
        self.text("proc/sys/kernel/random/boot_id").trim().to_owned()
    }

    fn running(&self) -> Running {
        let value = |text: &str, key: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            found.unwrap_or_default().trim().trim_matches('"').to_owned()
        };
        let command_line = self.text("proc/cmdline");
        let slot = command_line.split_whitespace().find_map(|word| word.strip_prefix("rauc.slot="));
        Running {
            version: value(&self.text("usr/lib/os-release"), "IMAGE_VERSION"),
            compatible: value(&self.text("etc/rauc/system.conf"), "compatible"),
            slot: slot.unwrap_or_default().to_owned(),
        }
    }

    /// Settings that cannot be read have no address: the kiosk's own check says what is wrong with them.
    fn settings(&self) -> Settings {
        let text = fs::read_to_string(&self.settings).unwrap_or_default();
        toml::from_str(&text).unwrap_or_default()
    }

    /// Mounts a stick by systemd, so that RAUC's service sees it as well.
    fn mount(&self, stick: &Stick) -> Result<Mounted, No> {
        let Some((file_system, options)) = stick.mounting() else {
            let found = stick.file_system.as_deref().unwrap_or("no file system");
            return Err(No(Refusal::Stick, format!("expected vfat, exfat or ext4, found {found}")));
        };
        let folder = self.root.join(STICKS).join(stick.name.as_str());
        let mounted = Mounted { folder };
        if stick.mounted_at.iter().any(|place| Path::new(place) == mounted.folder) {
            // An earlier question was cut off.
            mounted.unmount();
        }
        let (device, kind, options) = (stick.device(), format!("--type={file_system}"), format!("--options={options}"));
        let mut arguments = [OsStr::new("--no-ask-password"), OsStr::new("--quiet")].to_vec();
        arguments.extend(["--collect", "--fsck=no", &kind, &options].map(OsStr::new));
        arguments.extend([device.as_os_str(), mounted.folder.as_os_str()]);
        match run("systemd-mount", &arguments, PROGRAM_WAIT, &mut |_| ()) {
            Ok(ran) if ran.is_success => Ok(mounted),
            Ok(ran) => Err(No(Refusal::Stick, rauc::reason(&ran.said))),
            Err(error) => Err(No(Refusal::Stick, error.to_string())),
        }
    }
}

/// A mounted stick; unmounted when it is dropped.
struct Mounted {
    folder: PathBuf,
}

impl Mounted {
    fn unmount(&self) {
        // A stick that was pulled out is unmounted already.
        let _gone = run("systemd-umount", &[self.folder.as_os_str()], PROGRAM_WAIT, &mut |_| ());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.unmount();
    }
}

/// The bundles at the top of a folder, by name. A link is none.
fn bundles(folder: &Path) -> Vec<BundleName> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(NAMES_MAX);
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let names = files.filter_map(|entry| BundleName::try_from(entry.file_name().into_string().ok()?).ok());
    let mut names: Vec<BundleName> = names.collect();
    names.sort_unstable();
    names.truncate(BUNDLES_MAX);
    names
}

/// What a bundle says of itself, if its signature is one that this machine trusts.
fn inspect(bundle: &Path) -> Result<Info, No> {
    let arguments = [OsStr::new("info"), OsStr::new("--output-format=json"), OsStr::new("--"), bundle.as_os_str()];
    let ran = run("rauc", &arguments, PROGRAM_WAIT, &mut |_| ()).map_err(no_program)?;
    match rauc::info(&ran.said).filter(|_| ran.is_success) {
        Some(info) => Ok(info),
        None => Err(meant(&ran.said)),
    }
}

fn install(arguments: &[&OsStr], tell: &mut dyn FnMut(&Progress)) -> Result<(), No> {
    let arguments: Vec<&OsStr> = [OsStr::new("install")].into_iter().chain(arguments.iter().copied()).collect();
    let mut each = |line: &str| rauc::progress(line).iter().for_each(&mut *tell);
    let Ran { is_success, said } = run("rauc", &arguments, INSTALL_WAIT, &mut each).map_err(no_program)?;
    if is_success { Ok(()) } else { Err(meant(&said)) }
}

fn meant(said: &str) -> No {
    let reason = rauc::reason(said);
    No(rauc::meaning(&reason), reason)
}

fn no_program(error: io::Error) -> No {
    let refusal = if error.kind() == io::ErrorKind::TimedOut { Refusal::TooSlow } else { Refusal::NoRauc };
    No(refusal, error.to_string())
}

/// Whether the server of updates takes connections.
fn is_reached(address: &Address) -> bool {
    let Ok(mut addresses) = address.place().to_socket_addrs() else { return false };
    addresses.next().is_some_and(|address| TcpStream::connect_timeout(&address, CONNECT_WAIT).is_ok())
}
