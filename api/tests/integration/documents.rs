//! Documents and resources for tests.

use api::{
    database::tenant_transaction,
    documents::{
        Change, Document,
        document::{Request, SourceFile},
        observation::Observation,
        observed::{self, Observed},
        queries, transition,
    },
    mirror::observation::observe,
};
use crds::{DocumentEncoding, DocumentEncodingStatus, Phase, ResultSummary};
use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use crate::application::{Application, ENCODINGS};

/// A moment that Postgres stores exactly.
pub(crate) fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).expect("a moment")
}

pub(crate) fn document(tenant: Uuid, user: Uuid) -> Document {
    let file = SourceFile {
        filename: "a.pdf".into(),
        content_type: Some("application/pdf".into()),
        size_bytes: Some(10),
        sha256: Some("0".repeat(64)),
    };
    let request = Request {
        queue: "documents".into(),
        priority: 0,
        chunk_size: 1200,
        overlap: 200,
    };
    Document {
        user_id: Some(user),
        ..Document::uploaded(Uuid::new_v4(), tenant, file, request, ENCODINGS, moment(0))
    }
}

/// Makes a change in a transaction of its own.
pub(crate) async fn change(pool: &PgPool, tenant: Uuid, change: Change<'_>) -> Option<Document> {
    let mut transaction = tenant_transaction(pool, tenant).await.expect("a transaction");
    let changed = transition(&mut transaction, change, moment(99))
        .await
        .expect("a change");
    transaction.commit().await.expect("a commit");
    changed
}

pub(crate) async fn insert(pool: &PgPool, document: &Document) {
    let tenant = document.tenant_id.expect("a tenant");
    change(pool, tenant, Change::Uploaded(document))
        .await
        .expect("a row");
}

impl Application {
    /// An uploaded document whose resource has not been made.
    pub(crate) async fn document(&self) -> Document {
        let document = document(self.tenant, self.user);
        insert(&self.database.api, &document).await;
        document
    }

    pub(crate) async fn read(&self, document: &Document) -> Document {
        queries::find(&self.database.api, self.tenant, document.id)
            .await
            .expect("a query")
            .expect("a row")
    }
}

/// The resource of a document.
pub(crate) fn resource(document: &Document, uid: Uuid, status: DocumentEncodingStatus) -> DocumentEncoding {
    let mut resource = api::cluster::resource_of(document);
    resource.metadata.uid = Some(uid.to_string());
    resource.status = Some(status);
    resource
}

/// The resource with the version that the API server gave that state.
pub(crate) fn at_version(mut resource: DocumentEncoding, version: u64) -> DocumentEncoding {
    resource.metadata.resource_version = Some(version.to_string());
    resource
}

pub(crate) fn observed(resource: &DocumentEncoding) -> Observation {
    observe(resource, ENCODINGS).expect("an observation")
}

/// Writes one observation.
pub(crate) async fn write(pool: &PgPool, observation: &Observation, at: Timestamp) -> Observed {
    let mut written = observed::observe(pool, std::slice::from_ref(observation), at)
        .await
        .expect("a write");
    written.pop().expect("one outcome")
}

pub(crate) fn working(phase: Phase, attempt: u32, progress: u8) -> DocumentEncodingStatus {
    DocumentEncodingStatus {
        phase: Some(phase),
        attempt: Some(attempt),
        progress: Some(progress),
        ..DocumentEncodingStatus::default()
    }
}

pub(crate) fn ready() -> DocumentEncodingStatus {
    DocumentEncodingStatus {
        result: Some(ResultSummary {
            metadata_file: "m".into(),
            index_file: "i".into(),
            manifest: "manifest".into(),
            manifest_sha256: "1".repeat(64),
            total_chunks: 3,
            total_tokens: 900,
            total_pages: 10,
            cpu_milliseconds: Some(1500),
            language: "it".into(),
            language_confidence: 0.9,
            empty_pages: 0,
            source_sha256: "0".repeat(64),
            encoder_version: env!("CARGO_PKG_VERSION").into(),
        }),
        ..working(Phase::Ready, 1, 100)
    }
}
