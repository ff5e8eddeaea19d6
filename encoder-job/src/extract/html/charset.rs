//! What an HTML document says of its encoding, as the HTML standard looks for it: in a `<meta>` among its first bytes, which are searched
//! without the tokenizer, or in the XML declaration; then in a `<meta>` further on, as the tokenizer finds it.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use super::tokens::{self, Attributes, Content, Visitor};
use crate::extract::xml;

/// How many bytes are searched before the document is taken apart.
const PRESCAN_BYTES: usize = 1024;
/// How many bytes are taken apart where the first ones say nothing.
const SEARCHED_BYTES: usize = 1 << 16;

/// The encoding that a document says it is in.
pub(in super::super) fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    prescan(head)
        .or_else(|| xml::declared_encoding(head))
        .or_else(|| later(bytes))
}

/// The algorithm "prescan a byte stream to determine its encoding".
fn prescan(head: &[u8]) -> Option<&'static Encoding> {
    if head.starts_with(b"<\0?\0x\0") {
        return Some(UTF_16LE);
    }
    if head.starts_with(b"\0<\0?\0x") {
        return Some(UTF_16BE);
    }
    Scan { bytes: head, at: 0 }.first_declaration().ok()
}

fn begins_meta(rest: &[u8]) -> bool {
    rest.get(..5)
        .is_some_and(|name| name.eq_ignore_ascii_case(b"<meta"))
        && rest.get(5).is_some_and(|&byte| is_space(byte) || byte == b'/')
}

fn begins_tag(rest: &[u8]) -> bool {
    rest.strip_prefix(b"</")
        .or(rest.strip_prefix(b"<"))
        .and_then(<[u8]>::first)
        .is_some_and(u8::is_ascii_alphabetic)
}

/// White space of HTML.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// The bytes that are searched ended before something in them did, and with them the search.
struct Ended;

/// A place in what is searched.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A name and a value in lower case.
type Attribute = (Vec<u8>, Vec<u8>);

impl Scan<'_> {
    /// The encoding of the first `<meta>` that has one.
    fn first_declaration(&mut self) -> Result<&'static Encoding, Ended> {
        loop {
            let rest = &self.bytes[self.at.min(self.bytes.len())..];
            let first = *rest.first().ok_or(Ended)?;
            if rest.starts_with(b"<!--") {
                // The two hyphens that end it may be those that begin it.
                self.at += 4 + memchr::memmem::find(&rest[2..], b"-->").ok_or(Ended)?;
            } else if begins_meta(rest) {
                self.at += 5;
                if let Some(encoding) = self.meta()? {
                    return Ok(encoding);
                }
            } else if begins_tag(rest) {
                self.skip(|byte| !is_space(byte) && byte != b'>')?;
                while self.attribute()?.is_some() {}
            } else if first == b'<' && matches!(rest.get(1), Some(b'!' | b'/' | b'?')) {
                self.skip(|byte| byte != b'>')?;
            }
            self.at += 1;
        }
    }

    fn byte(&self) -> Result<u8, Ended> {
        self.bytes.get(self.at).copied().ok_or(Ended)
    }

    /// Goes on to the next byte that is not skipped.
    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) -> Result<u8, Ended> {
        while is_skipped(self.byte()?) {
            self.at += 1;
        }
        self.byte()
    }

    /// What a `<meta>` says whose attributes begin here.
    fn meta(&mut self) -> Result<Option<&'static Encoding>, Ended> {
        let mut meta = Meta::default();
        let mut seen: Vec<Vec<u8>> = Vec::new();
        while let Some((name, value)) = self.attribute()? {
            if !seen.contains(&name) {
                meta.attribute(&name, &value);
                seen.push(name);
            }
        }
        Ok(meta.encoding())
    }

    /// The algorithm "get an attribute": the next one of a tag, or that there is no more.
    fn attribute(&mut self) -> Result<Option<Attribute>, Ended> {
        if self.skip(|byte| is_space(byte) || byte == b'/')? == b'>' {
            return Ok(None);
        }
        let (mut name, mut value) = (Vec::new(), Vec::new());
        loop {
            match self.byte()? {
                b'=' if !name.is_empty() => break,
                byte if is_space(byte) => {
                    if self.skip(is_space)? != b'=' {
                        return Ok(Some((name, value)));
                    }
                    break;
                }
                b'/' | b'>' => return Ok(Some((name, value))),
                byte => name.push(byte.to_ascii_lowercase()),
            }
            self.at += 1;
        }
        self.at += 1;
        match self.skip(is_space)? {
            quote @ (b'"' | b'\'') => {
                self.at += 1;
                let start = self.at;
                self.skip(|byte| byte != quote)?;
                value.extend(self.bytes[start..self.at].to_ascii_lowercase());
                self.at += 1;
            }
            b'>' => {}
            _ => {
                let start = self.at;
                self.skip(|byte| !is_space(byte) && byte != b'>')?;
                value.extend(self.bytes[start..self.at].to_ascii_lowercase());
            }
        }
        Ok(Some((name, value)))
    }
}

