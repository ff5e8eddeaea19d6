//! Requests that hang, and what ends that.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::*;
use crate::handover::testing::{Answer, Served, eventually, soon};

/// A Pod of job `a` that holds this and waits for something else.
async fn hanging(served: &Served, request: AssignmentRequest, looks: usize) -> JoinHandle<Answer> {
    let client = served.client.clone();
    let asking = tokio::spawn(async move { client.ask("a", &request).await });
    // Once to know the Pod, once to compare: now it hangs.
    served.office.looked(&job("a"), looks).await;
    asking
}

async fn serving_one() -> Served {
    let served = served().await;
    served.office.desire(&job("a"), these(&["one"]));
    served
}

#[tokio::test]
async fn a_change_is_answered_at_once_and_other_jobs_changes_are_not() {
    let served = serving_one().await;
    let asking = hanging(&served, asking(&["one"], 20), 2).await;
    served.handover.changed(&job("b"));
    // A change that makes no difference: it is looked again, and hangs on.
    served.handover.changed(&job("a"));
    served.office.looked(&job("a"), 3).await;
    assert!(!asking.is_finished());
    served.office.desire(&job("a"), these(&["one", "two"]));
    served.handover.changed(&job("a"));
    assert_eq!(uids(&asking.await.unwrap().response()), ["one", "two"]);
    assert_eq!(
        served.office.looks.borrow()[&job("a")],
        4,
        "a change of another Job wakes nobody"
    );
    assert!(served.handover.wakeups.is_empty());
}

#[tokio::test]
async fn without_a_change_the_answer_comes_when_the_time_is_up() {
    let served = serving_one().await;
    let began = clock::monotonic();
    let answer = served.client.ask("a", &asking(&["one"], 1)).await.response();
    assert_eq!(uids(&answer), ["one"]);
    let took = clock::monotonic() - began;
    assert!(
        (Duration::from_secs(1)..Duration::from_secs(10)).contains(&took),
        "{took:?}"
    );
}

#[test]
fn no_answer_hangs_longer_than_the_longest() {
    for (asked, expected) in [
        (0, 0),
        (1, 1),
        (MAX_WAIT_SECONDS, MAX_WAIT_SECONDS),
        (u64::MAX, MAX_WAIT_SECONDS),
    ] {
        assert_eq!(wait(&asking(&[], asked)), Duration::from_secs(expected));
    }
}

#[tokio::test]
async fn when_leadership_is_lost_those_who_wait_are_sent_to_the_one_that_leads() {
    let served = serving_one().await;
    let asking = hanging(&served, asking(&["one"], 20), 2).await;
    let expected = NotLeading {
        leader: Some("https://10.0.0.5:8443".into()),
    };
    served.office.desire(&job("a"), these(&["one", "two"]));
    served.office.lead(Some(expected.clone()));
    served.handover.all_changed();
    let answer = asking.await.unwrap();
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(
        serde_json::from_value::<NotLeading>(answer.body).unwrap(),
        expected
    );
    assert_eq!(
        served.handover.table().may_hold(&job("a"), &key("two")),
        Holding::No
    );
}

#[tokio::test]
async fn what_a_client_that_went_away_waited_for_is_not_written_down_as_answered() {
    let served = serving_one().await;
    let asking = hanging(&served, asking(&["one"], 20), 2).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    eventually(|| served.handover.wakeups.is_empty()).await;
    served.office.desire(&job("a"), these(&["one", "two"]));
    served.handover.changed(&job("a"));
    assert_eq!(
        served.handover.table().may_hold(&job("a"), &key("two")),
        Holding::No
    );
    assert_eq!(
        served.handover.table().may_hold(&job("a"), &key("one")),
        Holding::Maybe
    );
}

#[tokio::test]
async fn a_newer_request_of_a_pod_ends_the_older_one() {
    let served = serving_one().await;
    let older = hanging(&served, asking(&["one"], 20), 2).await;
    let newer = served.client.ask("a", &asking(&[], 20)).await.response();
    assert_eq!(uids(&newer), ["one"]);
    let older = older.await.unwrap();
    assert_eq!(older.status, StatusCode::CONFLICT);
    assert!(older.message().contains("newer request"), "{}", older.body);
}

