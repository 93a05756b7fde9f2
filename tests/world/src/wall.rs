//! A waiting-room display: the shipped fold of snapshot and events. Its connection is that of `streams`.

use queue_protocol::board::Board;
use queue_protocol::model::{LogPlace, ZoneId};

use crate::agenda::Due;
use crate::context::Context;
use crate::service::Service;
use crate::slip::Slip;
use crate::streams::Frame;
use crate::wire::Party;

/// Silence after which a display gives its connection up, in milliseconds (`STALE_AFTER_MS` of the protocol).
pub const SILENCE_MS: u64 = queue_protocol::v1::stream::STALE_AFTER_MS;
/// Longest pause between two attempts to connect, in milliseconds.
const PAUSE_MAX_MS: u64 = 2_000;
/// How often the planted slip happens: one event in so many.
const LOST_ONE_IN: u64 = 40;

/// One display.
#[derive(Debug)]
pub struct Wall {
    at: usize,
    /// The waiting area it is in.
    pub zone: ZoneId,
    /// What it shows.
    pub board: Option<Board>,
    /// The connection it reads, if it has one.
    pub connection: Option<u64>,
}

impl Wall {
    /// A display that is switched on.
    #[must_use]
    pub const fn new(at: usize, zone: ZoneId) -> Self {
        Self { at, zone, board: None, connection: None }
    }

    /// Wants a connection, or tries again a little later.
    pub fn connects(&mut self, context: &mut Context, service: &mut Service) {
        if self.connection.is_some() {
            return;
        }
        let is_lost = context.rng.chance(context.net.loss_percent);
        let today = service.today(context);
        if let (Some(store), Some(today), true, false) =
            (service.store_and_streams(), today, context.net.reaches(Party::Wall(self.at)), is_lost)
        {
            let connection = context.fresh();
            let last = self.board.as_ref().map(|board| LogPlace { log: board.log, seq: board.seq });
            let (store, streams) = store;
            streams.open(context, store, (self.at, connection), (&self.zone, last, today));
            self.connection = Some(connection);
            context.tally.connections += 1;
        } else {
            let pause = context.rng.between(PAUSE_MAX_MS / 2, PAUSE_MAX_MS);
            context.later(pause, Due::WallConnects(self.at));
        }
    }

    /// The connection is gone, and that is known.
    pub fn is_disconnected(&mut self, context: &mut Context) {
        self.connection = None;
        let pause = context.rng.between(25, PAUSE_MAX_MS);
        context.later(pause, Due::WallConnects(self.at));
    }

    /// Bytes of the connection have come.
    pub fn takes(&mut self, context: &mut Context, frames: Vec<Vec<u8>>) {
        for bytes in frames {
            let Ok(frame) = serde_json::from_slice::<Frame>(&bytes) else {
                context.oracle.breaks("a display cannot read a frame");
                return;
            };
            match (frame, &mut self.board) {
                (Frame::Snapshot(board), held) => *held = Some(*board),
                (Frame::Event(event), Some(board)) => {
                    if context.slip == Slip::LosesAnEvent && context.rng.below(LOST_ONE_IN) == 0 {
                        board.seq = board.seq.max(event.seq);
                    } else if board.apply(&event).is_err() {
                        self.board = None;
                        self.is_disconnected(context);
                        return;
                    }
                }
                (Frame::Event(_), None) => {
                    self.is_disconnected(context);
                    return;
                }
            }
        }
    }
}
