//! The file with the chunks of a result, read with little in memory, however long it is.

use std::{
    cell::Cell,
    fmt,
    io::{self, Read},
    ops::Range,
    rc::Rc,
    sync::{Arc, Weak},
};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use sha2::{Digest, Sha256};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
};
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::{
    chunks::{Chunk, ChunkPage, PAGE_BYTES},
    manifest::{Manifest, ManifestError},
};
use crate::{
    identity::key::hexadecimal,
    store::{Store, StoreError},
    turns::Turn,
};

/// Of those that are read whole so many are read at once. Who waits until somebody takes what was read lets others read meanwhile.
const READ_AT_ONCE: usize = 4;
static READING_ALL: Semaphore = Semaphore::const_new(READ_AT_ONCE);
/// Who reads all is given so many chunks at a time, or fewer, where their texts are of so many bytes.
const AT_A_TIME: usize = 50;
const BYTES_AT_A_TIME: usize = 512 << 10;
/// A chunk has no more bytes in its file than this: one of the largest size that may be asked for has a fiftieth.
const LONGEST_CHUNK: u64 = 32 << 20;

/// Reads the chunks with these numbers, as far as they fit into a page. The whole file is read, as only then it is known that it is the one that was committed.
///
/// # Errors
/// Where the file is not what the manifest says, and those of the store.
pub async fn read(
    store: &Store,
    manifest: &Manifest,
    turn: Turn,
    range: Range<usize>,
) -> Result<ChunkPage, ManifestError> {
    let (total, chunks) = parsed(store, manifest, move |reader, sha256| {
        let _turn = turn; // Also where nobody waits for it any more.
        let (mut chunks, mut bytes) = (Vec::new(), 0);
        let total = parse(reader, sha256, range, |chunk| {
            if bytes < PAGE_BYTES {
                bytes += chunk.text.len();
                chunks.push(chunk);
            }
            true
        })?;
        Ok((total, chunks))
    })
    .await?;
    Ok(ChunkPage { chunks, total })
}

/// Reads all chunks, which are sent some at a time, and answers how many there are. Only then it is known that they are what was committed.
/// It waits for its turn, as few are read at once.
///
/// # Errors
/// As [`read`]; also where nobody receives them any more.
pub async fn read_all(
    store: &Store,
    manifest: &Manifest,
    sender: mpsc::Sender<Vec<Chunk>>,
) -> Result<usize, ManifestError> {
    let runtime = Handle::current();
    let mut place = READING_ALL.acquire().await.ok(); // It is never closed.
    let mut send = move |batch| {
        drop(place.take());
        let is_taken = sender.blocking_send(batch).is_ok();
        place = runtime.block_on(READING_ALL.acquire()).ok();
        is_taken
    };
    parsed(store, manifest, move |reader, sha256| {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let total = parse(reader, sha256, 0..usize::MAX, |chunk| {
            bytes += chunk.text.len();
            batch.push(chunk);
            if batch.len() < AT_A_TIME && bytes < BYTES_AT_A_TIME {
                return true;
            }
            bytes = 0;
            send(std::mem::take(&mut batch))
        })?;
        if !batch.is_empty() && !send(batch) {
            return Err(Unread::Store(io::ErrorKind::BrokenPipe.into()));
        }
        Ok(total)
    })
    .await
}

/// What a blocking reader makes of the file with the chunks. It ends with whoever waits for it.
async fn parsed<T: Send + 'static>(
    store: &Store,
    manifest: &Manifest,
    parse: impl FnOnce(&mut dyn Read, &str) -> Result<T, Unread> + Send + 'static,
) -> Result<T, ManifestError> {
    let entry = manifest.metadata_file.clone();
    let key = manifest.key(&entry)?;
    let object = store.read(&key).await?;
    if object.size != entry.size {
        return Err(ManifestError::Inconsistent("a file has another length"));
    }
    let reader = SyncIoBridge::new(StreamReader::new(object.into_stream()));
    let is_wanted = Arc::new(());
    let wanted = Arc::downgrade(&is_wanted);
    let parsing =
        tokio::task::spawn_blocking(move || parse(&mut WantedReader { reader, wanted }, &entry.sha256));
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::failed("read", &key, error);
    let parsed = parsing.await;
    drop(is_wanted);
    match parsed {
        Ok(Ok(parsed)) => Ok(parsed),
        Ok(Err(Unread::Store(error))) => Err(failed(error.into()).into()),
        Ok(Err(Unread::Inconsistent(what))) => Err(ManifestError::Inconsistent(what)),
        Err(error) => Err(failed(error.into()).into()),
    }
}

