//! Calls spoken aloud, offline.
//!
//! [`phrase`] is what is said, [`turns`] whose turn it is (both pure), [`speech`] turns text into sound with espeak-ng,
//! [`wave`] and [`chime`] hold sound, [`volume`] is how loud it is at which hour, [`loudspeaker`] plays it, and [`announcer`] ties them together in one thread.
//! Two calls never overlap, a failed one never silences the next, and nothing is fetched from a network.

pub mod announcer;
mod child;
pub mod chime;
pub mod loudspeaker;
pub mod phrase;
pub mod speech;
pub mod turns;
pub mod volume;
pub mod wave;
