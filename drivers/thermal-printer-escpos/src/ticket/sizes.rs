//! How large each part of a ticket is drawn, as data.

use crate::canvas::{DOTS_58_MM, DOTS_80_MM};
use crate::typeface::Style;

/// The roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PaperWidth {
    /// 80 mm paper, 576 dots printable.
    #[default]
    Mm80,
    /// 58 mm paper, 384 dots printable.
    Mm58,
}

impl PaperWidth {
    /// Printable dots across.
    #[must_use]
    pub const fn dots(self) -> u32 {
        match self {
            Self::Mm80 => DOTS_80_MM,
            Self::Mm58 => DOTS_58_MM,
        }
    }

    /// The roll that has `dots` printable dots across.
    #[must_use]
    pub const fn of_dots(dots: u32) -> Option<Self> {
        match dots {
            DOTS_80_MM => Some(Self::Mm80),
            DOTS_58_MM => Some(Self::Mm58),
            _ => None,
        }
    }
}

/// How large the lines are drawn that only one ticket has: the name, the wait, the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum VariableLines {
    /// As large as reads best.
    #[default]
    Large,
    /// Smaller, in the same rows: for links on which each of their dots costs time.
    Compact,
}

/// Type sizes in dots at 203 dpi (8 dots are 1 mm); text shrinks down to its second size before it wraps.
pub(crate) struct Sizes {
    pub paper: u32,
    /// White space left and right of all text: a roll that sits askew must not cost a letter.
    pub margin: u32,
    pub reprint: Style,
    pub hospital: (Style, u32),
    pub address: (Style, u32),
    pub title: (Style, u32),
    pub department: (Style, u32),
    pub service: (Style, u32),
    pub place: (Style, u32),
    /// Em squares of the number, the largest and the least that is still a hero.
    pub number: (u32, u32),
    pub notice: (Style, u32),
    pub patient: (Style, u32),
    pub priority: (Style, u32),
    pub ahead: (Style, u32),
    pub wait: (Style, u32),
    pub issued: (Style, u32),
    pub footer: (Style, u32),
    /// Percent of their size to which the variable lines shrink on a slow link.
    pub compact_percent: u32,
    /// Dots in a module of the QR code: 0.75 mm and 0.6 mm, read by every telephone from 30 cm.
    pub module: u32,
}

impl Sizes {
    pub const fn of(paper: PaperWidth) -> &'static Self {
        match paper {
            PaperWidth::Mm80 => &MM_80,
            PaperWidth::Mm58 => &MM_58,
        }
    }

    /// Room for text.
    pub const fn text(&self) -> u32 {
        self.paper - 2 * self.margin
    }
}

static MM_80: Sizes = Sizes {
    paper: DOTS_80_MM,
    margin: 24,
    reprint: Style::bold(44),
    hospital: (Style::bold(27), 24),
    address: (Style::regular(22), 20),
    title: (Style::bold(32), 24),
    department: (Style::bold(26), 22),
    service: (Style::regular(27), 22),
    place: (Style::bold(30), 24),
    number: (140, 72),
    notice: (Style::bold(26), 22),
    patient: (Style::bold(31), 24),
    priority: (Style::bold(26), 22),
    ahead: (Style::regular(26), 22),
    wait: (Style::regular(26), 22),
    issued: (Style::regular(24), 22),
    footer: (Style::regular(22), 20),
    compact_percent: 88,
    module: 6,
};

static MM_58: Sizes = Sizes {
    paper: DOTS_58_MM,
    margin: 12,
    reprint: Style::bold(36),
    hospital: (Style::bold(26), 20),
    address: (Style::regular(20), 18),
    title: (Style::bold(28), 22),
    department: (Style::bold(24), 20),
    service: (Style::regular(26), 20),
    place: (Style::bold(28), 22),
    number: (118, 48),
    notice: (Style::bold(24), 20),
    patient: (Style::bold(28), 22),
    priority: (Style::bold(26), 20),
    ahead: (Style::regular(24), 20),
    wait: (Style::regular(24), 20),
    issued: (Style::regular(22), 18),
    footer: (Style::regular(20), 18),
    compact_percent: 88,
    module: 5,
};
