//! Which engine's text of a page is kept.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_interpret::hayro_syntax::Pdf;

pub(super) use super::pdf_extract::SecondEngine;
use super::{PageText, PdfEngine, PdfEngineChoice, hayro::Hayro, pdf_extract::PdfExtract};
use crate::{
    document::{Page, PageStatus},
    extract::clean::clean,
};

/// A page, and who read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageResult {
    pub(super) page: Page,
    pub(super) by_second_engine: bool,
}

/// The engines of one thread.
pub(super) struct Engines<'a> {
    first: Option<Hayro<'a>>,
    second: Option<PdfExtract<'a>>,
}

impl<'a> Engines<'a> {
    pub(super) fn new(pdf: &'a Pdf, second: &'a SecondEngine, choice: PdfEngineChoice) -> Self {
        Self {
            first: (choice != PdfEngineChoice::PdfExtract).then(|| Hayro::new(pdf)),
            second: (choice != PdfEngineChoice::Hayro).then(|| PdfExtract::new(second)),
        }
    }

    /// Reads the page with this index, from 0.
    pub(super) fn read(&mut self, index: usize) -> PageResult {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let first = self.first.as_mut().map(|engine| guarded(engine, index));
        let second = match &first {
            Some(Ok(text)) if !is_poor(text) => None,
            _ => self.second.as_mut().map(|engine| guarded(engine, index)),
        };
        let (text, by_second_engine) = choose(first, second);
        let page = match text {
            Ok(read) => {
                let text = clean(&read.text);
                let status = match (text.is_empty(), read.pictures) {
                    (false, _) => PageStatus::Ok,
                    (true, true) => PageStatus::Scanned,
                    (true, false) if read.unknown_glyphs > 0 => PageStatus::Damaged,
                    (true, false) => PageStatus::Empty,
                };
                Page { number, text, status }
            }
            Err(_) => Page {
                number,
                text: String::new(),
                status: PageStatus::Damaged,
            },
        };
        PageResult {
            page,
            by_second_engine,
        }
    }
}

/// A panic of an engine is its failure to read this page.
fn guarded(engine: &mut impl PdfEngine, index: usize) -> Result<PageText, String> {
    catch_unwind(AssertUnwindSafe(|| engine.page(index)))
        .unwrap_or_else(|_| Err("the engine panicked".to_owned()))
}

/// Whether another engine should be asked: of more than a fifth of the glyphs it is not known what they mean.
fn is_poor(text: &PageText) -> bool {
    text.unknown_glyphs * 5 > text.glyphs
}

/// The better of two texts of a page, and whether that is the second one.
fn choose(
    first: Option<Result<PageText, String>>,
    second: Option<Result<PageText, String>>,
) -> (Result<PageText, String>, bool) {
    match (first, second) {
        (Some(Ok(first)), Some(Ok(second))) => {
            if readable(&second.text) > readable(&first.text) {
                (
                    Ok(PageText {
                        pictures: first.pictures,
                        ..second
                    }),
                    true,
                )
            } else {
                (Ok(first), false)
            }
        }
        (Some(Err(_)) | None, Some(second)) => (second, true),
        (Some(first), Some(Err(_)) | None) => (first, false),
        (None, None) => (Err("there is no engine".to_owned()), false),
    }
}

/// Characters that mean something: letters and digits, not those of private use.
fn readable(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, glyphs: usize, unknown_glyphs: usize) -> PageText {
        PageText {
            text: text.into(),
            glyphs,
            unknown_glyphs,
            pictures: false,
        }
    }

    #[test]
    fn the_second_engine_is_asked_when_the_first_knows_too_little() {
        assert!(!is_poor(&text("", 0, 0)));
        assert!(!is_poor(&text("abcd", 5, 1)));
        assert!(is_poor(&text("abc", 5, 2)));
    }

    #[test]
    fn the_text_with_more_letters_is_kept() {
        let (first, second) = (text("ab", 4, 2), text("abcd", 4, 0));
        assert_eq!(
            choose(Some(Ok(first.clone())), Some(Ok(second.clone()))),
            (Ok(second.clone()), true)
        );
        assert_eq!(
            choose(Some(Ok(second.clone())), Some(Ok(first.clone()))),
            (Ok(second.clone()), false)
        );
        assert_eq!(
            choose(Some(Err("x".into())), Some(Ok(first.clone()))),
            (Ok(first.clone()), true)
        );
        assert_eq!(
            choose(Some(Ok(first.clone())), Some(Err("x".into()))),
            (Ok(first.clone()), false)
        );
        assert_eq!(choose(Some(Ok(first.clone())), None), (Ok(first.clone()), false));
        assert_eq!(choose(None, Some(Ok(first.clone()))), (Ok(first), true));
    }
}
