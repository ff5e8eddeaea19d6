//! What is left of a tenant in rows, cluster and store, compared with what its clients were told.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use crds::labels;
use kind_tests::{space::Space, sql::Sql, store::Store};
use kube::{ResourceExt, api::ListParams};
use reqwest::Method;
use serde_json::Value;

use super::{
    client::Told,
    operations::{Case, NEVER_BEGUN, Operation},
};

/// One kill, and what came of it.
pub(super) struct Outcome {
    pub(super) case: Case,
    /// The call at which the replica was killed.
    pub(super) call: String,
    /// Whether it was killed only after a call before which it was to be.
    pub(super) is_late: bool,
    /// The document that was prepared for it.
    pub(super) document: Option<String>,
    pub(super) told: Told,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let document = self.document.as_deref().unwrap_or("");
        let late = if self.is_late { " (too late)" } else { "" };
        write!(
            formatter,
            "{} {document}, killed {}{late} `{}`, told {:?}",
            self.case, self.case.side, self.call, self.told
        )
    }
}

/// Where it is looked.
pub(super) struct Remains<'a> {
    pub(super) space: &'a Space,
    pub(super) sql: Sql,
    pub(super) store: Store,
    /// The store, where it is a directory of this machine.
    pub(super) directory: Option<&'a Path>,
}

struct Row {
    file_name: String,
    state: String,
    number: u64,
    /// The document whose result it has, where it was never encoded itself.
    result_of: Option<String>,
}

