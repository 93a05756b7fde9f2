//! How large the kiosk's image is, and how long it boots: `cargo xtask bench image`.

use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let measured = Command::new(env!("CARGO_BIN_EXE_hil")).arg("measure").current_dir(workspace).status();
    if measured.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
