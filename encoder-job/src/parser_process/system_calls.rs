//! Which calls into the kernel a parser may make: few, and most of them with certain arguments only.
//!
//! Three answers: a call a parser needs is let through; one that libraries try by themselves and do without is said not to
//! exist; any other ends the process at once (`SIGSYS`), so that the parent learns of it. A kernel filter has but one answer for
//! what it lists, so there are two of them, and the kernel takes the sterner answer.
//!
//! Files and sockets are not only out of reach by name: reading works on standard input and writing on standard output and
//! error alone, whatever else the process may have inherited.

use libc::{
    CLONE_FILES, CLONE_FS, CLONE_SIGHAND, CLONE_SYSVSEM, CLONE_THREAD, CLONE_VM, ENOSYS, MAP_ANONYMOUS,
    MAP_GROWSDOWN, MAP_PRIVATE, MAP_SHARED, PR_SET_NAME, PR_SET_VMA, PROT_EXEC,
};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Calls that are let through with any arguments.
const ALLOWED: &[i64] = &[
    // Memory; what may be mapped is told below.
    libc::SYS_brk,
    libc::SYS_mremap,
    libc::SYS_munmap,
    // Threads; how they may be made is told below.
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_membarrier,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    // Signals to itself: a stack that overflows is told by a handler on a stack of its own.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // Time, where the processor does not tell it without the kernel.
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
    // Chance, for the order of hash tables.
    libc::SYS_getrandom,
    // Closing gives nothing to anybody.
    libc::SYS_close,
];

/// Calls that are said not to exist: a library tries them by itself and does without.
const UNAVAILABLE: &[i64] = &[
    // Makes threads, but with arguments in memory, where no filter sees them; the C library then takes `clone`.
    libc::SYS_clone3,
    // Files that may tell how many processors there are, how large a page of memory is, and the like.
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    // Whether standard error is a terminal.
    libc::SYS_ioctl,
    // How much memory the machine has, and what the limits are.
    libc::SYS_sysinfo,
    libc::SYS_prlimit64,
    libc::SYS_getrusage,
];

/// The same for calls that only this kind of processor still has.
#[cfg(target_arch = "x86_64")]
const UNAVAILABLE_HERE: &[i64] = &[
    libc::SYS_open,
    libc::SYS_access,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_readlink,
    libc::SYS_getrlimit,
];
#[cfg(not(target_arch = "x86_64"))]
const UNAVAILABLE_HERE: &[i64] = &[];

/// What must be said, and all that may be said, of a new thread; how its own memory is found may be said, too.
const THREAD: i32 = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
const THREAD_MEMORY: i32 =
    libc::CLONE_SETTLS | libc::CLONE_PARENT_SETTID | libc::CLONE_CHILD_CLEARTID | libc::CLONE_CHILD_SETTID;
/// Memory the kernel may empty: newer C libraries keep their source of chance in it. No constant of ours has it yet.
const MAP_DROPPABLE: i32 = 0x08;
/// Pieces of advice on memory that take a page from the whole machine.
const MADV_HWPOISON: i32 = 100;
const MADV_SOFT_OFFLINE: i32 = 101;
/// Descriptors of the three pipes.
const INPUT: i32 = 0;
const OUTPUT: i32 = 1;
const ERRORS: i32 = 2;

/// The filters for the process with this number on this kind of processor, in the order in which they are to be installed.
pub(super) fn filters(process: u32) -> Result<[BpfProgram; 2], BackendError> {
    let processor: TargetArch = std::env::consts::ARCH.try_into()?;
    let unavailable = UNAVAILABLE.iter().chain(UNAVAILABLE_HERE);
    let unavailable = unavailable.map(|&call| (call, Vec::new()));
    let known = ALLOWED.iter().map(|&call| (call, Vec::new()));
    let known = known.chain(unavailable.clone()).chain(with_arguments(process)?);
    let not_there = SeccompAction::Errno(ENOSYS.unsigned_abs());
    let refusing = SeccompFilter::new(unavailable.collect(), SeccompAction::Allow, not_there, processor)?;
    let ending = SeccompFilter::new(
        known.collect(),
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        processor,
    )?;
    Ok([refusing.try_into()?, ending.try_into()?])
}

/// Calls that are let through with certain arguments.
fn with_arguments(process: u32) -> Result<Vec<(i64, Vec<SeccompRule>)>, BackendError> {
    // Memory of its own that `RLIMIT_DATA` counts: no file, shared with nobody, no stack that grows.
    let kind = MAP_ANONYMOUS | MAP_PRIVATE | MAP_SHARED | MAP_DROPPABLE | MAP_GROWSDOWN;
    let own_memory = |sort| all(vec![not_executable()?, masked(3, kind, MAP_ANONYMOUS | sort)?]);
    let harmless = vec![not_equal(2, MADV_HWPOISON)?, not_equal(2, MADV_SOFT_OFFLINE)?];
    Ok(vec![
        (
            libc::SYS_mmap,
            vec![own_memory(MAP_PRIVATE)?, own_memory(MAP_DROPPABLE)?],
        ),
        (libc::SYS_mprotect, vec![all(vec![not_executable()?])?]),
        (libc::SYS_madvise, vec![all(harmless)?]),
        (
            libc::SYS_clone,
            vec![all(vec![masked(0, !THREAD_MEMORY, THREAD)?])?],
        ),
        (libc::SYS_read, vec![all(vec![equal(0, INPUT)?])?]),
        (libc::SYS_write, outputs()?),
        (libc::SYS_writev, outputs()?),
        // A process may end itself, and names its threads and its memory.
        (
            libc::SYS_tgkill,
            vec![all(vec![equal(0, process.cast_signed())?])?],
        ),
        (
            libc::SYS_prctl,
            vec![
                all(vec![equal(0, PR_SET_NAME)?])?,
                all(vec![equal(0, PR_SET_VMA)?])?,
            ],
        ),
    ])
}

/// Memory that is, or is being made, executable is not.
fn not_executable() -> Result<SeccompCondition, BackendError> {
    masked(2, PROT_EXEC, 0)
}

fn outputs() -> Result<Vec<SeccompRule>, BackendError> {
    Ok(vec![all(vec![equal(0, OUTPUT)?])?, all(vec![equal(0, ERRORS)?])?])
}

fn all(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions)
}

fn equal(argument: u8, value: i32) -> Result<SeccompCondition, BackendError> {
    condition(argument, SeccompCmpOp::Eq, value)
}

fn not_equal(argument: u8, value: i32) -> Result<SeccompCondition, BackendError> {
    condition(argument, SeccompCmpOp::Ne, value)
}

fn masked(argument: u8, mask: i32, value: i32) -> Result<SeccompCondition, BackendError> {
    let mask = u64::from(mask.cast_unsigned());
    condition(argument, SeccompCmpOp::MaskedEq(mask), value)
}

/// The kernel looks at the lower half of all these arguments, and so do the filters.
fn condition(argument: u8, operator: SeccompCmpOp, value: i32) -> Result<SeccompCondition, BackendError> {
    let value = u64::from(value.cast_unsigned());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}