impl Remains<'_> {
    fn tenant(&self) -> &str {
        &self.space.account().tenant
    }

    /// A day passes for uploads that nobody goes on with: what may be gone on with is kept for so long.
    pub(super) async fn expire_uploads(&self) -> Result<()> {
        let tenant = self.tenant();
        self.sql
            .run(&format!(
                "UPDATE uploads SET expires_at = now() WHERE tenant_id = '{tenant}' AND method <> 'form' AND state = 'receiving';"
            ))
            .await
            .map(drop)
    }

    /// Documents that were made to be cancelled, and are not, are now, so that none waits for ever.
    pub(super) async fn cancel_what_waits(&self) -> Result<()> {
        let waiting = self
            .sql
            .rows(&format!(
                "SELECT id FROM documents WHERE tenant_id = '{}' AND status = 'processing' AND queue = '{NEVER_BEGUN}'",
                self.tenant()
            ))
            .await?;
        for row in waiting {
            let path = format!("/api/documents/{}/cancel", row["id"].as_str().unwrap_or_default());
            self.space.api().send(Method::POST, &path).await?;
        }
        Ok(())
    }

    /// All that is not as it should be, for each outcome and for the tenant as a whole.
    pub(super) async fn wrong(&self, outcomes: &[Outcome]) -> Result<Vec<String>> {
        let rows = self.rows().await?;
        let mut wrong: Vec<String> = outcomes
            .iter()
            .filter_map(|outcome| Some(format!("{outcome}: {}", wrong_with(outcome, &rows)?)))
            .collect();
        let unfinished = rows.iter().filter(|(_, row)| row.state == "processing");
        wrong.extend(unfinished.map(|(id, row)| format!("{} ({id}) is still processing", row.file_name)));
        wrong.extend(self.rows_left().await?);
        wrong.extend(self.resources(&rows).await?);
        wrong.extend(self.objects(&rows).await?);
        Ok(wrong)
    }

    async fn rows(&self) -> Result<BTreeMap<String, Row>> {
        let rows = self
            .sql
            .rows(&format!(
                "SELECT id, filename, status, coalesce(error_reason, '') AS reason, encoding_number AS number, \
                 result_document_id AS result_of \
                 FROM documents WHERE tenant_id = '{}'",
                self.tenant()
            ))
            .await?;
        let of = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        Ok(rows
            .iter()
            .map(|row| {
                let state = format!("{} {}", of(row, "status"), of(row, "reason"));
                let found = Row {
                    file_name: of(row, "filename"),
                    state: state.trim().to_owned(),
                    number: row["number"].as_u64().unwrap_or(0),
                    result_of: row["result_of"].as_str().map(ToOwned::to_owned),
                };
                (of(row, "id"), found)
            })
            .collect())
    }

    /// Rows that stand for something that is still to be done. A removal that is done is remembered for ten minutes, and one of a document whose
    /// result others have for as long as they have it.
    async fn rows_left(&self) -> Result<Vec<String>> {
        let tenant = self.tenant();
        let rows = self
            .sql
            .rows(&format!(
                "SELECT 'an upload' AS what, id::text || ' ' || filename AS name FROM uploads WHERE tenant_id = '{tenant}' \
                 UNION ALL SELECT 'a removal', document_id::text FROM removals WHERE tenant_id = '{tenant}' AND finished_at IS NULL \
                 AND NOT (is_result_kept AND rest_due_at IS NULL) \
                 UNION ALL SELECT 'an unwanted resource', resource_name FROM unwanted_resources WHERE tenant_id = '{tenant}' \
                 UNION ALL SELECT 'a wrong count', to_jsonb(holdings)::text FROM holdings, \
                 (SELECT count(*) AS all_of_them, coalesce(sum(size_bytes), 0) AS size, \
                  count(*) FILTER (WHERE status = 'processing') AS unfinished FROM documents WHERE tenant_id = '{tenant}') AS own \
                 WHERE tenant_id = '{tenant}' AND \
                 (documents, bytes, in_flight, uploads, upload_bytes) <> (all_of_them, size, unfinished, 0, 0)"
            ))
            .await?;
        Ok(rows
            .iter()
            .map(|row| format!("{} is left: {}", row["what"], row["name"]))
            .collect())
    }

    /// Each resource is one of a document's, and each document has its newest.
    async fn resources(&self, rows: &BTreeMap<String, Row>) -> Result<Vec<String>> {
        let selected = ListParams::default().labels(&format!("{}={}", labels::TENANT, self.tenant()));
        let found: BTreeSet<String> = self
            .space
            .uploads()
            .list(&selected)
            .await?
            .iter()
            .map(ResourceExt::name_any)
            .collect();
        let of_rows: BTreeSet<String> = rows
            .iter()
            .flat_map(|(id, row)| (1..=row.number).map(move |number| format!("doc-{id}-{number}")))
            .collect();
        let encoded = rows.iter().filter(|(_, row)| row.result_of.is_none());
        let newest = encoded.map(|(id, row)| format!("doc-{id}-{}", row.number));
        let missing = newest.filter(|name| !found.contains(name));
        let missing = missing.map(|name| format!("the resource {name} is not there"));
        let foreign = found.difference(&of_rows);
        Ok(foreign
            .map(|name| format!("the resource {name} is left"))
            .chain(missing)
            .collect())
    }

    /// A ready document has a source, and two files and a manifest of each encoding; one that failed, or has another's result, has its source; a result that others have
    /// stays without its source. No directory is left of others, and no multipart upload is open.
    async fn objects(&self, rows: &BTreeMap<String, Row>) -> Result<Vec<String>> {
        let folder = format!("tenants/{}", self.tenant());
        let mut wrong = Vec::new();
        let reused: BTreeSet<&str> = rows.values().filter_map(|row| row.result_of.as_deref()).collect();
        let keys = match self.directory {
            Some(root) => {
                let (files, directories) = walk(&root.join(&folder))?;
                let documents = directories.iter().filter_map(|path| document_of(path.to_str()?));
                for id in documents.collect::<BTreeSet<_>>() {
                    if !rows.contains_key(id) && !reused.contains(id) {
                        wrong.push(format!("the directory of {id} is left"));
                    }
                }
                files.iter().map(|path| path.display().to_string()).collect()
            }
            None => self.store.keys(&folder).await?,
        };
        let mut by_document: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for key in &keys {
            let id = document_of(key).with_context(|| format!("{key} is of no document"))?;
            by_document.entry(id).or_default().push(key);
        }
        for (id, keys) in &by_document {
            let is_result = keys.len() == 3 && keys.iter().all(|key| key.contains("/encodings/"));
            let is_kept = rows.contains_key(*id) || is_result && reused.contains(*id);
            if !is_kept {
                wrong.push(format!("objects are left of {id}: {keys:?}"));
            }
        }
        for (id, row) in rows {
            let keys = by_document.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            let count = |end: &str| keys.iter().filter(|key| key.ends_with(end)).count();
            let (all, sources, manifests) = (keys.len(), count("/source"), count("/manifest.json"));
            let has_result = row.state == "ready" && row.result_of.is_none();
            // What was encoded once more still has what it had before: cleanup removes it a week later.
            let results = if has_result {
                1..=usize::try_from(row.number)?
            } else {
                0..=0
            };
            if all != 1 + 3 * manifests || sources != 1 || !results.contains(&manifests) {
                wrong.push(format!(
                    "{} ({id}) is {} and has {keys:?}",
                    row.file_name, row.state
                ));
            }
        }
        for upload in self.store.open_multipart_uploads(&folder).await? {
            wrong.push(format!("a multipart upload is open: {upload}"));
        }
        Ok(wrong)
    }
}

