//! The machine's own panel and touch: the kernel's mode setting and event nodes, without a desktop.

mod backlight;
pub mod calibration;
mod card;
mod damage;
mod finger;
pub mod geometry;
mod inputs;
pub mod jack;
mod keys;
mod machine;
pub mod modes;
mod nodes;
mod pacing;
mod picture;
pub(crate) mod platform;
mod pointer;
pub mod schedule;
mod wake;

pub use card::CardError;
pub use inputs::LeftAlone;
pub use machine::{Drawn, LocalTime, PanelSettings};
pub(crate) use machine::{DrawnCounter, Machine};
