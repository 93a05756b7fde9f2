//! The crates and their arrows: section "Arrows" of ARCHITECTURE.md, as data.
//!
//! A new arrow is a change of design: edit the row and ARCHITECTURE.md in one commit that gives the reason.

/// What a crate is allowed to be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// No clock, files, network, environment, randomness or runtime, in its own code or below it.
    Pure,
    /// May do I/O; has no Slint anywhere below it.
    Plain,
    /// Draws with Slint, and is therefore GPL-3.0-only.
    Slint,
}

/// One crate of ours, and which other crates of ours it may name.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    pub nature: Nature,
    /// What the shipped code may name.
    pub may_name: &'static [&'static str],
    /// What its tests may name besides.
    pub tests_may_name: &'static [&'static str],
}

/// The crate that may name every other and that nobody may name.
pub const END_TO_END: &str = "e2e-tests";

/// The virtual wires and the real ones, which the tests of drivers run on.
const WIRES: &[&str] = &["device-sim", "device-links"];

pub const ROWS: &[Row] = &[
    row("kiosk-hal", Nature::Pure, &[], &[]),
    row("vn-identity", Nature::Pure, &[], &[]),
    row("queue-protocol", Nature::Pure, &[], &[]),
    row("qr-scanner", Nature::Plain, &["kiosk-hal"], WIRES),
    row("qr-camera", Nature::Plain, &["kiosk-hal"], WIRES),
    row("chip-card", Nature::Plain, &["kiosk-hal", "vn-identity"], WIRES),
    row("thermal-printer-escpos", Nature::Plain, &["kiosk-hal"], WIRES),
    row("device-links", Nature::Plain, &["kiosk-hal"], WIRES),
    row("device-sim", Nature::Plain, &["kiosk-hal"], &["device-links"]),
    row("kiosk-core", Nature::Pure, &["kiosk-hal", "vn-identity", "queue-protocol"], &[]),
    row("kiosk-ui", Nature::Slint, &["kiosk-core", "kiosk-hal", "queue-protocol"], &[]),
    row("kiosk-screen", Nature::Slint, &[], &[]),
    row("kioskctl", Nature::Plain, TECHNICIAN, WIRES),
    row("kiosk-app", Nature::Slint, KIOSK, WIRES),
    row("kiosk-flash", Nature::Plain, &[], &[]),
    row("queue-core", Nature::Pure, &["queue-protocol"], &[]),
    row("queue-store", Nature::Plain, &["queue-core", "queue-protocol"], &[]),
    row("queue-client", Nature::Plain, &["queue-protocol"], &[]),
    row(
        "queue-service",
        Nature::Plain,
        &["queue-store", "queue-core", "queue-protocol", "queue-voice"],
        &["queue-client"],
    ),
    row("queue-voice", Nature::Plain, &["queue-protocol"], &[]),
    row("queue-display", Nature::Slint, &["queue-client", "queue-voice", "queue-protocol", "kiosk-screen"], &[]),
    row("world", Nature::Slint, WORLD, &[]),
    row("xtask", Nature::Plain, &["device-sim", "kiosk-hal", "queue-protocol"], &[]),
];

const TECHNICIAN: &[&str] = &[
    "kiosk-hal",
    "qr-scanner",
    "qr-camera",
    "chip-card",
    "thermal-printer-escpos",
    "device-links",
    "vn-identity",
    "queue-client",
];

const KIOSK: &[&str] = &[
    "kiosk-hal",
    "kiosk-core",
    "kiosk-ui",
    "kiosk-screen",
    "qr-scanner",
    "qr-camera",
    "chip-card",
    "thermal-printer-escpos",
    "device-links",
    "queue-client",
    "queue-protocol",
    "queue-voice",
    "vn-identity",
];

/// Kiosk, drivers and store side by side in one thread; nobody names it.
const WORLD: &[&str] = &[
    "kiosk-hal",
    "kiosk-core",
    "kiosk-app",
    "vn-identity",
    "qr-scanner",
    "thermal-printer-escpos",
    "device-sim",
    "queue-protocol",
    "queue-core",
    "queue-store",
];

/// Drivers turn a link into a port; they know neither each other nor the queue.
pub const DRIVERS: &[&str] = &["qr-scanner", "qr-camera", "chip-card", "thermal-printer-escpos"];

/// Who may, in any number of steps, never reach whom. Checked on the table itself, so that no row opens a way round.
pub const NEVER: &[(&str, &[&str])] = &[
    ("device-sim", DRIVERS),
    ("qr-scanner", &["qr-camera", "chip-card", "thermal-printer-escpos", "queue-protocol"]),
    ("qr-camera", &["qr-scanner", "chip-card", "thermal-printer-escpos", "queue-protocol"]),
    ("chip-card", &["qr-scanner", "qr-camera", "thermal-printer-escpos", "queue-protocol"]),
    ("thermal-printer-escpos", &["qr-scanner", "qr-camera", "chip-card", "queue-protocol"]),
    ("queue-protocol", &["kiosk-hal"]),
    ("queue-core", &["kiosk-hal"]),
    ("queue-store", &["kiosk-hal"]),
    ("queue-client", &["kiosk-hal"]),
    ("queue-service", &["kiosk-hal"]),
    ("queue-display", &["kiosk-hal"]),
];

/// Crates from outside that one crate of ours has to itself: (from outside, ours, why).
pub const ONLY_IN: &[(&str, &str, &str)] = &[
    ("serialport", "device-links", "only device-links opens a device"),
    ("pcsc", "device-links", "only device-links opens a device"),
];

/// Modules of an allowed crate that stay closed: (ours, path, why).
pub const CLOSED_MODULES: &[(&str, &[&str], &str)] = &[
    ("kiosk-core", &["queue_protocol", "v1"], "a visit knows the queue's values, not its wire"),
    ("kiosk-core", &["kiosk_hal", "link"], "a visit knows values of devices, not their wires"),
    ("kiosk-ui", &["kiosk_hal", "link"], "a screen shows values of devices, and never their wires"),
    ("kiosk-ui", &["queue_protocol", "v1"], "a screen shows the queue's values, and never its wire"),
    ("queue-core", &["queue_protocol", "v1"], "the rules know the queue's values, not its wire"),
];

/// What no pure crate has below it, however deep.
pub const NOT_BELOW_PURE: &[&str] = &[
    "tokio",
    "rusqlite",
    "libsqlite3-sys",
    "slint",
    "i-slint-core",
    "reqwest",
    "hyper",
    "rand",
    "rand_core",
    "getrandom",
    "fastrand",
];

/// Crates whose library code may read the environment, with the reason.
pub const MAY_READ_ENVIRONMENT: &[(&str, &str)] = &[
    ("xtask", "it starts compilers and programs, and finds them by PATH"),
    ("e2e-tests", "it finds the programs under test by the variables cargo sets"),
];

const fn row(
    name: &'static str,
    nature: Nature,
    may_name: &'static [&'static str],
    tests_may_name: &'static [&'static str],
) -> Row {
    Row { name, nature, may_name, tests_may_name }
}
