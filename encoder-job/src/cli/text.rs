//! `text`: prints the extracted text.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::atomic::AtomicBool,
    time::Duration,
};

use clap::Args;
use encoder_job::{
    document::{ExtractedDocument, PageStatus},
    failure::{Failure, FailureReason},
    read::{self, ReadOptions},
};

use super::{PdfEngine, RunningHeadsArgument, complain, file_name, read_file};

#[derive(Args)]
pub(super) struct TextArguments {
    /// The document
    file: PathBuf,
    /// Which engine reads PDF
    #[arg(long, value_enum, default_value_t)]
    pdf_engine: PdfEngine,
    /// What becomes of a PDF's running heads and page numbers
    #[arg(long, value_enum, default_value_t)]
    running_heads: RunningHeadsArgument,
    /// The longest it may take, in seconds
    #[arg(long, default_value_t = 50, value_name = "SECONDS")]
    timeout: u64,
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
    let bytes = read_file(&arguments.file)?;
    let options = ReadOptions {
        file_name: file_name(&arguments.file),
        pdf_engine: arguments.pdf_engine.into(),
        running_heads: arguments.running_heads.into(),
        limit: Duration::from_secs(arguments.timeout),
    };
    read::read(&bytes, &options, &|_, _| {}, &AtomicBool::new(false))
}

fn print(document: &ExtractedDocument) -> Result<(), Failure> {
    if document
        .pages
        .iter()
        .all(|page| page.status == PageStatus::Damaged)
    {
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
