//! How each device is, in the words of XFS4IoT (CWA 17852), and what to do about it: for staff, never for patients.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_hal::fault::{Fault, device_word};
use kiosk_hal::printer::{Paper, PrinterStatus};
use kiosk_hal::uptime::Uptime;
use queue_protocol::model::UpdateState;
use serde_json::{Value, json};

use crate::counters::Counters;

/// What the kiosk depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// The bar-code scanner, or the camera in its place.
    Scanner,
    /// The ticket printer.
    Printer,
    /// The chip-card reader and its service.
    CardReader,
    /// The queue service.
    Queue,
    /// What reads screens out. Without it visits go on.
    Voice,
}

impl Device {
    /// Its word in JSON and in counters.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scanner => "scanner",
            Self::Printer => "printer",
            Self::CardReader => "card_reader",
            Self::Queue => "queue",
            Self::Voice => "voice",
        }
    }
}

/// How one device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceState {
    /// Why it does not work; `None` = `online`.
    pub fault: Option<Fault>,
    /// Paper, of a printer.
    pub paper: Option<Paper>,
    /// Since when, on the kiosk's monotonic clock.
    pub since: Uptime,
}

/// The machine's own software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    /// Of the image that runs; `None` where the machine has no program for updates.
    pub version: Option<String>,
    /// Where it is with an update.
    pub state: UpdateState,
}

/// The states of all devices, as their threads have told them. Clones look at the same.
#[derive(Debug, Clone)]
pub struct States {
    known: Arc<Mutex<BTreeMap<Device, DeviceState>>>,
    software: Arc<Mutex<Software>>,
    counters: Counters,
}

impl States {
    /// Nothing was told yet. A fault that begins is counted in `counters`.
    pub fn new(counters: Counters) -> Self {
        let software = Software { version: None, state: UpdateState::NotInstalled };
        Self { known: Arc::default(), software: Arc::new(Mutex::new(software)), counters }
    }

    /// The machine's software, as it was told last.
    #[must_use]
    pub fn update(&self) -> Software {
        self.software.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An update begins or ends.
    pub fn tell_update(&self, state: UpdateState) {
        self.software.lock().unwrap_or_else(PoisonError::into_inner).state = state;
    }

    /// The machine said what runs and where it is. That an update has failed is known here alone, and stays so until the
    /// next one.
    pub fn tell_running(&self, version: &str, state: UpdateState) {
        let mut software = self.software.lock().unwrap_or_else(PoisonError::into_inner);
        software.version = Some(version.to_owned());
        if !matches!(software.state, UpdateState::Installing | UpdateState::Failed) {
            software.state = state;
        }
    }

    /// A device without paper came (`Ok`) or went.
    pub fn tell(&self, device: Device, state: Result<(), Fault>) {
        self.note(device, state.err(), None);
    }

    /// The printer said how it is, or could not be asked.
    pub fn printer(&self, status: Result<PrinterStatus, Fault>) {
        match status {
            Ok(status) => self.note(Device::Printer, status.fault, Some(status.paper)),
            Err(fault) => self.note(Device::Printer, Some(fault), Some(Paper::Unknown)),
        }
    }

    fn note(&self, device: Device, fault: Option<Fault>, paper: Option<Paper>) {
        let state = DeviceState { fault, paper, since: device_links::clock::now() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.get(&device).map(|state| (state.fault, state.paper));
        if before == Some((fault, paper)) {
            return;
        }
        known.insert(device, state);
        drop(known);
        if let Some(fault) = fault.filter(|fault| before.is_none_or(|(old, _)| old != Some(*fault))) {
            self.counters.fault(device, fault);
        }
    }

    /// What is known of every device.
    #[must_use]
    pub fn all(&self) -> BTreeMap<Device, DeviceState> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same as JSON, with the fix for each fault.
    #[must_use]
    pub fn described(&self, now: Uptime) -> Value {
        let one = |(device, state): (Device, DeviceState)| {
            json!({
                "device": device.word(),
                "state": device_word(state.fault),
                "paper": state.paper.map(Paper::word),
                "fault": state.fault.map(Fault::code),
                "since_s": now.saturating_since(state.since).as_secs(),
                "fix": state.fault.map(|fault| fix(device, fault)),
            })
        };
        self.all().into_iter().map(one).collect()
    }
}

/// What a technician does first. Vietnamese: it is read at the kiosk.
#[must_use]
pub const fn fix(device: Device, fault: Fault) -> &'static str {
    match (device, fault) {
        (Device::Queue, _) => "Kiểm tra mạng và địa chỉ máy chủ (queue.url)",
        (Device::Voice, Fault::NoDevice) => "Cài đặt gói espeak-ng và alsa-utils",
        (Device::Voice, _) => "Kiểm tra loa, tai nghe và card âm thanh: aplay -l",
        (Device::CardReader, Fault::Offline) => "Khởi động dịch vụ đầu đọc: systemctl start pcscd.socket",
        (Device::Scanner, Fault::Unsupported) => "Đặt máy quét sang chế độ USB serial (CDC) hoặc HID-POS",
        (_, Fault::PaperOut) => "Lắp cuộn giấy mới, đóng nắp",
        (_, Fault::PaperJammed) => "Mở nắp, gỡ giấy kẹt, tắt và bật lại máy in",
        (_, Fault::CoverOpen) => "Đóng nắp cho đến khi nghe tiếng khớp",
        (_, Fault::NoDevice) => "Kiểm tra cáp; kioskctl devices, rồi so với kiosk.toml",
        (_, Fault::Offline) => "Kiểm tra nguồn điện và tốc độ đường truyền",
        (_, Fault::HardwareError) => "Tắt và bật lại thiết bị; nếu còn lỗi thì thay",
        (_, Fault::Busy) => "Chờ thiết bị xong việc; kiểm tra chương trình khác đang giữ nó",
        (_, Fault::Protocol) => "Kiểm tra tốc độ, rồi loại thiết bị trong kiosk.toml",
        (_, Fault::InvalidData | Fault::Unsupported) => "Kiểm tra loại thiết bị trong kiosk.toml",
        (_, _) => "Xem nhật ký",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_its_word_its_fix_and_is_counted_once_when_it_begins() {
        let dir = tempfile::tempdir().unwrap();
        let counters = Counters::open(dir.path());
        let states = States::new(counters.clone());
        for _ in 0..3 {
            states.printer(Ok(PrinterStatus { fault: Some(Fault::PaperOut), paper: Paper::Out }));
        }
        states.tell(Device::Scanner, Err(Fault::NoDevice));
        let told = states.described(device_links::clock::now());
        assert_eq!((&told[0]["device"], &told[0]["state"]), (&json!("scanner"), &json!("noDevice")));
        assert_eq!((&told[1]["state"], &told[1]["paper"]), (&json!("online"), &json!("out")));
        assert_eq!(told[1]["fix"], "Lắp cuộn giấy mới, đóng nắp");
        assert_eq!(counters.counts().faults.get("printer.paper_out"), Some(&1));
        states.printer(Ok(PrinterStatus { fault: None, paper: Paper::Full }));
        assert_eq!(states.described(device_links::clock::now())[1]["fault"], Value::Null);
    }
}
