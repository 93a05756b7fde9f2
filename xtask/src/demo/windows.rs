//! The demo a person plays with: kiosk and display in windows, the dev dock in a browser.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use super::binaries::Binaries;
use super::dock::Dock;
use super::run_dir::RunDir;
use super::stack::{Percents, Screens, Stack};

/// How long the dock waits for a click before it looks whether everything still runs.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs until a window is closed or a program ends.
///
/// # Errors
/// A program cannot be started, or has failed.
pub fn play(percents: Percents, say: impl Fn(&str)) -> Result<()> {
    let binaries = Binaries::build()?;
    let run = RunDir::new()?;
    let mut stack = Stack::without_screens(run.path(), &binaries, Screens::Windows(percents))?;
    stack.add_card_reader()?;
    stack.start_kiosk()?;
    stack.start_display()?;
    let dock = Dock::open()?;
    say(&format!("Dev dock: {}", dock.url()));
    say("Close a window, or press Ctrl-C here, to end the demo.");
    open_in_browser(&dock.url());
    loop {
        dock.serve(&stack, LOOK_EVERY)?;
        if let Some(name) = stack.ended()? {
            say(&format!("{name} was closed: the demo has ended."));
            return Ok(());
        }
    }
}

/// A convenience: without it the address is in the terminal. In a process group of its own, so that Ctrl-C in the
/// terminal does not close a browser that was started by this.
fn open_in_browser(url: &str) {
    let mut command = Command::new("xdg-open");
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().ok();
}