#[tokio::test]
async fn a_pod_that_holds_nothing_is_told_at_once_to_end() {
    let served = serving_one().await;
    served.office.desire(&job("a"), these(&[]));
    let asking = hanging(&served, asking(&[], 20), 2).await;
    let drain = AssignmentResponse {
        drain: true,
        ..these(&[])
    };
    served.office.desire(&job("a"), drain.clone());
    served.handover.changed(&job("a"));
    assert_eq!(asking.await.unwrap().response(), drain);
}

#[tokio::test]
async fn a_pod_that_holds_something_is_told_to_end_when_it_holds_nothing() {
    let served = serving_one().await;
    let drain = AssignmentResponse {
        drain: true,
        ..these(&["one"])
    };
    served.office.desire(&job("a"), drain.clone());
    let asking = hanging(&served, asking(&["one"], 20), 2).await;
    assert!(!asking.is_finished());
    // What it has ended is still desired by an operator that has not seen the report.
    let done = AssignmentRequest {
        ended: vec![ended("one")],
        ..crate::handover::testing::asking(&[], 20)
    };
    assert_eq!(served.client.ask("a", &done).await.response(), drain);
}

#[tokio::test]
async fn what_a_pod_has_ended_is_waited_for_and_not_given_again() {
    let served = serving_one().await;
    let done = AssignmentRequest {
        ended: vec![ended("one")],
        ..asking(&[], 20)
    };
    let asking = hanging(&served, done, 2).await;
    assert!(!asking.is_finished());
    served.office.desire(&job("a"), these(&["two"]));
    served.handover.changed(&job("a"));
    assert_eq!(uids(&asking.await.unwrap().response()), ["two"]);
    assert_eq!(
        served.handover.table().may_hold(&job("a"), &key("one")),
        Holding::No
    );
}

#[tokio::test]
async fn a_job_that_is_gone_is_nobodys_to_wait_for() {
    let served = serving_one().await;
    let asking = hanging(&served, asking(&["one"], 20), 2).await;
    served.office.no_longer_knows(&job("a"));
    served.handover.changed(&job("a"));
    assert_eq!(asking.await.unwrap().status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_pod_is_not_told_to_let_go_where_too_little_is_known() {
    let served = serving_one().await;
    let asking = hanging(&served, asking(&["one"], 20), 2).await;
    served.office.knows_too_little();
    served.handover.changed(&job("a"));
    assert_eq!(asking.await.unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_process_that_ends_answers_all_who_wait_with_what_they_should_hold() {
    let served = serving_one().await;
    let mut all = Vec::new();
    for round in 1..=5 {
        let name = format!("{round}");
        served.office.desire(&job(&name), these(&["one"]));
        let client = served.client.clone();
        let pod = name.clone();
        all.push(tokio::spawn(async move {
            client.ask(&pod, &asking(&["one"], 20)).await
        }));
        served.office.looked(&job(&name), 2).await;
    }
    served.stop.cancel();
    for asking in all {
        assert_eq!(uids(&asking.await.unwrap().response()), ["one"]);
    }
    soon(served.serving).await.unwrap().unwrap();
    assert!(
        served
            .client
            .handshake(crate::handover::testing::NAME)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_process_that_ends_does_not_wait_for_what_does_not_end() {
    let served = serving_one().await;
    let client = served.client.clone();
    // Its token is being checked, and nobody ever says what came of it.
    let asking = tokio::spawn(async move { client.ask("undecided", &asking(&[], 0)).await });
    eventually(|| served.office.asked_whether_it_leads.load(Ordering::SeqCst) > 0).await;
    served.stop.cancel();
    soon(served.serving).await.unwrap().unwrap();
    asking.abort();
}

#[tokio::test]
async fn nobody_may_look_at_the_table_between_what_is_desired_and_the_answer() {
    let served = serving_one().await;
    let asking = hanging(&served, asking(&["one"], 20), 2).await;
    served.office.desire(&job("a"), these(&["two"]));
    served.handover.changed(&job("a"));
    asking.await.unwrap().response();
    assert_eq!(served.office.looks_at_an_unlocked_table.load(Ordering::SeqCst), 0);
}
