//! `kiosk-flash write`.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use kiosk_flash::drive::{Drive, Refusal};
use kiosk_flash::flash::{self, DriveState, FlashFailed, Progress, Step, Written};
use kiosk_flash::image::{Image, ImageError, Packing};
use kiosk_flash::manifest::Manifest;
use kiosk_flash::map::BlockMap;
use kiosk_flash::medium::Disk;
use kiosk_flash::provision::Provisioning;

use super::Machine;
use super::guided::confirmed;
use super::report::{Reader, Report};

/// The exit code when the drive was written to and does not start.
const EXIT_NOT_BOOTABLE: u8 = 3;

/// Exit codes: 0 the drive is written and was read back; 1 nothing was written; 3 the drive is not bootable, write again.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A release's manifest (NAME.json, signed), or with --unsigned an image: raw, gz, xz or zst.
    pub image: PathBuf,
    /// The drive, for example /dev/sdb or a link under /dev/disk/by-id.
    #[arg(long, value_name = "DRIVE", required_unless_present = "to_file")]
    pub to: Option<PathBuf>,
    /// Write to a plain file instead: a virtual machine's disk.
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    pub to_file: Option<PathBuf>,
    /// The minisign public key of the hospital's releases.
    #[arg(long, value_name = "FILE", conflicts_with = "unsigned", required_unless_present = "unsigned")]
    pub key: Option<PathBuf>,
    /// Take an image that nobody signed.
    #[arg(long)]
    pub unsigned: bool,
    /// Which parts of an unsigned image hold data; found by itself when it lies beside the image as NAME.bmap.
    #[arg(long, value_name = "FILE", requires = "unsigned")]
    pub bmap: Option<PathBuf>,
    /// Hospital, kiosk name, service, enrolment code, Wi-Fi and language of this machine, as TOML.
    #[arg(long, value_name = "FILE")]
    pub provisioning: Option<PathBuf>,
    /// Allow a drive built into this machine that nothing is mounted from: for an installer.
    #[arg(long)]
    pub internal: bool,
    /// Allow a loop device: for building and testing images.
    #[arg(long)]
    pub loop_device: bool,
    /// Do not ask before the drive's content is lost.
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub machine: Machine,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let reader = match (arguments.json, io::stderr().is_terminal()) {
        (true, _) => Reader::Program,
        (false, true) => Reader::Terminal,
        (false, false) => Reader::Log,
    };
    let provisioning = arguments.provisioning.as_deref().map(read_provisioning).transpose();
    let mut report = Report::new(reader);
    finish(provisioning.and_then(|provisioning| write(arguments, provisioning.as_ref(), &mut report)), &mut report)
}

/// Says how it ended, as words and as an exit code.
pub fn finish(done: Result<(String, Written)>, report: &mut Report) -> ExitCode {
    let error = match done {
        Ok((drive, written)) => {
            report.written(&drive, &written);
            return ExitCode::SUCCESS;
        }
        Err(error) => error,
    };
    let state = state_after(&error);
    report.failed(state, &error);
    match state {
        DriveState::Untouched => ExitCode::FAILURE,
        DriveState::NotBootable => ExitCode::from(EXIT_NOT_BOOTABLE),
    }
}

/// What `error` left of the drive.
pub fn state_after(error: &anyhow::Error) -> DriveState {
    error.downcast_ref::<FlashFailed>().map_or(DriveState::Untouched, |failed| failed.drive)
}

/// Checks everything that can be checked before the drive is opened, then writes.
pub fn write(
    arguments: &Arguments,
    provisioning: Option<&Provisioning>,
    report: &mut Report,
) -> Result<(String, Written)> {
    let drive = arguments.to.as_deref().map(|to| chosen(arguments, to)).transpose()?;
    let (mut image, map) = match &arguments.key {
        Some(key) => signed(arguments, key, report)?,
        None => unsigned(arguments, report)?,
    };
    if let Some(drive) = drive.as_ref().filter(|_| !arguments.yes) {
        confirmed(drive)?;
    }
    let (name, mut disk) = match (&drive, &arguments.to_file) {
        (Some(drive), _) => (drive.path.clone(), open_drive(drive)?),
        (None, Some(file)) => (file.display().to_string(), open_file(file, &map)?),
        (None, None) => bail!("no drive was named"),
    };
    let written = flash::flash(&mut image, &map, &mut disk, provisioning, &mut |progress| report.progress(progress))?;
    Ok((name, written))
}

