//! PDF, page by page and several pages at a time, by the engine that reads a page best.
//!
//! The first engine is `hayro` with a layout of our own ([`layout`]). A page it cannot read, or of which it cannot say what
//! most glyphs mean, is read by `pdf-extract`, and the better text is kept. An engine that panics has failed for that
//! page, nothing more.

mod array_items;
mod bookmarks;
mod clip;
mod content;
mod copies;
mod encryption;
mod fallback;
mod font;
mod glyph;
mod hayro;
mod headings;
mod hyphens;
mod layout;
mod pages;
mod pdf_extract;
mod ruling;
mod running_heads;

use std::sync::Arc;

use hayro_syntax::{Pdf, object::Dict};
use serde::{Deserialize, Serialize};

use super::{Event, ExtractOptions, Sink};
use crate::{
    document::{Heading, Page},
    failure::{Failure, FailureReason},
    pluralize::counted,
};
use bookmarks::Bookmarks;
use headings::HeadingFinder;
use hyphens::Compounds;
use layout::PageLayout;
pub use running_heads::RunningHeads;
use running_heads::{Ordered, PageReorderer};

/// Which engine reads PDF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PdfEngineChoice {
    /// `hayro`, and page by page `pdf-extract` where it fails.
    #[default]
    Auto,
    /// `hayro` alone.
    Hayro,
    /// `pdf-extract` alone.
    PdfExtract,
}

/// What an engine read on a page.
#[derive(Clone, Debug, Default, PartialEq)]
struct PageText {
    /// The text, laid out in lines and paragraphs.
    layout: PageLayout,
    /// Glyphs shown.
    glyphs: usize,
    /// Glyphs of which the engine does not know what they mean.
    unknown_glyphs: usize,
    /// Whether there are pictures on the page.
    pictures: bool,
    /// Whether the page's content could not be read to its end.
    broken: bool,
    /// Whether it was not, as there is more of it than a page can have; no engine need try again.
    over_limit: bool,
}

/// Reads single pages of an open document. Every thread has one of its own.
trait PdfEngine {
    /// Reads the page with this index, from 0.
    ///
    /// # Errors
    /// A sentence where the page cannot be read.
    fn page(&mut self, index: usize) -> Result<PageText, String>;
}

/// Extracts a PDF document.
pub(super) fn extract(
    bytes: Arc<Vec<u8>>,
    options: &ExtractOptions,
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let pdf = encryption::open(&bytes, options.password.reveal())?;
    let count = pdf.pages().len();
    if count == 0 {
        return Err(Failure::new(
            FailureReason::Malformed,
            "the PDF has no pages: it is damaged or not complete",
        ));
    }
    sink(Event::PagesTotal(u32::try_from(count).unwrap_or(u32::MAX)))?;
    if is_cut_short(&bytes) {
        let warning = "the file is cut short: what is left of it was read";
        sink(Event::Warning(warning.to_owned()))?;
    }
    let promised = promised_pages(&pdf).unwrap_or(0);
    if promised > count {
        let lost = promised - count;
        let warning = format!("the file is damaged: {lost} of its {promised} pages are lost");
        sink(Event::Warning(warning))?;
    }
    let second = fallback::SecondEngine::new(bytes, options.password.clone());
    let shared = fallback::Shared::new(&pdf);
    let mut writer = Writer::new(Bookmarks::read(&pdf));
    let mut reorderer = PageReorderer::new(options.running_heads);
    let mut compounds = Compounds::default();
    let make_engines = || fallback::Engines::new(&shared, &second, options.pdf_engine);
    pages::for_each(count, options.threads, make_engines, |result| {
        let page = reorderer.push(result).and_then(|page| compounds.push(page));
        page.map_or(Ok(()), |page| writer.write(&page, sink))
    })?;
    while let Some(page) = reorderer.finish() {
        if let Some(page) = compounds.push(page) {
            writer.write(&page, sink)?;
        }
    }
    while let Some(page) = compounds.finish() {
        writer.write(&page, sink)?;
    }
    writer.finish(count, sink)
}

/// Hands on pages that are in order, with their headings.
struct Writer {
    bookmarks: Bookmarks,
    /// Where there are no bookmarks.
    finder: Option<HeadingFinder>,
    by_second_engine: u32,
}

impl Writer {
    fn new(bookmarks: Bookmarks) -> Self {
        Self {
            finder: bookmarks.is_empty().then(HeadingFinder::default),
            bookmarks,
            by_second_engine: 0,
        }
    }

    fn write(&mut self, ordered: &Ordered, sink: &mut Sink<'_>) -> Result<(), Failure> {
        let (number, status) = (ordered.number, ordered.status);
        self.by_second_engine += u32::from(ordered.by_second_engine);
        let mut text = String::new();
        let mut offset = 0;
        for paragraph in &ordered.paragraphs {
            if !text.is_empty() {
                text.push_str("\n\n");
                offset += 2;
            }
            if let Some(finder) = &mut self.finder {
                finder.note(number, offset, paragraph);
                offset += paragraph.text.chars().count();
            }
            text.push_str(&paragraph.text);
        }
        let page = Page { number, text, status };
        let headings = self.bookmarks.on_page(&page);
        sink(Event::Page(page))?;
        hand_on(headings, sink)
    }

    fn finish(self, count: usize, sink: &mut Sink<'_>) -> Result<(), Failure> {
        hand_on(self.finder.map(HeadingFinder::finish).unwrap_or_default(), sink)?;
        if self.by_second_engine > 0 {
            let verb = if self.by_second_engine == 1 { "was" } else { "were" };
            let warning = format!(
                "{} of {} {verb} read by the second engine",
                self.by_second_engine,
                counted(count, "page")
            );
            sink(Event::Warning(warning))?;
        }
        Ok(())
    }
}

fn hand_on(headings: Vec<Heading>, sink: &mut Sink<'_>) -> Result<(), Failure> {
    headings
        .into_iter()
        .try_for_each(|heading| sink(Event::Heading(heading)))
}

/// How many pages the file says it has (ISO 32000-2, 7.7.3.2).
fn promised_pages(pdf: &Pdf) -> Option<usize> {
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())?;
    let count = catalog.get::<Dict<'_>>("Pages")?.get::<i32>("Count")?;
    usize::try_from(count).ok()
}

/// Whether the mark is missing that stands at a PDF's end (ISO 32000-2, 7.5.5); some writers add more after it.
fn is_cut_short(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(4096)..];
    !tail.windows(5).any(|window| window == b"%%EOF")
}
