//! `text`: prints the extracted text.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::atomic::AtomicBool,
};

use clap::Args;
use encoder_job::{
    document::{ExtractedDocument, PageStatus},
    failure::{Failure, FailureReason},
    read,
};

use super::{
    complain, file_name,
    inputs::Source,
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
    match extract(arguments).and_then(|document| print(&document)) {
        Ok(()) => 0,
        Err(failure) => {
            complain(&arguments.file, &failure);
            failure.reason.exit_code()
        }
    }
}

fn extract(arguments: &TextArguments) -> Result<ExtractedDocument, Failure> {
    let source = if arguments.file.as_os_str() == "-" {
        Source::StandardInput
    } else {
        Source::File(arguments.file.clone())
    };
    let bytes = read_source(&source)?;
    let options = arguments.reading.options(&file_name(&arguments.file), 1);
    read::read(&bytes, &options, &|_, _| {}, &AtomicBool::new(false))
}

fn print(document: &ExtractedDocument) -> Result<(), Failure> {
    let unreadable = |page: &encoder_job::document::Page| {
        page.text.is_empty() && matches!(page.status, PageStatus::Damaged | PageStatus::Encrypted)
    };
    if document.pages.iter().all(unreadable) {
        let message = "none of the pages could be read: the file is damaged; make it anew and try again";
        return Err(Failure::new(FailureReason::Malformed, message));
    }
    match io::stdout().lock().write_all(document.text().as_bytes()) {
        Ok(()) => {}
        // Who reads no further, as `head` does, has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => {
            let message = format!("unable to write the text: {error}");
            return Err(Failure::new(FailureReason::StoreUnavailable, message));
        }
    }
    for remark in &document.remarks {
        eprintln!("note: {remark}");
    }
    Ok(())
}
