//! The monotonic clock all links of a process share.

use std::sync::LazyLock;
use std::time::Instant;

use kiosk_hal::uptime::Uptime;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Time since the first call in this process. Values from all links of this crate may be compared.
#[must_use]
pub fn now() -> Uptime {
    Uptime::new(START.elapsed())
}
