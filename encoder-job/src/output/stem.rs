//! From what a person called a file to a name that is safe anywhere.

/// The most bytes of a stem, so that with its suffix it stays under the 255 most file systems allow.
const MAX_BYTES: usize = 200;

/// The file name without its last extension, made safe: letters, digits, `-`, `_`, `.` and inner whitespace stay, anything else
/// becomes `_`; never empty, never beginning with a dot.
pub fn stem(file_name: &str) -> String {
    let base = match file_name.rsplit_once('.') {
        Some((before, extension)) if !before.is_empty() && !extension.contains('/') => before,
        _ => file_name,
    };
    let mut stem = String::new();
    for character in base.trim().chars() {
        let safe = character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | ' ');
        let character = if safe { character } else { '_' };
        if stem.len() + character.len_utf8() > MAX_BYTES {
            break;
        }
        stem.push(character);
    }
    if stem.starts_with('.') {
        stem.replace_range(..1, "_");
    }
    let stem = stem.trim_end();
    if stem.is_empty() {
        "document".to_owned()
    } else {
        stem.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_harmless_and_nothing_else() {
        for (name, expected) in [
            ("Libro di testo.pdf", "Libro di testo"),
            ("archivio.tar.gz", "archivio.tar"),
            ("già-letto_2.md", "già-letto_2"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("../../etc/passwd.txt", "_._.._etc_passwd"),
            (".profile", "_profile"),
            ("", "document"),
            (" .pdf", "document"),
            ("a\u{0}b\nc.pdf", "a_b_c"),
        ] {
            assert_eq!(stem(name), expected, "{name:?}");
        }
        let long = stem(&"漢".repeat(300));
        assert!(long.len() <= MAX_BYTES && long.chars().all(|c| c == '漢'));
    }
}
