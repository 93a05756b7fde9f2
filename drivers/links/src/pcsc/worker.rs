use std::fmt;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;

use kiosk_hal::uptime::Uptime;

use crate::clock;

/// Why a thread gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// Not before the deadline. What was asked for may still happen.
    Late,
    /// The thread has ended.
    Ended,
}

/// Where the answer to one job goes.
#[derive(Debug)]
pub struct Reply<T> {
    answer: SyncSender<T>,
    /// Hangs up with the reply: the job is over.
    _over: SyncSender<()>,
}

impl<T> Reply<T> {
    /// Answers. Nobody may be waiting any more.
    pub fn give(self, answer: T) {
        let _unheard = self.answer.send(answer);
    }
}

/// A thread whose jobs block, and the one who waits for it no longer than they want.
///
/// A late job goes on in the thread, and its answer is thrown away; the next call waits for that first. So there is one
/// job at most, and a thread that never comes back costs its callers their deadlines and nothing else. When the worker
/// is dropped the thread ends with its job.
pub struct Worker<J> {
    jobs: Option<SyncSender<J>>,
    unfinished: Option<Receiver<()>>,
    ended: Receiver<()>,
}

impl<J> fmt::Debug for Worker<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("late", &self.unfinished.is_some()).finish_non_exhaustive()
    }
}

impl<J: Send + 'static> Worker<J> {
    /// Starts the thread; `serve` returns when its jobs end.
    pub fn start(name: &str, serve: impl FnOnce(Receiver<J>) + Send + 'static) -> io::Result<Self> {
        let (jobs, queue) = mpsc::sync_channel(1);
        let (at_end, ended) = mpsc::sync_channel(1);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // Hangs up when the thread ends, however it ends.
            let _at_end: SyncSender<()> = at_end;
            serve(queue);
        })?;
        Ok(Self { jobs: Some(jobs), unfinished: None, ended })
    }

    /// Gives no more jobs and waits until the thread has ended, at most until `until`. A thread that hangs in the
    /// service is left behind.
    pub fn stop(&mut self, until: Uptime) {
        self.jobs = None;
        let _late = self.ended.recv_timeout(until.saturating_since(clock::now()));
    }

    /// Gives the thread a job and waits for its answer until `until`. A deadline that has passed asks for nothing.
    pub fn call<T>(&mut self, until: Uptime, job: impl FnOnce(Reply<T>) -> J) -> Result<T, NoAnswer> {
        self.wait_for_earlier(until)?;
        if until <= clock::now() {
            return Err(NoAnswer::Late);
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let (over, finished) = mpsc::sync_channel(1);
        let jobs = self.jobs.as_ref().ok_or(NoAnswer::Ended)?;
        jobs.send(job(Reply { answer, _over: over })).map_err(|_| NoAnswer::Ended)?;
        match answered.recv_timeout(until.saturating_since(clock::now())) {
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Disconnected) => Err(NoAnswer::Ended),
            Err(RecvTimeoutError::Timeout) => {
                self.unfinished = Some(finished);
                Err(NoAnswer::Late)
            }
        }
    }

    fn wait_for_earlier(&mut self, until: Uptime) -> Result<(), NoAnswer> {
        let Some(earlier) = &self.unfinished else { return Ok(()) };
        match earlier.recv_timeout(until.saturating_since(clock::now())) {
            Err(RecvTimeoutError::Timeout) => Err(NoAnswer::Late),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                self.unfinished = None;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    /// Long enough for a busy machine.
    const PATIENCE: Duration = Duration::from_secs(20);

    type Job = (Receiver<u32>, Reply<u32>);

    fn echo(queue: Receiver<Job>) {
        for (input, reply) in queue {
            reply.give(input.recv().unwrap_or_default());
        }
    }

    #[test]
    fn a_late_answer_is_thrown_away_and_the_next_one_is_its_own() {
        let mut worker = Worker::start("test", echo).unwrap();
        let (first, input) = channel();
        let late = worker.call(clock::now() + Duration::from_millis(20), |reply| (input, reply));
        assert_eq!(late, Err(NoAnswer::Late));
        let (second, input) = channel();
        second.send(2).unwrap();
        first.send(1).unwrap();
        assert_eq!(worker.call(clock::now() + PATIENCE, |reply| (input, reply)), Ok(2));
    }

    #[test]
    fn a_thread_that_never_comes_back_costs_a_deadline() {
        let mut worker = Worker::start("test", echo).unwrap();
        let (_never, input) = channel();
        let soon = || clock::now() + Duration::from_millis(20);
        assert_eq!(worker.call(soon(), |reply| (input, reply)), Err(NoAnswer::Late));
        let (_other, input) = channel();
        assert_eq!(worker.call(soon(), |reply| (input, reply)), Err(NoAnswer::Late));
    }

    #[test]
    fn a_thread_that_ended_is_told_from_a_late_one() {
        let mut worker = Worker::<Job>::start("test", drop).unwrap();
        let (_sender, input) = channel();
        assert_eq!(worker.call(clock::now() + PATIENCE, |reply| (input, reply)), Err(NoAnswer::Ended));
    }
}
