//! PDF, by the second engine, which is known to panic, to overflow its stack, and to take what memory there is: the process it runs in
//! ends with it, and the parent is told why.
#![no_main]

use encoder_job::extract::PdfEngineChoice;
use encoder_job_fuzz::{beginning_with, read_in_a_process, serve_if_asked};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: serve_if_asked(), |data: &[u8]| {
    read_in_a_process(&beginning_with(b"%PDF-", data), "a.pdf", PdfEngineChoice::PdfExtract);
});
