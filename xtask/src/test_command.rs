//! `cargo xtask test`: everything continuous integration runs, in the order in which it fails fastest.
//!
//! The test runner comes last, so that its summary is the last line. All steps share one target folder, one profile and
//! one environment, so that nothing is compiled twice for a flag.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::console::say;
use crate::inner_cargo::cargo;
use crate::policy::workspace;
use crate::system_packages::{self, TO_BUILD_AND_TEST, TO_TEST};
use crate::timed_process::{self, RunError};
use crate::yocto::lint;

mod axe;
pub mod steps;
pub mod tools;

use steps::{
    ADVISORIES, ADVISORY_DATABASE, CLIPPY, DOC_TESTS, Depth, FETCH, FORMAT, IMAGE, LICENCES, NO_STD, Step, TESTS, VISIT,
};

/// What became of the last step, once all before it went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// The test runner has said which, as the last thing on the screen.
    TestsFailed,
}

/// How the steps are started, and how long they took.
struct TestRun {
    root: PathBuf,
    /// The caller's PATH with the project's own tools in front.
    path: String,
    times: Vec<(&'static str, Duration)>,
    notes: Vec<String>,
}

/// Runs all steps; `path` is the caller's PATH. `Err` at the first step before the tests that fails, in words for a
/// person.
pub fn run(depth: Depth, path: &str) -> Result<Verdict> {
    let root = workspace::root().canonicalize().context("cannot find the root of the workspace")?;
    let path = format!("{}:{path}", tools::folder(&root).display());
    if depth == Depth::WithImage {
        can_try_image()?;
    }
    let mut run = TestRun { root, path, times: Vec::new(), notes: Vec::new() };
    run.prepare(depth)?;
    run.step(&FORMAT)?;
    run.step(&CLIPPY)?;
    run.step(&NO_STD)?;
    match depth {
        Depth::Full => {
            run.checks()?;
            match can_try_image().and_then(|()| steps::has_time_for_image(run.used())) {
                Ok(()) => run.image()?,
                Err(reason) => run.notes.push(format!("NO IMAGE WAS MADE AND TRIED ON A VIRTUAL MACHINE: {reason:#}")),
            }
        }
        Depth::WithImage => {
            run.checks()?;
            run.image()?;
        }
        Depth::Quick => {
            let note = "--quick: licences, sources, advisories and doc tests were not checked, and no image was tried";
            run.notes.push(note.into());
        }
    }
    run.say_times();
    run.tests()
}

/// Whether this machine can make an image and try it, if it has the time.
fn can_try_image() -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    steps::can_try_image(cores, rustix::process::geteuid().is_root())
}

impl TestRun {
    fn prepare(&mut self, depth: Depth) -> Result<()> {
        let started = Instant::now();
        say("==> packages: what Debian must have to build and test");
        system_packages::ensure(TO_BUILD_AND_TEST, &self.path)?;
        system_packages::ensure(TO_TEST, &self.path)?;
        self.times.push(("packages", started.elapsed()));
        let started = Instant::now();
        say("==> tools: the test runner, the licence checker, schemathesis, the checkers of pages and recipes");
        tools::ensure(tools::needed(depth), &self.root, &self.path)?;
        tools::ensure_schemathesis(&self.root)?;
        axe::ensure(&self.root, &self.path)?;
        lint::ensure_tools(&self.root)?;
        self.times.push(("tools", started.elapsed()));
        self.step(&FETCH)
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        say(&format!("==> {}: {}", step.name, step.written()));
        let started = Instant::now();
        let ended = timed_process::run(&mut self.command(step), step.limit);
        self.times.push((step.name, started.elapsed()));
        ended.with_context(|| format!("stopped at \"{}\"; by hand: {}", step.name, step.written()))
    }

    /// Known vulnerabilities. The database is on the network; without it we say so instead of failing.
    fn advisories(&mut self) -> Result<()> {
        if let Err(error) = self.step(&ADVISORY_DATABASE) {
            let note =
                format!("ADVISORIES WERE NOT CHECKED: the database could not be fetched ({})", error.root_cause());
            say(&format!("    {note}"));
            self.notes.push(note);
            return Ok(());
        }
        self.step(&ADVISORIES)
    }

    /// What is checked besides the tests.
    fn checks(&mut self) -> Result<()> {
        self.step(&LICENCES)?;
        self.advisories()?;
        self.step(&DOC_TESTS)
    }

    /// The image of a kiosk, and a visit on it.
    fn image(&mut self) -> Result<()> {
        self.step(&IMAGE)?;
        self.step(&VISIT)
    }

    /// The time of all steps so far.
    fn used(&self) -> Duration {
        self.times.iter().map(|(_, took)| *took).sum()
    }

    /// The test runner says itself what failed, and nothing is written after it.
    fn tests(&mut self) -> Result<Verdict> {
        match self.step(&TESTS) {
            Ok(()) => Ok(Verdict::Passed),
            Err(error) => match error.downcast_ref() {
                Some(RunError::Failed { .. }) => Ok(Verdict::TestsFailed),
                Some(RunError::Start { .. } | RunError::Wait { .. } | RunError::TookTooLong { .. }) | None => {
                    Err(error)
                }
            },
        }
    }

    fn command(&self, step: &Step) -> Command {
        let mut command = cargo();
        command.args(step.arguments).current_dir(&self.root).env("PATH", &self.path);
        // A fetch that would ask for a password fails instead of waiting for one.
        command.env("GIT_TERMINAL_PROMPT", "0");
        command
    }

    fn say_times(&self) {
        say("");
        for (name, took) in &self.times {
            say(&format!("    {name:<20} {:>7.1} s", took.as_secs_f64()));
        }
        say(&format!("    {:<20} {:>7.1} s, and the tests to come", "together", self.used().as_secs_f64()));
        self.notes.iter().for_each(|note| say(&format!("    {note}")));
        say("");
    }
}
