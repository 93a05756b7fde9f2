//! Where packages come from: what apt on this machine is set to, for the Debian release that images are made of.
//!
//! No address of a mirror is written anywhere in this repository.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The Debian release in every image and in the build root.
pub const RELEASE: &str = "trixie";
/// Suites of a release that images take; backports and proposed updates are not among them.
const SUITES: [&str; 3] = ["", "-updates", "-security"];
/// Debian's own keys, from the package debian-archive-keyring.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// One line of a sources.list for [`RELEASE`].
pub type Line = String;

/// apt's settings on this machine, translated to [`RELEASE`].
///
/// # Errors
/// apt is not set to any Debian archive.
pub fn of_this_machine() -> Result<Vec<Line>> {
    let codename = codename(&fs::read_to_string("/etc/os-release").context("cannot read /etc/os-release")?)?;
    let mut texts = Vec::new();
    for path in files(Path::new("/etc/apt")) {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        texts.push((path.extension().is_some_and(|extension| extension == "sources"), text));
    }
    let entries = texts.iter().flat_map(|(is_deb822, text)| if *is_deb822 { stanzas(text) } else { lines(text) });
    let lines = translated(&entries.collect::<Vec<_>>(), &codename);
    if lines.is_empty() {
        bail!("apt has no source of Debian {codename} here, so there is none of {RELEASE} either");
    }
    Ok(lines)
}

/// An archive and one of its suites.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    address: String,
    suite: String,
}

fn codename(os_release: &str) -> Result<String> {
    let value = os_release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    value.map(|name| name.trim_matches('"').to_owned()).context("/etc/os-release names no release: no Debian?")
}

fn files(apt: &Path) -> Vec<PathBuf> {
    let mut files = vec![apt.join("sources.list")];
    let entries = fs::read_dir(apt.join("sources.list.d")).into_iter().flatten().flatten();
    let known =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "list" || extension == "sources");
    files.extend(entries.map(|entry| entry.path()).filter(known));
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// `deb [options] ADDRESS SUITE COMPONENT…`, one a line.
fn lines(text: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let rest = line.trim().strip_prefix("deb ")?.trim_start();
        let rest = if rest.starts_with('[') { rest.split_once(']')?.1 } else { rest };
        let mut words = rest.split_whitespace();
        Some(Entry { address: words.next()?.to_owned(), suite: words.next()?.to_owned() })
    };
    text.lines().filter_map(entry).collect()
}

/// Stanzas of `Key: value`, as deb822(5) has them.
fn stanzas(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for stanza in text.split("\n\n") {
        let field = |name: &str| {
            let mut lines = stanza.lines().filter(|line| !line.starts_with('#'));
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or_default().trim().to_owned()
        };
        if field("Enabled") == "no" || !field("Types").split_whitespace().any(|word| word == "deb") {
            continue;
        }
        let (addresses, suites) = (field("URIs"), field("Suites"));
        let pairs = addresses.split_whitespace().flat_map(|address| {
            suites.split_whitespace().map(|suite| Entry { address: address.to_owned(), suite: suite.to_owned() })
        });
        entries.extend(pairs);
    }
    entries
}

/// The same archives and suites of [`RELEASE`]: only Debian's own, and only main.
fn translated(entries: &[Entry], codename: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in entries {
        let suffix = entry.suite.strip_prefix(codename).filter(|suffix| SUITES.contains(suffix));
        let Some(suffix) = suffix else { continue };
        let line = format!("deb [signed-by={KEYRING}] {} {RELEASE}{suffix} main", entry.address);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEB822: &str = "Types: deb\n# a note\nURIs: http://archive.example/debian\nSuites: bookworm bookworm-updates \
                          bookworm-backports\nComponents: main contrib\n\nTypes: deb-src\nURIs: http://s.example\n\
                          Suites: bookworm\n\nTypes: deb\nEnabled: no\nURIs: http://off.example\nSuites: bookworm\n";

    #[test]
    fn both_forms_of_sources_are_translated_to_the_release_of_images() {
        let mut entries = stanzas(DEB822);
        entries
            .extend(lines("# deb http://no.example x\ndeb [arch=amd64] http://sec.example/s bookworm-security main\n"));
        let expected = [
            "http://archive.example/debian trixie main",
            "http://archive.example/debian trixie-updates main",
            "http://sec.example/s trixie-security main",
        ];
        let found = translated(&entries, "bookworm");
        assert_eq!(found, expected.map(|rest| format!("deb [signed-by={KEYRING}] {rest}")));
    }

    #[test]
    fn archives_of_others_are_left_out() {
        let entries =
            lines("deb http://other.example/apt cloud-bookworm main\ndeb http://node.example/x nodistro main\n");
        assert_eq!(entries.len(), 2);
        assert_eq!(translated(&entries, "bookworm"), Vec::<Line>::new());
    }

    #[test]
    fn the_release_of_the_machine_is_read() {
        assert_eq!(codename("ID=debian\nVERSION_CODENAME=bookworm\n").unwrap(), "bookworm");
        assert!(codename("ID=other\n").is_err());
    }
}
