//! Folders of files with the modes they have in an image.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// chmod(2): S_ISUID and S_ISGID.
const SET_IDS: u32 = 0o6000;

/// Copies the folder `from` over `to`. Files are for everybody to read and for nobody to run: a checkout's own modes and
/// owners depend on who made it.
///
/// # Errors
/// A file cannot be read or written.
pub fn lay_over(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() { lay_over(&source, &target)? } else { put(&source, &target, 0o644)? }
    }
    Ok(())
}

/// Copies one file and gives it `mode`; the folders above it are made.
///
/// # Errors
/// The file cannot be read or written.
pub fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let text = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    put_text(&text, to, mode)
}

/// Writes one file and gives it `mode`; the folders above it are made.
///
/// # Errors
/// The file cannot be written.
pub fn put_text(content: impl AsRef<[u8]>, to: &Path, mode: u32) -> Result<()> {
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    // A link here would lead out of the tree.
    remove(to)?;
    fs::write(to, content).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(fs::set_permissions(to, Permissions::from_mode(mode))?)
}

/// Removes what is at `pattern` below `root`, if it is there: a path whose last part stands, with a `*` at its end, for
/// everything that begins so.
///
/// # Errors
/// It cannot be removed.
pub fn remove_all(root: &Path, pattern: &str) -> Result<()> {
    let Some(beginning) = pattern.strip_suffix('*') else { return remove(&root.join(pattern)) };
    let (folder, beginning) = beginning.rsplit_once('/').unwrap_or(("", beginning));
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(beginning) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file, a link or a folder, if it is there.
///
/// # Errors
/// It cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    let done = if metadata.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    done.with_context(|| format!("cannot remove {}", path.display()))
}

/// Removes what is in a folder and leaves the folder.
///
/// # Errors
/// Something cannot be removed.
pub fn empty(folder: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    entries.into_iter().try_for_each(|entry| remove(&entry?.path()))
}

/// Takes from every file below `folder` what lets it run with the rights of its owner or group.
///
/// # Errors
/// A folder cannot be read, or a mode not changed.
pub fn drop_set_ids(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            drop_set_ids(&path)?;
        } else if kind.is_file() {
            let mode = entry.metadata()?.permissions().mode();
            if mode & SET_IDS != 0 {
                fs::set_permissions(&path, Permissions::from_mode(mode & !SET_IDS))?;
            }
        }
    }
    Ok(())
}

fn make_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folder(above)?;
    }
    fs::create_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(fs::set_permissions(folder, Permissions::from_mode(0o755))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_modes_of_an_image_and_not_of_a_checkout() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("etc")).unwrap();
        fs::write(from.join("etc/fstab"), "x").unwrap();
        fs::set_permissions(from.join("etc/fstab"), Permissions::from_mode(0o777)).unwrap();
        lay_over(&from, &to).unwrap();
        let mode = |path: &str| fs::metadata(to.join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("etc"), mode("etc/fstab")), (0o755, 0o644));
    }

    #[test]
    fn no_file_runs_with_another_users_rights() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("usr/bin");
        fs::create_dir_all(&inner).unwrap();
        for (name, mode) in [("su", 0o4755), ("wall", 0o2755), ("ls", 0o755)] {
            fs::write(inner.join(name), "").unwrap();
            fs::set_permissions(inner.join(name), Permissions::from_mode(mode)).unwrap();
        }
        std::os::unix::fs::symlink("nowhere", inner.join("link")).unwrap();
        drop_set_ids(folder.path()).unwrap();
        let modes = ["su", "wall", "ls"].map(|name| fs::metadata(inner.join(name)).unwrap().permissions().mode());
        assert_eq!(modes.map(|mode| mode & 0o7777), [0o755; 3]);
    }

    #[test]
    fn all_that_begins_so_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("usr/bin/perl-base")).unwrap();
        for name in ["perl", "perl5.40.1", "pear"] {
            fs::write(folder.path().join("usr/bin").join(name), "").unwrap();
        }
        for pattern in ["usr/bin/perl*", "usr/bin/absent*", "nowhere/absent*", "usr/absent"] {
            remove_all(folder.path(), pattern).unwrap();
        }
        let left = fs::read_dir(folder.path().join("usr/bin")).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["pear"]);
    }

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (outside, link) = (folder.path().join("outside"), folder.path().join("link"));
        fs::write(&outside, "mine").unwrap();
        std::os::unix::fs::symlink(&outside, &link).unwrap();
        put_text("theirs", &link, 0o600).unwrap();
        assert_eq!(fs::read_to_string(outside).unwrap(), "mine");
        assert_eq!(fs::read_to_string(link).unwrap(), "theirs");
    }
}
