//! What a wire does.
//!
//! # For driver authors
//! Every wait has a deadline that you compute from [`ByteLink::now`]. A link never retries and never drops bytes
//! silently.
//!
//! # For link authors
//! Implement the trait on the open handle; opening and discovery are yours. Pass the contract in
//! `kiosk_hal::contract::byte_link` (feature `contract`).

use std::io;
use std::time::Duration;

use crate::fault::Fault;
use crate::uptime::Uptime;

/// Why a link could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The deadline passed first. Nothing is wrong with the link itself.
    #[error("no answer before the deadline")]
    TimedOut,
    /// The other end is gone for good: unplugged, hung up, reset. Open the link again.
    #[error("the device is gone")]
    Gone,
    /// The operating system refused.
    #[error("input or output failed")]
    Io(#[source] io::Error),
}

impl LinkError {
    /// The common fault this error amounts to.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::TimedOut => Fault::Offline,
            Self::Gone | Self::Io(_) => Fault::NoDevice,
        }
    }
}

/// A write that did not reach its end.
#[derive(Debug, thiserror::Error)]
#[error("{written} bytes were taken before the write stopped")]
pub struct WriteFailed {
    /// Bytes the link has taken, counted from the first. They may or may not have reached the device.
    pub written: usize,
    /// Why it stopped.
    #[source]
    pub cause: LinkError,
}

/// A two-way stream of bytes with deadlines: a serial line, a USB printer, a TCP printer, a virtual wire.
///
/// ```
/// use kiosk_hal::link::{ByteLink, LinkError};
/// use std::time::Duration;
///
/// /// Asks for one status byte and waits at most half a second for it.
/// fn status(link: &mut impl ByteLink) -> Result<u8, LinkError> {
///     let until = link.now() + Duration::from_millis(500);
///     link.write(&[0x10, 0x04, 0x01], until).map_err(|failed| failed.cause)?;
///     let mut byte = [0];
///     link.read(&mut byte, until)?;
///     Ok(byte[0])
/// }
/// ```
pub trait ByteLink: Send {
    /// The link's clock. A virtual wire returns virtual time, which passes only while the link waits.
    fn now(&self) -> Uptime;

    /// Reads what has arrived, at least one byte and at most `into.len()`, waiting until `until` for the first.
    ///
    /// # Errors
    /// [`LinkError::TimedOut`] when nothing arrived in time; [`LinkError::Gone`] once the other end has left and all
    /// it sent was read.
    ///
    /// # Panics
    /// May panic when `into` is empty: that read could never succeed.
    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError>;

    /// Hands all of `bytes` to the wire, in order.
    ///
    /// Success proves only that the operating system took them: nothing about the device.
    ///
    /// # Errors
    /// [`WriteFailed`] with the count of bytes taken. Never retried by the link.
    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed>;

    /// Throws away bytes that were taken by [`ByteLink::write`] and have not left the host yet, so that the next write
    /// does not wait behind them. Does not wait.
    ///
    /// How many are lost is not known: the device may be left in the middle of a command. By default nothing can be
    /// recalled, and that is no error: a link without a queue of its own, and one whose queue cannot be emptied.
    ///
    /// # Errors
    /// [`LinkError::Gone`] or [`LinkError::Io`] when the system refuses.
    fn discard_output(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}

impl<L: ByteLink + ?Sized> ByteLink for &mut L {
    fn now(&self) -> Uptime {
        (**self).now()
    }
    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        (**self).read(into, until)
    }
    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        (**self).write(bytes, until)
    }
    fn discard_output(&mut self) -> Result<(), LinkError> {
        (**self).discard_output()
    }
}

impl<L: ByteLink + ?Sized> ByteLink for Box<L> {
    fn now(&self) -> Uptime {
        (**self).now()
    }
    fn read(&mut self, into: &mut [u8], until: Uptime) -> Result<usize, LinkError> {
        (**self).read(into, until)
    }
    fn write(&mut self, bytes: &[u8], until: Uptime) -> Result<(), WriteFailed> {
        (**self).write(bytes, until)
    }
    fn discard_output(&mut self) -> Result<(), LinkError> {
        (**self).discard_output()
    }
}

/// Bytes taken from a link at a time while throwing stale input away.
const DISCARD_CHUNK_BYTES: usize = 256;

/// Throws away everything that arrives until the link has been quiet for `quiet`, at most until `until`.
///
/// Returns the number of bytes thrown away.
///
/// # Errors
/// Those of [`ByteLink::read`], except that silence is success.
pub fn discard_input(link: &mut impl ByteLink, quiet: Duration, until: Uptime) -> Result<usize, LinkError> {
    let mut chunk = [0; DISCARD_CHUNK_BYTES];
    let mut discarded = 0;
    while link.now() < until {
        let pause = (link.now() + quiet).min(until);
        match link.read(&mut chunk, pause) {
            Ok(count) => discarded += count,
            Err(LinkError::TimedOut) => return Ok(discarded),
            Err(other) => return Err(other),
        }
    }
    Ok(discarded)
}

/// One exchange with a smart card: command APDU out, response APDU in (ISO 7816-4).
///
/// The response carries its two status bytes at the end. A card that was pulled out is [`LinkError::Gone`].
pub trait ApduLink: Send {
    /// The link's clock.
    fn now(&self) -> Uptime;

    /// Sends `command` and returns the whole response, at least two bytes.
    ///
    /// # Errors
    /// [`LinkError::Gone`] when the card or the reader left, [`LinkError::TimedOut`] at the deadline.
    fn transmit(&mut self, command: &[u8], until: Uptime) -> Result<Vec<u8>, LinkError>;
}
