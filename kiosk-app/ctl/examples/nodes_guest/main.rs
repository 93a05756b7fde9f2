//! The only program of a virtual machine in which scanners and cameras are read through a kernel's own nodes:
//! `cargo xtask image test devices` puts it and `kioskctl` into an initramfs and waits for what it tells.
//!
//! As process 1 it loads the drivers, plugs devices in and out through `uhid` and `vivid`, and reads them with the
//! shipped code. One line on the serial line for each promise that was kept; a panic is told, and ends the machine.
#![allow(clippy::unwrap_used, reason = "a test program may fail by panicking")]

mod camera;
mod scanners;
mod uhid;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::mount::{MountFlags, mount};
use serde_json::Value;

/// Longest wait for something of the kernel's, on a machine that stands still at times.
pub const LIMIT: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The kernel unpacks the driver (linux/module.h).
const MODULE_INIT_COMPRESSED_FILE: i32 = 4;

fn main() {
    std::panic::set_hook(Box::new(|why| {
        tell(&format!("failed: {}", why.to_string().replace('\n', " ")));
        end();
    }));
    for (kind, at) in [("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys")] {
        fs::create_dir_all(at).unwrap();
        // The kernel may have mounted /dev by itself.
        mount(kind, at, kind, MountFlags::empty(), c"").ok();
    }
    load_drivers();
    scanners::try_everything();
    camera::try_everything();
    tell("done");
    end();
}

/// One line to the serial line, in one write.
fn tell(line: &str) {
    let mut serial = OpenOptions::new().write(true).open("/dev/ttyS0").unwrap();
    serial.write_all(format!("devices: {line}\n").as_bytes()).unwrap();
}

/// A promise that was kept.
pub fn kept(promise: &str) {
    tell(&format!("ok {promise}"));
}

fn end() {
    rustix::system::reboot(rustix::system::RebootCommand::PowerOff).ok();
}

fn load_drivers() {
    for name in fs::read_to_string("/drivers/order").unwrap().lines() {
        let module = File::open(format!("/drivers/{name}")).unwrap();
        let settings = if name.starts_with("vivid.") { camera::SETTINGS } else { c"" };
        if let Err(error) = rustix::system::finit_module(&module, settings, MODULE_INIT_COMPRESSED_FILE) {
            panic!("{name}: {error}");
        }
    }
}

/// Asks until there is an answer.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let give_up_at = Instant::now() + LIMIT;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < give_up_at, "waited for {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What `kioskctl devices` prints.
pub fn listed() -> Value {
    let output = Command::new("/kioskctl").arg("devices").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
