//! By which means a printer is told what to print: one choice for each kind of part.

use core::fmt;
use core::str::FromStr;

/// How a picture travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RasterForm {
    /// `GS v 0`. Epson calls it obsolete and documents it; every clone knows it.
    #[default]
    BitImage,
    /// `GS ( L` functions 112 and 50.
    Graphics,
}

impl RasterForm {
    /// Bytes of a band besides its data.
    #[must_use]
    pub const fn header_bytes(self) -> usize {
        match self {
            Self::BitImage => 8,
            Self::Graphics => 22,
        }
    }
}

/// Whether pictures that many tickets share are printed from the printer's own memory (`GS ( L` functions 67 and 69).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NvGraphics {
    /// They travel with each ticket.
    Absent,
    /// They are stored once, by key code.
    KeyCodes,
}

/// Whether the printer draws QR codes itself (`GS ( k`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QrCodes {
    /// They travel as dots.
    Dots,
    /// The printer draws them.
    Native,
}

/// How the number travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Numbers {
    /// As dots.
    Dots,
    /// As enlarged characters (`GS !`), which every printer has.
    Characters,
}

/// How the words travel that only one ticket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Letters {
    /// As dots.
    Dots,
    /// As characters of two TCVN-3 pages. Only for a printer on which a person has read them on paper.
    Pages(TcvnPages),
    /// As characters, the accented ones defined by `ESC &` at the head of each ticket.
    Defined,
}

/// Numbers of the two TCVN-3 pages of a printer for `ESC t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TcvnPages {
    /// Page of the small letters.
    pub small: u8,
    /// Page of the capital letters.
    pub capital: u8,
}

/// A text that is no pair of page numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidPages;

impl fmt::Display for InvalidPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected two page numbers from 0 to 255, small letters and capitals, such as 30/31")
    }
}

impl core::error::Error for InvalidPages {}

/// Written `30/31`.
impl FromStr for TcvnPages {
    type Err = InvalidPages;

    fn from_str(text: &str) -> Result<Self, InvalidPages> {
        let (small, capital) = text.split_once('/').ok_or(InvalidPages)?;
        let number = |text: &str| text.parse().map_err(|_| InvalidPages);
        Ok(Self { small: number(small)?, capital: number(capital)? })
    }
}

impl fmt::Display for TcvnPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.small, self.capital)
    }
}

/// The means for one printer on one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Means {
    /// Pictures.
    pub raster: RasterForm,
    /// Pictures that many tickets share.
    pub nv_graphics: NvGraphics,
    /// QR codes.
    pub qr_codes: QrCodes,
    /// The number.
    pub numbers: Numbers,
    /// Words of one ticket.
    pub letters: Letters,
}

impl Means {
    /// Everything as dots: right on every printer, in every language.
    #[must_use]
    pub const fn dots(raster: RasterForm) -> Self {
        Self {
            raster,
            nv_graphics: NvGraphics::Absent,
            qr_codes: QrCodes::Dots,
            numbers: Numbers::Dots,
            letters: Letters::Dots,
        }
    }
}
