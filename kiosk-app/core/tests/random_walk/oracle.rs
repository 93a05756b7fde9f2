//! The promises of a visit, checked after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kiosk_core::effect::{Arriving, Effect};
use kiosk_core::ledger::Entry;
use kiosk_core::view::{KnownBy, MaskedName, NumberStanding, Screen, View, Who};
use kiosk_hal::printer::{Edition, TicketFace};
use queue_protocol::model::{PriorityGroup, RequestId, Ticket, TicketNumber};

use crate::people::Person;

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
    /// Whose token the kiosk took last; `None` = nobody's, such as a patient without a card.
    pub holder: Option<Person>,
    /// What the one who is here has said of themselves.
    pub said: BTreeSet<PriorityGroup>,
    /// Whose request it is: the holder when it was made.
    owners: BTreeMap<RequestId, Option<Person>>,
    /// Whose number it is, and the request that issued it.
    numbers: BTreeMap<TicketNumber, (Option<Person>, RequestId)>,
    /// Requests whose number was on screen as the one its person has from before.
    shown_again: BTreeSet<RequestId>,
    /// The request of the visit now running.
    current: Option<RequestId>,
    /// What the disk has.
    pub on_disk: BTreeSet<(RequestId, &'static str)>,
    /// Numbers issued, by the queue service or by the kiosk itself.
    pub issued: BTreeMap<RequestId, Ticket>,
    /// Requests whose number was on screen in their own visit.
    pub shown: BTreeSet<RequestId>,
    /// Requests the queue service has voided.
    pub voided: BTreeSet<RequestId>,
    /// Jobs handed to the printer.
    jobs: BTreeSet<RequestId>,
    /// Requests of which there is paper.
    pub printed: BTreeSet<RequestId>,
    /// The job that has not ended.
    pub job: Option<RequestId>,
    /// The reading of a chip that was neither stopped nor has ended.
    pub reading: Option<RequestId>,
    /// Whether the last screen was the keypad.
    was_typing: bool,
}

pub fn disk_key(entry: Entry) -> &'static str {
    match entry {
        Entry::Requested => "requested",
        Entry::Shown => "shown",
        Entry::VoidWanted => "void wanted",
        Entry::Voided => "voided",
    }
}

fn broken(what: impl Into<String>) -> Result<(), Broken> {
    Err(Broken(what.into()))
}

impl Oracle {
    /// The kiosk takes a token, or somebody without one: whoever was here before is gone.
    pub fn takes(&mut self, person: Option<Person>) {
        if self.holder != person {
            self.said.clear();
        }
        self.holder = person;
    }

    pub fn issues(&mut self, ticket: &Ticket) {
        let owner = self.owners.get(&ticket.request).copied().flatten();
        self.numbers.insert(ticket.number, (owner, ticket.request));
        self.issued.insert(ticket.request, ticket.clone());
    }

    pub fn sees_screen(&mut self, screen: &Screen) -> Result<(), Broken> {
        let was_typing = std::mem::replace(&mut self.was_typing, matches!(screen.view, View::TypeNumber { .. }));
        match &screen.view {
            View::Welcome { .. } | View::OutOfService => {
                self.current = None;
                self.takes(None);
            }
            View::PresentCard { .. } | View::Apology(_) => self.current = None,
            View::TypeNumber { digits, .. } if !was_typing && !digits.as_str().is_empty() => {
                return broken("digits on screen that nobody has typed");
            }
            View::ChooseService { who, .. }
            | View::ChooseTicket { who, .. }
            | View::AskAge { who, .. }
            | View::DeclarePriority { who, .. } => return self.sees_who(who),
            View::Chip { name, .. } => return self.sees_name(name),
            View::Number { number, standing, .. } => return self.sees_number(*number, *standing),
            View::TypeNumber { .. }
            | View::AwaitingOffer
            | View::FindingTickets
            | View::AskAppointment { .. }
            | View::Issuing { .. } => {}
        }
        Ok(())
    }

    fn sees_name(&self, name: &MaskedName) -> Result<(), Broken> {
        let right = self.holder.map_or(name.as_str().is_empty(), |person| person.is_called(name));
        if right { Ok(()) } else { broken("a name on screen that is not of the card held up last") }
    }

    fn sees_who(&self, who: &Who) -> Result<(), Broken> {
        self.sees_name(&who.name)?;
        let portrait = who.portrait.as_deref();
        if portrait.is_some_and(|portrait| self.holder.is_none_or(|person| person.portrait() != *portrait)) {
            return broken("a portrait on screen that is not of the card held up last");
        }
        if matches!(who.known_by, KnownBy::Chip(_)) && self.holder.is_none_or(|person| !person.has_card()) {
            return broken("a chip is vouched for that was not read");
        }
        self.sees_groups(who.groups.iter().map(|claim| claim.group))
    }

    fn sees_groups(&self, mut groups: impl Iterator<Item = PriorityGroup>) -> Result<(), Broken> {
        if groups.all(|group| self.said.contains(&group)) {
            return Ok(());
        }
        broken("a priority that the one who is here has not declared")
    }

