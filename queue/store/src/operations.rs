use std::sync::atomic::Ordering;

use queue_core::Clinic;
use queue_protocol::model::{KioskId, RequestId, Series, UnixMillis};
use queue_protocol::v1::{HandOver, HandedOver, HelpCall, HelpCalls, LeaseSeries};
use tokio::sync::watch;

use crate::boards::Working;
use crate::devices::{self, StoredState};
use crate::errand::Answered;
use crate::error::{DeviceStateError, HandOverError, HelpError, LeaseError, StoreError};
use crate::events::Written;
use crate::series::{self, Lessee};
use crate::sql::{DatabaseError, Sql};
use crate::store::Store;
use crate::writer::Command;
use crate::{hand_over, help};

/// What the writer of a store has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Writes that were run.
    pub writes: u64,
    /// Transactions committed.
    pub commits: u64,
    /// Transactions that failed at their begin or commit.
    pub failures: u64,
    /// Writes that wait.
    pub waiting: usize,
}

/// Kiosks that work without the service, calls for help, and how devices are.
impl Store {
    /// The series that an installation of `kiosk` owns, from now or from before.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub async fn lease_series(
        &self,
        kiosk: KioskId,
        asked: LeaseSeries,
        now: UnixMillis,
    ) -> Result<Series, LeaseError> {
        let LeaseSeries { installation, held } = asked;
        let lessee = Lessee { kiosk, installation, held };
        self.errand(move |sql, clinic, _| Ok((series::lease(sql, clinic, &lessee, now)?, Vec::new()))).await
    }

    /// Takes numbers in that `kiosk` issued while the service was away. Known ones stay as they are.
    ///
    /// # Errors
    /// [`HandOverError`]; then nothing of it was done.
    pub async fn hand_over(
        &self,
        kiosk: KioskId,
        handed: HandOver,
        now: UnixMillis,
    ) -> Result<HandedOver, HandOverError> {
        self.errand(move |sql, clinic, _| hand_over::take(sql, clinic, &kiosk, &handed, now)).await
    }

    /// Opens a call for help from `kiosk`, or gives the one that is open.
    ///
    /// # Errors
    /// [`HelpError`].
    pub async fn call_help(&self, kiosk: KioskId, request: RequestId, now: UnixMillis) -> Result<HelpCall, HelpError> {
        let work = move |sql: &mut dyn Sql, clinic: &Clinic, _: &Working| {
            help::call(sql, clinic, &kiosk, request, now).map(|call| (call, Vec::new()))
        };
        let call = self.errand(work).await?;
        self.tell_help();
        Ok(call)
    }

    /// Closes the call for help of `kiosk`; answers what is still open.
    ///
    /// # Errors
    /// [`HelpError`].
    pub async fn clear_help(
        &self,
        kiosk: KioskId,
        request: RequestId,
        now: UnixMillis,
    ) -> Result<HelpCalls, HelpError> {
        let work = move |sql: &mut dyn Sql, clinic: &Clinic, _: &Working| {
            help::clear(sql, clinic, &kiosk, request, now).map(|open| (open, Vec::new()))
        };
        let open = self.errand(work).await?;
        self.tell_help();
        Ok(open)
    }

    /// All open calls for help.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn help_calls(&self) -> Result<HelpCalls, StoreError> {
        self.readers.read(help::open).await
    }

    /// Changes with every call for help that is opened or closed: by this process at once, by another one on the same
    /// PostgreSQL database within some two seconds.
    #[must_use]
    pub fn subscribe_help(&self) -> watch::Receiver<u64> {
        self.help.subscribe()
    }

    fn tell_help(&self) {
        self.help.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Keeps what a device told.
    ///
    /// # Errors
    /// [`DeviceStateError`].
    pub async fn tell_state(&self, told: StoredState) -> Result<(), DeviceStateError> {
        self.errand(move |sql, _, _| Ok((devices::tell(sql, &told)?, Vec::new()))).await
    }

    /// What all devices told last, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn device_states(&self) -> Result<Vec<StoredState>, StoreError> {
        self.readers.read(devices::all).await
    }

    /// Shows that the store takes a write: writes a value that is there over itself, and commits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        let work = |sql: &mut dyn Sql, _: &Clinic, _: &Working| {
            let text = "UPDATE log_identity SET id = id WHERE one = 1";
            Ok::<_, StoreError>((sql.change(text, &[])?, Vec::new()))
        };
        self.errand(work).await
    }

    /// What the writer has done and what waits for it.
    #[must_use]
    pub fn load(&self) -> Load {
        let counts = &self.counts;
        Load {
            writes: counts.writes.load(Ordering::Relaxed),
            commits: counts.commits.load(Ordering::Relaxed),
            failures: counts.failures.load(Ordering::Relaxed),
            waiting: self.commands.max_capacity().saturating_sub(self.commands.capacity()),
        }
    }

    async fn errand<T, E>(
        &self,
        work: impl FnOnce(&mut dyn Sql, &Clinic, &Working) -> Result<(T, Vec<Written>), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<DatabaseError> + Send + 'static,
    {
        self.write(|reply| Command::Errand(Box::new(Answered { work: Box::new(work), reply }))).await
    }
}
