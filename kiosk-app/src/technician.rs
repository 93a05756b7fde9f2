//! What a technician asks of a running kiosk: from its own screen in service mode, or by `kioskctl` over the control
//! socket. Answers are JSON, and hold nothing of a patient.

mod control;
mod enrolment;
mod first_report;
mod kept;
mod logs;
mod network;
mod network_change;
mod pin;
mod programs;
mod service_token;
mod test_ticket;
mod update;

use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use kiosk_core::event::{Event, Technician as AtKiosk};
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{PrintOutcome, TicketFace};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::{Config, QueueConfig};
use crate::counters::Counters;
use crate::devices::Devices;
use crate::printer_thread::Task;
use crate::states::States;
use crate::voice::SoundCheck;
use crate::voice::volume::Choice;
use crate::wiring::{Desks, Tap};
use crate::{calendar, card_thread};

pub use control::{ControlError, ControlSocket};
pub use enrolment::Code;
pub use kept::write_private;
pub use network_change::{Addresses, NetworkChange, NetworkLink, PUT_BACK, Passphrase};
pub use pin::{Entry, PinLock};
pub use service_token::{PREFIX as TOKEN_PREFIX, TokenDesk, TokenRefusal, check_trust};
pub use update::{NOT_HERE, UpdateDesk, UpdateSource};

/// What the sound test says.
const SOUND_TEST: &str = "Thử âm thanh. Một, hai, ba.";
/// Longest wait for a test ticket: as long as a patient would wait.
const PRINT_WAIT: Duration = Duration::from_secs(200);
/// Longest wait for a code to be held up.
const SCAN_WAIT: Duration = Duration::from_secs(20);
/// Longest wait for the chip-card reader's thread.
const CARD_WAIT: Duration = Duration::from_secs(20);

/// What is asked, as one JSON object: `{"ask":"status"}`, `{"ask":"selftest","test":"print"}`.
#[derive(Debug, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// How the devices are.
    Status,
    /// Tries one device.
    Selftest {
        /// Which.
        test: Test,
    },
    /// What was counted since the kiosk was set up.
    Counters,
    /// The newest lines of the log.
    Logs {
        /// 0 = since this start of the machine, 1 = the one before, and so on.
        #[serde(default)]
        boot: u16,
        /// Most lines, at most [`logs::LINES_MAX`].
        #[serde(default = "logs::lines_usual")]
        lines: u16,
    },
    /// The network interfaces, and whether the queue service can be reached.
    Network,
    /// Changes the network of the machine.
    SetNetwork {
        /// How.
        change: NetworkChange,
    },
    /// Whether a service token opens this kiosk; it is not used up by that.
    CheckToken {
        /// As it is in the QR code.
        token: String,
    },
    /// How loud the voice is.
    Volume,
    /// Makes it as loud as this, until another is chosen.
    SetVolume {
        /// Percent, or times and percent, or `configured`.
        volume: Choice,
    },
    /// What RAUC says of the machine's slots.
    Update,
    /// What runs, and which updates are there.
    LookForUpdates,
    /// Begins to install an update; `update_progress` tells the rest.
    InstallUpdate {
        /// From where.
        from: UpdateSource,
    },
    /// How far an update is, or how it ended.
    UpdateProgress,
    /// Restarts the machine.
    Reboot,
    /// Takes the kiosk out of service for visits, or back in.
    OutOfService {
        /// Which.
        state: ServiceState,
    },
    /// Turns a one-time code of the queue service into this kiosk's key.
    Enrol {
        /// The code.
        code: Code,
    },
    /// Sets the PIN of the service mode.
    SetPin {
        /// 6 to 12 digits.
        pin: pin::NewPin,
    },
}

/// A test of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Prints a ticket.
    Print,
    /// Prints how the kiosk and its devices are.
    Report,
    /// Waits for a code.
    Scan,
    /// Looks what is in the chip-card readers.
    Card,
    /// Says something.
    Sound,
    /// Reaches the queue service.
    Service,
}

/// Whether patients are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// A technician is at work.
    Out,
    /// Patients are served.
    In,
}