    fn sees_number(&mut self, number: TicketNumber, standing: NumberStanding) -> Result<(), Broken> {
        let mine = self.current.and_then(|request| self.issued.get(&request));
        if mine.is_some_and(|ticket| ticket.number == number) {
            self.shown.extend(self.current);
            return Ok(());
        }
        if standing == NumberStanding::New || !self.is_holders(number) {
            return broken(format!("another patient's number {number} is on screen"));
        }
        self.shown_again.extend(self.numbers.get(&number).map(|(_, request)| *request));
        Ok(())
    }

    fn is_holders(&self, number: TicketNumber) -> bool {
        self.holder.is_some() && self.numbers.get(&number).is_some_and(|(owner, _)| *owner == self.holder)
    }

    pub fn sees_effect(&mut self, effect: &Effect) -> Result<(), Broken> {
        match effect {
            Effect::Record(request, Entry::Requested) => {
                self.current = Some(*request);
                if self.owners.insert(*request, self.holder).is_some() {
                    return broken(format!("{request} was used for two requests"));
                }
                Ok(())
            }
            Effect::Record(..) | Effect::Void(_) | Effect::CallHelp(_) => Ok(()),
            Effect::Issue { request, .. } if !self.has(*request, Entry::Requested) => {
                broken(format!("{request} was sent before its id was on disk"))
            }
            Effect::Issue { arriving, .. } => self.sees_arriving(arriving),
            Effect::Print { request, face } => self.sees_print(*request, face),
            Effect::FindTickets { person, .. } => self.names_holder(person.as_str()),
            Effect::Rejoin { number, .. } if !self.is_holders(*number) => {
                broken(format!("another patient's number {number} was let back in"))
            }
            Effect::Rejoin { .. } => Ok(()),
            Effect::ReadChip { reading, number } => {
                if self.reading.replace(*reading).is_some() {
                    return broken("a chip was to be read while another reading was under way");
                }
                self.names_holder(number.as_str())
            }
            Effect::StopChip(reading) => {
                self.reading.take_if(|current| current == reading);
                Ok(())
            }
        }
    }

    fn sees_arriving(&self, arriving: &Arriving) -> Result<(), Broken> {
        match &arriving.person {
            Some(person) => self.names_holder(person.as_str())?,
            None if self.holder.is_some() => return broken("a number was asked for without saying for whom"),
            None => {}
        }
        self.sees_groups(arriving.groups.iter().map(|claim| claim.group))
    }

    fn names_holder(&self, key: &str) -> Result<(), Broken> {
        let right = self.holder.is_some_and(|person| person.key() == key);
        if right { Ok(()) } else { broken("something was asked for in another patient's name") }
    }

    fn sees_print(&mut self, job: RequestId, face: &TicketFace) -> Result<(), Broken> {
        if self.job.is_some() {
            return broken(format!("{job} was printed while a job was on its way"));
        }
        if !self.jobs.insert(job) {
            return broken(format!("{job} was printed twice"));
        }
        self.job = Some(job);
        let named = self.holder.map_or(face.patient.is_empty(), |person| person.is_printed(&face.patient));
        let number = face.number.parse().ok();
        let right = match face.edition {
            Edition::Original => self.is_first_paper(job, number)?,
            Edition::Reprint => number.is_some_and(|number| self.is_holders(number)),
        };
        if named && right { Ok(()) } else { broken(format!("{job} was printed with another patient's data, or late")) }
    }

    /// Whether the job is the first paper of the number that is on screen.
    fn is_first_paper(&mut self, job: RequestId, number: Option<TicketNumber>) -> Result<bool, Broken> {
        if !self.has(job, Entry::Shown) {
            return Err(Broken(format!("{job} was printed before its showing was on disk")));
        }
        let issued = self.issued.get(&job).map(|ticket| ticket.number);
        Ok(issued.is_some() && issued == number && self.current == Some(job) && self.printed.insert(job))
    }

    /// When nothing is on its way any more.
    pub fn at_rest(&self) -> Result<(), Broken> {
        let lost = |request: &&RequestId| !self.shown.contains(request) && !self.voided.contains(request);
        if let Some(request) = self.issued.keys().find(lost) {
            return broken(format!("the number of {request} was neither shown nor voided"));
        }
        if let Some(request) = self.printed.intersection(&self.voided).next() {
            return broken(format!("the number of {request} is on paper and void"));
        }
        let kept = |request: &&RequestId| self.has(**request, Entry::Shown) && !self.has(**request, Entry::VoidWanted);
        if let Some(request) = self.voided.iter().find(kept) {
            return broken(format!("the number of {request} was shown, recorded and voided all the same"));
        }
        if let Some(request) = self.shown_again.intersection(&self.voided).next() {
            return broken(format!("the number of {request} was shown as its person's own and is void"));
        }
        if self.reading.is_some() {
            return broken("a chip is being read for nobody");
        }
        Ok(())
    }

    /// A power cut ends the visit and whatever printer and reader had not finished.
    pub fn power_cut(&mut self) {
        self.current = None;
        self.job = None;
        self.reading = None;
        self.takes(None);
    }

    fn has(&self, request: RequestId, entry: Entry) -> bool {
        self.on_disk.contains(&(request, disk_key(entry)))
    }
}
