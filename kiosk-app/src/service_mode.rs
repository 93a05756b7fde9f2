//! The service mode on the kiosk's own screen: gesture, PIN or service token, and a technician's questions one after the
//! other.
//!
//! A thread of its own, because tests of devices take their time. While it is open the visit says that a technician is at
//! work; it closes by itself when nobody touches it.

mod aiming;
mod pages;
mod typing;
mod updating;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use kiosk_hal::scanner::Scan;
use kiosk_ui::{ServiceLine, ServicePage, ServiceTouch, Spot};
use serde_json::Value;
use zeroize::Zeroizing;

use self::aiming::{Aimed, Aiming};
use self::pages::{CONFIRM_REBOOT, LOG_LINES, MENU, NETWORK, PUT_BACK, SOUND, ended, lines, plain};
use self::typing::{Form, Typed, Typing};
use crate::pulse::Pulse;
use crate::technician::{
    Ask, Code, Entry, NetworkChange, NetworkLink, PUT_BACK as NOT_REACHED, PinLock, ServiceState, TOKEN_PREFIX,
    Technician, Test, TokenRefusal, UpdateSource,
};

pub use self::aiming::Glass;

/// How often the thread wakes: to repeat that a technician is at work, to put an unproved calibration back, and to show
/// that it lives.
const WAKE_EVERY: Duration = Duration::from_secs(15);
/// Wakes without a touch after which the mode closes: two minutes.
const IDLE_WAKES_MAX: u32 = 8;
/// Most digits of a PIN.
const DIGITS_MAX: usize = 12;
/// Above the keypad of the PIN.
const LOCKED: &str = "Mã PIN kỹ thuật, hoặc đưa thẻ kỹ thuật vào khe quét";

/// Above what is said of the voice.
const SOUND_TITLE: &str = "Âm thanh";
/// Before the volume in the identifier of its button.
const VOLUME: &str = "volume-";

/// What happens to the service mode.
#[derive(Debug)]
pub enum Input {
    /// A finger.
    Touch(ServiceTouch),
    /// A code that was held up before the lock.
    Code(Scan),
    /// An update got on, or ended.
    Updated,
}

/// Where the mode is.
enum Stage {
    Closed,
    Locked(Zeroizing<String>),
    Open,
    Typing(Typing),
    Aiming(Aiming),
    /// Open, and the page shows how far an update is.
    Updating,
}

/// The service mode.
pub struct ServiceMode<S> {
    technician: Technician,
    lock: PinLock,
    /// The machine's own panel, where there is one.
    glass: Option<Glass>,
    /// Where codes come in while the lock is shown.
    codes: SyncSender<Input>,
    show: S,
    stage: Stage,
    /// What was put back last, for a technician who wants it all the same.
    put_back: Option<NetworkChange>,
    /// What the page of updates offers, in the order of its buttons.
    offered: Vec<UpdateSource>,
    idle: u32,
}

impl<S: FnMut(ServicePage) -> bool> ServiceMode<S> {
    /// A closed service mode. `show` puts a page on screen and says whether there still is one; `codes` leads to the
    /// inputs that it works on.
    pub fn new(technician: Technician, glass: Option<Glass>, codes: SyncSender<Input>, show: S) -> Self {
        let lock = technician.pin_lock();
        technician.updates().watch(codes.clone());
        let offered = Vec::new();
        Self { technician, lock, glass, codes, show, stage: Stage::Closed, put_back: None, offered, idle: 0 }
    }

