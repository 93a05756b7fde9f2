//! The steps, as data: each is one call of cargo.

use std::time::Duration;

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
    /// Everything.
    Full,
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

pub const TESTS: Step =
    Step { name: "tests", arguments: &["nextest", "run", "--workspace", "--locked"], limit: BUILD_LIMIT };
