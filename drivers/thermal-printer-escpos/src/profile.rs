//! What a printer model can do and how fast it is, as data.

use std::time::Duration;

use crate::encode::means::{Letters, Means, Numbers, NvGraphics, QrCodes, RasterForm, TcvnPages};
use crate::encode::{AutomaticStatus, BOTTOM_MARGIN_DOTS, Job};
use crate::reply::Dialect;
use crate::status::NearEndSensor;
use crate::ticket::{Layout, Logo, PaperWidth, VariableLines};

mod families;

pub use families::{Evidence, FAMILIES, Family, Pages};

/// How bytes travel to the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// A serial line at this many baud, 8N1.
    Serial {
        /// Symbols per second.
        baud: u32,
    },
    /// USB or Ethernet.
    Fast,
}

/// Whether the printer says that data is on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// It answers `GS ( H` when all before it is printed.
    ProcessId,
    /// It raises a counter in its status when `ETB` is reached and all before it is printed, as Star printers do.
    EtbCounter,
    /// Its presenter feels the ticket at the mouth. Needs [`Presenter::Fitted`]; otherwise the same as `None`.
    PresenterSensor,
    /// It does not; a ticket without a fault is *probably* printed, and reported as uncertain.
    None,
}

/// Whether tickets are held at a mouth until they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presenter {
    /// Tickets are cut and fall, or hang by a point.
    Absent,
    /// `GS e` moves them and `DLE EOT 20` feels them (Custom, KPM, Reliance).
    Fitted {
        /// How far a ticket is put out, in the printer's steps: 0.625 mm on KPM, 7 mm on Reliance.
        present_steps: u8,
        /// How long it may wait for its patient before it is drawn back in.
        take_time: Duration,
    },
}

/// A printer model on its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Printable dots across.
    pub width_dots: u32,
    /// Dots per inch, both ways.
    pub dpi: u32,
    /// The link.
    pub wire: Wire,
    /// Paper speed while printing, in mm/s. 1 is the least that counts.
    pub paper_mm_per_s: u32,
    /// Print confirmation.
    pub confirmation: Confirmation,
    /// Whether `GS a` is used, so that the printer reports a fault in the middle of a ticket by itself.
    pub automatic_status: AutomaticStatus,
    /// Near-end sensor.
    pub near_end: NearEndSensor,
    /// Presenter.
    pub presenter: Presenter,
    /// What it can do besides dots, used where the wire is slow. Letters other than dots need [`Profile::proven`].
    pub slow_wire: Means,
}

/// Bytes per second assumed of USB and Ethernet, a tenth of what they reach.
const FAST_BYTES_PER_S: u64 = 100_000;
/// From this speed on the number is worth its dots: the hero of the ticket costs half a second.
const QUICK_BAUD: u32 = 57_600;
/// Bits on the line for one byte at 8N1.
const BITS_PER_BYTE: u64 = 10;
/// Paper from the head to the cutter on common 80 mm printers.
const CUTTER_DISTANCE_MM: u64 = 20;
/// One stroke of the cutter; makers give 0.2 to 0.5 s.
const CUT: Duration = Duration::from_millis(500);
/// Time a presenter needs to put a ticket out or to draw it in.
const PRESENTER: Duration = Duration::from_secs(3);
/// What a ticket may take beyond wire and paper before the printer counts as silent.
const PATIENCE: Duration = Duration::from_secs(3);

impl Profile {
    /// An Epson TM-T20/T82/T88 of the last ten years, or a clone with its command set, on 80 mm paper.
    #[must_use]
    pub const fn epson_80_mm(wire: Wire) -> Self {
        Self {
            width_dots: crate::canvas::DOTS_80_MM,
            dpi: 203,
            wire,
            paper_mm_per_s: 150,
            confirmation: Confirmation::ProcessId,
            automatic_status: AutomaticStatus::Faults,
            near_end: NearEndSensor::Fitted,
            slow_wire: Means {
                raster: RasterForm::BitImage,
                nv_graphics: NvGraphics::KeyCodes,
                qr_codes: QrCodes::Native,
                numbers: Numbers::Characters,
                letters: Letters::Dots,
            },
            presenter: Presenter::Absent,
        }
    }

    /// A kiosk printer with a presenter and without process ids, such as Custom's VKP80 and KPM, on 80 mm paper.
    #[must_use]
    pub const fn presenter_80_mm(wire: Wire) -> Self {
        Self {
            confirmation: Confirmation::PresenterSensor,
            // 50 mm in steps of 0.625 mm, and long enough for an old hand.
            presenter: Presenter::Fitted { present_steps: 80, take_time: Duration::from_secs(20) },
            // Its automatic status has another form; a fault in the middle is learned by asking.
            automatic_status: AutomaticStatus::Off,
            slow_wire: Means { numbers: Numbers::Characters, ..Means::dots(RasterForm::BitImage) },
            ..Self::epson_80_mm(wire)
        }
    }

