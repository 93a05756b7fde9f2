//! Slint screens and words of the kiosk: a view in, a patient's touch out.
//!
//! [`KioskUi`] is the one window. Give it a [`Screen`] (or send one from any thread through [`UiHandle`]) and it shows
//! that screen; what the patient touches comes back as a [`Touch`]. It never decides what comes next, talks to a device
//! or keeps a patient's name once another screen is shown. Slint's own copies of the masked name are freed then, and the
//! pixels overwritten; they cannot be wiped.

mod model;

use kiosk_core::event::Touch;
use kiosk_core::view::Screen;
use queue_protocol::model::ServiceId;
use slint::{ComponentHandle, LogicalSize, PlatformError, Weak};

pub use model::screen_name;

#[expect(clippy::unwrap_used, reason = "written by the Slint compiler")]
mod generated {
    slint::include_modules!();
}

use generated::{Kiosk, KioskWindow};

/// The size the screens are drawn for, in pixels: a portrait Full HD panel of 21.5 inch.
pub const DESIGN: LogicalSize = LogicalSize::new(1080.0, 1920.0);

/// The kiosk's window. Lives in the thread that runs the event loop.
pub struct KioskUi {
    window: KioskWindow,
}

impl KioskUi {
    /// Makes the window; it shows the welcome screen.
    ///
    /// # Errors
    /// Slint has no screen to draw on: `kiosk_screen::install` comes first.
    pub fn new() -> Result<Self, PlatformError> {
        Ok(Self { window: KioskWindow::new()? })
    }

    /// Shows a screen.
    pub fn show_view(&self, screen: &Screen) {
        model::fill(&self.window.global::<Kiosk>(), screen);
    }

    /// Calls `tell` for each touch that means something, in the event loop's thread. Replaces the `tell` before.
    pub fn on_touch(&self, tell: impl Fn(Touch) + Clone + 'static) {
        let kiosk = self.window.global::<Kiosk>();
        let begin = tell.clone();
        kiosk.on_begin(move || begin(Touch::Begin));
        let leave = tell.clone();
        kiosk.on_leave(move || leave(Touch::Leave));
        let done = tell.clone();
        kiosk.on_done(move || done(Touch::Done));
        kiosk.on_choose(move |id| {
            // A tile carries the id it was filled with, so this is one.
            if let Ok(service) = ServiceId::new(id) {
                tell(Touch::Choose(service));
            }
        });
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
        let fill = move |window: KioskWindow| model::fill(&window.global::<Kiosk>(), &screen);
        self.window.upgrade_in_event_loop(fill).map_err(UiEnded)
    }
}