/// Why a file was not read.
#[derive(Debug)]
enum Unread {
    Store(io::Error),
    Inconsistent(&'static str),
}

/// Reads all of it, gives the chunks of the range to `take` for as long as that wants more, and answers how many there are in all.
fn parse(
    reader: impl Read,
    sha256: &str,
    range: Range<usize>,
    mut take: impl FnMut(Chunk) -> bool,
) -> Result<usize, Unread> {
    let allowance = Rc::new(Cell::new(u64::MAX));
    let mut reader = io::BufReader::with_capacity(
        64 << 10,
        HashingReader {
            reader,
            digest: Sha256::new(),
            allowance: allowance.clone(),
        },
    );
    let mut reading = Reading {
        range,
        take: &mut take,
        total: 0,
        is_given_up: false,
        allowance: allowance.clone(),
    };
    let parsed = File(&mut reading).deserialize(&mut serde_json::Deserializer::from_reader(&mut reader));
    if reading.is_given_up {
        return Err(Unread::Store(io::ErrorKind::BrokenPipe.into()));
    }
    if allowance.get() == 0 {
        return Err(Unread::Inconsistent("a chunk is longer than any can be"));
    }
    match parsed {
        Err(error) if error.is_io() => return Err(Unread::Store(error.into())),
        _ => {}
    }
    allowance.set(u64::MAX);
    let total = reading.total;
    io::copy(&mut reader, &mut io::sink()).map_err(Unread::Store)?;
    if hexadecimal(&reader.into_inner().digest.finalize()) != sha256 {
        return Err(Unread::Inconsistent("a file has another digest"));
    }
    parsed.map_err(|_| Unread::Inconsistent("a file of chunks cannot be read"))?;
    Ok(total)
}

/// Which chunks are wanted, and by whom.
struct Reading<'take> {
    range: Range<usize>,
    take: &'take mut dyn FnMut(Chunk) -> bool,
    total: usize,
    is_given_up: bool,
    /// So many bytes may be read before the next chunk has ended.
    allowance: Rc<Cell<u64>>,
}

/// A reader that ends with the request that wants to know.
struct WantedReader<R> {
    reader: R,
    wanted: Weak<()>,
}

impl<R: Read> Read for WantedReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.wanted.strong_count() == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.reader.read(bytes)
    }
}

/// Notes the digest of what is read, and reads no more than is allowed.
struct HashingReader<R> {
    reader: R,
    digest: Sha256,
    allowance: Rc<Cell<u64>>,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(bytes)?;
        self.digest.update(&bytes[..length]);
        let left = self.allowance.get().saturating_sub(length as u64);
        self.allowance.set(left);
        if left == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(length)
    }
}

/// The file: of what it holds the chunks alone are looked at.
struct File<'reading, 'take>(&'reading mut Reading<'take>);

