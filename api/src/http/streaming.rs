//! What the streams of changes have in common, by whichever protocol they are sent.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::SharedApp,
    http::{continued_access::ContinuedAccess, input::unprocessable, problem::Problem},
    identity::Identity,
    live::{
        feed::SubscribeError,
        subscription::{Next, Subscription},
    },
};

/// This often a stream says that it is still there, so that neither a proxy nor the client takes it for dead, and it is asked whether its client
/// may still listen.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Where a stream begins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawBeginning {
    /// The `change_seq` of what you know: the stream begins with what came after it. Without it, it begins with what is still to come
    #[param(value_type = Option<i64>, minimum = 0)]
    last_event_id: Option<String>,
    /// The stream ends when you are told all that there is, instead of waiting for more
    #[param(value_type = Option<bool>, default = false)]
    once: Option<String>,
}

impl RawBeginning {
    /// The header, which browsers send where they connect again, counts before the query, which is what the page first asked for.
    fn after(&self, headers: &HeaderMap) -> Result<Option<i64>, Problem> {
        let header = headers
            .get("last-event-id")
            .map(|id| id.to_str().unwrap_or("none"));
        let header = number(header)?;
        let query = number(self.last_event_id.as_deref())?;
        Ok(header.or(query))
    }

    fn is_once(&self) -> Result<bool, Problem> {
        match self.once.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(unprocessable("invalid_query", "once must be true or false")),
        }
    }
}

/// The number of a change, where one is given.
fn number(text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.map(Some).ok_or_else(|| {
        unprocessable(
            "invalid_query",
            "last_event_id must be the change_seq of an event, a list or a stream",
        )
    })
}

impl From<SubscribeError> for Problem {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::TooManyOfTenant => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_streams",
                error.to_string(),
            )
            .retry_after(5),
            SubscribeError::TooMany => {
                Self::saturated("the service has as many streams open as it can: try again in a moment")
            }
            SubscribeError::Database(error) => Self::database("begin a stream of changes", &error),
        }
    }
}

/// Where a stream is
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamEvent {
    /// `stream.begun`: what comes next comes after `change_seq`; `stream.reload`: the same, but what was before it is known no more: read your
    /// documents anew
    #[serde(rename = "type")]
    #[schema(example = "stream.begun")]
    kind: &'static str,
    /// The place among the changes of your tenant from which on you are told
    #[schema(example = 4711)]
    change_seq: i64,
}

/// What is sent next.
pub(super) enum Message {
    /// JSON, and the number after which a client may go on that has it.
    Event { number: i64, json: Bytes },
    /// Nothing, but that the stream is there, if its client [may still listen](Stream::check).
    Alive,
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// All that there was is told, and no more was asked for.
    Told,
    /// The process ends, or cannot read what has changed: its client is to connect again.
    Unavailable,
    /// Its client may listen no more.
    Forbidden,
}

/// A stream of a client.
pub(super) struct Stream {
    access: ContinuedAccess,
    subscription: Subscription,
    is_once: bool,
    alive: Interval,
}

impl Stream {
    /// Begins one. Its client has been let in.
    pub(super) async fn begin(
        app: SharedApp,
        identity: Identity,
        headers: &HeaderMap,
        beginning: &RawBeginning,
    ) -> Result<Self, Problem> {
        let (after, is_once) = (beginning.after(headers)?, beginning.is_once()?);
        let subscription = app
            .feed
            .subscribe(&app.database, identity.tenant_id, after)
            .await?;
        let access = ContinuedAccess::begin(app, identity, headers).await?;
        let mut alive = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            access,
            subscription,
            is_once,
            alive,
        })
    }

    /// Whether a browser sends the credential by itself, whoever has it connect.
    pub(super) fn is_of_a_session(&self) -> bool {
        self.access.is_of_a_session()
    }

    /// What is sent next. May be dropped before it answers: nothing is lost.
    pub(super) async fn next(&mut self) -> Result<Message, End> {
        if self.is_once && self.subscription.has_told_all() {
            return Err(End::Told);
        }
        let next = tokio::select! {
            biased;
            _ = self.alive.tick() => return Ok(Message::Alive),
            next = self.subscription.next() => next,
        };
        let (kind, number) = match next {
            Ok(Next::Event(event)) => {
                return Ok(Message::Event {
                    number: event.number,
                    json: event.json,
                });
            }
            Ok(Next::Begun(number)) => ("stream.begun", number),
            Ok(Next::Reload(number)) => ("stream.reload", number),
            Ok(Next::Ended) => return Err(End::Unavailable),
            Err(error) => {
                tracing::warn!(%error, "unable to read what a stream is to tell; it ends, and its client begins anew");
                return Err(End::Unavailable);
            }
        };
        let event = StreamEvent {
            kind,
            change_seq: number,
        };
        let json = serde_json::to_vec(&event).map_err(|error| {
            tracing::error!(%error, "failed to write where a stream is as JSON");
            End::Unavailable
        })?;
        Ok(Message::Event {
            number,
            json: json.into(),
        })
    }

    /// Whether the client may still listen. To be awaited to its end, whatever the client sends.
    pub(super) async fn check(&self) -> Result<(), End> {
        self.access.is_given().await.then_some(()).ok_or(End::Forbidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_goes_on_where_the_client_was() {
        let after = |query: Option<&str>, header: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert("last-event-id", header.parse().unwrap());
            }
            let beginning = RawBeginning {
                last_event_id: query.map(ToOwned::to_owned),
                once: None,
            };
            beginning.after(&headers).map_err(|problem| problem.code)
        };
        assert_eq!(after(None, None), Ok(None));
        assert_eq!(after(Some("7"), None), Ok(Some(7)));
        assert_eq!(after(Some("7"), Some("9")), Ok(Some(9)));
        for wrong in ["", "-1", "x", "1.5", "99999999999999999999"] {
            assert_eq!(after(Some(wrong), None), Err("invalid_query"), "{wrong}");
            assert_eq!(after(Some(wrong), Some("9")), Err("invalid_query"), "{wrong}");
            assert_eq!(after(Some("7"), Some(wrong)), Err("invalid_query"), "{wrong}");
        }
    }
}
