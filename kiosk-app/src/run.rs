//! The wiring plan.

use std::cell::RefCell;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use kiosk_core::event::{Event, Touch};
use kiosk_core::look::Guidance;
use kiosk_core::view::Screen;
use kiosk_screen::ScreenTarget;
use kiosk_screen::device::PanelSettings;
use kiosk_screen::device::jack::{Headphones, Listener};
use kiosk_ui::{KioskUi, UiHandle};
use queue_client::QueueClient;
use tokio::sync::mpsc::channel;

use crate::config::{Checked, Config};
use crate::counters::Counters;
use crate::devices::DevicePlan;
use crate::journal::{Journal, JournalError};
use crate::journal_thread::Told;
use crate::offline::{self, Offline};
use crate::print_journal::{PrintJournalError, PrintJournalFile};
use crate::pulse::{Pulse, Pulses};
use crate::queue_thread::QueueThread;
use crate::service_mode::{Glass, ServiceMode};
use crate::supervisor::{Supervision, Supervisor};
use crate::technician::{ControlError, ControlSocket, Technician};
use crate::visit_loop::Outlets;
use crate::voice::volume::{Jack, Sound};
use crate::voice::{SoundCheck, Voice};
use crate::wiring::Desks;
use crate::{devices, journal_thread, queue_thread, service_mode, supervisor, visit_loop, watched};

/// Events that may wait for the visit. A device thread that is faster waits; a touch that finds no room is dropped.
const EVENTS_MAX: usize = 64;
/// Lines that may wait for the disk, and commands that may wait for the queue service.
const COMMANDS_MAX: usize = 64;

/// Touches that may wait for the service mode while it tries a device.
const SERVICE_TOUCHES_MAX: usize = 4;

/// How often the screen's thread shows that it lives.
const SCREEN_BEAT_EVERY: Duration = Duration::from_secs(2);

// How long a thread may need for one round of its loop; beyond it the thread is stuck.
/// A frame takes a fraction of a second.
const SCREEN_ROUND_MAX: Duration = Duration::from_secs(30);
/// The visit waits for nobody.
const VISIT_ROUND_MAX: Duration = Duration::from_secs(20);
/// A request with its retries, and the wait for a full channel.
const QUEUE_ROUND_MAX: Duration = Duration::from_secs(60);
/// The longest self-test: a ticket.
const SERVICE_MODE_ROUND_MAX: Duration = Duration::from_secs(300);
/// A sentence, and the time in which engine and player count as stuck.
const VOICE_ROUND_MAX: Duration = Duration::from_secs(120);
/// A disk that is this slow serves nobody.
const DISK_ROUND_MAX: Duration = Duration::from_secs(60);

