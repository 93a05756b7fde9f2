//! The only program of a virtual machine in which the panel is tried: `cargo xtask image test screen` puts it into an
//! initramfs and watches from outside.
//!
//! As process 1 it loads the drivers, tells what reaches the console, and shows a known picture at each angle, in a process
//! of its own each time. It tells on the serial line what is touched and what was drawn.
#![allow(clippy::unwrap_used, reason = "a test program may fail by panicking")]

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use kiosk_screen::ScreenTarget;
use kiosk_screen::device::geometry::Rotation;
use kiosk_screen::device::modes::Showing;
use kiosk_screen::device::{Drawn, PanelSettings};
use rustix::mount::{MountFlags, mount};
use slint::{ComponentHandle as _, Timer, TimerMode};

slint::slint! {
    component Mark inherits Rectangle {
        callback pressed;
        width: 120px;
        height: 80px;
        TouchArea { clicked => { root.pressed(); } }
    }

    export component Picture inherits Window {
        callback pressed(string);
        in property <bool> moves;
        property <duration> round: 1s;
        background: white;
        Mark { x: 0; y: 0; background: #ff0000; pressed => { root.pressed("red"); } }
        Mark { x: parent.width - self.width; y: 0; background: #00ff00; pressed => { root.pressed("green"); } }
        Mark { x: 0; y: parent.height - self.height; background: #0000ff; pressed => { root.pressed("blue"); } }
        Mark {
            x: parent.width - self.width;
            y: parent.height - self.height;
            background: #ffff00;
            pressed => { root.pressed("yellow"); }
        }
        Mark { background: black; pressed => { root.pressed("next"); } }
        if root.moves: Rectangle {
            x: parent.width / 4 + 60px * Math.sin(360deg * animation-tick() / root.round);
            y: parent.height / 4;
            width: 40px;
            height: 40px;
            background: #ff00ff;
        }
        FocusScope {
            width: 0;
            height: 0;
            key-pressed(event) => { root.pressed("key"); accept }
        }
    }
}

/// How long the picture moves while frames are counted.
const MOVING: Duration = Duration::from_secs(3);
/// Each angle, and how frames are shown there: by the driver's name unless it is said.
const ROUNDS: [(&str, Option<Showing>); 5] =
    [("0", None), ("90", None), ("180", None), ("270", None), ("0", Some(Showing::Flip))];
/// The kernel unpacks the driver (linux/module.h).
const MODULE_INIT_COMPRESSED_FILE: i32 = 4;

fn main() {
    match std::env::args().nth(1) {
        None => be_init(),
        Some(angle) => show(angle.parse().unwrap(), std::env::args().nth(2).map(|_| Showing::Flip)),
    }
}

/// One line to the serial line, in one write.
fn tell(line: &str) {
    let mut serial = OpenOptions::new().write(true).open("/dev/ttyS0").unwrap();
    serial.write_all(format!("panel: {line}\n").as_bytes()).unwrap();
}

fn be_init() {
    for (kind, at) in [("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys")] {
        fs::create_dir_all(at).unwrap();
        // The kernel may have mounted /dev by itself.
        mount(kind, at, kind, MountFlags::empty(), c"").ok();
    }
    for name in fs::read_to_string("/drivers/order").unwrap().lines() {
        let module = File::open(format!("/drivers/{name}")).unwrap();
        if let Err(error) = rustix::system::finit_module(&module, c"", MODULE_INIT_COMPRESSED_FILE) {
            tell(&format!("{name}: {error}"));
        }
    }
    std::thread::spawn(listen_to_console);
    tell("console listens");
    wait_for_key();
    for (angle, showing) in ROUNDS {
        let mut command = Command::new("/init");
        command.arg(angle).args(showing.map(|_| "flip"));
        let status = command.stderr(File::create("/dev/ttyS0").unwrap()).status().unwrap();
        tell(&format!("{angle} ended with {status}"));
    }
    tell("done");
    rustix::system::reboot(rustix::system::RebootCommand::PowerOff).unwrap();
}

/// The console before it is taken away: it hears a key.
fn wait_for_key() {
    while !fs::exists("/heard").unwrap() {
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn listen_to_console() {
    let mut console = File::open("/dev/tty1").unwrap();
    let mut heard = [0; 64];
    loop {
        let count = console.read(&mut heard).unwrap();
        tell(&format!("console heard {count} bytes"));
        File::create("/heard").unwrap();
    }
}

fn show(rotation: Rotation, showing: Option<Showing>) {
    let began = Instant::now();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(std::io::stderr)
        .init();
    let settings = PanelSettings { rotation, showing, ..PanelSettings::default() };
    let screen = kiosk_screen::install(&ScreenTarget::Device, settings).unwrap();
    let picture = Picture::new().unwrap();
    picture.on_pressed(|what| {
        tell(&format!("pressed {what}"));
        if what == "next" {
            slint::quit_event_loop().unwrap();
        }
    });
    let (first, counting) = (Timer::default(), Timer::default());
    let (drawn, moving) = (Rc::new(screen.drawn()), picture.as_weak());
    let is_told = Cell::new(false);
    first.start(TimerMode::Repeated, Duration::from_millis(1), {
        let drawn = Rc::clone(&drawn);
        move || {
            if drawn().frames > 0 && !is_told.replace(true) {
                tell(&format!("first frame after {} ms", began.elapsed().as_millis()));
                moving.unwrap().set_moves(true);
                begin_count(&counting, Rc::clone(&drawn), moving.clone());
            }
        }
    });
    screen.run(&picture, slint::LogicalSize::new(640.0, 480.0)).unwrap();
}

/// Lets the picture move for a while and tells what that took.
fn begin_count(timer: &Timer, drawn: Rc<impl Fn() -> Drawn + 'static>, picture: slint::Weak<Picture>) {
    let before = drawn();
    timer.start(TimerMode::SingleShot, MOVING, move || {
        let after = drawn();
        picture.unwrap().set_moves(false);
        let (frames, pixels) = (after.frames - before.frames, after.pixels - before.pixels);
        tell(&format!("moved {frames} frames {pixels} pixels {} bytes", after.bytes - before.bytes));
        tell("ready");
    });
}
