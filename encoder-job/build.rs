//! Lays the vocabularies out as tables that are used as they lie in the program, so that none has to be built when it starts.

#[path = "src/chunk/vocabulary/hash.rs"]
mod hash;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use hash::{EMPTY, Place};
use regex_syntax::hir::{Class, HirKind};
use tiktoken_rs::CoreBPE;

/// Characters of a block of the table of kinds.
const BLOCK: usize = 256;

/// The kinds of characters that pieces are made of, as in `characters.rs`, and the classes of regular expressions they are.
const KINDS: [(u8, &str); 6] = [
    (1, r"[\p{Lu}\p{Lt}]"),
    (2, r"\p{Ll}"),
    (4, r"[\p{Lm}\p{Lo}]"),
    (8, r"\p{M}"),
    (16, r"\p{N}"),
    (32, r"\s"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/chunk/vocabulary/hash.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    let cl100k = tiktoken_rs::cl100k_base().expect("the crate holds this vocabulary");
    let o200k = tiktoken_rs::o200k_base().expect("the crate holds this vocabulary");
    write_vocabulary(&out, "cl100k_base", &cl100k);
    write_vocabulary(&out, "o200k_base", &o200k);
    write_kinds(&out);
}

/// Writes the tokens one after the other, where each ends, and a hash table of their numbers.
fn write_vocabulary(out: &Path, name: &str, vocabulary: &CoreBPE) {
    // The numbers of the tokens of text have no gaps; those of special tokens follow after one.
    let tokens: Vec<Vec<u8>> = (0..)
        .map_while(|number| vocabulary.decode_bytes(&[number]).ok())
        .collect();
    assert!(tokens.len() > 100_000, "{name} has only {} tokens", tokens.len());
    let mut end = 0;
    let ends: Vec<u32> = tokens
        .iter()
        .map(|token| {
            end += token.len();
            u32::try_from(end).expect("a vocabulary has less than 4 GB")
        })
        .collect();
    let mut slots = vec![EMPTY; (2 * tokens.len()).next_power_of_two()];
    for (number, token) in (0..).zip(&tokens) {
        let mut place = Place::of(token, slots.len());
        while slots[place.slot] != EMPTY {
            place.step(slots.len());
        }
        assert!(number < hash::NUMBER, "{name} has too many tokens");
        slots[place.slot] = place.tag | number;
    }
    write(out, &format!("{name}.tokens"), &tokens.concat());
    write(out, &format!("{name}.ends"), &little_endian(&ends));
    write(out, &format!("{name}.slots"), &little_endian(&slots));
}

/// Writes the kind of each character, in blocks of which equal ones are there once: the number of each block, then the blocks.
fn write_kinds(out: &Path) {
    let mut kinds = vec![0_u8; char::MAX as usize + 1];
    for (kind, class) in KINDS {
        let parsed = regex_syntax::parse(class).expect("this is a class");
        let HirKind::Class(Class::Unicode(class)) = parsed.kind() else {
            panic!("{class} is no class of characters");
        };
        for range in class.ranges() {
            kinds[range.start() as usize..=range.end() as usize].fill(kind);
        }
    }
    let mut blocks: Vec<&[u8]> = Vec::new();
    let numbers: Vec<u8> = kinds
        .chunks(BLOCK)
        .map(|block| {
            let number = blocks.iter().position(|known| *known == block);
            let number = number.unwrap_or_else(|| {
                blocks.push(block);
                blocks.len() - 1
            });
            u8::try_from(number).expect("there are few different blocks")
        })
        .collect();
    write(out, "kinds.numbers", &numbers);
    write(out, "kinds.blocks", &blocks.concat());
}

fn little_endian(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn write(out: &Path, name: &str, bytes: &[u8]) {
    let path = out.join(name);
    fs::write(&path, bytes).unwrap_or_else(|error| panic!("unable to write {}: {error}", path.display()));
}
