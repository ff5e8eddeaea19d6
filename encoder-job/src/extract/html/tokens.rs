//! The tags and texts of an HTML document, in order. The tokenizer goes by the HTML standard and keeps nothing of what it has
//! passed: depth costs nothing.

use html5gum::{
    Span, State, Tokenizer,
    emitters::{
        ForwardingEmitter,
        callback::{Callback, CallbackEmitter, CallbackEvent},
    },
};

/// Names of attributes that anybody asks for.
const ATTRIBUTES: [&str; 13] = [
    "alt",
    "class",
    "epub:type",
    "hidden",
    "href",
    "id",
    "name",
    "role",
    "start",
    "style",
    "type",
    "value",
    "xmlns",
];

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
    // The tokenizer does its work while it is asked for tokens, of which it has none.
    Tokenizer::new_with_emitter(html, Switching(emitter)).for_each(drop);
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

impl<V: Visitor> Callback<std::convert::Infallible, ()> for Events<'_, V> {
    fn handle_event(
        &mut self,
        event: CallbackEvent<'_>,
        _span: Span<()>,
    ) -> Option<std::convert::Infallible> {
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

/// Tells the tokenizer how to go on after a start tag, as the visitor says.
struct Switching<'a, V: Visitor>(CallbackEmitter<Events<'a, V>, std::convert::Infallible, ()>);

impl<V: Visitor> ForwardingEmitter for Switching<'_, V> {
    type Token = std::convert::Infallible;

    fn inner(&mut self) -> &mut impl html5gum::Emitter<Token = Self::Token> {
        &mut self.0
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let by_name = html5gum::Emitter::emit_current_tag(&mut self.0);
        debug_assert!(by_name.is_none(), "the emitter was told not to switch by itself");
        let content = self.0.callback_mut().content.take()?;
        Some(match content {
            Content::Text => State::RcData,
            Content::Raw => State::RawText,
            Content::Script => State::ScriptData,
            Content::Rest => State::PlainText,
        })
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.0.callback_mut().visitor.has_cdata()
    }
}
