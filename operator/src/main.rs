//! `operator`: runs encoders for `DocumentEncoding` resources.
#![forbid(unsafe_code)]

use std::{os::unix::process::CommandExt, process::ExitCode};

use clap::Parser;
use operator::{
    arguments::{Arguments, Command, LogFormat},
    leadership::Loss,
    run,
};
use tokio_rustls::rustls;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Whoever speaks TLS in this process takes the same provider. There is none before it, so that this cannot fail.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().command {
        Command::Crd => match crds::schema::custom_resource_definition_yaml() {
            Ok(yaml) => {
                print!("{yaml}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("failed to write the CustomResourceDefinition: {error}");
                ExitCode::from(70)
            }
        },
        Command::Run(arguments) => {
            let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
            let log = tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_writer(std::io::stderr);
            match arguments.log_format {
                LogFormat::Json => log.json().init(),
                LogFormat::Text => log.init(),
            }
            start(async move { run::run(arguments.settings()?).await })
        }
    }
}

fn start(operator: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(operator))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.downcast_ref::<Loss>().is_some() => {
            tracing::warn!("{error:#}: beginning anew as one that stands by");
            begin_anew()
        }
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs this program again in this process: nothing of what it had begun goes on. To end and leave that to the kubelet would do as much, but it waits
/// longer after each end, up to minutes, in which there would be one replica less.
fn begin_anew() -> ExitCode {
    let Ok(program) = std::env::current_exe() else {
        return ExitCode::FAILURE;
    };
    let error = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .exec();
    tracing::error!("failed to begin anew: {error}");
    ExitCode::FAILURE
}
