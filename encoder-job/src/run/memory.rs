//! How much memory this process has kept, and whether that is too much to go on with.

use std::fs;

use encoder_job::parser_process::memory_of_control_group;

/// The share of its control group's memory that a process may keep between two documents: a quarter.
const SHARE: u64 = 4;

/// Whether so much is kept that a new process would have notably more room for its documents.
pub(super) fn is_used_up() -> bool {
    let kept = fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| resident(&status));
    is_too_much(kept, memory_of_control_group())
}

fn is_too_much(kept: Option<u64>, limit: Option<u64>) -> bool {
    kept.zip(limit).is_some_and(|(kept, limit)| kept > limit / SHARE)
}

/// Resident memory in bytes, from the text of `/proc/self/status`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_may_be_kept_and_without_a_limit_all() {
        assert!(!is_too_much(Some(25), Some(100)));
        assert!(is_too_much(Some(26), Some(100)));
        assert!(!is_too_much(Some(u64::MAX), None));
        assert!(!is_too_much(None, Some(100)));
    }

    #[test]
    fn the_kernel_says_how_much_this_process_has() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t  12 kB\n"), Some(12 << 10));
        let status = fs::read_to_string("/proc/self/status").unwrap();
        assert!(resident(&status).is_some_and(|bytes| bytes > 1 << 20));
    }
}
