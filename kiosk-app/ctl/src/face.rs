//! A ticket's fields from a file.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use kiosk_hal::printer::{Edition, TicketFace};
use serde::Deserialize;
use thermal_printer_escpos::ticket::PaperWidth;

/// Largest ticket file read, in bytes. A real one has less than four thousand.
const FILE_BYTES_MAX: u64 = 65_536;

/// The roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Paper {
    /// 80 mm, 576 dots
    #[value(name = "80")]
    Mm80,
    /// 58 mm, 384 dots
    #[value(name = "58")]
    Mm58,
}

impl Paper {
    pub const fn width(self) -> PaperWidth {
        match self {
            Self::Mm80 => PaperWidth::Mm80,
            Self::Mm58 => PaperWidth::Mm58,
        }
    }
}

/// What a file says.
pub struct ReadFace {
    pub face: TicketFace,
    /// The roll, where the file names one.
    pub paper: Option<Paper>,
}

/// The fields of [`TicketFace`]. All but `number` may be left out and are then not printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    number: String,
    #[serde(default)]
    hospital: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    notice: String,
    #[serde(default)]
    department: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    patient: String,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    ahead: String,
    #[serde(default)]
    wait: String,
    #[serde(default)]
    issued_at: String,
    #[serde(default)]
    qr: String,
    #[serde(default)]
    footer: Vec<String>,
    #[serde(default)]
    edition: EditionWord,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum EditionWord {
    #[default]
    Original,
    Reprint,
}

/// Schema `ticket-sample/1`: the same ticket as facts. Its layout is another program's and is not followed.
#[derive(Deserialize)]
struct Sample {
    paper: SamplePaper,
    data: Facts,
}

#[derive(Deserialize)]
struct SamplePaper {
    width_mm: u32,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Facts {
    hospital: String,
    address: String,
    title: String,
    notice: String,
    department: String,
    clinic: String,
    room: String,
    number: String,
    patient_name: String,
    patient_year: Option<u16>,
    priority: String,
    /// The text below is what is printed.
    #[serde(rename = "issued_at")]
    _issued_at: String,
    issued_at_text: String,
    people_ahead: Option<u32>,
    wait_text: String,
    qr: String,
    footer: Vec<String>,
    edition: EditionWord,
}

#[derive(Deserialize)]
struct Schema {
    schema: Option<String>,
}

/// The schema of [`Sample`].
const SAMPLE: &str = "ticket-sample/1";

/// Reads a ticket's fields. The error names the place in the file, never what stands there.
pub fn read(path: &Path) -> anyhow::Result<ReadFace> {
    let name = || format!("reading the ticket {}", path.display());
    let bytes = fs::metadata(path).with_context(name)?.len();
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "{}: {bytes} bytes, at most {FILE_BYTES_MAX} allowed", name());
    let text = fs::read(path).with_context(name)?;
    parse(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        anyhow::anyhow!("{}: not the fields of a ticket at line {line} column {column}", name())
    })
}

fn parse(text: &[u8]) -> Result<ReadFace, serde_json::Error> {
    let schema = serde_json::from_slice(text).ok().and_then(|Schema { schema }| schema);
    if schema.as_deref() == Some(SAMPLE) {
        let sample: Sample = serde_json::from_slice(text)?;
        let paper = if sample.paper.width_mm == 58 { Paper::Mm58 } else { Paper::Mm80 };
        return Ok(ReadFace { face: sample.data.into_face(), paper: Some(paper) });
    }
    let fields: Fields = serde_json::from_slice(text)?;
    Ok(ReadFace { face: fields.into_face(), paper: None })
}

impl Fields {
    fn into_face(self) -> TicketFace {
        TicketFace {
            hospital: self.hospital,
            address: self.address,
            title: self.title,
            number: self.number,
            notice: self.notice,
            department: self.department,
            service: self.service,
            place: self.place,
            patient: self.patient,
            priority: self.priority,
            ahead: self.ahead,
            wait: self.wait,
            issued_at: self.issued_at,
            qr: self.qr,
            footer: self.footer,
            edition: self.edition.into(),
        }
    }
}

impl Facts {
    fn into_face(self) -> TicketFace {
        let year = self.patient_year.map(|year| format!(" ({year})")).unwrap_or_default();
        TicketFace {
            hospital: self.hospital,
            address: self.address,
            title: self.title,
            number: self.number,
            notice: self.notice,
            department: self.department,
            service: self.clinic,
            place: self.room,
            patient: format!("{}{year}", self.patient_name),
            priority: self.priority,
            ahead: self.people_ahead.map(|ahead| format!("Số người chờ trước: {ahead}")).unwrap_or_default(),
            wait: self.wait_text,
            issued_at: self.issued_at_text,
            qr: self.qr,
            footer: self.footer,
            edition: self.edition.into(),
        }
    }
}

impl From<EditionWord> for Edition {
    fn from(word: EditionWord) -> Self {
        match word {
            EditionWord::Original => Self::Original,
            EditionWord::Reprint => Self::Reprint,
        }
    }
}
