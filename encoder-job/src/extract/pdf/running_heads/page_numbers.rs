//! The numbers in lines, and lines without them.

/// Whether two lines have numbers that differ as the pages do.
pub(super) fn counts_on(other: &str, line: &str, index: usize, at: usize) -> bool {
    let theirs: Vec<i64> = numbers(other).collect();
    numbers(line).any(|number| {
        let (index, at) = (i64::try_from(index), i64::try_from(at));
        matches!((index, at), (Ok(index), Ok(at)) if theirs.contains(&(number + index - at)))
    })
}

/// The numbers of a line, Roman ones too.
fn numbers(text: &str) -> impl Iterator<Item = i64> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .filter_map(|word| word.parse().ok().or_else(|| roman(word)))
}

/// The value of a Roman number in small or in capital letters.
pub(super) fn roman(word: &str) -> Option<i64> {
    if word.len() > 12 || !(word.chars().all(char::is_lowercase) || word.chars().all(char::is_uppercase)) {
        return None;
    }
    let mut total = 0;
    let mut largest = 0;
    for letter in word.chars().rev() {
        let value = match letter.to_ascii_lowercase() {
            'i' => 1,
            'v' => 5,
            'x' => 10,
            'l' => 50,
            'c' => 100,
            'd' => 500,
            _ => return None,
        };
        total += if value < largest { -value } else { value };
        largest = largest.max(value);
    }
    Some(total)
}

/// A line's words, numbers aside.
pub(super) fn without_numbers(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.parse::<i64>().is_err() && roman(word).is_none())
        .flat_map(|word| word.chars().chain([' ']))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether there is more in a line than numbers and marks.
pub(super) fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}
