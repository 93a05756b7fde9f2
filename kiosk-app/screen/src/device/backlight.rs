//! The light behind the panel: `/sys/class/backlight`, as the kernel's ABI documentation describes it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the kernel lists them.
pub const FOLDER: &str = "/sys/class/backlight";

/// The first backlight of the machine; without one nothing is dimmed.
#[derive(Debug)]
pub struct Backlight {
    folder: Option<PathBuf>,
}

impl Backlight {
    /// The first one in `folder` by name.
    #[must_use]
    pub fn first(folder: &Path) -> Self {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        Self { folder: entries.map(|entry| entry.path()).min() }
    }

    /// Sets it to `percent` of its most, and never to nothing: some panels are then dark.
    ///
    /// # Errors
    /// The kernel's files cannot be read or written.
    pub fn set(&self, percent: u8) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let most = fs::read_to_string(folder.join("max_brightness"))?;
        let most: u64 = most.trim().parse().map_err(io::Error::other)?;
        fs::write(folder.join("brightness"), (most * u64::from(percent) / 100).max(1).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_of_what_the_light_can_and_never_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let light = folder.path().join("acpi_video0");
        fs::create_dir(&light).unwrap();
        fs::write(light.join("max_brightness"), "15\n").unwrap();
        let set = |percent| {
            Backlight::first(folder.path()).set(percent).unwrap();
            fs::read_to_string(light.join("brightness")).unwrap()
        };
        assert_eq!([100, 40, 1].map(set), ["15", "6", "1"]);
    }

    #[test]
    fn a_machine_without_a_light_is_not_dimmed() {
        let folder = tempfile::tempdir().unwrap();
        Backlight::first(folder.path()).set(50).unwrap();
        Backlight::first(&folder.path().join("absent")).set(50).unwrap();
    }
}
