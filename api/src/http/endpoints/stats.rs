//! `GET /api/stats`

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, SchemaFormat, schema::Object, schema::Type},
};

use crate::{
    app::SharedApp,
    http::{
        authentication::Reader,
        common::seconds,
        filter::one_of,
        input::{Parameters, unprocessable},
        problem::{Problem, ProblemBody},
    },
    statistics::{self, Counts, Day, Durations, QueueDepth, ReasonCount, Statistics},
};

/// So many days are told of where nobody says which.
const USUAL_DAYS: i32 = 30;
/// So many days are told of at most.
const MOST_DAYS: i32 = 366;

/// Which days, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawStatistics {
    /// The first day (UTC); 29 days before the last where it is not said
    #[param(value_type = Option<String>, schema_with = day)]
    from: Option<String>,
    /// The last day (UTC), today where it is not said; at most 365 days after the first
    #[param(value_type = Option<String>, schema_with = day)]
    to: Option<String>,
    /// `csv` gives the days alone, a line each
    #[param(schema_with = forms)]
    format: Option<String>,
}

fn day() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .build()
}

fn forms() -> Object {
    one_of(["json", "csv"]).build()
}

/// How a tenant is doing
#[derive(Debug, Serialize, ToSchema)]
pub struct StatisticsAnswer {
    #[schema(example = true)]
    success: bool,
    /// The first of the days that are told of
    #[schema(example = "2026-11-01")]
    from: String,
    /// The last
    #[schema(example = "2026-11-30")]
    to: String,
    documents: CountsAnswer,
    /// What waits and is worked on now
    queues: Vec<QueueAnswer>,
    /// Why documents failed that ended in these days, the most frequent reason first
    reasons: Vec<ReasonAnswer>,
    /// How long encoding took, of documents that became ready in these days by an encoding of their own
    processing_seconds: SecondsAnswer,
    /// The same with the time since the encoding was asked for, as a rule with the upload
    total_seconds: SecondsAnswer,
    /// Days on which documents became ready, in their order
    days: Vec<DayAnswer>,
}

/// Your documents, by status
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsAnswer {
    processing: i64,
    ready: i64,
    failed: i64,
    total: i64,
    /// Of all sources
    bytes: i64,
}

/// A queue
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueAnswer {
    #[schema(example = "documents")]
    queue: String,
    waiting: i64,
    running: i64,
}

/// A reason
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonAnswer {
    #[schema(example = "NoText")]
    reason: String,
    documents: i64,
}

/// How long something took; null where there was nothing
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondsAnswer {
    /// Of so many documents
    documents: i64,
    average: Option<f64>,
    p50: Option<f64>,
    p95: Option<f64>,
    max: Option<f64>,
}

/// A day
#[derive(Debug, Serialize, ToSchema)]
pub struct DayAnswer {
    #[schema(example = "2026-11-30")]
    day: String,
    /// Encodings that became ready
    documents: i64,
    pages: i64,
    tokens: i64,
    /// Of their sources
    bytes: i64,
    /// Processor time of the attempts that made the results
    cpu_seconds: f64,
}

impl From<Counts> for CountsAnswer {
    fn from(counts: Counts) -> Self {
        Self {
            processing: counts.processing,
            ready: counts.ready,
            failed: counts.failed,
            total: counts.processing + counts.ready + counts.failed,
            bytes: counts.bytes,
        }
    }
}

impl From<QueueDepth> for QueueAnswer {
    fn from(depth: QueueDepth) -> Self {
        Self {
            queue: depth.queue,
            waiting: depth.waiting,
            running: depth.running,
        }
    }
}

impl From<ReasonCount> for ReasonAnswer {
    fn from(count: ReasonCount) -> Self {
        Self {
            reason: count.reason,
            documents: count.documents,
        }
    }
}

impl From<Durations> for SecondsAnswer {
    fn from(durations: Durations) -> Self {
        Self {
            documents: durations.documents,
            average: durations.average,
            p50: durations.p50,
            p95: durations.p95,
            max: durations.max,
        }
    }
}

impl From<Day> for DayAnswer {
    fn from(day: Day) -> Self {
        Self {
            day: day.day,
            documents: day.documents,
            pages: day.pages,
            tokens: day.tokens,
            bytes: day.bytes,
            cpu_seconds: seconds(day.cpu_milliseconds),
        }
    }
}

