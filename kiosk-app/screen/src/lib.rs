//! Where Slint draws: a desktop window, the machine's own panel, or a virtual touchscreen on a Unix socket.
//!
//! [`install`] is called once, before the first Slint component is made; [`Screen::run`] shows it and spins Slint's event
//! loop. The machine's own panel is driven by the kernel's mode setting and event nodes ([`device`]).
//! This crate never knows what is drawn, and never opens a device or a socket unless the target asks for one.

#![forbid(unsafe_code)]

mod adapter;
mod canvas;
pub mod device;
mod platform;
mod proxy;
mod server;
mod target;

use std::path::Path;
use std::time::Duration;

use slint::platform::{PlatformError, SetPlatformError, WindowEvent};
use slint::{LogicalSize, PhysicalSize, TimerMode};

pub use target::{InvalidScreenTarget, ScreenTarget};

use crate::adapter::VirtualWindow;
use crate::device::platform::{Design, DevicePlatform};
use crate::device::{CardError, Drawn, DrawnCounter, Machine, PanelSettings};
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
    /// No display is attached, its device is not this user's, or the panel's driver refuses.
    #[error("the machine's own display cannot be used")]
    Display(#[source] PlatformError),
    /// The machine's own panel cannot be used.
    #[error("the machine's own panel cannot be used")]
    Card(#[source] CardError),
    /// The kernel has nothing to wait with.
    #[error("no event loop")]
    Loop(#[source] std::io::Error),
    /// This program has no code for Slint's own backend.
    #[error("this program was built without linuxkms: build it with the feature of that name")]
    WithoutLinuxkms,
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
    scaling: Scaling,
    drawn: DrawnCounter,
    _socket: Option<SocketGuard>,
}

/// How many pixels a unit of the design is.
#[derive(Debug, Clone)]
enum Scaling {
    /// So many, and the window takes the size that the design then has.
    By(f32),
    /// As many as fit the panel, whose size is given.
    #[cfg_attr(not(feature = "linuxkms"), expect(dead_code, reason = "only Slint's own backend has a fixed panel"))]
    FitPanel,
    /// As many as fit the panel, which may be exchanged.
    FitPanels(Design),
    /// One.
    Own,
}

/// Chooses where Slint draws, for the rest of the process.
///
/// A virtual touchscreen answers from here on; it is black until a window is shown. `panel` is for [`ScreenTarget::Device`]
/// alone.
///
/// # Errors
/// [`ScreenError`]; nothing is left behind.
pub fn install(target: &ScreenTarget, panel: PanelSettings) -> Result<Screen, ScreenError> {
    match target {
        ScreenTarget::Device => install_device(panel),
        ScreenTarget::Window { scale_percent } => install_window(*scale_percent),
        ScreenTarget::Linuxkms => install_linuxkms(),
        ScreenTarget::Virtual { socket, width, height } => install_virtual(socket, *width, *height),
    }
}

fn install_window(scale_percent: u16) -> Result<Screen, ScreenError> {
    let selector = slint::BackendSelector::new().backend_name("winit".into()).renderer_name("software".into());
    selector.select().map_err(ScreenError::Window)?;
    Ok(Screen::of(Scaling::By(f32::from(scale_percent) / 100.0)))
}

#[cfg(feature = "linuxkms")]
fn install_linuxkms() -> Result<Screen, ScreenError> {
    let selector = slint::BackendSelector::new().backend_name("linuxkms".into()).renderer_name("software".into());
    selector.select().map_err(ScreenError::Display)?;
    Ok(Screen::of(Scaling::FitPanel))
}

#[cfg(not(feature = "linuxkms"))]
const fn install_linuxkms() -> Result<Screen, ScreenError> {
    Err(ScreenError::WithoutLinuxkms)
}

fn install_virtual(socket: &Path, width: u16, height: u16) -> Result<Screen, ScreenError> {
    let refused = |source| ScreenError::Socket { path: socket.display().to_string(), source };
    let (listener, guard) = server::listen(socket).map_err(refused)?;
    let platform = VirtualPlatform::new(VirtualWindow::new(width, height));
    let inbox = platform.inbox();
    slint::platform::set_platform(Box::new(platform)).map_err(ScreenError::Platform)?;
    server::spawn(listener, inbox).map_err(refused)?;
    Ok(Screen { _socket: Some(guard), ..Screen::of(Scaling::Own) })
}

fn install_device(settings: PanelSettings) -> Result<Screen, ScreenError> {
    let (design, drawn) = (Design::default(), DrawnCounter::default());
    let machine = Machine::open(settings, drawn.clone()).map_err(ScreenError::Card)?;
    let platform = DevicePlatform::new(machine, design.clone()).map_err(ScreenError::Loop)?;
    slint::platform::set_platform(Box::new(platform)).map_err(ScreenError::Platform)?;
    Ok(Screen { drawn, ..Screen::of(Scaling::FitPanels(design)) })
}

impl Screen {
    fn of(scaling: Scaling) -> Self {
        Self { scaling, drawn: DrawnCounter::default(), _socket: None }
    }

    /// What was drawn on the machine's own panel so far, to be called again while it runs.
    pub fn drawn(&self) -> impl Fn() -> Drawn + 'static {
        let drawn = self.drawn.clone();
        move || drawn.get()
    }

    /// Shows a component and spins the event loop until [`quit`], or until its desktop window is closed. `design` is the
    /// size the component is drawn for; a panel is filled as far as both its sides allow, and a virtual touchscreen has its
    /// own.
    ///
    /// # Errors
    /// What Slint's platform reports: no desktop, or the virtual touchscreen's server has ended.
    pub fn run<C: slint::ComponentHandle + 'static>(
        &self,
        component: &C,
        design: LogicalSize,
    ) -> Result<(), PlatformError> {
        let rescaling = slint::Timer::default();
        match &self.scaling {
            Scaling::By(scale) => {
                let scale = *scale;
                // In physical pixels: the desktop's own scale factor is not known before the window is there.
                component.window().set_size(design.to_physical(scale));
                let scaled = component.clone_strong();
                rescaling.start(TimerMode::Repeated, RESCALE_EVERY, move || rescale(scaled.window(), scale, design));
                component.show()?;
            }
            Scaling::FitPanel => {
                component.show()?;
                fit(component.window(), design)?;
            }
            Scaling::FitPanels(shared) => {
                shared.set(Some(design));
                component.show()?;
            }
            Scaling::Own => component.show()?,
        }
        slint::run_event_loop()
    }
}

