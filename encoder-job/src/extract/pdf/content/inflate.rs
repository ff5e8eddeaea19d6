//! The bytes of a stream of instructions, and whether they are all there.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::{
    Filter,
    object::{Dict, Object, Stream},
};

/// What could be decoded of a stream.
pub(super) struct Decoded<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether that is all of it. Bytes may be missing that nobody misses: the end of a picture is not looked at.
    pub(super) is_whole: bool,
}

/// Decodes a stream of instructions; `None` where nothing can be decoded.
///
/// Streams that are merely deflated, which nearly all are, are inflated here, as the library hands on what it could inflate of
/// a stream that is cut short, or bent, without saying so.
pub(super) fn decoded<'a>(stream: &Stream<'a>) -> Option<Decoded<'a>> {
    let is_deflated = stream.filters().as_slice() == [Filter::FlateDecode];
    if !is_deflated || is_predicted(stream.dict()) {
        let bytes = stream.decoded_data().ok()?;
        return Some(Decoded {
            bytes,
            is_whole: true,
        });
    }
    let raw = stream.raw_data();
    if let Some(bytes) = inflate(&raw) {
        return Some(Decoded {
            bytes: Cow::Owned(bytes),
            is_whole: true,
        });
    }
    let bytes = stream.decoded_data().ok()?;
    let is_whole = only_lacks_its_checksum(&raw);
    Some(Decoded { bytes, is_whole })
}

/// Whether what is inflated has to be put together further (ISO 32000-2, 7.4.4.4).
fn is_predicted(dict: &Dict<'_>) -> bool {
    ["DecodeParms", "DP"]
        .iter()
        .any(|key| !matches!(dict.get::<Object<'_>>(*key), None | Some(Object::Null(_))))
}

/// Inflates data in the zlib format, up to its checksum (RFC 1950); `None` where it does not get there.
fn inflate(data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(data.len().saturating_mul(4));
    inflate_to_end(Decompress::new(true), data, &mut bytes).map(|_| bytes)
}

/// Whether deflated data is complete but for the checksum after it, or a part of that: many writers count a stream's bytes wrong.
fn only_lacks_its_checksum(data: &[u8]) -> bool {
    let Some(deflated) = data.get(2..) else {
        return false;
    };
    let mut bytes = Vec::new();
    inflate_to_end(Decompress::new(false), deflated, &mut bytes)
        .is_some_and(|taken| deflated.len() - taken < 4)
}

/// Inflates up to the end that the data itself tells, and returns how many bytes of it that took.
fn inflate_to_end(mut inflater: Decompress, data: &[u8], bytes: &mut Vec<u8>) -> Option<usize> {
    loop {
        if bytes.len() == bytes.capacity() {
            bytes.reserve(bytes.len().max(1024));
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
        assert_eq!(inflate(&whole).as_deref(), Some(&*text));
        for end in [0, 1, 2, whole.len() / 2, whole.len() - 5] {
            assert_eq!(inflate(&whole[..end]), None);
            assert!(!only_lacks_its_checksum(&whole[..end]), "{end}");
        }
        for end in [whole.len() - 4, whole.len() - 1] {
            assert_eq!(inflate(&whole[..end]), None);
            assert!(only_lacks_its_checksum(&whole[..end]), "{end}");
        }
    }

    #[test]
    fn bent_bytes_are_noticed() {
        let text = b"BT (Of Truth) Tj ET\n".repeat(500);
        let mut bent = deflated(&text);
        let last = bent.len() - 1;
        bent[last] ^= 1;
        assert_eq!(inflate(&bent), None, "the checksum is another one's");
        assert!(!only_lacks_its_checksum(&bent));
    }

    #[test]
    fn what_follows_the_end_is_nobodys_business() {
        let mut longer = deflated(b"q Q");
        longer.extend_from_slice(b"\r\nendstream");
        assert_eq!(inflate(&longer).as_deref(), Some(&b"q Q"[..]));
    }
}
