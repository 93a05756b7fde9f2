//! `kiosk-flash install`: what an installer stick runs on the panel of the machine it is plugged into.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use kiosk_flash::drive::Drive;
use kiosk_flash::first_boot;
use kiosk_flash::flash::{self, Written};
use kiosk_flash::image::Image;
use kiosk_flash::manifest::Manifest;
use kiosk_flash::map::BlockMap;
use kiosk_flash::provision::Provisioning;

use super::Machine;
use super::guided::{ask, confirmed, numbered, provisioning, say};
use super::report::{Reader, Report};
use super::write::{checked, open_drive, read_provisioning, state_after};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A folder with one release: NAME.json and its image, and NAME.json.minisig beside a NAME.pub where it is signed.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// What the machine becomes. It is asked for when the file is not there, and the file is removed once it was used.
    #[arg(long, value_name = "FILE")]
    provisioning: PathBuf,
    #[command(flatten)]
    machine: Machine,
}

/// Asks and writes until a disk holds the system: exit code 0 once a person has read so, 1 when nobody answers.
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut report = Report::new(Reader::Terminal);
    loop {
        let next = match install(arguments, &mut report) {
            Ok((drive, written)) => {
                report.written(&drive, &written);
                let next = "Press Enter to switch the machine off. Then take the stick out, and switch it on";
                return if ask(next).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            }
            Err(error) => {
                report.failed(state_after(&error), &error);
                ask("Press Enter to begin again")
            }
        };
        if next.is_err() {
            return ExitCode::FAILURE;
        }
    }
}

fn install(arguments: &Arguments, report: &mut Report) -> Result<(String, Written)> {
    say("\nTiếp Đón: install on a disk of this machine. Nothing is written before you say so.\n\n")?;
    let (mut image, map) = release(&arguments.from, report)?;
    let given = arguments.provisioning.is_file();
    let becomes = if given { read_provisioning(&arguments.provisioning)? } else { provisioning()? };
    say(&format!("This machine becomes {} of {}.\n\n", becomes.kiosk, becomes.hospital))?;
    let drive = chosen(&arguments.machine)?;
    confirmed(&offer(&drive))?;
    let written = write(&mut image, &map, &drive, &becomes, report)?;
    if given {
        first_boot::discard(&arguments.provisioning)?;
    }
    Ok((drive.path, written))
}

fn write(
    image: &mut Image,
    map: &BlockMap,
    drive: &Drive,
    becomes: &Provisioning,
    report: &mut Report,
) -> Result<Written> {
    let mut disk = open_drive(drive)?;
    Ok(flash::flash(image, map, &mut disk, Some(becomes), &mut |progress| report.progress(progress))?)
}

/// One of the disks that are built in. Others are shown with why they are refused.
fn chosen(machine: &Machine) -> Result<Drive> {
    let (offered, others): (Vec<Drive>, Vec<Drive>) =
        machine.drives()?.into_iter().partition(Drive::is_for_an_installer);
    for (number, drive) in (1..).zip(&offered) {
        say(&format!("{number}  {}\n", offer(drive)))?;
    }
    for drive in &others {
        say(&format!("-  {drive}\n"))?;
    }
    if offered.is_empty() {
        bail!("this machine has no disk of its own that may be written to");
    }
    Ok(numbered(&offered)?.clone())
}

/// How a disk is shown. All that is refused of it is that it is built in, which is what is wanted here.
fn offer(drive: &Drive) -> Drive {
    Drive { refused: Vec::new(), ..drive.clone() }
}

/// The release in `folder`, checked. Its key lies beside it: whoever can change the one can change the other, and it is
/// the writing of the stick that asks for the hospital's own.
fn release(folder: &Path, report: &mut Report) -> Result<(Image, BlockMap)> {
    let manifest = only(folder, "json")?.with_context(|| format!("there is no release in {}", folder.display()))?;
    let release = match only(folder, "pub")? {
        Some(key) => Manifest::signed(&manifest, &key)?,
        None => {
            report.note("NOT SIGNED: nobody says where this release is from");
            Manifest::unsigned(&manifest)?
        }
    };
    report.note(&format!("{} {} for {}", release.product, release.version, release.machine));
    checked(release, folder, report)
}

/// The one file in `folder` with this extension.
fn only(folder: &Path, extension: &str) -> Result<Option<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut found = None;
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.extension().is_none_or(|it| it != extension) {
            continue;
        }
        if found.replace(path).is_some() {
            bail!("{} has several files .{extension}, expected one", folder.display());
        }
    }
    Ok(found)
}
