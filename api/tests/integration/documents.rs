//! Documents and resources for tests.

use api::documents;
use api::{
    database::tenant_transaction,
    documents::document::{Binding, Document, Origin, resource_name},
    mirror::{
        observation::{Observation, observe},
        write::{self, Written},
    },
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
    let id = Uuid::new_v4();
    Document {
        id,
        tenant_id: Some(tenant),
        user_id: Some(user),
        origin: Origin::Upload,
        filename: "a.pdf".into(),
        content_type: Some("application/pdf".into()),
        size_bytes: Some(10),
        sha256: Some("0".repeat(64)),
        phase: Phase::Pending,
        progress: 0,
        message: Some("Queued".into()),
        error: None,
        attempt: 0,
        pages_done: None,
        pages_total: None,
        queue_position: None,
        estimated_start_at: None,
        total_chunks: None,
        total_tokens: None,
        total_pages: None,
        language: None,
        doc_metadata: serde_json::json!({}),
        queue: "documents".into(),
        priority: 0,
        chunk_size: 1200,
        overlap: 200,
        binding: Binding {
            namespace: ENCODINGS.into(),
            name: resource_name(id, 1),
            uid: None,
            number: 1,
        },
        created_at: moment(0),
        updated_at: moment(0),
        processing_started_at: None,
        processing_completed_at: None,
    }
}

pub(crate) async fn insert(pool: &PgPool, document: &Document) {
    let tenant = document.tenant_id.expect("a tenant");
    let mut transaction = tenant_transaction(pool, tenant).await.expect("a transaction");
    documents::insert(&mut transaction, document, None)
        .await
        .expect("a row");
    transaction.commit().await.expect("a commit");
}

impl Application {
    /// An uploaded document whose resource has not been made.
    pub(crate) async fn document(&self) -> Document {
        let document = document(self.tenant, self.user);
        insert(&self.database.api, &document).await;
        document
    }

    pub(crate) async fn read(&self, document: &Document) -> Document {
        documents::find(&self.database.api, self.tenant, document.id)
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

pub(crate) fn observed(resource: &DocumentEncoding) -> Observation {
    observe(resource, ENCODINGS).expect("an observation")
}

/// Writes one observation.
pub(crate) async fn write(pool: &PgPool, observation: &Observation, at: Timestamp) -> Written {
    let mut written = write::write(pool, std::slice::from_ref(observation), at)
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
            language: "it".into(),
            language_confidence: 0.9,
            empty_pages: 0,
            source_sha256: "0".repeat(64),
            encoder_version: "0.1.0".into(),
        }),
        ..working(Phase::Ready, 1, 100)
    }
}
