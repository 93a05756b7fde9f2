use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use queue_protocol::v1::HelpCalls;
use tokio::sync::watch;

use crate::boards::Boards;
use crate::error::OpenError;
use crate::help;
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
    /// `writer` is the writing connection's [`Postgres::backend`]; `help` is told when calls for help are others than
    /// before.
    pub(crate) fn start(
        address: PostgresAddress,
        boards: Arc<Boards>,
        writer: Arc<AtomicI64>,
        help: watch::Sender<u64>,
    ) -> Result<Self, OpenError> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut connection = postgresql::connect(&address)?;
        connection.listen()?;
        let told = HelpCalls::default();
        let ears = Ears { address, boards, writer, help, told, stop: Arc::clone(&stop), connection: Some(connection) };
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
    help: watch::Sender<u64>,
    /// The open calls for help that were told last.
    told: HelpCalls,
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
            let caught_up = self.boards.catch_up(connection).and_then(|()| help::open(connection)).map(|open| {
                if open != self.told {
                    self.told = open;
                    self.help.send_modify(|count| *count = count.wrapping_add(1));
                }
            });
            if let Err(error) = caught_up {
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
