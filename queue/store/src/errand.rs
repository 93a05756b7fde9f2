use queue_core::Clinic;

use crate::boards::Working;
use crate::error::StoreError;
use crate::events::Written;
use crate::sql::{DatabaseError, Sql, Writing};
use crate::writer::{BatchRun, Reply};

/// What a write does in its transaction.
type Work<T, E> = Box<dyn FnOnce(&mut dyn Sql, &Clinic, &Working) -> Result<(T, Vec<Written>), E> + Send>;

/// A write that is none of the everyday ones.
pub(crate) trait Errand: Send {
    fn run(self: Box<Self>, run: &mut BatchRun, database: &mut dyn Writing, clinic: &Clinic);
    fn refuse(self: Box<Self>, error: StoreError);
}

/// A write and where its answer goes.
pub(crate) struct Answered<T, E> {
    pub(crate) work: Work<T, E>,
    pub(crate) reply: Reply<T, E>,
}

impl<T, E> Errand for Answered<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + From<DatabaseError> + Send + 'static,
{
    fn run(self: Box<Self>, run: &mut BatchRun, database: &mut dyn Writing, clinic: &Clinic) {
        let Self { work, reply } = *self;
        run.answer(database, reply, |sql, working| work(sql, clinic, working));
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        // Who asked may be gone; nobody is left to be told.
        drop(self.reply.send(Err(error.into())));
    }
}