/// Gives the design the scale at which it fits the panel.
fn fit(window: &slint::Window, design: LogicalSize) -> Result<(), PlatformError> {
    let panel = window.size();
    let scale_factor = scale_to_fit(panel, design);
    window.dispatch_event_with_result(WindowEvent::ScaleFactorChanged { scale_factor })?;
    window.dispatch_event_with_result(WindowEvent::Resized { size: panel.to_logical(scale_factor) }).map(drop)
}

/// Pixels for a unit of the design, so that neither side of the panel is too short. 1 for a panel without pixels.
#[expect(clippy::cast_precision_loss, reason = "a panel has a few thousand pixels a side")]
fn scale_to_fit(panel: PhysicalSize, design: LogicalSize) -> f32 {
    let scale = (panel.width as f32 / design.width).min(panel.height as f32 / design.height);
    if scale.is_finite() && scale > 0.0 { scale } else { 1.0 }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_design_fits_a_panel_of_any_shape() {
        let design = LogicalSize::new(1080.0, 1920.0);
        for (width, height, expected) in [(1080, 1920, 1.0), (540, 960, 0.5), (1080, 960, 0.5), (2160, 3840, 2.0)] {
            let scale = scale_to_fit(PhysicalSize::new(width, height), design);
            assert!((scale - expected).abs() < f32::EPSILON, "{width}x{height}: {scale}");
        }
        assert!((scale_to_fit(PhysicalSize::new(0, 0), design) - 1.0).abs() < f32::EPSILON);
    }
}
