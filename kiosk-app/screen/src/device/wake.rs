//! The event loop's inbox, and how it is woken while it waits for the kernel.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rustix::event::{EventfdFlags, eventfd};

use crate::proxy::{INBOX_MAX, Proxy, Wanted};

/// The receiving end.
pub struct Inbox {
    sender: SyncSender<Wanted>,
    receiver: Receiver<Wanted>,
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
    pub fn proxy(&self) -> Proxy<Wanted> {
        Proxy::with_bell(self.sender.clone(), Arc::clone(&self.bell))
    }

    /// Readable when there is a message.
    #[must_use]
    pub fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// All messages there are.
    pub fn take(&self) -> Vec<Wanted> {
        // Silence the bell first: a message that comes after is rung for again. An error means it did not ring.
        rustix::io::read(&*self.bell, &mut [0_u8; 8]).ok();
        self.receiver.try_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use slint::platform::EventLoopProxy;

    use super::*;

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
