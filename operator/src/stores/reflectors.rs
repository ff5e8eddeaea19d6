//! The reflectors that fill the stores: made at the start, run once this replica leads.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client,
    core::PartialObjectMeta,
    runtime::{WatchStreamExt, reflector, watcher},
};
use tokio::{sync::watch as watch_channel, task::JoinSet};
use tracing::info;

use super::{Scope, ScopeStores, Stores, trim, watch};
use crate::waker::Waker;

/// Watches that have not begun. A replica that stands by does without them: each would have the API server send every change once more.
pub struct Reflectors {
    watches: Vec<BoxFuture<'static, ()>>,
    unlisted: watch_channel::Sender<usize>,
}

impl Reflectors {
    /// Empty stores of these scopes, and the reflectors that fill them.
    pub fn new(client: &Client, scopes: &[Scope], waker: &Arc<Waker>) -> (Arc<Stores>, Self) {
        // Resources, Jobs and Pods of each scope, and the namespaces where they are watched.
        let watches_namespaces = scopes.contains(&None);
        let unlisted = watch_channel::Sender::new(3 * scopes.len() + usize::from(watches_namespaces));
        let mut watches = Vec::new();
        let mut by_scope = HashMap::new();
        let mut writers = Vec::new();
        for scope in scopes {
            let (encodings, encodings_writer) = reflector::store();
            let (jobs, jobs_writer) = reflector::store();
            let (pods, pods_writer) = reflector::store();
            let (client, listed) = (client.clone(), || once(&unlisted));
            watches.push(
                watch::jobs(
                    client.clone(),
                    scope.clone(),
                    jobs_writer,
                    waker.clone(),
                    listed(),
                )
                .boxed(),
            );
            watches.push(watch::pods(client, scope.clone(), pods_writer, waker.clone(), listed()).boxed());
            writers.push((scope.clone(), encodings_writer));
            let stores = ScopeStores {
                encodings,
                jobs,
                pods,
            };
            by_scope.insert(scope.clone(), stores);
        }
        let namespaces = watches_namespaces.then(|| namespaces(client, waker, once(&unlisted), &mut watches));
        let stores = Arc::new(Stores::new(client.clone(), by_scope, namespaces));
        for (scope, writer) in writers {
            let watch = watch::encodings(
                client.clone(),
                scope,
                writer,
                stores.clone(),
                waker.clone(),
                once(&unlisted),
            );
            watches.push(watch.boxed());
        }
        (stores, Self { watches, unlisted })
    }

    /// How many of the watches have not listed their objects once.
    pub fn unlisted(&self) -> watch_channel::Receiver<usize> {
        self.unlisted.subscribe()
    }

    /// Begins to watch.
    pub fn run(self, tasks: &mut JoinSet<()>) {
        for watch in self.watches {
            tasks.spawn(watch);
        }
    }
}

/// What a watch calls when it has listed all: the first time, there is one less to wait for.
fn once(unlisted: &watch_channel::Sender<usize>) -> impl Fn() + Send + use<> {
    let unlisted = unlisted.clone();
    let is_first = AtomicBool::new(true);
    move || {
        if is_first.swap(false, Ordering::Relaxed) {
            unlisted.send_modify(|left| *left -= 1);
            if *unlisted.borrow() == 0 {
                info!("all resources are listed");
            }
        }
    }
}

/// Watches the labels of all namespaces.
fn namespaces(
    client: &Client,
    waker: &Arc<Waker>,
    listed: impl Fn() + Send + 'static,
    watches: &mut Vec<BoxFuture<'static, ()>>,
) -> reflector::Store<PartialObjectMeta<Namespace>> {
    let (store, writer) = reflector::store();
    let all: Api<PartialObjectMeta<Namespace>> = Api::all(client.clone());
    let waker = waker.clone();
    let watching = watcher(all, watch::config())
        .default_backoff()
        .modify(trim::namespace)
        .reflect(writer)
        .inspect(move |event| watch::call_once_listed(event, &listed))
        .touched_objects()
        .for_each(move |_| {
            waker.wake_queue();
            std::future::ready(())
        });
    watches.push(watching.boxed());
    store
}
