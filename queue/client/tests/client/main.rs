//! The client against a service that misbehaves on the wire.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod asking;
mod following;
mod queuectl;
mod wire;
