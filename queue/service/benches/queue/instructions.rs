use std::path::Path;
use std::process::Command;

use crate::load;
use crate::server::Service;

/// Numbers in the two runs whose difference is counted: what a start takes is in both.
const FEW: usize = 10;
const MANY: usize = 110;
const CLIENTS: usize = 16;

/// How many instructions of the service one number takes on SQLite, as valgrind counts them: the same on a busy machine.
/// `None` where there is no valgrind.
pub fn per_number() -> Option<f64> {
    Command::new("valgrind").arg("--version").output().ok().filter(|output| output.status.success())?;
    let [few, many] = [FEW, MANY].map(counted);
    Some((many - few) / f64::from(u32::try_from(CLIENTS * (MANY - FEW)).unwrap()))
}

fn counted(each: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let counts = folder.path().join("counts");
    let service = Service::counted(&counts);
    load::issue_each(&service, CLIENTS, each);
    service.stop();
    total(&counts)
}

/// The line `totals:` (Callgrind Format Specification).
fn total(counts: &Path) -> f64 {
    let text = std::fs::read_to_string(counts).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
    line.trim().parse().unwrap()
}
