//! The event loop's inbox, and how it is woken while it waits for the kernel.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use rustix::event::{EventfdFlags, eventfd};
use slint::EventLoopError;
use slint::platform::EventLoopProxy;

/// Most messages that wait for the loop. A loop this far behind is stuck.
const INBOX_MAX: usize = 1_024;

/// What others want of the loop.
pub enum Message {
    /// A closure of `slint::invoke_from_event_loop`.
    Task(Box<dyn FnOnce() + Send>),
    /// `slint::quit_event_loop`.
    Quit,
}

/// The receiving end.
pub struct Inbox {
    sender: SyncSender<Message>,
    receiver: Receiver<Message>,
    bell: Arc<OwnedFd>,
}

impl Inbox {
    /// An empty one.
    ///
    /// # Errors
    /// The kernel has no descriptor left.
    pub fn new() -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(INBOX_MAX);
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { sender, receiver, bell: Arc::new(bell) })
    }

    /// The sending end.
    #[must_use]
    pub fn proxy(&self) -> Proxy {
        Proxy { sender: self.sender.clone(), bell: Arc::clone(&self.bell) }
    }

    /// Readable when there is a message.
    #[must_use]
    pub fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// All messages there are.
    pub fn take(&self) -> Vec<Message> {
        // Silence the bell first: a message that comes after is rung for again. An error means it did not ring.
        rustix::io::read(&*self.bell, &mut [0_u8; 8]).ok();
        self.receiver.try_iter().collect()
    }
}

/// The loop's address, for any thread.
pub struct Proxy {
    sender: SyncSender<Message>,
    bell: Arc<OwnedFd>,
}

impl Proxy {
    /// Never blocks: the loop itself may be the caller, and nobody else empties its inbox.
    fn send(&self, message: Message) -> Result<(), EventLoopError> {
        match self.sender.try_send(message) {
            Ok(()) => {
                // It fails only when it has been rung very often already.
                rustix::io::write(&*self.bell, &1_u64.to_ne_bytes()).ok();
                Ok(())
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(EventLoopError::EventLoopTerminated),
        }
    }
}

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.send(Message::Quit)
    }

    fn invoke_from_event_loop(&self, event: Box<dyn FnOnce() + Send>) -> Result<(), EventLoopError> {
        self.send(Message::Task(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    fn rings(inbox: &Inbox) -> bool {
        let bell = inbox.bell();
        let mut descriptors = [PollFd::new(&bell, PollFlags::IN)];
        poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
    }

    #[test]
    fn a_message_rings_until_it_is_taken() {
        let inbox = Inbox::new().unwrap();
        assert!(!rings(&inbox));
        inbox.proxy().quit_event_loop().unwrap();
        inbox.proxy().invoke_from_event_loop(Box::new(|| {})).unwrap();
        assert!(rings(&inbox));
        assert_eq!(inbox.take().len(), 2);
        assert!(!rings(&inbox) && inbox.take().is_empty());
    }

    #[test]
    fn a_full_inbox_and_one_that_is_gone_refuse() {
        let inbox = Inbox::new().unwrap();
        let proxy = inbox.proxy();
        for _ in 0..INBOX_MAX {
            proxy.quit_event_loop().unwrap();
        }
        assert!(proxy.quit_event_loop().is_err());
        drop(inbox);
        assert!(proxy.quit_event_loop().is_err());
    }
}
