//! The presenter: a ticket is put out, felt, taken, or drawn back in.
//!
//! Sources: Custom KPM and Reliance manuals, `GS e` and `DLE EOT 20`. The path from cutter to mouth is not the paper
//! path: a ticket that hangs at the mouth is cut off and does not touch the next one, but the next patient must not
//! find it.

use std::time::Duration;

use kiosk_hal::fault::Fault;
use kiosk_hal::link::ByteLink;
use kiosk_hal::printer::Media;
use kiosk_hal::uptime::Uptime;

use super::EscPosPrinter;
use super::dialogue::Stopped;
use super::run::keep_watch;
use crate::profile::{Confirmation, Presenter};

/// `DLE EOT 20`: transmit the full status.
const FULL_STATUS: [u8; 3] = [0x10, 0x04, 20];
/// `GS e 2`: draw the ticket back in.
const RETRACT: [u8; 3] = [0x1D, b'e', 2];
/// Time for the answer to `DLE EOT 20`.
pub(super) const FULL_STATUS_TIME: Duration = Duration::from_millis(500);
/// How often the mouth is felt while something moves there.
const PRESENTER_POLL: Duration = Duration::from_millis(100);

/// A ticket at the mouth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mouth {
    /// What became of the last one.
    Empty(Media),
    /// It waits since then.
    Waiting { since: Uptime },
}

impl<L: ByteLink> EscPosPrinter<L> {
    pub(super) const fn has_presenter(&self) -> bool {
        matches!(self.profile.presenter, Presenter::Fitted { .. })
    }

    /// Where the last ticket is, as last felt. [`Media::Unknown`] without a presenter.
    #[must_use]
    pub const fn media(&self) -> Media {
        match self.mouth {
            Mouth::Waiting { .. } => Media::Present,
            Mouth::Empty(_) if !self.has_presenter() => Media::Unknown,
            Mouth::Empty(media) => media,
        }
    }

    /// Feels the mouth, and draws a ticket back in that has waited longer than the profile's time.
    ///
    /// `TicketPrinter::status` does this as well, so a kiosk that asks for the state every few seconds need not.
    ///
    /// # Errors
    /// [`Fault::PaperJammed`] when a ticket does not go back in; the fault of a printer that does not answer.
    pub fn attend(&mut self) -> Result<Media, Fault> {
        let Presenter::Fitted { take_time, .. } = self.profile.presenter else { return Ok(Media::Unknown) };
        let at_mouth = self.ticket_at_mouth()?;
        match (self.mouth, at_mouth) {
            (Mouth::Waiting { .. }, false) => self.mouth = Mouth::Empty(Media::Taken),
            (Mouth::Waiting { since }, true) if self.dialogue.now().saturating_since(since) >= take_time => {
                self.retract()?;
            }
            // Of an earlier run, or pulled half out: it gets its time too.
            (Mouth::Empty(_), true) => self.mouth = Mouth::Waiting { since: self.dialogue.now() },
            (Mouth::Waiting { .. }, true) | (Mouth::Empty(_), false) => {}
        }
        Ok(self.media())
    }

    /// Waits until the ticket at the mouth is taken, or draws it back in when its time is over.
    ///
    /// # Errors
    /// As [`EscPosPrinter::attend`].
    pub fn await_taken(&mut self) -> Result<Media, Fault> {
        loop {
            let media = self.attend()?;
            if media != Media::Present {
                return Ok(media);
            }
            let pause = self.dialogue.now() + PRESENTER_POLL;
            while self.dialogue.now() < pause {
                self.dialogue.hear(pause).map_err(|error| error.fault())?;
            }
        }
    }

    /// Draws back in what the patient before has left.
    pub(super) fn clear_mouth(&mut self) -> Result<(), Fault> {
        if self.has_presenter() && self.ticket_at_mouth()? { self.retract() } else { Ok(()) }
    }

    /// Puts the ticket out and waits until it is felt.
    pub(super) fn present(&mut self, next_poll: &mut Uptime, until: Uptime) -> Result<(), Stopped> {
        let Presenter::Fitted { present_steps, .. } = self.profile.presenter else { return Ok(()) };
        self.dialogue.send(&[0x1D, b'e', 3, present_steps], until)?;
        let mut felt = None;
        loop {
            keep_watch(&mut self.dialogue, next_poll, until)?;
            // The last turn may be too short for an answer.
            let whole_turn = self.dialogue.now() + FULL_STATUS_TIME <= until;
            let answer = self.feel(until)?;
            felt = if whole_turn { answer } else { answer.or(felt) };
            if felt == Some(true) {
                self.mouth = Mouth::Waiting { since: self.dialogue.now() };
                return Ok(());
            }
            if self.dialogue.now() >= until {
                return Err(Self::not_presented(felt, self.dialogue.gave_up()));
            }
            self.pause(until)?;
        }
    }

    /// A printer that answers and feels nothing has its ticket stuck on the way.
    const fn not_presented(felt: Option<bool>, stopped: Stopped) -> Stopped {
        match (felt, stopped.fault) {
            (Some(false), Fault::Offline) => Stopped { fault: Fault::PaperJammed, ..stopped },
            (Some(_) | None, _) => stopped,
        }
    }

    /// Draws in whatever the presenter holds, felt at the mouth or not, before a cut would push it out.
    pub(super) fn draw_in_unfelt(&mut self) -> Result<(), Fault> {
        if !self.has_presenter() {
            return Ok(());
        }
        let until = self.dialogue.now() + FULL_STATUS_TIME;
        self.dialogue.send(&RETRACT, until).map_err(|stopped| stopped.fault)
    }

    fn retract(&mut self) -> Result<(), Fault> {
        let until = self.dialogue.now() + self.profile.presenter_time();
        let link = |stopped: Stopped| stopped.fault;
        self.dialogue.send(&RETRACT, until).map_err(link)?;
        while self.feel(until).map_err(link)? != Some(false) {
            if self.dialogue.now() >= until {
                return Err(self.dialogue.sensors.fault().unwrap_or(Fault::PaperJammed));
            }
            self.pause(until).map_err(link)?;
        }
        self.mouth = Mouth::Empty(Media::Retracted);
        Ok(())
    }

    fn ticket_at_mouth(&mut self) -> Result<bool, Fault> {
        let until = self.dialogue.now() + FULL_STATUS_TIME;
        let felt = self.feel(until).map_err(|stopped| stopped.fault)?;
        felt.ok_or_else(|| self.dialogue.silence())
    }

    /// Asks for the full status once; `None` = no answer in time.
    fn feel(&mut self, until: Uptime) -> Result<Option<bool>, Stopped> {
        let turn = (self.dialogue.now() + FULL_STATUS_TIME).min(until);
        self.dialogue.heard.full_status = None;
        self.dialogue.link.write(&FULL_STATUS, turn).map_err(|failed| failed.cause)?;
        self.dialogue.wait_until(turn, |it| it.heard.full_status.is_some())?;
        Ok(self.dialogue.heard.full_status.map(|status| status.ticket_at_mouth))
    }

    fn pause(&mut self, until: Uptime) -> Result<(), Stopped> {
        let pause = (self.dialogue.now() + PRESENTER_POLL).min(until);
        self.dialogue.wait_until(pause, |_| false)?;
        Ok(())
    }

    /// Takes note of paper jams, which only the full status tells.
    pub(super) fn feel_for_jams(&mut self) -> Result<(), Fault> {
        if self.profile.confirmation == Confirmation::PresenterSensor && self.has_presenter() {
            self.ticket_at_mouth()?;
        }
        Ok(())
    }
}
