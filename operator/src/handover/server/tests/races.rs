//! Changes that come at any moment: none is missed, and none is overtaken by an answer that knew less.

use std::{
    collections::HashSet,
    sync::{Mutex, atomic::AtomicBool},
};

use axum::body::Body;
use tokio::sync::watch;

use super::*;
use crate::handover::testing::{Names, Office, in_process, soon};

const JOBS: usize = 4;
const ROUNDS: usize = 1_500;

fn request(name: &str, body: &AssignmentRequest) -> Request {
    post(name)
        .body(Body::from(serde_json::to_vec(body).unwrap()))
        .unwrap()
}

/// A Pod that asks again at once, and says after each answer what it holds.
async fn live(
    server: Arc<Server<Office, Names>>,
    name: String,
    says: watch::Sender<Vec<String>>,
    is_over: Arc<AtomicBool>,
    taken: Arc<Mutex<HashSet<String>>>,
) {
    let mut held: Vec<String> = Vec::new();
    while !is_over.load(Ordering::SeqCst) {
        let uids: Vec<&str> = held.iter().map(String::as_str).collect();
        let answer = server.answer(request(&name, &asking(&uids, 20))).await.unwrap();
        held = answer
            .assignments
            .into_iter()
            .map(|assignment| assignment.uid)
            .collect();
        for uid in &held {
            assert!(
                !taken.lock().unwrap().contains(uid),
                "{uid} was said to be held by nobody"
            );
        }
        says.send_replace(held.clone());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_is_missed() {
    let (office, handover, server) = in_process();
    let is_over = Arc::new(AtomicBool::new(false));
    let (mut tasks, mut pods) = (Vec::new(), Vec::new());
    for number in 0..JOBS {
        let (name, of) = (format!("{number}"), job(&format!("{number}")));
        office.desire(&of, these(&[]));
        let (says, mut said) = watch::channel(Vec::new());
        let is_over = Arc::clone(&is_over);
        let pod = live(Arc::clone(&server), name, says, is_over, Arc::default());
        pods.push(tokio::spawn(pod));
        let (office, handover) = (Arc::clone(&office), Arc::clone(&handover));
        tasks.push(tokio::spawn(async move {
            // The Pod asks again as this goes on: the change comes before, between or after its looks.
            for round in 0..ROUNDS {
                for _ in 0..round % 7 {
                    tokio::task::yield_now().await;
                }
                let uid = format!("document-{round}");
                office.desire(&of, these(&[&uid]));
                handover.changed(&of);
                let heard = said.wait_for(|held| *held == [uid.clone()]);
                soon(heard).await.unwrap(); // Or else it was missed.
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    is_over.store(true, Ordering::SeqCst);
    handover.close();
    for pod in pods {
        pod.await.unwrap();
    }
    assert!(handover.wakeups.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_table_says_to_be_free_is_never_answered_afterwards() {
    let (office, handover, server) = in_process();
    let of = job("a");
    office.desire(&of, these(&[]));
    let (is_over, taken) = (
        Arc::new(AtomicBool::new(false)),
        Arc::<Mutex<HashSet<_>>>::default(),
    );
    let (says, mut said) = watch::channel(Vec::new());
    let pod = tokio::spawn(live(
        Arc::clone(&server),
        "a".into(),
        says,
        Arc::clone(&is_over),
        Arc::clone(&taken),
    ));
    // It holds this throughout, so that it is known.
    office.desire(&of, these(&["base"]));
    handover.changed(&of);
    let heard = said.wait_for(|held| *held == ["base"]);
    soon(heard).await.unwrap(); // Or else it was missed.
    let (mut given, mut free) = (0, 0);
    for round in 0..ROUNDS * 4 {
        let uid = format!("document-{round}");
        office.desire(&of, these(&["base", &uid]));
        handover.changed(&of);
        for _ in 0..round % 5 {
            tokio::task::yield_now().await;
        }
        // Taken back: either it may have gone out, or nobody will ever see it.
        office.desire(&of, these(&["base"]));
        match handover.table().may_hold(&of, &key(&uid)) {
            Holding::Maybe => given += 1,
            Holding::No => {
                free += 1;
                taken.lock().unwrap().insert(uid);
            }
            Holding::Unknown => panic!("the Pod has asked"),
        }
        handover.changed(&of);
    }
    assert!(given > 0 && free > 0, "both happened: {given} and {free}");
    is_over.store(true, Ordering::SeqCst);
    handover.close();
    pod.await.unwrap();
}
