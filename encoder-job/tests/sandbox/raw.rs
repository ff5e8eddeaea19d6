//! Calls into the kernel that no library makes.

use std::io;

/// Calls the kernel; arguments that are not given are 0.
#[allow(
    unsafe_code,
    reason = "what an attacker would call is what libraries do not offer; only probes do this, each in a process of its own"
)]
pub fn value<const N: usize>(number: libc::c_long, arguments: [usize; N]) -> io::Result<usize> {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&arguments);
    let [first, second, third, fourth, fifth, sixth] = all;
    // SAFETY: memory the kernel may write to is only ever that of `zeros`, or the probe's process is about to end.
    let result = unsafe { libc::syscall(number, first, second, third, fourth, fifth, sixth) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Calls the kernel, whatever it gives.
pub fn call<const N: usize>(number: libc::c_long, arguments: [usize; N]) -> io::Result<()> {
    value(number, arguments).map(drop)
}

/// Calls the kernel for a further process, which ends at once.
pub fn forking(number: libc::c_long, arguments: [usize; 2]) -> io::Result<()> {
    match value(number, arguments)? {
        0 => call(libc::SYS_exit_group, []),
        _ => Ok(()),
    }
}

/// The address of 4096 bytes of zeros, which the kernel may write to.
pub fn zeros() -> usize {
    Box::leak(Box::new([0_u64; 512])).as_mut_ptr().expose_provenance()
}
