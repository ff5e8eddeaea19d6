//! Writing to standard output and standard error, whether anybody still reads them or not.

use std::io::{self, Write};

use encoder_job::failure::{Failure, FailureReason};

/// Writes to standard output. That nobody reads any further, as after `head`, is no error: who does so has had enough.
///
/// # Errors
/// `StoreUnavailable` where it cannot be written, as on a full disk.
pub(super) fn print(bytes: &[u8]) -> Result<(), Failure> {
    write(&mut io::stdout().lock(), bytes)
}

/// Writes a line to standard output, as [`print`] does.
pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    print(format!("{line}\n").as_bytes())
}

/// Writes a line to standard error. Where that is closed there is nobody left to tell.
pub(super) fn complain_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn write(output: &mut impl Write, bytes: &[u8]) -> Result<(), Failure> {
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("unable to write to standard output: {error}");
            Err(Failure::new(FailureReason::StoreUnavailable, message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn only_a_reader_that_is_gone_is_no_error() {
        assert_eq!(write(&mut Broken(io::ErrorKind::BrokenPipe), b"a"), Ok(()));
        let failure = write(&mut Broken(io::ErrorKind::StorageFull), b"a").unwrap_err();
        assert_eq!(failure.reason, FailureReason::StoreUnavailable);
    }
}
