//! The presenter: rollers between cutter and mouth that hold one ticket (`GS e`; Custom KPM, Reliance).

use std::collections::VecDeque;

use super::mechanism::PAPERS_MAX;
use super::paper::Paper;

/// What `GS e` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Movement {
    /// Put the ticket out to be taken.
    Present,
    /// Draw it back in, where nobody gets it.
    Retract,
    /// Drop it.
    Eject,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Presenter {
    held: Option<Paper>,
    at_mouth: bool,
    stuck: bool,
    retracted: VecDeque<Paper>,
}

impl Presenter {
    /// A piece from the cutter; what it pushes out is returned.
    pub(super) fn hold(&mut self, piece: Paper) -> Option<Paper> {
        self.at_mouth = false;
        self.held.replace(piece)
    }

    /// Moves what is held; what falls out is returned.
    pub(super) fn obey(&mut self, movement: Movement) -> Option<Paper> {
        if self.stuck {
            return None;
        }
        match movement {
            Movement::Present => {
                self.at_mouth = self.held.is_some();
                None
            }
            Movement::Retract => {
                self.at_mouth = false;
                self.retracted.extend(self.held.take());
                if self.retracted.len() > PAPERS_MAX {
                    self.retracted.pop_front();
                }
                None
            }
            Movement::Eject => self.take_held(),
        }
    }

    /// A hand takes what is at the mouth.
    pub(super) fn take(&mut self) -> Option<Paper> {
        if self.at_mouth { self.take_held() } else { None }
    }

    fn take_held(&mut self) -> Option<Paper> {
        self.at_mouth = false;
        self.held.take()
    }

    pub(super) const fn ticket_at_mouth(&self) -> bool {
        self.at_mouth
    }

    pub(super) const fn held(&self) -> Option<&Paper> {
        self.held.as_ref()
    }

    pub(super) fn empty(&mut self) {
        self.at_mouth = false;
        self.held = None;
        self.retracted.clear();
    }

    pub(super) const fn set_stuck(&mut self, stuck: bool) {
        self.stuck = stuck;
    }

    pub(super) fn retracted(&self) -> Vec<Paper> {
        self.retracted.iter().cloned().collect()
    }
}
