use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Device files that scanners and printers appear as: USB CDC and USB adapters. On-board ports (`ttyS*`) exist whether
/// or not anything is attached and would only mislead.
const PREFIXES: [&str; 2] = ["ttyACM", "ttyUSB"];

/// A serial line that could be a device of the kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialCandidate {
    /// The kernel's name, such as `/dev/ttyACM0`. Changes with the order of plugging.
    pub path: PathBuf,
    /// The name made of maker, model and serial number, if udev gave one. Use this one in a configuration.
    pub by_id: Option<PathBuf>,
}

/// Lists the serial lines below `dev` (usually `/dev`), by path.
///
/// # Errors
/// When `dev` cannot be read. A missing `serial/by-id` only leaves the names out.
pub fn serial_candidates(dev: &Path) -> io::Result<Vec<SerialCandidate>> {
    let names = by_id_names(&dev.join("serial/by-id"));
    let mut found = Vec::new();
    for entry in fs::read_dir(dev)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            let by_id = fs::canonicalize(&path).ok().and_then(|target| names.get(&target).cloned());
            found.push(SerialCandidate { path, by_id });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Device file → link that names it. Unreadable links are skipped: they name nothing that could be opened.
pub fn by_id_names(folder: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries.flatten().filter_map(|entry| Some((fs::canonicalize(entry.path()).ok()?, entry.path()))).collect()
}
