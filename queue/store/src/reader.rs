use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::error::{OpenError, StoreError};
use crate::sql::{DatabaseError, Sql};

/// Reading connections, and so most reads at one time.
const READERS: usize = 4;

/// A connection that reads.
pub(crate) type Reader = Box<dyn Sql + Send>;

/// How a reading connection is opened.
pub(crate) type OpenReader = dyn Fn() -> Result<Reader, OpenError> + Send + Sync;

/// Connections that only read; they never wait for the writer.
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Reader>>>,
    permits: Arc<Semaphore>,
    open: Arc<OpenReader>,
}

impl Drop for Readers {
    /// PostgreSQL's blocking client may not be closed on an async thread, and who drops a store may be on one.
    fn drop(&mut self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        let closed = std::thread::Builder::new().name("queue-readers".into()).spawn(move || drop(idle));
        if closed.map(std::thread::JoinHandle::join).is_err() {
            tracing::error!("the readers were not closed in order");
        }
    }
}

impl Readers {
    pub(crate) fn open(open: Arc<OpenReader>) -> Result<Self, OpenError> {
        // One proves that it can be done; the others come when they are needed.
        let first = open()?;
        let permits = Arc::new(Semaphore::new(READERS));
        Ok(Self { idle: Arc::new(Mutex::new(vec![first])), permits, open })
    }

    /// Runs `work` on a reading connection, off the async threads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Sql) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (idle, open) = (Arc::clone(&self.idle), Arc::clone(&self.open));
        let done = tokio::task::spawn_blocking(move || {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut reader = match kept {
                Some(reader) => reader,
                None => open().map_err(|error| {
                    tracing::error!(error = &error as &(dyn std::error::Error + 'static), "no connection to read");
                    StoreError::Closed
                })?,
            };
            // What is told stays true, whatever happens to the database: it is on disk.
            let result = work(reader.as_mut()).and_then(|found| reader.until_durable().map(|()| found));
            // A connection that failed may be broken: the next read opens another.
            if result.is_ok() {
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            }
            drop(permit);
            result.map_err(StoreError::from)
        });
        done.await.map_err(|_| StoreError::Closed)?
    }
}
