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

/// The most bytes of the frame with the task.
pub(super) const MOST_TASK_BYTES: usize = 1 << 20;

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

/// Why there is no next frame.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    /// It cannot be read, or ends before its end.
    #[error("unable to read a frame: {0}")]
    Unreadable(#[from] io::Error),
    /// It is longer than it may be.
    #[error("a frame has {0} bytes, more than it may")]
    TooLarge(u32),
    /// It is whole, and says nothing that is known.
    #[error("a frame says nothing that is known: {0}")]
    Unknown(serde_json::Error),
}

pub(super) fn write_frame(writer: &mut impl Write, content: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_vec(content)?;
    let length = u32::try_from(json.len())
        .map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, "the frame is too large"))?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(&json)
}

/// The next frame, which may have so many bytes; `None` at the end.
///
/// # Errors
/// [`FrameError`]; of a frame that is too large nothing is read.
pub(super) fn read_frame<T: DeserializeOwned>(
    reader: &mut impl Read,
    most_bytes: usize,
) -> Result<Option<T>, FrameError> {
    let mut length = [0; 4];
    match reader.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let length = u32::from_le_bytes(length);
    if length as usize > most_bytes {
        return Err(FrameError::TooLarge(length));
    }
    // Read as it comes, so that a length that lies costs nothing.
    let mut json = Vec::new();
    reader.take(u64::from(length)).read_to_end(&mut json)?;
    if json.len() != length as usize {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is cut short").into());
    }
    serde_json::from_slice(&json)
        .map(Some)
        .map_err(FrameError::Unknown)
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
            assert_eq!(read_frame::<Message>(&mut reader, 100).unwrap(), Some(message));
        }
        assert_eq!(read_frame::<Message>(&mut reader, 100).unwrap(), None);
    }

    #[test]
    fn a_frame_that_lies_or_is_too_large_is_refused() {
        let read = |bytes: &[u8]| read_frame::<Message>(&mut &*bytes, 100).unwrap_err();
        assert!(matches!(
            read(b"\xff\xff\xff\xff{}"),
            FrameError::TooLarge(u32::MAX)
        ));
        assert!(matches!(read(b"\x65\0\0\0{}"), FrameError::TooLarge(101)));
        assert!(matches!(read(b"\x05\0\0\0{}"), FrameError::Unreadable(_)));
        assert!(matches!(read(b"\x02\0\0\0[]"), FrameError::Unknown(_)));
    }
}
