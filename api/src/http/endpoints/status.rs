//! `GET /api/documents/{id}/status`

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use crds::Phase;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    documents::document::{self, Document, Status},
    http::{
        authentication::Reader,
        common::{DocumentId, entity_tag, find, is_known},
        problem::{Problem, ProblemBody},
    },
    live::progress,
};

/// Where a document is.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusAnswer {
    document_id: Uuid,
    /// `processing`, `ready` or `failed`
    #[schema(example = "processing")]
    status: &'static str,
    /// Per cent of the work that is done
    #[schema(example = 75)]
    progress: u8,
    /// `PENDING`, `PROCESSING`, `SUCCESS` or `FAILURE`
    #[schema(example = "PROCESSING")]
    task_state: &'static str,
    message: String,
    total_chunks: Option<i64>,
    ready: bool,
    /// Place in its queue, from 1, while it waits: exact for the first, coarse behind
    #[schema(minimum = 1, example = 3)]
    queue_position: Option<i64>,
    /// An estimate of the seconds from now until it is ready; null where there is none
    #[schema(minimum = 0, example = 12)]
    eta_seconds: Option<i64>,
    attempt: u32,
    pages_done: Option<i64>,
    pages_total: Option<i64>,
    error: Option<ErrorAnswer>,
}

/// Why a document failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorAnswer {
    /// One of a closed list
    #[schema(example = "NoText")]
    reason: String,
    /// For people
    message: String,
}