/// What the attributes of a `<meta>` say.
#[derive(Default)]
struct Meta {
    /// Whether it stands for a header of HTTP.
    is_content_type: bool,
    /// Whether what it says counts only if it does.
    needs_content_type: Option<bool>,
    charset: Option<&'static Encoding>,
    /// Whether an attribute of its own says it, however wrong.
    has_charset: bool,
}

impl Meta {
    fn attribute(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"http-equiv" => self.is_content_type |= value.eq_ignore_ascii_case(b"content-type"),
            b"content" if !self.has_charset => {
                if let Some(encoding) = in_content(value) {
                    self.charset = Some(encoding);
                    self.needs_content_type = Some(true);
                }
            }
            b"charset" => {
                self.charset = Encoding::for_label(value);
                self.has_charset = true;
                self.needs_content_type = Some(false);
            }
            _ => {}
        }
    }

    fn encoding(&self) -> Option<&'static Encoding> {
        let needs_content_type = self.needs_content_type?;
        let encoding = self.charset?;
        (self.is_content_type || !needs_content_type).then(|| {
            if encoding == UTF_16BE || encoding == UTF_16LE {
                UTF_8
            } else if encoding == X_USER_DEFINED {
                WINDOWS_1252
            } else {
                encoding
            }
        })
    }
}

/// The algorithm "extract a character encoding from a meta element".
fn in_content(value: &[u8]) -> Option<&'static Encoding> {
    let value = value.to_ascii_lowercase();
    let mut rest = value.as_slice();
    let label = loop {
        let at = memchr::memmem::find(rest, b"charset")?;
        rest = rest[at + 7..].trim_ascii_start();
        if let Some(label) = rest.strip_prefix(b"=") {
            break label.trim_ascii_start();
        }
    };
    let label = if let quote @ (b'"' | b'\'') = label.first()? {
        let label = &label[1..];
        &label[..memchr::memchr(*quote, label)?]
    } else {
        let end = label.iter().position(|&byte| is_space(byte) || byte == b';');
        &label[..end.unwrap_or(label.len())]
    };
    Encoding::for_label(label)
}

/// What a `<meta>` says that the tokenizer finds, on which a browser begins anew.
fn later(bytes: &[u8]) -> Option<&'static Encoding> {
    let bytes = &bytes[..bytes.len().min(SEARCHED_BYTES)];
    if bytes.is_ascii() {
        return None;
    }
    let (html, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let mut search = Search::default();
    tokens::visit(&html, &mut search);
    search.found
}

#[derive(Default)]
struct Search {
    found: Option<&'static Encoding>,
}

impl Visitor for Search {
    fn start(&mut self, name: &str, attributes: &Attributes, _is_closed: bool) -> Option<Content> {
        if name == "meta" && self.found.is_none() {
            let mut meta = Meta::default();
            for name in ["charset", "http-equiv", "content"] {
                if let Some(value) = attributes.get(name) {
                    meta.attribute(name.as_bytes(), value.as_bytes());
                }
            }
            self.found = meta.encoding();
        }
        match name {
            "script" => Some(Content::Script),
            "title" | "textarea" => Some(Content::Text),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(Content::Raw),
            "plaintext" => Some(Content::Rest),
            _ => None,
        }
    }

    fn end(&mut self, _name: &str) {}

    fn text(&mut self, _text: &str) {}

    fn has_cdata(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(html: &str) -> Option<&'static str> {
        declared_encoding(html.as_bytes()).map(Encoding::name)
    }

