//! What the elements of HTML mean for text.

use super::tokens::Content;

/// What an element means for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// It stands in the line.
    Inline,
    /// Its text begins and ends a line.
    Line,
    /// Its text begins and ends a paragraph.
    Paragraph,
    Heading(u8),
    /// The document's title.
    Title,
    /// A list; its items have numbers or bullets.
    NumberedList,
    BulletedList,
    Item,
    Table,
    Row,
    Cell,
    /// Spaces and line ends count.
    Preformatted,
    LineBreak,
    Image,
    /// Marks of quotation stand around it.
    Quotation,
    /// How the characters before it are read.
    RubyText,
    /// The root of SVG.
    Foreign,
    /// An equation.
    Math,
    /// It holds nothing for a reader.
    Hidden(Option<Content>),
}

/// What the element of this name means; `is_foreign` inside of SVG or `MathML`.
pub(super) fn element(name: &str, is_foreign: bool) -> Element {
    match name {
        "annotation" | "annotation-xml" | "defs" | "desc" | "metadata" | "title" | "script" | "style"
            if is_foreign =>
        {
            Element::Hidden(None)
        }
        "title" => Element::Title,
        "h1" => Element::Heading(1),
        "h2" => Element::Heading(2),
        "h3" => Element::Heading(3),
        "h4" => Element::Heading(4),
        "h5" => Element::Heading(5),
        "h6" => Element::Heading(6),
        "p" | "article" | "aside" | "blockquote" | "body" | "center" | "details" | "dialog" | "dl"
        | "fieldset" | "figure" | "footer" | "form" | "header" | "hgroup" | "hr" | "main" | "nav"
        | "section" => Element::Paragraph,
        "div" | "address" | "dd" | "dt" | "figcaption" | "legend" | "search" | "summary" | "text" => {
            Element::Line
        }
        "ol" => Element::NumberedList,
        "ul" | "menu" | "dir" => Element::BulletedList,
        "li" => Element::Item,
        "table" => Element::Table,
        "tr" | "caption" | "thead" | "tbody" | "tfoot" => Element::Row,
        "td" | "th" => Element::Cell,
        "pre" | "listing" | "xmp" | "plaintext" => Element::Preformatted,
        "br" => Element::LineBreak,
        // The second is a picture in SVG, as fixed pages of books have it.
        "img" | "image" => Element::Image,
        "q" => Element::Quotation,
        "rt" | "rp" | "rtc" => Element::RubyText,
        "svg" => Element::Foreign,
        "math" => Element::Math,
        "script" => Element::Hidden(Some(Content::Script)),
        "style" | "iframe" | "noembed" | "noframes" | "noscript" => Element::Hidden(Some(Content::Raw)),
        "template" | "select" | "datalist" | "audio" | "video" | "canvas" => Element::Hidden(None),
        _ => Element::Inline,
    }
}

/// What an element holds that is no markup, where a reader sees it.
pub(super) fn visible_content(name: &str) -> Option<Content> {
    Some(match name {
        "title" | "textarea" => Content::Text,
        "xmp" => Content::Raw,
        "plaintext" => Content::Rest,
        _ => return None,
    })
}

/// Whether elements of this name hold nothing and have no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}
