//! The card reader port: is a card there, and an exchange with it.

use crate::fault::Fault;
use crate::link::ApduLink;
use crate::uptime::Uptime;

/// Where a card is, in XFS4IoT words for media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardMedia {
    /// `present`: a card is in the slot or in the field.
    Present,
    /// `notPresent`.
    NotPresent,
}

/// A chip-card reader.
pub trait CardReader: Send {
    /// An exchange with one inserted card. Dropping it releases the card.
    type Card: ApduLink;

    /// The clock deadlines refer to.
    fn now(&self) -> Uptime;

    /// Waits until the media is no longer `known`, at most until `until`, and returns what it is then.
    ///
    /// # Errors
    /// The reader's own [`Fault`]; a card pulled out is a value, not an error.
    fn wait_for_media(&mut self, known: CardMedia, until: Uptime) -> Result<CardMedia, Fault>;

    /// Powers the card in the slot and opens an exclusive exchange with it.
    ///
    /// # Errors
    /// [`Fault::NoDevice`] when the reader is gone, [`Fault::Busy`] when another program holds the card.
    fn connect(&mut self) -> Result<Self::Card, Fault>;
}
