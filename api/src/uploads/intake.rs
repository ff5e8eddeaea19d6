//! Making documents of received files: rows first, then resources; or neither.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, future::join_all, stream};
use serde_json::Value;
use sqlx::{Acquire, Postgres, Transaction};
use uuid::Uuid;

use super::{
    UploadError,
    form::{FileOutcome, Received},
    idempotency::{self, HeldKey},
    options::Options,
    queueing::enqueue,
    receive::{ReceivedFile, Receiver},
    record,
};
use crate::{
    app::App,
    database::{STEP_LIMIT, tenant_transaction, within},
    documents::{
        Change, Document,
        document::SourceFile,
        holdings::{QuotaExceeded, quotas_and_holdings},
        reuse, transition,
    },
};

/// So many resources of one form are made at once: all of them before the sweeper would take them for left behind.
const QUEUED_AT_ONCE: usize = 8;
/// How long it may take to make the rows of a form's files.
const RECORDED_WITHIN: Duration = Duration::from_secs(20);
/// How long the store may take to say whether there is a result that a file may have. Otherwise the file is encoded.
const FOUND_WITHIN: Duration = Duration::from_secs(5);
/// For so many files of a form it is asked at once.
const PREPARED_AT_ONCE: usize = 8;

/// A file that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its document.
    pub document_id: Uuid,
    /// Whether it is ready already, with the result of another document.
    pub is_reused: bool,
}

impl From<&Document> for Taken {
    fn from(document: &Document) -> Self {
        Self {
            document_id: document.id,
            is_reused: document.reused.is_some(),
        }
    }
}

/// An Idempotency-Key that is held, and how an answer is written down with it.
#[derive(Debug)]
pub struct Answering {
    /// The key.
    pub key: HeldKey,
    /// What is answered to these outcomes.
    pub answer: fn(&[FileOutcome<Taken>]) -> Value,
}

/// Makes documents of the files of a form and queues them; answers what became of each.
///
/// The rows of all files are made in one transaction, with what will be answered to the Idempotency-Key. From then on each ends as a document
/// that is ready or failed: after a crash the sweeper queues what was not queued.
///
/// # Errors
/// [`UploadError`], of the whole form; then nothing of it is left.
pub async fn take(
    app: &App,
    receiver: &Receiver<'_>,
    form: Received,
    answering: Option<&Answering>,
) -> Result<Vec<FileOutcome<Taken>>, UploadError> {
    let fingerprint = form.fingerprint();
    let Received { files, options, .. } = form;
    let ids: Vec<Uuid> = files
        .iter()
        .filter_map(|file| file.result.as_ref().ok())
        .map(|file| file.id)
        .collect();
    let recorded = match record_all(app, receiver, files, &options, fingerprint, answering).await {
        Ok(recorded) => recorded,
        Err(error) => {
            join_all(ids.into_iter().map(|id| receiver.discard(id))).await;
            return Err(error);
        }
    };
    let outcomes: Vec<FileOutcome<Taken>> = stream::iter(recorded)
        .map(|RecordedFile { filename, result }| async move {
            let result = match result {
                Ok(document) => enqueue(app, &document).await.map(|()| Taken::from(&document)),
                Err((id, error)) => {
                    if let Some(id) = id {
                        receiver.discard(id).await;
                    }
                    Err(error)
                }
            };
            FileOutcome { filename, result }
        })
        .buffered(QUEUED_AT_ONCE)
        .collect()
        .await;
    if let Some(answering) = answering {
        settle(app, receiver.tenant, answering, &outcomes).await;
    }
    Ok(outcomes)
}

/// Makes a document of one file that came in several goes, and queues it.
///
/// # Errors
/// [`UploadError`]. What is refused for what it is leaves nothing; what could not be recorded just now is there to be tried again.
pub async fn take_one(
    app: &App,
    receiver: &Receiver<'_>,
    file: ReceivedFile,
    options: &Options,
) -> Result<Taken, UploadError> {
    let id = file.id;
    let files = vec![FileOutcome {
        filename: file.filename.clone(),
        result: Ok(file),
    }];
    let mut recorded = record_all(app, receiver, files, options, [0; 32], None).await?;
    match recorded.pop().map(|file| file.result) {
        Some(Ok(document)) => enqueue(app, &document).await.map(|()| Taken::from(&document)),
        Some(Err((_, error))) => {
            receiver.discard(id).await;
            Err(error)
        }
        None => Err(UploadError::Abandoned),
    }
}

/// What was answered is answered again; where nothing was taken, the key is given back.
async fn settle(app: &App, tenant: Uuid, answering: &Answering, outcomes: &[FileOutcome<Taken>]) {
    let is_taken = outcomes.iter().any(|outcome| outcome.result.is_ok());
    let settled = if is_taken {
        let answer = (answering.answer)(outcomes);
        let answered = idempotency::answered(&app.database, tenant, &answering.key, &answer);
        within(STEP_LIMIT, answered).await
    } else if outcomes
        .iter()
        .any(|outcome| matches!(outcome.result, Err(UploadError::Database(_))))
    {
        // A document may have stayed that could not be taken back: the sweeper queues it, and the answer is the one that was written down.
        return;
    } else {
        let given_back = idempotency::give_back(&app.database, tenant, &answering.key, true);
        within(STEP_LIMIT, given_back).await
    };
    if let Err(error) = settled {
        // It was written down before, as it was to be; that is answered once the lease has ended.
        tracing::warn!(%error, "unable to note what was answered to an Idempotency-Key");
    }
}

