//! `kiosk-app --config kiosk.toml`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kiosk_app::Config;
use tracing_subscriber::EnvFilter;

/// The software of a hospital self-service kiosk.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file; every key is documented in `kiosk.sample.toml`.
    #[arg(long, default_value = "/etc/kiosk/kiosk.toml")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("KIOSK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let outcome =
        Config::read(&arguments.config).map_err(anyhow::Error::from).and_then(|config| Ok(kiosk_app::run(config)?));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
