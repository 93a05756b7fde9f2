//! The service mode on the kiosk's own screen: gesture, PIN, and a technician's questions one after the other.
//!
//! A thread of its own, because tests of devices take their time. While it is open the visit says that a technician is at
//! work; it closes by itself when nobody touches it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use kiosk_ui::{ServiceLine, ServicePage, ServiceTone, ServiceTouch};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::pulse::Pulse;
use crate::technician::{Ask, Code, Entry, PinLock, ServiceState, Technician, Test};

/// How often the thread wakes: to repeat that a technician is at work, and to show that it lives.
const WAKE_EVERY: Duration = Duration::from_secs(15);
/// Wakes without a touch after which the mode closes: two minutes.
const IDLE_WAKES_MAX: u32 = 8;
/// Most digits of a PIN.
const DIGITS_MAX: usize = 12;

/// The buttons of the main page, in their order.
const MENU: &[(&str, &str)] = &[
    ("status", "Thiết bị"),
    ("print", "In thử"),
    ("scan", "Quét thử"),
    ("card", "Đầu đọc thẻ"),
    ("sound", "Âm thanh"),
    ("service", "Máy chủ"),
    ("grid", "Màn cảm ứng"),
    ("colours", "Điểm ảnh"),
    ("network", "Mạng"),
    ("enrol", "Ghi danh"),
    ("counters", "Bộ đếm"),
    ("logs", "Nhật ký"),
    ("update", "Cập nhật"),
    ("reboot", "Khởi động lại"),
];
/// The buttons of a page that asks once more.
const CONFIRM_REBOOT: &[(&str, &str)] = &[("menu", "Không"), ("reboot-yes", "Khởi động lại ngay")];

/// The characters of an enrolment code, and what is done with it.
const CODE_KEYS: &[(&str, &str)] = &[
    ("code-2", "2"),
    ("code-3", "3"),
    ("code-4", "4"),
    ("code-5", "5"),
    ("code-6", "6"),
    ("code-7", "7"),
    ("code-8", "8"),
    ("code-9", "9"),
    ("code-A", "A"),
    ("code-B", "B"),
    ("code-C", "C"),
    ("code-D", "D"),
    ("code-E", "E"),
    ("code-F", "F"),
    ("code-G", "G"),
    ("code-H", "H"),
    ("code-J", "J"),
    ("code-K", "K"),
    ("code-M", "M"),
    ("code-N", "N"),
    ("code-P", "P"),
    ("code-Q", "Q"),
    ("code-R", "R"),
    ("code-S", "S"),
    ("code-T", "T"),
    ("code-U", "U"),
    ("code-V", "V"),
    ("code-W", "W"),
    ("code-X", "X"),
    ("code-Y", "Y"),
    ("code-Z", "Z"),
    ("code-erase", "xóa"),
    ("menu", "Không"),
    ("code-enter", "Ghi danh"),
];
/// Most characters of a code.
const CODE_CHARS_MAX: usize = 8;

/// Where the mode is.
enum Stage {
    Closed,
    Pin(Zeroizing<String>),
    Open,
}

/// The service mode.
pub struct ServiceMode<S> {
    technician: Technician,
    lock: PinLock,
    show: S,
    stage: Stage,
    /// The enrolment code as far as it is typed.
    code: Zeroizing<String>,
    idle: u32,
}

impl<S: FnMut(ServicePage) -> bool> ServiceMode<S> {
    /// A closed service mode. `show` puts a page on screen and says whether there still is one.
    pub fn new(technician: Technician, show: S) -> Self {
        let lock = technician.pin_lock();
        let code = Zeroizing::new(String::with_capacity(CODE_CHARS_MAX));
        Self { technician, lock, show, stage: Stage::Closed, code, idle: 0 }
    }

