//! EPUB 2 and 3: each item of the spine is a page; the book's own table of contents says where its headings are.
//!
//! Headings inside the items count only where a book has no table of contents, as their ranks tell nothing about the book's.

mod contents;
mod encryption;
mod package;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use super::{
    Event, Sink,
    archive::Archive,
    encoding,
    html::{self, HtmlPage},
    page_text::{page, title},
};
use crate::{
    document::{Heading, Page, PageStatus},
    failure::{Failure, FailureReason},
};
use contents::Entry;
use package::Package;

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let mut archive = Archive::open(bytes)?;
    let mut warnings: Vec<String> = archive.warning().into_iter().collect();
    let package = Package::find(&mut archive, &mut warnings)?;
    let encrypted = encryption::encrypted_paths(&mut archive)?;
    let encrypted: HashSet<&String> = package
        .spine
        .iter()
        .filter(|path| encrypted.contains(*path))
        .collect();
    if encrypted.len() * 2 > package.spine.len() {
        return Err(Failure::new(
            FailureReason::Encrypted,
            "the book is protected against copying: its text is encrypted; upload a copy without protection",
        ));
    }
    let contents = contents::read(&mut archive, &package, &mut warnings)?;
    let mut by_path: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in &contents {
        by_path.entry(&entry.path).or_default().push(entry);
    }
    sink(Event::PagesTotal(
        u32::try_from(package.spine.len()).unwrap_or(u32::MAX),
    ))?;
    let mut has_first_level = false;
    // What to say of encodings that were guessed, each once, in the order of the pages.
    let mut guessed: Vec<String> = Vec::new();
    for (number, path) in (1..).zip(&package.spine) {
        let entries = by_path.get(path.as_str()).map(Vec::as_slice).unwrap_or_default();
        if encrypted.contains(path) {
            sink(Event::Page(without_text(number, PageStatus::Encrypted)))?;
            continue;
        }
        let anchors = entries.iter().filter_map(|entry| entry.anchor.clone()).collect();
        let (page, is_whole) = match read_item(&mut archive, path, &anchors)? {
            Some((html, damage, warning)) => {
                guessed.extend(warning.filter(|warning| !guessed.contains(warning)));
                (html, damage.is_none())
            }
            None => (HtmlPage::default(), false),
        };
        let headings = headings(number, &page, entries, contents.is_empty());
        let mut page = self::page(number, page.text, page.has_pictures);
        if !is_whole {
            page.status = PageStatus::Damaged;
        }
        sink(Event::Page(page))?;
        for heading in headings {
            has_first_level |= heading.level == 1;
            sink(Event::Heading(heading))?;
        }
    }
    if !has_first_level && !package.title.is_empty() {
        sink(Event::Heading(Heading {
            level: 1,
            title: title(&package.title),
            page: 1,
            offset: 0,
        }))?;
    }
    warnings.extend(guessed);
    if !encrypted.is_empty() {
        warnings.push(format!(
            "{} of the book's {} pages are encrypted",
            encrypted.len(),
            package.spine.len()
        ));
    }
    warnings
        .into_iter()
        .try_for_each(|warning| sink(Event::Warning(warning)))
}

fn without_text(number: u32, status: PageStatus) -> Page {
    Page {
        number,
        text: String::new(),
        status,
    }
}

/// An item's text, what is damaged of it, and what to say of its encoding; `None` where it cannot be read at all.
type Item = (HtmlPage, Option<String>, Option<String>);

fn read_item(
    archive: &mut Archive<'_>,
    path: &str,
    anchors: &HashSet<String>,
) -> Result<Option<Item>, Failure> {
    let Some(part) = archive.read(path)? else {
        return Ok(None);
    };
    let declared = html::declared_encoding(&part.bytes);
    let Ok(decoded) = encoding::decode_page(&part.bytes, declared) else {
        return Ok(None);
    };
    Ok(Some((
        html::read(&decoded.text, anchors),
        part.damage,
        decoded.warning,
    )))
}

/// The headings on a page, in order: those of the table of contents, or those of the page itself where the book has none.
fn headings(number: u32, page: &HtmlPage, entries: &[&Entry], has_no_contents: bool) -> Vec<Heading> {
    let heading = |level, title: &str, offset| Heading {
        level,
        title: title.to_owned(),
        page: number,
        offset,
    };
    if has_no_contents {
        let own = page.headings.iter();
        return own
            .map(|own| heading(own.level, &own.title, own.offset))
            .collect();
    }
    let places: HashMap<&str, usize> = page
        .anchors
        .iter()
        .rev()
        .map(|(name, offset)| (name.as_str(), *offset))
        .collect();
    let mut headings: Vec<Heading> = entries
        .iter()
        .map(|entry| {
            let place = entry.anchor.as_deref().and_then(|anchor| places.get(anchor));
            heading(entry.level, &entry.title, place.copied().unwrap_or_default())
        })
        .collect();
    headings.sort_by_key(|heading| heading.offset);
    headings
}
