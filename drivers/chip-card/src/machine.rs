//! Protocols as machines without I/O: each yields command APDUs and is fed the answers.
//!
//! The protocols are written as `async` functions because the compiler then makes the states. There is no runtime and
//! nothing wakes: a machine is polled once for each answer, and whoever runs it decides where the commands go.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use kiosk_hal::link::LinkError;
use zeroize::Zeroizing;

use crate::progress::{Progress, Wish};

/// What a card or its link answered to one command: the whole response APDU, at least two bytes.
pub type Answer = Result<Vec<u8>, LinkError>;

/// What a machine and the protocol inside it hand to each other.
#[derive(Default)]
struct Slot {
    command: Option<Zeroizing<Vec<u8>>>,
    answer: Option<Answer>,
    notes: VecDeque<Progress>,
    wish: Wish,
}

/// The protocol's end of a machine.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Slot>>);

impl Wire {
    /// Hands a command out and waits for its answer.
    pub(crate) async fn transmit(&self, command: Zeroizing<Vec<u8>>) -> Answer {
        self.slot().command = Some(command);
        poll_fn(|_| self.slot().answer.take().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Tells whoever runs the machine how far it is.
    pub(crate) fn note(&self, progress: Progress) {
        self.slot().notes.push_back(progress);
    }

    /// What whoever runs the machine wishes by now.
    pub(crate) fn wish(&self) -> Wish {
        self.slot().wish
    }

    /// The oldest note not taken yet.
    pub(crate) fn take_note(&self) -> Option<Progress> {
        self.slot().notes.pop_front()
    }

    pub(crate) fn set_wish(&self, wish: Wish) {
        self.slot().wish = wish;
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A protocol that waits for an answer, or has not begun.
pub struct Machine<'a, T> {
    wire: Wire,
    protocol: Pin<Box<dyn Future<Output = T> + 'a>>,
}

/// What a machine wants next.
pub enum Step<'a, T> {
    /// Send this command APDU and give the answer to the machine.
    Transmit {
        /// The bytes to send.
        command: Zeroizing<Vec<u8>>,
        /// The machine that waits for the answer.
        machine: Machine<'a, T>,
    },
    /// The protocol has ended.
    Done(T),
}

impl<'a, T> Machine<'a, T> {
    pub(crate) fn new(wire: Wire, protocol: impl Future<Output = T> + 'a) -> Self {
        Self { wire, protocol: Box::pin(protocol) }
    }

    /// The first command.
    #[must_use]
    pub fn start(self) -> Step<'a, T> {
        self.poll()
    }

    /// The next command, after this answer to the last one.
    #[must_use]
    pub fn answer(self, answer: Answer) -> Step<'a, T> {
        self.wire.slot().answer = Some(answer);
        self.poll()
    }

    /// How far the protocol is; the oldest note not taken yet.
    pub fn take_note(&mut self) -> Option<Progress> {
        self.wire.take_note()
    }

    /// Tells the protocol what to do from its next command on.
    pub fn set_wish(&mut self, wish: Wish) {
        self.wire.set_wish(wish);
    }

    fn poll(mut self) -> Step<'a, T> {
        match self.protocol.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Step::Done(outcome),
            // The protocols wait for nothing but answers, so a command is there.
            Poll::Pending => {
                let command = self.wire.slot().command.take().unwrap_or_default();
                Step::Transmit { command, machine: self }
            }
        }
    }
}

impl<T> fmt::Debug for Machine<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Machine { .. }")
    }
}
