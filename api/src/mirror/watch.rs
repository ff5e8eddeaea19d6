//! The watches that tell the mirror what to look at.

use std::collections::HashSet;

use crds::{DocumentEncoding, field_manager};
use futures::StreamExt;
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry};
use kube::{
    Api, ResourceExt,
    core::DeserializeGuard,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use uuid::Uuid;

use super::Mirror;

/// A watch is made anew this often, in seconds: what silently fell out of it is missed for no longer, and the connection is never silent for
/// as long as the client allows.
const WATCH_SECONDS: u32 = 60;
/// A list is read no faster than it is written, so that it is never in memory as a whole.
const MOST_WAITING: usize = 2000;

fn configuration() -> watcher::Config {
    watcher::Config::default().timeout(WATCH_SECONDS)
}

/// Watches the resources of all watched namespaces.
pub(super) async fn resources(mirror: &Mirror) {
    let scopes: Vec<Option<&str>> = match &mirror.watched {
        None => vec![None],
        Some(names) => names.iter().map(|name| Some(name.as_str())).collect(),
    };
    let unlisted = std::sync::Mutex::new(scopes.iter().copied().collect::<HashSet<_>>());
    let watches = scopes.iter().map(|scope| resources_of(mirror, *scope, &unlisted));
    futures::future::join_all(watches).await;
}

async fn resources_of<'scope>(
    mirror: &Mirror,
    scope: Option<&'scope str>,
    unlisted: &std::sync::Mutex<HashSet<Option<&'scope str>>>,
) {
    let client = mirror.cluster.client();
    let resources: Api<DeserializeGuard<DocumentEncoding>> = match scope {
        None => Api::all(client),
        Some(namespace) => Api::namespaced(client, namespace),
    };
    let events = watcher(resources, configuration()).default_backoff();
    futures::pin_mut!(events);
    let mut listed: HashSet<Uuid> = HashSet::new();
    while let Some(event) = events.next().await {
        mirror.metrics.mirror_events.inc();
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(guarded)) => {
                let uid = guarded.uid().and_then(|uid| uid.parse::<Uuid>().ok());
                mirror.to_write.until_shorter_than(MOST_WAITING).await;
                note(mirror, guarded, false);
                if let Some(uid) = uid {
                    listed.insert(uid);
                    mirror.compare_anew(uid); // A list heals what was written wrong, or lost since.
                }
            }
            Ok(Event::InitDone) => {
                let (forgotten, to_confirm) = mirror.tracked.unlisted(scope, &listed);
                for gone in forgotten {
                    mirror.forget(gone);
                }
                for uid in to_confirm {
                    mirror.to_confirm.add(uid);
                }
                if let Ok(mut unlisted) = unlisted.lock() {
                    unlisted.remove(&scope);
                    if unlisted.is_empty() {
                        mirror.board.set_synced();
                    }
                }
                tracing::info!(
                    namespace = scope.unwrap_or("*"),
                    resources = listed.len(),
                    "listed"
                );
                mirror.heal.notify_one();
            }
            Ok(Event::Apply(guarded)) => note(mirror, guarded, false),
            Ok(Event::Delete(guarded)) => note(mirror, guarded, true),
            Err(error) => {
                mirror.metrics.mirror_failures.inc();
                tracing::warn!(%error, namespace = scope.unwrap_or("*"), "the watch was interrupted; it goes on");
            }
        }
    }
}

/// A resource that cannot be read is left out; it does not stop the others.
fn note(mirror: &Mirror, guarded: DeserializeGuard<DocumentEncoding>, is_deleted: bool) {
    match guarded.0 {
        Ok(mut resource) => {
            keep_what_counts(&mut resource.metadata.managed_fields);
            mirror.note(&resource, is_deleted);
        }
        Err(error) => {
            let (namespace, name) = (&error.metadata.namespace, &error.metadata.name);
            tracing::warn!(
                error = error.error,
                ?namespace,
                ?name,
                "a resource cannot be read"
            );
        }
    }
}

/// Of who wrote which fields it counts only when the encoder last spoke; the rest would be half of what is kept in memory.
fn keep_what_counts(managed_fields: &mut Option<Vec<ManagedFieldsEntry>>) {
    if let Some(entries) = managed_fields {
        entries.retain(|entry| entry.manager.as_deref() == Some(field_manager::ENCODER));
        for entry in entries {
            entry.fields_v1 = None;
        }
    }
}

/// Watches the labels of namespaces, where all of them may be watched.
pub(super) async fn namespaces(mirror: &Mirror) {
    if mirror.watched.is_some() {
        return; // Read one by one, as a role in each namespace allows.
    }
    let all: Api<Namespace> = Api::all(mirror.cluster.client());
    let events = watcher(all, configuration()).default_backoff().applied_objects();
    futures::pin_mut!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(namespace) => {
                if mirror.namespaces.note(&namespace) {
                    mirror.heal.notify_one(); // Its documents may have an owner now.
                }
            }
            Err(error) => tracing::warn!(%error, "the watch of namespaces was interrupted; it goes on"),
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, Time};

    use super::*;

    #[test]
    fn when_the_encoder_last_spoke_is_kept_and_nothing_else_is() {
        let entry = |manager: &str| ManagedFieldsEntry {
            manager: Some(manager.into()),
            fields_v1: Some(FieldsV1(serde_json::json!({"f:status": {}}))),
            time: Some(Time(jiff::Timestamp::UNIX_EPOCH)),
            ..ManagedFieldsEntry::default()
        };
        let mut kept = Some(vec![
            entry(field_manager::OPERATOR),
            entry(field_manager::ENCODER),
        ]);
        keep_what_counts(&mut kept);
        let expected = ManagedFieldsEntry {
            fields_v1: None,
            ..entry(field_manager::ENCODER)
        };
        assert_eq!(kept, Some(vec![expected]));
    }
}
