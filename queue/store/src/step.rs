//! The steps of a ticket that was issued: room, desk and kiosk move it on.

use queue_core::{
    CheckIn, Clinic, Joined, Lane, Room, Service, Step, StepNotAllowed, after, due_after_missing, due_after_tests,
    join, line_of, service_day,
};
use queue_protocol::board::BoardEventKind;
use queue_protocol::model::{
    Call, CallMark, GroupClaim, Line, Placement, RequestId, RoomId, ServiceDay, ServiceId, TicketNumber, TicketState,
    UnixMillis,
};
use queue_protocol::v1::{NumberChanged, NumberNow};

use crate::audit::{self, Entry};
use crate::call;
use crate::error::StepError;
use crate::events::{self, Subject, Written};
use crate::requests::{self, Done};
use crate::rows::{DoneRow, Now, TicketRow, claims_text, is_aside};
use crate::sql::{Result as SqlResult, Sql, damaged, one, values};
use crate::{tickets, turns};

/// What is asked for one number of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepAsked {
    /// Made for this press of the button.
    pub request: RequestId,
    /// The number meant.
    pub number: TicketNumber,
    /// What is done with it.
    pub action: Action,
    /// Role and name of who does it, for the audit, such as `room:p205`.
    pub actor: String,
}

/// What is done with a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A room calls it out of turn.
    Call(RoomId),
    /// Its room calls it again.
    Recall(RoomId),
    /// It came into the room.
    Arrive(RoomId),
    /// The room is finished with it.
    Finish(RoomId),
    /// It did not come.
    Miss(RoomId),
    /// The room sends it away for tests.
    SendAway(RoomId),
    /// It is back from tests.
    Return,
    /// It missed its call and is there after all.
    Rejoin,
    /// Staff put it aside.
    Hold,
    /// It ends.
    Cancel,
    /// It waits again.
    Reactivate(Placement),
    /// It goes to another service, perhaps to one room of it.
    Transfer {
        /// The service.
        to: ServiceId,
        /// The only room that is to call it.
        room: Option<RoomId>,
        /// Where in the line.
        placement: Placement,
    },
    /// Its groups are these.
    SetGroups(Vec<GroupClaim>),
}

impl Action {
    const fn step(&self) -> Step {
        match self {
            Self::Call(_) => Step::Call,
            Self::Recall(_) => Step::Recall,
            Self::Arrive(_) => Step::Arrive,
            Self::Finish(_) => Step::Finish,
            Self::Miss(_) => Step::Miss,
            Self::SendAway(_) => Step::SendAway,
            Self::Return => Step::Return,
            Self::Rejoin => Step::Rejoin,
            Self::Hold => Step::Hold,
            Self::Cancel => Step::Cancel,
            Self::Reactivate(_) => Step::Reactivate,
            Self::Transfer { .. } => Step::Transfer,
            Self::SetGroups(_) => Step::SetGroups,
        }
    }

    const fn acting_room(&self) -> Option<&RoomId> {
        match self {
            Self::Call(room)
            | Self::Recall(room)
            | Self::Arrive(room)
            | Self::Finish(room)
            | Self::Miss(room)
            | Self::SendAway(room) => Some(room),
            Self::Return
            | Self::Rejoin
            | Self::Hold
            | Self::Cancel
            | Self::Reactivate(_)
            | Self::Transfer { .. }
            | Self::SetGroups(_) => None,
        }
    }

    /// What is asked besides number and step, in one spelling.
    fn detail(&self) -> String {
        match self {
            Self::Call(room)
            | Self::Recall(room)
            | Self::Arrive(room)
            | Self::Finish(room)
            | Self::Miss(room)
            | Self::SendAway(room) => room.to_string(),
            Self::Return | Self::Rejoin | Self::Hold | Self::Cancel => String::new(),
            Self::Reactivate(placement) => placement_word(*placement).to_owned(),
            Self::Transfer { to, room, placement } => {
                let room = room.as_ref().map_or("", RoomId::as_str);
                format!("{to} {} {room}", placement_word(*placement)).trim_end().to_owned()
            }
            Self::SetGroups(groups) => claims_text(groups),
        }
    }
}

const fn placement_word(placement: Placement) -> &'static str {
    match placement {
        Placement::KeepPlace => "keep_place",
        Placement::AfterCurrent => "after_current",
        Placement::End => "end",
    }
}

/// How a ticket of `line` waits when it stands there from its arrival on.
pub(crate) fn lane_of(line: Line, booked_for: Option<UnixMillis>) -> Lane {
    match (line, booked_for) {
        (Line::Booked, Some(at)) => Lane::Booked(at),
        (Line::Emergency | Line::Priority | Line::Booked | Line::Normal, _) => Lane::New(line),
    }
}

