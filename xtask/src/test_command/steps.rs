//! The steps, as data: each is one call of cargo.

use std::time::Duration;

use anyhow::{Result, ensure};

/// One call of cargo with a limit, after which it is stopped.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    pub limit: Duration,
}

impl Step {
    /// The step as a person types it.
    pub fn written(&self) -> String {
        format!("cargo {}", self.arguments.join(" "))
    }
}

/// How much is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All that continuous integration runs; with a visit on the whole image in a virtual machine where the machine allows.
    Full,
    /// That, and the image in any case.
    WithImage,
    /// Without `cargo deny` and doc tests.
    Quick,
}

/// A cold build of everything on two slow cores.
const BUILD_LIMIT: Duration = Duration::from_mins(40);
const CHECK_LIMIT: Duration = Duration::from_mins(5);
/// A database that has not come by then will not come.
const DATABASE_LIMIT: Duration = Duration::from_mins(1);

/// For every system, as the policy tests look at every package of `Cargo.lock`.
pub const FETCH: Step = Step { name: "fetch", arguments: &["fetch", "--locked"], limit: Duration::from_mins(10) };

pub const FORMAT: Step = Step { name: "format", arguments: &["fmt", "--all", "--check"], limit: CHECK_LIMIT };

pub const CLIPPY: Step = Step {
    name: "clippy",
    arguments: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    limit: BUILD_LIMIT,
};

/// The encoder of tickets needs no standard library; only its own build without it shows that.
pub const NO_STD: Step = Step {
    name: "without std",
    arguments: &["check", "--package", "thermal-printer-escpos", "--no-default-features", "--locked"],
    limit: CHECK_LIMIT,
};

/// Several versions of one crate are worth a look by hand, but not a page of warnings on every run.
pub const LICENCES: Step = Step {
    name: "licences, sources",
    arguments: &[
        "deny",
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "-A",
        "duplicate",
        "bans",
        "licenses",
        "sources",
    ],
    limit: CHECK_LIMIT,
};

pub const DOC_TESTS: Step =
    Step { name: "doc tests", arguments: &["test", "--doc", "--workspace", "--locked", "--quiet"], limit: BUILD_LIMIT };

pub const ADVISORY_DATABASE: Step =
    Step { name: "advisory database", arguments: &["deny", "fetch", "db"], limit: DATABASE_LIMIT };

/// Offline: the database was fetched a moment ago.
pub const ADVISORIES: Step =
    Step { name: "advisories", arguments: &["deny", "--offline", "check", "advisories"], limit: CHECK_LIMIT };

/// The image of a kiosk, as it is shipped. From nothing it takes some 25 minutes of one processor, most of them to compile.
pub const IMAGE: Step = Step { name: "image", arguments: &["xtask", "image", "build", "kiosk"], limit: BUILD_LIMIT };

/// Some ten minutes of one processor.
pub const VISIT: Step =
    Step { name: "visit", arguments: &["xtask", "image", "test", "visit"], limit: Duration::from_mins(30) };

/// A virtual machine has two processors, and what it is plugged into needs as many.
const IMAGE_CORES_MIN: usize = 4;
/// The checks before the image took eight and a half minutes on four cores beside a virtual machine, and all of it 37.
/// A machine on which they take much longer may not get through with an image within an hour.
const IMAGE_START_MAX: Duration = Duration::from_mins(12);

/// Says what keeps a machine with this many cores from making an image and trying it.
pub fn can_try_image(cores: usize, is_root: bool) -> Result<()> {
    ensure!(cores >= IMAGE_CORES_MIN, "an image needs {IMAGE_CORES_MIN} cores, and there are {cores}");
    ensure!(is_root, "an image needs root: nobody else makes one");
    Ok(())
}

/// Says whether there is time for it after checks that took `used`.
pub fn has_time_for_image(used: Duration) -> Result<()> {
    let (used, max) = (used.as_secs(), IMAGE_START_MAX.as_secs());
    ensure!(
        used <= max,
        "with an image it would take more than an hour here: the checks took {used} s, more than {max}"
    );
    Ok(())
}

pub const TESTS: Step =
    Step { name: "tests", arguments: &["nextest", "run", "--workspace", "--locked"], limit: BUILD_LIMIT };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_tried_where_there_are_cores_rights_and_time_and_otherwise_the_reason_is_told() {
        assert!(can_try_image(4, true).is_ok());
        assert_eq!(can_try_image(2, true).unwrap_err().to_string(), "an image needs 4 cores, and there are 2");
        assert_eq!(can_try_image(8, false).unwrap_err().to_string(), "an image needs root: nobody else makes one");
        assert!(has_time_for_image(Duration::from_secs(720)).is_ok());
        assert_eq!(
            has_time_for_image(Duration::from_secs(721)).unwrap_err().to_string(),
            "with an image it would take more than an hour here: the checks took 721 s, more than 720"
        );
    }
}
