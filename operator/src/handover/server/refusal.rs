//! Answers to Pods other than what they ask for.

use axum::{
    Json,
    extract::rejection::JsonRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use crds::{assignment::NotLeading, presigned::MAX_OPERATIONS};
use serde::Serialize;

use crate::{
    handover::{Unassignable, tokens::Unauthenticated},
    s3::Unsigned,
};

/// Why a request is not answered with what it asks for.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Another replica leads.
    NotLeading(NotLeading),
    /// There is no bearer token.
    NoToken,
    /// The token is no Pod's of ours, or could not be checked.
    Token(Unauthenticated),
    /// It cannot be said what the Pod should hold.
    Unassignable(Unassignable),
    /// The Pod has asked again since, or was forgotten while it waited.
    Superseded,
    /// The Pod should not hold this assignment, or not any more.
    NotAssigned,
    /// The store is a volume, of which there are no URLs.
    NoStore,
    /// More operations than one request may name.
    TooManyOperations,
    /// An operation was not signed.
    Unsigned(Unsigned),
    /// The body is not what the contract says.
    Body(JsonRejection),
    /// The body did not arrive in time.
    SlowBody,
    /// Nothing is at this path.
    NoSuchPath,
    /// The method is not POST.
    NotPosted,
}

#[derive(Serialize)]
struct Message {
    message: String,
}

impl From<Unauthenticated> for Refusal {
    fn from(error: Unauthenticated) -> Self {
        Self::Token(error)
    }
}

impl From<Unassignable> for Refusal {
    fn from(reason: Unassignable) -> Self {
        Self::Unassignable(reason)
    }
}

impl From<Unsigned> for Refusal {
    fn from(error: Unsigned) -> Self {
        if let Unsigned::Store(cause) = &error {
            tracing::warn!(%cause, "unable to sign a URL: are there credentials for the S3 store?");
        }
        Self::Unsigned(error)
    }
}

impl From<JsonRejection> for Refusal {
    fn from(error: JsonRejection) -> Self {
        Self::Body(error)
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotLeading(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::NoToken | Self::Token(Unauthenticated::Refused(_)) => StatusCode::UNAUTHORIZED,
            Self::Unassignable(Unassignable::NotOurs) => StatusCode::FORBIDDEN,
            Self::Token(Unauthenticated::Unavailable(_)) | Self::Unassignable(Unassignable::NotKnownYet) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Superseded | Self::NotAssigned => StatusCode::CONFLICT,
            Self::TooManyOperations | Self::Unsigned(Unsigned::NotAllowed(_)) => StatusCode::BAD_REQUEST,
            Self::Unsigned(Unsigned::Store(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Body(error) => error.status(),
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::NoSuchPath | Self::NoStore => StatusCode::NOT_FOUND,
            Self::NotPosted => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::NotLeading(_) => "another replica leads".into(),
            Self::NoToken => "no bearer token: send the projected token in the Authorization header".into(),
            Self::Token(error) => error.to_string(),
            Self::Unassignable(Unassignable::NotOurs) => {
                "this Pod belongs to no Job that this operator knows".into()
            }
            Self::Unassignable(Unassignable::NotKnownYet) => {
                "the Job's namespace is not known yet: ask again".into()
            }
            Self::Superseded => {
                "a newer request of this Pod has come, or the Pod was forgotten: ask again".into()
            }
            Self::NotAssigned => "this Pod should not hold that assignment, or not any more".into(),
            Self::NoStore => "the operator's store is a volume: there are no URLs of it".into(),
            Self::TooManyOperations => format!("at most {MAX_OPERATIONS} operations are asked for at a time"),
            Self::Unsigned(Unsigned::NotAllowed(reason)) => reason.to_string(),
            Self::Unsigned(Unsigned::Store(_)) => "the URLs could not be signed, ask again".into(),
            Self::Body(error) => error.body_text(),
            Self::SlowBody => "the body did not arrive in time".into(),
            Self::NoSuchPath => "nothing is at this path".into(),
            Self::NotPosted => "whatever is asked for here is asked for with POST".into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = match self {
            Self::NotLeading(leader) => (status, Json(leader)).into_response(),
            other => {
                let message = other.message();
                (status, Json(Message { message })).into_response()
            }
        };
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
