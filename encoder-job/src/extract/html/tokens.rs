//! The tags and texts of an HTML document, in order. The tokenizer goes by the HTML standard and keeps nothing of what it has
//! passed: depth costs nothing.

use std::{cell::Cell, convert::Infallible, rc::Rc};

use html5gum::{
    Emitter, Readable, Reader, Span, State, StringReader, Tokenizer,
    emitters::{
        ForwardingEmitter,
        callback::{Callback, CallbackEmitter, CallbackEvent},
    },
};

/// Names of attributes that anybody asks for.
const ATTRIBUTES: [&str; 18] = [
    "alt",
    "charset",
    "class",
    "content",
    "display",
    "epub:type",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "name",
    "open",
    "role",
    "start",
    "style",
    "type",
    "value",
    "xmlns",
];

/// The most attributes of a tag; those after them are passed over. The tokenizer may need some stack for each.
const MAX_ATTRIBUTES: usize = 1024;

/// The attributes of one tag, those that are of any use.
#[derive(Debug, Default)]
pub(in super::super) struct Attributes {
    values: Vec<(&'static str, String)>,
}

impl Attributes {
    /// The first attribute of this name. The name must be one of [`ATTRIBUTES`].
    pub(in super::super) fn get(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a value that is a list of words has this one.
    pub(in super::super) fn has_word(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|value| {
            value
                .split_ascii_whitespace()
                .any(|part| part.eq_ignore_ascii_case(word))
        })
    }
}

/// What follows a start tag up to its end tag, if that is no markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Content {
    /// Text with character references.
    Text,
    /// Text as it stands.
    Raw,
    /// A script.
    Script,
    /// Text as it stands, to the document's end.
    Rest,
}

/// Takes the tags and texts of a document.
pub(in super::super) trait Visitor {
    /// A start tag. Returns what its element holds, if that is no markup.
    fn start(&mut self, name: &str, attributes: &Attributes, is_closed: bool) -> Option<Content>;
    /// An end tag.
    fn end(&mut self, name: &str);
    /// Text between tags; references are resolved.
    fn text(&mut self, text: &str);
    /// Whether the place is inside SVG or `MathML`, or in XML, where a CDATA section is text.
    fn has_cdata(&self) -> bool;
}

/// Goes through a document.
pub(in super::super) fn visit(html: &str, visitor: &mut impl Visitor) {
    let events = Events {
        visitor,
        name: String::new(),
        attributes: Attributes::default(),
        attribute: None,
        content: None,
    };
    let mut emitter = CallbackEmitter::new(events);
    emitter.naively_switch_states(false);
    let is_tag_too_long = Rc::new(Cell::new(false));
    let reader = Bounded {
        reader: html.to_reader(),
        is_tag_too_long: is_tag_too_long.clone(),
    };
    let switching = Switching {
        emitter,
        attributes: 0,
        is_tag_too_long,
    };
    // The tokenizer does its work while it is asked for tokens, of which it has none.
    Tokenizer::new_with_emitter(reader, switching).for_each(drop);
}

/// Gives the document to the tokenizer, but for what is left of a tag with too many attributes.
struct Bounded<'html> {
    reader: StringReader<'html>,
    /// Set where one more attribute than allowed begins.
    is_tag_too_long: Rc<Cell<bool>>,
}

impl Bounded<'_> {
    /// What ends the tag, if it is too long.
    fn end_of_tag(&mut self) -> Option<&'static [u8]> {
        if !self.is_tag_too_long.replace(false) {
            return None;
        }
        let (mut quote, mut may_be_quoted) = (None, false);
        loop {
            match self.reader.read_until(b">\"'", &mut [0; 4]) {
                Ok(Some(b">")) if quote.is_none() => return Some(b">"),
                Ok(Some(mark @ (b"\"" | b"'"))) => {
                    if quote == Some(mark[0]) {
                        quote = None;
                    } else if quote.is_none() && may_be_quoted {
                        quote = Some(mark[0]);
                    }
                    may_be_quoted = false;
                }
                Ok(Some(other)) => may_be_quoted = other.trim_ascii_end().ends_with(b"="),
                Ok(None) => return Some(b""),
            }
        }
    }
}

