//! Objects in the store that belong to nothing any more: those of documents that nobody knows, and results that no document has. What a crash leaves is
//! found by its row and removed by the [sweeper](super::sweeper); this finds what no row tells of, such as the result of an encoding
//! that was cancelled as it ended, or what a restored backup of Postgres does not know.

use std::collections::{BTreeMap, HashSet};

use futures::StreamExt;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use super::retention::{self, Retention};
use crate::store::{Listed, Store, StoreError};

/// So many documents are asked for at a time.
const AT_A_TIME: usize = 500;

/// Why the scan did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Postgres failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// What was removed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Prefixes of documents that nobody knows.
    pub documents: u64,
    /// Results that no document has.
    pub results: u64,
    /// Objects in them.
    pub objects: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// So many objects there are in all.
    pub scanned: u64,
}

/// Some objects that stand or fall together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Group {
    objects: u64,
    bytes: u64,
    /// When the last of them was written.
    modified: Option<Timestamp>,
}

impl Group {
    fn add(&mut self, listed: &Listed) {
        self.objects += 1;
        self.bytes += listed.size;
        self.modified = self.modified.max(Some(listed.modified));
    }

    fn is_older_than(&self, time: Timestamp) -> bool {
        self.modified.is_some_and(|modified| modified < time)
    }
}

/// What there is of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    /// Its prefix.
    prefix: String,
    id: Uuid,
    all: Group,
    /// Its results by the uids of their resources.
    results: BTreeMap<Uuid, Group>,
}

/// The parts of a key: the document's prefix, its id, and the uid of the resource whose result it is part of.
fn parse(key: &str) -> Option<(&str, Uuid, Option<Uuid>)> {
    let mut parts = key.split('/');
    let (kind, _, documents, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if kind != "tenants" || documents != "documents" {
        return None;
    }
    let uid = match parts.next()? {
        "encodings" => Some(parts.next()?.parse().ok()?),
        _ => None,
    };
    let length = key.match_indices('/').nth(3)?.0;
    Some((&key[..length], id.parse().ok()?, uid))
}

/// What Postgres knows of a document.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Known {
    id: Uuid,
    /// Whether its results are looked at: it has ended.
    has_ended: bool,
    /// The results that it, or another document, has.
    needed: Vec<Uuid>,
}

/// What a dry run goes by: which documents would be deleted before orphans are looked for, and so are none.
#[derive(Clone, Copy, Debug)]
pub struct DryRun {
    /// Which have had their time.
    pub retention: Retention,
    /// When.
    pub now: Timestamp,
}

/// Removes what belongs to nothing, and was last written before `before`. In a dry run it is only counted.
///
/// # Errors
/// [`ScanError`]; what was removed by then stays removed.
pub async fn remove(
    pool: &PgPool,
    store: &Store,
    dry_run: Option<DryRun>,
    before: Timestamp,
) -> Result<Orphans, ScanError> {
    let (mut orphans, mut found) = (Orphans::default(), Vec::new());
    let mut listed = store.list("tenants");
    while let Some(object) = listed.next().await.transpose()? {
        orphans.scanned += 1;
        let Some((prefix, id, result)) = parse(&object.key) else {
            tracing::warn!(
                key = object.key,
                "an object in the store is none of a document; it is left alone"
            );
            continue;
        };
        if found.last().is_none_or(|last: &Stored| last.prefix != prefix) {
            if found.len() >= AT_A_TIME {
                judge(
                    pool,
                    store,
                    dry_run,
                    before,
                    std::mem::take(&mut found),
                    &mut orphans,
                )
                .await?;
            }
            found.push(Stored {
                prefix: prefix.to_owned(),
                id,
                all: Group::default(),
                results: BTreeMap::new(),
            });
        }
        if let Some(last) = found.last_mut() {
            last.all.add(&object);
            if let Some(uid) = result {
                last.results.entry(uid).or_default().add(&object);
            }
        }
    }
    judge(pool, store, dry_run, before, found, &mut orphans).await?;
    Ok(orphans)
}

async fn judge(
    pool: &PgPool,
    store: &Store,
    dry_run: Option<DryRun>,
    before: Timestamp,
    found: Vec<Stored>,
    orphans: &mut Orphans,
) -> Result<(), ScanError> {
    let known = known(pool, &found, dry_run, before).await?;
    let is_dry = dry_run.is_some();
    let due = match dry_run {
        Some(DryRun { retention, now }) => {
            let ids: Vec<Uuid> = found.iter().map(|stored| stored.id).collect();
            retention::due_among(pool, &ids, retention, now).await?
        }
        None => HashSet::new(),
    };
    for stored in found.iter().filter(|stored| !due.contains(&stored.id)) {
        let known = known.iter().find(|known| known.id == stored.id);
        for (prefix, group, is_document) in orphaned(stored, known, before) {
            if !is_dry {
                store.remove_all(&prefix).await?;
            }
            tracing::info!(
                prefix,
                objects = group.objects,
                bytes = group.bytes,
                is_dry,
                "objects that belong to nothing"
            );
            if is_document {
                orphans.documents += 1;
            } else {
                orphans.results += 1;
            }
            orphans.objects += group.objects;
            orphans.bytes += group.bytes;
        }
    }
    Ok(())
}

