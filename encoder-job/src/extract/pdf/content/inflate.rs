//! The bytes of a stream of instructions, and whether they are all there.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::{
    Filter,
    object::{Dict, Object, Stream},
};

/// The most bytes that a stream of instructions, or those of a page together, may be decoded to: what the largest drawings have, many times over.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// What could be decoded of a stream.
pub(super) struct Decoded<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether that is all of it. Bytes may be missing that nobody misses: the end of a picture is not looked at.
    pub(super) is_whole: bool,
    /// Whether there is more of it than may be decoded; `bytes` then has its beginning.
    pub(super) is_over_limit: bool,
}

/// Decodes a stream of instructions, up to [`MAX_BYTES`]; `None` where nothing can be decoded.
pub(super) fn decoded<'a>(stream: &Stream<'a>) -> Option<Decoded<'a>> {
    decoded_within(stream, MAX_BYTES)
}

/// Decodes a stream of instructions, up to so many bytes; `None` where nothing can be decoded.
///
/// Streams that are merely deflated, which nearly all are, are inflated here, as the library hands on what it could inflate of
/// a stream that is cut short, or bent, without saying so, and all of it, however much that is.
pub(super) fn decoded_within<'a>(stream: &Stream<'a>, most: usize) -> Option<Decoded<'a>> {
    let filters = stream.filters();
    let is_deflated = !filters.is_empty() && filters.iter().all(|&filter| filter == Filter::FlateDecode);
    let by_library = |is_whole| {
        let bytes = stream.decoded_data().ok()?;
        Some(Decoded {
            is_over_limit: bytes.len() > most,
            bytes,
            is_whole,
        })
    };
    if !is_deflated {
        return by_library(true);
    }
    let raw = stream.raw_data();
    if is_predicted(stream.dict()) {
        // A predictor makes nothing longer, so that this is all there may be.
        return match inflate(&raw, most) {
            Inflated::Endless(_) => Some(Decoded {
                bytes: Cow::Borrowed(&[]),
                is_whole: false,
                is_over_limit: true,
            }),
            Inflated::Whole(_) | Inflated::Broken => by_library(true),
        };
    }
    let mut bytes = raw.clone();
    for _ in 0..filters.len() {
        match inflate(&bytes, most) {
            Inflated::Whole(inflated) => bytes = Cow::Owned(inflated),
            Inflated::Endless(beginning) => {
                let is_last = filters.len() == 1;
                return Some(Decoded {
                    bytes: Cow::Owned(if is_last { beginning } else { Vec::new() }),
                    is_whole: false,
                    is_over_limit: true,
                });
            }
            Inflated::Broken => return by_library(only_lacks_its_checksum(&raw, most)),
        }
    }
    Some(Decoded {
        bytes,
        is_whole: true,
        is_over_limit: false,
    })
}

/// Whether what is inflated has to be put together further (ISO 32000-2, 7.4.4.4).
fn is_predicted(dict: &Dict<'_>) -> bool {
    ["DecodeParms", "DP"]
        .iter()
        .any(|key| !matches!(dict.get::<Object<'_>>(*key), None | Some(Object::Null(_))))
}

/// What came of inflating.
#[derive(Debug, PartialEq)]
enum Inflated {
    Whole(Vec<u8>),
    /// It has more than so many bytes; these are the first.
    Endless(Vec<u8>),
    /// It does not get to its end.
    Broken,
}

/// Inflates data in the zlib format, up to its checksum (RFC 1950), and at most to so many bytes.
fn inflate(data: &[u8], most: usize) -> Inflated {
    let mut bytes = Vec::with_capacity(data.len().saturating_mul(4).min(most));
    match inflate_to_end(Decompress::new(true), data, &mut bytes, most) {
        Some(_) if bytes.len() <= most => Inflated::Whole(bytes),
        _ if bytes.len() > most => {
            bytes.truncate(most);
            Inflated::Endless(bytes)
        }
        _ => Inflated::Broken,
    }
}

/// Whether deflated data is complete but for the checksum after it, or a part of that: many writers count a stream's bytes wrong.
fn only_lacks_its_checksum(data: &[u8], most: usize) -> bool {
    let Some(deflated) = data.get(2..) else {
        return false;
    };
    let mut bytes = Vec::new();
    inflate_to_end(Decompress::new(false), deflated, &mut bytes, most)
        .is_some_and(|taken| deflated.len() - taken < 4)
}

/// Inflates up to the end that the data itself tells, and returns how many bytes of it that took; gives up when there are more than `most`.
fn inflate_to_end(mut inflater: Decompress, data: &[u8], bytes: &mut Vec<u8>, most: usize) -> Option<usize> {
    loop {
        if bytes.len() > most {
            return None;
        }
        if bytes.len() == bytes.capacity() {
            // One byte beyond tells that there is more.
            let room = (most - bytes.len()).saturating_add(1);
            bytes.reserve_exact(bytes.len().max(1024).min(room));
        }
        let taken = usize::try_from(inflater.total_in()).ok()?;
        let before = bytes.len();
        let status = inflater.decompress_vec(data.get(taken..)?, bytes, FlushDecompress::None);
        let now_taken = usize::try_from(inflater.total_in()).ok()?;
        match status {
            Ok(Status::StreamEnd) => return Some(now_taken),
            Ok(Status::Ok | Status::BufError) if now_taken > taken || bytes.len() > before => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_of_a_stream_is_told_from_a_part_of_it() {
        let text: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
        let whole = deflated(&text);
        assert_eq!(inflate(&whole, MAX_BYTES), Inflated::Whole(text));
        for end in [0, 1, 2, whole.len() / 2, whole.len() - 5] {
            assert_eq!(inflate(&whole[..end], MAX_BYTES), Inflated::Broken);
            assert!(!only_lacks_its_checksum(&whole[..end], MAX_BYTES), "{end}");
        }
        for end in [whole.len() - 4, whole.len() - 1] {
            assert_eq!(inflate(&whole[..end], MAX_BYTES), Inflated::Broken);
            assert!(only_lacks_its_checksum(&whole[..end], MAX_BYTES), "{end}");
        }
    }

    #[test]
    fn bent_bytes_are_noticed() {
        let text = b"BT (Of Truth) Tj ET\n".repeat(500);
        let mut bent = deflated(&text);
        let last = bent.len() - 1;
        bent[last] ^= 1;
        let inflated = inflate(&bent, MAX_BYTES);
        assert_eq!(inflated, Inflated::Broken, "the checksum is another one's");
        assert!(!only_lacks_its_checksum(&bent, MAX_BYTES));
    }

    #[test]
    fn what_follows_the_end_is_nobodys_business() {
        let mut longer = deflated(b"q Q");
        longer.extend_from_slice(b"\r\nendstream");
        assert_eq!(inflate(&longer, MAX_BYTES), Inflated::Whole(b"q Q".to_vec()));
    }

    #[test]
    fn no_more_is_inflated_than_is_allowed() {
        let bomb = deflated(&vec![b' '; 1 << 20]);
        for most in [0, 1, 1000, (1 << 20) - 1] {
            let Inflated::Endless(beginning) = inflate(&bomb, most) else {
                panic!("more than {most} bytes are allowed");
            };
            assert_eq!(beginning.len(), most);
            assert!(
                beginning.capacity() <= 2 * most + 2048,
                "{}",
                beginning.capacity()
            );
            assert!(!only_lacks_its_checksum(&bomb, most));
        }
        assert!(matches!(inflate(&bomb, 1 << 20), Inflated::Whole(_)));
    }
}
