//! A book's table of contents: `nav.xhtml` of EPUB 3, or `toc.ncx` of EPUB 2.

use super::package::Package;
use crate::{
    extract::{
        archive::{Archive, resolve},
        encoding,
        html::tokens::{self, Content, Visitor},
        page_text::title,
        xml::{self, Attributes, Broken, Handler},
    },
    failure::Failure,
};

/// An entry of the table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// From 1.
    pub(super) level: u8,
    pub(super) title: String,
    /// The page it points to.
    pub(super) path: String,
    /// The place on that page.
    pub(super) anchor: Option<String>,
}

/// Reads the table of contents; empty where there is none.
pub(super) fn read(
    archive: &mut Archive<'_>,
    package: &Package,
    warnings: &mut Vec<String>,
) -> Result<Vec<Entry>, Failure> {
    let mut contents = Vec::new();
    if let Some(path) = &package.navigation
        && let Some(part) = archive.read(path)?
        && let Ok(decoded) = encoding::decode(&part.bytes, None)
    {
        let mut reader = NavigationReader::default();
        tokens::visit(&decoded.text, &mut reader);
        contents = finish(reader.drafts, path);
    }
    if contents.is_empty()
        && let Some(path) = &package.ncx
        && let Some(part) = archive.read(path)?
    {
        let mut reader = NcxReader::default();
        let result = xml::text(&part.bytes).and_then(|text| xml::visit(&text, &mut reader));
        contents = finish(reader.drafts, path);
        if let Some(damage) = part.damage.or_else(|| result.err().map(|Broken(what)| what)) {
            warnings.push(format!(
                "the book's table of contents could not all be read: {damage}"
            ));
        }
    }
    Ok(contents)
}

/// An entry as it is written.
#[derive(Debug, Default)]
struct Draft {
    level: usize,
    title: String,
    target: String,
}

/// Resolves what entries point to. One that points nowhere stands where the first below it does. A single entry around all others is the
/// book itself, and those below it move up.
fn finish(drafts: Vec<Draft>, path: &str) -> Vec<Entry> {
    let mut contents: Vec<Entry> = Vec::new();
    let mut next: Option<(usize, String)> = None;
    for draft in drafts.into_iter().rev() {
        let target = match next.take() {
            Some((level, target)) if draft.target.is_empty() && level > draft.level => target,
            _ => draft.target,
        };
        next = Some((draft.level, target.clone()));
        let title = title(&draft.title);
        let link = resolve(path, &target).filter(|_| !title.is_empty() && !target.is_empty());
        if let Some(link) = link {
            contents.push(Entry {
                level: u8::try_from(draft.level).unwrap_or(u8::MAX).max(1),
                title,
                path: link.path,
                anchor: link.anchor,
            });
        }
    }
    contents.reverse();
    let is_around_all = contents.first().is_some_and(|first| first.level == 1)
        && contents.len() > 1
        && contents.iter().skip(1).all(|entry| entry.level > 1);
    if is_around_all {
        for entry in contents.iter_mut().skip(1) {
            entry.level -= 1;
        }
    }
    contents
}

/// Reads the navigation document of EPUB 3: lists within lists.
#[derive(Default)]
struct NavigationReader {
    drafts: Vec<Draft>,
    /// Whether the table of contents is being read; it is one of several lists, with those of pages and landmarks.
    is_inside: bool,
    /// Lists open inside of it.
    level: usize,
    /// Whether the title of the last draft is being read, and whether that is a link.
    title: Option<IsLink>,
}

type IsLink = bool;

impl Visitor for NavigationReader {
    fn start(&mut self, name: &str, attributes: &tokens::Attributes, is_closed: bool) -> Option<Content> {
        match name {
            "nav" => {
                self.is_inside =
                    attributes.has_word("epub:type", "toc") || attributes.has_word("role", "doc-toc");
            }
            "ol" if self.is_inside && !is_closed => {
                self.level += 1;
                self.title = None;
            }
            "a" | "span" if self.level > 0 && !is_closed && self.title.is_none() => {
                self.title = Some(name == "a");
                self.drafts.push(Draft {
                    level: self.level,
                    title: String::new(),
                    target: attributes.get("href").unwrap_or_default().to_owned(),
                });
            }
            _ => {}
        }
        None
    }

    fn end(&mut self, name: &str) {
        match name {
            "nav" => (self.is_inside, self.level, self.title) = (false, 0, None),
            "ol" => self.level = self.level.saturating_sub(1),
            "a" if self.title == Some(true) => self.title = None,
            "span" if self.title == Some(false) => self.title = None,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.title.is_some()
            && let Some(draft) = self.drafts.last_mut()
        {
            draft.title.push_str(text);
        }
    }

    fn has_cdata(&self) -> bool {
        true
    }
}

/// Reads the table of contents of EPUB 2: points within points.
#[derive(Default)]
struct NcxReader {
    drafts: Vec<Draft>,
    /// The open points, as places in `drafts`.
    open: Vec<usize>,
    is_label: bool,
}

impl NcxReader {
    fn current(&mut self) -> Option<&mut Draft> {
        self.drafts.get_mut(*self.open.last()?)
    }
}

impl Handler for NcxReader {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        match name {
            "navPoint" => {
                self.open.push(self.drafts.len());
                self.drafts.push(Draft {
                    level: self.open.len(),
                    ..Draft::default()
                });
            }
            "navLabel" => self.is_label = true,
            "content" => {
                if let (Some(draft), Some(target)) = (self.current(), attributes.get("src")) {
                    draft.target = target.into_owned();
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "navPoint" => {
                self.open.pop();
            }
            "navLabel" => self.is_label = false,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_label
            && let Some(draft) = self.current()
        {
            draft.title.push_str(text);
        }
    }
}
