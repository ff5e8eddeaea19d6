//! What a book consists of: its package document, and the spine, which is the order of reading.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::{
    extract::{
        archive::{Archive, has_extension, resolve},
        xml::{self, Attributes, Broken, Handler},
    },
    failure::{Failure, FailureReason},
};

/// Where the archive says which package documents it has.
const CONTAINER: &str = "META-INF/container.xml";
/// The longest way from an item that cannot be read as text to one that can.
const MAX_FALLBACKS: usize = 8;

/// A book.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) title: String,
    /// The paths of what is to be read, each once.
    pub(super) spine: Vec<String>,
    /// The navigation document of EPUB 3 and the table of contents of EPUB 2.
    pub(super) navigation: Option<String>,
    pub(super) ncx: Option<String>,
}

impl Package {
    /// Finds out what a book consists of. Where its package document is damaged, its pages are taken in order of their names.
    ///
    /// # Errors
    /// `Malformed` where there is no page at all.
    pub(super) fn find(archive: &mut Archive<'_>, warnings: &mut Vec<String>) -> Result<Self, Failure> {
        let mut package = Self::default();
        let mut damage = None;
        match path(archive)? {
            Some(path) => {
                let mut reader = PackageReader::new(&path);
                if let Some(part) = archive.read(&path)? {
                    let result = xml::text(&part.bytes).and_then(|text| xml::visit(&text, &mut reader));
                    damage = part.damage.or_else(|| result.err().map(|Broken(what)| what));
                }
                package = reader.finish();
            }
            None => damage = Some("the list of its contents is not there".to_owned()),
        }
        if package.spine.is_empty() {
            let mut paths: Vec<String> = archive
                .paths()
                .filter(|path| is_page(path))
                .map(str::to_owned)
                .collect();
            paths.sort();
            package.spine = paths;
            damage.get_or_insert_with(|| "it does not say in which order its pages are read".to_owned());
            if !package.spine.is_empty() {
                warnings.push("the book's pages were read in order of their names".to_owned());
            }
        }
        if package.spine.is_empty() {
            let damage = damage.unwrap_or_else(|| "there is no page in it".to_owned());
            let message = format!("the EPUB file is damaged: {damage}; save the book again and upload that");
            return Err(Failure::new(FailureReason::Malformed, message));
        }
        if let Some(damage) = damage {
            warnings.push(format!("the EPUB file is damaged: {damage}"));
        }
        Ok(package)
    }
}

/// Whether a file of this name holds a page.
fn is_page(path: &str) -> bool {
    ["xhtml", "html", "htm"]
        .iter()
        .any(|extension| has_extension(path, extension))
}

/// Where the package document is: where the container says, or else the only place that looks like one.
fn path(archive: &mut Archive<'_>) -> Result<Option<String>, Failure> {
    let mut container = Container::default();
    if let Some(part) = archive.read(CONTAINER)? {
        // Where it is damaged, the package document is found by its name.
        let _damage = xml::text(&part.bytes).and_then(|text| xml::visit(&text, &mut container));
    }
    let named = container.path.filter(|path| archive.contains(path));
    Ok(named.or_else(|| {
        archive
            .paths()
            .filter(|path| has_extension(path, "opf"))
            .min()
            .map(str::to_owned)
    }))
}

#[derive(Default)]
struct Container {
    path: Option<String>,
}

impl Handler for Container {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        if name == "rootfile"
            && self.path.is_none()
            && let Some(link) = attributes.get("full-path").and_then(|path| resolve("", &path))
        {
            self.path = Some(link.path);
        }
    }

    fn end(&mut self, _name: &str) {}
}

/// An item of the manifest.
#[derive(Debug)]
struct Item {
    path: String,
    media_type: String,
    is_navigation: bool,
    fallback: Option<String>,
}

impl Item {
    fn is_text(&self) -> bool {
        matches!(
            self.media_type.as_str(),
            "application/xhtml+xml"
                | "text/html"
                | "application/x-dtbook+xml"
                | "text/x-oeb1-document"
                | "image/svg+xml"
        ) || is_page(&self.path)
    }
}

/// Reads a package document.
pub(super) struct PackageReader<'a> {
    path: &'a str,
    /// In the manifest's order.
    items: Vec<Item>,
    /// Where they are in it, by their identifiers.
    by_id: HashMap<String, usize>,
    /// Identifiers of items, in the order of reading.
    spine: Vec<String>,
    ncx: Option<String>,
    title: String,
    is_title: bool,
}

impl<'a> PackageReader<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        Self {
            path,
            items: Vec::new(),
            by_id: HashMap::new(),
            spine: Vec::new(),
            ncx: None,
            title: String::new(),
            is_title: false,
        }
    }

    pub(super) fn finish(self) -> Package {
        let mut seen = HashSet::new();
        let spine = self
            .spine
            .iter()
            .filter_map(|id| self.readable(id))
            // A page that is named twice is read once.
            .filter(|path| seen.insert(*path))
            .map(str::to_owned)
            .collect();
        let navigation = self.items.iter().find(|item| item.is_navigation);
        let ncx = self.ncx.as_ref().and_then(|id| self.item(id)).or_else(|| {
            let mut items = self.items.iter();
            items.find(|item| item.media_type == "application/x-dtbncx+xml")
        });
        Package {
            spine,
            navigation: navigation.map(|item| item.path.clone()),
            ncx: ncx.map(|item| item.path.clone()),
            title: self.title,
        }
    }

    fn item(&self, id: &str) -> Option<&Item> {
        self.items.get(*self.by_id.get(id)?)
    }

    /// The path of an item, or of what the book offers in its place where it is no text.
    fn readable(&self, id: &str) -> Option<&str> {
        let named = self.item(id)?;
        let mut item = named;
        for _ in 0..MAX_FALLBACKS {
            if item.is_text() {
                return Some(&item.path);
            }
            let fallback = item.fallback.as_ref().and_then(|id| self.item(id));
            let Some(fallback) = fallback else { break };
            item = fallback;
        }
        Some(&named.path)
    }
}

impl Handler for PackageReader<'_> {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        let value = |name| attributes.owned(name);
        match name {
            "title" => self.is_title = self.title.is_empty(),
            "item" => {
                let link = attributes
                    .get("href")
                    .and_then(|target| resolve(self.path, &target));
                if let (Some(id), Some(link)) = (value("id"), link) {
                    let item = Item {
                        path: link.path,
                        media_type: value("media-type").unwrap_or_default(),
                        is_navigation: value("properties").is_some_and(|properties| {
                            properties.split_whitespace().any(|word| word == "nav")
                        }),
                        fallback: value("fallback"),
                    };
                    if let Entry::Vacant(place) = self.by_id.entry(id) {
                        place.insert(self.items.len());
                        self.items.push(item);
                    }
                }
            }
            "spine" => self.ncx = value("toc"),
            "itemref" => self.spine.extend(value("idref")),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if name == "title" {
            self.is_title = false;
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_title {
            self.title.push_str(text);
        }
    }
}