/// What was recorded of a file: its document, or why there is none, with the id of the upload that is left then.
struct RecordedFile {
    filename: String,
    result: Result<Document, (Option<Uuid>, UploadError)>,
}

async fn record_all(
    app: &App,
    receiver: &Receiver<'_>,
    files: Vec<FileOutcome<ReceivedFile>>,
    options: &Options,
    fingerprint: [u8; 32],
    answering: Option<&Answering>,
) -> Result<Vec<RecordedFile>, UploadError> {
    // Nothing is locked while the store is asked about results that may be reused.
    let prepared: Vec<_> = stream::iter(files)
        .map(|FileOutcome { filename, result }| async move {
            let result = match result {
                Ok(file) => Ok(prepare(app, receiver, file, options).await?),
                Err(error) => Err(error),
            };
            Ok::<_, UploadError>((filename, result))
        })
        .buffered(PREPARED_AT_ONCE)
        .try_collect()
        .await?;
    let recorded = record_prepared(app, receiver, prepared, fingerprint, answering);
    within(RECORDED_WITHIN, recorded).await
}

/// Makes the rows of all files in one transaction.
async fn record_prepared(
    app: &App,
    receiver: &Receiver<'_>,
    prepared: Vec<(String, Result<Prepared, UploadError>)>,
    fingerprint: [u8; 32],
    answering: Option<&Answering>,
) -> Result<Vec<RecordedFile>, UploadError> {
    let mut transaction = tenant_transaction(&app.database, receiver.tenant).await?;
    let mut recorded = Vec::with_capacity(prepared.len());
    for (filename, result) in prepared {
        let result = match result {
            Ok(prepared) => {
                let id = prepared.document.id;
                record_one(app, &mut transaction, receiver, prepared)
                    .await?
                    .map_err(|exceeded| (Some(id), exceeded.into()))
            }
            Err(error) => Err((None, error)),
        };
        recorded.push(RecordedFile { filename, result });
    }
    let is_any_recorded = recorded.iter().any(|file| file.result.is_ok());
    if let Some(answering) = answering.filter(|_| is_any_recorded) {
        let expected: Vec<FileOutcome<Taken>> = recorded
            .iter()
            .filter_map(|file| {
                file.result.as_ref().ok().map(|document| FileOutcome {
                    filename: file.filename.clone(),
                    result: Ok(document.into()),
                })
            })
            .collect();
        let only = match expected.as_slice() {
            [one] if recorded.len() == 1 => one.result.as_ref().ok().map(|taken| taken.document_id),
            _ => None,
        };
        let answer = (answering.answer)(&expected);
        idempotency::record(
            &mut transaction,
            receiver.tenant,
            &answering.key,
            fingerprint,
            &answer,
            only,
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(recorded)
}

/// What a document is to be made of.
struct Prepared {
    /// As it is where it is to be encoded.
    document: Document,
    /// Whose result it may have instead.
    original: Option<Document>,
}

async fn prepare(
    app: &App,
    receiver: &Receiver<'_>,
    file: ReceivedFile,
    options: &Options,
) -> Result<Prepared, UploadError> {
    let mut document = Document::uploaded(
        file.id,
        receiver.tenant,
        SourceFile {
            filename: file.filename,
            content_type: Some(file.format.media_type().to_owned()),
            size_bytes: Some(file.size.cast_signed()),
            sha256: Some(crate::identity::key::hexadecimal(&file.sha256)),
        },
        options.into(),
        app.cluster.encodings_namespace(),
        app.clock.now(),
    );
    document.user_id = Some(receiver.user);
    document.encoder_settings.clone_from(&app.reuse.encoder_settings);
    let mut original = None;
    if app.reuse.is_on && !options.force {
        let found = reuse::find_original(&app.database, &app.store, &app.reuse, receiver.tenant, &document);
        match tokio::time::timeout(FOUND_WITHIN, found).await {
            Ok(found) => original = found?,
            Err(_) => {
                tracing::warn!(document_id = %document.id, "no result to reuse was found in time; the document is encoded");
            }
        }
    }
    Ok(Prepared { document, original })
}

/// Makes a document of an upload, unless a quota does not allow it: one that is to be encoded, or, where there is a result already that it
/// may have, one that is ready.
async fn record_one(
    app: &App,
    transaction: &mut Transaction<'_, Postgres>,
    receiver: &Receiver<'_>,
    Prepared {
        mut document,
        original,
    }: Prepared,
) -> Result<Result<Document, QuotaExceeded>, UploadError> {
    let now = app.clock.now();
    let mut savepoint = transaction.begin().await?;
    let original = match original {
        Some(found) => reuse::lock_original(&mut savepoint, &document, &found).await?,
        None => None,
    };
    record::finish(&mut savepoint, receiver.tenant, document.id).await?;
    if let Some(original) = &original {
        document = reuse::with_result_of(document, original, now);
    }
    let change = match original {
        Some(_) => Change::Reused(&document),
        None => Change::Uploaded(&document),
    };
    let document = transition(&mut savepoint, change, now).await?.unwrap_or(document);
    let (quotas, holdings) = quotas_and_holdings(&mut savepoint, receiver.tenant).await?;
    if let Err(exceeded) = quotas.check(&holdings) {
        savepoint.rollback().await?;
        return Ok(Err(exceeded));
    }
    savepoint.commit().await?;
    Ok(Ok(document))
}
