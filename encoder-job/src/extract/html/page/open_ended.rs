//! Where an element ends whose end tag may be left out, without a tree: at its end tag, at a start tag that cannot be in it, or with what
//! it stands in (the HTML standard, "in body" and the modes for tables).

/// Elements whose start and end are noticed inside of the one that is left out. All have an end tag at all times.
const STRUCTURE: [&str; 44] = [
    "address",
    "applet",
    "article",
    "aside",
    "blockquote",
    "button",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "listing",
    "main",
    "marquee",
    "menu",
    "nav",
    "object",
    "ol",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "svg",
    "math",
    "table",
    "template",
    "ul",
    "xmp",
    "legend",
];
/// Elements that no end tag of what is outside of them reaches into.
const SCOPES: [&str; 7] = ["applet", "marquee", "object", "table", "template", "svg", "math"];
/// Parts of tables, which end with their table.
const TABLE_PARTS: [&str; 9] = [
    "caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr",
];
/// The most elements that are kept in mind at a time.
const MAX_DEPTH: usize = 64;

/// What kind of element it is that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Paragraph,
    ListItem,
    /// A term or its description.
    Description,
    Cell,
    Row,
    RowGroup,
    Caption,
}

/// An element that is left out and may have no end tag.
#[derive(Debug)]
pub(super) struct OpenEnded {
    kind: Kind,
    name: &'static str,
    /// What is open inside of it, of [`STRUCTURE`].
    inside: Vec<&'static str>,
}

impl OpenEnded {
    /// The element of this name, if it is one whose end tag may be left out.
    pub(super) fn new(name: &str) -> Option<Self> {
        let (name, kind) = match name {
            "p" => ("p", Kind::Paragraph),
            "li" => ("li", Kind::ListItem),
            "dd" => ("dd", Kind::Description),
            "dt" => ("dt", Kind::Description),
            "td" => ("td", Kind::Cell),
            "th" => ("th", Kind::Cell),
            "tr" => ("tr", Kind::Row),
            "tbody" => ("tbody", Kind::RowGroup),
            "thead" => ("thead", Kind::RowGroup),
            "tfoot" => ("tfoot", Kind::RowGroup),
            "caption" => ("caption", Kind::Caption),
            _ => return None,
        };
        Some(Self {
            kind,
            name,
            inside: Vec::new(),
        })
    }

    /// Whether it ends before this start tag; if not, the tag is inside of it.
    pub(super) fn ends_before(&mut self, name: &str, is_closed: bool) -> bool {
        let structure = structure(name);
        let ends = match self.kind {
            Kind::Paragraph => {
                let is_block = structure.is_some_and(|name| !SCOPES.contains(&name) || name == "table")
                    && !matches!(name, "button" | "select" | "legend");
                (is_block
                    || matches!(name, "p" | "li" | "dd" | "dt" | "hr" | "plaintext")
                    || TABLE_PARTS.contains(&name))
                    && self.is_reached(&["button"])
            }
            Kind::ListItem => name == "li" && self.has_only_plain_blocks(),
            Kind::Description => matches!(name, "dd" | "dt") && self.has_only_plain_blocks(),
            Kind::Cell | Kind::Caption => TABLE_PARTS.contains(&name) && self.is_in_own_table(),
            Kind::Row => {
                TABLE_PARTS.contains(&name) && !matches!(name, "td" | "th") && self.is_in_own_table()
            }
            Kind::RowGroup => {
                TABLE_PARTS.contains(&name) && !matches!(name, "td" | "th" | "tr") && self.is_in_own_table()
            }
        };
        if !ends
            && !is_closed
            && self.inside.len() < MAX_DEPTH
            && let Some(name) = structure
        {
            self.inside.push(name);
        }
        ends
    }

