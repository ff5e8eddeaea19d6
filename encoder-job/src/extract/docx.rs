//! DOCX (ISO/IEC 29500, `WordprocessingML`), as Word, `LibreOffice` and others write it.
//!
//! Read is what Word shows in the document itself: inserted text and not deleted text, results of fields and not their
//! instructions, each text box once, below the paragraph it hangs on, of a picture its alternative text. Footnotes stand below the paragraph that refers to them, so that
//! they stay in its section; endnotes at the end. Headers, footers and comments are left out.

mod drawings;
mod fields;
mod footnotes;
mod lists;
mod math;
mod open_paragraph;
mod pages;
mod paragraph;
mod parts;
mod reader;
mod sections;
mod styles;
mod symbols;
mod table_parts;
#[cfg(test)]
mod tests;

use super::{
    Event, Sink,
    archive::Archive,
    page_text::{FinishedText, page},
    xml::{self, Broken},
};
use crate::{
    document::{Heading, PageStatus},
    failure::{Failure, FailureReason},
};
use footnotes::{Footnotes, NoteCollector};
use lists::Lists;
use pages::Pages;
use paragraph::NoteKind;
pub(super) use parts::{OfficeDocument, office_document};
use parts::{Parts, Role};
use reader::Reader;
use styles::Styles;

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let mut archive = Archive::open(bytes)?;
    let mut warnings: Vec<String> = archive.warning().into_iter().collect();
    let parts = Parts::find(&mut archive)?;
    let mut styles = Styles::default();
    read_part(
        &mut archive,
        parts.path(Role::Styles),
        &mut styles,
        "styles",
        &mut warnings,
    )?;
    let mut lists = Lists::default();
    read_part(
        &mut archive,
        parts.path(Role::Numbering),
        &mut lists,
        "lists",
        &mut warnings,
    )?;
    let mut notes = Footnotes::default();
    for (role, kind, name) in [
        (Role::Footnotes, NoteKind::Footnote, "footnotes"),
        (Role::Endnotes, NoteKind::Endnote, "endnotes"),
    ] {
        let mut collector = NoteCollector::new(kind, &mut notes);
        let mut reader = Reader::new(&mut collector, &styles);
        read_part(&mut archive, parts.path(role), &mut reader, name, &mut warnings)?;
        reader.finish();
    }
    let main = archive
        .read(parts.main())?
        .ok_or_else(|| damaged("its text is not in it"))?;
    let text =
        xml::text(&main.bytes).map_err(|Broken(what)| damaged(main.damage.as_ref().unwrap_or(&what)))?;
    let mut pages = Pages::new(&styles, lists, notes, sections::begin_pages(&text));
    let mut reader = Reader::new(&mut pages, &styles);
    let result = xml::visit(&text, &mut reader);
    reader.finish();
    let (pages, has_inserted_file) = pages.finish();
    let is_damaged = main.damage.is_some() || result.is_err();
    let damage = main.damage.or_else(|| result.err().map(|Broken(what)| what));
    if let Some(damage) = damage {
        if pages.iter().all(|page| page.text.is_empty()) {
            return Err(damaged(&damage));
        }
        warnings.push(format!(
            "the DOCX file is damaged, and its text was read only up to there: {damage}"
        ));
    }
    if has_inserted_file {
        warnings.push("the document includes another file, which was not read".to_owned());
    }
    hand_on(pages, is_damaged, warnings, sink)
}

fn damaged(what: &str) -> Failure {
    let message = format!("the DOCX file is damaged: {what}; save the document again and upload that");
    Failure::new(FailureReason::Malformed, message)
}

/// Hands the pages on; of a damaged document the last one is not whole.
fn hand_on(
    pages: Vec<FinishedText>,
    is_damaged: bool,
    warnings: Vec<String>,
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    sink(Event::PagesTotal(count))?;
    for (number, finished) in (1..).zip(pages) {
        let mut page = page(number, finished.text, finished.has_pictures);
        if is_damaged && number == count {
            page.status = PageStatus::Damaged;
        }
        sink(Event::Page(page))?;
        for heading in finished.headings {
            sink(Event::Heading(Heading {
                level: heading.level,
                title: heading.title,
                page: number,
                offset: heading.offset,
            }))?;
        }
    }
    warnings
        .into_iter()
        .try_for_each(|warning| sink(Event::Warning(warning)))
}

/// Reads a part that a document may do without; if it is damaged, that is a warning.
fn read_part(
    archive: &mut Archive<'_>,
    path: Option<&str>,
    handler: &mut impl xml::Handler,
    name: &str,
    warnings: &mut Vec<String>,
) -> Result<(), Failure> {
    let Some(part) = path.map(|path| archive.read(path)).transpose()?.flatten() else {
        return Ok(());
    };
    let result = xml::text(&part.bytes).and_then(|text| xml::visit(&text, handler));
    let damage = part.damage.or_else(|| result.err().map(|Broken(what)| what));
    if let Some(damage) = damage {
        warnings.push(format!("the document's {name} could not all be read: {damage}"));
    }
    Ok(())
}

/// Whether an attribute switches something on, which it does where it is not there.
fn on(value: Option<&str>) -> bool {
    !matches!(value, Some("0" | "false" | "off"))
}
