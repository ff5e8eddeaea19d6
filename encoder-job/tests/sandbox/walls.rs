//! Which walls stand around a probe.

use std::time::Duration;

use encoder_job::parser_process::{Limits, SandboxPolicy, enter_sandbox};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// The walls around a probe. Where one stands alone, a filter made here has taken the system call of the other away, as a kernel
/// without it or a container that forbids it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Walls {
    All,
    FilterAlone,
    LandlockAlone,
    None,
}

impl Walls {
    pub const EACH: [Self; 4] = [Self::All, Self::FilterAlone, Self::LandlockAlone, Self::None];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all walls",
            Self::FilterAlone => "the filter alone",
            Self::LandlockAlone => "Landlock alone",
            Self::None => "no walls",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|walls| walls.as_str() == text)
    }

    /// Makes this kernel one that can put up these walls only.
    pub fn prepare(self) {
        match self {
            Self::All | Self::None => {}
            Self::FilterAlone => take_away(libc::SYS_landlock_create_ruleset),
            Self::LandlockAlone => take_away(libc::SYS_seccomp),
        }
    }

    /// Goes behind the walls.
    pub fn enter(self, policy: SandboxPolicy) -> Result<(), String> {
        self.prepare();
        if self == Self::None {
            return Ok(());
        }
        let limits = Limits {
            data_bytes: 512 << 20,
            text_bytes: 64 << 20,
            time: Duration::ZERO,
        };
        let missing = enter_sandbox(limits, policy).map_err(|failure| failure.to_string())?;
        assert_eq!(missing.is_empty(), self == Self::All, "{missing:?}");
        Ok(())
    }
}

/// Lets a system call fail as one that the kernel does not have.
fn take_away(number: libc::c_long) {
    let filter: BpfProgram = SeccompFilter::new(
        [(number, Vec::new())].into(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS.cast_unsigned()),
        std::env::consts::ARCH.try_into().unwrap(),
    )
    .unwrap()
    .try_into()
    .unwrap();
    seccompiler::apply_filter(&filter).unwrap();
}
