//! The program `api`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use api::{
    clock::Clock,
    commands::{
        admin::{self, Admin},
        cleanup, dispatch, migrate, serve,
        smoke_test::{self, SmokeTest},
        sweep,
    },
    configuration::{Cleanup, Dispatch, Migrate, Serve, Sweep},
    tls,
};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The HTTP API of the document-encoding platform.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one")]
enum Command {
    /// Serve the HTTP API and mirror the cluster's resources into Postgres.
    Serve(Serve),
    /// Finish what crashes cut in two, and remove what is left of deleted documents.
    Sweep(Sweep),
    /// Delete what has had its time, remove what belongs to nothing in the store, and say how much of each.
    Cleanup(Cleanup),
    /// Send webhooks.
    Dispatch(Dispatch),
    /// Bring the database's schema up to date, and make the programs' login roles.
    Migrate(Migrate),
    /// Tenants, users and keys.
    Admin(Admin),
    /// Upload a small text to a running API, and wait until it is encoded.
    SmokeTest(SmokeTest),
    /// Print the description of the HTTP API, `OpenAPI` 3.1.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let program = Program::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(program.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "the command's answer")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    tls::install_provider();
    match command {
        Command::Serve(configuration) => serve::run(&configuration, Clock::system(), stopped()).await,
        Command::Sweep(configuration) => sweep::run(&configuration, Clock::system(), stopped()).await,
        Command::Cleanup(configuration) => {
            let counts = cleanup::run(&configuration, &Clock::system()).await?;
            #[allow(clippy::print_stdout, reason = "the command's answer")]
            {
                print!("{counts}");
            }
            Ok(())
        }
        Command::Dispatch(configuration) => dispatch::run(&configuration, Clock::system(), stopped()).await,
        Command::Migrate(configuration) => migrate::run(&configuration).await,
        Command::Admin(command) => admin::run(&command, &Clock::system()).await,
        Command::SmokeTest(test) => smoke_test::run(&test, &Clock::system()).await,
        Command::Openapi => {
            #[allow(clippy::print_stdout, reason = "the command's answer")]
            {
                println!("{}", api::http::router::openapi().to_pretty_json()?);
            }
            Ok(())
        }
    }
}

/// Waits for SIGTERM or SIGINT.
async fn stopped() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("failed to listen for signals");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
}