/// What a step did, before its request is remembered.
struct Outcome {
    now: Now,
    written: Vec<Written>,
    call: Option<(i64, Call)>,
}

/// Takes a step, or gives what this request has answered already.
pub(crate) fn take(
    sql: &mut dyn Sql,
    clinic: &Clinic,
    asked: &StepAsked,
    now: UnixMillis,
) -> Result<(NumberChanged, Vec<Written>), StepError> {
    let (step, detail) = (asked.action.step(), asked.action.detail());
    let subject = format!("{} {detail}", asked.number);
    if let Some(done) = requests::done(sql, asked.request)? {
        return if done.step == step.word() && done.subject == subject {
            Ok((answer_again(sql, done)?, Vec::new()))
        } else {
            Err(StepError::RequestSpent(asked.request))
        };
    }
    if requests::is_taken(sql, asked.request)? {
        return Err(StepError::RequestSpent(asked.request));
    }
    let day = service_day(now, clinic)?;
    let unknown = || StepError::UnknownNumber { number: asked.number, day };
    let row = tickets::by_number(sql, day, asked.number)?.ok_or_else(unknown)?;
    let to = allowed(clinic, &row, &asked.action)?;
    let outcome = Walk { sql, clinic, row: &row, day, to }.take(asked, now)?;
    let call = outcome.call.as_ref().map(|(id, call)| (*id, call.mark.recalls));
    let room = outcome.now.room.clone();
    let done = Done {
        request: asked.request,
        step: step.word(),
        subject: &subject,
        ticket: row.id,
        now: &outcome.now,
        room: room.as_ref(),
        call,
    };
    requests::remember(sql, &done)?;
    let entry = Entry {
        at: now,
        day,
        actor: &asked.actor,
        step: step.word(),
        ticket: Some(row.id),
        room: asked.action.acting_room().or(row.now.room.as_ref()),
        request: asked.request,
        detail: &detail,
    };
    audit::write(sql, &entry)?;
    let now = number_now(&row, &outcome.now);
    Ok((NumberChanged { now, call: outcome.call.map(|(_, call)| call) }, outcome.written))
}

fn answer_again(sql: &mut dyn Sql, done: DoneRow) -> SqlResult<NumberChanged> {
    let row = tickets::by_id(sql, done.ticket)?.ok_or_else(|| damaged("a step has no ticket"))?;
    let call = match done.call {
        Some(call) => requests::told_call(sql, call, done.recalls)?,
        None => None,
    };
    let now = NumberNow {
        number: row.ticket.number,
        day: row.ticket.day,
        service: done.service,
        state: done.state,
        line: done.line,
        room: done.room,
    };
    Ok(NumberChanged { now, call })
}

/// Where a number is.
pub(crate) fn number_now(row: &TicketRow, now: &Now) -> NumberNow {
    NumberNow {
        number: row.ticket.number,
        day: row.ticket.day,
        service: now.service.clone(),
        state: now.state,
        line: now.line,
        room: now.room.clone(),
    }
}

/// Where the step leads, if it begins where the ticket is and the room may take it.
fn allowed(clinic: &Clinic, row: &TicketRow, action: &Action) -> Result<TicketState, StepError> {
    let step = action.step();
    let room = match action.acting_room() {
        Some(room) => Some(known_room(clinic, room)?),
        None => None,
    };
    let to = after(row.now.state, step)?;
    let Some(room) = room else {
        return Ok(to);
    };
    let is_its = if step.is_of_its_room() {
        row.now.room.as_ref() == Some(&room.id)
    } else {
        room.services.contains(&row.now.service)
    };
    if is_its { Ok(to) } else { Err(StepError::NotAtThisRoom { number: row.ticket.number, room: room.id.clone() }) }
}

fn known_room<'c>(clinic: &'c Clinic, room: &RoomId) -> Result<&'c Room, StepError> {
    clinic.room(room).ok_or_else(|| StepError::UnknownRoom(room.clone()))
}

fn known_service<'c>(clinic: &'c Clinic, service: &ServiceId) -> Result<&'c Service, StepError> {
    clinic.service(service).ok_or_else(|| StepError::UnknownService(service.clone()))
}

/// One step under way.
struct Walk<'a> {
    sql: &'a mut dyn Sql,
    clinic: &'a Clinic,
    row: &'a TicketRow,
    day: ServiceDay,
    to: TicketState,
}