/// Where a document is
///
/// Made for polling: send the `ETag` back as `If-None-Match`.
#[utoipa::path(
    get,
    path = "/api/documents/{id}/status",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = StatusAnswer), (status = 304, description = "Nothing has changed"),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn status(
    State(app): State<SharedApp>,
    Reader(caller): Reader,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let document = find(&app, caller, id).await?;
    let now = app.clock.now();
    let live = app.progress.of(&document, now).await;
    let usual = app.board.durations().mean_seconds(&document.queue);
    let answer = answer(progress::merge(document, live), usual, now);
    let failed = |error| Problem::internal("write a status", &error);
    let body = serde_json::to_vec(&answer).map_err(failed)?;
    // Weak: an estimate that moved is no news.
    let news = StatusAnswer {
        eta_seconds: None,
        ..answer
    };
    let tag = format!("W/{}", entity_tag(&serde_json::to_vec(&news).map_err(failed)?));
    let common = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    Ok((common, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn answer(document: Document, usual_seconds: Option<f64>, now: Timestamp) -> StatusAnswer {
    let status = document.status();
    StatusAnswer {
        document_id: document.id,
        status: status.as_str(),
        progress: document.progress,
        task_state: document::task_state(document.phase),
        eta_seconds: eta_seconds(&document, usual_seconds, now),
        message: document.message.unwrap_or_default(),
        total_chunks: document.total_chunks,
        ready: status == Status::Ready,
        queue_position: document.queue_position,
        attempt: document.attempt,
        pages_done: document.pages_done,
        pages_total: document.pages_total,
        error: document.error.map(|error| ErrorAnswer {
            reason: error.reason,
            message: error.message,
        }),
    }
}

/// Seconds until a document is ready.
///
/// While it waits: until its turn is expected, and then as long as documents of its queue usually take, where that is known. While it is
/// worked on: as the work went on so far, and before that shows, what is left of the usual.
fn eta_seconds(document: &Document, usual_seconds: Option<f64>, now: Timestamp) -> Option<i64> {
    let seconds = match document.phase {
        Phase::Pending | Phase::Queued => {
            let wait = document.estimated_start_at?.duration_since(now).as_secs_f64();
            wait.max(0.0) + usual_seconds.unwrap_or(0.0)
        }
        Phase::Processing => {
            let elapsed = now.duration_since(document.processing_started_at?).as_secs_f64();
            let elapsed = elapsed.max(0.0);
            if document.progress > crds::progress::step::ENCODING.0 {
                let done = f64::from(document.progress);
                elapsed * (100.0 - done) / done
            } else {
                usual_seconds? - elapsed
            }
        }
        Phase::Ready | Phase::Failed | Phase::Cancelled => return None,
    };
    #[allow(clippy::cast_possible_truncation, reason = "an `as` of a float saturates")]
    Some(seconds.max(0.0).ceil() as i64)
}

#[cfg(test)]
mod tests {
    use crds::ProgressRecord;
    use serde_json::json;

    use super::*;
    use crate::documents::document::{DocumentError, samples};

    #[test]
    fn existing_clients_find_their_names() {
        let mut document = samples::document();
        document.phase = Phase::Processing;
        document.progress = 75;
        document.message = Some("Running memvid encoder".into());
        let answer = serde_json::to_value(answer(document.clone(), None, Timestamp::UNIX_EPOCH)).unwrap();
        let expected = json!({
            "document_id": document.id, "status": "processing", "progress": 75, "task_state": "PROCESSING",
            "message": "Running memvid encoder", "total_chunks": null, "ready": false, "queue_position": null,
            "eta_seconds": null, "attempt": 0, "pages_done": null, "pages_total": null, "error": null,
        });
        assert_eq!(answer, expected);
    }

    #[test]
    fn a_cancelled_document_failed_with_that_reason() {
        let mut document = samples::document();
        document.phase = Phase::Cancelled;
        document.error = Some(DocumentError {
            reason: "Cancelled".into(),
            message: "cancelled".into(),
        });
        let answer = answer(document, None, Timestamp::UNIX_EPOCH);
        assert_eq!(
            (answer.status, answer.task_state, answer.ready),
            ("failed", "FAILURE", false)
        );
        assert_eq!(answer.error.unwrap().reason, "Cancelled");
    }

    #[test]
    fn what_is_left_is_estimated_from_what_was_done() {
        let mut document = samples::document();
        document.phase = Phase::Processing;
        document.processing_started_at = Some(Timestamp::UNIX_EPOCH);
        let after_ten_seconds = Timestamp::from_second(10).unwrap();
        assert_eq!(eta_seconds(&document, None, after_ten_seconds), None);
        assert_eq!(eta_seconds(&document, Some(14.5), after_ten_seconds), Some(5));
        assert_eq!(eta_seconds(&document, Some(3.0), after_ten_seconds), Some(0));
        document.progress = 50;
        assert_eq!(eta_seconds(&document, Some(90.0), after_ten_seconds), Some(10));
        document.phase = Phase::Ready;
        assert_eq!(eta_seconds(&document, Some(90.0), after_ten_seconds), None);
    }

    #[test]
    fn a_document_that_waits_is_ready_after_its_turn_and_the_usual_time() {
        let mut document = samples::document();
        let at = |second| Timestamp::from_second(second).unwrap();
        for phase in [Phase::Pending, Phase::Queued] {
            document.phase = phase;
            document.estimated_start_at = None;
            assert_eq!(eta_seconds(&document, Some(2.0), at(0)), None);
            document.estimated_start_at = Some(at(30));
            assert_eq!(eta_seconds(&document, None, at(10)), Some(20));
            assert_eq!(eta_seconds(&document, Some(1.2), at(10)), Some(22));
            assert_eq!(
                eta_seconds(&document, Some(1.2), at(99)),
                Some(2),
                "its turn is late"
            );
            assert_eq!(eta_seconds(&document, None, at(99)), Some(0));
        }
    }

    #[test]
    fn live_progress_counts_where_it_is_further_on() {
        let live = |attempt, progress| {
            Some(ProgressRecord {
                attempt,
                pod_uid: "p".into(),
                progress,
                message: "live".into(),
                pages_done: 3,
                pages_total: 9,
            })
        };
        let mut document = samples::document();
        (document.attempt, document.progress, document.queue_position) = (2, 40, Some(3));
        assert_eq!(
            progress::merge(document.clone(), live(2, 50)).queue_position,
            None
        );
        for (record, expected) in [
            (live(2, 50), 50),
            (live(2, 30), 40),
            (live(1, 90), 40),
            (live(3, 10), 10),
            (None, 40),
        ] {
            assert_eq!(progress::merge(document.clone(), record).progress, expected);
        }
        assert_eq!(progress::merge(document.clone(), live(2, 40)).pages_done, Some(3));
        document.phase = Phase::Ready;
        assert_eq!(progress::merge(document, live(9, 50)).progress, 40);
    }
}
