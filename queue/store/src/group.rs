//! Those who ask for numbers one after the other, and how a server gives them all of it in two trips.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use queue_protocol::model::{PersonMark, RequestId, ServiceId, Ticket};
use tokio::sync::mpsc;

use crate::error::{IssueError, StoreError};
use crate::events::Written;
use crate::issue::{self, IssueAsked, Issued, issue_group};
use crate::sql::{NotCommitted, Shares, Tell};
use crate::writer::{BATCH_MAX, Command, Reply, Writer};

/// Those who ask for numbers one after the other. No two have one request, or one person for one service.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) members: Vec<(IssueAsked, Reply<Ticket, IssueError>)>,
    requests: BTreeSet<RequestId>,
    persons: BTreeSet<(PersonMark, ServiceId)>,
}

impl Group {
    pub(crate) fn holds_the_like_of(&self, IssueAsked { asked, .. }: &IssueAsked) -> bool {
        let person = asked.arrival.person.map(|person| (person, asked.service.clone()));
        self.requests.contains(&asked.request) || person.is_some_and(|person| self.persons.contains(&person))
    }

    pub(crate) fn take(&mut self, one: IssueAsked, reply: Reply<Ticket, IssueError>) {
        self.requests.insert(one.asked.request);
        self.persons.extend(one.asked.arrival.person.map(|person| (person, one.asked.service.clone())));
        self.members.push((one, reply));
    }

    /// Takes those who may be of it, up to the first who may not.
    fn take_first(&mut self, commands: impl IntoIterator<Item = Command>) -> Vec<Command> {
        let mut commands = commands.into_iter();
        for command in commands.by_ref() {
            match command {
                Command::Issue(asked, reply) if !self.holds_the_like_of(&asked) => self.take(asked, reply),
                other @ (Command::Issue(..)
                | Command::Void { .. }
                | Command::CallNext { .. }
                | Command::Step { .. }
                | Command::ChangeClinic { .. }
                | Command::Errand(_)) => return std::iter::once(other).chain(commands).collect(),
            }
        }
        Vec::new()
    }

    pub(crate) fn asked(&self) -> impl Iterator<Item = &IssueAsked> + Clone {
        self.members.iter().map(|(asked, _)| asked)
    }

    fn into_commands(self) -> impl Iterator<Item = Command> {
        self.members.into_iter().map(|(asked, reply)| Command::Issue(asked, reply))
    }

    fn refuse(self, error: &StoreError) {
        self.into_commands().for_each(|command| command.refuse(error.clone()));
    }
}

impl Writer {
    /// Issues numbers to those who are in front of `batch`, on a server: the first trip begins and asks, the second one
    /// writes and commits, and nobody else can write between them. What is left is to be run one after the other: it is
    /// no such group, or the database did not take it as one.
    pub(crate) fn issue_first(&mut self, batch: Vec<Command>, commands: &mut mpsc::Receiver<Command>) -> Vec<Command> {
        if self.database.shares() == Shares::WithNobody {
            return batch;
        }
        let mut group = Group::default();
        let mut left = group.take_first(batch);
        if group.members.is_empty() {
            return left;
        }
        let (requests, boards): (Vec<RequestId>, _) =
            (group.requests.iter().copied().collect(), Arc::clone(&self.boards));
        let begun = self.begin(&|| issue::questions(&boards.in_force().clinic, &requests, group.asked()));
        let (mut working, heard) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                group.refuse(&error);
                return left;
            }
        };
        if left.is_empty() {
            // Who came meanwhile is of the group, for one more trip.
            let late = std::iter::from_fn(|| commands.try_recv().ok());
            left = group.take_first(late.take(BATCH_MAX.saturating_sub(group.members.len())).collect::<Vec<_>>());
        }
        let clinic = self.boards.in_force().clinic;
        let issued = match issue_group(self.database.as_mut(), &clinic, &mut working, group.asked()) {
            Ok(issued) => issued,
            Err(error) => return one_by_one(group, left, &error),
        };
        drop(working);
        match self.commit_group(group, issued, heard) {
            Ok(()) => left,
            Err((group, error)) => one_by_one(group, left, &error),
        }
    }

    /// Commits what was issued to a group, besides events of others that were `heard`, shows it and answers; the group
    /// again if nothing of it was written.
    fn commit_group(
        &mut self,
        group: Group,
        issued: Vec<Issued>,
        heard: Vec<Written>,
    ) -> Result<(), (Group, StoreError)> {
        let (mut answers, mut written) = (Vec::with_capacity(issued.len()), heard);
        let before = written.len();
        for one in issued {
            answers.push(one.map(|(ticket, own)| {
                written.extend(own);
                ticket
            }));
        }
        match self.database.commit_written(if written.len() == before { Tell::Nobody } else { Tell::Others }) {
            Ok(()) => {}
            Err(NotCommitted::Undone(error)) => return Err((group, error.into())),
            Err(NotCommitted::Unknown(error)) => {
                tracing::error!(%error, "commit failed");
                self.counts.failures.fetch_add(1, Ordering::Relaxed);
                group.refuse(&StoreError::OutcomeUnknown(Arc::new(error)));
                return Ok(());
            }
        }
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        self.counts.writes.fetch_add(u64::try_from(answers.len()).unwrap_or(0), Ordering::Relaxed);
        self.boards.publish(self.database.as_mut(), &written);
        for ((_, reply), answer) in group.members.into_iter().zip(answers) {
            // Who asked may have given up; the number stands all the same and the same id finds it.
            drop(reply.send(answer));
        }
        Ok(())
    }
}

/// Nothing of the group was written.
fn one_by_one(group: Group, left: Vec<Command>, error: &StoreError) -> Vec<Command> {
    tracing::warn!(error = error as &(dyn std::error::Error + 'static), "a group is not issued at once");
    group.into_commands().chain(left).collect()
}
