//! Copies the chunks of results to Postgres, for as long as it runs. What it does may be done twice, and by two at once.
//!
//! A trigger notes each document that becomes ready. The indexer takes the notes whose time has come, and puts off their time while it works:
//! where it dies, they come up again. Long results are written part by part, so that no transaction keeps others waiting; until the
//! last part is there, chunks are read from the file. Documents that are deleted are noted, too: their chunks, which nobody finds any more, are
//! removed part by part.

use std::time::Duration;

use sqlx::{FromRow, PgPool, Postgres, Transaction, types::Json};
use tokio::{sync::mpsc, time::Instant};
use uuid::Uuid;

use crate::{
    cleanup::metrics::SweeperMetrics,
    database::tenant_transaction,
    documents::{
        Document, chunk_file,
        chunks::Chunk,
        manifest::{Manifest, ManifestError},
        queries,
    },
    store::Store,
};

/// How often it looks where there is nothing to do.
const EVERY: Duration = Duration::from_secs(1);
/// So many documents are taken at a time.
const AT_A_TIME: u8 = 16;
/// Where it has so many, there may be more: then it pauses for a multiple of the time that these took, so that encoders, the mirror and whoever
/// asks come first.
const PAUSE: u32 = 4;
/// A pause is no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A document of which nothing was written for so long is taken by another; with each attempt it is left alone for longer, up to ten times as long,
/// so that one by which the process dies does not have it die all the time.
const LEASE_SECONDS: i32 = 300;
/// So many chunks of a document that is gone are removed in a transaction.
const REMOVED_AT_ONCE: i64 = 1000;
/// A longer name of a language is none.
const LONGEST_LANGUAGE: usize = 8;
/// What fails is tried again after so long, and after twice as long each further time, up to an hour.
const FIRST_RETRY_SECONDS: i32 = 5;
const LONGEST_RETRY_SECONDS: i32 = 3600;

/// What it works with.
#[derive(Clone)]
pub struct Indexer {
    /// Postgres as the role of maintenance.
    pub database: PgPool,
    /// The store.
    pub store: Store,
    /// What it counts.
    pub metrics: SweeperMetrics,
}

/// A document to be indexed.
#[derive(Clone, Debug, FromRow)]
struct Due {
    document_id: Uuid,
    tenant_id: Uuid,
    attempts: i32,
    /// The digest of the manifest whose chunks are there.
    manifest_sha256: Option<String>,
    /// Tells this claim from others: written by Postgres, and only compared by it.
    claim: String,
}

