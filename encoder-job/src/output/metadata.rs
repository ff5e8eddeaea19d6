//! `<stem>_sections_metadata.json`: the chunks with everything known of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::SCHEMA_VERSION;
use crate::{
    chunk::{Chunk, Chunked, Parameters, Tokenizer},
    document::{ExtractedDocument, PageStatus},
    language::Language,
};

/// The whole file. The names down to `chunks` are those existing readers know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataFile<'text> {
    /// What the person called the document.
    pub file: String,
    /// The most tokens of a chunk.
    pub chunk_size: usize,
    /// The tokens neighbours share.
    pub overlap: usize,
    /// Chunks in all.
    pub chunks_count: usize,
    /// Sections in all.
    pub sections_count: usize,
    /// Characters of the whole extracted text.
    pub total_text_length: usize,
    /// How it was processed.
    pub processing_info: ProcessingInfo,
    /// Version of this shape.
    pub schema_version: u32,
    /// What `chunk_size` and `overlap` count: `tokens`.
    pub unit: String,
    /// The vocabulary the tokens are counted in.
    pub tokenizer: Tokenizer,
    /// ISO 639-1 code, `und` when unsure.
    pub language: String,
    /// 0 to 1.
    pub language_confidence: f64,
    /// Tokens of the whole extracted text.
    pub total_tokens: usize,
    /// Pages in all.
    pub total_pages: usize,
    /// How each page came out.
    pub pages: Vec<PageEntry>,
    /// Its headings, in order of their positions; of a result of an earlier version nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headings: Option<Vec<HeadingEntry>>,
    /// What a person should know about how it was read; `remarks` in results of earlier versions.
    #[serde(alias = "remarks")]
    pub warnings: Vec<String>,
    /// The chunks, in order.
    pub chunks: Vec<ChunkEntry<'text>>,
}

/// How it was processed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessingInfo {
    /// The most chunks that were allowed; there is no such limit.
    pub max_chunks_setting: Option<usize>,
    /// Always 0, as two runs must give the same bytes.
    pub processing_time: u32,
}

/// How a page came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEntry {
    /// Its number, from 1.
    pub number: u32,
    /// Characters of its text.
    pub chars: usize,
    /// How it came out.
    pub status: PageStatus,
}

/// A heading or bookmark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingEntry {
    /// Its rank: 1 is a top-level bookmark or a heading of the first level.
    pub level: u8,
    /// Its text, on one line.
    pub title: String,
    /// Where it begins in the whole extracted text, in characters.
    pub char_start: usize,
}

/// A chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChunkEntry<'text> {
    /// Stable: made of its text and the parameters.
    pub id: String,
    /// Its text.
    pub text: Cow<'text, str>,
    /// Tokens of its text, encoded by itself.
    pub token_count: usize,
    /// Where it begins in the whole extracted text, in characters.
    pub char_start: usize,
    /// Where it ends, exclusive.
    pub char_end: usize,
    /// The page of its first character that is no whitespace, from 1.
    pub page_start: u32,
    /// The page of its last character that is no whitespace, from 1.
    pub page_end: u32,
    /// What existing readers know of it.
    pub metadata: ChunkMetadata,
}

/// What existing readers know of a chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChunkMetadata {
    /// Its number in the document, from 0.
    pub index: usize,
    /// Where it begins in its section, in characters.
    pub start: usize,
    /// Where it ends in its section, exclusive.
    pub end: usize,
    /// Characters of its text.
    pub length: usize,
    /// The last heading that begins at or before its first character that is no whitespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its first page: the same as `page_start`. Every format has pages; one that knows none has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The number of its section, from 1.
    pub section: usize,
    /// Sections in all.
    pub total_sections: usize,
}

pub(super) fn metadata_file<'text>(
    file_name: &str,
    document: &ExtractedDocument,
    chunked: &Chunked<'text>,
    parameters: &Parameters,
    language: Language,
) -> MetadataFile<'text> {
    let pages: Vec<PageEntry> = document
        .pages
        .iter()
        .map(|page| PageEntry {
            number: page.number,
            chars: page.text.chars().count(),
            status: page.status,
        })
        .collect();
    MetadataFile {
        file: file_name.to_owned(),
        chunk_size: parameters.size,
        overlap: parameters.overlap,
        chunks_count: chunked.chunks.len(),
        sections_count: chunked.sections,
        total_text_length: chunked.total_characters,
        processing_info: ProcessingInfo {
            max_chunks_setting: None,
            processing_time: 0,
        },
        schema_version: SCHEMA_VERSION,
        unit: "tokens".to_owned(),
        tokenizer: parameters.tokenizer,
        language: language.code.to_owned(),
        language_confidence: language.confidence,
        total_tokens: chunked.total_tokens,
        total_pages: document.pages.len(),
        headings: Some(heading_entries(document, &pages)),
        pages,
        warnings: document.warnings.clone(),
        chunks: chunked
            .chunks
            .iter()
            .enumerate()
            .map(|(index, chunk)| chunk_entry(index, chunk, chunked.sections))
            .collect(),
    }
}

/// The headings in order, each with its place in the whole text: after the pages before its own and the form feed after each. One whose page is not
/// there is left out.
fn heading_entries(document: &ExtractedDocument, pages: &[PageEntry]) -> Vec<HeadingEntry> {
    let mut start = 0;
    let starts: Vec<usize> = pages
        .iter()
        .map(|page| {
            let next = start + page.chars + 1;
            std::mem::replace(&mut start, next)
        })
        .collect();
    let mut entries: Vec<HeadingEntry> = document
        .headings
        .iter()
        .filter_map(|heading| {
            let index = usize::try_from(heading.page).ok()?.checked_sub(1)?;
            Some(HeadingEntry {
                level: heading.level,
                title: heading.title.clone(),
                char_start: starts.get(index)? + heading.offset.min(pages.get(index)?.chars),
            })
        })
        .collect();
    entries.sort_by_key(|entry| entry.char_start);
    entries
}

fn chunk_entry<'text>(index: usize, chunk: &Chunk<'text>, total_sections: usize) -> ChunkEntry<'text> {
    let length = chunk.char_end - chunk.char_start;
    ChunkEntry {
        id: chunk.id.clone(),
        text: Cow::Borrowed(chunk.text),
        token_count: chunk.token_count,
        char_start: chunk.char_start,
        char_end: chunk.char_end,
        page_start: chunk.page_start,
        page_end: chunk.page_end,
        metadata: ChunkMetadata {
            index,
            start: chunk.start_in_section,
            end: chunk.start_in_section + length,
            length,
            title: chunk.title.clone(),
            page: Some(chunk.page_start),
            section: chunk.section + 1,
            total_sections,
        },
    }
}
