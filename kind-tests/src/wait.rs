//! Waiting for what the cluster is expected to become, by watching it.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use futures::StreamExt;
use kube::{
    Api, Resource, ResourceExt,
    runtime::{WatchStreamExt, watcher},
};
use serde_json::Value;

/// The longest anything on the cluster may take that is not said to be slow.
pub const SOON: Duration = Duration::from_mins(1);
/// The longest a large document, or one that is tried again, may take.
pub const LATE: Duration = Duration::from_secs(150);
/// How often an address that cannot be watched is asked again.
pub const TICK: Duration = Duration::from_millis(100);

/// What objects need to be watched.
pub trait Watched:
    Resource<DynamicType = ()> + Clone + Debug + Send + serde::de::DeserializeOwned + serde::Serialize + 'static
{
}
impl<K> Watched for K where
    K: Resource<DynamicType = ()>
        + Clone
        + Debug
        + Send
        + serde::de::DeserializeOwned
        + serde::Serialize
        + 'static
{
}

/// Waits until an object exists and `holds` is true of it.
///
/// # Errors
/// Where the time passes; the error shows the object as it was last seen.
pub async fn until<K: Watched>(
    api: &Api<K>,
    name: &str,
    expected: &str,
    limit: Duration,
    holds: impl Fn(&K) -> bool,
) -> Result<K> {
    let mut last = None;
    let waiting = async {
        let mut stream = pin!(watcher::watch_object(api.clone(), name).default_backoff());
        while let Some(event) = stream.next().await {
            // What could not be read is read again, until the time is over.
            let Ok(object) = event else { continue };
            if object.as_ref().is_some_and(&holds) {
                return object;
            }
            last = object;
        }
        None
    };
    match tokio::time::timeout(limit, waiting).await {
        Ok(Some(object)) => Ok(object),
        _ => bail!(
            "{} {name} was not {expected} within {limit:?}; it was last seen as {}",
            K::kind(&()),
            describe(last.as_ref())
        ),
    }
}

/// Waits until an object is gone.
///
/// # Errors
/// Where the time passes; the error shows the object as it was last seen.
pub async fn gone<K: Watched>(api: &Api<K>, name: &str, limit: Duration) -> Result<()> {
    let mut last = None;
    let waiting = async {
        let mut stream = pin!(watcher::watch_object(api.clone(), name).default_backoff());
        while let Some(event) = stream.next().await {
            match event {
                Ok(None) => return true,
                Ok(object) => last = object,
                Err(_) => {}
            }
        }
        false
    };
    match tokio::time::timeout(limit, waiting).await {
        Ok(true) => Ok(()),
        _ => bail!(
            "{} {name} was not gone within {limit:?}; it was last seen as {}",
            K::kind(&()),
            describe(last.as_ref())
        ),
    }
}

/// Waits until one of the selected objects is one of which `holds` is true.
///
/// # Errors
/// Where the time passes.
pub async fn first<K: Watched>(
    api: &Api<K>,
    labels: &str,
    expected: &str,
    limit: Duration,
    holds: impl Fn(&K) -> bool,
) -> Result<K> {
    let waiting = async {
        let selected = watcher::Config::default().labels(labels);
        let mut stream = pin!(watcher(api.clone(), selected).default_backoff().applied_objects());
        while let Some(event) = stream.next().await {
            if let Ok(object) = event
                && holds(&object)
            {
                return Some(object);
            }
        }
        None
    };
    match tokio::time::timeout(limit, waiting).await {
        Ok(Some(object)) => Ok(object),
        _ => bail!(
            "no {} with {labels} was {expected} within {limit:?}",
            K::kind(&())
        ),
    }
}

/// Waits until `holds` is true of all selected objects together, by their names. It is asked after every single change, in the order in which the
/// changes came to be.
///
/// # Errors
/// Where the time passes, or `holds` says what is wrong.
pub async fn all<K: Watched>(
    api: &Api<K>,
    labels: &str,
    expected: &str,
    limit: Duration,
    mut holds: impl FnMut(&BTreeMap<String, K>) -> Result<bool>,
) -> Result<BTreeMap<String, K>> {
    let mut objects: BTreeMap<String, K> = BTreeMap::new();
    let waiting = async {
        let selected = watcher::Config::default().labels(labels);
        let mut stream = pin!(watcher(api.clone(), selected).default_backoff().applied_objects());
        while let Some(event) = stream.next().await {
            let Ok(object) = event else { continue };
            objects.insert(object.name_any(), object);
            if holds(&objects)? {
                return Ok(());
            }
        }
        bail!("the watch has ended")
    };
    match tokio::time::timeout(limit, waiting).await {
        Ok(outcome) => outcome.map(|()| objects),
        Err(_) => bail!(
            "the {} with {labels:?} were not {expected} within {limit:?}; they were last seen as {}",
            K::plural(&()),
            objects
                .iter()
                .map(|(name, object)| format!("{name}: {}", describe(Some(object))))
                .collect::<Vec<_>>()
                .join("\n")
        ),
    }
}

/// Watches an object for some time, in which `holds` is to stay true of it.
///
/// # Errors
/// Where it is not, or the object is absent; the error shows the object.
pub async fn stays<K: Watched>(
    api: &Api<K>,
    name: &str,
    expected: &str,
    time: Duration,
    holds: impl Fn(&K) -> bool,
) -> Result<()> {
    let watching = async {
        let mut stream = pin!(watcher::watch_object(api.clone(), name).default_backoff());
        while let Some(event) = stream.next().await {
            let Ok(object) = event else { continue };
            if !object.as_ref().is_some_and(&holds) {
                return object;
            }
        }
        None
    };
    match tokio::time::timeout(time, watching).await {
        Err(_) => Ok(()),
        Ok(object) => bail!(
            "{} {name} did not stay {expected}; it was seen as {}",
            K::kind(&()),
            describe(object.as_ref())
        ),
    }
}

/// Asks again and again until there is an answer. For what cannot be watched.
///
/// # Errors
/// Where the time passes; the error says what was wrong with the last answer.
pub async fn answer<T, F>(
    expected: &str,
    every: Duration,
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let began = Instant::now();
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match tokio::time::timeout(limit, ask()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if began.elapsed() > limit => {
                return Err(error.context(format!("not {expected} within {limit:?}")));
            }
            Ok(Err(_)) => {}
            Err(_) => bail!("not {expected} within {limit:?}: no answer"),
        }
    }
}

/// An object's own state without the bookkeeping, short enough for a message.
fn describe<K: Watched>(object: Option<&K>) -> String {
    let Some(object) = object else {
        return "absent".to_owned();
    };
    let value = serde_json::to_value(object).unwrap_or(Value::Null);
    let mut text = value.get("status").unwrap_or(&value).to_string();
    if let Some((end, _)) = text.char_indices().nth(2000) {
        text.truncate(end);
    }
    text
}
