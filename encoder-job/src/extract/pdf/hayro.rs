//! The first engine: `hayro` opens the document and decodes its streams, and a reader of ours follows the text.

use hayro_syntax::Pdf;

use super::{
    PageText, PdfEngine,
    content::{self, Layers, ThreadFonts},
    font::Fonts,
    layout,
};

/// What all threads of a document share.
pub(super) struct Shared<'a> {
    pdf: &'a Pdf,
    fonts: Fonts<'a>,
    layers: Layers,
}

impl<'a> Shared<'a> {
    pub(super) fn new(pdf: &'a Pdf) -> Self {
        Self {
            pdf,
            fonts: Fonts::new(),
            layers: Layers::read(pdf),
        }
    }
}

/// The engine of one thread.
pub(super) struct Hayro<'a, 's> {
    shared: &'s Shared<'a>,
    fonts: ThreadFonts<'a, 's>,
}

impl<'a, 's> Hayro<'a, 's> {
    pub(super) fn new(shared: &'s Shared<'a>) -> Self {
        Self {
            shared,
            fonts: ThreadFonts::new(&shared.fonts),
        }
    }
}

impl PdfEngine for Hayro<'_, '_> {
    fn page(&mut self, index: usize) -> Result<PageText, String> {
        let pages = self.shared.pdf.pages();
        let page = pages.get(index).ok_or("there is no such page")?;
        let content = content::read(page, &mut self.fonts, &self.shared.layers);
        let (_, height) = page.render_dimensions();
        Ok(PageText {
            glyphs: content.glyphs.len() + content.unknown,
            unknown_glyphs: content.unknown,
            pictures: content.pictures,
            broken: content.broken || content.over_limit,
            over_limit: content.over_limit,
            layout: layout::lay_out(&content.glyphs, &content.rulings, height),
        })
    }
}
