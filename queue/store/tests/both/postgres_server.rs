//! A PostgreSQL server of the test's own: private cluster, Unix socket, no network, gone with the test.

#![allow(dead_code, reason = "tests and measurements of several crates use it, each a part")]

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use queue_store::PostgresAddress;
use rustix::process::{Pid, Signal, kill_process};

/// Longest wait for the server to answer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Who runs the server when the test is root, as in a container: PostgreSQL refuses root.
const UNPRIVILEGED: &str = "nobody";

pub struct Server {
    folder: tempfile::TempDir,
    durability: Durability,
    child: Child,
    databases: AtomicU32,
}

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The disk.
    Durable,
    /// The kernel, which keeps what it has when the server dies: tests are about rules and concurrency, and that a disk
    /// keeps what it has is the disk's own promise. A commit that nobody waits for stays with the server for seconds.
    Volatile,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(Durability::Volatile)
    }

    pub fn start_with(durability: Durability) -> Self {
        let bin = newest_bin();
        let folder = tempfile::Builder::new().prefix("tiep-don-pg-").tempdir_in("/tmp").unwrap();
        if is_root() {
            let (user, group) = ids_of(UNPRIVILEGED);
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let mut initdb = unprivileged(&bin.join("initdb"));
        initdb.args(["--auth=trust", "--username=queue", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        let made = initdb.arg(&data).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let child = serve(folder.path(), durability);
        let server = Self { folder, durability, child, databases: AtomicU32::new(0) };
        server.wait_until_it_answers();
        server
    }

    /// Ends it and all its processes as a machine that loses its power does. Its databases stay.
    pub fn stop(&mut self) {
        let children = children_of(self.child.id());
        self.child.kill().ok();
        self.child.wait().ok();
        for child in &children {
            // One that has ended by itself is gone already.
            let _ = kill_process(*child, Signal::KILL);
        }
        let deadline = Instant::now() + START_LIMIT;
        while children.iter().any(|child| is_running(*child)) {
            assert!(Instant::now() < deadline, "PostgreSQL does not die");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Starts it again after [`stop`](Self::stop).
    pub fn start_again(&mut self) {
        self.child = serve(self.folder.path(), self.durability);
        self.wait_until_it_answers();
    }

    /// The process whose children are the server's.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A new, empty database.
    pub fn database(&self) -> String {
        let name = format!("queue{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    pub fn address(&self, database: &str) -> PostgresAddress {
        self.text(database).parse().unwrap()
    }

    /// Runs statements on `database` as an engineer would.
    pub fn run(&self, database: &str, sql: &str) {
        self.try_run(database, sql).unwrap();
    }

    /// The first column of the first row.
    pub fn number(&self, database: &str, sql: &str) -> i64 {
        self.plainly(|server| {
            let mut client = server.client(database).unwrap();
            client.query_one(sql, &[]).unwrap().get(0)
        })
    }

    pub fn try_run(&self, database: &str, sql: &str) -> Result<(), postgres::Error> {
        self.plainly(|server| server.client(database)?.batch_execute(sql))
    }

    /// Copies `database` into a new one by `pg_dump` and `psql`, as an operator does; says the new one's name.
    pub fn dump_and_restore(&self, database: &str) -> String {
        let (copy, dump) = (self.database(), self.folder.path().join("dump.sql"));
        let at = |program: &str, database: &str| {
            let mut command = Command::new(newest_bin().join(program));
            command.arg(format!("--dbname={}", self.text(database)));
            command
        };
        let dumped = at("pg_dump", database).arg("--file").arg(&dump).output().unwrap();
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        let mut restore = at("psql", &copy);
        restore.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file"]);
        let restored = restore.arg(&dump).output().unwrap();
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        copy
    }

    /// The blocking client may not run on an async thread.
    fn plainly<T: Send>(&self, work: impl FnOnce(&Self) -> T + Send) -> T {
        std::thread::scope(|scope| scope.spawn(|| work(self)).join().unwrap())
    }

    fn client(&self, database: &str) -> Result<postgres::Client, postgres::Error> {
        postgres::Client::connect(&self.text(database), postgres::NoTls)
    }

    pub fn text(&self, database: &str) -> String {
        format!("host={} user=queue dbname={database}", self.folder.path().display())
    }

    fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + START_LIMIT;
        while let Err(error) = self.try_run("postgres", "SELECT 1") {
            assert!(Instant::now() < deadline, "PostgreSQL does not answer: {error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its children end with it. The folder goes afterwards.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn children_of(pid: u32) -> Vec<Pid> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?)).collect()
}

/// Whether it is more than an entry that nobody has waited for.
fn is_running(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_pid())).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// Serves the cluster in `folder`, on a socket there.
fn serve(folder: &Path, durability: Durability) -> Child {
    let mut postgres = unprivileged(&newest_bin().join("postgres"));
    postgres.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    postgres.args(["-c", "listen_addresses=", "-c", "max_connections=60", "-c"]);
    match durability {
        Durability::Durable => postgres.arg("fsync=on"),
        Durability::Volatile => postgres.args(["fsync=off", "-c", "wal_writer_delay=10s"]),
    };
    postgres.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The newest version's programs: Debian keeps them outside the PATH, one folder a version.
fn newest_bin() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    let newest = versions
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| bin_of(*version).join("initdb").is_file())
        .max();
    bin_of(newest.expect("a PostgreSQL server: apt-get install postgresql (cargo xtask test does)"))
}

fn bin_of(version: u32) -> PathBuf {
    PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The program, ended with this process, and not as root.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        let (user, group) = ids_of(UNPRIVILEGED);
        command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).arg("--clear-groups");
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).current_dir("/");
    command
}

fn ids_of(name: &str) -> (u32, u32) {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name)).unwrap();
    let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
    (fields.next().unwrap(), fields.next().unwrap())
}
