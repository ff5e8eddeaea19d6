//! How many processors this process may use.

use std::sync::OnceLock;

/// The processors that the scheduler and the control group allow, at least 1; of a share of one the whole ones count. Asked once, as each parser asks
/// more than once, and cannot any more when it has given up all files.
pub fn available() -> usize {
    static AVAILABLE: OnceLock<usize> = OnceLock::new();
    *AVAILABLE.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}
