//! What clients send besides files: JSON, ids in paths, parts of lists. What is wrong with it is a problem like any other.

use std::time::Duration;

use axum::{
    Json,
    body::HttpBody,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{app::SharedApp, http::problem::Problem, identity::Page};

const LONGEST_NAME: usize = 200;
/// The longest body that is gathered in memory, in bytes.
pub(super) const LONGEST_BODY: usize = 64 << 10;
/// The longest that names the parts of an upload, of which there may be a thousand.
pub(super) const LONGEST_BODY_OF_PARTS: usize = 256 << 10;
/// A body must have come within so long; less than a request has, so that the client is told that it was its own.
const BODY_WITHIN: Duration = Duration::from_secs(15);

/// A body that is JSON of this kind.
#[derive(Clone, Copy, Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<SharedApp> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &SharedApp) -> Result<Self, Problem> {
        read_json(request, BODY_WITHIN).await.map(Self)
    }
}

/// A body that is JSON of this kind, or none: then it is what is the default.
#[derive(Clone, Copy, Debug)]
pub struct OptionalJsonBody<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<SharedApp> for OptionalJsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &SharedApp) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        let Object(body) = read_json(request, BODY_WITHIN).await?;
        Ok(Self(body.unwrap_or_default()))
    }
}

#[derive(Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned")]
struct Object<T>(#[serde(deserialize_with = "object")] Option<T>);

/// Reads an object, or null. A `struct` of serde alone can be read from an array, too.
pub(super) fn object<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let fields = Option::<serde_json::Map<String, serde_json::Value>>::deserialize(deserializer)?;
    fields
        .map(|fields| serde_json::from_value(fields.into()).map_err(D::Error::custom))
        .transpose()
}

/// Reads a body that must have come within so long.
async fn read_json<T: DeserializeOwned>(request: Request, limit: Duration) -> Result<T, Problem> {
    match tokio::time::timeout(limit, Json::from_request(request, &())).await {
        Ok(Ok(Json(body))) => Ok(body),
        Ok(Err(rejection)) => Err(refuse(&rejection)),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            format!("the body must have come within {} seconds", limit.as_secs()),
        )),
    }
}

fn refuse(rejection: &JsonRejection) -> Problem {
    let (code, message) = match rejection {
        rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => (
            "body_too_large",
            "the body is longer than what is described can be".to_owned(),
        ),
        JsonRejection::MissingJsonContentType(_) => (
            "not_json",
            "send JSON, with `Content-Type: application/json`".to_owned(),
        ),
        JsonRejection::JsonDataError(error) => ("invalid_body", error.body_text()),
        JsonRejection::JsonSyntaxError(error) => ("invalid_json", error.body_text()),
        other => ("invalid_body", other.body_text()),
    };
    Problem::new(rejection.status(), code, message)
}

/// The id in the path; `None` is an id that nothing has.
#[derive(Clone, Copy, Debug)]
pub struct RowId(pub Option<Uuid>);

impl FromRequestParts<SharedApp> for RowId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let id = Path::<Uuid>::from_request_parts(parts, app).await;
        Ok(Self(id.ok().map(|Path(id)| id)))
    }
}

/// How many rows a part of a list has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// Where a client does not say.
    pub default: u16,
    /// At most.
    pub most: u16,
}

impl Limit {
    /// That of lists whose rows are small.
    pub(super) const OF_LISTS: Self = Self {
        default: 50,
        most: 200,
    };

    /// What a client asks for.
    pub(super) fn read(self, raw: Option<&str>) -> Result<u16, Problem> {
        let Some(raw) = raw else {
            return Ok(self.default);
        };
        raw.parse()
            .ok()
            .filter(|limit| (1..=self.most).contains(limit))
            .ok_or_else(|| unprocessable("invalid_limit", format!("limit must be from 1 to {}", self.most)))
    }
}

/// The place from which a client goes on, as `read` finds it in the cursor; an empty cursor is none.
pub(super) fn place<T>(
    cursor: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
        return Ok(None);
    };
    let place = read(cursor);
    place
        .map(Some)
        .ok_or_else(|| unprocessable("invalid_cursor", "cursor is none that was given"))
}

/// A part of a list, as a client asks for it.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawPage {
    /// From 1 to 200
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the part before
    cursor: Option<String>,
}

/// The parameters of a query.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<SharedApp> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        Query::from_request_parts(parts, app)
            .await
            .map(|Query(parameters)| Self(parameters))
            .map_err(|error| unprocessable("invalid_query", error.body_text()))
    }
}

impl RawPage {
    /// What is asked of the database: one row more than is wanted says whether there is more.
    pub(super) fn validate(&self) -> Result<Page, Problem> {
        let limit = Limit::OF_LISTS.read(self.limit.as_deref())?;
        Ok(Page {
            after: place(self.cursor.as_deref(), read_cursor)?,
            limit: i64::from(limit) + 1,
        })
    }
}

