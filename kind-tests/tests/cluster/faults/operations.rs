//! What is asked of a replica that dies of it, and what must be so in the end.

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use kind_tests::{
    api::{ApiClient, Upload, text},
    pdf,
    trap::Side,
    wait,
};
use reqwest::{Method, StatusCode};

use super::client::{Client, Told};

/// A queue that is left to Kueue: nothing in it is begun, as there is no Kueue.
pub(super) const NEVER_BEGUN: &str = "kueue";
/// So many times its one line: some megabyte.
const LARGE: usize = 16_000;
/// So many documents are made ready to be worked on at a time.
const PREPARED: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Form,
    Tus,
    Presigned,
    /// A form with what is encoded already, and whose result it has.
    Reuse,
    Retry,
    /// A document that is ready is encoded once more.
    Reencode,
    Cancel,
    Delete,
    /// Of a document whose result another one has.
    DeleteReused,
}

impl Operation {
    /// All that the store can do. Those that hold something for a minute come first.
    pub(super) fn all(is_bucket: bool) -> Vec<Self> {
        let mut all = vec![Self::Form, Self::Tus];
        if is_bucket {
            all.push(Self::Presigned);
        }
        all.extend([
            Self::Reuse,
            Self::Retry,
            Self::Reencode,
            Self::Cancel,
            Self::Delete,
            Self::DeleteReused,
        ]);
        all
    }

    /// Whether it makes few calls.
    pub(super) fn is_short(self) -> bool {
        !self.uploads() && self != Self::Reuse
    }

    /// Whether a document is made, and none is needed.
    pub(super) fn uploads(self) -> bool {
        matches!(self, Self::Form | Self::Tus | Self::Presigned)
    }
}

/// One kill: of which operation, at which call, on which side, and whether the client asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) operation: Operation,
    pub(super) number: usize,
    pub(super) side: Side,
    pub(super) asks_again: bool,
}

impl std::fmt::Display for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (number, side) = (self.number, self.side);
        let operation = format!("{:?}", self.operation).to_lowercase();
        let again = if self.asks_again {
            "asked-again"
        } else {
            "given-up"
        };
        write!(formatter, "{operation}-{number:03}-{side}-{again}")
    }
}

impl Case {
    /// The kills at one call.
    pub(super) fn all_of(operation: Operation, number: usize) -> [Self; 4] {
        let kinds = [
            (Side::Before, true),
            (Side::After, true),
            (Side::Before, false),
            (Side::After, false),
        ];
        kinds.map(|(side, asks_again)| Self {
            operation,
            number,
            side,
            asks_again,
        })
    }

    /// The file that is uploaded, by which its document is found.
    pub(super) fn file_name(&self) -> String {
        format!("{self}.txt")
    }

    /// Does it, with the document that was prepared for it.
    pub(super) async fn run(&self, client: &Client, document: Option<&Document>) -> Result<Told> {
        let id = document.map_or("", |document| &document.id);
        let path = format!("/api/documents/{id}");
        let (key, file_name) = (self.to_string(), self.file_name());
        let post = async |action: &str, before: &str| {
            client
                .of_document(
                    Method::POST,
                    &format!("{path}/{action}"),
                    StatusCode::ACCEPTED,
                    (StatusCode::CONFLICT, before),
                )
                .await
        };
        match self.operation {
            Operation::Form => client.form(&key, &file_name, &content(&file_name)).await,
            // One that goes on is asked for what is there of a file that takes a while to be read.
            Operation::Tus if self.side == Side::After => {
                client.tus(&file_name, &content(&file_name).repeat(LARGE)).await
            }
            Operation::Tus => client.tus(&file_name, &content(&file_name)).await,
            Operation::Presigned => client.presigned(&file_name, &content(&file_name)).await,
            Operation::Reuse => {
                let name = document.map_or("", |document| &document.file_name);
                client.form(&key, name, &content(name)).await
            }
            Operation::Retry => post("retry", "not_finished").await,
            Operation::Reencode => post("retry?encoding=1", "encoding_superseded").await,
            Operation::Cancel => post("cancel", "already_finished").await,
            Operation::Delete | Operation::DeleteReused => {
                let before = (StatusCode::NOT_FOUND, "document_not_found");
                client
                    .of_document(Method::DELETE, &path, StatusCode::NO_CONTENT, before)
                    .await
            }
        }
    }
}

/// What is uploaded under a name.
fn content(file_name: &str) -> Vec<u8> {
    format!("What becomes of {file_name}.\n").into_bytes()
}

/// A document that was made for an operation.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) id: String,
    file_name: String,
}

/// Documents that an operation needs, made a few at a time.
pub(super) struct Prepared {
    operation: Operation,
    documents: VecDeque<Document>,
}

impl Prepared {
    pub(super) fn of(operation: Operation) -> Self {
        Self {
            operation,
            documents: VecDeque::new(),
        }
    }

    /// The next one; none where the operation makes one of its own.
    pub(super) async fn next(&mut self, api: &ApiClient<'_>) -> Result<Option<Document>> {
        if self.operation.uploads() {
            return Ok(None);
        }
        if self.documents.is_empty() {
            let operation = self.operation;
            let made = stream::iter(0..PREPARED).map(|_| prepare(api, operation));
            self.documents = made.buffer_unordered(4).try_collect().await?;
        }
        self.documents
            .pop_front()
            .map(Some)
            .context("documents were made")
    }
}

/// A document that failed, one that waits for ever, or one that is ready.
async fn prepare(api: &ApiClient<'_>, operation: Operation) -> Result<Document> {
    let file_name = format!("{operation:?}-{}.txt", uuid::Uuid::new_v4().simple()).to_lowercase();
    let upload = || Upload::default().file("file", &file_name, "text/plain", &content(&file_name));
    let (expected, answer) = match operation {
        Operation::Retry => (
            "failed",
            api.upload(Upload::pdf("broken.pdf", &pdf::broken())).await?,
        ),
        Operation::Cancel => ("waiting", api.upload(upload().field("queue", NEVER_BEGUN)).await?),
        _ => ("ready", api.upload(upload()).await?),
    };
    ensure!(answer.status == StatusCode::ACCEPTED, "{answer}");
    let id = text(&answer.json()?, "/document_id")?.to_owned();
    wait::answer(expected, wait::TICK * 5, wait::LATE, async || {
        let is_so = if operation == Operation::Cancel {
            // Once the row knows its resource, which is needed to cancel it.
            !api.json(&format!("/api/documents/{id}")).await?["doc_metadata"]["task_id"].is_null()
        } else {
            api.status(&id).await?["status"] == expected
        };
        ensure!(is_so, "{id} is not {expected}");
        Ok(())
    })
    .await?;
    if operation == Operation::DeleteReused {
        let answer = api.upload(upload().may_reuse()).await?;
        ensure!(answer.json()?["reused"] == true, "{answer}");
    }
    Ok(Document { id, file_name })
}
