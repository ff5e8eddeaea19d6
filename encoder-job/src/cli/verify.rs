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
        Ok(()) => 0,
        Err(failure) => {
            complain(&arguments.directory, &failure);
            failure.reason.exit_code()
        }
    }
}

fn prove(arguments: &VerifyArguments) -> Result<(), Failure> {
    if !arguments.directory.is_dir() {
        return Err(Failure::new(
            FailureReason::SourceNotFound,
            "there is no such folder",
        ));
    }
    for path in output::verify_directory(&arguments.directory)? {
        lines::print_line(&format!("{}: verified", shown(&path)))?;
    }
    Ok(())
}
