//! An S3 store, as one assignment sees it: by URLs that the operator signs for what this assignment's encoder does, and nothing else.
//!
//! A broken manifest cannot be moved in one step there. A copy is kept under the attempt's own key, and the next manifest is written in the
//! place of exactly this one (`If-Match`), so that one that has come meanwhile is never overwritten.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use crds::{
    AssignedSource, Assignment, keys,
    presigned::{ObjectOperation, PresignedUrl},
};
use encoder_job::parser_process::Cancellation;
use tracing::{debug, warn};

use super::{
    Created, LONGEST_PAUSE, RETRY_LIMIT, SetAside,
    backoff::Backoff,
    http::{Download, Http, Trouble},
    too_large, unavailable,
    urls::Urls,
};
use crate::{
    failure::{Failure, FailureReason},
    output,
    run::{commit::given_up, operator::Operator},
};

/// How long a write that has begun may take once the document is given up: what is cut off could still be written after it was taken back.
const LAST_WRITE_LIMIT: Duration = Duration::from_secs(4);
/// How long taking a file back may take in all: nobody may wait for it.
const DELETE_LIMIT: Duration = Duration::from_secs(4);

/// The objects of one assignment.
pub(in crate::run) struct Presigned {
    http: Http,
    urls: Urls,
    source: Option<String>,
    manifest: String,
    /// Prefix of what all attempts write, and of what this one does, with a slash at the end.
    encoding_prefix: String,
    attempt_prefix: String,
    cancellation: Cancellation,
    manifest_state: Mutex<ManifestState>,
}

/// What is known of the manifest that is there.
#[derive(Default)]
struct ManifestState {
    /// The entity tag of the one that was last read.
    read: Option<String>,
    /// That of a broken one, in whose place the next is written.
    replaces: Option<String>,
}

impl Presigned {
    pub(super) fn new(
        http: Http,
        operator: Arc<Operator>,
        assignment: &Assignment,
        pod_uid: &str,
        cancellation: Cancellation,
    ) -> Self {
        let prefix = assignment.encoding_prefix();
        let source = match &assignment.source {
            AssignedSource::Object(key) => Some(key.clone()),
            AssignedSource::VolumeFile { .. } | AssignedSource::MountedFile(_) => None,
        };
        let names = output::file_names(&assignment.file_name);
        let mut usual = vec![ObjectOperation::ReadManifest, ObjectOperation::CreateManifest];
        usual.extend(source.iter().map(|_| ObjectOperation::ReadSource));
        usual.extend(
            names
                .iter()
                .cloned()
                .map(|name| ObjectOperation::WriteFile { name }),
        );
        // Nobody may be there to ask when a document is given up.
        usual.extend(names.into_iter().map(|name| ObjectOperation::DeleteFile { name }));
        Self {
            http,
            urls: Urls::new(operator, assignment.key(), usual),
            source,
            manifest: keys::manifest(&prefix),
            attempt_prefix: format!("{}/", keys::attempt_prefix(&prefix, pod_uid)),
            encoding_prefix: format!("{prefix}/"),
            cancellation,
            manifest_state: Mutex::default(),
        }
    }

    pub(super) async fn read(&self, key: &str, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
        let operation = if key == self.manifest {
            ObjectOperation::ReadManifest
        } else if self.source.as_deref() == Some(key) {
            ObjectOperation::ReadSource
        } else {
            let path = key.strip_prefix(&self.encoding_prefix);
            let path = path.ok_or_else(|| not_ours(key))?.to_owned();
            ObjectOperation::ReadFile { path }
        };
        let mut download = Download::default();
        let call = Call::Get {
            limit,
            download: &mut download,
        };
        let outcome = self.tried("read", key, &operation, call).await?;
        match outcome {
            Ok(()) => {
                if operation == ObjectOperation::ReadManifest {
                    self.manifest_state().read = download.e_tag;
                }
                Ok(Some(download.bytes))
            }
            Err(Unsuccessful::NotFound) => Ok(None),
            Err(Unsuccessful::ConditionFailed) => Err(unavailable("read", key, "the store answered 412")),
            Err(Unsuccessful::TooLarge(size)) => Err(too_large(size, limit)),
        }
    }

