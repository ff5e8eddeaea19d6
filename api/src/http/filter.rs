//! Which documents are meant, as a client says it in a query.

use axum::http::StatusCode;
use crds::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{ObjectBuilder, schema::Object, schema::Type},
};

use super::{input::whole_number, problem::Problem};
use crate::documents::{document::Status, filter::Filter};

/// Why documents are not found out by what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFilter {
    /// No such status.
    #[error("status must be processing, ready or failed")]
    Status,
    /// No such reason.
    #[error("reason must be one that a failed document has, such as NoText")]
    Reason,
    /// No language.
    #[error("language must be a code of ISO 639-1, or und")]
    Language,
    /// No queue.
    #[error("queue must be a name of lower-case letters, digits and inner dashes, at most 63 characters")]
    Queue,
    /// No moment.
    #[error("created_from and created_before must be times of RFC 3339, such as 2026-11-30T10:00:00Z")]
    Time,
    /// No length.
    #[error("min_bytes and max_bytes must be whole numbers, not less than 0")]
    Bytes,
    /// Neither yes nor no.
    #[error("has_result must be true or false")]
    HasResult,
    /// Neither yes nor no.
    #[error("acknowledged must be true or false")]
    Acknowledged,
    /// A name holds no such character.
    #[error("search must not hold the character NUL")]
    Search,
}

impl From<InvalidFilter> for Problem {
    fn from(error: InvalidFilter) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_query",
            error.to_string(),
        )
    }
}

/// Documents that hold all that is said.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawFilter {
    /// Only these
    #[param(schema_with = statuses)]
    status: Option<String>,
    /// Only those that failed for this reason
    #[param(schema_with = reasons)]
    reason: Option<String>,
    /// Only of this language: ISO 639-1, `und` where it is not known
    #[param(pattern = "^([a-z]{2}|und)$", example = "it")]
    language: Option<String>,
    /// Only of this queue
    #[param(
        pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        max_length = 63,
        example = "documents"
    )]
    queue: Option<String>,
    /// Not uploaded before this time
    #[param(value_type = Option<String>, schema_with = time)]
    created_from: Option<String>,
    /// Uploaded before this time
    #[param(value_type = Option<String>, schema_with = time)]
    created_before: Option<String>,
    /// Of so many bytes at least
    #[param(value_type = Option<i64>, minimum = 0)]
    min_bytes: Option<String>,
    /// Of so many bytes at most
    #[param(value_type = Option<i64>, minimum = 0)]
    max_bytes: Option<String>,
    /// Only those that have a result, or none: their newest encoding's, or one that is kept until that is ready
    #[param(value_type = Option<bool>)]
    has_result: Option<String>,
    /// Only those whose failure was acknowledged, or was not; what has not failed was not
    #[param(value_type = Option<bool>)]
    acknowledged: Option<String>,
    /// A part of the name, in any case
    #[param(pattern = r"^[^\u0000]*$")]
    search: Option<String>,
}

/// Documents that hold all that is said; at least one thing must be
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct FilterBody {
    /// Only these
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = statuses)]
    status: Option<String>,
    /// Only those that failed for this reason
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = reasons)]
    reason: Option<String>,
    /// Only of this language: ISO 639-1, `und` where it is not known
    #[serde(deserialize_with = "given")]
    #[schema(pattern = "^([a-z]{2}|und)$", example = "it", nullable = false)]
    language: Option<String>,
    /// Only of this queue
    #[serde(deserialize_with = "given")]
    #[schema(
        pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        max_length = 63,
        example = "documents",
        nullable = false
    )]
    queue: Option<String>,
    /// Not uploaded before this time
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = time)]
    created_from: Option<String>,
    /// Uploaded before this time
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = time)]
    created_before: Option<String>,
    /// Of so many bytes at least
    #[serde(deserialize_with = "given_number")]
    #[schema(minimum = 0, nullable = false)]
    min_bytes: Option<i64>,
    /// Of so many bytes at most
    #[serde(deserialize_with = "given_number")]
    #[schema(minimum = 0, nullable = false)]
    max_bytes: Option<i64>,
    /// Only those that have a result, or none: their newest encoding's, or one that is kept until that is ready
    #[serde(deserialize_with = "given_boolean")]
    #[schema(nullable = false)]
    has_result: Option<bool>,
    /// Only those whose failure was acknowledged, or was not; what has not failed was not
    #[serde(deserialize_with = "given_boolean")]
    #[schema(nullable = false)]
    acknowledged: Option<bool>,
    /// A part of the name, in any case
    #[serde(deserialize_with = "given_text")]
    #[schema(pattern = r"^[^\u0000]+$", nullable = false)]
    search: Option<String>,
}

/// What is said is no null: it would say nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Nor an empty text, which every name has.
fn given_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(D::Error::custom("an empty text says nothing"));
    }
    Ok(Some(text))
}

fn given_boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    bool::deserialize(deserializer).map(Some)
}

fn given_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = whole_number(deserializer)?;
    number
        .map(Some)
        .ok_or_else(|| D::Error::custom("null is not a whole number"))
}

