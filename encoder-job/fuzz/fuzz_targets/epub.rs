//! EPUB: the archive, and each of the parts in it.
#![no_main]

use encoder_job_fuzz::{archives, encoded};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(file) = archives::epub(data) {
        encoded(file, "a.epub");
    }
});
