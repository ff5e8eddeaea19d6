//! Answers to Pods other than assignments.

use axum::{
    Json,
    extract::rejection::JsonRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use crds::assignment::NotLeading;
use serde::Serialize;

use crate::handover::{Unassignable, tokens::Unauthenticated};

/// Why a request is not answered with assignments.
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
            Self::Superseded => StatusCode::CONFLICT,
            Self::Body(error) => error.status(),
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::NoSuchPath => StatusCode::NOT_FOUND,
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
            Self::Body(error) => error.body_text(),
            Self::SlowBody => "the body did not arrive in time".into(),
            Self::NoSuchPath => "nothing is at this path".into(),
            Self::NotPosted => "assignments are asked for with POST".into(),
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
