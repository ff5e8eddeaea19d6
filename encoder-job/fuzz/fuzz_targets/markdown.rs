//! Markdown, from its bytes to its chunks.
#![no_main]

use encoder_job_fuzz::{encoded, is_no_pdf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if is_no_pdf(data) {
        encoded(data.to_vec(), "a.md");
    }
});
