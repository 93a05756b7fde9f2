//! `queue-display`: the waiting-room screen of one zone.

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use jiff::tz::TimeZone;
use kiosk_screen::ScreenTarget;
use queue_client::{Deadlines, QueueClient};
use queue_display::follow::{self, Following};
use queue_display::ui::{DESIGN, DisplayUi};
use queue_protocol::model::ZoneId;
use tracing_subscriber::EnvFilter;

/// Shows the numbers that are called in a waiting area.
#[derive(Parser)]
struct Arguments {
    /// Where the queue service answers, such as http://127.0.0.1:7070
    #[arg(long)]
    url: String,
    /// The waiting area, such as khu-b
    #[arg(long)]
    zone: ZoneId,
    /// window, window@0.5 or virtual:/path/to.sock@1920x1080
    #[arg(long, default_value = "window")]
    screen: ScreenTarget,
    /// The time zone of the clock on the wall
    #[arg(long, default_value = "Asia/Ho_Chi_Minh")]
    time_zone: String,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let client = QueueClient::new(&arguments.url, Deadlines::default()).context("--url")?;
    let time_zone = TimeZone::get(&arguments.time_zone).context("--time-zone")?;
    let screen = kiosk_screen::install(&arguments.screen).context("--screen")?;
    let ui = DisplayUi::new().context("the window cannot be made")?;
    let following = Following { client, zone: arguments.zone, time_zone };
    follow::spawn(following, ui.handle()).context("the board cannot be followed")?;
    screen.run(ui.component(), DESIGN).context("the window has ended")
}
