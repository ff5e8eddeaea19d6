//! `GET /api/search` and `GET /api/documents/{id}/search`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::{App, SharedApp},
    http::{
        authentication::Reader,
        common::{DocumentId, find_live},
        cursor, filter,
        input::{self, Limit, Parameters, unprocessable},
        problem::{Problem, ProblemBody},
    },
    identity::Identity,
    search::{
        passage::{Piece, passages},
        query::{self, Found, Place, Question, SearchError},
    },
};

/// What is found has passages, which cost most of the time.
const LIMIT: Limit = Limit {
    default: 10,
    most: 50,
};
/// Each word costs time.
const LONGEST_QUESTION: usize = 200;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawQuestion {
    /// Words, all of which a chunk must hold in any form; "a phrase"; `or` between two; `-` before what it must not hold
    #[param(value_type = String, required = true, pattern = r"^[^\u0000]*[^\u0000\s][^\u0000]*$", min_length = 1, max_length = 200, example = "fattura \"partita IVA\" -bozza")]
    q: Option<String>,
    /// From 1 to 50
    #[param(value_type = Option<u16>, minimum = 1, maximum = 50, default = 10)]
    limit: Option<String>,
    /// The `next_cursor` of the part before, to the same question
    cursor: Option<String>,
}

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawLanguage {
    /// Only documents in this language: ISO 639-1, `und` where it is not known
    #[param(pattern = "^([a-z]{2}|und)$", example = "it")]
    language: Option<String>,
}

/// Where a list of what was found goes on.
#[derive(Debug, Deserialize, Serialize)]
struct Cursor {
    score: f32,
    document: Uuid,
    number: i32,
}

fn read_cursor(text: &str) -> Option<Place> {
    let cursor: Cursor = cursor::read(text)?;
    cursor.score.is_finite().then_some(Place {
        score: cursor.score,
        document: cursor.document,
        number: cursor.number,
    })
}

impl RawQuestion {
    fn validate(self) -> Result<Question, Problem> {
        let words = self.q.unwrap_or_default();
        let length = words.chars().count();
        if words.trim().is_empty() || length > LONGEST_QUESTION || words.contains('\0') {
            return Err(unprocessable(
                "invalid_query",
                "q must be what you look for, 1 to 200 characters, none of them NUL",
            ));
        }
        Ok(Question {
            words,
            language: None,
            document: None,
            after: input::place(self.cursor.as_deref(), read_cursor)?,
            limit: LIMIT.read(self.limit.as_deref())?.into(),
        })
    }
}

/// Chunks that were found, the best first
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    #[schema(example = true)]
    success: bool,
    results: Vec<SearchResult>,
    /// More chunks match than were compared: say more of what you look for
    #[schema(example = false)]
    truncated: bool,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// A chunk that was found
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResult {
    document_id: Uuid,
    filename: String,
    /// ISO 639-1, `und` where it is not known
    #[schema(example = "it")]
    language: String,
    /// Its number in the document, from 0
    #[schema(example = 3)]
    chunk_index: i32,
    /// The page it begins on, from 1
    #[schema(example = 7)]
    page: Option<i32>,
    /// The heading it stands under
    title: Option<String>,
    /// How well it matches: greater is better
    #[schema(example = 0.06)]
    score: f32,
    /// Passages that show why, each in pieces of text
    highlights: Vec<Vec<Piece>>,
}

impl From<Found> for SearchResult {
    fn from(found: Found) -> Self {
        Self {
            highlights: passages(&found.passage),
            document_id: found.document_id,
            filename: found.filename,
            language: found.language,
            chunk_index: found.number,
            page: found.page,
            title: found.title,
            score: found.score,
        }
    }
}

