//! Prose to fill pages with, in three languages.

mod english;
mod german;
mod italian;

/// A language of prose.
#[derive(Clone, Copy)]
pub enum Language {
    English,
    German,
    Italian,
}

/// Paragraphs of a language, from this one on, again and again.
pub fn prose(language: Language, from: usize) -> impl Iterator<Item = &'static str> {
    let paragraphs: &'static [&'static str] = match language {
        Language::English => &english::PARAGRAPHS,
        Language::German => &german::PARAGRAPHS,
        Language::Italian => &italian::PARAGRAPHS,
    };
    paragraphs.iter().copied().cycle().skip(from)
}

/// One paragraph of English prose.
pub fn english(number: usize) -> &'static str {
    english::PARAGRAPHS[number % english::PARAGRAPHS.len()]
}

/// One paragraph of German prose.
pub fn german(number: usize) -> &'static str {
    german::PARAGRAPHS[number % german::PARAGRAPHS.len()]
}

/// One paragraph of Italian prose.
pub fn italian(number: usize) -> &'static str {
    italian::PARAGRAPHS[number % italian::PARAGRAPHS.len()]
}
