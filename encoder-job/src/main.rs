//! `encoder-job`: one binary, two uses. On anybody's machine `encode`, `text` and `verify`; inside a Kubernetes Job `run`.

mod cli;
#[cfg(feature = "run")]
mod run;

use std::process::ExitCode;

// The half that works in a cluster sees the library as its own crate.
#[cfg(feature = "run")]
use encoder_job::{chunk, digest, encode, failure, output, read};

fn main() -> ExitCode {
    match encoder_job::parser_process::serve_if_asked() {
        Some(exit_code) => exit_code,
        None => cli::main(),
    }
}