    /// Works until the screen has ended.
    pub fn work(mut self, touches: &Receiver<ServiceTouch>, pulse: &Pulse) {
        loop {
            pulse.beat();
            let shown = match touches.recv_timeout(WAKE_EVERY) {
                Ok(touch) => {
                    self.idle = 0;
                    self.touched(touch)
                }
                Err(RecvTimeoutError::Timeout) => self.woke(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if !shown {
                return;
            }
        }
    }

    fn woke(&mut self) -> bool {
        self.idle = self.idle.saturating_add(1);
        match self.stage {
            Stage::Closed => true,
            Stage::Pin(_) | Stage::Open if self.idle >= IDLE_WAKES_MAX => self.close(),
            Stage::Pin(_) => true,
            Stage::Open => {
                // The visit forgets a technician who is not heard of for long.
                self.technician.answer(Ask::OutOfService { state: ServiceState::Out });
                true
            }
        }
    }

    fn touched(&mut self, touch: ServiceTouch) -> bool {
        match (&mut self.stage, touch) {
            (_, ServiceTouch::Close) => self.close(),
            (Stage::Closed, ServiceTouch::Gesture) => {
                // Another program may have set the PIN meanwhile.
                self.lock = self.technician.pin_lock();
                self.stage = Stage::Pin(Zeroizing::new(String::with_capacity(DIGITS_MAX)));
                self.show_pin("Mã PIN kỹ thuật")
            }
            (Stage::Pin(digits), ServiceTouch::Digit(digit)) => {
                if digits.len() < DIGITS_MAX {
                    digits.push(digit);
                }
                self.show_pin("Mã PIN kỹ thuật")
            }
            (Stage::Pin(digits), ServiceTouch::Erase) => {
                digits.pop();
                self.show_pin("Mã PIN kỹ thuật")
            }
            (Stage::Pin(_), ServiceTouch::Enter) => self.entered(),
            (Stage::Open, ServiceTouch::Button(id)) => self.pressed(&id),
            // A finger that comes late, from the page before.
            (Stage::Closed | Stage::Pin(_) | Stage::Open, _) => true,
        }
    }

    fn entered(&mut self) -> bool {
        let Stage::Pin(digits) = &mut self.stage else { return true };
        let entry = self.lock.enter(digits, device_links::clock::now());
        // The same memory again: a new string would leave the digits behind.
        zeroize::Zeroize::zeroize(&mut **digits);
        tracing::info!(?entry, "service mode");
        match entry {
            Entry::In => {
                self.stage = Stage::Open;
                self.technician.answer(Ask::OutOfService { state: ServiceState::Out });
                self.pressed("status")
            }
            Entry::Wrong => self.show_pin("Sai mã PIN"),
            Entry::Wait(wait) => self.show_pin(&format!("Chờ {} giây", wait.as_secs().max(1))),
            Entry::Closed => self.show_pin("Chưa đặt mã PIN: kioskctl pin set"),
        }
    }

    fn show_pin(&mut self, title: &str) -> bool {
        let Stage::Pin(digits) = &self.stage else { return true };
        let digits = digits.len();
        (self.show)(ServicePage::Pin { title: title.to_owned(), digits })
    }

    fn pressed(&mut self, id: &str) -> bool {
        let (title, ask) = match id {
            "enrol" => return self.type_code(None),
            "code-enter" => ("Ghi danh", Ask::Enrol { code: Code::typed(&self.code) }),
            id if id.starts_with("code-") => return self.type_code(id.strip_prefix("code-")),
            "grid" => return (self.show)(ServicePage::TouchGrid),
            "colours" => return (self.show)(ServicePage::Colours),
            "reboot" => return self.list("Khởi động lại máy?", Vec::new(), CONFIRM_REBOOT),
            "reboot-yes" => ("Khởi động lại", Ask::Reboot),
            "print" => ("In thử", Ask::Selftest { test: Test::Print }),
            "scan" => ("Quét thử: đưa thẻ vào khe quét", Ask::Selftest { test: Test::Scan }),
            "card" => ("Đầu đọc thẻ", Ask::Selftest { test: Test::Card }),
            "sound" => ("Âm thanh", Ask::Selftest { test: Test::Sound }),
            "service" => ("Máy chủ", Ask::Selftest { test: Test::Service }),
            "network" => ("Mạng", Ask::Network),
            "counters" => ("Bộ đếm", Ask::Counters),
            "logs" => ("Nhật ký", Ask::Logs { boot: 0, lines: LOG_LINES }),
            "update" => ("Cập nhật", Ask::Update),
            _ => ("Thiết bị", Ask::Status),
        };
        if !self.list(title, vec![plain("Đang làm…", "")], &[]) {
            return false;
        }
        let answer = self.technician.answer(ask);
        self.list(title, lines(&answer), MENU)
    }

    /// One more character of the code, or one less; from the beginning without a key.
    fn type_code(&mut self, key: Option<&str>) -> bool {
        match key {
            None => zeroize::Zeroize::zeroize(&mut *self.code),
            Some("erase") => drop(self.code.pop()),
            Some(letter) if letter.len() == 1 && self.code.len() < CODE_CHARS_MAX => self.code.push_str(letter),
            Some(_) => {}
        }
        let title = format!("Mã ghi danh: {}", *self.code);
        self.list(&title, Vec::new(), CODE_KEYS)
    }

    fn list(&mut self, title: &str, lines: Vec<ServiceLine>, buttons: &[(&'static str, &'static str)]) -> bool {
        (self.show)(ServicePage::List { title: title.to_owned(), lines, buttons: buttons.to_vec() })
    }

    fn close(&mut self) -> bool {
        if matches!(self.stage, Stage::Open) {
            self.technician.answer(Ask::OutOfService { state: ServiceState::In });
        }
        self.stage = Stage::Closed;
        (self.show)(ServicePage::Closed)
    }
}

/// Newest lines of the log that a page shows.
const LOG_LINES: u16 = 40;

/// An answer as lines: first whether it is well, then what is in it.
fn lines(answer: &Value) -> Vec<ServiceLine> {
    let mut lines = Vec::new();
    match answer["ok"].as_bool() {
        Some(true) => lines.push(ServiceLine { text: "Tốt".into(), detail: String::new(), tone: ServiceTone::Good }),
        Some(false) => {
            let why = [&answer["error"], &answer["fault"]].into_iter().find_map(Value::as_str).unwrap_or_default();
            lines.push(ServiceLine { text: "Có lỗi".into(), detail: why.to_owned(), tone: ServiceTone::Bad });
        }
        None => {}
    }
    for device in answer["devices"].as_array().into_iter().flatten() {
        lines.push(device_line(device));
    }
    for line in answer["lines"].as_array().into_iter().flatten() {
        lines.push(plain(line.as_str().unwrap_or_default(), ""));
    }
    for interface in answer["interfaces"].as_array().into_iter().flatten() {
        let word = |key: &str| interface[key].as_str().unwrap_or("–").to_owned();
        lines.push(plain(&word("name"), &format!("{} {}", word("state"), word("address"))));
    }
    for reader in answer["readers"].as_array().into_iter().flatten() {
        let word = |key: &str| reader[key].as_str().unwrap_or("–");
        lines.push(plain(word("name"), word("media")));
    }
    let told = ["ok", "error", "fault", "devices", "lines", "interfaces", "readers"];
    for (key, value) in answer.as_object().into_iter().flatten().filter(|(key, _)| !told.contains(&key.as_str())) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push(plain(key, &value));
    }
    lines
}

fn device_line(device: &Value) -> ServiceLine {
    let word = |key: &str| device[key].as_str().unwrap_or_default();
    let paper = device["paper"].as_str().map(|paper| format!(", paper {paper}")).unwrap_or_default();
    let text = format!("{}: {}{paper}", word("device"), word("state"));
    let tone = if device["fault"].is_null() { ServiceTone::Good } else { ServiceTone::Bad };
    ServiceLine { text, detail: word("fix").to_owned(), tone }
}

fn plain(text: &str, detail: &str) -> ServiceLine {
    ServiceLine { text: text.to_owned(), detail: detail.to_owned(), tone: ServiceTone::Plain }
}

/// Hands touches to the service mode. One that finds no room is dropped: the technician touches again.
pub fn touches(mode: SyncSender<ServiceTouch>) -> impl Fn(ServiceTouch) + Clone {
    move |touch| {
        if let Err(TrySendError::Full(_)) = mode.try_send(touch) {
            tracing::warn!("a touch in service mode was dropped: a test is running");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use kiosk_core::event::{Event, Technician as AtKiosk};

    use super::*;
    use crate::counters::Counters;
    use crate::devices::Devices;
    use crate::stock::Specimens;
    use crate::wiring::{Desks, Tap};

    const PIN: &str = "271828";

    struct Bench {
        mode: ServiceMode<Box<dyn FnMut(ServicePage) -> bool>>,
        pages: Receiver<ServicePage>,
        visit: Receiver<Event>,
        _dir: tempfile::TempDir,
    }

    fn bench() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let (visit, told) = sync_channel(8);
        let (printer, _tasks) = sync_channel(1);
        let devices = Devices { printer, card: None, tap: Tap::default(), specimens: Specimens::default() };
        let technician = Technician::for_test(dir.path(), &Desks::new(visit, Counters::open(dir.path())), devices);
        let (shown, pages) = sync_channel(64);
        let show: Box<dyn FnMut(ServicePage) -> bool> = Box::new(move |page| shown.send(page).is_ok());
        Bench { mode: ServiceMode::new(technician, show), pages, visit: told, _dir: dir }
    }

    impl Bench {
        fn types(&mut self, pin: &str) {
            self.mode.touched(ServiceTouch::Gesture);
            pin.chars().for_each(|digit| assert!(self.mode.touched(ServiceTouch::Digit(digit))));
            self.mode.touched(ServiceTouch::Enter);
        }

        fn last_page(&self) -> ServicePage {
            self.pages.try_iter().last().unwrap()
        }
    }

    fn title(page: &ServicePage) -> &str {
        match page {
            ServicePage::Pin { title, .. } | ServicePage::List { title, .. } => title,
            ServicePage::Closed | ServicePage::TouchGrid | ServicePage::Colours => "",
        }
    }

    #[test]
    fn without_a_pin_nobody_gets_in() {
        let mut bench = bench();
        bench.types("000000");
        assert!(title(&bench.last_page()).contains("kioskctl pin set"));
        assert!(bench.mode.touched(ServiceTouch::Button("reboot-yes".into())));
        assert!(bench.pages.try_recv().is_err() && bench.visit.try_recv().is_err(), "no button works");
    }

    #[test]
    fn the_pin_opens_the_mode_and_patients_are_told_until_it_closes() {
        let mut bench = bench();
        bench.mode.technician.answer(serde_json::from_str(&format!(r#"{{"ask":"set_pin","pin":"{PIN}"}}"#)).unwrap());
        bench.types("271829");
        assert_eq!(title(&bench.last_page()), "Sai mã PIN");
        PIN.chars().for_each(|digit| assert!(bench.mode.touched(ServiceTouch::Digit(digit))));
        bench.mode.touched(ServiceTouch::Enter);
        assert_eq!(title(&bench.last_page()), "Thiết bị");
        assert!(matches!(bench.visit.try_recv(), Ok(Event::Technician(AtKiosk::AtWork))));
        bench.mode.touched(ServiceTouch::Button("grid".into()));
        assert_eq!(bench.last_page(), ServicePage::TouchGrid);
        (0..IDLE_WAKES_MAX).for_each(|_| assert!(bench.mode.woke()));
        assert_eq!(bench.last_page(), ServicePage::Closed, "nobody was there any more");
        assert!(matches!(bench.visit.try_iter().last(), Some(Event::Technician(AtKiosk::Gone))));
    }

    #[test]
    fn a_code_is_typed_on_the_screen_and_an_unknown_button_is_none() {
        let mut bench = bench();
        bench.mode.technician.answer(serde_json::from_str(&format!(r#"{{"ask":"set_pin","pin":"{PIN}"}}"#)).unwrap());
        bench.types(PIN);
        for key in ["enrol", "code-7", "code-K", "code-Q", "code-erase", "code-nothing", "code-M"] {
            assert!(bench.mode.touched(ServiceTouch::Button(key.into())));
        }
        assert_eq!(title(&bench.last_page()), "Mã ghi danh: 7KM");
        bench.mode.touched(ServiceTouch::Button("code-enter".into()));
        let ServicePage::List { lines, .. } = bench.last_page() else { panic!("no answer") };
        assert_eq!(lines[0].detail, "no_key_file_configured");
        bench.mode.touched(ServiceTouch::Button("enrol".into()));
        assert_eq!(title(&bench.last_page()), "Mã ghi danh: ", "the next one types from the beginning");
    }

    #[test]
    fn a_device_is_shown_with_its_fix() {
        let answer = serde_json::json!({ "ok": false, "error": "x", "devices": [
            { "device": "printer", "state": "online", "paper": "out", "fault": "paper_out", "fix": "Lắp giấy" },
        ]});
        let shown = lines(&answer);
        assert_eq!((shown[0].tone, shown[1].text.as_str()), (ServiceTone::Bad, "printer: online, paper out"));
        assert_eq!(shown[1].detail, "Lắp giấy");
    }
}
