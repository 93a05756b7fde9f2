//! The event streams of the boards: frames in order on each connection, as TCP keeps them. What `queue-service` and
//! `queue-client` do with sockets is played here; the events, the boards and their fold are the shipped ones.

use std::collections::VecDeque;

use queue_protocol::board::Board;
use queue_protocol::model::{LogPlace, ServiceDay, ZoneId};
use queue_store::OneThread;
use serde::{Deserialize, Serialize};

use crate::agenda::Due;
use crate::context::Context;
use crate::wire::{Party, encoded};

/// One message of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// A whole board.
    Snapshot(Box<Board>),
    /// One event.
    Event(queue_protocol::board::BoardEvent),
}

/// A connection of a display.
#[derive(Debug)]
struct Stream {
    wall: usize,
    connection: u64,
    zone: ZoneId,
    seq: u64,
    day: ServiceDay,
    /// On their way: when they arrive, and their bytes.
    frames: VecDeque<(u64, Vec<u8>)>,
}

/// All connections.
#[derive(Debug, Default)]
pub struct Streams(Vec<Stream>);

impl Streams {
    /// All connections are gone.
    pub fn close_all(&mut self) {
        self.0.clear();
    }

    /// The connection of a display is gone.
    pub fn close(&mut self, wall: usize) {
        self.0.retain(|stream| stream.wall != wall);
    }

    /// Whether this connection stands.
    #[must_use]
    pub fn stands(&self, connection: u64) -> bool {
        self.0.iter().any(|stream| stream.connection == connection)
    }

    /// A display connects, and says what it has.
    pub fn open(
        &mut self,
        context: &mut Context,
        store: &mut OneThread,
        (wall, connection): (usize, u64),
        (zone, last, today): (&ZoneId, Option<LogPlace>, ServiceDay),
    ) {
        self.close(wall);
        let Some(board) = store.board(zone, today) else { return };
        let resumes = last.is_some_and(|last| last.log == board.log && last.seq <= board.seq);
        let seq = last.filter(|_| resumes).map_or(board.seq, |last| last.seq);
        let mut stream = Stream { wall, connection, zone: zone.clone(), seq, day: today, frames: VecDeque::new() };
        if !resumes {
            stream.send(context, &Frame::Snapshot(Box::new(board)));
        }
        stream.go_on(context, store, today);
        self.0.push(stream);
    }

    /// Sends what was committed to whoever follows.
    pub fn push(&mut self, context: &mut Context, store: &mut OneThread, today: ServiceDay) {
        for stream in &mut self.0 {
            stream.go_on(context, store, today);
        }
    }

    /// Frames that have arrived; they wait while the cable is cut.
    pub fn arrived(&mut self, context: &Context, wall: usize, connection: u64) -> Vec<Vec<u8>> {
        let Some(stream) = self.0.iter_mut().find(|stream| stream.connection == connection) else {
            return Vec::new();
        };
        if !context.net.reaches(Party::Wall(wall)) {
            return Vec::new();
        }
        let count = stream.frames.iter().take_while(|(at, _)| *at <= context.now).count();
        stream.frames.drain(..count).map(|(_, bytes)| bytes).collect()
    }
}

impl Stream {
    fn go_on(&mut self, context: &mut Context, store: &mut OneThread, today: ServiceDay) {
        if today != self.day {
            self.day = today;
            if let Some(board) = store.board(&self.zone, today) {
                self.seq = board.seq;
                self.send(context, &Frame::Snapshot(Box::new(board)));
            }
        }
        let Ok(events) = store.events_after(&self.zone, self.seq) else { return };
        for event in events {
            self.seq = event.seq;
            self.send(context, &Frame::Event((**event).clone()));
        }
    }

    fn send(&mut self, context: &mut Context, frame: &Frame) {
        let bytes = encoded(frame);
        context.oracle.looks_at_bytes(&bytes, "a frame");
        let soonest = self.frames.back().map_or(0, |(at, _)| *at);
        let at = soonest.max(context.now + context.net.latency(&mut context.rng));
        context.tally.frames += 1;
        context.later(at - context.now, Due::Frames(self.wall, self.connection));
        self.frames.push_back((at, bytes));
    }
}
