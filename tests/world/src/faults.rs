//! The levers: what breaks in a hospital, when, and for how long.

use device_sim::printer::VirtualPrinter;

use crate::agenda::Due;
use crate::context::Context;
use crate::network::Cable;

/// Something that breaks, and is put right later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lever {
    /// A cable is cut.
    Cut(Cable),
    /// The network loses, repeats and delays.
    Noise,
    /// The service's process ends and starts again.
    Restart,
    /// The service's disk is full.
    ServiceDisk,
    /// The service's clock jumps by so many milliseconds, and back.
    ServiceClock(i64),
    /// A kiosk loses its power.
    Power(usize),
    /// A kiosk's disk is full.
    KioskDisk(usize),
    /// A kiosk's clock jumps by so many milliseconds, and back.
    KioskClock(usize, i64),
    /// A printer has a fault.
    Printer(usize, PrinterFault),
    /// A scanner is unplugged.
    Scanner(usize),
}

/// What breaks at a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterFault {
    /// So many millimetres of paper are left.
    PaperLeft(u32),
    /// The cover is open.
    Cover,
    /// The cutter jams at its next cut.
    Cutter,
    /// The cable is out.
    Cable,
    /// The power goes after so many millimetres of paper.
    PowerAfter(u32),
    /// After so many more bytes it answers nothing, and prints.
    SilentAfter(usize),
}

impl Lever {
    /// The kiosk it is pulled at.
    #[must_use]
    pub const fn kiosk(self) -> Option<usize> {
        match self {
            Self::Cut(Cable::Kiosk(at))
            | Self::Power(at)
            | Self::KioskDisk(at)
            | Self::KioskClock(at, _)
            | Self::Printer(at, _)
            | Self::Scanner(at) => Some(at),
            Self::Cut(Cable::Room(_) | Cable::Wall(_) | Cable::Service)
            | Self::Noise
            | Self::Restart
            | Self::ServiceDisk
            | Self::ServiceClock(_) => None,
        }
    }

    /// Its name in the counts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cut(Cable::Kiosk(_)) => "a kiosk's cable cut",
            Self::Cut(Cable::Room(_)) => "a room's cable cut",
            Self::Cut(Cable::Wall(_)) => "a display's cable cut",
            Self::Cut(Cable::Service) => "the service's cable cut",
            Self::Noise => "loss, repeats, delays, reordering",
            Self::Restart => "service restarted",
            Self::ServiceDisk => "service's disk full",
            Self::ServiceClock(_) => "service's clock stepped",
            Self::Power(_) => "kiosk's power cut",
            Self::KioskDisk(_) => "kiosk's disk full",
            Self::KioskClock(..) => "kiosk's clock stepped",
            Self::Printer(_, PrinterFault::PaperLeft(_)) => "paper out",
            Self::Printer(_, PrinterFault::Cover) => "cover open",
            Self::Printer(_, PrinterFault::Cutter) => "cutter jammed",
            Self::Printer(_, PrinterFault::Cable) => "printer unplugged",
            Self::Printer(_, PrinterFault::PowerAfter(_)) => "printer's power cut",
            Self::Printer(_, PrinterFault::SilentAfter(_)) => "printer silent",
            Self::Scanner(_) => "scanner unplugged",
        }
    }
}

/// How many of each there are to break.
#[derive(Debug, Clone, Copy)]
pub struct Targets {
    /// Kiosks.
    pub kiosks: usize,
    /// Rooms.
    pub rooms: usize,
    /// Displays.
    pub walls: usize,
}