/// The id in a key or path.
fn document_of(key: &str) -> Option<&str> {
    let (_, after) = key.split_once("/documents/")?;
    after.split('/').next()
}

/// All files and all directories below a folder.
fn walk(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut directories, mut waiting) = (Vec::new(), Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue, // It is just removed.
            Err(error) => return Err(error).with_context(|| format!("unable to read {}", folder.display())),
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                directories.push(entry.path());
                waiting.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    Ok((files, directories))
}

/// What is wrong with the document that a kill was about.
fn wrong_with(outcome: &Outcome, rows: &BTreeMap<String, Row>) -> Option<String> {
    let case = outcome.case;
    let is_told = outcome.told != Told::Nothing;
    if case.operation.uploads() {
        let name = case.file_name();
        let found: Vec<_> = rows.iter().filter(|(_, row)| row.file_name == name).collect();
        if let Told::Done(Some(id)) = &outcome.told
            && !found.iter().any(|(found, _)| *found == id)
        {
            return Some(format!("there is no document {id}"));
        }
        if found.len() > 1 {
            return Some(format!("{} documents were made", found.len()));
        }
        let state = &found.first()?.1.state;
        return (state != "ready").then(|| format!("it is {state}"));
    }
    let id = outcome.document.as_deref()?;
    let copies: Vec<_> = rows
        .iter()
        .filter(|(_, row)| row.result_of.as_deref() == Some(id))
        .collect();
    if case.operation == Operation::Reuse {
        let is_there = |id: &String| copies.iter().any(|(copy, _)| *copy == id);
        let is_right = match &outcome.told {
            Told::Done(Some(id)) => is_there(id) && copies.len() == 1,
            _ => copies.len() <= 1,
        };
        return (!is_right).then(|| format!("{} documents have the result of {id}", copies.len()));
    }
    let state = rows.get(id).map(|row| (row.state.as_str(), row.number));
    let is_right = match (case.operation, state) {
        (Operation::Retry, Some(("failed Malformed", number)))
        | (Operation::Reencode, Some(("ready", number))) => number >= 2 || !is_told,
        (Operation::Cancel, Some((state, _))) => state == "failed Cancelled",
        (Operation::Delete, None) => true,
        (Operation::DeleteReused, None) => copies.len() == 1,
        (Operation::Delete | Operation::DeleteReused, Some((state, _))) => state == "ready" && !is_told,
        _ => false,
    };
    (!is_right).then(|| format!("it is {state:?}"))
}
