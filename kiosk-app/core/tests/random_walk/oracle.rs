//! The promises of a visit, checked after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kiosk_core::effect::Effect;
use kiosk_core::ledger::Entry;
use kiosk_core::view::{MaskedName, View};
use kiosk_hal::printer::TicketFace;
use queue_protocol::model::{RequestId, Ticket};

/// A promise that did not hold.
#[derive(Debug)]
pub struct Broken(pub String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the oracle knows, all of it observed from outside the session.
#[derive(Default)]
pub struct Oracle {
    /// The name on the card the kiosk took last.
    pub card_holder: String,
    /// Whose request it is: the card holder when it was made.
    owners: BTreeMap<RequestId, String>,
    /// The request of the visit now running.
    current: Option<RequestId>,
    /// What the disk has.
    pub on_disk: BTreeSet<(RequestId, &'static str)>,
    /// Numbers issued by the queue service.
    pub issued: BTreeMap<RequestId, Ticket>,
    /// Requests whose number was on screen in their own visit.
    pub shown: BTreeSet<RequestId>,
    /// Requests the queue service has voided.
    pub voided: BTreeSet<RequestId>,
    /// Requests handed to the printer.
    pub printed: BTreeSet<RequestId>,
    /// The job that has not ended.
    pub job: Option<RequestId>,
}

pub fn disk_key(entry: Entry) -> &'static str {
    match entry {
        Entry::Requested => "requested",
        Entry::Shown => "shown",
        Entry::VoidWanted => "void wanted",
        Entry::Voided => "voided",
    }
}

impl Oracle {
    pub fn sees_view(&mut self, view: &View) -> Result<(), Broken> {
        match view {
            View::Welcome { .. } | View::PresentCard => self.current = None,
            View::ChooseService { patient, .. } if *patient != MaskedName::of(&self.card_holder) => {
                return Err(Broken("a name on screen that is not of the card held up last".into()));
            }
            View::Number { number, .. } => {
                let mine = self.current.and_then(|request| self.issued.get(&request));
                if mine.is_none_or(|ticket| ticket.number != *number) {
                    return Err(Broken(format!("another patient's number {number} is on screen")));
                }
                self.shown.extend(self.current);
            }
            View::ChooseService { .. } | View::Issuing { .. } | View::Apology(_) => {}
        }
        Ok(())
    }

    pub fn sees_effect(&mut self, effect: &Effect) -> Result<(), Broken> {
        match effect {
            Effect::Record(request, Entry::Requested) => {
                self.current = Some(*request);
                if self.owners.insert(*request, self.card_holder.clone()).is_some() {
                    return Err(Broken(format!("{request} was used for two requests")));
                }
                Ok(())
            }
            Effect::Record(..) => Ok(()),
            Effect::Issue { request, .. } if !self.has(*request, Entry::Requested) => {
                Err(Broken(format!("{request} was sent before its id was on disk")))
            }
            Effect::Issue { .. } | Effect::Void(_) => Ok(()),
            Effect::Print { request, face } => self.sees_print(*request, face),
        }
    }

    fn sees_print(&mut self, request: RequestId, face: &TicketFace) -> Result<(), Broken> {
        if self.job.is_some() {
            return Err(Broken(format!("{request} was printed while a job was on its way")));
        }
        if !self.has(request, Entry::Shown) {
            return Err(Broken(format!("{request} was printed before its showing was on disk")));
        }
        let number = self.issued.get(&request).map(|ticket| ticket.number.to_string());
        let owner = self.owners.get(&request).cloned().unwrap_or_default();
        let own_paper = number.as_deref() == Some(&face.number) && face.patient.starts_with(&owner);
        if !own_paper || self.current != Some(request) || !self.printed.insert(request) {
            return Err(Broken(format!("{request} was printed with another patient's data, late, or twice")));
        }
        self.job = Some(request);
        Ok(())
    }

    /// When nothing is on its way any more.
    pub fn at_rest(&self) -> Result<(), Broken> {
        let lost = |request: &&RequestId| !self.shown.contains(request) && !self.voided.contains(request);
        if let Some(request) = self.issued.keys().find(lost) {
            return Err(Broken(format!("the number of {request} was neither shown nor voided")));
        }
        if let Some(request) = self.printed.intersection(&self.voided).next() {
            return Err(Broken(format!("the number of {request} is on paper and void")));
        }
        let kept = |request: &&RequestId| self.has(**request, Entry::Shown) && !self.has(**request, Entry::VoidWanted);
        if let Some(request) = self.voided.iter().find(kept) {
            return Err(Broken(format!("the number of {request} was shown, recorded and voided all the same")));
        }
        Ok(())
    }

    /// A power cut ends the visit and whatever the printer had not finished.
    pub fn power_cut(&mut self) {
        self.current = None;
        self.job = None;
    }

    fn has(&self, request: RequestId, entry: Entry) -> bool {
        self.on_disk.contains(&(request, disk_key(entry)))
    }
}
