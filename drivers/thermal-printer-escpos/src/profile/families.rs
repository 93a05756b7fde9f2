//! Printer families by the name that configurations and `kioskctl` use, and where each fact is from.
//!
//! None of these facts has been seen on paper by us. A fact that two sources contradict is marked, and no ticket rests on
//! it: letters are set by the printer only after [`Profile::proven`].

use super::{Confirmation, Profile, Wire};
use crate::encode::AutomaticStatus;
use crate::encode::means::{Means, QrCodes, TcvnPages};

/// How far a fact can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// The maker's manual says so.
    Manual,
    /// A public database or another driver's table says so.
    Database,
    /// Sources contradict each other.
    Conflict,
}

/// A pair of page numbers that may hold TCVN-3, to be tried by the self-test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// The numbers.
    pub pages: TcvnPages,
    /// How far they can be trusted before the self-test.
    pub evidence: Evidence,
}

/// Printers that take the same commands.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The name in configurations.
    pub name: &'static str,
    /// Which printers, in a few words.
    pub models: &'static str,
    /// Their profile on a link.
    pub profile: fn(Wire) -> Profile,
    /// Pages that may be Vietnamese, the most likely first; empty = the maker lists none.
    pub pages: &'static [Pages],
    /// Where the facts are from.
    pub source: &'static str,
}

impl Family {
    /// The names of all families, for a message that says what is allowed.
    #[must_use]
    pub fn names() -> String {
        FAMILIES.iter().map(|family| family.name).collect::<Vec<_>>().join(", ")
    }

    /// The family with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.name == name)
    }
}

const fn pages(small: u8, capital: u8, evidence: Evidence) -> Pages {
    Pages { pages: TcvnPages { small, capital }, evidence }
}

/// Every family. `tests/profiles.rs` holds each to its own promises.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "epson-80mm",
        models: "Epson TM-T20II/III, T82, T88IV to VII, m30 on 80 mm paper",
        profile: Profile::epson_80_mm,
        pages: &[pages(30, 31, Evidence::Manual)],
        source: "Epson ESC/POS Command Reference: GS ( H, GS ( L, GS ( k, character code tables 30 and 31",
    },
    Family {
        name: "epson-80mm-tcvn3",
        models: "one of epson-80mm on whose own paper pages 30 and 31 were read",
        profile: epson_with_pages,
        pages: &[pages(30, 31, Evidence::Manual)],
        source: "as epson-80mm; to be chosen after a self-test only",
    },
    Family {
        name: "tanca-80mm",
        models: "Tanca TP series, sold in Vietnam with Epson's commands",
        profile: epson_like,
        pages: &[pages(30, 31, Evidence::Database)],
        source: "node-thermal-printer, Tanca configuration; commands as Epson's, confirmation not documented",
    },
    Family {
        name: "citizen-80mm",
        models: "Citizen CT-S310, CT-S651, CT-S801",
        profile: epson_like,
        pages: &[pages(30, 31, Evidence::Database)],
        source: "escpos-printer-db CT-S651; receipt-printer-encoder, citizen map",
    },
    Family {
        name: "bixolon-80mm",
        models: "Bixolon SRP-350, SRP-S300",
        profile: bixolon_80_mm,
        pages: &[pages(30, 31, Evidence::Conflict), pages(49, 50, Evidence::Conflict)],
        source: "Bixolon command manuals: GS ( L, automatic status off after ESC @; the two page pairs contradict each other",
    },
    Family {
        name: "xprinter-80mm",
        models: "Xprinter XP-Q200, XP-N160 and the many printers made like them",
        profile: clone_80_mm,
        pages: &[pages(27, 27, Evidence::Conflict), pages(30, 31, Evidence::Conflict)],
        source: "node-thermal-printer PR 175 (page 27 is TCVN-3), escpos-printer-db POS-5890 (page 27 is CP1258)",
    },
    Family {
        name: "rongta-80mm",
        models: "Rongta RP326 to RP328, YHD-8390, Kefar KR-306",
        profile: clone_80_mm,
        pages: &[pages(21, 21, Evidence::Database), pages(22, 22, Evidence::Database)],
        source: "receipt-printer-encoder and escpos-printer-db; Rongta RP325 to RP328 command set 1.0",
    },
    Family {
        name: "custom-vkp80ii",
        models: "Custom VKP80II kiosk printer with presenter",
        profile: Profile::presenter_80_mm,
        pages: &[],
        source: "Custom VKP80II manual: code tables 437, 850, 858, 860, 863 and 865 only",
    },
    Family {
        name: "star-np3511",
        models: "Star NP-2511 and NP-3511 kiosk printers in ESC/POS mode",
        profile: Profile::etb_counter_80_mm,
        pages: &[],
        source: "Star ESC/POS mode command specifications 2.5: no Vietnamese table, no GS ( H",
    },
    Family {
        name: "presenter-80mm",
        models: "other kiosk printers that hold tickets at a mouth and feel them there",
        profile: Profile::presenter_80_mm,
        pages: &[],
        source: "as custom-vkp80ii",
    },
    Family {
        name: "counter-80mm",
        models: "other printers that count tickets in their status",
        profile: Profile::etb_counter_80_mm,
        pages: &[],
        source: "as star-np3511",
    },
    Family {
        name: "unknown-80mm",
        models: "any ESC/POS printer on 80 mm paper",
        profile: Profile::unknown_80_mm,
        pages: &[],
        source: "only commands that every ESC/POS printer has",
    },
    Family {
        name: "unknown-58mm",
        models: "any ESC/POS printer on 58 mm paper",
        profile: Profile::unknown_58_mm,
        pages: &[],
        source: "only commands that every ESC/POS printer has",
    },
];

/// Epson's commands, confirmation not documented.
const fn epson_like(wire: Wire) -> Profile {
    Profile { confirmation: Confirmation::None, ..Profile::epson_80_mm(wire) }
}

/// For the printer at hand, proven by a self-test on its paper.
const fn epson_with_pages(wire: Wire) -> Profile {
    Profile::epson_80_mm(wire).proven(TcvnPages { small: 30, capital: 31 })
}

/// The automatic status is switched on again behind each `ESC @`, as the preamble of every job does.
const fn bixolon_80_mm(wire: Wire) -> Profile {
    Profile { automatic_status: AutomaticStatus::Faults, ..epson_like(wire) }
}

/// Draws QR codes; NV graphics by key code are not documented.
const fn clone_80_mm(wire: Wire) -> Profile {
    let unknown = Profile::unknown_80_mm(wire);
    Profile { slow_wire: Means { qr_codes: QrCodes::Native, ..unknown.slow_wire }, ..unknown }
}
