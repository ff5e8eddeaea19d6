//! What the parent takes from the parser's process, were that in a stranger's hands.
#![no_main]

use encoder_job::{
    document::{ExtractedDocument, Format},
    extract::Event,
    parser_process::listen,
};
use encoder_job_fuzz::rules;
use libfuzzer_sys::fuzz_target;

/// The most text that is taken.
const TEXT_BYTES: u64 = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let mut document = ExtractedDocument {
        format: Format::Text,
        pages: Vec::new(),
        headings: Vec::new(),
        warnings: Vec::new(),
    };
    let mut announced = None;
    let ended = listen(&mut &*data, TEXT_BYTES, &mut |event| {
        match event {
            Event::PagesTotal(total) => announced = Some(total),
            Event::Page(page) => document.pages.push(page),
            Event::Heading(heading) => document.headings.push(heading),
            Event::Warning(warning) => document.warnings.push(warning),
        }
        Ok(())
    });
    // Nonsense ends it; what is taken for a document is one.
    if let Ok(Some(_)) = ended {
        rules::check_document(&document, announced);
    }
});