impl Walk<'_> {
    fn take(mut self, asked: &StepAsked, now: UnixMillis) -> Result<Outcome, StepError> {
        let held = self.row.now.clone();
        match &asked.action {
            Action::Call(room) => self.call_out_of_turn(room, asked.request, now),
            Action::Recall(_) => self.recall(),
            // Away is bound to the room that sent it.
            Action::Arrive(_) | Action::Finish(_) | Action::SendAway(_) => self.stepped(held),
            Action::Miss(_) | Action::Hold | Action::Cancel => self.stepped(Now { room: None, ..held }),
            Action::Return => self.back_from_tests(held),
            Action::Rejoin => self.rejoin(held),
            Action::Reactivate(placement) => self.reactivate(held, *placement),
            Action::Transfer { to, room, placement } => self.transfer(held, to, room.as_ref(), *placement),
            Action::SetGroups(groups) => self.set_groups(held, groups),
        }
    }

    /// Writes the ticket and tells the displays of the step.
    fn stepped(&mut self, changed: Now) -> Result<Outcome, StepError> {
        let from = self.row.now.state;
        let changed = Now { state: self.to, ..changed };
        tickets::change(self.sql, self.row.id, from, &changed)?;
        let kind = BoardEventKind::TicketStepped {
            service: changed.service.clone(),
            number: self.row.ticket.number,
            from,
            to: self.to,
        };
        let written = vec![self.tell(&changed, None, kind)?];
        Ok(Outcome { now: changed, written, call: None })
    }

    /// Appends to the log of the zone the ticket is in.
    fn tell(&mut self, now: &Now, call: Option<i64>, kind: BoardEventKind) -> SqlResult<Written> {
        let subject = Subject { ticket: self.row.id, zone: &now.zone, day: self.row.ticket.day, call };
        events::append(self.sql, subject, kind)
    }

    fn call_out_of_turn(&mut self, room: &RoomId, request: RequestId, now: UnixMillis) -> Result<Outcome, StepError> {
        let room = known_room(self.clinic, room)?;
        let mut written = Vec::new();
        let from = self.row.now.state;
        if from != TicketState::Waiting {
            // Displays count it among the waiting first, so that its call takes one away.
            let kind = BoardEventKind::TicketStepped {
                service: self.row.now.service.clone(),
                number: self.row.ticket.number,
                from,
                to: TicketState::Waiting,
            };
            written.push(self.tell(&self.row.now, None, kind)?);
        }
        let made = call::make(self.sql, room, request, self.row, now)?;
        written.push(made.written);
        Ok(Outcome { now: made.now, written, call: Some((made.id, made.call)) })
    }

    fn recall(&mut self) -> Result<Outcome, StepError> {
        let row = one(
            self.sql,
            "UPDATE call SET recalls = recalls + 1
             WHERE id = (SELECT max(id) FROM call WHERE ticket = ?1)
             RETURNING id, room, room_name, called_at, recalls",
            values![self.row.id],
        )?;
        let mut row = row.ok_or_else(|| damaged("who is called has no call"))?;
        let id = row.int()?;
        let call = Call {
            number: self.row.ticket.number,
            service: self.row.now.service.clone(),
            room: row.parsed()?,
            room_name: row.text()?,
            called_at: row.millis()?,
            mark: CallMark {
                line: self.row.now.line,
                recalls: row.number()?,
                provisional: self.row.ticket.standing.provisional,
            },
        };
        let kind = BoardEventKind::TicketRecalled { call: call.clone() };
        let written = self.tell(&self.row.now, Some(id), kind)?;
        Ok(Outcome { now: self.row.now.clone(), written: vec![written], call: Some((id, call)) })
    }

    fn back_from_tests(&mut self, held: Now) -> Result<Outcome, StepError> {
        let turn = turns::of_service(self.sql, self.day, &held.service)?;
        let spacing = self.clinic.service(&held.service).map_or(0, |service| service.return_after_calls);
        let due = due_after_tests(turn.calls, turn.back_due, spacing);
        turns::set_back_due(self.sql, self.day, &held.service, due)?;
        // A room that is closed for good must not keep its patients waiting for ever.
        let room = held.room.filter(|room| calls_for(self.clinic, room, &held.service));
        let lane = back_lane(held.line, due);
        self.stepped(Now { room, lane, position: self.row.arrival_place, ..self.row.now.clone() })
    }

    fn rejoin(&mut self, held: Now) -> Result<Outcome, StepError> {
        let rule = self.clinic.rules().rejoin;
        rule.allows(held.rejoins)?;
        let calls = turns::of_service(self.sql, self.day, &held.service)?.calls;
        let lane = back_lane(held.line, due_after_missing(calls, rule));
        let (rejoins, position) = (held.rejoins.saturating_add(1), self.row.arrival_place);
        self.stepped(Now { room: None, lane, rejoins, position, ..held })
    }

    fn reactivate(&mut self, held: Now, placement: Placement) -> Result<Outcome, StepError> {
        self.refuse_second(&held.service)?;
        let (lane, position) = self.join(&held, placement)?;
        self.stepped(Now { room: None, lane, position, ..held })
    }

    fn transfer(
        &mut self,
        held: Now,
        to: &ServiceId,
        room: Option<&RoomId>,
        placement: Placement,
    ) -> Result<Outcome, StepError> {
        let service = known_service(self.clinic, to)?;
        if let Some(room) = room
            && !known_room(self.clinic, room)?.services.contains(to)
        {
            return Err(StepError::NotAtThisRoom { number: self.row.ticket.number, room: room.clone() });
        }
        self.refuse_second(to)?;
        let (from, number) = (held.state, self.row.ticket.number);
        let left = BoardEventKind::TicketLeft { service: held.service.clone(), number, from };
        let mut written = vec![self.tell(&held, None, left)?];
        let target = Now {
            state: TicketState::Waiting,
            service: to.clone(),
            zone: service.zone.clone(),
            room: room.cloned(),
            ..held
        };
        let (lane, position) = self.join(&target, placement)?;
        let target = Now { lane, position, ..target };
        tickets::change(self.sql, self.row.id, from, &target)?;
        let joined = BoardEventKind::TicketJoined { service: to.clone(), number };
        written.push(self.tell(&target, None, joined)?);
        Ok(Outcome { now: target, written, call: None })
    }

    fn set_groups(&mut self, held: Now, groups: &[GroupClaim]) -> Result<Outcome, StepError> {
        let rules = self.clinic.rules();
        let booked = |at| queue_core::check_in(at, self.row.ticket.issued_at, rules.booking);
        let booking: Option<CheckIn> = self.row.booked_for.map(booked);
        let line = line_of(groups, booking, rules.declared);
        let lane = match held.lane {
            Lane::Back(due) => back_lane(line, due),
            Lane::New(_) | Lane::Booked(_) => lane_of(line, self.row.booked_for),
        };
        let changed = Now { line, lane, claims: groups.to_vec(), ..held };
        tickets::change(self.sql, self.row.id, self.row.now.state, &changed)?;
        let kind = BoardEventKind::TicketMarked { number: self.row.ticket.number, line };
        let written = vec![self.tell(&changed, None, kind)?];
        Ok(Outcome { now: changed, written, call: None })
    }

    /// Lane and position of the ticket in the line of `target.service`.
    fn join(&mut self, target: &Now, placement: Placement) -> SqlResult<(Lane, i64)> {
        let row = one(
            self.sql,
            concat!(
                "SELECT max(position) FROM (
                    SELECT id, position FROM ticket WHERE day = ?1 AND at_service = ?2 AND state = 'waiting'
                    UNION ALL SELECT id, position FROM ticket WHERE day = ?1 AND at_service = ?2 AND ",
                is_aside!(),
                ") AS line WHERE id <> ?3"
            ),
            values![self.day.to_string(), target.service.as_str(), self.row.id],
        )?;
        let last_place = match row {
            Some(mut row) => row.optional_int()?,
            None => None,
        };
        let calls = turns::of_service(self.sql, self.day, &target.service)?.calls;
        let lane = lane_of(target.line, self.row.booked_for);
        Ok(join(placement, self.row.arrival_place, lane, Joined { calls, last_place }))
    }

    /// One live ticket a person and service, however it comes to be there.
    fn refuse_second(&mut self, service: &ServiceId) -> Result<(), StepError> {
        if tickets::person_waits_there(self.sql, self.row.id, service)? {
            return Err(StepError::HasOneThere(self.row.ticket.number));
        }
        Ok(())
    }
}

/// Who comes back waits for their turn among those who come back, and an emergency for nobody.
const fn back_lane(line: Line, due: i64) -> Lane {
    match line {
        Line::Emergency => Lane::New(Line::Emergency),
        Line::Priority | Line::Booked | Line::Normal => Lane::Back(due),
    }
}

fn calls_for(clinic: &Clinic, room: &RoomId, service: &ServiceId) -> bool {
    clinic.room(room).is_some_and(|room| room.services.contains(service))
}

impl From<StepNotAllowed> for StepError {
    fn from(refused: StepNotAllowed) -> Self {
        Self::NotAllowed(refused)
    }
}