impl RawStatistics {
    /// The first and the last day, and whether as CSV.
    fn validate(&self, today: Date) -> Result<(Date, Date, bool), Problem> {
        let day = |text: Option<&str>| match text {
            None => Ok(None),
            Some(text) => text
                .parse()
                .ok()
                .filter(|_| text.len() == "2026-11-30".len())
                .map(Some)
                .ok_or_else(|| unprocessable("invalid_query", "from and to must be days such as 2026-11-30")),
        };
        let last: Date = day(self.to.as_deref())?.unwrap_or(today);
        let first: Date = match day(self.from.as_deref())? {
            Some(first) => first,
            None => last.saturating_sub((USUAL_DAYS - 1).days()),
        };
        if first > last || first.saturating_add((MOST_DAYS - 1).days()) < last {
            let message = format!(
                "from must not be after to, nor more than {} days before it",
                MOST_DAYS - 1
            );
            return Err(unprocessable("invalid_days", message));
        }
        match self.format.as_deref() {
            None | Some("json") => Ok((first, last, false)),
            Some("csv") => Ok((first, last, true)),
            Some(_) => Err(unprocessable("invalid_query", "format must be json or csv")),
        }
    }
}

/// How your tenant is doing
///
/// What there is now, and how documents came out, how long they took and what was used on the days that are asked for.
#[utoipa::path(
    get,
    path = "/api/stats",
    operation_id = "show_statistics",
    tag = "statistics",
    params(RawStatistics),
    responses(
        (status = 200, content((StatisticsAnswer = "application/json"), (String = "text/csv"))),
        (status = 401, body = ProblemBody), (status = 422, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn stats(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    Parameters(raw): Parameters<RawStatistics>,
) -> Result<Response, Problem> {
    let today = app.clock.now().to_zoned(TimeZone::UTC).date();
    let (first, last, is_csv) = raw.validate(today)?;
    let (pool, tenant) = (&app.database, identity.tenant_id);
    let failed = |error| Problem::database("read statistics", &error);
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    if is_csv {
        let days = statistics::read_days(pool, tenant, first, last)
            .await
            .map_err(failed)?;
        let name = format!("attachment; filename=\"usage-{first}-{last}.csv\"");
        let head = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ];
        return Ok((no_store, head, csv(&days)).into_response());
    }
    let statistics = statistics::read(pool, tenant, first, last)
        .await
        .map_err(failed)?;
    Ok((no_store, Json(answer(statistics, first, last))).into_response())
}

fn answer(statistics: Statistics, first: Date, last: Date) -> StatisticsAnswer {
    StatisticsAnswer {
        success: true,
        from: first.to_string(),
        to: last.to_string(),
        documents: statistics.documents.into(),
        queues: statistics.queues.into_iter().map(Into::into).collect(),
        reasons: statistics.reasons.into_iter().map(Into::into).collect(),
        processing_seconds: statistics.processing.into(),
        total_seconds: statistics.waiting_and_processing.into(),
        days: statistics.days.into_iter().map(Into::into).collect(),
    }
}

/// As RFC 4180 has it. There is nothing in numbers and days that would have to be quoted.
fn csv(days: &[Day]) -> String {
    let lines = days.iter().map(|day| {
        let Day {
            day,
            documents,
            pages,
            tokens,
            bytes,
            cpu_milliseconds,
        } = day;
        let cpu = seconds(*cpu_milliseconds);
        format!("{day},{documents},{pages},{tokens},{bytes},{cpu}\r\n")
    });
    std::iter::once("day,documents,pages,tokens,bytes,cpu_seconds\r\n".to_owned())
        .chain(lines)
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_some_and_not_too_many() {
        let validate = |from: Option<&str>, to: Option<&str>| {
            let raw = RawStatistics {
                from: from.map(ToOwned::to_owned),
                to: to.map(ToOwned::to_owned),
                format: None,
            };
            raw.validate(date(2026, 11, 30))
                .map(|(first, last, _)| (first.to_string(), last.to_string()))
                .map_err(|problem| problem.code)
        };
        let days = |first: &str, last: &str| Ok((first.to_owned(), last.to_owned()));
        assert_eq!(validate(None, None), days("2026-11-01", "2026-11-30"));
        assert_eq!(
            validate(Some("2026-01-01"), Some("2026-01-01")),
            days("2026-01-01", "2026-01-01")
        );
        assert_eq!(
            validate(Some("2024-01-01"), Some("2024-12-31")),
            days("2024-01-01", "2024-12-31")
        );
        assert_eq!(
            validate(None, Some("0001-01-30")),
            days("0001-01-01", "0001-01-30")
        );
        assert_eq!(
            validate(Some("2024-01-01"), Some("2025-01-01")),
            Err("invalid_days")
        );
        assert_eq!(validate(Some("2026-12-01"), None), Err("invalid_days"));
        for wrong in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-1-1",
            "-000001-01-01",
            "20261130",
        ] {
            assert_eq!(validate(Some(wrong), None), Err("invalid_query"), "{wrong}");
        }
    }

    #[test]
    fn a_line_of_csv_is_a_day() {
        let day = Day {
            day: "2026-11-30".to_owned(),
            documents: 1,
            pages: 2,
            tokens: 3,
            bytes: 4,
            cpu_milliseconds: 5250,
        };
        assert_eq!(
            csv(&[day]),
            "day,documents,pages,tokens,bytes,cpu_seconds\r\n2026-11-30,1,2,3,4,5.25\r\n"
        );
    }
}
