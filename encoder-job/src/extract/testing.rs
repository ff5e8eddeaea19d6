//! What the tests of extraction share: running one and holding it to what all must keep, and making ZIP archives.

use std::io::{Cursor, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Event, Sink, clean::clean};
use crate::{
    document::{Heading, Page, PageStatus},
    failure::Failure,
};

/// An extraction of one format.
pub(super) type Extract = fn(&[u8], &mut Sink<'_>) -> Result<(), Failure>;

/// What an extraction handed on.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) pages: Vec<Page>,
    pub(super) headings: Vec<Heading>,
    pub(super) warnings: Vec<String>,
}

impl Collected {
    /// The headings' levels and titles, and the text that stands where they point to, as long as the title.
    pub(super) fn outline(&self) -> Vec<(u8, &str, u32, String)> {
        let place = |heading: &Heading| {
            let page = &self.pages[heading.page as usize - 1];
            page.text
                .chars()
                .skip(heading.offset)
                .take(heading.title.chars().count())
                .collect()
        };
        let line = |heading| place(heading);
        self.headings
            .iter()
            .map(|heading| (heading.level, heading.title.as_str(), heading.page, line(heading)))
            .collect()
    }
}

/// Runs an extraction and holds what it hands on to what every extraction must keep.
#[track_caller]
pub(super) fn collect(bytes: &[u8], extract: Extract) -> Result<Collected, Failure> {
    let mut collected = Collected::default();
    let mut total = None;
    extract(bytes, &mut |event| {
        match event {
            Event::PagesTotal(count) => {
                assert_eq!(
                    (total, collected.pages.len()),
                    (None, 0),
                    "the total comes first and once"
                );
                total = Some(count);
            }
            Event::Page(page) => collected.pages.push(page),
            Event::Heading(heading) => {
                assert!(
                    (heading.page as usize) <= collected.pages.len(),
                    "a heading comes after its page"
                );
                collected.headings.push(heading);
            }
            Event::Warning(warning) => collected.warnings.push(warning),
        }
        Ok(())
    })?;
    assert_eq!(
        total.map(|total| total as usize),
        Some(collected.pages.len()),
        "as many pages come as were announced"
    );
    for (number, page) in (1..).zip(&collected.pages) {
        assert_eq!(page.number, number);
        assert_eq!(page.text, clean(&page.text), "the text is clean");
        match page.status {
            PageStatus::Ok => assert!(!page.text.is_empty()),
            PageStatus::Damaged => {}
            PageStatus::Empty | PageStatus::Scanned | PageStatus::Encrypted => assert_eq!(page.text, ""),
        }
    }
    for heading in &collected.headings {
        let page = &collected.pages[heading.page as usize - 1];
        assert!(heading.offset <= page.text.chars().count());
        assert!(heading.level >= 1 && !heading.title.is_empty() && !heading.title.contains('\n'));
    }
    Ok(collected)
}

/// The pages' texts.
#[track_caller]
pub(super) fn texts(bytes: &[u8], extract: Extract) -> Vec<String> {
    let collected = collect(bytes, extract).unwrap();
    collected.pages.into_iter().map(|page| page.text).collect()
}

/// A ZIP archive with these entries, compressed.
pub(super) fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    zip_of(entries.iter().map(|&(name, content)| (name, content.as_bytes())))
}

/// A ZIP archive with these entries, compressed.
pub(super) fn zip_of<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Texts made from the numbers from 0 on, one after the other.
pub(super) fn series(count: u32, text: impl FnMut(u32) -> String) -> String {
    (0..count).map(text).collect()
}

/// A word for each number that looks random.
pub(super) fn noise(number: u32) -> String {
    format!("{:x}", number.wrapping_mul(2_654_435_761))
}
