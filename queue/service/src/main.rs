//! `queue-service`: configuration, wiring, signals.

mod import;
mod on_machine;

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use import::{ImportArguments, NewClinicArguments};
use on_machine::{AdminCommand, DeviceCommand};
use queue_core::Clinic;
use queue_service::{
    App, Clock, Config, Door, Finding, Reload, SAMPLE_CLINIC, TLS_RELOAD_EVERY, Times, Tls, Verdict, check_certificate,
    check_clock, check_configuration, check_port, listen, serve,
};
use queue_store::{PostgresAddress, Store};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Files open besides connections: the database, its log and lock for each of its connections, and what the runtime has.
const OWN_FILES: usize = 64;

/// How often marks of persons of days that are over are looked for.
const WIPE_EVERY: Duration = Duration::from_mins(10);

/// Gives out numbers, calls them, and tells the displays.
///
/// Devices get a key by a code (`device code`), people log in (`admin create` makes the first administrator).
#[derive(Parser)]
#[command(name = "queue-service", version, subcommand_negates_reqs = true)]
struct Arguments {
    /// The clinic's TOML file. Without it an invented sample clinic is served.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The SQLite database; made when absent. One process a database.
    #[arg(long, required_unless_present = "postgres")]
    database: Option<PathBuf>,
    /// A PostgreSQL database instead, such as "host=/run/postgresql user=queue dbname=queue". Several processes may
    /// serve one.
    #[arg(long, conflicts_with = "database")]
    postgres: Option<PostgresAddress>,
    /// Where to listen. Port 0 takes a free one; see --ready-file. Beyond loopback give the file a [tls] section: keys
    /// and passwords go in the clear without it.
    #[arg(long, default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
    /// Written with the address listened on, once requests are answered.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// How the log is written to standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Option<Command>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Looks at configuration, clock, database and port, says what is wrong with its line, and starts nothing.
    Check {
        /// The service runs, or its service manager holds the port: the port and a SQLite database are not tried.
        #[arg(long)]
        running: bool,
    },
    /// Administrators, from this machine.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Keys for devices, from this machine.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Puts settings and accounts of a file into a database; what is the same already stays as it is. A service on a
    /// SQLite database has to be stopped for it.
    Import(ImportArguments),
    /// Makes a folder with a clinic of two rooms that can be served at once: file, database, passwords and keys.
    NewClinic(NewClinicArguments),
    /// Copies a SQLite database; a service may be running on it.
    Backup {
        /// The database.
        #[arg(long)]
        database: PathBuf,
        /// The copy; it must not be there.
        #[arg(long)]
        to: PathBuf,
    },
    /// Puts a copy in the place of a database that was moved away.
    Restore {
        /// The copy.
        #[arg(long)]
        from: PathBuf,
        /// The database; it must not be there.
        #[arg(long)]
        database: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A word about a log that cannot be written, as on a full disk, goes to the same place and would end the program.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    match arguments.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        None => answer_requests(arguments),
        Some(Command::Check { running }) => check(arguments, *running),
        Some(Command::Admin(command)) => command.run(),
        Some(Command::Device(command)) => command.run(),
        Some(Command::Import(command)) => command.run(),
        Some(Command::NewClinic(command)) => command.run(),
        Some(Command::Backup { database, to }) => {
            queue_store::backup(database, to).with_context(|| format!("backup of {}", database.display()))
        }
        Some(Command::Restore { from, database }) => {
            queue_store::restore(from, database).with_context(|| format!("restore of {}", from.display()))
        }
    }
}

fn open(arguments: &Arguments, clinic: Arc<Clinic>) -> anyhow::Result<Store> {
    match (&arguments.database, &arguments.postgres) {
        (Some(path), _) => Store::open(path, clinic).with_context(|| format!("database {}", path.display())),
        (None, Some(address)) => {
            Store::connect(address.clone(), clinic).with_context(|| format!("database {address:?}"))
        }
        (None, None) => anyhow::bail!("expected --database or --postgres"),
    }
}

/// Prints each finding; an error when one of them is wrong.
fn check(arguments: &Arguments, is_running: bool) -> anyhow::Result<()> {
    let (configuration, config) = check_configuration(arguments.config.as_deref());
    let mut findings = vec![configuration];
    if let Some(Config { clinic, tls, .. }) = config {
        let clock = Clock::system();
        findings.push(check_clock(&clock, &clinic));
        findings.extend(tls.map(|files| check_certificate(&files, clock.now(), &clinic)));
        if !(is_running && arguments.postgres.is_none()) {
            findings.push(check_database(arguments, Arc::new(clinic)));
        }
    }
    if !is_running {
        findings.push(check_port(arguments.listen));
    }
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}").context("standard output")?;
    }
    let wrong = findings.iter().filter(|finding| finding.verdict == Verdict::Wrong).count();
    anyhow::ensure!(wrong == 0, "{wrong} of {} checks found something wrong", findings.len());
    Ok(())
}