    pub(super) async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let name = self.own_name(key)?;
        let operation = ObjectOperation::WriteFile { name };
        self.tried("write", key, &operation, Call::Put(bytes.into()))
            .await?
            .map_err(|_| unavailable("write", key, "the store says that there is no such object"))
    }

    pub(super) async fn create(&self, key: &str, bytes: Vec<u8>) -> Result<Created, Failure> {
        if key != self.manifest {
            return Err(not_ours(key));
        }
        let replaces = self.manifest_state().replaces.take();
        let operation = replaces.map_or(ObjectOperation::CreateManifest, |e_tag| {
            ObjectOperation::ReplaceManifest { e_tag }
        });
        let outcome = self
            .tried("create", key, &operation, Call::Put(bytes.into()))
            .await?;
        // One that is to be replaced and is gone is another, too.
        Ok(outcome.map_or(Created::ExistedBefore, |()| Created::Yes))
    }

    pub(super) async fn set_aside(&self, aside: &str, judged: &[u8]) -> Result<SetAside, Failure> {
        let read = self.manifest_state().read.take();
        let e_tag = read.ok_or_else(|| {
            unavailable(
                "replace",
                &self.manifest,
                "the store gave no entity tag (ETag) of it",
            )
        })?;
        self.write(aside, judged.to_vec()).await?;
        self.manifest_state().replaces = Some(e_tag);
        warn!(from = %self.manifest, to = %aside, "kept a copy of a broken manifest, which will be replaced");
        Ok(SetAside::WillBeReplaced)
    }

    /// Deletes a file although the document may be given up, as that is what it is for; it takes a few seconds at most.
    pub(super) async fn delete(&self, key: &str) -> Result<(), Failure> {
        let operation = ObjectOperation::DeleteFile {
            name: self.own_name(key)?,
        };
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        let deleting = async {
            loop {
                let known = self.urls.get(&operation).await?;
                match self.http.delete(&known.url).await {
                    Ok(()) | Err(Trouble::NotFound) => return Ok(()),
                    Err(Trouble::Refused(_)) => self.urls.forget_until(known.since),
                    Err(_) => {}
                }
                tokio::time::sleep(backoff.pause()).await;
            }
        };
        tokio::time::timeout(DELETE_LIMIT, deleting)
            .await
            .unwrap_or_else(|_| Err(unavailable("delete", key, "it took too long")))
    }

    /// Calls until there is an answer: with fresh URLs where the store does not take one, again where it may go better, and no longer than the
    /// document is wanted.
    async fn tried(
        &self,
        verb: &str,
        key: &str,
        operation: &ObjectOperation,
        mut call: Call<'_>,
    ) -> Result<Result<(), Unsuccessful>, Failure> {
        let started = Instant::now();
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        let mut was_refused = false;
        loop {
            let known = tokio::select! {
                known = self.urls.get(operation) => known?,
                () = self.cancellation.cancelled() => return Err(given_up()),
            };
            let limited = async {
                self.cancellation.cancelled().await;
                if operation.method() == "PUT" {
                    tokio::time::sleep(LAST_WRITE_LIMIT).await;
                }
            };
            let trouble = tokio::select! {
                answer = self.once(operation, &mut call, &known.url) => match answer {
                    Ok(()) => return Ok(Ok(())),
                    Err(trouble) => trouble,
                },
                () = limited => return Err(given_up()),
            };
            let message = match trouble {
                Trouble::NotFound => return Ok(Err(Unsuccessful::NotFound)),
                Trouble::ConditionFailed => return Ok(Err(Unsuccessful::ConditionFailed)),
                Trouble::TooLarge(size) => return Ok(Err(Unsuccessful::TooLarge(size))),
                Trouble::Final(message) => return Err(unavailable(verb, key, &message)),
                Trouble::Refused(message) if was_refused => {
                    let message = format!(
                        "{message} to a URL that was just signed: the operator's credentials need the rights to get, put, delete and list \
                         objects, and its clock must be right"
                    );
                    return Err(unavailable(verb, key, &message));
                }
                Trouble::Refused(message) => {
                    debug!(%key, %message, "the store does not take a URL any more: asking for another");
                    was_refused = true;
                    self.urls.forget_until(known.since);
                    continue;
                }
                Trouble::Temporary(message) => message,
            };
            if started.elapsed() >= RETRY_LIMIT {
                return Err(unavailable(verb, key, &message));
            }
            debug!(%key, %message, "unable to {verb}: trying again");
            tokio::select! {
                () = tokio::time::sleep(backoff.pause()) => {}
                () = self.cancellation.cancelled() => return Err(given_up()),
            }
        }
    }

    async fn once(
        &self,
        operation: &ObjectOperation,
        call: &mut Call<'_>,
        url: &PresignedUrl,
    ) -> Result<(), Trouble> {
        match call {
            Call::Get { limit, download } => self.http.get(url, *limit, download).await,
            Call::Put(bytes) => self.http.put(url, bytes.clone(), operation.condition()).await,
        }
    }

    /// The name of a file of this attempt.
    fn own_name(&self, key: &str) -> Result<String, Failure> {
        let name = key.strip_prefix(&self.attempt_prefix);
        name.map(str::to_owned).ok_or_else(|| not_ours(key))
    }

    fn manifest_state(&self) -> MutexGuard<'_, ManifestState> {
        self.manifest_state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is sent.
enum Call<'a> {
    Get { limit: u64, download: &'a mut Download },
    Put(Bytes),
}

/// An answer that is none of success, and no failure either.
enum Unsuccessful {
    NotFound,
    ConditionFailed,
    TooLarge(u64),
}

fn not_ours(key: &str) -> Failure {
    let message = format!("the key {key:?} is none of this assignment's");
    Failure::new(FailureReason::InvalidSpec, message)
}
