//! Reading a document in a process of its own.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use crate::{
    chunk::{TokenCounter, Tokens, Vocabulary},
    document::{ExtractedDocument, Format, Page},
    extract::{Event, ExtractOptions, Password, PdfEngineChoice, RunningHeads, title},
    failure::{Failure, FailureReason, printable},
    parser_process::{Limits, ParserError, SandboxPolicy, parse},
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

/// What is taken of a document is counted with so much for each piece besides its text.
const PIECE_BYTES: usize = 64;
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
    cancelled: &AtomicBool,
) -> Result<ExtractedDocument, Failure> {
    read_page_by_page(bytes, options, pages, cancelled, &mut |_, _| {})
}

/// Reads a document as [`read`] does, and counts the tokens of its pages while others are read.
///
/// # Errors
/// As [`read`] has them.
pub fn read_and_count(
    bytes: &[u8],
    options: &ReadOptions,
    vocabulary: Vocabulary,
    pages: &dyn Fn(u32, u32),
    cancelled: &AtomicBool,
) -> Result<(ExtractedDocument, Tokens), Failure> {
    let mut counter = TokenCounter::new(vocabulary);
    let mut take = |index: usize, page: &Page| {
        if index == 0 {
            // Where the document is read once more, it begins anew.
            counter = TokenCounter::new(vocabulary);
        }
        counter.add(page);
    };
    let document = read_page_by_page(bytes, options, pages, cancelled, &mut take)?;
    Ok((document, counter.finish()))
}

/// Is given each page, and how many came before it.
type TakePage<'a> = &'a mut dyn FnMut(usize, &Page);

fn read_page_by_page(
    bytes: &[u8],
    options: &ReadOptions,
    pages: &dyn Fn(u32, u32),
    cancelled: &AtomicBool,
    take: TakePage<'_>,
) -> Result<ExtractedDocument, Failure> {
    let began = Instant::now();
    let document_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let limits = Limits::fitting(options.limit, document_bytes, options.at_a_time);
    let mut extract = ExtractOptions {
        file_name: options.file_name.clone(),
        pdf_engine: options.pdf_engine,
        running_heads: options.running_heads,
        password: options.password.clone(),
        threads: options.threads,
    };
    let sandbox = options.sandbox;
    let first = collect(bytes, &extract, limits, sandbox, pages, cancelled, take);
    let time = options.limit.saturating_sub(began.elapsed());
    match first {
        Err(ParserError::Crashed(failure))
            if extract.pdf_engine == PdfEngineChoice::Auto
                && failure.reason != FailureReason::DeadlineExceeded
                && may_be_pdf(bytes)
                && time > LEAST_TIME
                && !cancelled.load(Ordering::Relaxed) =>
        {
            extract.pdf_engine = PdfEngineChoice::Hayro;
            let limits = Limits { time, ..limits };
            collect(bytes, &extract, limits, sandbox, pages, cancelled, take).map_err(Failure::from)
        }
        result => result.map_err(Failure::from),
    }
}

/// Whether PDF's engines may have been at work.
fn may_be_pdf(bytes: &[u8]) -> bool {
    memchr::memmem::find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_some()
}

fn collect(
    bytes: &[u8],
    options: &ExtractOptions,
    limits: Limits,
    sandbox: SandboxPolicy,
    pages: &dyn Fn(u32, u32),
    cancelled: &AtomicBool,
    take: TakePage<'_>,
) -> Result<ExtractedDocument, ParserError> {
    let mut document = ExtractedDocument {
        format: Format::Text,
        pages: Vec::new(),
        headings: Vec::new(),
        remarks: Vec::new(),
    };
    let mut total = 0;
    let mut left = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
    // The parser may be in a stranger's hands: nothing it says is taken without end.
    let mut sink = |event| {
        let text = match &event {
            Event::PagesTotal(_) => 0,
            Event::Page(page) => page.text.len(),
            Event::Heading(heading) => heading.title.len(),
            Event::Remark(remark) => remark.len(),
        };
        left = left
            .checked_sub(text.saturating_add(PIECE_BYTES))
            .ok_or_else(|| too_much_text(limits))?;
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
            Event::Remark(remark) => document.remarks.push(printable(&remark)),
        }
        pages(u32::try_from(document.pages.len()).unwrap_or(u32::MAX), total);
        Ok(())
    };
    document.format = parse(bytes, options, limits, sandbox, cancelled, &mut sink)?;
    Ok(document)
}

fn too_much_text(limits: Limits) -> Failure {
    let message = format!(
        "the document has more than {} MiB of text, more than can be encoded in this memory; it may be a decompression bomb",
        limits.text_bytes >> 20
    );
    Failure::new(FailureReason::OutOfMemory, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_a_pdf_is_read_again() {
        assert!(may_be_pdf(b"junk\n%PDF-1.4"));
        assert!(!may_be_pdf(b"PK\x03\x04"));
        assert!(!may_be_pdf(b""));
    }
}
