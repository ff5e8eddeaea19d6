//! What the parent takes from the parser's process, were that in a stranger's hands.
#![no_main]

use encoder_job::parser_process::listen;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Nonsense ends it; nothing else may happen.
    let _ = listen(&mut &*data, &mut |_| Ok(()));
});
