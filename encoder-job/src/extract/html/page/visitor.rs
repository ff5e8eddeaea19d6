//! What of a document is read at all, tag by tag.

use super::{
    super::{
        elements::{Element, element, is_closed_for_sure, visible_content},
        tokens::{Attributes, Content, Visitor},
    },
    PageReader, TitleState,
};

/// What is left out at the moment.
pub(super) enum LeftOut {
    /// An element of this name, and how many more of its name are open inside of it.
    Element { name: String, depth: usize },
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

    fn note_marks(&mut self, name: &str, attributes: &Attributes) {
        match name {
            "a" => {
                self.marks.is_link = attributes.get("href").is_some();
                self.marks.is_named =
                    attributes.has_word("role", "doc-noteref") || attributes.has_word("epub:type", "noteref");
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
        let is_hidden = is_second_title || (is_closed_for_sure(name) && is_hidden(attributes));
        if is_hidden || matches!(element, Element::Hidden(_) | Element::RubyText) {
            if is_closed {
                return None;
            }
            self.left_out = Some(if element == Element::RubyText {
                LeftOut::RubyText
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
        self.begin(element, attributes);
        if is_closed {
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
            Some(LeftOut::RubyText) if element == Element::Inline && name != "ruby" => {}
            Some(LeftOut::RubyText) | None => {
                self.left_out = None;
                match name {
                    "a" => (self.marks.is_link, self.marks.is_named) = (false, false),
                    "sup" => self.marks.is_superscript = false,
                    _ => {}
                }
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
        if self.title_state == TitleState::Reading {
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

/// Whether a text is the mark of a note.
fn is_mark(text: &str) -> bool {
    (1..=4).contains(&text.chars().count())
        && text
            .chars()
            .all(|character| character.is_ascii_digit() || matches!(character, '*' | '†' | '‡'))
}

/// Whether a browser would not show the element until a script does.
fn is_hidden(attributes: &Attributes) -> bool {
    let by_attribute = attributes
        .get("hidden")
        .is_some_and(|value| !value.eq_ignore_ascii_case("until-found"));
    // The way back from a note leads nowhere here.
    by_attribute
        || attributes.has_word("role", "doc-backlink")
        || attributes.get("style").is_some_and(|style| {
            style.split(';').any(|declaration| {
                declaration.split_once(':').is_some_and(|(property, value)| {
                    property.trim().eq_ignore_ascii_case("display")
                        && value.trim().to_ascii_lowercase().starts_with("none")
                })
            })
        })
}
