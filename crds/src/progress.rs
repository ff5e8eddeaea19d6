//! Live progress, as it travels through Redis from the encoder to the API.
//!
//! One key for one resource, holding one [`ProgressRecord`] as JSON, which expires. Losing it loses nothing: the
//! resource's status says the same, coarser.

use serde::{Deserialize, Serialize};

/// Beginning of every progress key; an encoder's Redis identity may write below it and nowhere else.
pub const KEY_PREFIX: &str = "socrate:progress:";
/// How long a record is kept after it was last written, in seconds.
pub const EXPIRY_SECONDS: u64 = 3600;

/// The Redis key of a resource's progress.
///
/// `owner_prefix` is [`crate::Owner::prefix`], which makes the keys of one tenant one pattern.
pub fn key(owner_prefix: &str, resource_uid: &str) -> String {
    format!("{KEY_PREFIX}{owner_prefix}:{resource_uid}")
}

/// The steps of an encoding: where each begins, in per cent, and the texts people see.
pub mod step {
    /// Nothing has begun.
    pub const QUEUED: (u8, &str) = (0, "Queued");
    /// The source is being read.
    pub const READING: (u8, &str) = (10, "Reading file");
    /// Text is extracted and cut; moves from here to [`SAVING`] with each page.
    pub const ENCODING: (u8, &str) = (20, "Running memvid encoder");
    /// The files are being written.
    pub const SAVING: (u8, &str) = (80, "Saving metadata");
    /// The manifest is written.
    pub const COMPLETE: (u8, &str) = (100, "Complete");
}

/// How far an attempt is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ProgressRecord {
    /// The attempt it speaks of, from 1.
    pub attempt: u32,
    /// The uid of the Pod that speaks.
    pub pod_uid: String,
    /// Per cent of the work that is done.
    pub progress: u8,
    /// What is being done now; one of the texts of [`step`].
    pub message: String,
    /// Pages whose text is extracted.
    pub pages_done: u32,
    /// Pages the document has; 0 before that is known.
    pub pages_total: u32,
}

/// Per cent of the whole work when `pages_done` of `pages_total` pages are extracted: 20 to 80.
pub fn percent_of_pages(pages_done: u32, pages_total: u32) -> u8 {
    let (from, to) = (u64::from(step::ENCODING.0), u64::from(step::SAVING.0));
    if pages_total == 0 {
        return step::ENCODING.0;
    }
    let done = u64::from(pages_done.min(pages_total));
    u8::try_from(from + (to - from) * done / u64::from(pages_total)).unwrap_or(step::SAVING.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_move_progress_from_20_to_80() {
        assert_eq!(percent_of_pages(0, 0), 20);
        assert_eq!(percent_of_pages(0, 10), 20);
        assert_eq!(percent_of_pages(5, 10), 50);
        assert_eq!(percent_of_pages(10, 10), 80);
        assert_eq!(percent_of_pages(11, 10), 80);
        assert_eq!(percent_of_pages(u32::MAX, u32::MAX), 80);
    }
}
