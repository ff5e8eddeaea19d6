//! What a person may ask for beside the file: the other parts of an upload.

use crds::{Chunking, spec::DEFAULT_QUEUE};
use serde::{Deserialize, Serialize};

use crate::documents::{
    document::Request,
    parameters::{self, Bounds, EncodingParameters, InvalidParameters},
};

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
    /// How it is to be encoded.
    #[error(transparent)]
    Parameters(#[from] InvalidParameters),
    /// Neither yes nor no.
    #[error("{field} must be true or false")]
    Boolean {
        /// Name of the part.
        field: &'static str,
    },
}

impl RawOptions {
    /// Checks them; an empty part is one that was not sent.
    pub fn validate(&self) -> Result<Options, InvalidOptions> {
        let default = Chunking::default();
        let request = self.parameters()?.over(&Request {
            queue: DEFAULT_QUEUE.to_owned(),
            priority: 0,
            chunk_size: default.size.cast_signed(),
            overlap: default.overlap.cast_signed(),
        })?;
        Ok(Options {
            chunking: Chunking {
                size: request.chunk_size.cast_unsigned(),
                overlap: request.overlap.cast_unsigned(),
                ..default
            },
            priority: request.priority,
            queue: request.queue,
            force: match given(self.force.as_deref()) {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(InvalidOptions::Boolean { field: "force" }),
            },
        })
    }

    fn parameters(&self) -> Result<EncodingParameters, InvalidParameters> {
        Ok(EncodingParameters {
            chunk_size: number(self.chunk_size.as_deref(), parameters::CHUNK_SIZE)?,
            overlap: number(self.overlap.as_deref(), parameters::OVERLAP)?,
            priority: number(self.priority.as_deref(), parameters::PRIORITY)?,
            queue: given(self.queue.as_deref()).map(str::to_owned),
        })
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn number(text: Option<&str>, bounds: Bounds) -> Result<Option<i64>, InvalidParameters> {
    let Some(text) = given(text) else { return Ok(None) };
    let number = text.parse().map_err(|_| InvalidParameters::from(bounds))?;
    Ok(Some(number))
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