/// What of a document belongs to nothing: its prefixes, and whether they are of the whole document.
fn orphaned(stored: &Stored, known: Option<&Known>, before: Timestamp) -> Vec<(String, Group, bool)> {
    let Some(known) = known else {
        let is_old = stored.all.is_older_than(before);
        return Vec::from_iter(is_old.then(|| (stored.prefix.clone(), stored.all, true)));
    };
    if !known.has_ended {
        return Vec::new();
    }
    let needed: HashSet<&Uuid> = known.needed.iter().collect();
    let results = stored.results.iter();
    results
        .filter(|(uid, group)| !needed.contains(uid) && group.is_older_than(before))
        .map(|(uid, group)| (format!("{}/encodings/{uid}", stored.prefix), *group, false))
        .collect()
}

/// What Postgres knows of these, as maintenance: as documents, as uploads, as documents that are being removed. A result that was replaced after `before`
/// may still be read: its document counts as one that has not ended. In a dry run a document that would be deleted by then holds on to no result.
async fn known(
    pool: &PgPool,
    found: &[Stored],
    dry_run: Option<DryRun>,
    before: Timestamp,
) -> Result<Vec<Known>, sqlx::Error> {
    let ids: Vec<Uuid> = found.iter().map(|stored| stored.id).collect();
    let is_due = retention::is_due("$3", "$4");
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT id, bool_and(has_ended) AS has_ended, \
            array(SELECT result_resource_uid FROM documents WHERE result_document_id = known.id \
                AND NOT ($3 IS NOT NULL AND EXISTS (SELECT FROM tenants WHERE {is_due}))) \
              || array_agg(uid) FILTER (WHERE uid IS NOT NULL) AS needed \
         FROM (SELECT id, status <> 'processing' AND processing_completed_at < $2 AS has_ended, \
                  unnest(ARRAY[CASE WHEN status = 'ready' THEN resource_uid END, (kept_result ->> 'resource_uid')::uuid]) AS uid \
                FROM documents WHERE id = ANY ($1) \
            UNION ALL SELECT id, false, NULL FROM uploads WHERE id = ANY ($1) \
            UNION ALL SELECT document_id, false, NULL FROM removals WHERE document_id = ANY ($1) AND (finished_at IS NULL OR is_result_kept)) AS known \
         GROUP BY id"
    )))
    .bind(ids)
    .bind(before.to_sqlx())
    .bind(dry_run.map(|dry_run| dry_run.now.to_sqlx()))
    .bind(dry_run.map(|dry_run| i32::from(dry_run.retention.failed_days)))
    .fetch_all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_key_says_whose_it_is() {
        let (tenant, id, uid) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let prefix = format!("tenants/{tenant}/documents/{id}");
        let (source, result) = (
            format!("{prefix}/source"),
            format!("{prefix}/encodings/{uid}/attempt-p/a_sections_index.json"),
        );
        assert_eq!(parse(&source), Some((prefix.as_str(), id, None)));
        assert_eq!(parse(&result), Some((prefix.as_str(), id, Some(uid))));
        for other in [
            "",
            "probes/1/probe",
            "tenants/x/documents",
            "tenants/x/documents/y/source",
            "namespaces/x/documents/00000000-0000-0000-0000-000000000002/source",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_known_or_new_stays() {
        let group = |second| Group {
            objects: 1,
            bytes: 10,
            modified: Some(time(second)),
        };
        let (old, current, new) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let stored = Stored {
            prefix: "p".into(),
            id: Uuid::nil(),
            all: group(5),
            results: [(old, group(1)), (current, group(1)), (new, group(5))].into(),
        };
        let known = |has_ended| Known {
            id: Uuid::nil(),
            has_ended,
            needed: vec![current],
        };
        let before = time(3);
        assert_eq!(orphaned(&stored, None, before), [], "something of it is new");
        assert_eq!(orphaned(&stored, None, time(6)), [("p".into(), group(5), true)]);
        assert_eq!(orphaned(&stored, Some(&known(false)), time(6)), []);
        let results = orphaned(&stored, Some(&known(true)), before);
        assert_eq!(results, [(format!("p/encodings/{old}"), group(1), false)]);
    }
}
