//! XML, read once from beginning to end. No entity but the five of XML itself is ever resolved, so that none can grow; depth is
//! bounded.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use encoding_rs::Encoding;
use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use super::encoding;

/// The deepest nesting of elements. Word's own documents have less than a hundred.
const MAX_DEPTH: usize = 1_000;

/// What is wrong with XML. What was before it has been handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) String);

/// Takes what XML consists of.
pub(super) trait Handler {
    /// An element begins; the name is without its prefix.
    fn start(&mut self, name: &str, attributes: &Attributes<'_>);
    /// An element ends.
    fn end(&mut self, name: &str);
    /// Text; may come in pieces.
    fn text(&mut self, _text: &str) {}
}

/// The attributes of an element.
pub(super) struct Attributes<'a>(&'a BytesStart<'a>);

impl<'a> Attributes<'a> {
    /// The value of the attribute with this name, whatever its prefix.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut attributes = self.0.attributes();
        // To look for two of the same name takes time that grows with the square of their number.
        attributes.with_checks(false);
        let attribute = attributes
            .flatten()
            .find(|attribute| attribute.key.local_name().as_ref() == name)?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        // A reference that means nothing stays as it is.
        Some(value.unwrap_or(attribute.value))
    }

    /// Like [`Self::get`], to keep.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(Cow::into_owned)
    }
}

/// The encoding that an XML declaration at the beginning names (the HTML standard's "getting an XML encoding").
pub(super) fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..memchr::memchr(b'>', declaration)?];
    let at = memchr::memmem::find(declaration, b"encoding")? + b"encoding".len();
    let value = declaration[at..].trim_ascii_start().strip_prefix(b"=")?;
    let value = value.trim_ascii_start();
    let quote = *value.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let label = &value[1..];
    let label = &label[..memchr::memchr(quote, label)?];
    Encoding::for_label(label)
}

/// The characters of an XML file.
///
/// # Errors
/// Where they are none.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Broken> {
    encoding::decode(bytes, declared_encoding(bytes))
        .map(|decoded| decoded.text)
        .map_err(|_| Broken("it is binary data where XML should be".to_owned()))
}

/// Goes through XML.
///
/// # Errors
/// Where it is broken; what comes before has been handed on.
pub(super) fn visit(xml: &str, handler: &mut impl Handler) -> Result<(), Broken> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().allow_dangling_amp = true;
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event().map_err(|error| {
            Broken(format!(
                "the XML is broken at byte {}: {error}",
                reader.error_position()
            ))
        })?;
        match event {
            Event::Start(element) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let what = format!("its elements are nested more than {MAX_DEPTH} deep");
                    return Err(Broken(what));
                }
                handler.start(element.local_name().as_ref(), &Attributes(&element));
            }
            Event::Empty(element) => {
                handler.start(element.local_name().as_ref(), &Attributes(&element));
                handler.end(element.local_name().as_ref());
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                handler.end(element.local_name().as_ref());
            }
            Event::Text(text) => handler.text(&text.xml10_content()),
            Event::CData(text) => handler.text(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => handler.text(character.encode_utf8(&mut [0; 4])),
                _ => match (resolve_predefined_entity(&reference), &*reference) {
                    (Some(text), _) => handler.text(text),
                    (None, "nbsp") => handler.text(" "),
                    // An entity that the document defines itself is left as it stands.
                    (None, name) => {
                        handler.text("&");
                        handler.text(name);
                        handler.text(";");
                    }
                },
            },
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof if depth > 0 => {
                return Err(Broken("the XML ends in the middle".to_owned()));
            }
            Event::Eof => return Ok(()),
        }
    }
}
