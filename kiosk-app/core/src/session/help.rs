//! A call for help: from every screen, beside whatever the visit does.

use kiosk_hal::uptime::Uptime;
use queue_protocol::model::RequestId;

use super::waits::{HELP_ANSWER_WAIT, HELP_SHOWN_WAIT};
use crate::effect::Effect;
use crate::event::{HelpFailure, Moment};
use crate::view::Help;

/// Whether help was called.
#[derive(Debug, Default)]
pub(super) struct HelpCall {
    shown: Help,
    /// The call that waits for its answer.
    asked: Option<RequestId>,
    deadline: Option<Uptime>,
}

impl HelpCall {
    pub(super) const fn shown(&self) -> Help {
        self.shown
    }

    pub(super) const fn deadline(&self) -> Option<Uptime> {
        self.deadline
    }

    /// Calls, unless a call is under way or was heard.
    pub(super) fn call(&mut self, moment: Moment) -> Vec<Effect> {
        match self.shown {
            Help::Calling | Help::OnItsWay => Vec::new(),
            Help::NotCalled | Help::NotReached => {
                let deadline = Some(moment.now + HELP_ANSWER_WAIT);
                *self = Self { shown: Help::Calling, asked: Some(moment.fresh), deadline };
                vec![Effect::CallHelp(moment.fresh)]
            }
        }
    }

    pub(super) fn answered(&mut self, asked: RequestId, answer: Result<(), HelpFailure>, now: Uptime) {
        if self.asked == Some(asked) {
            let shown = if answer.is_ok() { Help::OnItsWay } else { Help::NotReached };
            *self = Self { shown, asked: None, deadline: Some(now + HELP_SHOWN_WAIT) };
        }
    }

    /// An answer that does not come is none; an old one leaves the screen.
    pub(super) fn tick(&mut self, now: Uptime) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        *self = match self.shown {
            Help::Calling => Self { shown: Help::NotReached, asked: None, deadline: Some(now + HELP_SHOWN_WAIT) },
            Help::NotCalled | Help::OnItsWay | Help::NotReached => Self::default(),
        };
    }
}
