//! Slint screens and words of the kiosk, in three languages: a view in, a patient's touch out.
//!
//! [`KioskUi`] is the one window. Give it a [`Screen`] (or send one from any thread through [`UiHandle`]) and it shows
//! that screen; what the patient touches comes back as a [`Touch`]. [`spoken`] is the screen in sentences, for a voice.
//! It never decides what comes next, talks to a device or keeps a patient's name once another screen is shown. Slint's
//! own copies of the masked name are freed then, and the pixels overwritten; they cannot be wiped.

mod fill;
mod measure;
mod page;
mod pages;
mod portrait;
mod service;
mod spoken;
mod touch;
mod words;

use kiosk_core::event::Touch;
use kiosk_core::view::Screen;
use slint::platform::{Key, WindowEvent};
use slint::{ComponentHandle, LogicalSize, PlatformError, Weak};

pub use pages::screen_name;
pub use service::{ServiceLine, ServicePage, ServiceTone, ServiceTouch, Spot};
pub use spoken::{FocusWords, Listeners, echo, loudness, spoken};

#[expect(clippy::unwrap_used, reason = "written by the Slint compiler")]
mod generated {
    slint::include_modules!();
}

use generated::{Kiosk, KioskWindow};

/// The size the screens are drawn for, in pixels: a portrait Full HD panel of 21.5 inch.
pub const DESIGN: LogicalSize = LogicalSize::new(1080.0, 1920.0);

/// Every text of the catalogue with its name, in Vietnamese, English and Chinese. For tests and style sheets.
pub fn catalogue() -> impl Iterator<Item = (&'static str, [&'static str; 3])> {
    words::all().map(|(name, said)| (name, [said.vi, said.en, said.zh]))
}

/// The kiosk's window. Lives in the thread that runs the event loop.
pub struct KioskUi {
    window: KioskWindow,
}

impl KioskUi {
    /// Makes the window; it is empty until a screen is shown.
    ///
    /// # Errors
    /// Slint has no screen to draw on: `kiosk_screen::install` comes first.
    pub fn new() -> Result<Self, PlatformError> {
        let window = KioskWindow::new()?;
        let weak = window.as_weak();
        window.global::<Kiosk>().on_move_focus(move |forward| move_focus(&weak, forward));
        Ok(Self { window })
    }

    /// Shows a screen.
    pub fn show_view(&self, screen: &Screen) {
        fill::fill(&self.window, screen);
    }

    /// Calls `tell` for each touch that means something, in the event loop's thread. Replaces the `tell` before.
    pub fn on_touch(&self, tell: impl Fn(Touch) + Clone + 'static) {
        let weak = self.window.as_weak();
        self.window.global::<Kiosk>().on_pressed(move |id| {
            let look = weak.upgrade().map(|window| fill::look_of(&window)).unwrap_or_default();
            if let Some(touch) = touch::meaning(&id, look) {
                tell(touch);
            }
        });
    }

    /// Calls `tell` with the words of a control each time the keys reach it, in the event loop's thread: for a voice.
    pub fn on_focus(&self, tell: impl Fn(String) + 'static) {
        self.window.global::<Kiosk>().on_focused(move |words| tell(words.into()));
    }

    /// A handle for other threads.
    #[must_use]
    pub fn handle(&self) -> UiHandle {
        UiHandle { window: self.window.as_weak() }
    }

    /// The Slint component, for `kiosk_screen::Screen::run` and for tests.
    #[must_use]
    pub const fn component(&self) -> &(impl ComponentHandle + use<>) {
        &self.window
    }
}

/// Slint moves the focus by Tab alone; the arrows of a tactile keypad become that.
fn move_focus(window: &Weak<KioskWindow>, forward: bool) {
    let Some(window) = window.upgrade() else { return };
    let key = if forward { Key::Tab } else { Key::Backtab };
    window.window().dispatch_event(WindowEvent::KeyPressed { text: key.into() });
    window.window().dispatch_event(WindowEvent::KeyReleased { text: key.into() });
}

/// Shows screens from any thread.
#[derive(Clone)]
pub struct UiHandle {
    window: Weak<KioskWindow>,
}

/// The window or its event loop has ended.
#[derive(Debug, thiserror::Error)]
#[error("the kiosk's window has ended")]
pub struct UiEnded(#[source] slint::EventLoopError);

impl UiHandle {
    /// Shows a screen soon, in the order of the calls.
    ///
    /// # Errors
    /// [`UiEnded`]; nobody sees the screen.
    pub fn show(&self, screen: Screen) -> Result<(), UiEnded> {
        self.window.upgrade_in_event_loop(move |window| fill::fill(&window, &screen)).map_err(UiEnded)
    }
}
