//! The mount table: where each block device is in use.

use crate::sysfs::Part;

/// What is mounted from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mounts {
    mounts: Vec<Mount>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    /// `major:minor`; for btrfs a number of its own, which is why the source is looked at as well.
    device: String,
    source: String,
    at: String,
}

impl Mounts {
    /// Parses `/proc/self/mountinfo` (proc(5)). A line of another shape is left out.
    pub fn parse(table: &str) -> Self {
        Self { mounts: table.lines().filter_map(mount).collect() }
    }

    /// Where one part of a drive is mounted, in the order of the table.
    pub fn of<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = &'a str> {
        let path = format!("/dev/{}", part.name);
        self.mounts
            .iter()
            .filter(move |mount| mount.device == part.device || mount.source == path)
            .map(|mount| mount.at.as_str())
    }
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`: fields 3 and 5, then the source behind ` - `.
fn mount(line: &str) -> Option<Mount> {
    let (before, after) = line.split_once(" - ")?;
    let mut before = before.split(' ');
    let device = before.nth(2)?.to_owned();
    let at = before.nth(1)?.replace("\\040", " ");
    let source = after.split(' ').nth(1)?.to_owned();
    Some(Mount { device, source, at })
}
