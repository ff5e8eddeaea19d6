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
/// So many documents are made ready to be worked on at a time.
const PREPARED: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Form,
    Tus,
    Presigned,
    Retry,
    Cancel,
    Delete,
}

impl Operation {
    /// All that the store can do. Those that hold something for a minute come first.
    pub(super) fn all(is_bucket: bool) -> Vec<Self> {
        let mut all = vec![Self::Form, Self::Tus];
        if is_bucket {
            all.push(Self::Presigned);
        }
        all.extend([Self::Retry, Self::Cancel, Self::Delete]);
        all
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

    fn content(&self) -> Vec<u8> {
        format!("What becomes of {self}.\n").into_bytes()
    }

    /// Does it, with the document that was prepared for it.
    pub(super) async fn run(&self, client: &Client, document: Option<&str>) -> Result<Told> {
        let document = document.unwrap_or_default();
        let path = format!("/api/documents/{document}");
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
            Operation::Form => client.form(&self.file_name(), &self.content()).await,
            Operation::Tus => client.tus(&self.file_name(), &self.content()).await,
            Operation::Presigned => client.presigned(&self.file_name(), &self.content()).await,
            Operation::Retry => post("retry", "not_failed").await,
            Operation::Cancel => post("cancel", "already_finished").await,
            Operation::Delete => {
                let before = (StatusCode::NOT_FOUND, "document_not_found");
                client
                    .of_document(Method::DELETE, &path, StatusCode::NO_CONTENT, before)
                    .await
            }
        }
    }
}

/// Documents that an operation needs, made a few at a time.
pub(super) struct Prepared {
    operation: Operation,
    ids: VecDeque<String>,
}

impl Prepared {
    pub(super) fn of(operation: Operation) -> Self {
        Self {
            operation,
            ids: VecDeque::new(),
        }
    }

    /// The next one; none for an upload.
    pub(super) async fn next(&mut self, api: &ApiClient<'_>) -> Result<Option<String>> {
        if self.operation.uploads() {
            return Ok(None);
        }
        if self.ids.is_empty() {
            let operation = self.operation;
            let made = stream::iter(0..PREPARED).map(|_| prepare(api, operation));
            self.ids = made.buffer_unordered(4).try_collect().await?;
        }
        self.ids.pop_front().map(Some).context("documents were made")
    }
}

/// A document that failed, one that waits for ever, or one that is ready.
async fn prepare(api: &ApiClient<'_>, operation: Operation) -> Result<String> {
    let (name, upload) = match operation {
        Operation::Retry => ("a failed one", Upload::pdf("broken.pdf", &pdf::broken())),
        Operation::Cancel => (
            "one that waits",
            Upload::pdf("waits.pdf", &pdf::prose(1)).field("queue", NEVER_BEGUN),
        ),
        _ => ("a ready one", Upload::pdf("ready.pdf", &pdf::prose(1))),
    };
    let answer = api.upload(upload).await?;
    ensure!(answer.status == StatusCode::ACCEPTED, "{answer}");
    let id = text(&answer.json()?, "/document_id")?.to_owned();
    wait::answer(name, wait::TICK * 5, wait::LATE, async || {
        let status = api.status(&id).await?;
        let is_so = match operation {
            Operation::Retry => status["status"] == "failed",
            // Once the row knows its resource, which is needed to cancel it.
            Operation::Cancel => {
                !api.json(&format!("/api/documents/{id}")).await?["doc_metadata"]["task_id"].is_null()
            }
            _ => status["status"] == "ready",
        };
        ensure!(is_so, "{status}");
        Ok(())
    })
    .await?;
    Ok(id)
}
