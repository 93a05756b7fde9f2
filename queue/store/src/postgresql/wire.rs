//! A connection, and the thread that waits on it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error, NoTls, Notification, Socket};

use crate::error::OpenError;
use crate::sql::DatabaseError;

/// Messages of other processes that are kept until somebody asks. They all say the same: that there is something.
const HEARD_MAX: usize = 64;

/// A connection to a server. Whoever uses it blocks until the server has answered: not on an async thread.
pub(super) struct Wire {
    // Dropped before the runtime that its socket is registered with.
    connection: Connection<Socket, NoTlsStream>,
    pub(super) client: Client,
    heard: VecDeque<Notification>,
    runtime: Runtime,
}

impl Wire {
    pub(super) fn connect(config: &Config) -> Result<Self, OpenError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(OpenError::Thread)?;
        let (client, connection) = runtime.block_on(config.connect(NoTls)).map_err(DatabaseError::from)?;
        Ok(Self { connection, client, heard: VecDeque::new(), runtime })
    }

    /// Runs `work`, which asks the server something, to its end.
    pub(super) fn run<'a, T, F: Future<Output = Result<T, Error>>>(
        &'a mut self,
        work: impl FnOnce(&'a Client) -> F,
    ) -> Result<T, Error> {
        let Self { connection, client, heard, runtime } = self;
        let mut work = pin!(work(client));
        runtime.block_on(poll_fn(|context| {
            // What is to be sent is handed to the connection by the work, and what came to the work by the connection.
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            match take_messages(connection, heard, context) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                // The server has hung up: the work learns of it when it next looks.
                Poll::Ready(Ok(())) | Poll::Pending => work.as_mut().poll(context),
            }
        }))
    }

    /// Sends statements without parameters.
    pub(super) fn plain(&mut self, text: &str) -> Result<(), Error> {
        self.run(|client| client.batch_execute(text))
    }

    /// A message of the channels that are listened to, within `limit`.
    pub(super) fn hear(&mut self, limit: Duration) -> Result<Option<Notification>, Error> {
        let Self { connection, heard, runtime, .. } = self;
        let next = poll_fn(|context| {
            let open = take_messages(connection, heard, context);
            match (heard.pop_front(), open) {
                (Some(message), _) => Poll::Ready(Ok(Some(message))),
                (None, Poll::Ready(closed)) => Poll::Ready(closed.map(|()| None)),
                (None, Poll::Pending) => Poll::Pending,
            }
        });
        runtime.block_on(async { tokio::time::timeout(limit, next).await.unwrap_or(Ok(None)) })
    }

    /// A message that is here already.
    pub(super) fn heard(&mut self) -> Result<Option<Notification>, Error> {
        let Self { connection, heard, runtime, .. } = self;
        let open = runtime.block_on(poll_fn(|context| Poll::Ready(take_messages(connection, heard, context))));
        match (heard.pop_front(), open) {
            (Some(message), _) => Ok(Some(message)),
            (None, Poll::Ready(closed)) => closed.map(|()| None),
            (None, Poll::Pending) => Ok(None),
        }
    }
}

/// Drives the connection as far as it goes; ready when it has ended.
fn take_messages(
    connection: &mut Connection<Socket, NoTlsStream>,
    heard: &mut VecDeque<Notification>,
    context: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    loop {
        match connection.poll_message(context) {
            Poll::Ready(Some(Ok(AsyncMessage::Notification(message)))) => {
                heard.truncate(HEARD_MAX);
                heard.push_back(message);
            }
            // Notices are for people at a terminal.
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
            Poll::Ready(None) => return Poll::Ready(Ok(())),
            Poll::Pending => return Poll::Pending,
        }
    }
}

/// Sends what all of `asked` send, in their order, before any answer is waited for; the answers, in the same order.
pub(super) async fn at_once<T>(mut asked: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = asked.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut is_done = true;
        // A request is sent when its future is first polled.
        for (one, answer) in asked.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match one.as_mut().poll(context) {
                    Poll::Ready(done) => *answer = Some(done),
                    Poll::Pending => is_done = false,
                }
            }
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}
