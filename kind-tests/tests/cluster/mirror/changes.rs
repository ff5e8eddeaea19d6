//! What happens to resources while they are mirrored.

use anyhow::{Context, Result};
use kind_tests::{
    encodings::{self, encoding, in_config_map},
    pdf,
    space::Space,
    wait,
};
use kube::api::DeleteParams;
use serde_json::json;

use super::DOCUMENTS;

/// Some seconds, with as little of a processor as encoders have here: longer than the second replica is behind, or it had nothing to take back.
const PAGES: usize = 600;

/// What is done to a resource once it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Encoded,
    Cancelled,
    /// Its priority is changed.
    Edited,
    /// It is encoded, and deleted afterwards.
    DeletedAfterwards,
    DeletedBefore,
    /// It is held back for a while.
    Suspended,
}

const FATES: [Fate; 6] = [
    Fate::Encoded,
    Fate::Cancelled,
    Fate::Edited,
    Fate::DeletedAfterwards,
    Fate::DeletedBefore,
    Fate::Suspended,
];

/// Creates, edits, cancels and deletes resources, one after the other.
pub(super) async fn change_things(space: &Space) -> Result<()> {
    let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
    encodings::throttle(cluster, namespace).await?;
    let books: Vec<(String, Fate)> = (0..DOCUMENTS)
        .map(|number| (format!("book-{number:02}"), FATES[number % FATES.len()]))
        .collect();
    let change = async |name: &str, spec| encodings::change(cluster, namespace, name, spec).await;
    let delete = async |name: &str| {
        let deleted = space.encodings().delete(name, &DeleteParams::default()).await;
        deleted.with_context(|| format!("unable to delete {name}"))
    };
    for (name, fate) in &books {
        encodings::config_map(cluster, namespace, name, &pdf::repeated(PAGES, 40)).await?;
        let mut resource = encoding(name, in_config_map(name, &format!("{name}.pdf")));
        resource.spec.resources = Some(encodings::throttled());
        resource.spec.suspend = *fate == Fate::Suspended;
        encodings::create(cluster, namespace, &resource).await?;
        match fate {
            Fate::Encoded => drop(encodings::given_a_job(cluster, namespace, name).await?),
            Fate::Cancelled => drop(change(name, json!({"cancelled": true})).await?),
            Fate::Edited => drop(change(name, json!({"priority": 7})).await?),
            Fate::DeletedAfterwards => {
                drop(encodings::finished(cluster, namespace, name, wait::LATE).await?);
                delete(name).await?;
            }
            Fate::DeletedBefore => drop(delete(name).await?),
            Fate::Suspended => {}
        }
    }
    for (name, _) in books.iter().filter(|(_, fate)| *fate == Fate::Suspended) {
        change(name, json!({"suspend": false})).await?;
    }
    let is_kept = |fate| !matches!(fate, Fate::DeletedAfterwards | Fate::DeletedBefore);
    for (name, _) in books.iter().filter(|(_, fate)| is_kept(*fate)) {
        encodings::finished(cluster, namespace, name, wait::LATE).await?;
    }
    Ok(())
}
