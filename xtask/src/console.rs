//! What the commands tell the person who started them.

use std::io::{self, Write};

/// Writes one line to standard error, where cargo and the test runner write as well, so that the order is kept.
pub fn say(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
