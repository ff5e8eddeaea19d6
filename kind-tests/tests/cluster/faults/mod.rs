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
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use kind_tests::{
    space::{Kind, Space, beside_others_within},
    sql::Sql,
    store::Store,
    wait,
};
use tokio::{sync::oneshot, task::JoinHandle};

use self::{
    client::Client,
    operations::{Case, Document, Operation, Prepared},
    remains::{Outcome, Remains},
    stage::{Stage, Victim},
};

/// All kills, of all operations.
const TIME_LIMIT: Duration = Duration::from_hours(1);
/// From the last answer until nothing is left that should not be: leases end after a minute, the sweeper looks every five seconds, and what it
/// finds is encoded.
const SETTLED_WITHIN: Duration = Duration::from_secs(150);
/// A sample takes every so many-th kill of uploads, and of operations that make fewer calls. They share no divisor with the four kinds of kills at
/// each call.
const SAMPLE: usize = 29;
const SAMPLE_OF_SHORT: usize = 7;

/// So many replicas are killed at once, which are those of one call where all are tried: most of the time they wait, as calls of the file system
/// are held back.
const AT_ONCE: usize = 4;

/// Which kills are tried: every so many-th, from one on.
struct Selection {
    every: Option<usize>,
    from: usize,
}

impl Selection {
    fn of_environment() -> Result<Self> {
        let number = |name: &str| -> Result<Option<usize>> {
            let text = std::env::var(name).unwrap_or_default();
            let number = (!text.is_empty()).then(|| text.parse());
            number.transpose().with_context(|| format!("{name} is no number"))
        };
        let every = number("SOCRATE_KILL_EVERY")?;
        let random = usize::from(uuid::Uuid::new_v4().as_bytes()[0]);
        let from = number("SOCRATE_KILL_FROM")?.unwrap_or(random);
        println!("kills from {from} on, of {every:?}: SOCRATE_KILL_FROM={from}");
        Ok(Self { every, from })
    }

    fn every(&self, operation: Operation) -> usize {
        let sample = if operation.is_short() {
            SAMPLE_OF_SHORT
        } else {
            SAMPLE
        };
        self.every.unwrap_or(sample).max(1)
    }

    fn are_all(&self) -> bool {
        self.every == Some(1)
    }

    /// An operation is over when nobody was killed so many times one after the other: not each run makes as many calls as another.
    fn enough(&self) -> usize {
        if self.are_all() { 2 } else { 1 }
    }
}

/// The ways on which calls were seen at which a replica was killed.
fn ways(calls: &BTreeSet<String>, is_bucket: bool) -> [(&'static str, bool); 3] {
    let any = |is_so: fn(&str) -> bool| calls.iter().any(|call| is_so(call));
    let is_request = |call: &str| call.ends_with(" HTTP/1.1");
    let in_store = if is_bucket {
        any(|call| call.ends_with(" HTTP/1.1") && !call.contains(" /apis/"))
    } else {
        any(|call| call.starts_with("fsync(") || call.starts_with("openat2("))
    };
    [
        (
            "Postgres",
            calls
                .iter()
                .any(|call| !is_request(call) && call.contains("INSERT ")),
        ),
        ("Kubernetes", any(|call| call.contains(" /apis/"))),
        ("the store", in_store),
    ]
}

/// A case that was run: at which call the replica was killed, or none, and the client, which may still ask again.
struct Run {
    number: usize,
    call: Option<String>,
    calls: usize,
    client: JoinHandle<Result<Outcome>>,
}

async fn run(victim: Victim, space: &Space, case: Case, document: Option<Document>) -> Result<Run> {
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
    let (is_told, told) = oneshot::channel::<()>();
    let client = tokio::spawn(async move {
        let told = case.run(&client, document.as_ref()).await;
        drop(is_told);
        let call = trap.sprung().unwrap_or_else(|| "none".to_owned());
        let told = told.with_context(|| format!("{case}, killed at `{call}`"))?;
        Ok(Outcome {
            case,
            call,
            is_late: trap.is_late(),
            document: document.map(|document| document.id),
            told,
        })
    });
    tokio::select! {
        () = victim.trap.killed() => {}
        _ = told => {}
    }
    Ok(Run {
        number: case.number,
        call: victim.trap.sprung(),
        calls: victim.trap.calls(),
        client,
    })
}

/// Kills at each selected call of each operation; gives what came of it.
async fn kill_everywhere(stage: &Arc<Stage>, space: &Space, selection: &Selection) -> Result<Vec<Outcome>> {
    let start = |stage: &Arc<Stage>| {
        let stage = stage.clone();
        tokio::spawn(async move { stage.victim().await })
    };
    let is_bucket = stage.store().directory().is_none();
    let mut clients = Vec::new();
    let mut spares: VecDeque<_> = (0..AT_ONCE).map(|_| start(stage)).collect();
    let (mut kills, mut killed_at) = (0, BTreeSet::new());
    for operation in Operation::all(is_bucket) {
        let (began, mut prepared, mut calls) = (Instant::now(), Prepared::of(operation), BTreeMap::new());
        let every = selection.every(operation);
        let mut cases = (1..)
            .flat_map(|number| Case::all_of(operation, number))
            .skip(selection.from % every)
            .step_by(every);
        let (mut of_operation, mut most, mut without_kill) = (0, 0, 0);
        while without_kill < selection.enough() {
            let mut runs = Vec::new();
            for case in cases.by_ref().take(AT_ONCE) {
                let document = prepared.next(&space.api()).await?;
                let victim = spares.pop_front().context("replicas are started ahead")?;
                spares.push_back(start(stage));
                runs.push(run(victim.await??, space, case, document));
            }
            without_kill += 1;
            for run in try_join_all(runs).await? {
                most = most.max(run.calls);
                if let Some(call) = run.call {
                    of_operation += 1;
                    without_kill = 0;
                    calls.entry(run.number).or_insert(call);
                }
                clients.push(run.client);
            }
        }
        ensure!(of_operation > 0, "nobody was killed by {operation:?}");
        kills += of_operation;
        killed_at.extend(calls.values().cloned());
        println!(
            "{operation:?}: {of_operation} kills at up to {most} calls in {:?}",
            began.elapsed()
        );
        for (number, call) in calls {
            println!("  {number:3} {}", call.chars().take(150).collect::<String>());
        }
    }
    for victim in spares {
        drop(victim.await??);
    }
    let began = Instant::now();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for client in clients {
        outcomes.push(client.await??);
    }
    let late = outcomes.iter().filter(|outcome| outcome.is_late).count();
    println!(
        "{kills} kills, {late} of them too late; the last client had its answer after {:?} more",
        began.elapsed()
    );
    ensure!(
        late * 10 <= kills,
        "this machine is too busy to kill before a call is made"
    );
    if selection.are_all() {
        for (way, is_seen) in ways(&killed_at, is_bucket) {
            ensure!(is_seen, "nobody was killed at a call of {way}");
        }
    }
    Ok(outcomes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_killed_at_any_call_loses_nothing_and_leaves_nothing() {
    beside_others_within(TIME_LIMIT, Kind::Tenants, "faults", async |space| {
        let Some(store) = stage::Store::of(&space.cluster).await? else {
            println!("not run: the store is a directory of another machine, or this is not root's process");
            ensure!(
                std::env::var_os("SOCRATE_KILLS_REQUIRED").is_none(),
                "SOCRATE_KILLS_REQUIRED is set"
            );
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
        remains.cancel_what_waits().await?;
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