impl<'de> DeserializeSeed<'de> for File<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with chunks")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "chunks" {
                map.next_value_seed(Chunks(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The list of chunks: those outside of the range are passed over.
struct Chunks<'reading, 'take>(&'reading mut Reading<'take>);

impl<'de> DeserializeSeed<'de> for Chunks<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Chunks<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of chunks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Self(reading) = self;
        loop {
            reading.allowance.set(LONGEST_CHUNK);
            if reading.range.contains(&reading.total) {
                let Some(chunk) = sequence.next_element::<Chunk>()? else {
                    break;
                };
                if !(reading.take)(chunk.without_nul()) {
                    reading.is_given_up = true;
                    return Err(A::Error::custom("nobody wants more"));
                }
            } else if sequence.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
            reading.total += 1;
        }
        reading.allowance.set(u64::MAX);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn chunk(index: u64) -> Value {
        json!({
            "id": format!("id-{index}"), "text": format!("text {index}"), "token_count": 2, "char_start": index, "char_end": index + 6,
            "page_start": 1, "page_end": 1, "kinds": ["paragraph"],
            "metadata": {"index": index, "start": 0, "end": 6, "length": 6, "section": 1, "total_sections": 1},
        })
    }

    fn file(count: u64) -> (Vec<u8>, String) {
        let chunks: Vec<Value> = (0..count).map(chunk).collect();
        let file =
            json!({ "file": "a.pdf", "pages": [{"chunks": 1}], "chunks": chunks, "later": {} }).to_string();
        let digest = hexadecimal(&Sha256::digest(&file));
        (file.into_bytes(), digest)
    }

    fn kept(file: &[u8], digest: &str, range: Range<usize>) -> Result<(usize, Vec<Chunk>), Unread> {
        let mut chunks = Vec::new();
        let total = parse(file, digest, range, |chunk| {
            chunks.push(chunk);
            true
        })?;
        Ok((total, chunks))
    }

    #[test]
    fn a_chunk_is_as_long_as_one_can_be_and_all_of_them_as_long_as_they_are() {
        let long = |count: u64, length: usize| {
            let mut chunks: Vec<Value> = (0..count).map(chunk).collect();
            for chunk in &mut chunks {
                chunk["text"] = "a".repeat(length).into();
            }
            let file = json!({ "chunks": chunks }).to_string().into_bytes();
            let digest = hexadecimal(&Sha256::digest(&file));
            (file, digest)
        };
        let (file, digest) = long(3, 15 << 20);
        for range in [0..3, 3..4] {
            assert_eq!(kept(&file, &digest, range).unwrap().0, 3);
        }
        let (file, digest) = long(2, 33 << 20);
        for range in [0..2, 2..4] {
            let read = kept(&file, &digest, range);
            assert!(matches!(
                read,
                Err(Unread::Inconsistent("a chunk is longer than any can be"))
            ));
        }
    }

    #[test]
    fn reading_ends_where_nobody_wants_more() {
        let (file, digest) = file(5);
        let mut given = 0;
        let parsed = parse(file.as_slice(), &digest, 0..5, |_| {
            given += 1;
            given < 2
        });
        assert!(matches!(parsed, Err(Unread::Store(error)) if error.kind() == io::ErrorKind::BrokenPipe));
        assert_eq!(given, 2);
    }

    #[test]
    fn those_that_are_asked_for_are_kept_as_they_are() {
        let (file, digest) = file(5);
        for (range, expected) in [(0..2, vec![0, 1]), (3..9, vec![3, 4]), (5..9, vec![])] {
            let (total, chunks) = kept(&file, &digest, range.clone()).unwrap();
            assert_eq!(total, 5);
            let found: Vec<u64> = chunks.iter().map(|chunk| chunk.metadata.index).collect();
            assert_eq!(found, expected, "{range:?}");
            for one in &chunks {
                assert_eq!(serde_json::to_value(one).unwrap(), chunk(one.metadata.index));
            }
        }
    }

    #[test]
    fn what_is_not_what_was_committed_is_not_given() {
        let (mut file, digest) = file(5);
        let last = file.len() - 3;
        file[last] ^= 1;
        assert!(matches!(
            kept(&file, &digest, 0..1),
            Err(Unread::Inconsistent("a file has another digest"))
        ));
        let broken = b"{\"chunks\": [{}]}";
        let digest = hexadecimal(&Sha256::digest(broken));
        assert!(matches!(
            kept(broken, &digest, 0..1),
            Err(Unread::Inconsistent("a file of chunks cannot be read"))
        ));
    }
}
