//! What the kernel counts of a running program: memory and processor time.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Memory of one or more processes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Resident set size: shared pages count in each process.
    pub rss_kib: u64,
    /// Proportional set size: shared pages count by how many share them.
    pub pss_kib: u64,
}

/// Memory of the processes `pids` together (proc_pid_smaps(5)). Needs root, or processes that let themselves be read.
pub fn memory(pids: &[u32]) -> Result<Memory> {
    let mut sum = Memory::default();
    for pid in pids {
        let path = format!("/proc/{pid}/smaps_rollup");
        let text = fs::read_to_string(&path).with_context(|| format!("{path}: the kiosk is closed to all but root"))?;
        sum.rss_kib += field(&text, "Rss:");
        sum.pss_kib += field(&text, "Pss:");
    }
    Ok(sum)
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Time on a processor of all threads of `pids` so far, from the scheduler's nanoseconds.
pub fn cpu(pids: &[u32]) -> Duration {
    let threads = pids.iter().flat_map(|pid| fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten());
    let spent = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

/// `root` and every process that came of it.
pub fn family(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(parent).collect();
    let mut family = vec![root];
    let mut next = 0;
    while let Some(elder) = family.get(next).copied() {
        family.extend(parents.iter().filter(|(_, parent)| *parent == elder).map(|(child, _)| *child));
        next += 1;
    }
    family
}

/// A process and its parent (proc_pid_stat(5), fields 1 and 4).
fn parent(entry: fs::DirEntry) -> Option<(u32, u32)> {
    let pid = entry.file_name().to_str()?.parse().ok()?;
    let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    Some((pid, after_name.split_whitespace().nth(1)?.parse().ok()?))
}
