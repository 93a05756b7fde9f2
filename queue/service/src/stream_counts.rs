//! How many streams each key or login has open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::caller::Caller;
use crate::problem::ApiError;

/// What a display is told to wait when its key has too many streams: for the old ones to be found dead.
const COME_BACK_AFTER: Duration = Duration::from_secs(20);

type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// Counted by who has them open.
#[derive(Default)]
pub(crate) struct StreamCounts(Counts);

/// One open stream; it is counted until this is dropped.
pub(crate) struct OwnStream {
    counts: Counts,
    who: String,
}

impl StreamCounts {
    /// Counts one more, unless there are `max`. Where nobody can be known nobody is counted.
    pub(crate) fn begin(&self, caller: &Caller, max: usize) -> Result<Option<OwnStream>, ApiError> {
        let who = match caller {
            Caller::Device(device) => format!("device:{}", device.id),
            Caller::Staff(staff) => format!("staff:{}", staff.user),
            Caller::Open => return Ok(None),
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(who.clone()).or_default();
        if *count >= max {
            return Err(ApiError::too_many_attempts(COME_BACK_AFTER));
        }
        *count += 1;
        Ok(Some(OwnStream { counts: Arc::clone(&self.0), who }))
    }
}

impl Drop for OwnStream {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let left = counts.get_mut(&self.who).map_or(0, |count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == 0 {
            counts.remove(&self.who);
        }
    }
}
