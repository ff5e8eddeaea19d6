//! Reading a document in a process of its own.

use std::{sync::atomic::AtomicBool, time::Duration};

use crate::{
    document::{ExtractedDocument, Format},
    extract::{Event, ExtractOptions, Password, PdfEngineChoice, RunningHeads},
    failure::{Failure, FailureReason},
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
        }
    }
}

/// Reads a document; `pages` is told of each page, how many are done and how many there are.
///
/// Where the parser's process crashed on a PDF, the document is read once more with the first engine alone, which never has
/// crashed yet: a crash is an engine's failure and not the document's.
///
/// # Errors
/// Why it cannot be read.
pub fn read(
    bytes: &[u8],
    options: &ReadOptions,
    pages: &dyn Fn(u32, u32),
    cancelled: &AtomicBool,
) -> Result<ExtractedDocument, Failure> {
    let limits = Limits::fitting(options.limit);
    let mut extract = ExtractOptions {
        file_name: options.file_name.clone(),
        pdf_engine: options.pdf_engine,
        running_heads: options.running_heads,
        password: options.password.clone(),
        threads: options.threads,
    };
    let sandbox = options.sandbox;
    match collect(bytes, &extract, limits, sandbox, pages, cancelled) {
        Err(ParserError::Crashed(failure))
            if extract.pdf_engine == PdfEngineChoice::Auto
                && failure.reason != FailureReason::DeadlineExceeded =>
        {
            extract.pdf_engine = PdfEngineChoice::Hayro;
            collect(bytes, &extract, limits, sandbox, pages, cancelled).map_err(Failure::from)
        }
        result => result.map_err(Failure::from),
    }
}

fn collect(
    bytes: &[u8],
    options: &ExtractOptions,
    limits: Limits,
    sandbox: SandboxPolicy,
    pages: &dyn Fn(u32, u32),
    cancelled: &AtomicBool,
) -> Result<ExtractedDocument, ParserError> {
    let mut document = ExtractedDocument {
        format: Format::Text,
        pages: Vec::new(),
        headings: Vec::new(),
        remarks: Vec::new(),
    };
    let mut total = 0;
    let mut sink = |event| {
        match event {
            Event::PagesTotal(count) => total = count,
            Event::Page(page) => document.pages.push(page),
            Event::Heading(heading) => document.headings.push(heading),
            Event::Remark(remark) => document.remarks.push(remark),
        }
        pages(u32::try_from(document.pages.len()).unwrap_or(u32::MAX), total);
        Ok(())
    };
    document.format = parse(bytes, options, limits, sandbox, cancelled, &mut sink)?;
    Ok(document)
}