/// The drive that was named, unless it is refused.
fn chosen(arguments: &Arguments, to: &Path) -> Result<Drive> {
    let real = to.canonicalize().with_context(|| format!("there is no {}", to.display()))?;
    let drives = if arguments.loop_device { arguments.machine.loop_devices()? } else { arguments.machine.drives()? };
    let Some(drive) = drives.into_iter().find(|drive| Path::new(&drive.path) == real) else {
        bail!("{} is no whole drive of this machine; see kiosk-flash list", real.display());
    };
    let allowed = |refusal: &&Refusal| !(arguments.internal && **refusal == Refusal::Internal);
    let refused: Vec<String> = drive.refused.iter().filter(allowed).map(ToString::to_string).collect();
    if !refused.is_empty() {
        bail!("{} is refused: {}", drive.path, refused.join(", "));
    }
    Ok(drive)
}

/// Opens the drive for nobody else, and makes sure that it is still the one that was looked at.
pub fn open_drive(drive: &Drive) -> Result<Disk> {
    let cannot =
        || format!("cannot open {} for writing: in use, write-protected, or not allowed for this user", drive.path);
    let disk = Disk::open_device(Path::new(&drive.path), drive.size_bytes).with_context(cannot)?;
    let (major, minor) = disk.device().with_context(cannot)?;
    let found = format!("{major}:{minor}");
    if found != drive.device {
        bail!("{} is another drive than a moment ago ({found}, was {}): list again", drive.path, drive.device);
    }
    Ok(disk)
}

fn open_file(path: &Path, map: &BlockMap) -> Result<Disk> {
    Disk::open_file(path, map.image_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

fn signed(arguments: &Arguments, key: &Path, report: &mut Report) -> Result<(Image, BlockMap)> {
    let manifest = Manifest::signed(&arguments.image, key)?;
    report.note(&format!("{} {} for {}, signed", manifest.product, manifest.version, manifest.machine));
    checked(manifest, arguments.image.parent().unwrap_or(Path::new("")), report)
}

/// The image of a manifest in `folder`, compared with it before any drive is touched.
pub fn checked(manifest: Manifest, folder: &Path, report: &mut Report) -> Result<(Image, BlockMap)> {
    let mut image = Image::open(&folder.join(&manifest.image.name))?;
    let (expected, found) = (manifest.image.bytes, image.file_bytes());
    if expected != found {
        return Err(ImageError::OtherSize { expected, found }.into());
    }
    if image.packing() == Packing::Raw {
        // Its holes need no reading: the map's hashes cover everything that is written.
        flash::check(&mut image, &manifest.map, &mut |progress| report.progress(progress))?;
    } else {
        let (step, total) = (Step::CheckingImage, expected);
        let found = image.sha256(|done| report.progress(Progress { step, done, total }))?;
        let expected = manifest.image.sha256;
        if found != expected {
            return Err(ImageError::OtherHash { expected, found }.into());
        }
    }
    Ok((image, manifest.map))
}

fn unsigned(arguments: &Arguments, report: &mut Report) -> Result<(Image, BlockMap)> {
    let mut image = Image::open(&arguments.image)?;
    report.note("NOT SIGNED: nobody says where this image is from");
    let map = match arguments.bmap.clone().or_else(|| bmap_beside(&arguments.image)) {
        Some(path) => {
            report.note(&format!("data by {}", path.display()));
            let xml = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            BlockMap::from_bmap(&xml).with_context(|| format!("{} is no block map", path.display()))?
        }
        None => match image.map_of_holes()? {
            Some(map) => map,
            None => {
                report.note("no block map: every byte is written, holes too");
                let (step, total) = (Step::CheckingImage, 0);
                BlockMap::whole(image.unpacked_bytes(|done| report.progress(Progress { step, done, total }))?)?
            }
        },
    };
    Ok((image, map))
}

/// `disk.img.zst.bmap`, `disk.img.bmap` or `disk.bmap`.
fn bmap_beside(image: &Path) -> Option<PathBuf> {
    let with_bmap = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".bmap");
        PathBuf::from(name)
    };
    let unpacked = image.with_extension("");
    [with_bmap(image), with_bmap(&unpacked), with_bmap(&unpacked.with_extension(""))]
        .into_iter()
        .find(|path| path.is_file())
}

pub fn read_provisioning(path: &Path) -> Result<Provisioning> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Provisioning::parse(&text).with_context(|| format!("{} cannot be used", path.display()))
}
