//! What of a document is read at all, tag by tag.

use super::{
    super::{
        elements::{Element, element, is_void, visible_content},
        tokens::{Attributes, Content, Visitor},
    },
    PageReader, TitleState,
    open_ended::{EndTag, OpenEnded},
};

/// What is left out at the moment.
pub(super) enum LeftOut {
    /// An element of this name, and how many more of its name are open inside of it.
    Element { name: String, depth: usize },
    /// An element that may have no end tag.
    OpenEnded(OpenEnded),
    /// How the characters before are read.
    RubyText,
}

impl PageReader<'_> {
    /// Whether a start tag lies in what is left out. A reading above characters ends at the next one, and at what cannot be in it.
    fn goes_on_left_out(&mut self, name: &str, element: Element, is_closed: bool) -> bool {
        match &mut self.left_out {
            Some(LeftOut::Element {
                name: left_out,
                depth,
            }) => {
                if left_out == name && !is_closed {
                    *depth += 1;
                }
                true
            }
            Some(LeftOut::OpenEnded(open_ended)) => {
                let ends = open_ended.ends_before(name, is_closed);
                if ends {
                    self.left_out = None;
                }
                !ends
            }
            Some(LeftOut::RubyText) if element == Element::Inline && name != "rb" => true,
            Some(LeftOut::RubyText) => {
                self.left_out = None;
                false
            }
            None => false,
        }
    }

    fn note_anchors(&mut self, name: &str, attributes: &Attributes) {
        if self.wanted_anchors.is_empty() {
            return;
        }
        let names = [
            attributes.get("id"),
            attributes.get("name").filter(|_| name == "a"),
        ];
        for id in names
            .into_iter()
            .flatten()
            .filter(|&id| self.wanted_anchors.contains(id))
        {
            self.page.anchor(id);
        }
    }

    /// An element of an equation is part of it; anything else that is more than a piece of a line ends it (HTML standard, 13.2.6.5).
    fn begin_in_math(&mut self, name: &str, element: Element) {
        match (&mut self.math, element) {
            (Some(math), Element::Inline) => math.start(name),
            (Some(_), Element::Math) | (None, _) => {}
            (Some(_), _) => self.end_math(),
        }
    }

    fn end_in_math(&mut self, name: &str, element: Element) {
        match (&mut self.math, element) {
            (Some(math), Element::Inline) => math.end(name),
            (Some(math), Element::Math) if self.foreign > 1 => math.end(name),
            (Some(_), _) => self.end_math(),
            (None, _) => {}
        }
    }

    fn note_marks(&mut self, name: &str, attributes: &Attributes) {
        match name {
            "a" => {
                self.marks.is_link = attributes.get("href").is_some();
                self.marks.is_named = attributes.has_word("role", "doc-noteref")
                    || attributes.has_word("epub:type", "noteref")
                    || ["footnote-ref", "footnote-reference", "footnoteref", "noteref"]
                        .iter()
                        .any(|class| attributes.has_word("class", class));
            }
            "sup" => self.marks.is_superscript = true,
            _ => {}
        }
    }
}

