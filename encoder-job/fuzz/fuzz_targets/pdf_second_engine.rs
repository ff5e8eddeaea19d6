//! PDF, by the second engine, which is known to panic: it must not hang, overflow the stack, or take all memory.
#![no_main]

use encoder_job::extract::PdfEngineChoice;
use encoder_job_fuzz::{beginning_with, expect_panics_of_dependencies, extracted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: expect_panics_of_dependencies(), |data: &[u8]| {
    extracted(beginning_with(b"%PDF-", data), "a.pdf", PdfEngineChoice::PdfExtract);
});
