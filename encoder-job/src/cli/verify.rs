//! `verify`: proves a result.

use std::path::PathBuf;

use clap::Args;
use encoder_job::{
    failure::{Failure, FailureReason},
    output,
};

use super::{complain, lines, shown};

#[derive(Args)]
pub(super) struct VerifyArguments {
    /// A folder with results; every manifest in it and below is verified
    directory: PathBuf,
}

pub(super) fn verify(arguments: &VerifyArguments) -> u8 {
    match prove(arguments) {
        Ok(None) => 0,
        Ok(Some(reason)) => reason.exit_code(),
        Err(failure) => {
            complain(&arguments.directory, &failure);
            failure.reason.exit_code()
        }
    }
}

/// Proves all results there are, and returns why the first failed of those that did.
fn prove(arguments: &VerifyArguments) -> Result<Option<FailureReason>, Failure> {
    if !arguments.directory.is_dir() {
        let message = if arguments.directory.exists() {
            "it is no folder: name the folder that the manifest is in"
        } else {
            "there is no such folder"
        };
        return Err(Failure::new(FailureReason::SourceNotFound, message));
    }
    let mut first = None;
    for (path, proved) in output::verify_directory(&arguments.directory)? {
        match proved {
            Ok(()) => lines::print_line(&format!("{}: verified", shown(&path)))?,
            Err(problem) => {
                let failure = Failure::from(problem);
                complain(&path, &failure);
                first = first.or(Some(failure.reason));
            }
        }
    }
    Ok(first)
}