/// Takes the row that says that there is more away again, and gives the cursor for it.
pub(super) fn next_cursor<T>(
    rows: &mut Vec<T>,
    page: &Page,
    place: impl Fn(&T) -> (Timestamp, Uuid),
) -> Option<String> {
    let wanted = usize::try_from(page.limit - 1).unwrap_or_default();
    if rows.len() <= wanted {
        return None;
    }
    rows.truncate(wanted);
    let (time, id) = place(rows.last()?);
    Some(format!("{}.{}", time.as_microsecond(), id.simple()))
}

fn read_cursor(cursor: &str) -> Option<(Timestamp, Uuid)> {
    let (time, id) = cursor.split_once('.')?;
    let time = Timestamp::from_microsecond(time.parse().ok()?).ok()?;
    let is_stored = time >= Timestamp::UNIX_EPOCH; // No row is older, and Postgres cannot hold all that Rust can.
    is_stored.then_some((time, Uuid::try_parse(id).ok()?))
}

/// A name that a column takes and a person can read.
pub(super) fn name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    // What is taken away of it counts too, so that what the description calls a name is one.
    let is_name =
        !name.is_empty() && text.chars().count() <= LONGEST_NAME && !text.contains(char::is_control);
    is_name.then(|| name.to_owned()).ok_or_else(|| {
        unprocessable(
            "invalid_name",
            "a name has 1 to 200 characters, and no control characters",
        )
    })
}

/// Reads a whole number of a JSON body. `8.0` is one: JSON Schema tells numbers apart by their value, not by how they are written.
pub(super) fn whole_number<'de, Number, D>(deserializer: D) -> Result<Option<Number>, D::Error>
where
    Number: TryFrom<i128>,
    D: Deserializer<'de>,
{
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let whole = number.as_i128().or_else(|| {
        let number = number.as_f64().filter(|number| number.fract() == 0.0)?;
        #[allow(clippy::cast_possible_truncation, reason = "an `as` of a float saturates")]
        Some(number as i128)
    });
    whole
        .and_then(|whole| Number::try_from(whole).ok())
        .map(Some)
        .ok_or_else(|| {
            D::Error::custom(format!(
                "{number} is not a whole number of the size that is expected"
            ))
        })
}

pub(super) fn unprocessable(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Body;
    use futures::{StreamExt, stream};
    use serde_json::Value;

    use super::*;

    fn raw(limit: Option<&str>, cursor: Option<&str>) -> RawPage {
        RawPage {
            limit: limit.map(Into::into),
            cursor: cursor.map(Into::into),
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_or_end_is_refused() {
        let request = |body: Body| {
            let request = Request::builder().header("content-type", "application/json");
            request.body(body).unwrap()
        };
        let begun = stream::iter([Ok::<_, Infallible>("{\"name\": ")]);
        let stalled = Body::from_stream(begun.chain(stream::pending()));
        let problem = read_json::<Value>(request(stalled), Duration::from_millis(10)).await;
        let problem = problem.unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.code), (408, "body_too_slow"));
        let ended = read_json::<Value>(request("{}".into()), BODY_WITHIN).await;
        assert_eq!(ended, Ok(serde_json::json!({})));
    }

    #[test]
    fn a_cursor_is_read_back() {
        let page = raw(Some("2"), None).validate().unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut rows: Vec<(Timestamp, Uuid)> = (0..3).map(|second| (at(second), Uuid::new_v4())).collect();
        let last = rows[1];
        let cursor = next_cursor(&mut rows, &page, |row| *row).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(raw(None, Some(&cursor)).validate().unwrap().after, Some(last));
        assert_eq!(next_cursor(&mut rows, &page, |row| *row), None);
    }

    #[test]
    fn what_is_no_limit_or_cursor_is_refused() {
        for limit in ["", "0", "201", "-1", "many"] {
            assert_eq!(
                raw(Some(limit), None).validate().unwrap_err().code,
                "invalid_limit"
            );
        }
        let id = Uuid::nil().simple();
        let forged = [
            "x".into(),
            "1".into(),
            format!("-1.{id}"),
            format!("99999999999999999999.{id}"),
            format!("9223372036854775807.{id}"),
            "1.x".into(),
            "\0.\0".to_owned(),
        ];
        for cursor in forged {
            assert_eq!(
                raw(None, Some(&cursor)).validate().unwrap_err().code,
                "invalid_cursor",
                "{cursor:?}"
            );
        }
        let page = raw(None, Some("")).validate().unwrap();
        assert_eq!((page.limit, page.after), (51, None));
    }

    #[test]
    fn a_name_can_be_read_and_stored() {
        assert_eq!(name("  Città  "), Ok("Città".into()));
        let padded = format!(" {}", "x".repeat(200));
        for bad in ["", "   ", "a\0b", "a\nb", "a\n", &"x".repeat(201), &padded] {
            assert_eq!(name(bad).unwrap_err().code, "invalid_name", "{bad:?}");
        }
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let read = |text: &str| {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            whole_number::<u64, _>(&mut deserializer).ok()
        };
        for (text, number) in [
            ("8", 8),
            ("8.0", 8),
            ("8e2", 800),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(read(text), Some(Some(number)), "{text}");
        }
        assert_eq!(read("null"), Some(None));
        for bad in ["8.5", "-1", "1e300", "18446744073709551616", "\"8\"", "true"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
