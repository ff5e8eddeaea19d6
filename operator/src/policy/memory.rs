//! How much memory an attempt gets.

use crds::Reason;

/// The memory of the next attempt, in bytes: twice that of the last where that ran out of it, up to the cap.
pub fn next(last: u64, failed_for: Reason, cap: u64) -> u64 {
    if failed_for == Reason::OutOfMemory {
        last.saturating_mul(2).min(cap.max(last))
    } else {
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_out_doubles_it_up_to_the_cap() {
        assert_eq!(next(512, Reason::OutOfMemory, 4096), 1024);
        assert_eq!(next(3000, Reason::OutOfMemory, 4096), 4096);
        assert_eq!(next(8000, Reason::OutOfMemory, 4096), 8000);
        assert_eq!(next(512, Reason::EncoderCrashed, 4096), 512);
    }
}
