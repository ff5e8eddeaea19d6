//! How many processors this process may use.

use std::{fs, sync::OnceLock};

/// The processors the control group allows, at least 1: a container sees all of its node's, whatever its limit is. Asked of the kernel once, as each
/// parser asks more than once, and cannot any more when it has given up all files.
pub fn available() -> usize {
    static AVAILABLE: OnceLock<usize> = OnceLock::new();
    *AVAILABLE.get_or_init(ask)
}

fn ask() -> usize {
    let seen = std::thread::available_parallelism().map_or(1, usize::from);
    limit_of_control_group()
        .map_or(seen, |limit| seen.min(limit))
        .max(1)
}

/// The limit of the control group, rounded up; `None` where there is none.
fn limit_of_control_group() -> Option<usize> {
    let read = |path: &str| fs::read_to_string(path).ok();
    if let Some(text) = read("/sys/fs/cgroup/cpu.max") {
        return version_2(&text);
    }
    version_1(
        &read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")?,
        &read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")?,
    )
}

/// `cpu.max` of version 2: quota and period, or `max`.
fn version_2(text: &str) -> Option<usize> {
    let (quota, period) = text.trim().split_once(' ')?;
    processors(quota.parse().ok()?, period.parse().ok()?)
}

/// The two files of version 1; a quota of −1 is none.
fn version_1(quota: &str, period: &str) -> Option<usize> {
    processors(quota.trim().parse().ok()?, period.trim().parse().ok()?)
}

fn processors(quota: u64, period: u64) -> Option<usize> {
    (period > 0 && quota > 0).then(|| usize::try_from(quota.div_ceil(period)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_control_groups() {
        assert_eq!(version_2("max 100000\n"), None);
        assert_eq!(version_2("150000 100000\n"), Some(2));
        assert_eq!(version_2("50000 100000\n"), Some(1));
        assert_eq!(version_1("-1\n", "100000\n"), None);
        assert_eq!(version_1("400000\n", "100000\n"), Some(4));
        assert_eq!(version_1("1", "0"), None);
    }
}