/// Search your documents' text
///
/// Words are understood in the language of each document: `fatture` finds `fattura` in an Italian one. A document can be found some
/// seconds after it is ready.
#[utoipa::path(
    get,
    path = "/api/search",
    operation_id = "search_documents",
    tag = "documents",
    params(RawQuestion, RawLanguage),
    responses((status = 200, body = SearchAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn search(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    Parameters(raw): Parameters<RawQuestion>,
    Parameters(language): Parameters<RawLanguage>,
) -> Result<Json<SearchAnswer>, Problem> {
    let mut question = raw.validate()?;
    question.language = filter::language(language.language.as_deref())?;
    answer(&app, identity, question).await
}

/// Search a document's text
#[utoipa::path(
    get,
    path = "/api/documents/{id}/search",
    operation_id = "search_document",
    tag = "documents",
    params(("id" = Uuid, Path), RawQuestion),
    responses(
        (status = 200, body = SearchAnswer), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn search_document(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    Parameters(raw): Parameters<RawQuestion>,
) -> Result<Json<SearchAnswer>, Problem> {
    let mut question = raw.validate()?;
    find_live(&app, identity, id).await?;
    question.document = Some(id);
    answer(&app, identity, question).await
}

async fn answer(
    app: &App,
    identity: Identity,
    mut question: Question,
) -> Result<Json<SearchAnswer>, Problem> {
    let wanted = usize::try_from(question.limit).unwrap_or_default();
    question.limit += 1; // One more says whether there is more.
    let turn = app.turns.searches.take(identity.tenant_id).await;
    let turn = turn.ok_or_else(|| Problem::saturated("too many searches at once: ask again in a moment"))?;
    let database = app.database.clone();
    // Postgres goes on though the client has gone, and so does the turn.
    let searching = tokio::spawn(async move {
        let _turn = turn;
        query::search(&database, identity.tenant_id, &question).await
    });
    let searched = searching
        .await
        .map_err(|error| Problem::internal("search", &error))?;
    let mut found = searched.map_err(|error| match error {
        SearchError::TooBroad => unprocessable("question_too_broad", error.to_string()),
        SearchError::Database(error) => Problem::database("search", &error),
    })?;
    let has_more = found.len() > wanted;
    found.truncate(wanted);
    let next_cursor = found
        .last()
        .filter(|_| has_more)
        .map(Found::place)
        .and_then(|place| {
            cursor::write(&Cursor {
                score: place.score,
                document: place.document,
                number: place.number,
            })
        });
    Ok(Json(SearchAnswer {
        success: true,
        truncated: found.first().is_some_and(|found| found.is_truncated),
        results: found.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_checked() {
        let validate = |q: Option<&str>, limit: Option<&str>, cursor: Option<&str>| {
            let own = |text: Option<&str>| text.map(ToOwned::to_owned);
            let raw = RawQuestion {
                q: own(q),
                limit: own(limit),
                cursor: own(cursor),
            };
            raw.validate().map_err(|problem| problem.code)
        };
        let long = "a".repeat(201);
        for q in [None, Some(""), Some(" "), Some("a\0b"), Some(long.as_str())] {
            assert_eq!(validate(q, None, None).unwrap_err(), "invalid_query", "{q:?}");
        }
        for limit in ["0", "51", "x", "-1"] {
            assert_eq!(
                validate(Some("a"), Some(limit), None).unwrap_err(),
                "invalid_limit"
            );
        }
        let infinite =
            cursor::write(&serde_json::json!({"score": 1e300, "document": Uuid::nil(), "number": 0}));
        for cursor in [Some("zz"), Some("è"), Some("7b7d"), infinite.as_deref()] {
            assert_eq!(
                validate(Some("a"), None, cursor).unwrap_err(),
                "invalid_cursor",
                "{cursor:?}"
            );
        }
        let place = Cursor {
            score: 0.060_792_71,
            document: Uuid::nil(),
            number: 3,
        };
        let question = validate(Some("a"), None, cursor::write(&place).as_deref()).unwrap();
        assert_eq!(question.limit, 10);
        assert_eq!(question.after.unwrap().score.to_bits(), place.score.to_bits());
    }
}
