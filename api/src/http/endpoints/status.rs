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
    documents::document::{self, Progress, Status},
    http::{
        authentication::Reader,
        common::{DocumentId, entity_tag, find_live, is_known},
        problem::{Problem, ProblemBody},
    },
    live::{board::LiveDocument, progress},
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
    operation_id = "show_status",
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
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut document = find_live(&app, identity, id).await?;
    let now = app.clock.now();
    let live = app
        .progress
        .of(&document.owner(), document.resource_uid, &document.progress, now)
        .await;
    progress::merge(&mut document.progress, live);
    let usual = app.board.durations().mean_seconds(&document.queue);
    let answer = answer(document, usual, now);
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

fn answer(document: LiveDocument, usual_seconds: Option<f64>, now: Timestamp) -> StatusAnswer {
    let status = document.status();
    let eta_seconds = eta_seconds(&document.progress, usual_seconds, now);
    let progress = document.progress;
    StatusAnswer {
        document_id: document.id,
        status: status.as_str(),
        progress: progress.percent,
        task_state: document::task_state(progress.phase),
        message: progress.message.unwrap_or_default(),
        total_chunks: document.total_chunks,
        ready: status == Status::Ready,
        queue_position: progress.queue_position,
        eta_seconds,
        attempt: progress.attempt,
        pages_done: progress.pages_done,
        pages_total: progress.pages_total,
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
fn eta_seconds(progress: &Progress, usual_seconds: Option<f64>, now: Timestamp) -> Option<i64> {
    let seconds = match progress.phase {
        Phase::Pending | Phase::Queued => {
            let wait = progress.estimated_start_at?.duration_since(now).as_secs_f64();
            wait.max(0.0) + usual_seconds.unwrap_or(0.0)
        }
        Phase::Processing => {
            let elapsed = now.duration_since(progress.started_at?).as_secs_f64();
            let elapsed = elapsed.max(0.0);
            if progress.percent > crds::progress::step::ENCODING.0 {
                let done = f64::from(progress.percent);
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
        document.progress.phase = Phase::Processing;
        document.progress.percent = 75;
        document.progress.message = Some("Running memvid encoder".into());
        let answer =
            serde_json::to_value(answer(document.clone().into(), None, Timestamp::UNIX_EPOCH)).unwrap();
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
        document.progress.phase = Phase::Cancelled;
        document.outcome.error = Some(DocumentError {
            reason: "Cancelled".into(),
            message: "cancelled".into(),
        });
        let answer = answer(document.into(), None, Timestamp::UNIX_EPOCH);
        assert_eq!(
            (answer.status, answer.task_state, answer.ready),
            ("failed", "FAILURE", false)
        );
        assert_eq!(answer.error.unwrap().reason, "Cancelled");
    }

    #[test]
    fn what_is_left_is_estimated_from_what_was_done() {
        let mut document = samples::document();
        document.progress.phase = Phase::Processing;
        document.progress.started_at = Some(Timestamp::UNIX_EPOCH);
        let after_ten_seconds = Timestamp::from_second(10).unwrap();
        assert_eq!(eta_seconds(&document.progress, None, after_ten_seconds), None);
        assert_eq!(
            eta_seconds(&document.progress, Some(14.5), after_ten_seconds),
            Some(5)
        );
        assert_eq!(
            eta_seconds(&document.progress, Some(3.0), after_ten_seconds),
            Some(0)
        );
        document.progress.percent = 50;
        assert_eq!(
            eta_seconds(&document.progress, Some(90.0), after_ten_seconds),
            Some(10)
        );
        document.progress.phase = Phase::Ready;
        assert_eq!(
            eta_seconds(&document.progress, Some(90.0), after_ten_seconds),
            None
        );
    }

    #[test]
    fn a_document_that_waits_is_ready_after_its_turn_and_the_usual_time() {
        let mut document = samples::document();
        let at = |second| Timestamp::from_second(second).unwrap();
        for phase in [Phase::Pending, Phase::Queued] {
            document.progress.phase = phase;
            document.progress.estimated_start_at = None;
            assert_eq!(eta_seconds(&document.progress, Some(2.0), at(0)), None);
            document.progress.estimated_start_at = Some(at(30));
            assert_eq!(eta_seconds(&document.progress, None, at(10)), Some(20));
            assert_eq!(eta_seconds(&document.progress, Some(1.2), at(10)), Some(22));
            assert_eq!(
                eta_seconds(&document.progress, Some(1.2), at(99)),
                Some(2),
                "its turn is late"
            );
            assert_eq!(eta_seconds(&document.progress, None, at(99)), Some(0));
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
        let mut progress = samples::document().progress;
        progress.phase = Phase::Processing;
        (progress.attempt, progress.percent, progress.queue_position) = (2, 40, Some(3));
        let merged = |progress: &Progress, record| {
            let mut progress = progress.clone();
            progress::merge(&mut progress, record);
            progress
        };
        assert_eq!(merged(&progress, live(2, 50)).queue_position, None);
        for (record, expected) in [
            (live(2, 50), 50),
            (live(2, 30), 40),
            (live(1, 90), 40),
            (live(3, 10), 10),
            (None, 40),
        ] {
            assert_eq!(merged(&progress, record).percent, expected);
        }
        assert_eq!(merged(&progress, live(2, 40)).pages_done, Some(3));
        // Its encoder was lost: what that one last said does not make it worked on.
        progress.phase = Phase::Queued;
        assert_eq!(merged(&progress, live(2, 60)), progress);
        assert_eq!(merged(&progress, live(3, 10)).phase, Phase::Processing);
        progress.phase = Phase::Ready;
        assert_eq!(merged(&progress, live(9, 50)), progress);
    }

    #[test]
    fn a_message_from_redis_is_cut_and_holds_no_control_characters() {
        let mut progress = samples::document().progress;
        let record = ProgressRecord {
            attempt: 1,
            pod_uid: "p".into(),
            progress: 20,
            message: format!("\u{1b}[2J{}", "è".repeat(9999)),
            pages_done: 0,
            pages_total: 0,
        };
        progress::merge(&mut progress, Some(record));
        let message = progress.message.unwrap();
        assert!(
            message.starts_with("[2Jè") && message.chars().count() == 300,
            "{message}"
        );
    }
}
