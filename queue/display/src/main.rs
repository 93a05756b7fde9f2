//! `queue-display`: the waiting-room screen of one zone.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_screen::ScreenTarget;
use kiosk_screen::device::geometry::Rotation;
use kiosk_screen::device::schedule::{Schedule, minute_of_day};
use kiosk_screen::device::{LocalTime, PanelSettings};
use queue_client::{Credentials, Deadlines, QueueClient};
use queue_display::follow::{self, Following};
use queue_display::ui::{DESIGN, DisplayUi};
use queue_protocol::model::ZoneId;
use queue_voice::announcer::{Announcer, PAUSE, Settings};
use queue_voice::loudspeaker::Loudspeaker;
use queue_voice::phrase::Language;
use queue_voice::speech::Engine;
use queue_voice::volume::Volume;
use tracing_subscriber::EnvFilter;

/// Shows the numbers that are called in a waiting area.
#[derive(Parser)]
struct Arguments {
    /// Where the queue service answers, such as http://127.0.0.1:7070
    #[arg(long)]
    url: String,
    /// This display's key, as `queuectl enrol` writes it; without it only an open service answers
    #[arg(long)]
    key_file: Option<PathBuf>,
    /// The certificate of the CA that an https service is trusted by, in PEM
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// The waiting area, such as khu-b
    #[arg(long)]
    zone: ZoneId,
    /// window, window@0.5, device (the machine's own panel), linuxkms or virtual:/path/to.sock@1920x1080
    #[arg(long, default_value = "window")]
    screen: ScreenTarget,
    /// How far the picture is turned clockwise on the machine's own panel: 0, 90, 180 or 270
    #[arg(long, default_value = "0")]
    rotation: Rotation,
    /// Percent of the panel's light by the hour such as 06:00=100,19:00=60,22:00=off
    #[arg(long)]
    brightness: Option<Schedule>,
    /// The connector of the machine's own panel, such as HDMI-A-1; the first with a panel unless it is given
    #[arg(long)]
    output: Option<String>,
    /// The time zone of the clock on the wall
    #[arg(long, default_value = "Asia/Ho_Chi_Minh")]
    time_zone: String,
    /// Say calls aloud in these languages, such as vi or vi,en. One display of an area does; the others stay silent.
    #[arg(long, value_delimiter = ',')]
    voice: Vec<Language>,
    /// Percent for the whole day, or by the hour such as 06:00=90,20:00=40
    #[arg(long, default_value = "100")]
    volume: Volume,
    /// Plays a WAV file from its standard input; words are parted by spaces.
    #[arg(long, default_value = "aplay -q -")]
    player: String,
    /// Speaks: espeak-ng, or a program with its arguments
    #[arg(long, default_value = "espeak-ng")]
    speech: String,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A word about a log that cannot be written, as on a full disk, goes to the same place and would end the program.
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false).init();
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let credentials = Credentials::read(arguments.key_file.as_deref(), arguments.ca_file.as_deref())?;
    let client = QueueClient::with_credentials(&arguments.url, Deadlines::default(), credentials).context("--url")?;
    let time_zone = TimeZone::get(&arguments.time_zone).context("--time-zone")?;
    let announcer = announcer(&arguments, &time_zone).context("calls cannot be said")?;
    let screen = kiosk_screen::install(&arguments.screen, panel(&arguments, &time_zone)).context("--screen")?;
    let ui = DisplayUi::new().context("the window cannot be made")?;
    let following = Following { client, zone: arguments.zone, time_zone, announcer };
    follow::spawn(following, ui.handle()).context("the board cannot be followed")?;
    screen.run(ui.component(), DESIGN).context("the window has ended")
}

fn panel(arguments: &Arguments, time_zone: &TimeZone) -> PanelSettings {
    let time_zone = time_zone.clone();
    let minute = move || {
        let time = Timestamp::now().to_zoned(time_zone.clone()).time();
        minute_of_day(u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0))
    };
    PanelSettings {
        rotation: arguments.rotation,
        brightness: arguments.brightness.clone().unwrap_or_default(),
        output: arguments.output.clone(),
        local_time: LocalTime::new(minute),
        ..PanelSettings::default()
    }
}

fn announcer(arguments: &Arguments, time_zone: &TimeZone) -> std::io::Result<Option<Announcer>> {
    if arguments.voice.is_empty() {
        return Ok(None);
    }
    let (volume, time_zone) = (arguments.volume.clone(), time_zone.clone());
    let settings = Settings {
        engine: Engine::new(&arguments.speech),
        loudspeaker: Loudspeaker::new(arguments.player.split_whitespace().map(str::to_owned).collect()),
        languages: arguments.voice.clone(),
        pause: PAUSE,
        volume: Box::new(move || volume.at(Timestamp::now().to_zoned(time_zone.clone()).time())),
    };
    Announcer::start(settings).map(Some)
}
