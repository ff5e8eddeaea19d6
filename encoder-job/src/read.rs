//! Reading a document in a process of its own.

use std::time::{Duration, Instant};

use crate::{
    chunk::{Parameters, TokenCounter, Tokens, Vocabulary},
    document::{ExtractedDocument, Format, Page},
    extract::{Event, ExtractOptions, Password, PdfEngineChoice, RunningHeads, title},
    failure::{Failure, FailureReason, printable},
    parser_process::{Cancellation, Limits, ParserError, SandboxPolicy, parse},
};

/// How to read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What the person called the document.
    pub file_name: String,
    /// Which engine reads PDF.
    pub pdf_engine: PdfEngineChoice,
    /// What becomes of running heads.
    pub running_heads: RunningHeads,
    /// The password of an encrypted document.
    pub password: Password,
    /// How many pages are read at a time; 0 for as many as there are processors.
    pub threads: usize,
    /// The longest it may take.
    pub limit: Duration,
    /// Whether it may be read where the kernel cannot put up all walls around the parser.
    pub sandbox: SandboxPolicy,
    /// How many documents are read at a time in this control group, this one included; they share its memory.
    pub at_a_time: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            file_name: String::new(),
            pdf_engine: PdfEngineChoice::Auto,
            running_heads: RunningHeads::default(),
            password: Password::default(),
            threads: 0,
            limit: Duration::from_hours(1),
            sandbox: SandboxPolicy::default(),
            at_a_time: 1,
        }
    }
}

/// With less time left than this a document is not read again.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// Reads a document; `pages` is told of each page, how many are done and how many there are.
///
/// Where the parser's process crashed on a PDF, the document is read once more, in the time that is left, with the first engine
/// alone, which never has crashed yet: a crash is an engine's failure and not the document's.
///
/// # Errors
/// Why it cannot be read; `OutOfMemory` also where it has more text than can be encoded in the memory there is.
pub fn read(
    bytes: &[u8],
    options: &ReadOptions,
    pages: &dyn Fn(u32, u32),
    cancellation: &Cancellation,
) -> Result<ExtractedDocument, Failure> {
    let text_share = Parameters::default().memory_of_a_byte();
    read_page_by_page(bytes, options, text_share, pages, cancellation, &mut |_, _| {})
}

/// Reads a document that is to be encoded with these parameters as [`read`] does, and counts the tokens of its pages while others are read.
///
/// # Errors
/// As [`read`] has them.
pub fn read_and_count(
    bytes: &[u8],
    options: &ReadOptions,
    parameters: &Parameters,
    pages: &dyn Fn(u32, u32),
    cancellation: &Cancellation,
) -> Result<(ExtractedDocument, Tokens), Failure> {
    let vocabulary = Vocabulary::new(parameters.tokenizer);
    let text_share = parameters.memory_of_a_byte();
    let mut counter = TokenCounter::new(vocabulary);
    let mut take = |index: usize, page: &Page| {
        if index == 0 {
            // Where the document is read once more, it begins anew.
            counter = TokenCounter::new(vocabulary);
        }
        counter.add(page);
    };
    let document = read_page_by_page(bytes, options, text_share, pages, cancellation, &mut take)?;
    Ok((document, counter.finish()))
}

/// Is given each page, and how many came before it.
type TakePage<'a> = &'a mut dyn FnMut(usize, &Page);

fn read_page_by_page(
    bytes: &[u8],
    options: &ReadOptions,
    text_share: u64,
    pages: &dyn Fn(u32, u32),
    cancellation: &Cancellation,
    take: TakePage<'_>,
) -> Result<ExtractedDocument, Failure> {
    let began = Instant::now();
    let document_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut reading = Reading {
        bytes,
        extract: ExtractOptions {
            file_name: options.file_name.clone(),
            pdf_engine: options.pdf_engine,
            running_heads: options.running_heads,
            password: options.password.clone(),
            threads: options.threads,
        },
        limits: Limits::fitting(options.limit, document_bytes, options.at_a_time, text_share)?,
        sandbox: options.sandbox,
        pages,
        cancellation,
    };
    let first = reading.collect(take);
    let time = options.limit.saturating_sub(began.elapsed());
    match first {
        Err(ParserError::Crashed(failure))
            if !cancellation.is_cancelled()
                && is_worth_another_try(&failure, options.pdf_engine, bytes, time) =>
        {
            reading.extract.pdf_engine = PdfEngineChoice::Hayro;
            reading.limits.time = time;
            reading.collect(take).map_err(Failure::from)
        }
        result => result.map_err(Failure::from),
    }
}

/// Whether a document whose parser crashed is read once more, with the first of PDF's engines alone: where the other may have been at work,
/// and there is time left.
fn is_worth_another_try(crash: &Failure, engine: PdfEngineChoice, bytes: &[u8], time_left: Duration) -> bool {
    engine == PdfEngineChoice::Auto
        && crash.reason != FailureReason::DeadlineExceeded
        && formats::pdf_header(bytes).is_some()
        && time_left > LEAST_TIME
}

/// What one reading of a document needs.
struct Reading<'a> {
    bytes: &'a [u8],
    extract: ExtractOptions,
    limits: Limits,
    sandbox: SandboxPolicy,
    pages: &'a dyn Fn(u32, u32),
    cancellation: &'a Cancellation,
}

impl Reading<'_> {
    /// Has the parser's process read it, and collects what it says.
    fn collect(&self, take: TakePage<'_>) -> Result<ExtractedDocument, ParserError> {
        let mut document = ExtractedDocument {
            format: Format::Text,
            pages: Vec::new(),
            headings: Vec::new(),
            warnings: Vec::new(),
        };
        let mut total = 0;
        let mut sink = |event| {
            match event {
                Event::PagesTotal(count) => total = count,
                Event::Page(page) => {
                    take(document.pages.len(), &page);
                    document.pages.push(page);
                }
                Event::Heading(mut heading) => {
                    // It goes into every chunk below it.
                    heading.title = title(&heading.title);
                    document.headings.push(heading);
                }
                Event::Warning(warning) => document.warnings.push(printable(&warning)),
            }
            (self.pages)(u32::try_from(document.pages.len()).unwrap_or(u32::MAX), total);
            Ok(())
        };
        document.format = parse(
            self.bytes,
            &self.extract,
            self.limits,
            self.sandbox,
            self.cancellation,
            &mut sink,
        )?;
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_another_engine_may_have_crashed_on_is_read_again() {
        const PDF: &[u8] = b"junk\n%PDF-1.4";
        let crash = |reason| Failure::new(reason, "It crashed.");
        let malformed = crash(FailureReason::Malformed);
        let time = Duration::from_secs(10);
        let auto = PdfEngineChoice::Auto;
        assert!(is_worth_another_try(&malformed, auto, PDF, time));
        assert!(is_worth_another_try(
            &crash(FailureReason::OutOfMemory),
            auto,
            PDF,
            time
        ));
        assert!(!is_worth_another_try(
            &crash(FailureReason::DeadlineExceeded),
            auto,
            PDF,
            time
        ));
        assert!(!is_worth_another_try(
            &malformed,
            PdfEngineChoice::PdfExtract,
            PDF,
            time
        ));
        assert!(!is_worth_another_try(
            &malformed,
            PdfEngineChoice::Hayro,
            PDF,
            time
        ));
        assert!(!is_worth_another_try(&malformed, auto, b"PK\x03\x04", time));
        assert!(!is_worth_another_try(&malformed, auto, b"", time));
        assert!(!is_worth_another_try(&malformed, auto, PDF, LEAST_TIME));
    }
}
