//! Brackets where text runs to the left: some writers say of them what is seen, some what was written.

/// Brackets are seen mirrored in text that runs to the left (UAX 9, L4).
pub(super) fn mirror(character: char) -> char {
    match character {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        '‹' => '›',
        '›' => '‹',
        other => other,
    }
}

pub(super) fn is_closing(character: char) -> bool {
    matches!(character, ')' | ']' | '}')
}

/// Whether every bracket is opened before it is closed, and closed.
pub(super) fn brackets_match(text: &str) -> bool {
    let mut open = Vec::new();
    for character in text.chars() {
        match character {
            '(' | '[' | '{' | '«' | '‹' => open.push(mirror(character)),
            ')' | ']' | '}' | '»' | '›' if open.pop() != Some(character) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// How many brackets open before a space, or close behind one.
pub(super) fn misplaced_brackets(text: &str) -> usize {
    let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let places = text.char_indices().filter(|&(at, character)| {
        let (before, after) = (
            text[..at].chars().next_back(),
            text[at + character.len_utf8()..].chars().next(),
        );
        match character {
            '(' | '[' | '{' | '«' | '‹' => is_space(after),
            ')' | ']' | '}' | '»' | '›' => is_space(before),
            _ => false,
        }
    });
    places.count()
}
