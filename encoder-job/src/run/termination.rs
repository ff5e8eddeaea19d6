//! The container's termination message: which assignment is worked on.
//!
//! The kubelet reads the file when the container has ended, however it ended. So a container that is killed for memory blames the document
//! it worked on, and the others it held are given again without cost.

use std::{fs::File, io::Write, path::PathBuf};

use crds::assignment::AssignmentKey;
use tracing::debug;

/// The file, in a container `/dev/termination-log`.
pub(super) struct TerminationMessage {
    path: PathBuf,
}

impl TerminationMessage {
    pub(super) fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Says what is worked on now, as JSON; nothing where nothing is. That it cannot be said holds nothing up.
    pub(super) fn say(&self, key: Option<&AssignmentKey>) {
        let words = key
            .and_then(|key| serde_json::to_vec(key).ok())
            .unwrap_or_default();
        // The kubelet makes the file; where there is none, nobody would read it.
        let written = File::options()
            .write(true)
            .truncate(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(&words));
        if let Err(error) = written {
            debug!(%error, path = %self.path.display(), "unable to write the termination message");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_file_names_the_last_one_begun_and_is_empty_between_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("termination-log");
        let message = TerminationMessage::at(&path);
        message.say(None);
        assert!(!path.exists());
        fs::write(&path, "").unwrap();
        let key = AssignmentKey {
            uid: "a longer one than the next".to_owned(),
            attempt: 1,
            tries: 2,
        };
        message.say(Some(&key));
        let next = AssignmentKey {
            uid: "next".to_owned(),
            ..key
        };
        message.say(Some(&next));
        let read: AssignmentKey = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(read, next);
        message.say(None);
        assert_eq!(fs::read(&path).unwrap(), b"");
        TerminationMessage::at(folder.path()).say(Some(&next));
    }
}