    #[test]
    fn what_a_meta_says_is_found_however_it_is_written() {
        for html in [
            "<meta charset=koi8-r>",
            "<META  CharSet = 'KOI8-R' >",
            "<meta/charset=\"koi8-r\"/>",
            "<meta\n\tcharset=koi8-r\n>",
            "<meta name=x charset=koi8-r>",
            "<!doctype html><html lang=ru><head><title>x</title><meta charset=koi8-r>",
            "<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>",
            "<meta content='text/html; CHARSET = \"koi8-r\"; x' http-equiv='content-type'>",
            "<meta content=\"charset charset='koi8-r'\" http-equiv=content-type>",
            "<meta content=text/html;charset=koi8-r http-equiv=content-type>",
            "<meta charset=klingon><meta charset=koi8-r>",
            "<!--><meta charset=koi8-r>-->",
            "<?xml version='1.0' encoding='koi8-r'?><html>",
            "<?xml version='1.0' encoding='big5'?><html><meta charset=koi8-r>",
            "<meta charset=koi8-r charset=big5>",
        ] {
            assert_eq!(declared(html), Some("KOI8-R"), "{html}");
        }
        assert_eq!(declared("<meta charset=utf-16le>"), Some("UTF-8"));
        assert_eq!(declared("<meta charset=x-user-defined>"), Some("windows-1252"));
        assert_eq!(
            declared_encoding(b"\0<\0?\0x\0m\0l").map(Encoding::name),
            Some("UTF-16BE")
        );
    }

    #[test]
    fn what_only_looks_like_a_declaration_is_none() {
        for html in [
            "<!-- <meta charset=big5> --><meta charset=koi8-r>",
            "<!--- <meta charset=big5> -- > <meta charset=big5> --><meta charset=koi8-r>",
            "<p>charset = big5<meta charset=koi8-r>",
            "<script src=a.js charset=big5></script><meta charset=koi8-r>",
            "<script>var x = 'charset=big5';</script><meta charset=koi8-r>",
            "<style>@charset 'big5'; a { content: 'charset=big5' }</style><meta charset=koi8-r>",
            "<link rel=stylesheet charset=big5 href=x><meta charset=koi8-r>",
            "<a title='<meta charset=big5>'>x</a><meta charset=koi8-r>",
            "<meta name=description content='text/html; charset=big5'><meta charset=koi8-r>",
            "<meta http-equiv=refresh content='0; charset=big5'><meta charset=koi8-r>",
            "<metadata charset=big5><meta charset=koi8-r>",
            "<meta data-charset=big5><meta charset=koi8-r>",
            "<? charset=big5 <meta charset=big5 ?><meta charset=koi8-r>",
            "</p charset=big5><meta charset=koi8-r>",
            "<meta content='charset=\"big5' http-equiv=content-type><meta charset=koi8-r>",
            "<form accept-charset=big5><meta charset=koi8-r>",
        ] {
            assert_eq!(declared(html), Some("KOI8-R"), "{html}");
        }
        for html in [
            "<meta charset=''>",
            "<meta charset>",
            "charset=big5 encoding='big5'",
            "<!-- <meta charset=big5>",
            "<meta charset=big5",
            "<p>encoding='big5'",
            " <?xml version='1.0' encoding='big5'?>",
        ] {
            assert_eq!(declared(html), None, "{html}");
        }
    }

    #[test]
    fn further_on_only_what_the_tokenizer_finds_is_a_declaration() {
        let far = "é ".repeat(600);
        let after = |html: &str| declared(&format!("<title>{far}</title>{html}"));
        assert_eq!(after("<meta charset=koi8-r>"), Some("KOI8-R"));
        assert_eq!(
            after("<meta http-equiv=content-type content='charset=koi8-r'>"),
            Some("KOI8-R")
        );
        for html in [
            "<!-- <meta charset=koi8-r> -->",
            "<script>'<meta charset=koi8-r>'</script>",
            "<textarea><meta charset=koi8-r></textarea>",
            "<p>charset=koi8-r",
            "<link charset=koi8-r>",
        ] {
            assert_eq!(after(html), None, "{html}");
        }
        // A tag that the first bytes cut in two is none of theirs.
        let cut = format!(
            "{}<meta name='{}' charset=koi8-r>",
            "<p>".repeat(330),
            "é".repeat(40)
        );
        assert_eq!(declared(&cut), Some("KOI8-R"));
    }

    #[test]
    fn no_length_of_a_document_is_any_trouble() {
        let html = "<!--x--><a b=c d='e'/f = \"g\" h><meta http-equiv=content-type content='charset=koi8-r'>";
        for length in 0..html.len() {
            assert_eq!(declared(&html[..length]), None, "{length}");
        }
        assert_eq!(declared(html), Some("KOI8-R"));
    }
}
