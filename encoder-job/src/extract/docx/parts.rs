//! Which files in the archive are which parts of the document.

use std::collections::HashMap;

use crate::{
    extract::{
        archive::{Archive, has_extension, resolve},
        xml::{self, Attributes, Handler},
    },
    failure::Failure,
};

/// Where the text is, if nothing says that it is elsewhere.
const MAIN: &str = "word/document.xml";
/// Where an archive says of what kind its parts are.
const CONTENT_TYPES: &str = "[Content_Types].xml";
/// What the kinds of main parts of office documents have in their names.
const MAIN_TYPES: [(&str, OfficeDocument); 7] = [
    ("wordprocessingml", OfficeDocument::Text),
    ("ms-word", OfficeDocument::Text),
    ("spreadsheetml", OfficeDocument::Workbook),
    ("ms-excel", OfficeDocument::Workbook),
    ("presentationml", OfficeDocument::Presentation),
    ("ms-powerpoint", OfficeDocument::Presentation),
    ("visio", OfficeDocument::Drawing),
];

/// An office document of the new format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum OfficeDocument {
    /// DOCX.
    Text,
    Workbook,
    Presentation,
    Drawing,
}

/// What a part is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Main,
    Styles,
    Numbering,
    Footnotes,
    Endnotes,
}

/// The parts of a document.
#[derive(Debug)]
pub(super) struct Parts {
    main: String,
    others: HashMap<Role, String>,
}

impl Parts {
    /// Follows the archive's relationships; what they do not tell has its usual place.
    pub(super) fn find(archive: &mut Archive<'_>) -> Result<Self, Failure> {
        let main = match named_main(archive)? {
            Some(path) => path,
            None if archive.contains(MAIN) => MAIN.to_owned(),
            None => ContentTypes::read(archive)?
                .main
                .into_iter()
                .find(|(path, kind)| *kind == OfficeDocument::Text && archive.contains(path))
                .map_or_else(|| MAIN.to_owned(), |(path, _)| path),
        };
        let (folder, name) = main.rsplit_once('/').unwrap_or(("", &main));
        let relationships = if folder.is_empty() {
            format!("_rels/{name}.rels")
        } else {
            format!("{folder}/_rels/{name}.rels")
        };
        let mut others = Relationships::read(archive, &relationships, &main)?;
        for (role, name) in [
            (Role::Styles, "styles"),
            (Role::Numbering, "numbering"),
            (Role::Footnotes, "footnotes"),
            (Role::Endnotes, "endnotes"),
        ] {
            others.entry(role).or_insert_with(|| {
                resolve(&main, &format!("{name}.xml")).map_or_else(String::new, |link| link.path)
            });
        }
        Ok(Self { main, others })
    }

    pub(super) fn main(&self) -> &str {
        &self.main
    }

    pub(super) fn path(&self, role: Role) -> Option<&str> {
        self.others.get(&role).map(String::as_str)
    }
}

/// The main part, as the archive's relationships name it; `None` where they do not, or it is not there.
fn named_main(archive: &mut Archive<'_>) -> Result<Option<String>, Failure> {
    let mut root = Relationships::read(archive, "_rels/.rels", "")?;
    Ok(root.remove(&Role::Main).filter(|path| archive.contains(path)))
}

/// Which office document an archive is, whatever its folders are called; `None` where it is none, or does not say so.
pub(in super::super) fn office_document(
    archive: &mut Archive<'_>,
) -> Result<Option<OfficeDocument>, Failure> {
    let named = named_main(archive)?;
    let types = ContentTypes::read(archive)?;
    if let Some(named) = &named {
        return Ok(types.of(named));
    }
    let main = types.main.iter().find(|(path, _)| archive.contains(path));
    Ok(main.map(|(_, kind)| *kind))
}

/// Reads which parts of an archive may be the main part of an office document.
#[derive(Default)]
struct ContentTypes {
    /// Their paths, and of which.
    main: Vec<(String, OfficeDocument)>,
    /// The names' ends that say the same of all parts that nothing else is said of (ISO/IEC 29500-2, 7.2.3.4).
    extensions: Vec<(String, OfficeDocument)>,
}

impl ContentTypes {
    /// Which office document a part is the main part of, if it is one.
    fn of(&self, path: &str) -> Option<OfficeDocument> {
        let by_name = self.main.iter().find(|(main, _)| main == path);
        let by_extension = || {
            let mut extensions = self.extensions.iter();
            extensions.find(|(extension, _)| has_extension(path, extension))
        };
        by_name.or_else(by_extension).map(|(_, kind)| *kind)
    }

    fn read(archive: &mut Archive<'_>) -> Result<Self, Failure> {
        let mut types = Self::default();
        if let Some(part) = archive.read(CONTENT_TYPES)? {
            // Where they are damaged, the usual places will do.
            let _damage = xml::text(&part.bytes).and_then(|text| xml::visit(&text, &mut types));
        }
        Ok(types)
    }
}

impl Handler for ContentTypes {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        let Some(kind) = attributes.get("ContentType") else {
            return;
        };
        let kind = kind.to_ascii_lowercase();
        // That of a document and that of a template.
        let is_main = kind.ends_with("main+xml");
        let Some((_, kind)) = MAIN_TYPES.iter().find(|(name, _)| is_main && kind.contains(name)) else {
            return;
        };
        match name {
            "Override" => {
                let link = attributes.get("PartName").and_then(|path| resolve("", &path));
                self.main.extend(link.map(|link| (link.path, *kind)));
            }
            "Default" => {
                let extension = attributes.get("Extension");
                self.extensions
                    .extend(extension.map(|extension| (extension.to_lowercase(), *kind)));
            }
            _ => {}
        }
    }

    fn end(&mut self, _name: &str) {}
}

/// Reads what a part is related to.
struct Relationships<'a> {
    /// The part whose relationships these are.
    of: &'a str,
    found: HashMap<Role, String>,
}

impl<'a> Relationships<'a> {
    fn read(archive: &mut Archive<'_>, path: &str, of: &'a str) -> Result<HashMap<Role, String>, Failure> {
        let mut relationships = Self {
            of,
            found: HashMap::new(),
        };
        if let Some(part) = archive.read(path)? {
            // Where they are damaged, the usual places will do.
            let _damage = xml::text(&part.bytes).and_then(|text| xml::visit(&text, &mut relationships));
        }
        Ok(relationships.found)
    }
}

impl Handler for Relationships<'_> {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        let (Some(kind), Some(target)) = (attributes.get("Type"), attributes.get("Target")) else {
            return;
        };
        // The transitional and the strict form differ in all but the last word.
        let role = match kind.rsplit('/').next() {
            Some("officeDocument") => Role::Main,
            Some("styles") => Role::Styles,
            Some("numbering") => Role::Numbering,
            Some("footnotes") => Role::Footnotes,
            Some("endnotes") => Role::Endnotes,
            _ => return,
        };
        let is_elsewhere = attributes
            .get("TargetMode")
            .is_some_and(|mode| mode == "External");
        if name == "Relationship"
            && !is_elsewhere
            && let Some(link) = resolve(self.of, &target)
        {
            self.found.entry(role).or_insert(link.path);
        }
    }

    fn end(&mut self, _name: &str) {}
}