    /// A printer that counts `ETB` in its status, as Star printers do, with Epson's commands otherwise.
    #[must_use]
    pub const fn etb_counter_80_mm(wire: Wire) -> Self {
        Self {
            confirmation: Confirmation::EtbCounter,
            automatic_status: AutomaticStatus::Off,
            slow_wire: Means { numbers: Numbers::Characters, ..Means::dots(RasterForm::BitImage) },
            ..Self::epson_80_mm(wire)
        }
    }

    /// Which replies the printer has.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match (self.confirmation, self.presenter) {
            (Confirmation::EtbCounter, _) => Dialect::Star,
            (_, Presenter::Fitted { .. }) => Dialect::Presenter,
            (Confirmation::ProcessId | Confirmation::PresenterSensor | Confirmation::None, Presenter::Absent) => {
                Dialect::Epson
            }
        }
    }

    /// A printer of which nothing is known but that it takes ESC/POS on 80 mm paper: its tickets are never confirmed.
    #[must_use]
    pub const fn unknown_80_mm(wire: Wire) -> Self {
        Self {
            paper_mm_per_s: 80,
            confirmation: Confirmation::None,
            automatic_status: AutomaticStatus::Off,
            near_end: NearEndSensor::Absent,
            slow_wire: Means { numbers: Numbers::Characters, ..Means::dots(RasterForm::BitImage) },
            ..Self::epson_80_mm(wire)
        }
    }

    /// The same on 58 mm paper.
    #[must_use]
    pub const fn unknown_58_mm(wire: Wire) -> Self {
        Self { width_dots: crate::canvas::DOTS_58_MM, ..Self::unknown_80_mm(wire) }
    }

    /// This printer with the TCVN-3 pages that a person has read on its own paper (`kioskctl printer selftest`).
    #[must_use]
    pub const fn proven(self, pages: TcvnPages) -> Self {
        Self { slow_wire: Means { letters: Letters::Pages(pages), ..self.slow_wire }, ..self }
    }

    /// How each part of a ticket travels: as dots, unless the wire is so slow that the paper would wait for it.
    #[must_use]
    pub const fn means(&self) -> Means {
        match self.wire {
            Wire::Serial { baud: QUICK_BAUD.. } => Means { numbers: Numbers::Dots, ..self.slow_wire },
            Wire::Serial { .. } => self.slow_wire,
            Wire::Fast => Means::dots(self.slow_wire.raster),
        }
    }

    /// How a ticket is drawn for this printer; 80 mm when its width is none of the two in use.
    #[must_use]
    pub fn layout(&self, logo: Option<Logo>) -> Layout {
        let variable_lines = match self.wire {
            Wire::Serial { .. } => VariableLines::Compact,
            Wire::Fast => VariableLines::Large,
        };
        Layout { paper: PaperWidth::of_dots(self.width_dots).unwrap_or_default(), logo, variable_lines }
    }

    /// Time `bytes` need on the wire.
    #[must_use]
    pub fn wire_time(&self, bytes: usize) -> Duration {
        let bytes = bytes as u64;
        match self.wire {
            Wire::Serial { baud } => Duration::from_micros(bytes * BITS_PER_BYTE * 1_000_000 / u64::from(baud.max(1))),
            Wire::Fast => Duration::from_micros(bytes * 1_000_000 / FAST_BYTES_PER_S),
        }
    }

    /// Time `rows` of dots, the margin below them, the way to the cutter and the cut need on paper.
    #[must_use]
    pub fn paper_time(&self, rows: u32) -> Duration {
        let micrometres = (u64::from(rows) + u64::from(BOTTOM_MARGIN_DOTS)) * 25_400 / u64::from(self.dpi.max(1))
            + CUTTER_DISTANCE_MM * 1_000;
        Duration::from_micros(micrometres * 1_000 / u64::from(self.paper_mm_per_s.max(1))) + CUT
    }

    /// How long a job may take until its outcome is uncertain: wire, paper and 3 s; with a presenter 3 s more.
    #[must_use]
    pub fn job_time_max(&self, job: &Job) -> Duration {
        self.wire_time(job.len()) + self.paper_time(job.rows()) + PATIENCE + self.presenter_time()
    }

    /// How long one movement of the presenter may take; zero without one.
    #[must_use]
    pub const fn presenter_time(&self) -> Duration {
        match self.presenter {
            Presenter::Absent => Duration::ZERO,
            Presenter::Fitted { .. } => PRESENTER,
        }
    }
}
