//! What the fuzz targets share: extraction within this process or in one of its own, the rules its result must keep, and archives around XML.
//!
//! A target finds a bug where a rule is broken, where a panic is not caught, where memory or time run out, and where the
//! stack overflows.

pub mod rules;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

pub use fuzz_seeds::archives;

use encoder_job::{
    document::{ExtractedDocument, Format},
    extract::{Event, ExtractOptions, PdfEngineChoice, extract},
    parser_process::{self, Cancellation},
    read::{ReadOptions, read},
};

/// The stack of a thread that parses.
const STACK_BYTES: usize = 32 << 20;

/// The time for a document that is read in a process of its own.
const TIME: Duration = Duration::from_secs(5);

/// Lets panics of dependencies pass, which the encoder catches: an engine that panics has failed for a page, and nothing
/// more. The encoder's own code must not panic. To be called once, before anything else.
pub fn expect_panics_of_dependencies() {
    let end_with_a_finding = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_of_a_dependency = panic
            .location()
            .is_some_and(|location| location.file().contains("/registry/src/"));
        if !is_of_a_dependency {
            end_with_a_finding(panic);
        }
    }));
}

/// Extracts a document under this name and checks what came; `None` where it was refused.
///
/// # Panics
/// Where a rule is broken.
pub fn extracted(bytes: Vec<u8>, file_name: &str, pdf_engine: PdfEngineChoice) -> Option<ExtractedDocument> {
    let options = ExtractOptions {
        file_name: file_name.to_owned(),
        pdf_engine,
        threads: 1,
        ..ExtractOptions::default()
    };
    let mut document = ExtractedDocument {
        format: Format::Text,
        pages: Vec::new(),
        headings: Vec::new(),
        warnings: Vec::new(),
    };
    let mut announced = None;
    let mut sink = |event| {
        match event {
            Event::PagesTotal(total) => announced = Some(total),
            Event::Page(page) => document.pages.push(page),
            Event::Heading(heading) => document.headings.push(heading),
            Event::Warning(warning) => document.warnings.push(warning),
        }
        Ok(())
    };
    let read = || catch_unwind(AssertUnwindSafe(|| extract(Arc::new(bytes), &options, &mut sink)));
    // The parser's process gives its threads a stack of this size, for documents that nest.
    let ended = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread
            .spawn_scoped(scope, read)
            .map(std::thread::ScopedJoinHandle::join)
    });
    let ended = ended.expect("a thread can be started").and_then(|ended| ended);
    match ended.unwrap_or_else(|_| panic!("the encoder did not catch a panic")) {
        Ok(format) => document.format = format,
        Err(failure) => {
            rules::check_failure(&failure);
            return None;
        }
    }
    assert!(announced.is_some(), "it was not said how many pages there are");
    rules::check_document(&document, announced);
    Some(document)
}

/// Is the parser's process, if this one was started as that. To be called once, before anything else.
pub fn serve_if_asked() {
    if parser_process::serve_if_asked().is_some() {
        std::process::exit(0);
    }
}

/// Reads a document as the encoder does, in a process with limits.
///
/// # Panics
/// Where a rule is broken, or the process outlives its limits.
pub fn read_in_a_process(bytes: &[u8], file_name: &str, pdf_engine: PdfEngineChoice) {
    let options = ReadOptions {
        file_name: file_name.to_owned(),
        pdf_engine,
        threads: 1,
        limit: TIME,
        ..ReadOptions::default()
    };
    let began = Instant::now();
    match read(bytes, &options, &|_, _| {}, &Cancellation::default()) {
        Ok(document) => rules::check_document(&document, None),
        Err(failure) => rules::check_ending(&failure),
    }
    assert!(began.elapsed() < 2 * TIME, "it took {:?}", began.elapsed());
}

/// As [`extracted`], and encodes what came.
pub fn encoded(bytes: Vec<u8>, file_name: &str) {
    if let Some(document) = extracted(bytes, file_name, PdfEngineChoice::Hayro) {
        rules::check_encoding(&document, encoder_job::chunk::Parameters::default());
    }
}

/// Begins with `magic`, whatever else is in it.
pub fn beginning_with(magic: &[u8], data: &[u8]) -> Vec<u8> {
    if data.starts_with(magic) {
        data.to_vec()
    } else {
        [magic, data].concat()
    }
}

/// Is no PDF, which has targets of its own.
pub fn is_no_pdf(data: &[u8]) -> bool {
    !data.windows(5).any(|window| window == b"%PDF-")
}
