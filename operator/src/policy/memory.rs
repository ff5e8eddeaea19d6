//! How much memory an attempt gets.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crds::{DocumentEncoding, Reason};

use crate::state::OperatorStatus;

/// The memory of the next attempt, in bytes: twice that of the last where that ran out of it, up to the cap.
pub fn next(last: u64, failed_for: Reason, cap: u64) -> u64 {
    if failed_for == Reason::OutOfMemory {
        last.saturating_mul(2).min(cap.max(last))
    } else {
        last
    }
}

/// The memory of the next try, in bytes, as the status says; the first gets `default`, or what similar documents needed.
pub fn of_next_try(status: &OperatorStatus, default: u64, learned: Option<u64>, cap: u64) -> u64 {
    let Some(last) = status.memory.as_ref().and_then(crds::resources::bytes) else {
        return default.max(learned.unwrap_or(0).min(cap));
    };
    last
}

/// Documents that are like each other: of one queue and owner, of one kind, within a factor of two of one size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Likeness {
    queue: String,
    namespace: String,
    tenant: String,
    kind: String,
    size_step: u32,
}

/// What documents needed that ran out of memory: similar ones begin there, instead of climbing the same steps.
///
/// Only steps that worked after one that did not are kept, so a document without such neighbours gets what its queue gives. It is lost with
/// the process, and learned again.
#[derive(Debug, Default)]
pub struct Ladder {
    worked: Mutex<HashMap<Likeness, u64>>,
}

/// So many kinds of documents are remembered.
const CAPACITY: usize = 10_000;

impl Ladder {
    /// A document was encoded with so much memory, after it had run out of less.
    pub fn worked(&self, encoding: &DocumentEncoding, memory: u64) {
        let Some(likeness) = likeness(encoding) else {
            return;
        };
        let mut worked = self.worked.lock().unwrap_or_else(PoisonError::into_inner);
        if worked.len() >= CAPACITY {
            worked.clear();
        }
        worked.insert(likeness, memory);
    }

    /// What documents like this one needed.
    pub fn learned(&self, encoding: &DocumentEncoding) -> Option<u64> {
        let worked = self.worked.lock().unwrap_or_else(PoisonError::into_inner);
        if worked.is_empty() {
            return None;
        }
        worked.get(&likeness(encoding)?).copied()
    }
}

/// Without a size nothing is known to be alike.
fn likeness(encoding: &DocumentEncoding) -> Option<Likeness> {
    let spec = &encoding.spec;
    let size = u64::try_from(spec.source.size_bytes?).ok()?;
    let kind = spec.source.content_type.clone().unwrap_or_else(|| {
        let (_, extension) = spec.source.file_name.rsplit_once('.').unwrap_or_default();
        extension.to_ascii_lowercase()
    });
    let labels = encoding.metadata.labels.as_ref();
    Some(Likeness {
        queue: spec.queue.clone(),
        namespace: encoding.metadata.namespace.clone().unwrap_or_default(),
        tenant: labels
            .and_then(|labels| labels.get(crds::labels::TENANT).cloned())
            .unwrap_or_default(),
        kind,
        size_step: u64::BITS - size.leading_zeros(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn running_out_doubles_it_up_to_the_cap() {
        assert_eq!(next(512, Reason::OutOfMemory, 4096), 1024);
        assert_eq!(next(3000, Reason::OutOfMemory, 4096), 4096);
        assert_eq!(next(8000, Reason::OutOfMemory, 4096), 8000);
        assert_eq!(next(512, Reason::EncoderCrashed, 4096), 512);
    }

    #[test]
    fn similar_documents_begin_where_the_last_one_got_through() {
        let of = |name: &str, bytes| {
            let mut encoding = testing::encoding();
            encoding.spec.source.file_name = name.into();
            encoding.spec.source.size_bytes = bytes;
            encoding
        };
        let ladder = Ladder::default();
        assert_eq!(ladder.learned(&of("a.pdf", Some(1000))), None);
        ladder.worked(&of("a.pdf", Some(1000)), 1 << 30);
        assert_eq!(ladder.learned(&of("b.PDF", Some(900))), Some(1 << 30));
        for other in [
            of("b.pdf", Some(5000)),
            of("b.txt", Some(1000)),
            of("b.pdf", None),
        ] {
            assert_eq!(ladder.learned(&other), None, "{:?}", other.spec.source);
        }
        let mut in_another_queue = of("b.pdf", Some(1000));
        in_another_queue.spec.queue = "maintenance".into();
        assert_eq!(ladder.learned(&in_another_queue), None);
    }
}
