//! Where a measurement was taken: commit, processor, memory, kernel, and how busy the machine was.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::summary::PLACE;

/// The last line of a page, without its line break. `load` is the load average from before the run.
pub fn line(root: &Path, load: &str) -> String {
    format!(
        "{PLACE}{} on {} × {}, {} GiB, Linux {}; load average {load} before the run, {} after it.",
        commit(root),
        std::thread::available_parallelism().map_or(0, usize::from),
        value(&read("/proc/cpuinfo"), "model name"),
        gibibytes(&read("/proc/meminfo")),
        read("/proc/sys/kernel/osrelease").trim(),
        load_average(),
    )
}

/// The load average of the last minute.
pub fn load_average() -> String {
    read("/proc/loadavg").split(' ').next().unwrap_or("unknown").to_owned()
}

fn commit(root: &Path) -> String {
    let described = Command::new("git").args(["describe", "--always", "--dirty"]).current_dir(root).output();
    match described {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Ok(_) | Err(_) => "an unknown commit".to_owned(),
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn value(text: &str, key: &str) -> String {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == key)
        .map_or_else(|| "unknown processor".to_owned(), |(_, value)| value.trim().to_owned())
}

/// Whole GiB of memory, from kB.
fn gibibytes(meminfo: &str) -> u64 {
    let kilobytes = value(meminfo, "MemTotal").split(' ').next().and_then(|kilobytes| kilobytes.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / (1024 * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_whole_gibibytes() {
        assert_eq!(gibibytes("MemTotal:       25165824 kB\nMemFree: 1 kB\n"), 24);
        assert_eq!(gibibytes("nothing"), 0);
    }

    #[test]
    fn a_line_of_its_place_is_one_that_the_page_of_all_finds() {
        let line = line(Path::new(env!("CARGO_MANIFEST_DIR")), "0.50");
        assert!(line.starts_with(PLACE) && line.contains("load average 0.50 before the run"), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}
