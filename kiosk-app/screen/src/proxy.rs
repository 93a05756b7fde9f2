//! The address of an event loop of ours, for any thread.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

use slint::EventLoopError;
use slint::platform::EventLoopProxy;

/// Most messages that wait for a loop. One this far behind is stuck.
pub const INBOX_MAX: usize = 1_024;

/// What Slint wants of a loop.
pub enum Wanted {
    /// A closure of `slint::invoke_from_event_loop`.
    Task(Box<dyn FnOnce() + Send>),
    /// `slint::quit_event_loop`.
    Quit,
}

/// Puts what is wanted into the inbox of a loop whose messages are `M`.
pub struct Proxy<M> {
    sender: SyncSender<M>,
    /// Rung after each message, for a loop that waits for the kernel and not for its inbox.
    bell: Option<Arc<OwnedFd>>,
}

impl<M: From<Wanted>> Proxy<M> {
    /// Of a loop that waits for its inbox.
    pub const fn new(sender: SyncSender<M>) -> Self {
        Self { sender, bell: None }
    }

    /// Of a loop that waits for this eventfd.
    pub const fn with_bell(sender: SyncSender<M>, bell: Arc<OwnedFd>) -> Self {
        Self { sender, bell: Some(bell) }
    }

    /// Never blocks: the loop itself may be the caller, and nobody else empties its inbox.
    fn send(&self, wanted: Wanted) -> Result<(), EventLoopError> {
        match self.sender.try_send(wanted.into()) {
            Ok(()) => {
                if let Some(bell) = &self.bell {
                    // It fails only when it has been rung very often already.
                    rustix::io::write(&**bell, &1_u64.to_ne_bytes()).ok();
                }
                Ok(())
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(EventLoopError::EventLoopTerminated),
        }
    }
}

impl<M: From<Wanted> + Send> EventLoopProxy for Proxy<M> {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.send(Wanted::Quit)
    }

    fn invoke_from_event_loop(&self, event: Box<dyn FnOnce() + Send>) -> Result<(), EventLoopError> {
        self.send(Wanted::Task(event))
    }
}
