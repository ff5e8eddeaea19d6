//! Which engine's text of a page is kept.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{
    PageText, PdfEngine, PdfEngineChoice, hayro::Hayro, layout::PageLayout, pdf_extract::PdfExtract,
};
pub(super) use super::{hayro::Shared, pdf_extract::SecondEngine};
use crate::document::PageStatus;

/// A page, and who read it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PageResult {
    /// From 1.
    pub(super) number: u32,
    pub(super) layout: PageLayout,
    pub(super) status: PageStatus,
    pub(super) by_second_engine: bool,
}

/// The engines of one thread.
pub(super) struct Engines<'a, 's> {
    first: Option<Hayro<'a, 's>>,
    second: Option<PdfExtract<'s>>,
}

impl<'a, 's> Engines<'a, 's> {
    pub(super) fn new(shared: &'s Shared<'a>, second: &'s SecondEngine, choice: PdfEngineChoice) -> Self {
        Self {
            first: (choice != PdfEngineChoice::PdfExtract).then(|| Hayro::new(shared)),
            second: (choice != PdfEngineChoice::Hayro).then(|| PdfExtract::new(second)),
        }
    }

    /// Reads the page with this index, from 0.
    pub(super) fn read(&mut self, index: usize) -> PageResult {
        let first = self.first.as_mut().map(|engine| guarded(engine, index));
        let second = match &first {
            Some(Ok(text)) if !is_poor(text) => None,
            _ => self.second.as_mut().map(|engine| guarded(engine, index)),
        };
        let (text, by_second_engine) = choose(first, second);
        let (layout, status) = match text {
            Ok(read) => {
                let status = status(&read);
                (read.layout, status)
            }
            Err(_) => (PageLayout::default(), PageStatus::Damaged),
        };
        PageResult {
            number: u32::try_from(index + 1).unwrap_or(u32::MAX),
            layout,
            status,
            by_second_engine,
        }
    }
}

/// How a page that was read came out.
fn status(read: &PageText) -> PageStatus {
    let empty = read.layout == PageLayout::default();
    match (empty, read.broken) {
        (_, true) => PageStatus::Damaged,
        (false, false) if knows_too_little(read) => PageStatus::Damaged,
        (false, false) => PageStatus::Ok,
        (true, false) if read.pictures => PageStatus::Scanned,
        (true, false) if read.unknown_glyphs > 0 => PageStatus::Damaged,
        (true, false) => PageStatus::Empty,
    }
}

/// A panic of an engine is its failure to read this page.
fn guarded(engine: &mut impl PdfEngine, index: usize) -> Result<PageText, String> {
    catch_unwind(AssertUnwindSafe(|| engine.page(index)))
        .unwrap_or_else(|_| Err("the engine panicked".to_owned()))
}

/// Whether another engine should be asked: of more than a fifth of the glyphs it is not known what they mean, or the content broke off.
fn is_poor(text: &PageText) -> bool {
    !text.over_limit && (text.broken || knows_too_little(text))
}

/// Whether of more than a fifth of the glyphs it is not known what they mean.
fn knows_too_little(text: &PageText) -> bool {
    text.unknown_glyphs * 5 > text.glyphs
}

/// The better of two texts of a page, and whether that is the second one.
fn choose(
    first: Option<Result<PageText, String>>,
    second: Option<Result<PageText, String>>,
) -> (Result<PageText, String>, bool) {
    match (first, second) {
        (Some(Ok(first)), Some(Ok(second))) => {
            if second.layout.readable() > first.layout.readable() {
                (
                    Ok(PageText {
                        pictures: first.pictures,
                        broken: first.broken,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, glyphs: usize, unknown_glyphs: usize) -> PageText {
        PageText {
            layout: PageLayout::of_text(text),
            glyphs,
            unknown_glyphs,
            pictures: false,
            broken: false,
            over_limit: false,
        }
    }

    #[test]
    fn the_second_engine_is_asked_when_the_first_knows_too_little() {
        assert!(!is_poor(&text("", 0, 0)));
        assert!(!is_poor(&text("abcd", 5, 1)));
        assert!(is_poor(&text("abc", 5, 2)));
        let broken = PageText {
            broken: true,
            ..text("abc", 3, 0)
        };
        assert!(is_poor(&broken));
        assert!(!is_poor(&PageText {
            over_limit: true,
            ..broken
        }));
    }

    #[test]
    fn every_page_says_how_it_came_out() {
        let pictures = |read: PageText| PageText {
            pictures: true,
            ..read
        };
        assert_eq!(status(&text("a", 1, 0)), PageStatus::Ok);
        assert_eq!(status(&pictures(text("a", 1, 0))), PageStatus::Ok);
        assert_eq!(status(&text("", 0, 0)), PageStatus::Empty);
        assert_eq!(status(&pictures(text("", 0, 0))), PageStatus::Scanned);
        assert_eq!(status(&text("", 3, 3)), PageStatus::Damaged);
        assert_eq!(status(&text("a", 9, 8)), PageStatus::Damaged);
        assert_eq!(status(&text("abcd", 5, 1)), PageStatus::Ok);
        let broken = PageText {
            broken: true,
            ..text("a", 1, 0)
        };
        assert_eq!(status(&broken), PageStatus::Damaged);
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
