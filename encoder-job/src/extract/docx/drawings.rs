//! What a picture shows, in words: the alternative text that somebody wrote for those who cannot see it.

use super::on;
use crate::extract::xml::Attributes;

/// What Word adds to a text that it wrote by itself, in the languages it speaks most.
const WRITTEN_BY_WORD: [&str; 10] = [
    "Description automatically generated",
    "AI-generated content may be incorrect",
    "Automatisch generierte Beschreibung",
    "KI-generierte Inhalte können fehlerhaft sein",
    "Description générée automatiquement",
    "Le contenu généré par l’IA peut être incorrect",
    "Descripción generada automáticamente",
    "El contenido generado por IA puede ser incorrecto",
    "Descrizione generata automaticamente",
    "Il contenuto generato dall'IA potrebbe non essere corretto",
];

/// The open drawings: a text box in one may hold others.
#[derive(Debug, Default)]
pub(super) struct Drawings {
    open: Vec<Drawing>,
}

/// A drawing that is open.
#[derive(Debug, Default)]
struct Drawing {
    text: Option<String>,
    /// Whether it says nothing to a reader: somebody marked it as decoration, or it is hidden.
    is_silent: bool,
    /// Whether what stands in it is read: then its alternative text is that, or says it again.
    is_read: bool,
}

impl Drawings {
    /// Takes note of an element. Returns whether it is one of a drawing alone.
    pub(super) fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> bool {
        if is_drawing(name) {
            self.open.push(Drawing::default());
            return true;
        }
        let Some(drawing) = self.open.last_mut() else {
            return false;
        };
        let of = |name: &str| attributes.owned(name).filter(|text| !text.trim().is_empty());
        match name {
            // Of today's drawings.
            "docPr" => {
                drawing.text = of("descr").or_else(|| of("title"));
                drawing.is_silent |= attributes.get("hidden").is_some_and(|value| on(Some(&value)));
            }
            "decorative" => drawing.is_silent |= on(attributes.get("val").as_deref()),
            // Of those before them; of a group the first that says something.
            "shape" | "rect" | "oval" | "roundrect" | "line" | "polyline" | "group" | "image" | "arc"
            | "curve" => {
                if drawing.text.is_none() {
                    drawing.text = of("alt").or_else(|| of("title"));
                }
            }
            "txbxContent" => drawing.is_read = true,
            _ => return false,
        }
        name != "txbxContent"
    }

    /// Takes note of an element's end. Returns the text of the drawing that ends with it, on one line.
    pub(super) fn end(&mut self, name: &str) -> Option<String> {
        if !is_drawing(name) {
            return None;
        }
        let drawing = self.open.pop()?;
        let text = drawing.text.filter(|_| !drawing.is_silent && !drawing.is_read)?;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = by_somebody(&text);
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// A text without what Word adds to it.
fn by_somebody(text: &str) -> &str {
    let by_word = WRITTEN_BY_WORD.iter().filter_map(|by_word| text.find(by_word));
    let text = &text[..by_word.min().unwrap_or(text.len())];
    text.trim_end()
}

/// Whether an element of this name holds a drawing, of today's Word or of its predecessors.
fn is_drawing(name: &str) -> bool {
    matches!(name, "drawing" | "pict" | "object")
}
