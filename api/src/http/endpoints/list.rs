//! `GET /api/documents`

use std::collections::HashMap;

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::schema::Object};
use uuid::Uuid;

use super::document::{DocumentAnswer, Expansion};
use crate::{
    app::SharedApp,
    database::tenant_transaction,
    documents::{
        document::Document,
        encodings,
        filter::Filter,
        listing::{self, After, Listing, SortBy},
    },
    http::{
        authentication::Reader,
        cursor,
        filter::{RawFilter, one_of},
        input::Parameters,
        problem::{Problem, ProblemBody},
    },
};

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// Why a list cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListing {
    /// No such order.
    #[error("sort must be created_at, -created_at, filename or -filename")]
    Sort,
    /// Too few or too many.
    #[error("limit must be a number from 1 to {MAX_LIMIT}")]
    Limit,
    /// Not one of ours.
    #[error("cursor must be the next_cursor of a list with the same sort")]
    Cursor,
    /// Nothing that can be told.
    #[error("expand must be timeline, encodings, or both with a comma between")]
    Expand,
    /// One of a list in another order.
    #[error("this cursor is of a list with another sort: go on with the sort that the list was begun with")]
    CursorOfAnotherSort,
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

/// In which order, and how many.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawListing {
    /// The order; with `-` from the last to the first
    #[param(schema_with = orders)]
    sort: Option<String>,
    /// `next_cursor` of the list before, which was of the same `sort`
    cursor: Option<String>,
    /// From 1 to 200
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// What to tell of each document besides: `timeline`, `encodings`, or both with a comma between
    #[param(pattern = "^(timeline|encodings)(,(timeline|encodings))?$")]
    expand: Option<String>,
}

fn orders() -> Object {
    let orders = one_of(["created_at", "-created_at", "filename", "-filename"]);
    orders.default(Some("-created_at".into())).build()
}

/// Where a list goes on. Opaque to clients.
#[derive(Debug, Deserialize, Serialize)]
enum Cursor {
    CreatedAt(Timestamp, Uuid),
    Filename(String, Uuid),
}

impl RawListing {
    fn expansion(&self) -> Result<Expansion, InvalidListing> {
        let mut expansion = Expansion::default();
        for part in self.expand.iter().flat_map(|parts| parts.split(',')) {
            match part {
                "timeline" => expansion.timeline = true,
                "encodings" => expansion.encodings = true,
                _ => return Err(InvalidListing::Expand),
            }
        }
        Ok(expansion)
    }

    fn validate(self, filter: Filter) -> Result<Listing, InvalidListing> {
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
        let after = self
            .cursor
            .filter(|cursor| !cursor.is_empty())
            .map(|text| read_cursor(&text, sort))
            .transpose()?;
        Ok(Listing {
            filter,
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
    cursor::write(&cursor)
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
    let cursor = cursor::read(text)?;
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
    /// None of the documents is older than this change: send it as `last_event_id` to `/api/events` or `/api/ws` to be told what comes after it
    #[schema(example = 4711)]
    change_seq: i64,
}

/// Your documents
///
/// Those that hold all that is said of them.
#[utoipa::path(
    get,
    path = "/api/documents",
    tag = "documents",
    params(RawFilter, RawListing),
    responses((status = 200, body = ListAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Reader(caller): Reader,
    Parameters(filter): Parameters<RawFilter>,
    Parameters(raw): Parameters<RawListing>,
) -> Result<Json<ListAnswer>, Problem> {
    let expansion = raw.expansion()?;
    let mut listing = raw.validate(filter.validate()?)?;
    let wanted = usize::try_from(listing.limit).unwrap_or_default();
    listing.limit += 1; // One more says whether there is more.
    let (mut documents, change_seq) = listing::list(&app.database, caller.tenant_id, &listing)
        .await
        .map_err(|error| Problem::database("list documents", &error))?;
    let has_more = documents.len() > wanted;
    documents.truncate(wanted);
    let next_cursor = documents
        .last()
        .filter(|_| has_more)
        .and_then(|last| write_cursor(last, listing.sort));
    let mut past = HashMap::new();
    if expansion.is_any() {
        let failed = |error| Problem::database("list the encodings of documents", &error);
        let ids: Vec<Uuid> = documents.iter().map(|document| document.id).collect();
        let mut transaction = tenant_transaction(&app.database, caller.tenant_id)
            .await
            .map_err(failed)?;
        past = encodings::past(&mut transaction, caller.tenant_id, &ids)
            .await
            .map_err(failed)?;
    }
    let documents = documents.into_iter().map(|document| {
        let past = past.remove(&document.id).unwrap_or_default();
        expansion.answer(document, past)
    });
    Ok(Json(ListAnswer {
        success: true,
        documents: documents.collect(),
        next_cursor,
        change_seq,
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
        let forged = |place: Cursor| cursor::write(&place).unwrap();
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
            ("sort", "", InvalidListing::Sort),
            ("limit", "", InvalidListing::Limit),
            ("sort", "size", InvalidListing::Sort),
            ("limit", "0", InvalidListing::Limit),
            ("limit", "many", InvalidListing::Limit),
            ("cursor", "zz", InvalidListing::Cursor),
            ("expand", "", InvalidListing::Expand),
            ("expand", "timeline,chunks", InvalidListing::Expand),
        ] {
            let raw = raw(field, value);
            let refused = raw
                .expansion()
                .and_then(|_| raw.validate(Filter::default()).map(|_| ()));
            assert_eq!(refused, Err(error));
        }
        let listing = raw("cursor", "").validate(Filter::default()).unwrap();
        assert_eq!((listing.limit, listing.descending), (50, true));
    }
}
