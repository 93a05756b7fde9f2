//! Where Slint draws: a desktop window, or a virtual touchscreen on a Unix socket.
//!
//! [`install`] is called once, before the first Slint component is made; [`Screen::run`] shows it and spins Slint's event
//! loop. The virtual touchscreen is Slint's software renderer on a memory buffer: the pixels a device would show.
//! This crate never knows what is drawn, and never opens a socket unless the target asks for one.

#![forbid(unsafe_code)]

mod adapter;
mod canvas;
mod platform;
mod server;
mod target;

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use slint::LogicalSize;
use slint::platform::{PlatformError, SetPlatformError, WindowEvent};

pub use target::{InvalidScreenTarget, ScreenTarget};

use crate::adapter::VirtualWindow;
use crate::platform::VirtualPlatform;
use crate::server::SocketGuard;

/// How often it is looked whether the desktop has set its own scale.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// After so many looks, five seconds, a window keeps the scale it has.
const LOOKS_MAX: u32 = 250;

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// No desktop to open a window on, or Slint's backend cannot be set up.
    #[error("no desktop window can be opened")]
    Window(#[source] PlatformError),
    /// Something was drawn before, or this is the second screen of the process.
    #[error("slint has a platform already")]
    Platform(#[source] SetPlatformError),
    /// The socket of the virtual touchscreen cannot be made.
    #[error("cannot listen on {path}")]
    Socket {
        /// Where it should have been.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// The screen of this process. Dropping it removes the socket of a virtual touchscreen.
#[derive(Debug)]
pub struct Screen {
    scale: Option<f32>,
    design: Option<LogicalSize>,
    _socket: Option<SocketGuard>,
}

/// Chooses where Slint draws, for the rest of the process.
///
/// A virtual touchscreen answers from here on; it is black until a window is shown.
///
/// # Errors
/// [`ScreenError`]; nothing is left behind.
pub fn install(target: &ScreenTarget) -> Result<Screen, ScreenError> {
    match target {
        ScreenTarget::Window { scale_percent } => install_window(*scale_percent),
        ScreenTarget::Virtual { socket, width, height } => install_virtual(socket, *width, *height),
    }
}

fn install_window(scale_percent: u16) -> Result<Screen, ScreenError> {
    let selector = slint::BackendSelector::new().backend_name("winit".into()).renderer_name("software".into());
    selector.select().map_err(ScreenError::Window)?;
    Ok(Screen { scale: Some(f32::from(scale_percent) / 100.0), design: None, _socket: None })
}

fn install_virtual(socket: &Path, width: u16, height: u16) -> Result<Screen, ScreenError> {
    let refused = |source| ScreenError::Socket { path: socket.display().to_string(), source };
    let (listener, guard) = server::listen(socket).map_err(refused)?;
    let platform = VirtualPlatform::new(VirtualWindow::new(width, height));
    let inbox = platform.inbox();
    slint::platform::set_platform(Box::new(platform)).map_err(ScreenError::Platform)?;
    server::spawn(listener, inbox).map_err(refused)?;
    Ok(Screen { scale: None, design: None, _socket: Some(guard) })
}

impl Screen {
    /// The size the component is drawn for. A desktop window starts with it, scaled, even where the unscaled window does
    /// not fit the monitor; a virtual touchscreen has its own size and ignores it.
    #[must_use]
    pub fn designed_for(self, size: LogicalSize) -> Self {
        Self { design: Some(size), ..self }
    }

    /// Shows a component and spins the event loop until [`quit`], or until its desktop window is closed.
    ///
    /// # Errors
    /// What Slint's platform reports: no desktop, or the virtual touchscreen's server has ended.
    pub fn run<C: slint::ComponentHandle + 'static>(&self, component: &C) -> Result<(), PlatformError> {
        if let (Some(design), Some(scale)) = (self.design, self.scale) {
            component.window().set_size(design.to_physical(scale));
        }
        component.show()?;
        // Dropped at the end of the loop, which stops it.
        let rescaling = Rc::new(slint::Timer::default());
        if let Some(scale) = self.scale {
            rescale_when_made(&rescaling, component.clone_strong(), Scaled { scale, design: self.design });
        }
        slint::run_event_loop()
    }
}

/// The desktop makes the window in one of the loop's first rounds and gives it a scale factor of its own then.
fn rescale_when_made<C: slint::ComponentHandle + 'static>(timer: &Rc<slint::Timer>, component: C, scaled: Scaled) {
    let looks = Cell::new(0);
    let stop = Rc::downgrade(timer);
    timer.start(slint::TimerMode::Repeated, LOOK_EVERY, move || {
        let window = component.window();
        let is_made = window.size().width > 0;
        if is_made && (window.scale_factor() - scaled.scale).abs() > f32::EPSILON {
            rescale(window, scaled);
        }
        looks.set(looks.get() + 1);
        if let Some(timer) = stop.upgrade().filter(|_| looks.get() == LOOKS_MAX) {
            timer.stop();
        }
    });
}

/// How a desktop window is scaled.
#[derive(Clone, Copy)]
struct Scaled {
    scale: f32,
    design: Option<LogicalSize>,
}

fn rescale(window: &slint::Window, Scaled { scale, design }: Scaled) {
    let logical = design.unwrap_or_else(|| window.size().to_logical(window.scale_factor()));
    window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor: scale });
    // In physical pixels: the desktop would apply its own scale factor to logical ones.
    window.set_size(logical.to_physical(scale));
}

/// Ends [`Screen::run`] soon; from any thread.
///
/// # Errors
/// No screen is installed, or its loop has ended.
pub fn quit() -> Result<(), slint::EventLoopError> {
    slint::quit_event_loop()
}