/// Opens the database as the service would, which makes one that is absent and updates an older one.
fn check_database(arguments: &Arguments, clinic: Arc<Clinic>) -> Finding {
    let result = match open(arguments, clinic) {
        Ok(store) => Ok(format!("log {}, schema up to date", store.log())),
        Err(error) => Err(format!("{error:#}")),
    };
    Finding::new("database", result)
}

fn answer_requests(arguments: &Arguments) -> anyhow::Result<()> {
    let times = Times::default();
    if let Err(error) = allow_files(times.connections_max + OWN_FILES) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
    let Config { clinic, door, tls, .. } = config(arguments.config.as_deref())?;
    let clinic = Arc::new(clinic);
    check_door(door, arguments.listen)?;
    let tls = tls.map(Tls::load).transpose()?;
    let store = Arc::new(open(arguments, clinic)?);
    let mut app = App::new(Arc::clone(&store), Clock::system(), times);
    if door == Door::Open {
        app = app.open();
    }
    if let Some(tls) = &tls {
        app = app.with_tls(tls.clone());
    }
    let runtime = tokio::runtime::Runtime::new().context("async runtime")?;
    runtime.block_on(async {
        tokio::spawn(wipe_persons(Arc::clone(&store)));
        if let Some(tls) = tls {
            tokio::spawn(follow_certificate(tls));
        }
        answer(arguments, app, &store).await
    })
}

/// An open door is for development, on this machine only.
fn check_door(door: Door, listen: SocketAddr) -> anyhow::Result<()> {
    if door == Door::Guarded {
        return Ok(());
    }
    anyhow::ensure!(listen.ip().is_loopback(), "[access] open = true is for loopback only, and this is {listen}");
    tracing::warn!("OPEN: [access] open = true. Everybody on this machine may do everything, without key or login");
    Ok(())
}

/// Looks for a new certificate for ever.
async fn follow_certificate(tls: Tls) {
    loop {
        tokio::time::sleep(TLS_RELOAD_EVERY).await;
        match tls.reload() {
            Ok(Reload::Taken) => tracing::info!("new certificate"),
            Ok(Reload::Unchanged) => {}
            Err(error) => tracing::error!(
                error = &error as &(dyn std::error::Error + 'static),
                "the new certificate cannot be used; the old one is"
            ),
        }
    }
}

/// Wipes for ever the marks of persons whose service day is over, whether or not anybody comes on the next.
async fn wipe_persons(store: Arc<Store>) {
    loop {
        match store.wipe_persons(Clock::system().now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "marks of persons of days that are over are wiped"),
            Err(error) => {
                tracing::error!(error = &error as &(dyn std::error::Error + 'static), "marks of persons are not wiped")
            }
        }
        tokio::time::sleep(WIPE_EVERY).await;
    }
}

/// Raises this process's limit of open files to `wanted`, or as far as it may be raised: the usual 1,024 are fewer than
/// the connections it takes.
fn allow_files(wanted: usize) -> Result<(), Errno> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
    let allowed = limit.maximum.map_or(wanted, |most| most.min(wanted));
    match limit.current {
        Some(now) if now < allowed => setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), ..limit }),
        Some(_) | None => Ok(()),
    }
}

fn config(path: Option<&Path>) -> anyhow::Result<Config> {
    let Some(path) = path else {
        tracing::warn!("no --config: serving the invented sample clinic");
        return Config::parse(SAMPLE_CLINIC).context("sample clinic");
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("configuration {}", path.display()))?;
    Config::parse(&text).with_context(|| format!("configuration {}", path.display()))
}

async fn answer(arguments: &Arguments, app: App, store: &Store) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    let listener = listen(arguments.listen).await.with_context(|| format!("listen on {}", arguments.listen))?;
    let address = listener.local_addr().context("own address")?;
    if !address.ip().is_loopback() && !app.speaks_tls() {
        tracing::warn!(%address, "no [tls]: keys, passwords and sessions go over the network in the clear");
    }
    if let Some(path) = &arguments.ready_file {
        write_ready_file(path, address).with_context(|| format!("ready file {}", path.display()))?;
    }
    tracing::info!(%address, "ready");
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("told to stop"),
            _ = interrupt.recv() => tracing::info!("told to stop"),
            () = store.closed() => tracing::error!("the store's writer died"),
        }
    };
    serve(listener, app, stop).await;
    anyhow::ensure!(store.is_open(), "the store's writer died");
    Ok(())
}

/// Writes the file whole or not at all: who waits for it must not read half an address.
fn write_ready_file(path: &Path, address: SocketAddr) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let unfinished = PathBuf::from(name);
    let mut file = std::fs::File::create(&unfinished)?;
    writeln!(file, "{address}")?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}
