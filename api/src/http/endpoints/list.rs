//! `GET /api/documents`

use axum::{
    Json,
    extract::{FromRequestParts, Query, State},
    http::{StatusCode, request::Parts},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{ObjectBuilder, schema::Object, schema::Type},
};
use uuid::Uuid;

use super::document::DocumentAnswer;
use crate::{
    app::SharedApp,
    documents::{
        document::{Document, Status},
        listing::{self, After, Listing, SortBy},
    },
    http::{
        authentication::Reader,
        problem::{Problem, ProblemBody},
    },
    identity::key::hexadecimal,
};

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// Why a list cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListing {
    /// No such status.
    #[error("status must be processing, ready or failed")]
    Status,
    /// No such order.
    #[error("sort must be created_at, -created_at, filename or -filename")]
    Sort,
    /// Too few or too many.
    #[error("limit must be a number from 1 to {MAX_LIMIT}")]
    Limit,
    /// A name holds no such character.
    #[error("search must not hold the character NUL")]
    Search,
    /// Not one of ours.
    #[error("cursor must be the next_cursor of a list with the same sort")]
    Cursor,
    /// One of a list in another order.
    #[error("this cursor is of a list with another sort: go on with the sort that the list was begun with")]
    CursorOfAnotherSort,
    /// Not a query at all.
    #[error("the query could not be read")]
    Query,
}

impl From<InvalidListing> for Problem {
    fn from(error: InvalidListing) -> Self {
        let code = match error {
            InvalidListing::CursorOfAnotherSort => "cursor_of_another_sort",
            _ => "invalid_query",
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string())
    }
}

/// Which documents to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawListing {
    /// Only these
    #[param(schema_with = statuses)]
    status: Option<String>,
    /// A part of the name, in any case
    #[param(pattern = r"^[^\u0000]*$")]
    search: Option<String>,
    /// The order; with `-` from the last to the first
    #[param(schema_with = orders)]
    sort: Option<String>,
    /// `next_cursor` of the list before, which was of the same `sort`
    cursor: Option<String>,
    /// From 1 to 200
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
}

fn one_of<const N: usize>(values: [&str; N]) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values))
}

fn statuses() -> Object {
    one_of(Status::ALL.map(Status::as_str)).build()
}

fn orders() -> Object {
    let orders = one_of(["created_at", "-created_at", "filename", "-filename"]);
    orders.default(Some("-created_at".into())).build()
}

impl FromRequestParts<SharedApp> for RawListing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        Query::from_request_parts(parts, app)
            .await
            .map(|Query(listing)| listing)
            .map_err(|_| InvalidListing::Query.into())
    }
}

/// Where a list goes on. Opaque to clients.
#[derive(Debug, Deserialize, Serialize)]
enum Cursor {
    CreatedAt(Timestamp, Uuid),
    Filename(String, Uuid),
}

impl RawListing {
    fn validate(self) -> Result<Listing, InvalidListing> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let status = match self.status {
            None => None,
            Some(text) => {
                let named = Status::ALL.into_iter().find(|status| status.as_str() == text);
                Some(named.ok_or(InvalidListing::Status)?)
            }
        };
        let (sort, descending) = match self.sort.as_deref() {
            None | Some("-created_at") => (SortBy::CreatedAt, true),
            Some("created_at") => (SortBy::CreatedAt, false),
            Some("filename") => (SortBy::Filename, false),
            Some("-filename") => (SortBy::Filename, true),
            Some(_) => return Err(InvalidListing::Sort),
        };
        let limit = match self.limit {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or(InvalidListing::Limit)?,
        };
        let search = given(self.search);
        if search.as_ref().is_some_and(|search| search.contains('\0')) {
            return Err(InvalidListing::Search); // Postgres stores every other.
        }
        let after = given(self.cursor)
            .map(|text| read_cursor(&text, sort))
            .transpose()?;
        Ok(Listing {
            status,
            search,
            sort,
            descending,
            after,
            limit,
        })
    }
}

fn write_cursor(last: &Document, sort: SortBy) -> Option<String> {
    let cursor = match sort {
        SortBy::CreatedAt => Cursor::CreatedAt(last.created_at, last.id),
        SortBy::Filename => Cursor::Filename(last.file.filename.clone(), last.id),
    };
    serde_json::to_vec(&cursor).ok().map(|json| hexadecimal(&json))
}

