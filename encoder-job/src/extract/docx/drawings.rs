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
    /// The texts of its parts: the picture in it, or the shapes of a group.
    of_parts: Vec<String>,
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
            // Programs write it there alone, or for each part of a group.
            "cNvPr" => {
                let text = of("descr").filter(|text| !is_file_name(text));
                let is_shown = attributes.get("hidden").is_none_or(|value| !on(Some(&value)));
                drawing.of_parts.extend(text.filter(|_| is_shown));
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
        let of_parts = || Some(drawing.of_parts.join(" ")).filter(|text| !text.is_empty());
        let text = drawing
            .text
            .or_else(of_parts)
            .filter(|_| !drawing.is_silent && !drawing.is_read)?;
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

/// Whether a text is the name of a picture's file, which Word writes there by itself.
fn is_file_name(text: &str) -> bool {
    let Some((_, extension)) = text.trim_end().rsplit_once('.') else {
        return false;
    };
    let extension = extension.to_ascii_lowercase();
    matches!(
        extension.as_str(),
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "emf" | "wmf" | "svg" | "webp" | "heic"
    )
}

/// Whether an element of this name holds a drawing, of today's Word or of its predecessors.
fn is_drawing(name: &str) -> bool {
    matches!(name, "drawing" | "pict" | "object")
}
