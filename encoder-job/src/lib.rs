//! From a document to overlapping chunks of tokens, in three steps: [`extract`] its text, [`chunk`] it, and write the
//! [`output`]. [`encode`] is the last two in a row; [`read`] is the first, in a process of its own.
//!
//! The library and the commands `encode`, `text` and `verify` know nothing of Kubernetes; that half lives in the room
//! behind the Cargo feature `run`.

pub mod chunk;
pub mod digest;
pub mod document;
pub mod encode;
pub mod extract;
pub mod failure;
pub mod language;
pub mod output;
pub mod parser_process;
pub mod pluralize;
pub mod processors;
pub mod read;
