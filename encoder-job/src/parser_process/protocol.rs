//! What goes over the pipes.
//!
//! To the child: one frame with the [`Task`], then the document's bytes to the end. From the child: frames with a [`Message`]
//! each. A frame is its length in four bytes, little-endian, and so many bytes of JSON.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{limits::Limits, sandbox::SandboxPolicy};
use crate::{
    document::Format,
    extract::{Event, ExtractOptions},
    failure::Failure,
};

/// The largest frame, in bytes: far more than the text of a page, and so much that a broken length is found out.
const MAX_FRAME: u32 = 256 << 20;

/// What the child is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) options: ExtractOptions,
    pub(super) limits: Limits,
    pub(super) sandbox: SandboxPolicy,
    /// How many bytes of a document follow.
    pub(super) document_bytes: usize,
}

/// What the child says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Message {
    /// A piece of the document.
    Event(Event),
    /// The end: it was all.
    Done(Format),
    /// The end: it could not be read.
    Failed(Failure),
}

pub(super) fn write_frame(writer: &mut impl Write, content: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_vec(content)?;
    let length = u32::try_from(json.len())
        .ok()
        .filter(|&length| length <= MAX_FRAME);
    let length = length.ok_or_else(|| io::Error::other("the frame is too large"))?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(&json)
}

/// The next frame; `None` at the end.
pub(super) fn read_frame<T: DeserializeOwned>(reader: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match reader.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length);
    if length > MAX_FRAME {
        return Err(io::Error::other(format!(
            "a frame of {length} bytes is too large"
        )));
    }
    // Read as it comes, so that a length that lies costs nothing.
    let mut json = Vec::new();
    reader.take(u64::from(length)).read_to_end(&mut json)?;
    if json.len() != length as usize {
        return Err(io::Error::other("a frame is cut short"));
    }
    Ok(Some(serde_json::from_slice(&json)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureReason;

    #[test]
    fn frames_come_out_as_they_went_in() {
        let messages = [
            Message::Done(Format::Pdf),
            Message::Failed(Failure::new(FailureReason::Malformed, "broken")),
        ];
        let mut bytes = Vec::new();
        for message in &messages {
            write_frame(&mut bytes, message).unwrap();
        }
        let mut reader = bytes.as_slice();
        for message in messages {
            assert_eq!(read_frame::<Message>(&mut reader).unwrap(), Some(message));
        }
        assert_eq!(read_frame::<Message>(&mut reader).unwrap(), None);
    }

    #[test]
    fn a_frame_that_lies_is_refused() {
        for bytes in [&b"\xff\xff\xff\xff{}"[..], b"\x05\0\0\0{}", b"\x02\0\0\0[]"] {
            assert!(read_frame::<Message>(&mut &*bytes).is_err());
        }
    }
}
