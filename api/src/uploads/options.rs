//! What a person may ask for beside the file: the other parts of an upload.

use crds::{Chunking, spec::DEFAULT_QUEUE};
use serde::{Deserialize, Serialize};

use crate::documents::document::Request;

/// How a document is to be encoded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Options {
    /// How the text is cut.
    pub chunking: Chunking,
    /// Among the tenant's documents, higher goes first.
    pub priority: i32,
    /// The queue it waits in.
    pub queue: String,
    /// Whether it is encoded even where there is a result already that it could have. What was begun by the version before does not say.
    #[serde(default)]
    pub force: bool,
}

impl From<&Options> for Request {
    fn from(options: &Options) -> Self {
        Self {
            queue: options.queue.clone(),
            priority: options.priority,
            chunk_size: options.chunking.size.cast_signed(),
            overlap: options.chunking.overlap.cast_signed(),
        }
    }
}

/// The parts of a form as they came.
#[derive(Clone, Debug, Default)]
pub struct RawOptions {
    /// `chunk_size`
    pub chunk_size: Option<String>,
    /// `overlap`
    pub overlap: Option<String>,
    /// `priority`
    pub priority: Option<String>,
    /// `queue`
    pub queue: Option<String>,
    /// `force`
    pub force: Option<String>,
}

/// Why they are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOptions {
    /// Not a number.
    #[error("{field} must be a whole number from {from} to {to}")]
    Number {
        /// Name of the part.
        field: &'static str,
        /// The least.
        from: i64,
        /// The most.
        to: i64,
    },
    /// The overlap is as long as the chunk.
    #[error("overlap must be less than chunk_size ({overlap} is not less than {chunk_size})")]
    Overlap {
        /// Given or default.
        overlap: u32,
        /// Given or default.
        chunk_size: u32,
    },
    /// Neither yes nor no.
    #[error("{field} must be true or false")]
    Boolean {
        /// Name of the part.
        field: &'static str,
    },
    /// No name of a queue.
    #[error("queue must be a name of lower-case letters, digits and inner dashes, at most 63 characters")]
    Queue,
}

impl RawOptions {
    /// Checks them; an empty part is one that was not sent.
    pub fn validate(&self) -> Result<Options, InvalidOptions> {
        let default = Chunking::default();
        let size = number("chunk_size", self.chunk_size.as_deref(), MIN_CHUNK_SIZE, 100_000)?
            .unwrap_or(default.size);
        let overlap = number("overlap", self.overlap.as_deref(), 0, 100_000)?.unwrap_or(default.overlap);
        if overlap >= size {
            return Err(InvalidOptions::Overlap {
                overlap,
                chunk_size: size,
            });
        }
        let queue = given(self.queue.as_deref()).unwrap_or(DEFAULT_QUEUE);
        if !crds::ownership::is_dns_label(queue) {
            return Err(InvalidOptions::Queue);
        }
        Ok(Options {
            chunking: Chunking {
                size,
                overlap,
                ..default
            },
            priority: number("priority", self.priority.as_deref(), -1000, 1000)?.unwrap_or(0),
            queue: queue.to_owned(),
            force: match given(self.force.as_deref()) {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(InvalidOptions::Boolean { field: "force" }),
            },
        })
    }
}

const MIN_CHUNK_SIZE: i64 = 8;

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn number<Number: TryFrom<i64>>(
    field: &'static str,
    text: Option<&str>,
    from: i64,
    to: i64,
) -> Result<Option<Number>, InvalidOptions> {
    let Some(text) = given(text) else { return Ok(None) };
    text.parse::<i64>()
        .ok()
        .filter(|number| (from..=to).contains(number))
        .and_then(|number| Number::try_from(number).ok())
        .map(Some)
        .ok_or(InvalidOptions::Number { field, from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(chunk_size: &str, overlap: &str, priority: &str, queue: &str) -> RawOptions {
        RawOptions {
            chunk_size: Some(chunk_size.into()),
            overlap: Some(overlap.into()),
            priority: Some(priority.into()),
            queue: Some(queue.into()),
            force: None,
        }
    }

    #[test]
    fn what_is_not_sent_has_the_defaults_of_the_resource() {
        let options = RawOptions::default().validate().unwrap();
        assert_eq!(options.chunking, Chunking::default());
        assert_eq!((options.priority, options.queue.as_str()), (0, "documents"));
        assert!(!options.force);
        assert_eq!(raw("", " ", "", "").validate().unwrap(), options);
    }

    #[test]
    fn what_is_sent_is_taken() {
        let options = raw("512", "64", "-3", "maintenance").validate().unwrap();
        assert_eq!((options.chunking.size, options.chunking.overlap), (512, 64));
        assert_eq!((options.priority, options.queue.as_str()), (-3, "maintenance"));
    }

    #[test]
    fn an_encoding_is_forced_by_the_word_true_alone() {
        let force = |text: &str| {
            let raw = RawOptions {
                force: Some(text.into()),
                ..RawOptions::default()
            };
            raw.validate().map(|options| options.force)
        };
        for (text, expected) in [("true", true), ("false", false), ("", false)] {
            assert_eq!(force(text), Ok(expected), "{text:?}");
        }
        for text in ["yes", "True", "1"] {
            assert_eq!(force(text), Err(InvalidOptions::Boolean { field: "force" }));
        }
    }

    #[test]
    fn what_the_version_before_has_begun_is_not_forced() {
        let mut begun = serde_json::to_value(RawOptions::default().validate().unwrap()).unwrap();
        begun.as_object_mut().unwrap().remove("force");
        assert!(!serde_json::from_value::<Options>(begun).unwrap().force);
    }

    #[test]
    fn every_part_is_checked() {
        for (bad, field) in [
            (raw("0", "", "", ""), "chunk_size"),
            (raw("many", "", "", ""), "chunk_size"),
            (raw("", "-1", "", ""), "overlap"),
            (raw("", "", "1001", ""), "priority"),
            (raw("", "", "", "Über"), "queue"),
            (raw("100", "", "", ""), "overlap must be less"),
        ] {
            let error = bad.validate().unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }
}