fn read_cursor(text: &str, sort: SortBy) -> Result<After, InvalidListing> {
    let cursor = decode_cursor(text).ok_or(InvalidListing::Cursor)?;
    let (after, of) = match cursor {
        Cursor::CreatedAt(time, id) => (After::CreatedAt(time, id), SortBy::CreatedAt),
        Cursor::Filename(name, id) => (After::Filename(name, id), SortBy::Filename),
    };
    if of == sort {
        Ok(after)
    } else {
        Err(InvalidListing::CursorOfAnotherSort)
    }
}

fn decode_cursor(text: &str) -> Option<Cursor> {
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let cursor = serde_json::from_slice(&bytes?).ok()?;
    let is_stored = match &cursor {
        Cursor::CreatedAt(time, _) => *time >= Timestamp::UNIX_EPOCH, // Postgres knows no earlier ones; no document is that old.
        Cursor::Filename(name, _) => !name.contains('\0'),
    };
    is_stored.then_some(cursor)
}

/// Documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListAnswer {
    #[schema(example = true)]
    success: bool,
    documents: Vec<DocumentAnswer>,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// Your documents
#[utoipa::path(
    get,
    path = "/api/documents",
    tag = "documents",
    params(RawListing),
    responses((status = 200, body = ListAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Reader(caller): Reader,
    raw: RawListing,
) -> Result<Json<ListAnswer>, Problem> {
    let mut listing = raw.validate()?;
    let wanted = usize::try_from(listing.limit).unwrap_or_default();
    listing.limit += 1; // One more says whether there is more.
    let mut documents = listing::list(&app.database, caller.tenant_id, &listing)
        .await
        .map_err(|error| Problem::database("list documents", &error))?;
    let has_more = documents.len() > wanted;
    documents.truncate(wanted);
    let next_cursor = documents
        .last()
        .filter(|_| has_more)
        .and_then(|last| write_cursor(last, listing.sort));
    Ok(Json(ListAnswer {
        success: true,
        documents: documents.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::samples;

    #[test]
    fn a_cursor_is_read_back_for_the_same_order_only() {
        let document = samples::document();
        let cursor = write_cursor(&document, SortBy::Filename).unwrap();
        let after = After::Filename("a.pdf".into(), document.id);
        assert_eq!(read_cursor(&cursor, SortBy::Filename), Ok(after));
        let another = InvalidListing::CursorOfAnotherSort;
        assert_eq!(read_cursor(&cursor, SortBy::CreatedAt), Err(another));
        assert_eq!(Problem::from(another).code, "cursor_of_another_sort");
        let refused = Err(InvalidListing::Cursor);
        assert_eq!(read_cursor("è", SortBy::Filename), refused);
        assert_eq!(read_cursor("7b", SortBy::Filename), refused);
        let forged = |cursor: Cursor| hexadecimal(&serde_json::to_vec(&cursor).unwrap());
        let ancient = Cursor::CreatedAt("-009000-01-01T00:00:00Z".parse().unwrap(), document.id);
        assert_eq!(read_cursor(&forged(ancient), SortBy::CreatedAt), refused);
        let with_nul = Cursor::Filename("a\0".into(), document.id);
        assert_eq!(read_cursor(&forged(with_nul), SortBy::Filename), refused);
    }

    #[test]
    fn every_parameter_is_checked() {
        let raw = |field: &str, value: &str| -> RawListing {
            serde_json::from_value(serde_json::json!({ field: value })).unwrap()
        };
        for (field, value, error) in [
            ("status", "done", InvalidListing::Status),
            ("status", "", InvalidListing::Status),
            ("sort", "", InvalidListing::Sort),
            ("limit", "", InvalidListing::Limit),
            ("sort", "size", InvalidListing::Sort),
            ("limit", "0", InvalidListing::Limit),
            ("limit", "many", InvalidListing::Limit),
            ("cursor", "zz", InvalidListing::Cursor),
            ("search", "a\0", InvalidListing::Search),
        ] {
            assert_eq!(raw(field, value).validate().unwrap_err(), error);
        }
        let listing = raw("search", "").validate().unwrap();
        assert_eq!(
            (listing.status, listing.limit, listing.descending),
            (None, 50, true)
        );
    }
}
