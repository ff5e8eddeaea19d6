//! `GET /api/documents`

use std::collections::HashMap;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::schema::Object};
use uuid::Uuid;

use super::document::{DocumentAnswer, Expansion};
use crate::{
    app::{App, SharedApp},
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
        input::{Limit, Parameters, place, unprocessable},
        problem::{Problem, ProblemBody},
    },
};

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
    /// Whether `matching` is wanted, which takes longer the more there are
    #[param(value_type = Option<bool>, default = false)]
    count: Option<String>,
}

fn orders() -> Object {
    let orders = one_of(["created_at", "-created_at", "filename", "-filename"]);
    orders.default(Some("-created_at".into())).build()
}

/// Where a list goes on. Opaque to clients.
#[derive(Debug, Deserialize, Serialize)]
struct Cursor {
    descending: bool,
    after: CursorPlace,
}

#[derive(Debug, Deserialize, Serialize)]
enum CursorPlace {
    CreatedAt(Timestamp, Uuid),
    Filename(String, Uuid),
}

impl RawListing {
    fn expansion(&self) -> Result<Expansion, Problem> {
        let mut expansion = Expansion::default();
        for part in self.expand.iter().flat_map(|parts| parts.split(',')) {
            match part {
                "timeline" => expansion.timeline = true,
                "encodings" => expansion.encodings = true,
                _ => {
                    return Err(unprocessable(
                        "invalid_query",
                        "expand must be timeline, encodings, or both with a comma between",
                    ));
                }
            }
        }
        Ok(expansion)
    }

    fn wants_count(&self) -> Result<bool, Problem> {
        match self.count.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(unprocessable("invalid_query", "count must be true or false")),
        }
    }

    fn validate(&self, filter: Filter) -> Result<Listing, Problem> {
        let (sort, descending) = match self.sort.as_deref() {
            None | Some("-created_at") => (SortBy::CreatedAt, true),
            Some("created_at") => (SortBy::CreatedAt, false),
            Some("filename") => (SortBy::Filename, false),
            Some("-filename") => (SortBy::Filename, true),
            Some(_) => {
                return Err(unprocessable(
                    "invalid_query",
                    "sort must be created_at, -created_at, filename or -filename",
                ));
            }
        };
        let cursor = place(self.cursor.as_deref(), read_cursor)?;
        if cursor
            .as_ref()
            .is_some_and(|(after, of)| (sort_of(after), *of) != (sort, descending))
        {
            return Err(unprocessable(
                "cursor_of_another_sort",
                "this cursor is of a list with another sort: go on with the sort that the list was begun with",
            ));
        }
        Ok(Listing {
            filter,
            sort,
            descending,
            after: cursor.map(|(after, _)| after),
            limit: Limit::OF_LISTS.read(self.limit.as_deref())?.into(),
        })
    }
}

fn write_cursor(last: &Document, sort: SortBy, descending: bool) -> Option<String> {
    let after = match sort {
        SortBy::CreatedAt => CursorPlace::CreatedAt(last.created_at, last.id),
        SortBy::Filename => CursorPlace::Filename(last.file.filename.clone(), last.id),
    };
    cursor::write(&Cursor { descending, after })
}

/// Where a cursor goes on, and whether its list begins with the greatest.
fn read_cursor(text: &str) -> Option<(After, bool)> {
    let cursor: Cursor = cursor::read(text)?;
    let after = match cursor.after {
        // Postgres knows no earlier ones; no document is that old.
        CursorPlace::CreatedAt(time, id) if time >= Timestamp::UNIX_EPOCH => After::CreatedAt(time, id),
        CursorPlace::Filename(name, id) if !name.contains('\0') => After::Filename(name, id),
        _ => return None,
    };
    Some((after, cursor.descending))
}

fn sort_of(after: &After) -> SortBy {
    match after {
        After::CreatedAt(..) => SortBy::CreatedAt,
        After::Filename(..) => SortBy::Filename,
    }
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
    /// How many documents match, on whichever page; null unless `count=true` asks for it
    #[schema(example = 1250)]
    matching: Option<i64>,
}

/// Your documents
///
/// Those that hold all that is said of them.
#[utoipa::path(
    get,
    path = "/api/documents",
    operation_id = "list_documents",
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
    let wants_count = raw.wants_count()?;
    let mut listing = raw.validate(filter.validate()?)?;
    let wanted = usize::try_from(listing.limit).unwrap_or_default();
    listing.limit += 1; // One more says whether there is more.
    let (mut documents, change_seq) = listing::list(&app.database, caller.tenant_id, &listing)
        .await
        .map_err(|error| Problem::database("list documents", &error))?;
    let matching = if wants_count {
        Some(count(&app, caller.tenant_id, &listing.filter).await?)
    } else {
        None
    };
    let has_more = documents.len() > wanted;
    documents.truncate(wanted);
    let next_cursor = documents
        .last()
        .filter(|_| has_more)
        .and_then(|last| write_cursor(last, listing.sort, listing.descending));
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
        matching,
    }))
}

async fn count(app: &App, tenant: Uuid, filter: &Filter) -> Result<i64, Problem> {
    let failed = |error| Problem::database("count documents", &error);
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    listing::count(&mut transaction, tenant, filter)
        .await
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::documents::document::samples;

    fn raw(field: &str, value: &str) -> RawListing {
        serde_json::from_value(json!({ field: value })).unwrap()
    }

    #[test]
    fn a_cursor_is_read_back_for_the_same_order_only() {
        let document = samples::document();
        let cursor = write_cursor(&document, SortBy::Filename, false).unwrap();
        let after = After::Filename("a.pdf".into(), document.id);
        assert_eq!(read_cursor(&cursor), Some((after, false)));
        for sort in ["created_at", "-created_at", "-filename"] {
            let raw: RawListing = serde_json::from_value(json!({ "cursor": cursor, "sort": sort })).unwrap();
            let refused = raw.validate(Filter::default()).unwrap_err();
            assert_eq!(refused.code, "cursor_of_another_sort", "{sort}");
        }
        let forged = |after| {
            let cursor = Cursor {
                descending: true,
                after,
            };
            cursor::write(&cursor).unwrap()
        };
        let ancient = CursorPlace::CreatedAt("-009000-01-01T00:00:00Z".parse().unwrap(), document.id);
        let with_nul = CursorPlace::Filename("a\0".into(), document.id);
        for refused in ["è", "7b", &forged(ancient), &forged(with_nul)] {
            assert_eq!(read_cursor(refused), None, "{refused}");
        }
    }

    #[test]
    fn every_parameter_is_checked() {
        for (field, value, code) in [
            ("sort", "", "invalid_query"),
            ("limit", "", "invalid_limit"),
            ("sort", "size", "invalid_query"),
            ("limit", "0", "invalid_limit"),
            ("limit", "many", "invalid_limit"),
            ("cursor", "zz", "invalid_cursor"),
            ("expand", "", "invalid_query"),
            ("expand", "timeline,chunks", "invalid_query"),
            ("count", "", "invalid_query"),
            ("count", "yes", "invalid_query"),
        ] {
            let raw = raw(field, value);
            let refused = raw
                .expansion()
                .and_then(|_| raw.wants_count())
                .and_then(|_| raw.validate(Filter::default()).map(|_| ()));
            assert_eq!(refused.unwrap_err().code, code, "{field}={value}");
        }
        let listing = raw("cursor", "").validate(Filter::default()).unwrap();
        assert_eq!((listing.limit, listing.descending), (50, true));
    }
}
