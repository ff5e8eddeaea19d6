//! How a document is to be encoded, as far as a person says it.

use crds::{ownership::is_dns_label, spec::DEFAULT_QUEUE};
use serde::{Deserialize, Serialize};

use super::document::Request;

/// What a person says of it; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)] // What says more than this version knows would be encoded otherwise than it says.
pub struct EncodingParameters {
    /// The most tokens of a chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_size: Option<i64>,
    /// The tokens that neighbouring chunks share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<i64>,
    /// Among the documents of the tenant, higher goes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// The queue to wait in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
}

/// Why they are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameters {
    /// Not a number, or out of bounds.
    #[error("{field} must be a whole number from {from} to {to}")]
    Number {
        /// The parameter.
        field: &'static str,
        /// The least.
        from: i64,
        /// The most.
        to: i64,
    },
    /// The overlap is as long as the chunk.
    #[error("overlap must be less than chunk_size ({overlap} is not less than {chunk_size})")]
    Overlap {
        /// Said, or as it was.
        overlap: i32,
        /// Said, or as it was.
        chunk_size: i32,
    },
    /// No name of a queue.
    #[error("queue must be a name of lower-case letters, digits and inner dashes, at most 63 characters")]
    Queue,
}

/// A number of a person's, and its bounds.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The parameter.
    pub field: &'static str,
    /// The least.
    pub from: i64,
    /// The most.
    pub to: i64,
}

/// Bounds of [`EncodingParameters::chunk_size`].
pub const CHUNK_SIZE: Bounds = bounds("chunk_size", 8, 100_000);
/// Bounds of [`EncodingParameters::overlap`].
pub const OVERLAP: Bounds = bounds("overlap", 0, 100_000);
/// Bounds of [`EncodingParameters::priority`].
pub const PRIORITY: Bounds = bounds("priority", -1000, 1000);

const fn bounds(field: &'static str, from: i64, to: i64) -> Bounds {
    Bounds { field, from, to }
}

impl From<Bounds> for InvalidParameters {
    fn from(Bounds { field, from, to }: Bounds) -> Self {
        Self::Number { field, from, to }
    }
}

impl Bounds {
    fn check(self, number: i64) -> Result<i32, InvalidParameters> {
        i32::try_from(number)
            .ok()
            .filter(|_| (self.from..=self.to).contains(&number))
            .ok_or_else(|| self.into())
    }
}

impl EncodingParameters {
    /// Whether there can be a request that says this.
    ///
    /// # Errors
    /// [`InvalidParameters`]: the first that is wrong, whatever was before.
    pub fn check(&self) -> Result<(), InvalidParameters> {
        let widest = Request {
            queue: DEFAULT_QUEUE.to_owned(),
            priority: 0,
            chunk_size: i32::MAX,
            overlap: -1,
        };
        self.over(&widest).map(|_| ())
    }

    /// The request that is `before` but for what is said here.
    ///
    /// # Errors
    /// [`InvalidParameters`]: the first that is wrong, also together with what was before.
    pub fn over(&self, before: &Request) -> Result<Request, InvalidParameters> {
        let number = |said: Option<i64>, bounds: Bounds, before: i32| {
            said.map_or(Ok(before), |number| bounds.check(number))
        };
        let chunk_size = number(self.chunk_size, CHUNK_SIZE, before.chunk_size)?;
        let overlap = number(self.overlap, OVERLAP, before.overlap)?;
        if overlap >= chunk_size {
            return Err(InvalidParameters::Overlap { overlap, chunk_size });
        }
        let queue = self.queue.as_deref().unwrap_or(&before.queue);
        if !is_dns_label(queue) {
            return Err(InvalidParameters::Queue);
        }
        Ok(Request {
            queue: queue.to_owned(),
            priority: number(self.priority, PRIORITY, before.priority)?,
            chunk_size,
            overlap,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::samples;

    fn said(json: serde_json::Value) -> Result<Request, InvalidParameters> {
        let parameters: EncodingParameters = serde_json::from_value(json).unwrap();
        parameters.over(&samples::document().request)
    }

    #[test]
    fn what_is_not_said_stays_as_it_is() {
        let before = samples::document().request;
        assert_eq!(said(serde_json::json!({})), Ok(before.clone()));
        let request = said(serde_json::json!({"chunk_size": 512, "queue": "maintenance"})).unwrap();
        assert_eq!((request.chunk_size, request.overlap), (512, before.overlap));
        assert_eq!(
            (request.queue.as_str(), request.priority),
            ("maintenance", before.priority)
        );
    }

    #[test]
    fn without_a_request_before_only_what_no_request_could_be_is_refused() {
        let check = |json| {
            let parameters: EncodingParameters = serde_json::from_value(json).unwrap();
            parameters.check()
        };
        assert_eq!(check(serde_json::json!({"chunk_size": 100})), Ok(()));
        assert_eq!(check(serde_json::json!({"overlap": 99_999})), Ok(()));
        assert!(check(serde_json::json!({"overlap": 100, "chunk_size": 100})).is_err());
        assert!(check(serde_json::json!({"overlap": 100_001})).is_err());
    }

    #[test]
    fn what_is_wrong_is_refused_also_together_with_what_was() {
        for (json, begin) in [
            (serde_json::json!({"chunk_size": 7}), "chunk_size"),
            (serde_json::json!({"chunk_size": i64::MAX}), "chunk_size"),
            (serde_json::json!({"overlap": -1}), "overlap must be a whole"),
            (serde_json::json!({"priority": 1001}), "priority"),
            (serde_json::json!({"queue": "Über"}), "queue"),
            (serde_json::json!({"chunk_size": 200}), "overlap must be less"),
        ] {
            let error = said(json).unwrap_err().to_string();
            assert!(error.starts_with(begin), "{error}");
        }
    }
}