/// Puts a day's faults on the agenda, mostly into its busy hours.
pub fn plan_day(context: &mut Context, targets: Targets, day_begins_in: u64) {
    let hour = 3_600_000;
    for _ in 0..context.rng.between(2, 9) {
        let busy = context.rng.chance(75);
        let at = if busy { context.rng.between(5 * hour, 10 * hour) } else { context.rng.below(24 * hour) };
        let (lever, lasts_ms) = any(context, targets);
        context.later(day_begins_in + at, Due::Pull(lever));
        context.later(day_begins_in + at + lasts_ms, Due::PutBack(lever));
        // A fault that nobody meets shows nothing: patients come while it lasts.
        for _ in 0..context.rng.between(1, 4) {
            let meets = context.rng.below(lasts_ms + 10_000);
            let kiosk = lever.kiosk().unwrap_or_else(|| context.rng.place(targets.kiosks));
            context.later((day_begins_in + at + meets).saturating_sub(8_000), Due::Comes(kiosk));
        }
    }
}

fn any(context: &mut Context, targets: Targets) -> (Lever, u64) {
    let rng = &mut context.rng;
    let kiosk = rng.place(targets.kiosks);
    let minutes = |rng: &mut crate::rng::Rng, most: u64| rng.between(3_000, most * 60_000);
    match rng.below(21) {
        0 | 1 => (Lever::Cut(Cable::Kiosk(kiosk)), minutes(rng, 40)),
        2 => (Lever::Cut(Cable::Room(rng.place(targets.rooms))), minutes(rng, 10)),
        3 => (Lever::Cut(Cable::Wall(rng.place(targets.walls))), minutes(rng, 15)),
        4 | 5 => (Lever::Cut(Cable::Service), minutes(rng, 30)),
        6 => (Lever::Noise, minutes(rng, 40)),
        7 | 16 => (Lever::Restart, rng.between(500, 40_000)),
        8 | 17 => (Lever::ServiceDisk, minutes(rng, 30)),
        9 => (Lever::ServiceClock(step(rng)), minutes(rng, 60)),
        10 | 11 => (Lever::Power(kiosk), rng.between(8_000, 180_000)),
        12 => (Lever::KioskDisk(kiosk), minutes(rng, 15)),
        13 => (Lever::KioskClock(kiosk, step(rng)), minutes(rng, 60)),
        14 => (Lever::Scanner(kiosk), minutes(rng, 5)),
        _ => {
            let fault = printer_fault(rng);
            (Lever::Printer(kiosk, fault), minutes(rng, 20))
        }
    }
}

/// Up to ten minutes to either side.
fn step(rng: &mut crate::rng::Rng) -> i64 {
    let by = i64::try_from(rng.between(1_000, 600_000)).unwrap_or(1_000);
    if rng.chance(50) { by } else { -by }
}

fn printer_fault(rng: &mut crate::rng::Rng) -> PrinterFault {
    let mm = u32::try_from(rng.below(200)).unwrap_or(0);
    match rng.below(7) {
        0 => PrinterFault::PaperLeft(mm),
        1 => PrinterFault::Cover,
        2 => PrinterFault::Cutter,
        3 => PrinterFault::Cable,
        4 => PrinterFault::PowerAfter(mm),
        _ => PrinterFault::SilentAfter(rng.place(6_000)),
    }
}

impl PrinterFault {
    /// Breaks the printer.
    pub fn pull(self, printer: &mut VirtualPrinter) {
        match self {
            Self::PaperLeft(mm) => printer.paper_left_mm(mm),
            Self::Cover => printer.open_cover(),
            Self::Cutter => printer.cutter_error_at_next_cut(),
            Self::Cable => printer.unplug(),
            Self::PowerAfter(mm) => printer.power_cut_after_mm(mm),
            Self::SilentAfter(bytes) => printer.at_byte(bytes, VirtualPrinter::silent),
        }
    }
}

/// Somebody of the staff puts the printer right, whatever it has: new roll, cover, cutter, plug, power.
pub fn mend(printer: &mut VirtualPrinter) {
    printer.load_paper();
    printer.close_cover();
    printer.cutter_fixed();
    printer.truthful();
    printer.power_off();
    printer.power_on();
    printer.replug();
}
