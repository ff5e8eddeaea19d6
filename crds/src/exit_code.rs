//! The exit statuses of the programs, after `sysexits.h` of BSD.

/// Exit status of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum ExitCode {
    /// Done.
    Done = 0,
    /// Bad parameters (`EX_USAGE`).
    BadParameters = 64,
    /// The input is bad; it is never tried again (`EX_DATAERR`).
    BadInput = 65,
    /// There is no input (`EX_NOINPUT`).
    NoInput = 66,
    /// A bug of the program's own (`EX_SOFTWARE`).
    Internal = 70,
    /// Reading or writing failed (`EX_IOERR`).
    InputOutput = 74,
    /// Something outside was not there; try again (`EX_TEMPFAIL`).
    TryAgain = 75,
    /// The configuration is wrong (`EX_CONFIG`).
    BadConfiguration = 78,
}

impl ExitCode {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::BadParameters,
        Self::BadInput,
        Self::NoInput,
        Self::Internal,
        Self::InputOutput,
        Self::TryAgain,
        Self::BadConfiguration,
    ];

    /// The number.
    pub fn code(self) -> i32 {
        self as i32
    }

    /// The exit status with this number, if the table has one.
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|candidate| candidate.code() == code)
    }
}
