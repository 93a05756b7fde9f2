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

use std::path::Path;
use std::time::Duration;

use slint::platform::{PlatformError, SetPlatformError, WindowEvent};
use slint::{LogicalSize, TimerMode};

pub use target::{InvalidScreenTarget, ScreenTarget};

use crate::adapter::VirtualWindow;
use crate::platform::VirtualPlatform;
use crate::server::SocketGuard;

/// How often a desktop window is looked at for a scale factor that is not its own.
const RESCALE_EVERY: Duration = Duration::from_millis(50);

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
    Ok(Screen { scale: Some(f32::from(scale_percent) / 100.0), _socket: None })
}

fn install_virtual(socket: &Path, width: u16, height: u16) -> Result<Screen, ScreenError> {
    let refused = |source| ScreenError::Socket { path: socket.display().to_string(), source };
    let (listener, guard) = server::listen(socket).map_err(refused)?;
    let platform = VirtualPlatform::new(VirtualWindow::new(width, height));
    let inbox = platform.inbox();
    slint::platform::set_platform(Box::new(platform)).map_err(ScreenError::Platform)?;
    server::spawn(listener, inbox).map_err(refused)?;
    Ok(Screen { scale: None, _socket: Some(guard) })
}

impl Screen {
    /// Shows a component and spins the event loop until [`quit`], or until its desktop window is closed. `design` is the
    /// size the component is drawn for; a virtual touchscreen has its own.
    ///
    /// # Errors
    /// What Slint's platform reports: no desktop, or the virtual touchscreen's server has ended.
    pub fn run<C: slint::ComponentHandle + 'static>(
        &self,
        component: &C,
        design: LogicalSize,
    ) -> Result<(), PlatformError> {
        let rescaling = slint::Timer::default();
        if let Some(scale) = self.scale {
            // In physical pixels: the desktop's own scale factor is not known before the window is there.
            component.window().set_size(design.to_physical(scale));
            let scaled = component.clone_strong();
            rescaling.start(TimerMode::Repeated, RESCALE_EVERY, move || rescale(scaled.window(), scale, design));
        }
        component.show()?;
        slint::run_event_loop()
    }
}

/// The desktop reports its own scale factor when it makes the window, and again when the window comes to another monitor.
fn rescale(window: &slint::Window, scale: f32, design: LogicalSize) {
    if (window.scale_factor() - scale).abs() < f32::EPSILON {
        return;
    }
    window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor: scale });
    if window.size() != design.to_physical(scale) {
        window.set_size(design.to_physical(scale));
    }
    window.dispatch_event(WindowEvent::Resized { size: design });
}

/// Ends [`Screen::run`] soon; from any thread.
///
/// # Errors
/// No screen is installed, or its loop has ended.
pub fn quit() -> Result<(), slint::EventLoopError> {
    slint::quit_event_loop()
}
