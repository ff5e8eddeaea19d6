//! `verify`: proves a result.

use std::path::PathBuf;

use clap::Args;
use encoder_job::{failure::FailureReason, output};

#[derive(Args)]
pub(super) struct VerifyArguments {
    /// A folder with results; every manifest in it and below is verified
    directory: PathBuf,
}

pub(super) fn verify(arguments: &VerifyArguments) -> u8 {
    if !arguments.directory.is_dir() {
        eprintln!(
            "{}: {}: there is no such folder",
            arguments.directory.display(),
            FailureReason::SourceNotFound
        );
        return FailureReason::SourceNotFound.exit_code();
    }
    match output::verify_directory(&arguments.directory) {
        Ok(manifests) => {
            for path in &manifests {
                println!("{}: verified", path.display());
            }
            0
        }
        Err(problem) => {
            eprintln!("{}: {problem}", FailureReason::MetadataInvalid);
            FailureReason::Malformed.exit_code()
        }
    }
}
