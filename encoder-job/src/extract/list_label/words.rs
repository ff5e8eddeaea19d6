//! Numbers in English words.

/// The highest number that is written in words; above it digits are shorter.
const MAX: u32 = 9_999;

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
/// The words that end otherwise where they say which one.
const IRREGULAR: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];

/// What is put behind a number that says which one: "st" behind 1.
pub(super) fn ordinal_suffix(number: u32) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// "One", "Twenty-one".
pub(super) fn cardinal(number: u32) -> Option<String> {
    words(number).map(|words| capitalised(&words))
}

/// "First", "Twenty-first".
pub(super) fn ordinal(number: u32) -> Option<String> {
    let words = words(number)?;
    let last = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (before, last) = words.split_at(last);
    let last = match IRREGULAR.iter().find(|(word, _)| *word == last) {
        Some((_, ordinal)) => (*ordinal).to_owned(),
        None => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    Some(capitalised(&format!("{before}{last}")))
}

fn words(number: u32) -> Option<String> {
    if number > MAX {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    for (value, unit) in [(1000, "thousand"), (100, "hundred")] {
        let count = if value == 1000 {
            number / 1000
        } else {
            number / 100 % 10
        };
        if count > 0 {
            words.push(format!("{} {unit}", ONES[count as usize]));
        }
    }
    let rest = number as usize % 100;
    if rest >= 20 && !rest.is_multiple_of(10) {
        words.push(format!("{}-{}", TENS[rest / 10], ONES[rest % 10]));
    } else if rest >= 20 {
        words.push(TENS[rest / 10].to_owned());
    } else if rest > 0 || words.is_empty() {
        words.push(ONES[rest].to_owned());
    }
    Some(words.join(" "))
}

fn capitalised(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said() {
        for (number, cardinal_text, ordinal_text, suffix) in [
            (0, "Zero", "Zeroth", "th"),
            (1, "One", "First", "st"),
            (2, "Two", "Second", "nd"),
            (12, "Twelve", "Twelfth", "th"),
            (13, "Thirteen", "Thirteenth", "th"),
            (20, "Twenty", "Twentieth", "th"),
            (23, "Twenty-three", "Twenty-third", "rd"),
            (100, "One hundred", "One hundredth", "th"),
            (111, "One hundred eleven", "One hundred eleventh", "th"),
            (
                1_205,
                "One thousand two hundred five",
                "One thousand two hundred fifth",
                "th",
            ),
        ] {
            assert_eq!(cardinal(number).as_deref(), Some(cardinal_text));
            assert_eq!(ordinal(number).as_deref(), Some(ordinal_text));
            assert_eq!(ordinal_suffix(number), suffix, "{number}");
        }
        assert_eq!(cardinal(10_000), None);
    }
}
