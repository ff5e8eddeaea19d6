//! `text`: prints the extracted text.

use std::path::PathBuf;

use clap::Args;
use encoder_job::{
    encode::{self, OnEmptyPages},
    failure::{Failure, printable},
};

use super::{
    complain, file_name,
    inputs::Source,
    lines,
    reading::{ReadingArguments, read_source},
};

#[derive(Args)]
pub(super) struct TextArguments {
    /// The document, or - for standard input
    file: PathBuf,
    #[command(flatten)]
    reading: ReadingArguments,
}

pub(super) fn text(arguments: &TextArguments) -> u8 {
    match print(arguments) {
        Ok(()) => 0,
        Err(failure) => {
            complain(&arguments.file, &failure);
            failure.reason.exit_code()
        }
    }
}

fn print(arguments: &TextArguments) -> Result<(), Failure> {
    let source = if arguments.file.as_os_str() == "-" {
        Source::StandardInput
    } else {
        Source::File(arguments.file.clone())
    };
    let bytes = read_source(&source)?;
    let name = file_name(&arguments.file);
    let document = arguments.reading.read(&bytes, &name, 1, &|_, _| {})?;
    drop(bytes);
    let empty_pages = encode::judge_pages(&document, OnEmptyPages::Warn)?;
    lines::print(document.text().as_bytes())?;
    for note in document.warnings.iter().chain(&empty_pages) {
        lines::complain_line(&format!("note: {}", printable(note)));
    }
    Ok(())
}
