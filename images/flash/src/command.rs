//! The commands: what they are given, what they say, and how they end.

pub mod guided;
pub mod install;
pub mod list;
pub mod pack;
pub mod report;
pub mod write;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use kiosk_flash::drive::{self, Drive};
use kiosk_flash::mounts::Mounts;
use kiosk_flash::sysfs::Contents;

/// Where the machine's drives are described.
#[derive(Debug, Clone, Args)]
pub struct Machine {
    /// Where sysfs is mounted.
    #[arg(long, value_name = "DIR", default_value = "/sys")]
    sysfs: PathBuf,
    /// The mount table, as proc(5) describes mountinfo.
    #[arg(long, value_name = "FILE", default_value = "/proc/self/mountinfo")]
    mountinfo: PathBuf,
    /// Where udev keeps the names of partitions.
    #[arg(long, value_name = "DIR", default_value = "/dev/disk")]
    disks: PathBuf,
}

impl Machine {
    /// Every drive of the machine, fixed disks as refused ones.
    pub fn drives(&self) -> Result<Vec<Drive>> {
        Ok(drive::all(&self.sysfs, &self.mounts()?, &Contents::read(&self.disks))?)
    }

    /// The removable drives.
    pub fn removable(&self) -> Result<Vec<Drive>> {
        Ok(drive::removable(&self.sysfs, &self.mounts()?, &Contents::read(&self.disks))?)
    }

    /// The loop devices that have a file behind them.
    pub fn loop_devices(&self) -> Result<Vec<Drive>> {
        Ok(drive::loop_devices(&self.sysfs, &self.mounts()?)?)
    }

    fn mounts(&self) -> Result<Mounts> {
        let table = std::fs::read_to_string(&self.mountinfo)
            .with_context(|| format!("cannot read {}", self.mountinfo.display()))?;
        Ok(Mounts::parse(&table))
    }
}
