//! The command line.

mod bars;
mod encode;
mod inputs;
mod lines;
mod reading;
mod result_folder;
mod shell;
mod summary;
mod text;
mod verify;

use std::{path::Path, process::ExitCode};

use clap::{Parser, Subcommand, error::ErrorKind};
use encoder_job::failure::{Failure, FailureReason, printable};

/// Extracts the text of documents, cuts it into overlapping chunks of tokens and writes it as JSON.
///
/// Reads PDF, DOCX, EPUB, HTML, Markdown and plain text, by what is in a file and not by its name. Exit status: 0 done, 64 bad parameters, 65 bad input, 66 no input, 70 internal
/// error, 74 input or output failed, 75 try again, 78 bad configuration.
#[derive(Parser)]
#[command(name = "encoder-job", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Encode documents: for each, two JSON files and a manifest
    Encode(encode::EncodeArguments),
    /// Print the extracted text of a document, a form feed after each page
    Text(text::TextArguments),
    /// Prove that results are what their manifests say, and keep the rules of chunking
    Verify(verify::VerifyArguments),
    /// Print what a shell needs to complete this command
    Completions(shell::CompletionsArguments),
    /// Print the manual page: encoder-job manual | man -l -
    Manual,
    /// Work off the assignments of a Kubernetes Job (started by the operator, not by people)
    #[cfg(feature = "run")]
    Run,
}

/// Does what the command line says.
pub(crate) fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            let _ = error.print();
            return ExitCode::from(if asked_for {
                0
            } else {
                FailureReason::InvalidSpec.exit_code()
            });
        }
    };
    ExitCode::from(match arguments.command {
        Command::Encode(arguments) => encode::encode(&arguments),
        Command::Text(arguments) => text::text(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Manual => shell::manual(),
        #[cfg(feature = "run")]
        Command::Run => {
            use tracing_subscriber::EnvFilter;
            let mut filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
            // Of calls that fail `run` itself tells what they were for, and how often is enough.
            if let Ok(quiet) = "kube_client::client::builder=off".parse() {
                filter = filter.add_directive(quiet);
            }
            tracing_subscriber::fmt()
                .json()
                .with_env_filter(filter)
                .with_writer(std::io::stderr)
                .init();
            crate::run::run()
        }
    })
}

/// The name a person gave to a file, without the folders.
fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || "document".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// A path, as it is shown to people.
fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// Says in one line what is wrong with which file.
fn complain(path: &Path, failure: &Failure) {
    lines::complain_line(&format!("{}: {failure}", shown(path)));
}
