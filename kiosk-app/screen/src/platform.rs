//! Slint's event loop without a desktop: one inbox, one window.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use slint::platform::{EventLoopProxy, Platform, PlatformError, WindowAdapter};

use crate::adapter::VirtualWindow;
use crate::canvas::{Frame, Header};
use crate::proxy::{INBOX_MAX, Proxy, Wanted};

/// Pause between two frames of an animation: 60 a second.
const FRAME_PAUSE: Duration = Duration::from_millis(16);
/// Longest sleep of an idle loop. Everything that ends it earlier wakes it.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// What wakes the loop.
pub enum Message {
    /// Slint itself.
    Wanted(Wanted),
    /// A finger down and up at this pixel; answered when its effect is drawn.
    Touch { x: u16, y: u16, done: SyncSender<Result<(), PlatformError>> },
    /// A client wants to know what is on screen.
    Look(SyncSender<Header>),
    /// A client wants the picture.
    Frame(SyncSender<Frame>),
    /// The server thread has ended: nobody can see or touch this screen any more.
    ServerEnded(std::io::Error),
}

impl From<Wanted> for Message {
    fn from(wanted: Wanted) -> Self {
        Self::Wanted(wanted)
    }
}

/// The loop's address; may be cloned and sent.
pub type Inbox = SyncSender<Message>;

/// Where the loop goes after a message.
enum Course {
    On,
    Out,
}

pub struct VirtualPlatform {
    window: Rc<VirtualWindow>,
    is_taken: Cell<bool>,
    sender: Inbox,
    receiver: RefCell<Receiver<Message>>,
}

impl VirtualPlatform {
    pub fn new(window: Rc<VirtualWindow>) -> Self {
        let (sender, receiver) = sync_channel(INBOX_MAX);
        Self { window, is_taken: Cell::new(false), sender, receiver: RefCell::new(receiver) }
    }

    pub fn inbox(&self) -> Inbox {
        self.sender.clone()
    }

    /// Runs what is due, and draws what it changed.
    fn advance(&self) {
        slint::platform::update_timers_and_animations();
        self.window.draw();
    }

    fn pause(&self) -> Duration {
        if self.window.is_dirty() {
            return Duration::ZERO;
        }
        let next_timer = slint::platform::duration_until_next_timer_update().unwrap_or(IDLE_MAX);
        if self.window.is_animating() { next_timer.min(FRAME_PAUSE) } else { next_timer.min(IDLE_MAX) }
    }

    fn next_message(&self) -> Result<Option<Message>, PlatformError> {
        let receiver = self.receiver.try_borrow().map_err(|_| PlatformError::from("the event loop runs already"))?;
        match receiver.recv_timeout(self.pause()) {
            Ok(message) => Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(PlatformError::from("the event loop has lost its inbox")),
        }
    }

    fn take(&self, message: Message) -> Result<Course, PlatformError> {
        match message {
            Message::Wanted(Wanted::Task(task)) => task(),
            Message::Wanted(Wanted::Quit) => return Ok(Course::Out),
            Message::Touch { x, y, done } => answer(&done, self.touch(x, y)),
            Message::Look(done) => {
                self.advance();
                answer(&done, self.window.header());
            }
            Message::Frame(done) => {
                self.advance();
                answer(&done, self.window.frame());
            }
            Message::ServerEnded(error) => return Err(PlatformError::OtherError(Box::new(error))),
        }
        Ok(Course::On)
    }

    fn touch(&self, x: u16, y: u16) -> Result<(), PlatformError> {
        self.window.press(x, y)?;
        self.advance();
        self.window.release(x, y)?;
        self.advance();
        Ok(())
    }
}

/// A client that is gone needs no answer.
fn answer<T>(done: &SyncSender<T>, value: T) {
    done.try_send(value).ok();
}

impl Platform for VirtualPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        if self.is_taken.replace(true) {
            return Err(PlatformError::from("a virtual touchscreen holds one window"));
        }
        Ok(Rc::clone(&self.window) as Rc<dyn WindowAdapter>)
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        loop {
            self.advance();
            let Some(message) = self.next_message()? else {
                continue;
            };
            match self.take(message)? {
                Course::On => {}
                Course::Out => return Ok(()),
            }
        }
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        Some(Box::new(Proxy::new(self.sender.clone())))
    }
}