impl Reader for Bounded<'_> {
    type Error = Infallible;

    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        match self.end_of_tag() {
            Some(end) => Ok(end.first().copied()),
            None => self.reader.read_byte(),
        }
    }

    fn try_read_string(&mut self, expected: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        // Never within a tag.
        self.reader.try_read_string(expected, case_sensitive)
    }

    fn read_until<'b>(
        &'b mut self,
        needle: &[u8],
        buffer: &'b mut [u8; 4],
    ) -> Result<Option<&'b [u8]>, Infallible> {
        match self.end_of_tag() {
            Some(end) => Ok(Some(end).filter(|end| !end.is_empty())),
            None => self.reader.read_until(needle, buffer),
        }
    }
}

/// Puts the tokenizer's events together to tags.
struct Events<'a, V> {
    visitor: &'a mut V,
    /// The name of the start tag being read.
    name: String,
    attributes: Attributes,
    /// The attribute being read, if it is of any use.
    attribute: Option<&'static str>,
    /// What follows the start tag just read.
    content: Option<Content>,
}

impl<V: Visitor> Callback<Infallible, ()> for Events<'_, V> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, _span: Span<()>) -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.name.clear();
                self.name.push_str(&String::from_utf8_lossy(name));
                self.attributes.values.clear();
                self.attribute = None;
            }
            CallbackEvent::AttributeName { name } => {
                let known = ATTRIBUTES.into_iter().find(|known| known.as_bytes() == name);
                // The first of two with the same name counts; there are as many as there are names at the most.
                self.attribute = known.filter(|known| self.attributes.get(known).is_none());
                if let Some(name) = self.attribute {
                    self.attributes.values.push((name, String::new()));
                }
            }
            CallbackEvent::AttributeValue { value } => {
                if self.attribute.take().is_some()
                    && let Some((_, kept)) = self.attributes.values.last_mut()
                {
                    kept.push_str(&String::from_utf8_lossy(value));
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                self.content = self.visitor.start(&self.name, &self.attributes, self_closing);
            }
            CallbackEvent::EndTag { name } => self.visitor.end(&String::from_utf8_lossy(name)),
            CallbackEvent::String { value } => self.visitor.text(&String::from_utf8_lossy(value)),
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
        None
    }
}

/// Tells the tokenizer how to go on after a start tag, as the visitor says, and counts attributes.
struct Switching<'a, V: Visitor> {
    emitter: CallbackEmitter<Events<'a, V>, Infallible, ()>,
    /// Those of the tag being read.
    attributes: usize,
    is_tag_too_long: Rc<Cell<bool>>,
}

impl<V: Visitor> ForwardingEmitter for Switching<'_, V> {
    type Token = Infallible;

    fn inner(&mut self) -> &mut impl html5gum::Emitter<Token = Self::Token> {
        &mut self.emitter
    }

    fn start_open_tag(&mut self) {
        self.attributes = 0;
        self.emitter.start_open_tag();
    }

    fn init_attribute(&mut self) {
        self.attributes += 1;
        if self.attributes > MAX_ATTRIBUTES {
            self.is_tag_too_long.set(true);
        }
        self.emitter.init_attribute();
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let by_name = self.emitter.emit_current_tag();
        debug_assert!(by_name.is_none(), "the emitter was told not to switch by itself");
        let content = self.emitter.callback_mut().content.take()?;
        Some(match content {
            Content::Text => State::RcData,
            Content::Raw => State::RawText,
            Content::Script => State::ScriptData,
            Content::Rest => State::PlainText,
        })
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.emitter.callback_mut().visitor.has_cdata()
    }
}
