//! Which texts of a page are right.
//!
//! Pieces of text come in the order in which they are set: columns from left to right, what spans several of them in its place
//! between those above and those below. Between two pieces, and where a paragraph goes on in the next column, stands a blank
//! line. A line of a table is a line, with tabs between its cells. A word that was cut at a line's end is whole, before the
//! line's end.
//!
//! Some pages can be read in more than one way. None breaks into a sentence:
//!
//! - Notes in the margin stand behind the paragraph beside which they begin, or before it, or all of them behind the main text or
//!   before it, as a column, with or without blank lines; a note of one word may stand in the line of its paragraph.
//! - Notes at the foot of a column stand there, or all of them at the page's end.
//! - Page numbers and heads of the two halves of a spread stand each in its half, or all in one line at the page's edge, with
//!   tabs between them.
//! - Entries of a list, a bibliography or a dictionary have a blank line between them, or none of them has: of their white space it is
//!   hard to say whether it parts paragraphs.

use crate::page::{Block, Kind, Page};

/// The texts that are right. The first is the one that is shown where none of them came.
pub fn texts(page: &Page) -> Vec<String> {
    let blocks: Vec<&Block> = page.blocks.iter().collect();
    let mut ways = vec![blocks.clone()];
    let (notes, rest) = parted(&blocks, Kind::SideNote);
    if !notes.is_empty() {
        let (title, text) = parted(&rest, Kind::Apart);
        ways.push([title.clone(), text.clone(), notes.clone()].concat());
        ways.push([title, notes, text].concat());
        ways.push(notes_first(&blocks));
    }
    let (notes, text) = parted(&blocks, Kind::FootNote);
    if !notes.is_empty() {
        ways.push([text, notes].concat());
    }
    let mut texts: Vec<String> = ways
        .iter()
        .flat_map(|way| [Joint::Open, Joint::Close, Joint::Row].map(|joint| joined(way, joint)))
        .collect();
    let (heads, without_heads) = parted(&blocks, Kind::Head);
    let (feet, without_feet) = parted(&blocks, Kind::Foot);
    let (_, text) = parted(&without_heads, Kind::Foot);
    for (heads, text, feet) in [
        (&heads, &without_heads, &Vec::new()),
        (&heads, &text, &feet),
        (&Vec::new(), &without_feet, &feet),
    ] {
        let pieces = [row(heads), joined(text, Joint::Open), row(feet)];
        let pieces: Vec<String> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        texts.push(pieces.join("\n\n"));
    }
    let mut different: Vec<String> = Vec::new();
    for text in texts {
        if !different.contains(&text) {
            different.push(text);
        }
    }
    different
}

/// What stands between pieces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// A blank line.
    Open,
    /// The same, but none between short entries and between notes in the margin.
    Close,
    /// The same as the first, but a note in the margin stands in the first line of its paragraph.
    Row,
}

fn joined(blocks: &[&Block], joint: Joint) -> String {
    let mut text = String::new();
    let mut before: Option<Kind> = None;
    for block in blocks {
        let is_note = block.kind == Kind::SideNote;
        text.push_str(match (before, joint) {
            (None, _) => "",
            (Some(Kind::SideNote), Joint::Close) if is_note => "\n",
            (Some(Kind::SideNote), Joint::Row) if !is_note => "\t",
            (_, Joint::Close) if block.is_close => "\n",
            _ => "\n\n",
        });
        text.push_str(&block.text);
        before = Some(block.kind);
    }
    text
}

/// Heads or feet in one line.
fn row(blocks: &[&Block]) -> String {
    let cells: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
    cells.join("\t")
}

/// The pieces of this kind, and the others.
fn parted<'b>(blocks: &[&'b Block], kind: Kind) -> (Vec<&'b Block>, Vec<&'b Block>) {
    blocks.iter().partition(|block| block.kind == kind)
}

/// Each note before the paragraph beside which it stands.
fn notes_first<'b>(blocks: &[&'b Block]) -> Vec<&'b Block> {
    let mut ordered: Vec<&Block> = Vec::new();
    for &block in blocks {
        let at = if block.kind == Kind::SideNote {
            ordered
                .iter()
                .rposition(|other| other.kind != Kind::SideNote)
                .unwrap_or(0)
        } else {
            ordered.len()
        };
        ordered.insert(at, block);
    }
    ordered
}
