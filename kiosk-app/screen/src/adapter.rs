//! A Slint window without a desktop.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use slint::platform::software_renderer::{RepaintBufferType, SoftwareRenderer};
use slint::platform::{PlatformError, PointerEventButton, Renderer, WindowAdapter, WindowEvent, WindowProperties};
use slint::{LogicalPosition, LogicalSize, PhysicalSize, Window};

use crate::canvas::{Canvas, Frame, Header};

/// The one window of the process, drawn into memory.
pub struct VirtualWindow {
    window: Window,
    renderer: SoftwareRenderer,
    size: PhysicalSize,
    visible: Cell<bool>,
    needs_redraw: Cell<bool>,
    title: RefCell<String>,
    canvas: RefCell<Canvas>,
}

impl VirtualWindow {
    pub fn new(width: u16, height: u16) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| Self {
            window: Window::new(this.clone()),
            renderer: SoftwareRenderer::new_with_repaint_buffer_type(RepaintBufferType::ReusedBuffer),
            size: PhysicalSize::new(width.into(), height.into()),
            visible: Cell::new(false),
            needs_redraw: Cell::new(false),
            title: RefCell::default(),
            canvas: RefCell::new(Canvas::new(width, height)),
        })
    }

    /// Whether [`draw`](Self::draw) would draw.
    pub fn is_dirty(&self) -> bool {
        self.visible.get() && self.needs_redraw.get()
    }

    pub fn draw(&self) {
        if self.is_dirty() {
            self.needs_redraw.set(false);
            self.canvas.borrow_mut().draw(&self.renderer);
        }
    }

    pub fn is_animating(&self) -> bool {
        self.visible.get() && self.window.has_active_animations()
    }

    /// What is on screen, without its pixels.
    pub fn header(&self) -> Header {
        self.canvas.borrow().header(self.title.borrow().clone())
    }

    /// What is on screen.
    pub fn frame(&self) -> Frame {
        self.canvas.borrow().frame(self.title.borrow().clone())
    }

    pub fn press(&self, x: u16, y: u16) -> Result<(), PlatformError> {
        if u32::from(x) >= self.size.width || u32::from(y) >= self.size.height {
            let PhysicalSize { width, height, .. } = self.size;
            return Err(PlatformError::from(format!("expected a pixel of {width}x{height}, got {x} {y}")));
        }
        let (position, button) = (position(x, y), PointerEventButton::Left);
        self.window.dispatch_event_with_result(WindowEvent::PointerMoved { position })?;
        self.window.dispatch_event_with_result(WindowEvent::PointerPressed { position, button }).map(drop)
    }

    /// A finger that leaves the glass is nowhere, so the pointer leaves the window as well.
    pub fn release(&self, x: u16, y: u16) -> Result<(), PlatformError> {
        let (position, button) = (position(x, y), PointerEventButton::Left);
        self.window.dispatch_event_with_result(WindowEvent::PointerReleased { position, button })?;
        self.window.dispatch_event_with_result(WindowEvent::PointerExited).map(drop)
    }

    fn logical_size(&self) -> LogicalSize {
        self.size.to_logical(self.window.scale_factor())
    }
}

/// The scale factor is 1: physical pixels are logical ones.
fn position(x: u16, y: u16) -> LogicalPosition {
    LogicalPosition::new(x.into(), y.into())
}

impl WindowAdapter for VirtualWindow {
    fn window(&self) -> &Window {
        &self.window
    }

    fn set_visible(&self, visible: bool) -> Result<(), PlatformError> {
        self.visible.set(visible);
        self.needs_redraw.set(visible);
        if visible {
            self.window.dispatch_event_with_result(WindowEvent::Resized { size: self.logical_size() })?;
            self.window.dispatch_event_with_result(WindowEvent::WindowActiveChanged(true))?;
        }
        Ok(())
    }

    fn size(&self) -> PhysicalSize {
        self.size
    }

    fn request_redraw(&self) {
        self.needs_redraw.set(true);
    }

    fn renderer(&self) -> &dyn Renderer {
        &self.renderer
    }

    fn update_window_properties(&self, properties: WindowProperties<'_>) {
        *self.title.borrow_mut() = properties.title().to_string();
    }
}
