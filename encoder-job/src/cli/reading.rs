//! How documents are read: the options that `encode` and `text` share.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use clap::{Args, ValueEnum};
use encoder_job::{
    chunk::{Parameters, Tokens},
    document::ExtractedDocument,
    extract::{Password, PdfEngineChoice, RunningHeads},
    failure::{Failure, FailureReason},
    parser_process::{Cancellation, SandboxPolicy},
    read::{self, ReadOptions},
};

use super::inputs::Source;

/// Options of reading.
#[derive(Args)]
pub(super) struct ReadingArguments {
    /// Which engine reads PDF
    #[arg(long, value_enum, default_value_t)]
    pdf_engine: PdfEngine,
    /// What becomes of a PDF's running heads and page numbers
    #[arg(long, value_enum, default_value_t)]
    running_heads: RunningHeadsArgument,
    /// Whether to read where the kernel cannot put up all walls around the parser
    #[arg(long, value_enum, default_value_t)]
    sandbox: Sandbox,
    /// The password of an encrypted PDF; better in the environment, where others do not see it
    #[arg(long, env = "ENCODER_JOB_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// The longest the reading of one document may take, in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    timeout: u64,
}

impl ReadingArguments {
    /// Reads a document of this name, while so many are read at a time; `pages` is told how many pages are done and how many there are.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn read(
        &self,
        bytes: &[u8],
        file_name: &str,
        at_a_time: usize,
        pages: &dyn Fn(u32, u32),
    ) -> Result<ExtractedDocument, Failure> {
        let options = self.options(file_name, at_a_time);
        let document = read::read(bytes, &options, pages, &Cancellation::default());
        document.map_err(|failure| with_advice(bytes, failure))
    }

    /// As [`Self::read`], and counts tokens.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn read_and_count(
        &self,
        bytes: &[u8],
        file_name: &str,
        at_a_time: usize,
        parameters: &Parameters,
        pages: &dyn Fn(u32, u32),
    ) -> Result<(ExtractedDocument, Tokens), Failure> {
        let options = self.options(file_name, at_a_time);
        let read = read::read_and_count(bytes, &options, parameters, pages, &Cancellation::default());
        read.map_err(|failure| with_advice(bytes, failure))
    }

    /// What becomes of running heads.
    pub(super) fn running_heads(&self) -> RunningHeads {
        self.running_heads.into()
    }

    fn options(&self, file_name: &str, at_a_time: usize) -> ReadOptions {
        ReadOptions {
            at_a_time: u64::try_from(at_a_time).unwrap_or(1),
            file_name: file_name.to_owned(),
            pdf_engine: self.pdf_engine.into(),
            running_heads: self.running_heads(),
            password: Password::new(self.password.as_deref().unwrap_or_default()),
            threads: if at_a_time > 1 {
                encoder_job::processors::available().div_ceil(at_a_time)
            } else {
                0
            },
            sandbox: self.sandbox.into(),
            limit: Duration::from_secs(self.timeout),
        }
    }
}

/// Which engine reads PDF.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum PdfEngine {
    /// The best for each page
    #[default]
    Auto,
    /// hayro alone
    Hayro,
    /// pdf-extract alone
    PdfExtract,
}

impl From<PdfEngine> for PdfEngineChoice {
    fn from(engine: PdfEngine) -> Self {
        match engine {
            PdfEngine::Auto => Self::Auto,
            PdfEngine::Hayro => Self::Hayro,
            PdfEngine::PdfExtract => Self::PdfExtract,
        }
    }
}

/// What becomes of running heads.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum RunningHeadsArgument {
    /// They stay, but never in the middle of a sentence
    #[default]
    Aside,
    /// They stay where they stand
    Keep,
    /// They go
    Drop,
}

impl From<RunningHeadsArgument> for RunningHeads {
    fn from(argument: RunningHeadsArgument) -> Self {
        match argument {
            RunningHeadsArgument::Aside => Self::Aside,
            RunningHeadsArgument::Keep => Self::Keep,
            RunningHeadsArgument::Drop => Self::Drop,
        }
    }
}

/// Whether to read where the kernel cannot put up all walls around the parser.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Sandbox {
    /// No
    #[default]
    Required,
    /// Yes, within the walls there are
    BestEffort,
    /// Yes, without any
    Off,
}

impl From<Sandbox> for SandboxPolicy {
    fn from(sandbox: Sandbox) -> Self {
        match sandbox {
            Sandbox::Required => Self::Required,
            Sandbox::BestEffort => Self::BestEffort,
            Sandbox::Off => Self::Off,
        }
    }
}

/// Of an encrypted PDF it is said how a password is given here, which an encoder in a cluster cannot be.
fn with_advice(bytes: &[u8], failure: Failure) -> Failure {
    if failure.reason == FailureReason::Encrypted && formats::pdf_header(bytes).is_some() {
        let message = format!("{} (--password gives the password)", failure.message);
        return Failure::new(failure.reason, message);
    }
    failure
}

/// The largest document, in bytes: the parser needs as much again for what it makes of it.
const MAX_SOURCE_BYTES: u64 = 512 << 20;

/// The bytes of a document.
pub(super) fn read_source(source: &Source) -> Result<Vec<u8>, Failure> {
    match source {
        Source::File(path) => read_file(path),
        Source::StandardInput => {
            let bytes = read_bounded(io::stdin().lock()).map_err(|error| {
                let message = format!("unable to read standard input: {error}");
                Failure::new(FailureReason::StoreUnavailable, message)
            })?;
            not_too_large(bytes)
        }
    }
}

fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_too_large(bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_SOURCE_BYTES) {
        return Ok(bytes);
    }
    let message = format!(
        "the document has more than {} MiB: divide it, and encode the parts",
        MAX_SOURCE_BYTES >> 20
    );
    Err(Failure::new(FailureReason::SourceTooLarge, message))
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = File::open(path).and_then(read_bounded).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FailureReason::SourceNotFound,
            _ => FailureReason::StoreUnavailable,
        };
        Failure::new(reason, format!("unable to read the file: {error}"))
    })?;
    not_too_large(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_meets_an_encrypted_document_is_told_of_the_password() {
        let message = |reason| with_advice(b"%PDF-1.7", Failure::new(reason, "why")).message;
        assert_eq!(
            message(FailureReason::Encrypted),
            "why (--password gives the password)"
        );
        assert_eq!(message(FailureReason::Malformed), "why");
    }
}
