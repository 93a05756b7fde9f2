//! What the service manager is told: that the kiosk is ready, how it is, and that it makes progress.
//!
//! The protocol is `sd_notify(3)`: datagrams of `KEY=value` lines on the socket that the manager names. Without a manager
//! nothing is sent. The watchdog is fed only while every thread gets round its loop.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::pulse::Pulses;

/// How often the threads are looked at when the manager asks for nothing.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// The manager is told this many times within its own limit, so that one late look is no restart.
const LOOKS_A_LIMIT: u32 = 3;

/// What the service manager has put into the environment, as `main` found it.
#[derive(Debug, Clone, Default)]
pub struct Supervision {
    /// `NOTIFY_SOCKET`.
    pub notify_socket: Option<OsString>,
    /// `WATCHDOG_USEC`: how long the manager waits for a sign of progress.
    pub watchdog: Option<Duration>,
}

/// The way to the service manager.
#[derive(Debug, Clone)]
pub struct Supervisor(Option<Arc<Way>>);

#[derive(Debug)]
struct Way {
    socket: UnixDatagram,
    to: SocketAddr,
}

impl Supervisor {
    /// The manager at `NOTIFY_SOCKET`; nobody when there is none.
    ///
    /// # Errors
    /// The socket's name is none.
    pub fn new(supervision: &Supervision) -> io::Result<Self> {
        let Some(name) = &supervision.notify_socket else { return Ok(Self(None)) };
        let to = match name.as_bytes() {
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
            path => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(path))?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self(Some(Arc::new(Way { socket, to }))))
    }

    /// The first screen is shown, and the journal is open.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// One line for whoever asks how the kiosk is.
    pub fn status(&self, line: &str) {
        self.tell(&format!("STATUS={line}"));
    }

    fn feed(&self) {
        self.tell("WATCHDOG=1");
    }

    /// A manager that does not listen loses nothing but what it did not hear.
    fn tell(&self, text: &str) {
        let Some(way) = &self.0 else { return };
        if let Err(error) = way.socket.send_to_addr(text.as_bytes(), &way.to) {
            tracing::warn!("the service manager does not hear: {error}");
        }
    }
}

/// Looks at the threads for ever, and feeds the watchdog only while none of them is stuck.
pub fn watch(supervisor: &Supervisor, pulses: &Pulses, limit: Option<Duration>) {
    let every = limit.map_or(LOOK_EVERY, |limit| limit / LOOKS_A_LIMIT);
    let mut told: Option<&'static str> = None;
    loop {
        let stuck = pulses.stuck(device_links::clock::now());
        match stuck {
            None => supervisor.feed(),
            Some(thread) if told != stuck => {
                tracing::error!(thread, "a thread does not get on; the watchdog is not fed");
                supervisor.status(&format!("stuck: {thread}"));
            }
            Some(_) => {}
        }
        told = stuck;
        thread::sleep(every);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Generous: nothing is decided by it but how long a failing test takes.
    const SOON: Duration = Duration::from_secs(30);

    fn supervised(dir: &std::path::Path) -> (UnixDatagram, Supervisor) {
        let path = dir.join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_read_timeout(Some(SOON)).unwrap();
        let supervision = Supervision { notify_socket: Some(path.into()), watchdog: None };
        (manager, Supervisor::new(&supervision).unwrap())
    }

    fn next(manager: &UnixDatagram) -> String {
        let mut text = [0; 256];
        let count = manager.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..count]).into_owned()
    }

    #[test]
    fn a_loop_that_is_stuck_stops_feeding_the_watchdog() {
        let dir = tempfile::tempdir().unwrap();
        let (manager, supervisor) = supervised(dir.path());
        let pulses = Pulses::default();
        let (go_on, steps) = std::sync::mpsc::channel::<()>();
        let pulse = pulses.of("worker", Duration::from_millis(300));
        thread::spawn(move || {
            // Gets round for as long as it is let, as a thread does that then waits for ever.
            while steps.recv().is_ok() {
                pulse.beat();
            }
        });
        thread::spawn(move || watch(&supervisor, &pulses, Some(Duration::from_millis(30))));
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until {
            go_on.send(()).unwrap();
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(next(&manager), "WATCHDOG=1");
        let stopped = std::iter::from_fn(|| Some(next(&manager))).take(10_000).find(|text| text != "WATCHDOG=1");
        assert_eq!(stopped.as_deref(), Some("STATUS=stuck: worker"));
        manager.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        assert!(manager.recv(&mut [0; 256]).is_err(), "nothing is fed while it is stuck");
        go_on.send(()).unwrap();
        manager.set_read_timeout(Some(SOON)).unwrap();
        assert_eq!(next(&manager), "WATCHDOG=1");
    }

    #[test]
    fn without_a_service_manager_nothing_is_sent_and_nothing_fails() {
        let supervisor = Supervisor::new(&Supervision::default()).unwrap();
        supervisor.ready();
        supervisor.status("ready");
    }
}
