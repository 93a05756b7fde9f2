//! The machine's own panel and touch: the kernel's mode setting and event nodes, without a desktop.

pub mod calibration;
pub mod damage;
pub mod geometry;
pub mod keys;
pub mod modes;
pub mod pacing;
pub mod picture;
pub mod pointer;
pub mod schedule;
