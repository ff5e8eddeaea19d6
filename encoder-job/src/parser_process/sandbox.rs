//! The walls around the parser's process, put up by itself before it starts a thread or sees the document.
//!
//! | wall | against |
//! |---|---|
//! | limits ([`super::limits`]) | memory, time, files that grow |
//! | no capabilities, no new privileges, not dumpable | what the superuser may do, and looking into the process |
//! | Landlock | files, TCP, abstract sockets and signals outside, all by the kernel's own checks |
//! | a filter of system calls ([`super::system_calls`]) | everything a parser has no use for |
//!
//! Two of them can be missing: Landlock, and the filter. Whether a parser may then run is [`SandboxPolicy`].

use std::{fmt, str::FromStr};

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope,
};
use rustix::{
    process::{DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal},
    thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs},
};
use serde::{Deserialize, Serialize};

use super::{limits::Limits, system_calls};
use crate::failure::{Failure, FailureReason};

/// The newest Landlock this crate knows all rights of. Of an older one all that it has is taken.
const NEWEST_LANDLOCK: ABI = ABI::V10;

/// Whether a document may be parsed where the kernel cannot put up all walls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SandboxPolicy {
    /// It may not.
    #[default]
    Required,
    /// It may, within the walls there are; what is missing is said.
    BestEffort,
    /// It may, and neither Landlock nor the filter is asked for. The limits hold.
    Off,
}

impl SandboxPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Required, Self::BestEffort, Self::Off];

    /// The name people write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::BestEffort => "best-effort",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for SandboxPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for SandboxPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.as_str() == text)
            .ok_or_else(|| format!("{text:?} is none of required, best-effort and off"))
    }
}

/// Puts up the walls around this process, for ever. It must have no thread but the calling one, as Landlock holds for that one
/// and those it starts. What is to be read from files, the number of processors for one, must be read before.
///
/// Returns a sentence for each wall that is missing, which is none unless the policy is [`SandboxPolicy::BestEffort`].
///
/// # Errors
/// `Misconfigured`, with what is missing and what to do, where the kernel refuses a wall that is required. Then nothing
/// must be parsed.
pub fn enter_sandbox(limits: Limits, policy: SandboxPolicy) -> Result<Vec<String>, Failure> {
    limits
        .apply()
        .map_err(|error| refused("limit its resources", &error))?;
    set_no_new_privs(true).map_err(|error| refused("renounce new privileges", &error))?;
    let missing = match policy {
        SandboxPolicy::Off => Vec::new(),
        SandboxPolicy::Required | SandboxPolicy::BestEffort => {
            drop_privileges()?;
            let files = forbid_files().err();
            // The filter comes last, as it forbids the calls of all that is before it. It also ends what Landlock would refuse.
            let calls = forbid_calls().err();
            files.into_iter().chain(calls).collect()
        }
    };
    if policy == SandboxPolicy::Required && !missing.is_empty() {
        return Err(incomplete(&missing));
    }
    Ok(missing)
}

/// Ends this process with its parent, without which nobody wants the text.
pub(super) fn end_with_parent() -> Result<(), Failure> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| refused("end with its parent", &error))
}

/// Closes all files but the three pipes: what started the encoder may have left some open, and whatever the policy is, a parser has no use for them.
///
/// To be called before anything else, as it asks nobody whose the files are.
pub(super) fn close_inherited_files() -> Result<(), Failure> {
    const FIRST: libc::c_uint = 3;
    #[allow(unsafe_code, reason = "no crate in use has a safe wrapper of close_range(2)")]
    // SAFETY: This process has opened no file yet, so that no owner of one is left with its number.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0) };
    let error = std::io::Error::last_os_error();
    // A kernel before Linux 5.9 has no such call; it has no Landlock either, which is said.
    if closed == 0 || error.raw_os_error() == Some(libc::ENOSYS) {
        return Ok(());
    }
    Err(refused("close the files it was given", &error))
}

fn drop_privileges() -> Result<(), Failure> {
    let none = CapabilitySet::empty();
    let none = CapabilitySets {
        effective: none,
        permitted: none,
        inheritable: none,
    };
    set_capabilities(None, none).map_err(|error| refused("drop its capabilities", &error))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| refused("keep others from looking into it", &error))
}

/// Takes away all files, and what else Landlock can take, or says why not.
fn forbid_files() -> Result<(), String> {
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST_LANDLOCK))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(NEWEST_LANDLOCK)))
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST_LANDLOCK)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    match restricted {
        Ok(status) if status.ruleset != RulesetStatus::NotEnforced => Ok(()),
        Ok(status) => Err(match status.landlock {
            LandlockStatus::NotEnabled => {
                "Landlock is not enabled in the kernel: add landlock to its parameter lsm=".to_owned()
            }
            _ => "the kernel has no Landlock, which came with Linux 5.13, or the container forbids it"
                .to_owned(),
        }),
        Err(error) => Err(format!("Landlock failed: {error}")),
    }
}

/// Takes away the system calls that a parser has no use for, or says why not.
fn forbid_calls() -> Result<(), String> {
    let filters = system_calls::filters(std::process::id())
        .map_err(|error| format!("there is no filter of system calls for this processor: {error}"))?;
    for filter in &filters {
        seccompiler::apply_filter_all_threads(filter).map_err(|error| {
            format!("the kernel or the container refuses a filter of system calls: {error}")
        })?;
    }
    Ok(())
}

fn refused(what: &str, error: &dyn fmt::Display) -> Failure {
    let message = format!("failed to set up the parser's sandbox: it could not {what}: {error}");
    Failure::new(FailureReason::Misconfigured, message)
}

fn incomplete(missing: &[String]) -> Failure {
    let message = format!(
        "failed to set up the parser's sandbox: {}; run where the kernel has it, or do with less by --sandbox best-effort (in a Job: SOCRATE_SANDBOX=best-effort)",
        missing.join("; ")
    );
    Failure::new(FailureReason::Misconfigured, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_as_they_are_written() {
        for policy in SandboxPolicy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        assert!("Off".parse::<SandboxPolicy>().is_err());
    }

    #[test]
    fn what_is_missing_and_what_to_do_is_said() {
        let failure = incomplete(&["a is missing".into(), "b is missing".into()]);
        assert_eq!(failure.reason, FailureReason::Misconfigured);
        assert!(failure.message.contains("a is missing; b is missing"));
        assert!(failure.message.contains("--sandbox best-effort"));
    }
}
