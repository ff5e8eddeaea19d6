//! PDF, by the first engine: whatever is in the file, its pages are clean text or it is refused.
#![no_main]

use encoder_job::extract::PdfEngineChoice;
use encoder_job_fuzz::{beginning_with, expect_panics_of_dependencies, extracted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: expect_panics_of_dependencies(), |data: &[u8]| {
    extracted(beginning_with(b"%PDF-", data), "a.pdf", PdfEngineChoice::Hayro);
});
