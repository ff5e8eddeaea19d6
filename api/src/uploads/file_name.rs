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

/// The name as the person gave it, of the one that a form has. Browsers, and what writes forms as they do, percent-encode in it what would end it, and
/// nothing else, not even the percent sign (WHATWG HTML, "multipart/form-data encoding algorithm"): a name that holds one of the three encodings by itself
/// is not told from one that was encoded.
pub fn from_form(name: &str) -> String {
    name.replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_form_s_name_only_what_browsers_encode_is_decoded() {
        assert_eq!(from_form("a %22b%22%0D%0A.pdf"), "a \"b\"\r\n.pdf");
        for same in ["100%.pdf", "%0d%0a.pdf", "%2F%00.pdf", "%", "è.pdf"] {
            assert_eq!(from_form(same), same);
        }
    }

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
