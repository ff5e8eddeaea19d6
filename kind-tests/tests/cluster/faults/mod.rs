//! The API killed at every statement, request and call of the file system that an upload, a retry, a cancellation or a deletion makes.
//!
//! A further replica of the installed API, a process of this machine, is killed at the n-th call since the request began, before it is made or
//! after it was, for each n until a request ends without. Its client asks the installed replica again, or does not. In the end each document
//! that anybody was told of is there and has ended, and nothing else is.
//!
//! All of them are some hundreds of kills; without `SOCRATE_KILL_EVERY=1` it is a sample, which another `SOCRATE_KILL_FROM` makes another.

mod client;
mod operations;
mod remains;
mod stage;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use kind_tests::{
    space::{Kind, Space, beside_others_within},
    sql::Sql,
    store::Store,
    trap::Side,
    wait,
};
use reqwest::Method;
use tokio::task::JoinSet;

use self::{
    client::Client,
    operations::{Case, Operation, Prepared},
    remains::{Outcome, Remains},
    stage::{Stage, Victim},
};

/// All kills, of all operations.
const TIME_LIMIT: Duration = Duration::from_hours(1);
/// From the last answer until nothing is left that should not be: leases end after a minute, the sweeper looks every five seconds, and what it
/// finds is encoded.
const SETTLED_WITHIN: Duration = Duration::from_secs(150);
/// A sample takes every so many-th kill. It shares no divisor with the four kinds of kills at each call.
const SAMPLE: usize = 29;

/// Which kills are tried: every so many-th, from one on.
struct Selection {
    every: usize,
    from: usize,
}

impl Selection {
    fn of_environment() -> Result<Self> {
        let number = |name: &str, default: usize| -> Result<usize> {
            match std::env::var(name) {
                Ok(text) if !text.is_empty() => text.parse().with_context(|| format!("{name} is no number")),
                _ => Ok(default),
            }
        };
        let every = number("SOCRATE_KILL_EVERY", SAMPLE)?.max(1);
        let random = usize::from(uuid::Uuid::new_v4().as_bytes()[0]) % every;
        let from = number("SOCRATE_KILL_FROM", random)?;
        println!("every {every} kills from {from} on: SOCRATE_KILL_EVERY={every} SOCRATE_KILL_FROM={from}");
        Ok(Self { every, from })
    }
}

/// A case that was run: at which call the replica was killed, or none, and the client that may still ask again.
struct Run {
    call: Option<String>,
    calls: usize,
}

async fn run(
    victim: &Victim,
    space: &Space,
    case: Case,
    document: Option<String>,
    clients: &mut JoinSet<Result<Outcome>>,
) -> Result<Run> {
    let client = Client {
        http: reqwest::Client::builder().timeout(wait::SOON).build()?,
        key: space.account().key.clone(),
        first: victim.replica.address.url().await?,
        then: if case.asks_again {
            Some(space.address.url().await?)
        } else {
            None
        },
    };
    let trap = victim.trap.clone();
    victim.arm(case.number, case.side);
    let (heard, mut hears) = tokio::sync::watch::channel(());
    clients.spawn(async move {
        let told = case.run(&client, document.as_deref()).await;
        let call = trap.sprung().unwrap_or_else(|| "none".to_owned());
        drop(heard);
        let told = told.with_context(|| format!("{case}, killed at `{call}`"))?;
        Ok(Outcome {
            case,
            call,
            document,
            told,
        })
    });
    tokio::select! {
        () = victim.trap.killed() => {}
        _ = hears.changed() => {}
    }
    Ok(Run {
        call: victim.trap.sprung(),
        calls: victim.trap.calls(),
    })
}

/// Kills at each selected call of each operation; gives what came of it.
async fn kill_everywhere(stage: &Arc<Stage>, space: &Space, selection: &Selection) -> Result<Vec<Outcome>> {
    let start = |stage: &Arc<Stage>| {
        let stage = stage.clone();
        tokio::spawn(async move { stage.victim().await })
    };
    let is_bucket = stage.store().directory().is_none();
    let mut clients: JoinSet<Result<Outcome>> = JoinSet::new();
    let (mut spare, mut kills, mut index) = (start(stage), 0, selection.from);
    for operation in Operation::all(is_bucket) {
        let (began, mut prepared, mut calls) = (Instant::now(), Prepared::of(operation), BTreeMap::new());
        let cases = (1..).flat_map(|number| {
            [
                (Side::Before, true),
                (Side::After, true),
                (Side::Before, false),
                (Side::After, false),
            ]
            .map(|(side, asks_again)| Case {
                operation,
                number,
                side,
                asks_again,
            })
        });
        let (mut of_operation, mut most) = (0, 0);
        for case in cases {
            index += 1;
            if index % selection.every != 0 {
                continue;
            }
            let document = prepared.next(&space.api()).await?;
            let victim = std::mem::replace(&mut spare, start(stage)).await??;
            let run = run(&victim, space, case, document, &mut clients).await?;
            most = most.max(run.calls);
            let Some(call) = run.call else { break };
            of_operation += 1;
            calls.entry(case.number).or_insert(call);
        }
        kills += of_operation;
        println!(
            "{operation:?}: {of_operation} kills at up to {most} calls in {:?}",
            began.elapsed()
        );
        for (number, call) in calls {
            println!("  {number:3} {}", call.chars().take(150).collect::<String>());
        }
    }
    drop(spare.await??);
    let began = Instant::now();
    let outcomes = clients.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    println!(
        "{kills} kills; the last client had its answer after {:?} more",
        began.elapsed()
    );
    Ok(outcomes)
}

/// Documents that are still to be cancelled are, so that none waits for ever.
async fn cancel_what_waits(space: &Space, outcomes: &[Outcome]) -> Result<()> {
    let cancels = outcomes
        .iter()
        .filter(|outcome| outcome.case.operation == Operation::Cancel);
    for id in cancels.filter_map(|outcome| outcome.document.as_deref()) {
        space
            .api()
            .send(Method::POST, &format!("/api/documents/{id}/cancel"))
            .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_killed_at_any_call_loses_nothing_and_leaves_nothing() {
    beside_others_within(TIME_LIMIT, Kind::Tenants, "faults", async |space| {
        let Some(store) = stage::Store::of(&space.cluster).await? else {
            println!("not run: the store is a directory of another machine, or this is not root's process");
            return Ok(());
        };
        let folder = std::env::temp_dir().join(&space.namespace);
        let stage = Arc::new(Stage::set(&space.cluster, folder.clone(), store).await?);
        let outcomes = kill_everywhere(&stage, space, &Selection::of_environment()?).await?;

        let remains = Remains {
            space,
            sql: Sql::of(&space.cluster, None).await?,
            store: Store::of(&space.cluster).await?,
            directory: stage.store().directory(),
        };
        cancel_what_waits(space, &outcomes).await?;
        remains.expire_uploads().await?;
        let began = Instant::now();
        wait::answer("as it should be", wait::TICK * 20, SETTLED_WITHIN, async || {
            let wrong = remains.wrong(&outcomes).await?;
            ensure!(
                wrong.is_empty(),
                "{} things are wrong:\n{}",
                wrong.len(),
                wrong.join("\n")
            );
            Ok(())
        })
        .await?;
        println!("settled after {:?}", began.elapsed());
        std::fs::remove_dir_all(&folder)?;
        Ok(())
    })
    .await;
}
