//! The chunker: any text on any pages, under any headings, in chunks of any size, keeps every rule.
#![no_main]

use encoder_job::{
    chunk::{Boundary, MIN_SIZE, Parameters, Tokenizer},
    document::{ExtractedDocument, Format, Heading, Page, PageStatus},
    extract::clean::clean,
};
use encoder_job_fuzz::rules::check_encoding;
use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};

#[derive(Arbitrary, Debug)]
struct Input {
    size: u8,
    /// In 256ths of the size.
    overlap: u8,
    is_cut_at_tokens: bool,
    is_o200k: bool,
    /// Level, page and offset, each to be made to fit.
    headings: Vec<(u8, u8, u8)>,
    pages: Vec<String>,
}

impl Input {
    fn parameters(&self) -> Parameters {
        let size = MIN_SIZE + usize::from(self.size);
        Parameters {
            size,
            overlap: size * usize::from(self.overlap) / 256,
            tokenizer: if self.is_o200k {
                Tokenizer::O200kBase
            } else {
                Tokenizer::Cl100kBase
            },
            boundary: if self.is_cut_at_tokens {
                Boundary::Token
            } else {
                Boundary::Sentence
            },
        }
    }

    fn document(&self) -> ExtractedDocument {
        let pages: Vec<Page> = (1..)
            .zip(&self.pages)
            .map(|(number, text)| Page {
                number,
                text: clean(text),
                status: PageStatus::Ok,
            })
            .collect();
        let mut headings: Vec<Heading> = self
            .headings
            .iter()
            .filter_map(|&(level, page, offset)| {
                let page = pages.get(usize::from(page) % pages.len().max(1))?;
                Some(Heading {
                    level: 1 + level % 6,
                    title: format!("Heading {offset}"),
                    page: page.number,
                    offset: usize::from(offset) % (page.text.chars().count() + 1),
                })
            })
            .collect();
        headings.sort_by_key(|heading| (heading.page, heading.offset));
        ExtractedDocument {
            format: Format::Pdf,
            pages,
            headings,
            warnings: Vec::new(),
        }
    }
}

fuzz_target!(|input: Input| {
    check_encoding(&input.document(), input.parameters());
});
