//! Taking a keyboard away from everybody else.
#![expect(unsafe_code, reason = "no safe crate of those in the tree wraps EVIOCGRAB; see the SAFETY comment")]

use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::ioctl::{IntegerSetter, Opcode, ioctl, opcode};

/// `EVIOCGRAB`, `_IOW('E', 0x90, int)` (linux/input.h). Its argument is a number, 1 to grab.
const EVIOCGRAB: Opcode = opcode::write::<i32>(b'E', 0x90);

/// Keeps what a scanner types from the console and the desktop, until the descriptor is closed.
///
/// # Errors
/// `ENOTTY` when it is no event node, `EBUSY` when another program has grabbed it.
pub fn grab(node: impl AsFd) -> Result<(), Errno> {
    // SAFETY: EVIOCGRAB takes its argument by value and neither reads nor writes memory of ours; a descriptor of another
    // kind answers ENOTTY. The descriptor is borrowed and stays open.
    unsafe { ioctl(node, IntegerSetter::<EVIOCGRAB>::new_usize(1)) }
}
