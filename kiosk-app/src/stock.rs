//! Pictures that many tickets share, kept in the printer's own memory: which, and when they are written.
//!
//! Flash wears out (Epson: at most ten writes a day), so it is written only when the printer does not list the stock, and
//! at most once in [`WRITE_AGAIN_AFTER`]. A list is asked for each time the printer comes. Writing goes picture by picture,
//! so that a ticket never waits for more than one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::TicketFace;
use kiosk_hal::uptime::Uptime;
use thermal_printer_escpos::encode::means::NvGraphics;
use thermal_printer_escpos::encode::nv::{FinitePicture, Stock, finite_pictures};
use thermal_printer_escpos::profile::Profile;
use thermal_printer_escpos::provision::{ProvisionError, Provisioning};
use thermal_printer_escpos::ticket::{Layout, compose};

use crate::chain::Chain;

/// Pause between two writes of a kiosk's printer, whatever changes meanwhile.
const WRITE_AGAIN_AFTER: Duration = Duration::from_secs(3 * 60 * 60);
/// Longest time on the wire that writing a stock may take: a patient may be waiting. Pictures beyond it travel with each
/// ticket.
pub const WRITE_WIRE_TIME_MAX: Duration = Duration::from_secs(45);
/// Bytes of a definition beside the picture's data.
const DEFINITION_BYTES: usize = 20;

/// A ticket of each kind the kiosk can print now, without a patient. The newest set is the one that counts.
#[derive(Debug, Clone, Default)]
pub struct Specimens(Arc<Mutex<Arc<Vec<TicketFace>>>>);

impl Specimens {
    /// What the hospital offers has changed.
    pub fn replace(&self, faces: Vec<TicketFace>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if **held != faces {
            *held = Arc::new(faces);
        }
    }

    fn newest(&self) -> Arc<Vec<TicketFace>> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the printer should hold, and what was done about it.
#[derive(Debug)]
pub struct Pantry {
    specimens: Specimens,
    /// What the stock in the printer was made of; `None` = the printer was not asked since it came.
    provided: Option<Arc<Vec<TicketFace>>>,
    written_at: Option<Uptime>,
    /// What is being written, and the stock that the printer holds afterwards.
    writing: Option<(Provisioning, Stock)>,
}

/// What a step changed.
#[derive(Debug, PartialEq, Eq)]
pub enum Restocked {
    /// Nothing.
    Nothing,
    /// The printer holds this from here on.
    Holds(Stock),
    /// The printer holds nothing, and may have been left in the middle of a picture.
    BrokenOff,
}

impl Pantry {
    /// Nothing was asked or written yet.
    pub const fn new(specimens: Specimens) -> Self {
        Self { specimens, provided: None, written_at: None, writing: None }
    }

    /// The printer went: it is asked again when it comes.
    pub fn forget(&mut self) {
        self.provided = None;
        self.writing = None;
    }

    /// Whether the next step writes a picture, and should come soon.
    pub const fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Asks, or writes one picture. To be called on an idle printer; it is idle again afterwards.
    pub fn step(&mut self, link: &mut impl ByteLink, profile: &Profile, layout: &Layout) -> Restocked {
        let (step, was_writing) = match self.writing.take() {
            Some((writing, stock)) => (self.write(writing, stock, link, profile), true),
            None => (self.begin(link, profile, layout), false),
        };
        step.unwrap_or_else(|error| {
            tracing::warn!("the printer keeps no pictures, they travel with each ticket: {}", Chain(&error));
            match error {
                ProvisionError::Link(_) => Restocked::BrokenOff,
                // Behind a picture, silence means that the picture may not be whole.
                ProvisionError::NoList if was_writing => Restocked::BrokenOff,
                ProvisionError::NoList | ProvisionError::Stopped(_) | ProvisionError::NotKept { .. } => {
                    Restocked::Holds(Stock::empty())
                }
            }
        })
    }

    /// Writes nothing more until the printer comes again or something else is wanted.
    pub fn give_up(&mut self) {
        self.writing = None;
    }

    fn begin(
        &mut self,
        link: &mut impl ByteLink,
        profile: &Profile,
        layout: &Layout,
    ) -> Result<Restocked, ProvisionError> {
        if profile.means().nv_graphics == NvGraphics::Absent {
            return Ok(Restocked::Nothing);
        }
        let wanted = self.specimens.newest();
        let is_provided = self.provided.as_ref().is_some_and(|provided| Arc::ptr_eq(provided, &wanted));
        let may_write = self.written_at.is_none_or(|at| link.now().saturating_since(at) >= WRITE_AGAIN_AFTER);
        if wanted.is_empty() || is_provided || !may_write {
            return Ok(Restocked::Nothing);
        }
        self.provided = Some(Arc::clone(&wanted));
        let pictures = pictures(&wanted, profile, layout);
        let stock = Stock::of(&pictures);
        let Some(writing) = Provisioning::begin(link, &stock, &pictures)? else {
            tracing::info!(pictures = pictures.len(), "the printer holds its pictures");
            return Ok(Restocked::Holds(stock));
        };
        tracing::info!(pictures = pictures.len(), "pictures are written into the printer");
        self.written_at = Some(link.now());
        self.writing = Some((writing, stock));
        // The first thing written deletes what was there.
        Ok(Restocked::Holds(Stock::empty()))
    }

    fn write(
        &mut self,
        mut writing: Provisioning,
        stock: Stock,
        link: &mut impl ByteLink,
        profile: &Profile,
    ) -> Result<Restocked, ProvisionError> {
        let Some(bytes) = writing.step(link, profile)? else {
            self.writing = Some((writing, stock));
            return Ok(Restocked::Nothing);
        };
        self.written_at = Some(link.now());
        tracing::info!(bytes, "pictures written into the printer");
        Ok(Restocked::Holds(stock))
    }
}

/// The shared pictures of all kinds of tickets, each once, as many as the wire carries in [`WRITE_WIRE_TIME_MAX`].
fn pictures(faces: &[TicketFace], profile: &Profile, layout: &Layout) -> Vec<FinitePicture> {
    let mut kept: Vec<FinitePicture> = Vec::new();
    let mut bytes = 0;
    for sheet in faces.iter().filter_map(|face| compose(face, layout).ok()) {
        for picture in finite_pictures(&sheet) {
            let more = bytes + picture.data_bytes() + DEFINITION_BYTES;
            if !kept.contains(&picture) && profile.wire_time(more) <= WRITE_WIRE_TIME_MAX {
                bytes = more;
                kept.push(picture);
            }
        }
    }
    kept
}
