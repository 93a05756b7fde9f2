//! The demo a person plays with: kiosk and display in windows, the dev dock in a browser.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use super::binaries::Binaries;
use super::dock::Dock;
use super::run_dir::RunDir;
use super::stack::{Screens, Stack};

/// How long the dock waits for a click before it looks whether everything still runs.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs until a window is closed or a program ends.
///
/// # Errors
/// A program cannot be started.
pub fn play(percent: u16, say: impl Fn(&str)) -> Result<()> {
    let binaries = Binaries::build()?;
    let run = RunDir::new()?;
    let mut stack = Stack::start(run.path(), &binaries, Screens::Windows { percent })?;
    let dock = Dock::open()?;
    say(&format!("Dev dock: {}", dock.url()));
    say("Close the kiosk's window to end the demo.");
    open_in_browser(&dock.url());
    loop {
        dock.serve(&mut stack, LOOK_EVERY)?;
        if let Some(name) = stack.ended()? {
            say(&format!("{name} has ended, and the demo with it."));
            return Ok(());
        }
    }
}

/// A convenience: without it the address is in the terminal.
fn open_in_browser(url: &str) {
    Command::new("xdg-open").arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok();
}
