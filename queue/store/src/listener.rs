use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::boards::Boards;
use crate::error::OpenError;
use crate::postgresql::{self, Heard, Postgres, PostgresAddress};

/// How long the listener waits for a message before it looks whether it is to end.
const LISTEN_SLICE: Duration = Duration::from_millis(200);

/// Slices without a message of another process after which it looks by itself: a message may be lost with its
/// connection.
const SLICES_PER_LOOK: u32 = 5;

/// Slices between two tries to connect again.
const SLICES_PER_CONNECT: u32 = 5;

/// Follows what other processes commit to the database, in a thread of its own, through every lost connection.
pub(crate) struct Listener {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// `writer` is the writing connection's [`Postgres::backend`].
    pub(crate) fn start(
        address: PostgresAddress,
        boards: Arc<Boards>,
        writer: Arc<AtomicI64>,
    ) -> Result<Self, OpenError> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut connection = postgresql::connect(&address)?;
        connection.listen()?;
        let ears = Ears { address, boards, writer, stop: Arc::clone(&stop), connection: Some(connection) };
        let thread = std::thread::Builder::new()
            .name("queue-listener".into())
            .spawn(move || ears.run())
            .map_err(OpenError::Thread)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the listener panicked");
        }
    }
}

struct Ears {
    address: PostgresAddress,
    boards: Arc<Boards>,
    writer: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
    connection: Option<Postgres>,
}

impl Ears {
    fn run(mut self) {
        let mut quiet = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let Some(connection) = &mut self.connection else {
                self.connect_later();
                continue;
            };
            match connection.wait_for_message(LISTEN_SLICE, self.writer.load(Ordering::Relaxed)) {
                Ok(Heard::Others) => quiet = 0,
                // What this process has written it has shown already.
                Ok(Heard::Nothing | Heard::Own) if quiet < SLICES_PER_LOOK => {
                    quiet += 1;
                    continue;
                }
                Ok(Heard::Nothing | Heard::Own) => quiet = 0,
                Err(error) => {
                    tracing::warn!(%error, "the database is not heard");
                    self.connection = None;
                    continue;
                }
            }
            if let Err(error) = self.boards.catch_up(connection) {
                tracing::warn!(%error, "boards cannot catch up");
                self.connection = None;
            }
        }
    }

    fn connect_later(&mut self) {
        for _ in 0..SLICES_PER_CONNECT {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(LISTEN_SLICE);
        }
        let opened = postgresql::connect(&self.address).and_then(|mut connection| {
            connection.listen()?;
            self.boards.catch_up(&mut connection)?;
            Ok(connection)
        });
        match opened {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => tracing::debug!(%error, "the database is still away"),
        }
    }
}