/// What the answers are made from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Technician {
    kiosk: String,
    state_dir: PathBuf,
    network: PathBuf,
    tokens: TokenDesk,
    queue: QueueConfig,
    states: States,
    counters: Counters,
    devices: Devices,
    visit: SyncSender<Event>,
    sound: Option<SoundCheck>,
    updates: UpdateDesk,
}

impl Technician {
    /// A technician of the kiosk that is configured so.
    #[must_use]
    pub fn new(config: &Config, desks: &Desks, devices: Devices, sound: Option<SoundCheck>) -> Self {
        Self {
            kiosk: config.kiosk.to_string(),
            state_dir: config.state_dir.clone(),
            network: config.network_socket(),
            tokens: TokenDesk::new(config.kiosk.as_str(), config.service_trust.as_deref(), &config.state_dir),
            queue: config.queue.clone(),
            states: desks.states.clone(),
            counters: desks.counters.clone(),
            devices,
            visit: desks.visit(),
            sound,
            updates: UpdateDesk::new(config.updater_socket(), desks.states.clone()),
        }
    }

    /// The lock of the service mode.
    #[must_use]
    pub fn pin_lock(&self) -> PinLock {
        PinLock::open(&self.state_dir)
    }

    /// Where service tokens are taken.
    #[must_use]
    pub const fn tokens(&self) -> &TokenDesk {
        &self.tokens
    }

    /// Takes codes away from the visit while somebody stands before the lock.
    #[must_use]
    pub const fn tap(&self) -> &Tap {
        &self.devices.tap
    }

    /// The machine's updates.
    #[must_use]
    pub const fn updates(&self) -> &UpdateDesk {
        &self.updates
    }

    #[cfg(test)]
    pub fn for_test(state_dir: &std::path::Path, desks: &Desks, devices: Devices) -> Self {
        Self {
            kiosk: "k1".into(),
            state_dir: state_dir.to_owned(),
            network: state_dir.join("network.sock"),
            tokens: TokenDesk::new("k1", Some(&state_dir.join("trust.toml")), state_dir),
            queue: QueueConfig {
                url: "http://127.0.0.1:9".into(),
                person_key_file: None,
                key_file: None,
                ca_file: None,
            },
            states: desks.states.clone(),
            counters: desks.counters.clone(),
            devices,
            visit: desks.visit(),
            sound: None,
            updates: UpdateDesk::new(state_dir.join("update.sock"), desks.states.clone()),
        }
    }

    #[cfg(test)]
    pub fn give_voice(&mut self, voice: SoundCheck) {
        self.sound = Some(voice);
    }

    /// The answer to one question. Waits for devices, so it is never called on the screen's thread.
    pub fn answer(&self, ask: Ask) -> Value {
        match ask {
            Ask::Status => self.status(),
            Ask::Selftest { test } => self.test(test),
            Ask::Counters => self.counted(),
            Ask::Logs { boot, lines } => logs::newest(&self.state_dir, boot, lines),
            Ask::Network => network::described(&self.queue.url, &self.network),
            Ask::SetNetwork { change } => network_change::change(&self.network, &change),
            Ask::CheckToken { token } => self.tokens.check(&token),
            Ask::Volume => self.volume(None),
            Ask::SetVolume { volume } => self.volume(Some(volume)),
            Ask::Update => programs::update(),
            Ask::LookForUpdates => self.updates.look(),
            Ask::InstallUpdate { from } => self.updates.install(from),
            Ask::UpdateProgress => self.updates.progress(),
            Ask::Reboot if self.updates.is_installing() => failed("busy"),
            Ask::Reboot => programs::reboot(),
            Ask::OutOfService { state } => self.out_of_service(state),
            Ask::Enrol { code } => enrolment::enrol(&self.queue, &self.kiosk, &code),
            Ask::SetPin { pin } => match self.pin_lock().set(&pin) {
                Ok(()) => json!({ "ok": true }),
                Err(error) => failed(&error.to_string()),
            },
        }
    }

    fn status(&self) -> Value {
        let now = device_links::clock::now();
        let (devices, software) = (self.states.described(now), self.states.update());
        let ok = self.states.all().values().all(|state| state.fault.is_none());
        json!({
            "ok": ok,
            "kiosk": self.kiosk,
            "version": env!("CARGO_PKG_VERSION"),
            "image": software.version,
            "update": software.state,
            "up_s": now.since_start().as_secs(),
            "enrolled": self.queue.key_file.as_ref().map(|path| path.exists()),
            "clock_set": calendar::today().is_some(),
            "devices": devices,
        })
    }

