//! The name a person gave a file. It is data, and never part of a path of ours.

use crds::spec::MAX_FILE_NAME_LENGTH;

/// Why a file's name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFileName {
    /// There is none.
    #[error("the file has no name")]
    Missing,
    /// It is too long.
    #[error("the file's name is longer than {MAX_FILE_NAME_LENGTH} characters")]
    TooLong,
    /// It holds what no name holds.
    #[error("the file's name holds control characters, slashes or backslashes")]
    Characters,
    /// It names a directory.
    #[error("the file's name is `.` or `..`")]
    Directory,
}

/// Checks a name a person chose. It is taken as it is or refused, never mended.
pub fn check_file_name(name: &str) -> Result<(), InvalidFileName> {
    if name.trim().is_empty() {
        return Err(InvalidFileName::Missing);
    }
    if name.chars().count() > MAX_FILE_NAME_LENGTH {
        return Err(InvalidFileName::TooLong);
    }
    if name
        .chars()
        .any(|character| character.is_control() || matches!(character, '/' | '\\'))
    {
        return Err(InvalidFileName::Characters);
    }
    if name == "." || name == ".." {
        return Err(InvalidFileName::Directory);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_they_are_or_refused() {
        assert_eq!(check_file_name("Relazione (finale) – è.pdf"), Ok(()));
        assert_eq!(check_file_name(&"è".repeat(255)), Ok(()));
        assert_eq!(check_file_name(&"a".repeat(256)), Err(InvalidFileName::TooLong));
        assert_eq!(check_file_name(" "), Err(InvalidFileName::Missing));
        assert_eq!(check_file_name(".."), Err(InvalidFileName::Directory));
        for bad in ["../a", "a\\b", "a\nb", "a\u{0}b", "a\u{9f}"] {
            assert_eq!(check_file_name(bad), Err(InvalidFileName::Characters), "{bad:?}");
        }
    }
}
