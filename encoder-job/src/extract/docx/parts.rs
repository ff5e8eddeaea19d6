//! Which files in the archive are which parts of the document.

use std::collections::HashMap;

use crate::{
    extract::{
        archive::{Archive, resolve},
        xml::{self, Attributes, Handler},
    },
    failure::Failure,
};

/// Where the text is, if nothing says that it is elsewhere.
const MAIN: &str = "word/document.xml";

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
        let root = Relationships::read(archive, "_rels/.rels", "")?;
        let main = root
            .get(&Role::Main)
            .filter(|path| archive.contains(path))
            .map_or(MAIN, String::as_str)
            .to_owned();
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
        if name == "Relationship"
            && let Some(link) = resolve(self.of, &target)
        {
            self.found.entry(role).or_insert(link.path);
        }
    }

    fn end(&mut self, _name: &str) {}
}