impl From<FilterBody> for RawFilter {
    fn from(body: FilterBody) -> Self {
        Self {
            status: body.status,
            reason: body.reason,
            language: body.language,
            queue: body.queue,
            created_from: body.created_from,
            created_before: body.created_before,
            min_bytes: body.min_bytes.map(|bytes| bytes.to_string()),
            max_bytes: body.max_bytes.map(|bytes| bytes.to_string()),
            has_result: body.has_result.map(|has_result| has_result.to_string()),
            acknowledged: body.acknowledged.map(|acknowledged| acknowledged.to_string()),
            search: body.search,
        }
    }
}

/// One of these words.
pub(super) fn one_of<const N: usize>(values: [&str; N]) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values))
}

fn statuses() -> Object {
    one_of(Status::ALL.map(Status::as_str)).build()
}

fn reasons() -> Object {
    one_of(Reason::ALL.map(Reason::as_str)).build()
}

fn time() -> Object {
    use utoipa::openapi::{KnownFormat, SchemaFormat};
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .build()
}

impl RawFilter {
    /// What is asked of the database.
    pub(super) fn validate(self) -> Result<Filter, InvalidFilter> {
        let status = parsed(self.status.as_deref(), InvalidFilter::Status, |text| {
            Status::ALL.into_iter().find(|status| status.as_str() == text)
        })?;
        let reason = parsed(self.reason.as_deref(), InvalidFilter::Reason, |text| {
            Reason::ALL.into_iter().find(|reason| reason.as_str() == text)
        })?;
        let language = language(self.language.as_deref())?;
        let queue = parsed(self.queue.as_deref(), InvalidFilter::Queue, |text| {
            crds::ownership::is_dns_label(text).then(|| text.to_owned())
        })?;
        let time = |text: Option<&str>| {
            // No document is older, and Postgres cannot hold all that Rust can.
            let known = |time: Timestamp| time.max(Timestamp::UNIX_EPOCH);
            parsed(text, InvalidFilter::Time, |text| text.parse().ok().map(known))
        };
        let bytes = |text: Option<&str>| {
            let is_length = |bytes: &i64| *bytes >= 0;
            parsed(text, InvalidFilter::Bytes, |text| {
                text.parse().ok().filter(is_length)
            })
        };
        let has_result = parsed(self.has_result.as_deref(), InvalidFilter::HasResult, |text| {
            text.parse().ok()
        })?;
        let acknowledged = parsed(
            self.acknowledged.as_deref(),
            InvalidFilter::Acknowledged,
            |text| text.parse().ok(),
        )?;
        let search = self.search.filter(|search| !search.is_empty());
        if search.as_ref().is_some_and(|search| search.contains('\0')) {
            return Err(InvalidFilter::Search); // Postgres stores every other.
        }
        Ok(Filter {
            status,
            reason,
            language,
            queue,
            created_from: time(self.created_from.as_deref())?,
            created_before: time(self.created_before.as_deref())?,
            min_bytes: bytes(self.min_bytes.as_deref())?,
            max_bytes: bytes(self.max_bytes.as_deref())?,
            has_result,
            acknowledged,
            search,
        })
    }
}

/// A language, as documents have it.
pub(super) fn language(text: Option<&str>) -> Result<Option<String>, InvalidFilter> {
    parsed(text, InvalidFilter::Language, |text| {
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
        (is_code || text == "und").then(|| text.to_owned())
    })
}

fn parsed<T>(
    text: Option<&str>,
    error: InvalidFilter,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, InvalidFilter> {
    text.map(|text| parse(text).ok_or(error)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate(field: &str, value: &str) -> Result<Filter, InvalidFilter> {
        let raw: RawFilter = serde_json::from_value(serde_json::json!({ field: value })).unwrap();
        raw.validate()
    }

    #[test]
    fn everything_that_is_said_is_checked() {
        for (field, value, error) in [
            ("status", "done", InvalidFilter::Status),
            ("status", "", InvalidFilter::Status),
            ("reason", "notext", InvalidFilter::Reason),
            ("language", "ita", InvalidFilter::Language),
            ("language", "IT", InvalidFilter::Language),
            ("queue", "Documents", InvalidFilter::Queue),
            ("created_from", "yesterday", InvalidFilter::Time),
            ("min_bytes", "-1", InvalidFilter::Bytes),
            ("max_bytes", "1.5", InvalidFilter::Bytes),
            ("has_result", "1", InvalidFilter::HasResult),
            ("acknowledged", "", InvalidFilter::Acknowledged),
            ("search", "a\0", InvalidFilter::Search),
        ] {
            assert_eq!(validate(field, value), Err(error), "{field}={value}");
        }
    }

    #[test]
    fn what_is_said_is_asked_and_nothing_else() {
        assert_eq!(validate("search", ""), Ok(Filter::default()));
        let found = validate("reason", "NoText").unwrap();
        let expected = Filter {
            reason: Some(Reason::NoText),
            ..Filter::default()
        };
        assert_eq!(found, expected);
        let found = validate("created_from", "2026-11-30T11:00:00+01:00").unwrap();
        assert_eq!(found.created_from.unwrap().to_string(), "2026-11-30T10:00:00Z");
    }
}