/// Why a document is not indexed.
#[derive(Debug, thiserror::Error)]
enum IndexError {
    /// It is due once more, or another has taken it.
    #[error("it is claimed anew")]
    Lost,
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl IndexError {
    /// Whether it will not be another time: what is there is not what was committed, or nothing that Postgres holds.
    fn is_final(&self) -> bool {
        match self {
            Self::Lost => false,
            Self::Manifest(error) => matches!(error, ManifestError::Inconsistent(_)),
            Self::Database(error) => error.as_database_error().is_some_and(|error| {
                let class = error.code().map(|code| code.chars().take(2).collect::<String>());
                matches!(class.as_deref(), Some("22" | "54"))
            }),
        }
    }
}

impl Indexer {
    /// Runs until it is dropped.
    pub async fn run(&self) {
        loop {
            let begun = Instant::now();
            let pause = match self.index_due().await {
                Ok(count) if count < usize::from(AT_A_TIME) => EVERY,
                Ok(_) => (begun.elapsed() * PAUSE).min(LONGEST_PAUSE),
                Err(error) => {
                    tracing::warn!(%error, "unable to look for documents to index; it is tried again");
                    EVERY
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Indexes some of what is due, and answers how many there were.
    ///
    /// # Errors
    /// Those of Postgres, where it cannot even be looked.
    pub async fn index_due(&self) -> Result<usize, sqlx::Error> {
        let due = self.claim().await?;
        for due in &due {
            let mut due = due.clone();
            match self.index(&mut due).await {
                Ok(()) => {
                    self.metrics.indexed.inc();
                }
                Err(IndexError::Lost) => {}
                Err(error) => {
                    let is_final = error.is_final();
                    tracing::warn!(%error, document_id = %due.document_id, is_final, "unable to index a document for search");
                    if is_final {
                        self.metrics.indexing_given_up.inc();
                        self.give_up(&mut due).await?;
                    } else {
                        self.metrics.indexing_failed.inc();
                        self.postpone(&due).await?;
                    }
                }
            }
        }
        Ok(due.len())
    }

    /// As many of what has waited longest as of what is due last: what has just become ready does not wait until ten thousand deleted documents are
    /// removed, and they are removed all the same.
    async fn claim(&self) -> Result<Vec<Due>, sqlx::Error> {
        sqlx::query_as(
            "UPDATE indexed_documents SET due_at = now() + least(attempts + 1, 10) * make_interval(secs => $2), attempts = attempts + 1 \
             WHERE document_id = ANY ( \
                ARRAY(SELECT document_id FROM indexed_documents WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) \
                || ARRAY(SELECT document_id FROM indexed_documents WHERE due_at <= now() ORDER BY due_at DESC LIMIT $1 FOR UPDATE SKIP LOCKED)) \
             RETURNING document_id, tenant_id, attempts, manifest_sha256, due_at::text AS claim",
        )
        .bind(i64::from(AT_A_TIME / 2))
        .bind(f64::from(LEASE_SECONDS))
        .fetch_all(&self.database)
        .await
    }

    async fn index(&self, due: &mut Due) -> Result<(), IndexError> {
        let Some(document) = queries::find(&self.database, due.tenant_id, due.document_id).await? else {
            return self.remove(due).await;
        };
        // One that is encoded once more is noted again when it is ready.
        let Some(result) = document.result() else {
            return Ok(self.let_go(due).await?);
        };
        if due.manifest_sha256.is_some() && due.manifest_sha256.as_deref() == result.manifest_sha256() {
            return Ok(self.let_go(due).await?);
        }
        let manifest = Manifest::read(&self.store, &document).await?;
        let total = self.copy(due, &document, &manifest).await?;
        self.finish(due, &document, total).await
    }

    /// Copies all chunks, and answers how many there are.
    async fn copy(&self, due: &mut Due, document: &Document, manifest: &Manifest) -> Result<i32, IndexError> {
        let language = document.result().and_then(|result| result.language);
        let language = language.filter(|language| language.len() <= LONGEST_LANGUAGE);
        let (sender, mut receiver) = mpsc::channel(1);
        let reading = chunk_file::read_all(&self.store, manifest, sender);
        // With its own receiver: where writing fails, reading ends, as nobody receives any more.
        let writing = async move {
            let mut number = 0;
            while let Some(chunks) = receiver.recv().await {
                let count = i32::try_from(chunks.len()).unwrap_or(i32::MAX);
                self.write(due, language.unwrap_or("und"), number, chunks).await?;
                number += count;
            }
            Ok::<i32, IndexError>(number)
        };
        let (total, written) = tokio::join!(reading, writing);
        let written = written?;
        total?;
        Ok(written)
    }

    /// Begins a transaction in which nobody else writes for the document, and prolongs the claim: to the one that is answered, once it is committed.
    ///
    /// What Postgres loses of it when it dies is what it wrote last, the note that it is done among it: the disk is not waited for.
    async fn begin(&self, due: &Due) -> Result<(Transaction<'static, Postgres>, String), IndexError> {
        let mut transaction = tenant_transaction(&self.database, due.tenant_id).await?;
        sqlx::query("SET LOCAL synchronous_commit = off")
            .execute(&mut *transaction)
            .await?;
        let claim: Option<String> = sqlx::query_scalar(
            "UPDATE indexed_documents SET due_at = now() + make_interval(secs => $3) \
             WHERE document_id = $1 AND due_at = $2::timestamptz RETURNING due_at::text",
        )
        .bind(due.document_id)
        .bind(&due.claim)
        .bind(f64::from(LEASE_SECONDS))
        .fetch_optional(&mut *transaction)
        .await?;
        Ok((transaction, claim.ok_or(IndexError::Lost)?))
    }

    /// Writes chunks, the first of which has this number, in place of what was there.
    async fn write(
        &self,
        due: &mut Due,
        language: &str,
        first: i32,
        chunks: Vec<Chunk>,
    ) -> Result<(), IndexError> {
        let numbers: Vec<i32> = (first..).take(chunks.len()).collect();
        let bodies: Vec<Json<Chunk>> = chunks.into_iter().map(Json).collect();
        let (mut transaction, claim) = self.begin(due).await?;
        if first == 0 {
            sqlx::query(
                "INSERT INTO chunk_languages (tenant_id, language) SELECT id, $2 FROM tenants WHERE id = $1 ON CONFLICT DO NOTHING",
            )
            .bind(due.tenant_id)
            .bind(language)
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query("DELETE FROM chunks WHERE document_id = $1 AND number = ANY ($2)")
            .bind(due.document_id)
            .bind(&numbers)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO chunks (tenant_id, document_id, number, language, body) \
             SELECT $1, $2, number, $3, body FROM unnest($4::integer[], $5::jsonb[]) AS chunk (number, body)",
        )
        .bind(due.tenant_id)
        .bind(due.document_id)
        .bind(language)
        .bind(&numbers)
        .bind(&bodies)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        due.claim = claim;
        Ok(())
    }

    /// Notes that all chunks are there.
    async fn finish(&self, due: &Due, document: &Document, total: i32) -> Result<(), IndexError> {
        let (mut transaction, _) = self.begin(due).await?;
        sqlx::query("DELETE FROM chunks WHERE document_id = $1 AND number >= $2")
            .bind(due.document_id)
            .bind(total)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "UPDATE indexed_documents SET due_at = NULL, attempts = 0, manifest_sha256 = $2, total_chunks = $3 WHERE document_id = $1",
        )
        .bind(due.document_id)
        .bind(document.result().and_then(|result| result.manifest_sha256()))
        .bind(total)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// There is nothing to do for it.
    async fn let_go(&self, due: &Due) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE indexed_documents SET due_at = NULL, attempts = 0 WHERE document_id = $1 AND due_at = $2::timestamptz",
        )
        .bind(due.document_id)
        .bind(&due.claim)
        .execute(&self.database)
        .await?;
        Ok(())
    }

    /// It is tried again later.
    async fn postpone(&self, due: &Due) -> Result<(), sqlx::Error> {
        let doubled = FIRST_RETRY_SECONDS.saturating_mul(1 << (due.attempts.clamp(1, 16) - 1));
        sqlx::query(
            "UPDATE indexed_documents SET due_at = now() + make_interval(secs => $3) \
             WHERE document_id = $1 AND due_at = $2::timestamptz",
        )
        .bind(due.document_id)
        .bind(&due.claim)
        .bind(f64::from(doubled.min(LONGEST_RETRY_SECONDS)))
        .execute(&self.database)
        .await?;
        Ok(())
    }

    /// It will not be another time; what was written of it by then was not committed, or is not whole, and goes.
    async fn give_up(&self, due: &mut Due) -> Result<(), sqlx::Error> {
        let given_up = async {
            self.remove_chunks(due).await?;
            let (mut transaction, _) = self.begin(due).await?;
            sqlx::query(
                "UPDATE indexed_documents SET due_at = NULL, manifest_sha256 = NULL, total_chunks = NULL WHERE document_id = $1",
            )
            .bind(due.document_id)
            .execute(&mut *transaction)
            .await?;
            Ok(transaction.commit().await?)
        };
        match given_up.await {
            Err(IndexError::Database(error)) => Err(error),
            Err(IndexError::Lost | IndexError::Manifest(_)) | Ok(()) => Ok(()),
        }
    }

    /// The document is gone: so is what there is of it here.
    async fn remove(&self, due: &mut Due) -> Result<(), IndexError> {
        self.remove_chunks(due).await?;
        let (mut transaction, _) = self.begin(due).await?;
        sqlx::query("DELETE FROM indexed_documents WHERE document_id = $1")
            .bind(due.document_id)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn remove_chunks(&self, due: &mut Due) -> Result<(), IndexError> {
        loop {
            let (mut transaction, claim) = self.begin(due).await?;
            let removed = sqlx::query(
                "DELETE FROM chunks WHERE document_id = $1 AND number IN \
                 (SELECT number FROM chunks WHERE document_id = $1 ORDER BY number LIMIT $2)",
            )
            .bind(due.document_id)
            .bind(REMOVED_AT_ONCE)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            due.claim = claim;
            if removed.rows_affected() == 0 {
                return Ok(());
            }
        }
    }
}