    /// Works until the screen has ended.
    pub fn work(mut self, inputs: &Receiver<Input>, pulse: &Pulse) {
        loop {
            pulse.beat();
            let shown = match inputs.recv_timeout(WAKE_EVERY) {
                Ok(Input::Touch(touch)) => {
                    self.idle = 0;
                    self.touched(touch)
                }
                Ok(Input::Code(scan)) => self.held_up(&scan),
                Ok(Input::Updated) => self.updated(),
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
            Stage::Locked(_) | Stage::Open | Stage::Typing(_) | Stage::Aiming(_) | Stage::Updating
                if self.idle >= IDLE_WAKES_MAX =>
            {
                self.close()
            }
            Stage::Locked(_) => true,
            Stage::Aiming(_) => {
                self.stage = Stage::Open;
                self.list("Chỉnh cảm ứng", vec![ended(Err("Không ai chạm. Đã trả lại như cũ.".into()))], MENU)
            }
            Stage::Open | Stage::Typing(_) | Stage::Updating => {
                // The visit forgets a technician who is not heard of for long.
                self.technician.answer(Ask::OutOfService { state: ServiceState::Out });
                true
            }
        }
    }

    fn touched(&mut self, touch: ServiceTouch) -> bool {
        match (&mut self.stage, touch) {
            (_, ServiceTouch::Close) => self.close(),
            (Stage::Closed, ServiceTouch::Gesture) => self.lock_shown(),
            (Stage::Locked(digits), ServiceTouch::Digit(digit)) => {
                if digits.len() < DIGITS_MAX {
                    digits.push(digit);
                }
                self.show_pin(LOCKED)
            }
            (Stage::Locked(digits), ServiceTouch::Erase) => {
                digits.pop();
                self.show_pin(LOCKED)
            }
            (Stage::Locked(_), ServiceTouch::Enter) => self.entered(),
            (Stage::Open, ServiceTouch::Button(id)) => self.pressed(&id),
            (Stage::Updating, ServiceTouch::Button(id)) => {
                self.stage = Stage::Open;
                self.pressed(&id)
            }
            (Stage::Typing(typing), ServiceTouch::Digit(digit)) => {
                typing.key(digit.encode_utf8(&mut [0; 4]));
                self.show_typing()
            }
            (Stage::Typing(typing), ServiceTouch::Erase) => {
                typing.erase();
                self.show_typing()
            }
            (Stage::Typing(_), ServiceTouch::Button(id)) => self.typed(&id),
            (Stage::Typing(typing), ServiceTouch::Enter) => match typing.enter() {
                None => self.show_typing(),
                Some(typed) => self.form_ended(typed),
            },
            (Stage::Aiming(_), ServiceTouch::At(at)) => self.aimed(at),
            // A finger that comes late, from the page before.
            (
                Stage::Closed | Stage::Locked(_) | Stage::Open | Stage::Typing(_) | Stage::Aiming(_) | Stage::Updating,
                _,
            ) => true,
        }
    }

    fn lock_shown(&mut self) -> bool {
        // Another program may have set the PIN meanwhile.
        self.lock = self.technician.pin_lock();
        self.stage = Stage::Locked(Zeroizing::new(String::with_capacity(DIGITS_MAX)));
        self.technician.tap().lead_to(self.codes.clone());
        self.show_pin(LOCKED)
    }

    fn entered(&mut self) -> bool {
        let Stage::Locked(digits) = &mut self.stage else { return true };
        let entry = self.lock.enter(digits, device_links::clock::now());
        // The same memory again: a new string would leave the digits behind.
        zeroize::Zeroize::zeroize(&mut **digits);
        tracing::info!(?entry, "service mode");
        match entry {
            Entry::In => self.open(),
            Entry::Wrong => self.show_pin("Sai mã PIN"),
            Entry::Wait(wait) => self.show_pin(&format!("Chờ {} giây", wait.as_secs().max(1))),
            Entry::Closed => self.show_pin("Chưa đặt mã PIN: kioskctl pin set"),
        }
    }

    /// A code before the lock: a service token, or something of a patient's, which is forgotten at once.
    fn held_up(&mut self, scan: &Scan) -> bool {
        if !matches!(self.stage, Stage::Locked(_)) {
            return true;
        }
        let token = std::str::from_utf8(scan.as_bytes()).ok().filter(|text| text.trim().starts_with(TOKEN_PREFIX));
        let refusal = match token.map(|token| self.technician.tokens().admit(token)) {
            Some(Ok(())) => return self.open(),
            Some(Err(refusal)) => refusal,
            None => TokenRefusal::NoToken,
        };
        tracing::info!(refusal = refusal.code(), "service mode");
        self.show_pin(token_refused(refusal))
    }

    fn open(&mut self) -> bool {
        self.technician.tap().disarm();
        self.stage = Stage::Open;
        self.idle = 0;
        self.technician.answer(Ask::OutOfService { state: ServiceState::Out });
        self.pressed("status")
    }

    fn show_pin(&mut self, title: &str) -> bool {
        let Stage::Locked(digits) = &self.stage else { return true };
        let digits = digits.len();
        (self.show)(ServicePage::Pin { title: title.to_owned(), digits })
    }

    fn pressed(&mut self, id: &str) -> bool {
        let (title, ask) = match id {
            "enrol" => return self.type_in(Form::Enrolment),
            "static-wired" => return self.type_in(Form::Addresses(NetworkLink::Wired)),
            "static-wireless" => return self.type_in(Form::Addresses(NetworkLink::Wireless)),
            "wifi" => return self.type_in(Form::Wifi),
            "dhcp-wired" => return self.set_network(NetworkChange::dhcp(NetworkLink::Wired)),
            "dhcp-wireless" => return self.set_network(NetworkChange::dhcp(NetworkLink::Wireless)),
            "keep-network" => return self.keep_network(),
            "network" => return self.ask("Mạng", Ask::Network, NETWORK),
            "grid" => return (self.show)(ServicePage::TouchGrid),
            "calibrate" => return self.calibrate(),
            "colours" => return (self.show)(ServicePage::Colours),
            "reboot" => return self.list("Khởi động lại máy?", Vec::new(), CONFIRM_REBOOT),
            "reboot-yes" => ("Khởi động lại", Ask::Reboot),
            "print" => ("In thử", Ask::Selftest { test: Test::Print }),
            "scan" => ("Quét thử: đưa thẻ vào khe quét", Ask::Selftest { test: Test::Scan }),
            "card" => ("Đầu đọc thẻ", Ask::Selftest { test: Test::Card }),
            "sound" => return self.ask(SOUND_TITLE, Ask::Volume, SOUND),
            "sound-test" => return self.ask(SOUND_TITLE, Ask::Selftest { test: Test::Sound }, SOUND),
            _ if id.starts_with(VOLUME) => return self.set_volume(&id[VOLUME.len()..]),
            "service" => ("Máy chủ", Ask::Selftest { test: Test::Service }),
            "counters" => ("Bộ đếm", Ask::Counters),
            "logs" => ("Nhật ký", Ask::Logs { boot: 0, lines: LOG_LINES }),
            "update" => return self.look_for_updates(),
            _ if id.starts_with(updating::INSTALL) => return self.install(&id[updating::INSTALL.len()..]),
            _ => ("Thiết bị", Ask::Status),
        };
        self.ask(title, ask, MENU)
    }

    /// Asks, and shows the answer above `buttons`.
    fn ask(&mut self, title: &str, ask: Ask, buttons: &[(&'static str, &'static str)]) -> bool {
        if !self.list(title, vec![plain("Đang làm…", "")], &[]) {
            return false;
        }
        let answer = self.technician.answer(ask);
        self.list(title, lines(&answer), buttons)
    }

    /// Chosen and heard.
    fn set_volume(&mut self, volume: &str) -> bool {
        let Ok(volume) = volume.to_owned().try_into() else { return true };
        let chosen = self.technician.answer(Ask::SetVolume { volume });
        if chosen["ok"] == true {
            self.technician.answer(Ask::Selftest { test: Test::Sound });
        }
        self.list(SOUND_TITLE, lines(&chosen), SOUND)
    }

    fn look_for_updates(&mut self) -> bool {
        if self.technician.updates().is_installing() {
            self.stage = Stage::Updating;
            return self.updated();
        }
        if !self.list(updating::TITLE, vec![plain("Đang tìm…", "")], &[]) {
            return false;
        }
        let page = updating::found(&self.technician.answer(Ask::LookForUpdates));
        self.offered = page.offered;
        self.list(updating::TITLE, page.lines, &page.buttons)
    }

    /// Installs the update with this number.
    fn install(&mut self, number: &str) -> bool {
        let chosen = number.parse::<usize>().ok().and_then(|number| self.offered.get(number.checked_sub(1)?));
        let Some(from) = chosen.cloned() else { return true };
        self.technician.answer(Ask::InstallUpdate { from });
        self.stage = Stage::Updating;
        self.updated()
    }

    /// Shows how far an update is, where that is looked at.
    fn updated(&mut self) -> bool {
        if !matches!(self.stage, Stage::Updating) {
            return true;
        }
        // Somebody waits for it.
        self.idle = 0;
        let page = updating::progress(&self.technician.answer(Ask::UpdateProgress));
        self.list(updating::TITLE, page.lines, &page.buttons)
    }

    fn type_in(&mut self, form: Form) -> bool {
        self.stage = Stage::Typing(Typing::new(form));
        self.show_typing()
    }

    fn typed(&mut self, key: &str) -> bool {
        if key == "menu" {
            self.stage = Stage::Open;
            return self.pressed("status");
        }
        if let Stage::Typing(typing) = &mut self.stage {
            typing.key(key);
        }
        self.show_typing()
    }

    fn show_typing(&mut self) -> bool {
        let Stage::Typing(typing) = &self.stage else { return true };
        (self.show)(typing.page())
    }

    fn form_ended(&mut self, typed: Typed) -> bool {
        self.stage = Stage::Open;
        match typed {
            Typed::Code(code) => self.ask("Ghi danh", Ask::Enrol { code: Code::typed(&code) }, MENU),
            Typed::Network(change) => self.set_network(change),
        }
    }

    fn set_network(&mut self, change: NetworkChange) -> bool {
        if !self.list("Mạng", vec![plain("Đang đổi, chờ tối đa hai phút…", "")], &[]) {
            return false;
        }
        let answer = self.technician.answer(Ask::SetNetwork { change: change.clone() });
        let is_put_back = answer["error"] == NOT_REACHED;
        self.put_back = is_put_back.then_some(change);
        self.list("Mạng", lines(&answer), if is_put_back { PUT_BACK } else { NETWORK })
    }

    fn keep_network(&mut self) -> bool {
        match self.put_back.take() {
            Some(change) => self.set_network(change.kept_always()),
            None => self.pressed("network"),
        }
    }

    fn calibrate(&mut self) -> bool {
        let Some(glass) = &self.glass else {
            let line = ended(Err("Màn hình này không chỉnh được ở đây.".into()));
            return self.list("Chỉnh cảm ứng", vec![line], MENU);
        };
        let aiming = Aiming::new(glass);
        let page = aiming.page();
        self.stage = Stage::Aiming(aiming);
        (self.show)(page)
    }

    fn aimed(&mut self, at: Spot) -> bool {
        let Stage::Aiming(aiming) = &mut self.stage else { return true };
        match aiming.touched(at) {
            Aimed::More => {
                let page = aiming.page();
                (self.show)(page)
            }
            Aimed::Done(outcome) => {
                self.stage = Stage::Open;
                self.list("Chỉnh cảm ứng", vec![ended(outcome)], MENU)
            }
        }
    }

    fn list(&mut self, title: &str, lines: Vec<ServiceLine>, buttons: &[(&'static str, &'static str)]) -> bool {
        (self.show)(ServicePage::List { title: title.to_owned(), lines, buttons: buttons.to_vec() })
    }

    fn close(&mut self) -> bool {
        match self.stage {
            Stage::Closed => {}
            Stage::Locked(_) => self.technician.tap().disarm(),
            Stage::Open | Stage::Typing(_) | Stage::Aiming(_) | Stage::Updating => {
                drop::<Value>(self.technician.answer(Ask::OutOfService { state: ServiceState::In }));
            }
        }
        self.put_back = None;
        self.offered.clear();
        self.stage = Stage::Closed;
        (self.show)(ServicePage::Closed)
    }
}

const fn token_refused(refusal: TokenRefusal) -> &'static str {
    match refusal {
        TokenRefusal::NoToken => "Không phải thẻ kỹ thuật",
        TokenRefusal::NobodyTrusted => "Máy này không nhận thẻ kỹ thuật",
        TokenRefusal::Signature | TokenRefusal::Terms => "Thẻ kỹ thuật không hợp lệ",
        TokenRefusal::OtherKiosk => "Thẻ kỹ thuật của máy khác",
        TokenRefusal::Early => "Thẻ kỹ thuật chưa có hiệu lực",
        TokenRefusal::Late => "Thẻ kỹ thuật đã hết hạn",
        TokenRefusal::NoClock => "Đồng hồ của máy chưa đúng: dùng mã PIN",
        TokenRefusal::Revoked => "Thẻ kỹ thuật đã bị thu hồi",
        TokenRefusal::UsedUp => "Thẻ kỹ thuật đã dùng hết lượt",
        TokenRefusal::NotKept => "Máy không ghi được lượt dùng: dùng mã PIN",
    }
}

/// Hands touches to the service mode. One that finds no room is dropped: the technician touches again.
pub fn touches(mode: SyncSender<Input>) -> impl Fn(ServiceTouch) + Clone {
    move |touch| {
        if let Err(TrySendError::Full(_)) = mode.try_send(Input::Touch(touch)) {
            tracing::warn!("a touch in service mode was dropped: a test is running");
        }
    }
}

#[cfg(test)]
mod tests;
