//! Virtual scanner, printer, chip card and network as models on a virtual wire, with a lever for every fault.
//!
//! A model is pure: bytes in, bytes out, time as an argument ([`wire::Device`]). A *mount* gives it a wire:
//! [`memory`] (virtual time), [`pty`] and [`tcp`] (real time). Levers are pulled from outside through [`wire::Shared`].
//! The models understand ESC/POS and scanner commands with code of their own: this crate never names a driver, so that
//! a driver's mistake is not repeated by its simulator.

pub mod card;
pub mod memory;
pub mod network;
pub mod printer;
pub mod pty;
mod pump;
pub mod scanner;
pub mod tcp;
pub mod wire;