    fn counted(&self) -> Value {
        let counts = self.counters.counts();
        let mut told = serde_json::to_value(&counts).unwrap_or_default();
        told["ok"] = true.into();
        told["paper_m"] = json!(format!("{}.{:03}", counts.paper_mm / 1_000, counts.paper_mm % 1_000));
        told
    }

    fn test(&self, test: Test) -> Value {
        match test {
            Test::Print => self.print(test_ticket::face(&self.kiosk)),
            Test::Report => self.print(self.report()),
            Test::Scan => self.test_scan(),
            Test::Card => self.test_card(),
            Test::Sound => self.test_sound(),
            Test::Service => network::service(&self.queue.url),
        }
    }

    fn test_sound(&self) -> Value {
        let Some(sound) = &self.sound else { return programs::say(SOUND_TEST) };
        match sound.say(SOUND_TEST) {
            Ok(()) => json!({ "ok": true, "heard": "ask_yourself" }),
            Err(fault) => json!({ "ok": false, "fault": fault.code() }),
        }
    }

    fn volume(&self, choice: Option<Choice>) -> Value {
        let Some(SoundCheck { sound, .. }) = &self.sound else { return failed("no_voice_configured") };
        match choice.map_or(Ok(()), |choice| sound.choose(choice)) {
            Ok(()) => sound.described(),
            Err(error) => {
                tracing::warn!("the volume is not kept: {error}");
                failed("not_kept")
            }
        }
    }

    fn report(&self) -> TicketFace {
        let devices = self.states.all().into_iter().map(|(device, state)| (device, state.fault)).collect();
        let network = network::service(&self.queue.url)["ok"] == true;
        first_report::face(&first_report::Found { kiosk: &self.kiosk, service: &self.queue.url, network, devices })
    }

    fn print(&self, face: TicketFace) -> Value {
        let (answer, outcome) = std::sync::mpsc::sync_channel(1);
        let task = Task::Test(Box::new(face), answer);
        if self.devices.printer.try_send(task).is_err() {
            return failed(Fault::Busy.code());
        }
        match outcome.recv_timeout(PRINT_WAIT) {
            Ok(PrintOutcome::Confirmed) => json!({ "ok": true, "outcome": "confirmed", "fault": null }),
            Ok(PrintOutcome::Uncertain(fault)) => {
                json!({ "ok": false, "outcome": "uncertain", "fault": fault.code() })
            }
            Ok(PrintOutcome::Failed(fault)) => json!({ "ok": false, "outcome": "failed", "fault": fault.code() }),
            Err(_) => failed(Fault::Offline.code()),
        }
    }

    fn test_scan(&self) -> Value {
        let length = self.devices.tap.arm().recv_timeout(SCAN_WAIT);
        self.devices.tap.disarm();
        match length {
            Ok(bytes) => json!({ "ok": true, "bytes": bytes }),
            Err(_) => failed("nothing_was_held_up"),
        }
    }

    fn test_card(&self) -> Value {
        let Some(reader) = &self.devices.card else { return failed("not_configured") };
        let (answer, seen) = std::sync::mpsc::sync_channel(1);
        if reader.try_send(card_thread::Command::Test(answer)).is_err() {
            return failed(Fault::Busy.code());
        }
        match seen.recv_timeout(CARD_WAIT) {
            Ok(seen) => {
                let readers: Vec<Value> =
                    seen.iter().map(|(name, slot)| json!({ "name": name, "media": slot })).collect();
                json!({ "ok": !readers.is_empty(), "readers": readers })
            }
            Err(_) => failed(Fault::Offline.code()),
        }
    }

    fn out_of_service(&self, state: ServiceState) -> Value {
        let at = match state {
            ServiceState::Out => AtKiosk::AtWork,
            ServiceState::In => AtKiosk::Gone,
        };
        match self.visit.try_send(Event::Technician(at)) {
            Ok(()) => json!({ "ok": true }),
            Err(_) => failed(Fault::Busy.code()),
        }
    }
}

fn failed(error: &str) -> Value {
    json!({ "ok": false, "error": error })
}