/// Why the kiosk cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Slint has no screen.
    #[error("no screen")]
    Screen(#[from] kiosk_screen::ScreenError),
    /// Slint cannot show the window.
    #[error("the window cannot be shown")]
    Window(#[from] slint::PlatformError),
    /// The service manager's socket is none.
    #[error("NOTIFY_SOCKET")]
    Supervisor(#[source] std::io::Error),
    /// The journal cannot be opened.
    #[error("no number can be issued without a journal")]
    Journal(#[from] JournalError),
    /// The print journal cannot be opened.
    #[error("no ticket can be printed without a journal")]
    PrintJournal(#[from] PrintJournalError),
    /// The numbers this kiosk issued by itself cannot be read or kept.
    #[error("provisional numbers cannot be kept")]
    Offline(#[source] std::io::Error),
    /// The control socket cannot be made.
    #[error("no control socket")]
    Control(#[from] ControlError),
    /// A thread cannot be started.
    #[error("cannot start the {name} thread")]
    Thread {
        /// Which one.
        name: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Runs the kiosk until its window is closed.
///
/// # Errors
/// [`RunError`] when it cannot start. A thread that ends later ends the process.
pub fn run(checked: Checked, supervision: &Supervision) -> Result<(), RunError> {
    let Checked { config, printing, queue: asked, person_key, anchors } = checked;
    let supervisor = Supervisor::new(supervision).map_err(RunError::Supervisor)?;
    let (visit, events) = sync_channel(EVENTS_MAX);
    let mut panel = config.screen.panel(&config.scanner.link);
    let jack = Jack::default();
    panel.headphones = headphones(visit.clone(), jack.clone());
    let sound = config.voice.as_ref().map(|voice| Sound::open(voice, &config.state_dir, jack));
    let glass = glass(&config, &panel);
    let screen = kiosk_screen::install(&config.screen.backend, panel)?;
    let ui = KioskUi::new()?;
    let journal = Journal::open(&config.state_dir)?;
    let prints = PrintJournalFile::open(&config.state_dir)?;
    let offline = RefCell::new(Offline::open(&config.state_dir, offline::clocks()).map_err(RunError::Offline)?);
    let control = ControlSocket::open(&config.control_socket())?;

    let (journal_lines, lines) = sync_channel(COMMANDS_MAX);
    let (queue, commands) = channel(COMMANDS_MAX);

    let to_void = journal.to_void();
    tracing::info!(kiosk = %config.kiosk, unresolved = to_void.len(), "kiosk starting");
    let desks = Desks::new(visit.clone(), Counters::open(&config.state_dir));
    ui.on_touch(touches(visit.clone()));

    let teller = QueueThread {
        kiosk: config.kiosk.clone(),
        client: RefCell::new(asked),
        reread: rereading(&config),
        desk: desks.of("queue", QUEUE_ROUND_MAX),
        ways: config.offered_ways(),
        language: config.language.into(),
        journal: journal_lines.clone(),
        offline,
    };
    watched::spawn("queue", move || queue_thread::block_on(teller.work(commands, to_void)))?;
    let (told, pulse) = (Told { visit, queue: queue.clone() }, desks.pulses.of("journal", DISK_ROUND_MAX));
    watched::spawn("journal", move || journal_thread::work(journal, &lines, &told, &pulse))?;
    let Config { scanner, printer, card, .. } = config.clone();
    let devices = devices::start(DevicePlan { scanner, printer, printing, prints, card, anchors }, &desks)?;
    let check = config.voice.as_ref().zip(sound.clone()).map(|(voice, sound)| SoundCheck::new(voice, sound));
    let technician = Technician::new(&config, &desks, devices.clone(), check);
    technician.updates().begin().map_err(|source| RunError::Thread { name: "update state", source })?;
    service_mode(&ui, technician.clone(), glass, desks.pulses.of("service mode", SERVICE_MODE_ROUND_MAX))?;
    watched::spawn("control", move || control.serve(&technician))?;

    let voice = speaker(&ui, &config, sound, &desks)?;
    let outlets = Outlets { journal: journal_lines, queue, devices, person_key };
    let (show, pulse) = (shown(ui.handle(), supervisor.clone(), voice), desks.pulses.of("visit", VISIT_ROUND_MAX));
    watched::spawn("visit", move || visit_loop::work(&events, &outlets, &pulse, show))?;
    let (_screen_beats, pulses, limit) = (screen_beats(&desks.pulses), desks.pulses, supervision.watchdog);
    watched::spawn("watchdog", move || supervisor::watch(&supervisor, &pulses, limit))?;

    Ok(screen.run(ui.component(), kiosk_ui::DESIGN)?)
}

/// The technician's layer, on a thread of its own.
fn service_mode(ui: &KioskUi, technician: Technician, glass: Option<Glass>, pulse: Pulse) -> Result<(), RunError> {
    let (touches, touched) = sync_channel(SERVICE_TOUCHES_MAX);
    ui.on_service(service_mode::touches(touches.clone()));
    let handle = ui.handle();
    let mode = ServiceMode::new(technician, glass, touches, move |page| handle.show_service(page).is_ok());
    watched::spawn("service mode", move || mode.work(&touched, &pulse))
}

/// The touch layer, where it is the machine's own.
fn glass(config: &Config, panel: &PanelSettings) -> Option<Glass> {
    match &config.screen.backend {
        ScreenTarget::Device => Some(Glass::new(panel.calibration.clone(), panel.rotation, &config.state_dir)),
        ScreenTarget::Window { .. } | ScreenTarget::Linuxkms | ScreenTarget::Virtual { .. } => None,
    }
}

/// Who plugs headphones in wants to be spoken to.
fn headphones(visit: SyncSender<Event>, jack: Jack) -> Listener {
    let touch = touches(visit);
    Listener::new(move |headphones| {
        jack.tell(headphones);
        let guidance = match headphones {
            Headphones::PluggedIn => Guidance::Spoken,
            Headphones::PulledOut => Guidance::Silent,
        };
        touch(Touch::Guidance(guidance));
    })
}

/// The queue service as the configuration and its key file are when it is asked again.
fn rereading(config: &Config) -> Box<dyn Fn() -> Option<QueueClient> + Send> {
    let config = config.queue.clone();
    Box::new(move || match config.client() {
        Ok(client) => Some(client),
        Err((key, what)) => {
            tracing::warn!("{key}: {what}");
            None
        }
    })
}

/// The voice on a thread of its own, where there is one.
fn speaker(ui: &KioskUi, config: &Config, sound: Option<Sound>, desks: &Desks) -> Result<Option<Voice>, RunError> {
    let Some((config, sound)) = config.voice.as_ref().zip(sound) else { return Ok(None) };
    let (voice, speaker) = Voice::new(config, sound, desks.states.clone());
    let pulse = desks.pulses.of("voice", VOICE_ROUND_MAX);
    watched::spawn("voice", move || speaker.work(&pulse))?;
    let focused = voice.clone();
    ui.on_focus(move |words| focused.focus(&words));
    Ok(Some(voice))
}

/// Shows screens, and has them read out; the first one tells the service manager that the kiosk is ready.
fn shown(handle: UiHandle, supervisor: Supervisor, voice: Option<Voice>) -> impl FnMut(Screen) -> bool {
    let mut is_ready = false;
    move |screen| {
        if let Some(voice) = &voice {
            voice.screen(&screen);
        }
        let shown = handle.show(screen).is_ok();
        if shown && !std::mem::replace(&mut is_ready, true) {
            supervisor.ready();
        }
        shown
    }
}

/// The screen's thread beats from its own event loop.
fn screen_beats(pulses: &Pulses) -> slint::Timer {
    let (timer, pulse) = (slint::Timer::default(), pulses.of("screen", SCREEN_ROUND_MAX));
    timer.start(slint::TimerMode::Repeated, SCREEN_BEAT_EVERY, move || pulse.beat());
    timer
}

fn touches(visit: SyncSender<Event>) -> impl Fn(Touch) + Clone {
    move |touch| {
        if let Err(TrySendError::Full(_)) = visit.try_send(Event::Touched(touch)) {
            tracing::warn!("a touch was dropped: the visit is busy");
        }
    }
}
