//! `kiosk-app --config kiosk.toml`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use kiosk_app::hardening::{self, Memory};
use kiosk_app::{Config, ConfigError, LogWriter, Supervision};
use tracing_subscriber::EnvFilter;

/// "Configuration error" of sysexits.h: starting again does not help.
const EX_CONFIG: u8 = 78;

/// The software of a hospital self-service kiosk.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file; every key is documented in `kiosk.sample.toml`.
    #[arg(long, default_value = "/etc/kiosk/kiosk.toml")]
    config: PathBuf,
    /// Reads and checks the configuration and every file it names, and does nothing else. Exits with 78 when it is wrong.
    #[arg(long)]
    check: bool,
    /// With --check: only what is wrong, without time and level.
    #[arg(long, requires = "check", hide = true)]
    plain: bool,
    /// Leaves the memory readable for the same user, for the test that looks for what a visit leaves behind.
    #[cfg(debug_assertions)]
    #[arg(long, hide = true)]
    readable_memory: bool,
}

impl Arguments {
    #[cfg(debug_assertions)]
    const fn memory(&self) -> Memory {
        if self.readable_memory { Memory::Readable } else { Memory::Closed }
    }

    #[cfg(not(debug_assertions))]
    const fn memory(&self) -> Memory {
        Memory::Closed
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = if arguments.check {
        log_to(LogWriter::standard_error());
        Config::read(&arguments.config).map(drop).map_err(anyhow::Error::from)
    } else {
        run(&arguments)
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if arguments.plain {
                // Nothing can be done when standard error is closed.
                let _closed = writeln!(std::io::stderr(), "{error:#}");
            } else {
                tracing::error!("{error:#}");
            }
            let config = error.chain().any(|cause| cause.is::<ConfigError>());
            if config { ExitCode::from(EX_CONFIG) } else { ExitCode::FAILURE }
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let closed = hardening::close(arguments.memory());
    let checked = Config::read(&arguments.config);
    let beside = checked.as_ref().ok().map(|checked| log_beside(&checked.config.state_dir));
    log_to(beside.unwrap_or_else(LogWriter::standard_error));
    closed?;
    let checked = checked?;
    Ok(kiosk_app::run(checked, &supervision())?)
}

fn log_to(writer: LogWriter) {
    let filter = EnvFilter::try_from_env("KIOSK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // A word about a log that cannot be written, as on a full disk, goes to the same place and would end the program.
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false).init();
}

/// Files in `dir` where no journal takes standard error (`systemd.exec(5)`).
fn log_beside(dir: &Path) -> LogWriter {
    let has_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    if has_journal {
        LogWriter::standard_error()
    } else {
        LogWriter::beside(dir).unwrap_or_else(|_| LogWriter::standard_error())
    }
}

/// What the service manager says (`sd_notify(3)`, `sd_watchdog_enabled(3)`).
fn supervision() -> Supervision {
    let watchdog = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok()).map(Duration::from_micros);
    Supervision { notify_socket: std::env::var_os("NOTIFY_SOCKET"), watchdog }
}
