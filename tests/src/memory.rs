//! What is in the memory of a running process.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// A needle that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was looked for.
    pub needle: String,
    /// Its encoding.
    pub encoding: &'static str,
    /// The mapping it is in, as the kernel names it, such as `[heap]`.
    pub mapping: String,
    /// Where.
    pub address: u64,
    /// What stands around it, with a dot for what is not printable.
    pub around: String,
}

/// Looks for each of `needles`, in UTF-8 and in UTF-16, in everything that process `pid` can read and write.
///
/// # Errors
/// The memory cannot be read: the process has ended, or this one may not look into it.
pub fn find(pid: u32, needles: &[&str]) -> Result<Vec<Found>> {
    let patterns = needles
        .iter()
        .flat_map(|needle| {
            let wide = needle.encode_utf16().flat_map(u16::to_le_bytes).collect();
            [(*needle, "UTF-8", needle.as_bytes().to_vec()), (*needle, "UTF-16", wide)]
        })
        .collect();
    search(pid, patterns)
}

/// Looks for bytes, each under its name, in the same places.
///
/// # Errors
/// As [`find`].
pub fn find_bytes(pid: u32, needles: &[(&str, &[u8])]) -> Result<Vec<Found>> {
    search(pid, needles.iter().map(|(name, bytes)| (*name, "bytes", bytes.to_vec())).collect())
}

/// A needle's name, its encoding and its bytes.
type Pattern<'n> = (&'n str, &'static str, Vec<u8>);

fn search(pid: u32, patterns: Vec<Pattern<'_>>) -> Result<Vec<Found>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).context("reading the maps")?;
    let memory = File::open(format!("/proc/{pid}/mem")).context("opening the memory")?;
    let longest = patterns.iter().map(|(_, _, bytes)| bytes.len()).max().unwrap_or(0);
    let mut by_first: Vec<Vec<Pattern<'_>>> = vec![Vec::new(); 256];
    for pattern in patterns {
        let first = pattern.2.first().copied().map_or(0, usize::from);
        by_first.get_mut(first).context("a byte")?.push(pattern);
    }
    let mut found = Vec::new();
    for (start, end, mapping) in maps.lines().filter_map(writable) {
        let mut at = start;
        while at < end {
            let length = usize::try_from(end - at)?.min(CHUNK_BYTES + longest);
            let mut chunk = vec![0; length];
            // A mapping of a device, or one that is gone meanwhile, cannot be read and holds nothing of ours.
            let count = memory.read_at(&mut chunk, at).unwrap_or(0);
            chunk.truncate(count);
            for (place, byte) in chunk.iter().enumerate().take(CHUNK_BYTES) {
                // One look decides for nearly every byte: this walks through all of a process.
                let Some(candidates) = by_first.get(usize::from(*byte)).filter(|them| !them.is_empty()) else {
                    continue;
                };
                for (needle, encoding, bytes) in candidates {
                    if chunk.get(place..place + bytes.len()) == Some(bytes) {
                        found.push(Found {
                            needle: (*needle).to_owned(),
                            encoding,
                            mapping: mapping.to_owned(),
                            address: at + place as u64,
                            around: printable(&chunk, place),
                        });
                    }
                }
            }
            at += CHUNK_BYTES as u64;
        }
    }
    Ok(found)
}

/// Start, end and name of a mapping that can be read and written.
fn writable(line: &str) -> Option<(u64, u64, &str)> {
    let mut words = line.split_whitespace();
    let (range, rights) = (words.next()?, words.next()?);
    let (start, end) = range.split_once('-')?;
    let name = words.nth(3).unwrap_or("anonymous");
    let address = |text| u64::from_str_radix(text, 16).ok();
    rights.starts_with("rw").then_some((address(start)?, address(end)?, name))
}

fn printable(chunk: &[u8], place: usize) -> String {
    let around = chunk.get(place.saturating_sub(48)..(place + 80).min(chunk.len())).unwrap_or_default();
    let shown = |letter: char| if letter.is_control() || letter == '\u{FFFD}' { '.' } else { letter };
    String::from_utf8_lossy(around).chars().map(shown).collect()
}
