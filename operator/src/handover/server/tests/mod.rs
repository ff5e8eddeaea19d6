//! Pods that ask over TLS, and what they are answered.

mod hanging;
mod presigned;
mod races;

use axum::http::Method;
use crds::assignment::{EndedAssignment, EndedOutcome, NotLeading};
use http_body_util::Full;
use hyper::{StatusCode, body::Bytes};

use super::*;
use crate::handover::{
    table::Holding,
    testing::{asking, job, key, pod, post, served, these, uids},
};

fn ended(uid: &str) -> EndedAssignment {
    EndedAssignment {
        key: key(uid),
        outcome: EndedOutcome::Reported,
        seconds: 1.5,
    }
}

#[test]
fn a_pod_hears_only_of_differences() {
    let with_ended = |request: &AssignmentRequest, uid: &str| AssignmentRequest {
        ended: vec![ended(uid)],
        ..request.clone()
    };
    let drained = |uids: &[&str]| AssignmentResponse {
        drain: true,
        ..these(uids)
    };
    let both = asking(&["a", "b"], 0);
    let cases = [
        ("the same", &both, these(&["a", "b"]), false),
        ("another order", &both, these(&["b", "a"]), false),
        ("new work", &both, these(&["a", "b", "c"]), true),
        ("taken away", &both, these(&["a"]), true),
        ("all taken away", &both, these(&[]), true),
        (
            "ended, and not seen yet",
            &with_ended(&both, "c"),
            these(&["a", "b", "c"]),
            false,
        ),
        (
            "ended, and new work",
            &with_ended(&both, "c"),
            these(&["a", "b", "c", "d"]),
            true,
        ),
        (
            "ended, and seen",
            &with_ended(&both, "c"),
            these(&["a", "b"]),
            false,
        ),
        (
            "said to be both",
            &with_ended(&both, "a"),
            these(&["a", "b"]),
            false,
        ),
        ("drain, when it is done", &both, drained(&["a", "b"]), false),
        ("nothing at all", &asking(&[], 0), these(&[]), false),
        ("drain now", &asking(&[], 0), drained(&[]), true),
        (
            "drain now, what ended not seen yet",
            &with_ended(&asking(&[], 0), "c"),
            drained(&["c"]),
            true,
        ),
    ];
    for (case, request, desired, expected) in cases {
        assert_eq!(differs(request, &desired), expected, "{case}");
    }
    let mut next_try = these(&["a", "b"]);
    next_try.assignments[1].tries += 1;
    assert!(differs(&both, &next_try), "another try of the same resource");
}

#[tokio::test]
async fn a_pod_is_answered_with_what_it_should_hold_and_the_table_knows() {
    let served = served().await;
    let (job, mut connection) = (job("a"), served.client.connect().await);
    served.office.desire(&job, these(&["one", "two"]));
    let mut request = asking(&["one"], 20);
    request.ended = vec![ended("zero")];
    let answer = connection.ask("a", &request).await.response();
    assert_eq!(uids(&answer), ["one", "two"]);
    let holding = |uid: &str| served.handover.table().may_hold(&job, &key(uid));
    assert_eq!(
        [holding("one"), holding("two"), holding("zero")],
        [Holding::Maybe, Holding::Maybe, Holding::No]
    );
    let heard = served.office.heard();
    let [(of_job, of_pod, heard)] = heard.as_slice() else {
        panic!("it is heard once: {heard:?}");
    };
    assert_eq!((of_job, of_pod), (&job, &pod("a")));
    assert!(heard.is_first && heard.has_changed);
    assert_eq!(heard.ended, [ended("zero")]);
    // The connection is kept, and an answer without a wait says what is, different or not.
    let answer = connection.ask("a", &asking(&["one", "two"], 0)).await.response();
    assert_eq!(uids(&answer), ["one", "two"]);
}

#[tokio::test]
async fn a_replica_that_does_not_lead_says_who_does() {
    let served = served().await;
    served.office.desire(&job("a"), these(&["one"]));
    for leader in [None, Some("https://10.0.0.5:8443".to_owned())] {
        let expected = NotLeading { leader };
        served.office.lead(Some(expected.clone()));
        let answer = served.client.ask("a", &asking(&[], 20)).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
        assert_eq!(
            serde_json::from_value::<NotLeading>(answer.body).unwrap(),
            expected
        );
    }
    assert!(served.handover.table().is_empty() && served.office.heard().is_empty());
}

#[tokio::test]
async fn whoever_is_not_known_is_told_so_and_nothing_is_written_down() {
    let served = served().await;
    served.office.desire(&job("a"), these(&["one"]));
    let cases = [
        ("nobody", StatusCode::UNAUTHORIZED, "the token is refused"),
        ("", StatusCode::UNAUTHORIZED, "no bearer token"),
        ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "ask again"),
        ("no-job", StatusCode::FORBIDDEN, "belongs to no Job"),
        ("b", StatusCode::FORBIDDEN, "belongs to no Job"),
    ];
    for (token, status, message) in cases {
        let answer = served.client.ask(token, &asking(&["one"], 20)).await;
        assert_eq!(answer.status, status, "{token}");
        assert!(answer.message().contains(message), "{}", answer.body);
        let challenges = answer.headers.contains_key("www-authenticate");
        assert_eq!(
            challenges,
            status == StatusCode::UNAUTHORIZED,
            "RFC 9110, section 11.6.1"
        );
    }
    assert!(served.handover.table().is_empty() && served.office.heard().is_empty());
}

#[tokio::test]
async fn what_is_no_request_is_told_so_in_json() {
    let served = served().await;
    served.office.desire(&job("a"), these(&["one"]));
    let mut connection = served.client.connect().await;
    let whole = Full::from(Bytes::from_static(b"{}"));
    let large = Full::from(vec![b' '; MAX_BODY_BYTES + 1]);
    let cases = [
        (
            post("a").body(Full::from("no JSON")).unwrap(),
            StatusCode::BAD_REQUEST,
        ),
        (
            post("a").body(Full::from(r#"{"held": 1}"#)).unwrap(),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            post("a").uri("/v1").body(whole.clone()).unwrap(),
            StatusCode::NOT_FOUND,
        ),
        (
            post("a").method(Method::PUT).body(whole.clone()).unwrap(),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
    ];
    for (request, status) in cases {
        let answer = connection.send(request).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(!answer.message().is_empty());
    }
    let mut other_scheme = post("a").body(whole).unwrap();
    other_scheme
        .headers_mut()
        .insert("authorization", "Basic YTph".parse().unwrap());
    assert_eq!(
        connection.send(other_scheme).await.status,
        StatusCode::UNAUTHORIZED
    );
    let too_large = served
        .client
        .connect()
        .await
        .send(post("a").body(large).unwrap())
        .await;
    assert_eq!(too_large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(!too_large.message().is_empty());
}

#[test]
fn the_scheme_of_a_token_is_written_in_any_case() {
    let headers = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    };
    for value in ["Bearer token", "bearer token", "BEARER  token "] {
        assert_eq!(bearer(&headers(value)).unwrap(), "token", "{value}");
    }
    for value in [
        "Bearer",
        "Bearer ",
        "Bearertoken",
        "Basic token",
        "token",
        "ünïcödé x",
    ] {
        assert!(bearer(&headers(value)).is_err(), "{value}");
    }
    assert!(bearer(&HeaderMap::new()).is_err());
}