    /// How an end tag meets it.
    pub(super) fn end(&mut self, name: &str) -> EndTag {
        if name == self.name {
            let is_its_own = match self.kind {
                Kind::Paragraph => self.is_reached(&["button"]),
                Kind::ListItem => self.is_reached(&["ol", "ul"]),
                Kind::Description => self.is_reached(&["dl"]),
                Kind::Cell | Kind::Row | Kind::RowGroup | Kind::Caption => self.is_in_own_table(),
            };
            return if is_its_own { EndTag::Own } else { EndTag::Inside };
        }
        let structure = structure(name);
        if structure.is_some()
            && let Some(at) = self.inside.iter().rposition(|open| Some(*open) == structure)
        {
            self.inside.truncate(at);
            return EndTag::Inside;
        }
        let is_of_table = name == "table" || TABLE_PARTS.contains(&name);
        let is_around = match self.kind {
            _ if matches!(name, "body" | "html") => true,
            // Parts of the table that stand in this one.
            Kind::Row | Kind::RowGroup | Kind::Cell if matches!(name, "td" | "th") => false,
            Kind::RowGroup if name == "tr" => false,
            // What stands around the table is out of a cell's reach.
            Kind::Cell | Kind::Row | Kind::RowGroup | Kind::Caption => is_of_table && self.is_in_own_table(),
            Kind::Paragraph | Kind::ListItem | Kind::Description => {
                (is_of_table || structure.is_some() || matches!(name, "li" | "dd" | "dt"))
                    && self.is_reached(&[])
            }
        };
        if is_around {
            EndTag::OfSomethingAround
        } else {
            EndTag::Inside
        }
    }

    /// Whether nothing is open in it that keeps tags from it, neither of [`SCOPES`] nor of these.
    fn is_reached(&self, more: &[&str]) -> bool {
        !self
            .inside
            .iter()
            .any(|open| SCOPES.contains(open) || more.contains(open))
    }

    fn is_in_own_table(&self) -> bool {
        !self
            .inside
            .iter()
            .any(|open| matches!(*open, "table" | "template"))
    }

    /// Whether an item inside of it would be one of the same list.
    fn has_only_plain_blocks(&self) -> bool {
        self.inside.iter().all(|open| matches!(*open, "address" | "div"))
    }
}

/// How an end tag meets an element that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndTag {
    /// It ends something in it, or nothing.
    Inside,
    /// It ends the element.
    Own,
    /// It ends something that the element stands in, and the element with it.
    OfSomethingAround,
}

fn structure(name: &str) -> Option<&'static str> {
    STRUCTURE.into_iter().find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the element has ended after these tags.
    fn has_ended(name: &str, tags: &str) -> bool {
        let mut element = OpenEnded::new(name).unwrap();
        tags.split_whitespace().any(|tag| match tag.strip_prefix('/') {
            Some(name) => element.end(name) != EndTag::Inside,
            None => element.ends_before(tag, false),
        })
    }

    #[test]
    fn each_kind_ends_where_the_standard_ends_it() {
        for (name, tags) in [
            ("p", "/p"),
            ("p", "b p"),
            ("p", "i div"),
            ("p", "table"),
            ("p", "/div"),
            ("p", "/body"),
            ("p", "li"),
            ("p", "/td"),
            ("li", "/li"),
            ("li", "li"),
            ("li", "div li"),
            ("li", "ul li /li li /ul li"),
            ("li", "p /ul"),
            ("li", "div /li"),
            ("li", "/div"),
            ("dt", "dd"),
            ("dd", "dl dt dd /dl dt"),
            ("dd", "/dl"),
            ("td", "td"),
            ("td", "table tr td /td /tr /table th"),
            ("th", "/tr"),
            ("td", "div /table"),
            ("td", "tr"),
            ("tr", "td td tr"),
            ("tr", "td /td /tr"),
            ("tr", "td /tbody"),
            ("tbody", "tr td tr td tbody"),
            ("thead", "tr th /thead"),
            ("caption", "b tr"),
            ("caption", "/caption"),
        ] {
            assert!(has_ended(name, tags), "{name}: {tags}");
        }
    }

    #[test]
    fn none_ends_at_what_may_stand_in_it() {
        for (name, tags) in [
            ("p", "b i a /a /i /b span /span"),
            ("p", "button p /p /button"),
            ("p", "object div p /p /object"),
            ("p", "svg /svg math /math"),
            ("p", "select /select"),
            ("li", "p p /p ul li /li li /ul ol li /ol"),
            ("li", "table tr td li /td /tr /table"),
            ("dd", "dl dt dd /dd /dl p div /div"),
            ("td", "div /div table tr td tr td /table p li /div"),
            ("tr", "td table tr td /td /tr /table td /td th"),
            ("tbody", "tr td /td tr td /tr tr"),
            ("caption", "p div /div b"),
        ] {
            assert!(!has_ended(name, tags), "{name}: {tags}");
        }
    }

    #[test]
    fn whatever_is_open_in_it_is_kept_within_limits() {
        let mut element = OpenEnded::new("td").unwrap();
        for _ in 0..100_000 {
            assert!(!element.ends_before("div", false));
        }
        assert_eq!(element.inside.len(), MAX_DEPTH);
    }
}
