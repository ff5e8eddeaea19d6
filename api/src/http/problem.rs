//! The one shape of every error: `application/problem+json` (RFC 9457) with `success: false`, `message` and a stable `code`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{database, store::StoreError};

/// What a client is told. Causes are logged where they are met and are never part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable name for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// After how many seconds to try again, where waiting helps.
    pub retry_after: Option<u64>,
    /// Whether there was no connection to Postgres in time: it is away, or others hold them all.
    is_pool_timed_out: bool,
}

/// Marks a response of which it is to be found out whether Postgres is away or others hold all connections to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolTimedOut;

/// [`Problem`] as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is no such document", "success": false, "message": "there is no such document", "code": "document_not_found"}))]
pub struct ProblemBody {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    title: String,
    /// HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// The message once more, under the name of RFC 9457.
    detail: String,
    /// Always false.
    #[schema(example = false)]
    success: bool,
    /// For people.
    message: String,
    /// Stable name for programs.
    #[schema(example = "document_not_found")]
    code: &'static str,
}

impl Problem {
    /// The store failed.
    pub(super) const STORE_UNAVAILABLE: (StatusCode, &str) =
        (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable");
    /// Postgres is not reached, or not in time.
    pub(super) const DATABASE_UNAVAILABLE: (StatusCode, &str) =
        (StatusCode::SERVICE_UNAVAILABLE, "database_unavailable");

    /// A problem with these parts.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
            is_pool_timed_out: false,
        }
    }

    /// With the seconds after which to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The service does as much at once as it can: what is at its limit is what is said.
    pub fn saturated(message: &'static str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "saturated", message).retry_after(1)
    }

    /// Nobody, or a credential that is not valid.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "no valid credential was sent; send an API key or a token as `Authorization: Bearer …`",
        )
    }

    /// Somebody who may not do this.
    pub fn forbidden(scope: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            format!("this needs the scope `{scope}`, which your role or your key does not have"),
        )
    }

    /// Unknown, or another's: the answer is the same.
    pub fn document_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "document_not_found",
            "there is no such document",
        )
    }

    /// The cluster cannot take the document.
    pub fn queue_unavailable() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "queue_unavailable",
            "task queue unavailable: the document was not taken, try again later",
        )
    }

    /// Something of ours failed. The cause goes to the log with what was being done.
    pub fn internal(doing: &str, cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "failed to {doing}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something failed on our side; it has been logged",
        )
    }

    /// Postgres failed: unreachable is told apart, as trying again then helps.
    pub fn database(doing: &str, cause: &sqlx::Error) -> Self {
        match cause {
            cause if database::is_unavailable(cause) => {
                tracing::error!(error = %cause, "failed to {doing}: the database is unavailable");
                let (status, code) = Self::DATABASE_UNAVAILABLE;
                let message = "the database is unavailable, try again later";
                Self {
                    is_pool_timed_out: matches!(cause, sqlx::Error::PoolTimedOut),
                    ..Self::new(status, code, message).retry_after(5)
                }
            }
            other => Self::internal(doing, other),
        }
    }
}

impl From<StoreError> for Problem {
    /// The store failed: what it has not got, or should not have, is not its fault, and asked for again in vain.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Failed { .. } => {
                tracing::error!(%error, "the store is unavailable");
                let (status, code) = Self::STORE_UNAVAILABLE;
                Self::new(status, code, "the store is unavailable, try again later").retry_after(5)
            }
            error => Self::internal("use the store", &error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.message.clone(),
            success: false,
            message: self.message,
            code: self.code,
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.is_pool_timed_out {
            response.extensions_mut().insert(PoolTimedOut);
        }
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_problem_says_so_in_every_way() {
        let response = Problem::document_not_found().into_response();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["success"], false);
        assert_eq!(body["code"], "document_not_found");
        assert_eq!(body["message"], body["detail"]);
        assert_eq!(body["status"], 404);
    }

    #[test]
    fn a_cause_is_never_sent() {
        let problem = Problem::internal("read a row", &"password=hunter2");
        assert!(!problem.message.contains("hunter2"));
    }
}
