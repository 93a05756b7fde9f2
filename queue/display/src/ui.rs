//! The display's window.

use slint::{ComponentHandle, LogicalSize, ModelRc, PlatformError, ToSharedString, VecModel, Weak};

use crate::wall::{CallLine, DisplayModel, Link};

#[expect(clippy::unwrap_used, reason = "written by the Slint compiler")]
mod generated {
    slint::include_modules!();
}

use generated::{DisplayWindow, LinkState, NumberInRoom, Wall};

/// The size the wall is drawn for: a landscape Full HD panel.
pub const DESIGN: LogicalSize = LogicalSize::new(1920.0, 1080.0);

/// The display's window. Lives in the thread that runs the event loop.
pub struct DisplayUi {
    window: DisplayWindow,
}

impl DisplayUi {
    /// Makes the window; it says that it is connecting.
    ///
    /// # Errors
    /// Slint has no screen to draw on: `kiosk_screen::install` comes first.
    pub fn new() -> Result<Self, PlatformError> {
        Ok(Self { window: DisplayWindow::new()? })
    }

    /// Shows a wall.
    pub fn show_model(&self, model: &DisplayModel) {
        fill(&self.window.global::<Wall<'_>>(), model);
    }

    /// A handle for other threads.
    #[must_use]
    pub fn handle(&self) -> DisplayHandle {
        DisplayHandle { window: self.window.as_weak() }
    }

    /// The Slint component, for `kiosk_screen::Screen::run` and for tests.
    #[must_use]
    pub const fn component(&self) -> &(impl ComponentHandle + use<>) {
        &self.window
    }
}

/// Shows walls from any thread.
#[derive(Clone)]
pub struct DisplayHandle {
    window: Weak<DisplayWindow>,
}

/// The window or its event loop has ended.
#[derive(Debug, thiserror::Error)]
#[error("the display's window has ended")]
pub struct UiEnded(#[source] slint::EventLoopError);

impl DisplayHandle {
    /// Shows a wall soon, in the order of the calls.
    ///
    /// # Errors
    /// [`UiEnded`]; nobody sees it.
    pub fn show(&self, model: DisplayModel) -> Result<(), UiEnded> {
        let show = move |window: DisplayWindow| fill(&window.global::<Wall<'_>>(), &model);
        self.window.upgrade_in_event_loop(show).map_err(UiEnded)
    }
}

fn fill(wall: &Wall<'_>, model: &DisplayModel) {
    wall.set_zone(model.zone.to_shared_string());
    wall.set_clock(model.clock.to_shared_string());
    wall.set_has_call(model.latest.is_some());
    wall.set_latest(model.latest.as_ref().map(number_in_room).unwrap_or_default());
    wall.set_is_new(model.is_new);
    wall.set_is_again(model.is_again);
    wall.set_earlier(ModelRc::new(model.earlier.iter().map(number_in_room).collect::<VecModel<_>>()));
    wall.set_waiting(i32::try_from(model.waiting).unwrap_or(i32::MAX));
    wall.set_missed(model.missed.join("   ").to_shared_string());
    wall.set_voice_broken(model.voice_broken);
    wall.set_link(match model.link {
        Link::Connecting => LinkState::Connecting,
        Link::Live => LinkState::Live,
        Link::Stale => LinkState::Stale,
    });
}

fn number_in_room(line: &CallLine) -> NumberInRoom {
    NumberInRoom {
        number: line.number.to_shared_string(),
        room: line.room.to_shared_string(),
        mark: line.mark.to_shared_string(),
    }
}
