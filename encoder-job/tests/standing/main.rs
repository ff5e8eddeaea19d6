//! A Pod that the operator hands more documents than it began with: what the two say to each other, and what becomes of the parser's process.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod operator;
mod pod;

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use crds::{
    assignment::{AssignmentResponse, EndedOutcome},
    job::environment,
};
use operator::{Answers, Certificate, Heard, Operator};
use pod::{Place, files, until};

/// The time the kubelet gives a Pod that is to end.
const TERMINATION_GRACE: Duration = Duration::from_secs(5);
/// How soon a parser is gone that nobody wants, on a machine that is busy.
const AT_ONCE: Duration = Duration::from_secs(1);

fn should(assignments: Vec<crds::Assignment>) -> Answers {
    Answers::Should(AssignmentResponse {
        assignments,
        drain: false,
    })
}

fn at(operator: &Operator) -> (&'static str, String) {
    (
        environment::OPERATOR_URL,
        format!("http://127.0.0.1:{}", operator.port),
    )
}

fn has_ended(uid: &str) -> impl Fn(&Heard) -> bool {
    move |(request, _)| request.ended.iter().any(|ended| ended.key.uid == uid)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_away_ends_at_once_leaves_no_file_and_the_next_is_worked_on() {
    let place = Place::new();
    let (first, second) = (
        place.long_document("first", 600),
        place.document("second", 10, 600),
    );
    let operator = Operator::start(should(vec![first.clone(), second.clone()]), None).await;
    let pod = place.start(std::slice::from_ref(&first), &[at(&operator)]);
    let parser = pod.stop_parser();
    operator
        .hears("that both are held", |(request, _)| {
            request.held.len() == 2
                && request.held[0].working_seconds.is_some()
                && request.held[0].advances > 0
                && request.held[1].working_seconds.is_none()
        })
        .await;
    operator.should(vec![second.clone()], false);
    let took = parser.is_gone_after();
    assert!(took < AT_ONCE, "{took:?}");
    let (request, _) = operator.hears("the end", has_ended("first")).await;
    assert_eq!(request.ended[0].outcome, EndedOutcome::Dropped);
    assert!(request.ended[0].seconds > 0.0);
    assert_eq!(files(&place.results(&first)), Vec::<std::path::PathBuf>::new());
    until("the second has its manifest", || {
        place.results(&second).join("manifest.json").exists()
    });
    operator.should(Vec::new(), true);
    assert_eq!(pod.exit_status(), Some(0));
    assert_eq!(files(&place.results(&second)).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_handed_over_are_worked_off_by_one_process() {
    let place = Place::new();
    let all: Vec<_> = ["a", "b", "c", "d"]
        .map(|uid| place.document(uid, 100, 600))
        .to_vec();
    let operator = Operator::start(should(all[..1].to_vec()), None).await;
    let pod = place.start(
        &all[..1],
        &[at(&operator), (environment::MAX_DOCUMENTS, "4".to_owned())],
    );
    for index in 0..all.len() {
        operator.should(all[index..].to_vec(), false);
        until("it has a manifest", || {
            place.results(&all[index]).join("manifest.json").exists()
        });
    }
    operator
        .hears("that it wants no more", |(request, _)| request.retiring)
        .await;
    operator.should(Vec::new(), true);
    assert_eq!(pod.exit_status(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parser_that_is_stuck_is_ended_when_the_time_of_its_document_is_up() {
    let place = Place::new();
    let document = place.long_document("slow", 5);
    let operator = Operator::start(should(vec![document.clone()]), None).await;
    let pod = place.start(std::slice::from_ref(&document), &[at(&operator)]);
    let took = pod.stop_parser().is_gone_after();
    assert!(took < Duration::from_secs(5) + AT_ONCE, "{took:?}");
    assert_eq!(files(&place.results(&document)).len(), 0);
    operator.should(Vec::new(), true);
    assert_eq!(pod.exit_status(), Some(0), "nobody waits for its report");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_told_to_end_ends_its_parser() {
    let place = Place::new();
    let document = place.long_document("long", 600);
    let operator = Operator::start(should(vec![document.clone()]), None).await;
    let pod = place.start(std::slice::from_ref(&document), &[at(&operator)]);
    let parser = pod.stop_parser();
    pod.terminate();
    let took = parser.is_gone_after();
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(pod.exit_status(), Some(75));
    assert_eq!(files(&place.results(&document)).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_not_taken_is_tried_as_long_as_it_is_named_while_the_next_document_is_worked_on() {
    let place = Place::new();
    let (first, second) = (
        place.document("first", 10, 600),
        place.document("second", 10, 600),
    );
    let operator = Operator::start(should(vec![first.clone()]), None).await;
    let pod = place.start(std::slice::from_ref(&first), &[at(&operator)]);
    until("the first is saved", || {
        place.results(&first).join("manifest.json").exists()
    });
    operator.should(vec![first.clone(), second.clone()], false);
    until("the second is saved", || {
        place.results(&second).join("manifest.json").exists()
    });
    let before = Cell::new(None);
    operator
        .hears("that tries go on, and that they are no work", |(request, _)| {
            let Some(held) = request.held.iter().find(|held| held.key == first.key()) else {
                return false;
            };
            let now = (held.working_seconds, held.advances);
            before
                .replace(Some(now))
                .is_some_and(|(seconds, advances)| seconds == now.0 && advances < now.1)
        })
        .await;
    operator.should(vec![second.clone()], false);
    let (request, _) = operator.hears("the end", has_ended("first")).await;
    assert_eq!(request.ended[0].outcome, EndedOutcome::Dropped);
    let told = Instant::now();
    pod.terminate();
    assert_eq!(pod.exit_status(), Some(75));
    assert!(told.elapsed() < TERMINATION_GRACE, "{:?}", told.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_without_work_that_does_not_reach_the_operator_ends_after_a_while() {
    let place = Place::new();
    let operator = Operator::start(Answers::Unavailable, None).await;
    let linger = (environment::LINGER_SECONDS, "2".to_owned());
    let pod = place.start(&[], &[at(&operator), linger.clone()]);
    assert_eq!(pod.exit_status(), Some(0));
    let count = operator.count();
    assert!((2..20).contains(&count), "it asked {count} times");

    let nobody = (environment::OPERATOR_URL, "http://127.0.0.1:9".to_owned());
    assert_eq!(place.start(&[], &[nobody, linger]).exit_status(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leader_is_followed_only_where_it_shows_the_certificate_of_the_service() {
    let place = Place::new();
    let (certificate, stranger) = (Certificate::new(), Certificate::new());
    let leader = Operator::start(should(Vec::new()), Some(&certificate)).await;
    let impostor = Operator::start(should(Vec::new()), Some(&stranger)).await;
    let leads = |port: u16| Answers::Misdirected(Some(format!("https://127.0.0.1:{port}")));
    let service = Operator::start(leads(impostor.port), Some(&certificate)).await;
    let settings = [
        (
            environment::OPERATOR_URL,
            format!("https://localhost:{}", service.port),
        ),
        (environment::OPERATOR_CA, certificate.authority.clone()),
    ];
    let pod = place.start(&[], &settings);
    service.hears("a request", |_| true).await;
    until("the service was asked again", || service.count() > 2);
    assert_eq!(impostor.count(), 0, "a stranger was told the token");
    service.answers.send_replace(leads(leader.port));
    leader
        .hears("the token", |(_, token)| token == "Bearer first")
        .await;
    place.renew_token("second");
    leader
        .hears("that nothing is held", |(request, _)| request.wait_seconds > 0)
        .await;
    // What comes back to the service does so after the leader has gone.
    leader.answers.send_replace(Answers::Unavailable);
    service
        .hears("the new token", |(_, token)| token == "Bearer second")
        .await;
    service.answers.send_replace(Answers::Should(AssignmentResponse {
        assignments: Vec::new(),
        drain: true,
    }));
    assert_eq!(pod.exit_status(), Some(0));
}