impl Visitor for PageReader<'_> {
    fn start(&mut self, name: &str, attributes: &Attributes, is_closed: bool) -> Option<Content> {
        self.has_begun = true;
        let element = element(name, self.foreign > 0);
        if self.goes_on_left_out(name, element, is_closed) {
            // A script in what is left out may hold what looks like an end tag.
            return match element {
                _ if is_closed => None,
                Element::Hidden(content) => content,
                _ => visible_content(name).filter(|_| self.foreign == 0),
            };
        }
        self.note_anchors(name, attributes);
        self.note_marks(name, attributes);
        let is_second_title = element == Element::Title && self.title_state == TitleState::Read;
        let is_hidden = is_second_title || (can_be_left_out(name) && is_hidden(name, attributes));
        if is_hidden || matches!(element, Element::Hidden(_) | Element::RubyText) {
            if self.is_in_paragraph && ends_paragraph(element) {
                self.page.paragraph();
                self.is_in_paragraph = false;
            }
            if is_closed || is_void(name) {
                return None;
            }
            self.left_out = Some(if element == Element::RubyText {
                LeftOut::RubyText
            } else if let Some(open_ended) = OpenEnded::new(name) {
                LeftOut::OpenEnded(open_ended)
            } else {
                LeftOut::Element {
                    name: name.to_owned(),
                    depth: 0,
                }
            });
            return match element {
                Element::Hidden(content) => content,
                _ => visible_content(name),
            };
        }
        self.is_in_paragraph =
            (name == "p" && !is_closed) || (self.is_in_paragraph && !ends_paragraph(element));
        self.begin_in_math(name, element);
        self.begin(element, attributes);
        if is_closed {
            self.end_in_math(name, element);
            self.finish_element(element);
            return None;
        }
        visible_content(name)
    }

    fn end(&mut self, name: &str) {
        let element = element(name, self.foreign > 0);
        match &mut self.left_out {
            Some(LeftOut::Element {
                name: left_out,
                depth,
            }) => {
                if left_out == name {
                    match depth.checked_sub(1) {
                        Some(less) => *depth = less,
                        None => self.left_out = None,
                    }
                }
            }
            Some(LeftOut::OpenEnded(open_ended)) => match open_ended.end(name) {
                EndTag::Inside => {}
                EndTag::Own => self.left_out = None,
                EndTag::OfSomethingAround => {
                    self.left_out = None;
                    self.end(name);
                }
            },
            Some(LeftOut::RubyText) if element == Element::Inline && name != "ruby" => {}
            Some(LeftOut::RubyText) | None => {
                self.left_out = None;
                match name {
                    "a" => (self.marks.is_link, self.marks.is_named) = (false, false),
                    "sup" => self.marks.is_superscript = false,
                    _ => {}
                }
                self.is_in_paragraph &= !ends_paragraph(element);
                self.end_in_math(name, element);
                self.finish_element(element);
            }
        }
    }

    fn text(&mut self, text: &str) {
        // Only the end of a document type's declarations of its own looks like this; HTML does not know them.
        let is_rest_of_document_type = !self.has_begun && text.trim() == "]>";
        if self.left_out.is_some() || is_rest_of_document_type {
            return;
        }
        if let Some(math) = &mut self.math {
            math.text(text);
        } else if self.title_state == TitleState::Reading {
            self.title.push_str(text);
        } else if self.preformatted > 0 {
            self.page.push_preserved(text);
        } else if (self.marks.is_named || (self.marks.is_link && self.marks.is_superscript))
            && is_mark(text.trim())
        {
            // Without brackets it would be part of the word before.
            self.page.push(&format!("[{}]", text.trim()));
        } else {
            self.page.push(text);
        }
    }

    fn has_cdata(&self) -> bool {
        self.is_xml || self.foreign > 0
    }
}

/// Whether a paragraph ends where such an element begins, seen or not, or where one ends.
fn ends_paragraph(element: Element) -> bool {
    !matches!(
        element,
        Element::Inline
            | Element::Hidden(_)
            | Element::RubyText
            | Element::LineBreak
            | Element::Image
            | Element::Quotation
            | Element::Foreign
            | Element::Math
            | Element::Title
    )
}

/// Whether a text is the mark of a note.
fn is_mark(text: &str) -> bool {
    (1..=4).contains(&text.chars().count())
        && text
            .chars()
            .all(|character| character.is_ascii_digit() || matches!(character, '*' | '†' | '‡'))
}

/// Whether an element of this name is left out where it is hidden. What hides all of a document waits for a script that shows it, and
/// of the others it is not known where they end.
fn can_be_left_out(name: &str) -> bool {
    !matches!(
        name,
        "html" | "head" | "body" | "rb" | "option" | "optgroup" | "colgroup"
    )
}

/// Whether a browser would not show the element until a script does, or until somebody searches for what is in it.
fn is_hidden(name: &str, attributes: &Attributes) -> bool {
    // The way back from a note leads nowhere here.
    let is_by_class = [
        "footnote-back",
        "footnote-backref",
        "footnoteback",
        "reversefootnote",
    ]
    .iter()
    .any(|class| attributes.has_word("class", class));
    if attributes.has_word("role", "doc-backlink") || (name == "a" && is_by_class) {
        return true;
    }
    let hidden = attributes.get("hidden");
    let display = attributes
        .get("style")
        .and_then(|style| declared(style, "display"));
    match display {
        Some(display) if display.starts_with("none") => true,
        // A style of its own comes before what the attribute means, but for the one that has a style of its own, too.
        Some(_) => hidden.is_some_and(|value| value.eq_ignore_ascii_case("until-found")),
        None => hidden.is_some() || (name == "dialog" && attributes.get("open").is_none()),
    }
}

/// What the declarations of a style say of a property, in lower case; the last one counts.
pub(super) fn declared(style: &str, property: &str) -> Option<String> {
    style
        .split(';')
        .filter_map(|declaration| declaration.split_once(':'))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case(property))
        .map(|(_, value)| value.trim().to_ascii_lowercase())
        .next_back()
}
