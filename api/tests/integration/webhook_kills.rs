//! A dispatcher that is cut off, at any point: what was to be told is told at least once, with one id, and by one delivery.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    pin::Pin,
    process::Command,
    task::{Context, Poll},
    time::Duration,
};

use api::configuration::SecretUrl;
use jiff::SignedDuration;
use serde_json::json;
use tokio::sync::watch;

use crate::{
    application::{until, until_within},
    databases,
    receivers::{Behaviour, Hook, Hooked, Program, Receiver},
};

/// Dropped with all that it has begun when it was asked so often to go on.
struct Cut<Work> {
    work: Option<Pin<Box<Work>>>,
    polls: usize,
}

impl<Work: Future> Future for Cut<Work> {
    type Output = Option<Work::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            self.work = None;
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let work = self.work.as_mut().expect("it goes on");
        work.as_mut().poll(context).map(Some)
    }
}

/// So often it is cut at least: each of its some twenty steps a few times.
const CUTS: usize = 80;

/// What each document's receiver was told: the ids of the requests.
fn ids_by_document(receiver: &Receiver) -> HashMap<String, Vec<String>> {
    let mut ids: HashMap<String, Vec<String>> = HashMap::new();
    for received in receiver.received() {
        let document = received.json()["data"]["document_id"]
            .as_str()
            .unwrap()
            .to_owned();
        ids.entry(document)
            .or_default()
            .push(received.header("webhook-id").to_owned());
    }
    ids
}

async fn assert_all_told(hooked: &Hooked, receiver: &Receiver, documents: &[String]) {
    let ids = ids_by_document(receiver);
    assert_eq!(ids.len(), documents.len());
    for document in documents {
        let distinct: HashSet<&String> = ids[document].iter().collect();
        assert_eq!(distinct.len(), 1, "{document} was told as {distinct:?}");
    }
    let application = &hooked.application;
    let deliveries = i64::try_from(documents.len()).unwrap();
    assert_eq!(application.count("webhook_deliveries").await, deliveries);
    assert_eq!(
        application
            .count("webhook_deliveries WHERE status = 'delivered'")
            .await,
        deliveries
    );
}

/// Between any two steps of looking, claiming, sending and writing, as each waits for Postgres or the network at least once. What a statement does that
/// was just sent when it was cut is not known.
#[tokio::test]
async fn wherever_a_dispatcher_is_cut_off_everything_is_told_with_one_id() {
    let hooked = Hooked::new().await;
    let (receiver, mut documents) = (Receiver::start().await, Vec::new());
    hooked.hook(&receiver.url()).await;
    let (mut seconds, mut cuts) = (1, 0);
    // From the first step to the last, and again: what a dispatcher waits for differs with how quick everything else is.
    while cuts < CUTS {
        for polls in 0.. {
            documents.push(hooked.application.document().await.id.to_string());
            let dispatcher = hooked.dispatcher(SignedDuration::from_secs(seconds), Duration::from_secs(10));
            let work = Some(Box::pin(dispatcher.settle()));
            let done = Cut { work, polls }.await;
            // Another one goes on when the lease has run out, once Postgres has noticed that the one before is gone, which keeps its locks until
            // then: a transaction that nobody goes on with is ended after 30 s.
            seconds += 61;
            let document = documents.last().unwrap();
            until_within(
                Duration::from_mins(1),
                &format!("what was cut at {polls}"),
                async || {
                    hooked.settle(seconds).await;
                    ids_by_document(&receiver).contains_key(document)
                },
            )
            .await;
            seconds += 1;
            if done.is_some() {
                break;
            }
            cuts += 1;
        }
    }
    assert_all_told(&hooked, &receiver, &documents).await;
    let told: usize = ids_by_document(&receiver).values().map(Vec::len).sum();
    assert!(
        told > documents.len(),
        "some cuts are between the answer and what is written of it"
    );
}

fn url(hooked: &Hooked) -> SecretUrl {
    databases::url("socrate_dispatcher", &hooked.application.database.name)
}

async fn is_claimed(hooked: &Hooked) -> bool {
    hooked
        .application
        .count("webhook_deliveries WHERE claim IS NOT NULL")
        .await
        > 0
}

/// With SIGKILL, while a receiver has the request, and just when it has answered.
#[tokio::test]
async fn a_program_that_is_killed_leaves_what_it_was_sending_to_the_next() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook: Hook = hooked.hook(&receiver.url()).await;
    let mut documents = Vec::new();
    for is_answered in [false, true] {
        let (open, told) = watch::channel(false);
        receiver.behave(Behaviour::Waits(told));
        let asked_before = receiver.received().len();
        documents.push(hooked.application.document().await.id.to_string());
        let mut killed = Program::start(&url(&hooked), &[]);
        until("that it is asked", async || {
            receiver.received().len() > asked_before
        })
        .await;
        assert!(is_claimed(&hooked).await);
        if is_answered {
            open.send(true).unwrap();
        }
        killed.0.kill().unwrap();
        killed.0.wait().unwrap();
        receiver.behave(Behaviour::status(204));
        // What was claimed is nobody's until the lease has run out.
        hooked.settle(1).await;
        let delivered = hooked
            .application
            .count("webhook_deliveries WHERE status = 'delivered'")
            .await;
        assert!(is_answered || delivered == 0);
        hooked.settle(3_600).await;
    }
    assert_all_told(&hooked, &receiver, &documents).await;
    let last = hooked.deliveries(&hook).await.pop().unwrap();
    let details = hooked.details(&hook, &last).await;
    assert_eq!(details["delivery"]["attempts"], 2);
    let numbers: Vec<&serde_json::Value> = details["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| &attempt["number"])
        .collect();
    assert_eq!(numbers, [&json!(2)], "the first was cut off");
}

/// And the program does its work where nobody kills it, and ends when it is told to.
#[tokio::test]
async fn the_program_delivers_and_ends_when_it_is_told_to() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    hooked.hook(&receiver.url()).await;
    hooked.application.document().await;
    let mut running = Program::start(&url(&hooked), &[]);
    hooked
        .application
        .until_there_are("webhook_deliveries WHERE status = 'delivered'", 1)
        .await;
    let told = Command::new("kill")
        .args(["-TERM", &running.0.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    let ended = tokio::task::spawn_blocking(move || running.0.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(ended.success());
    assert_eq!(receiver.received().len(), 1);
}
