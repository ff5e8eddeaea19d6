//! Results that are reused: what is the same is ready at once, what is not is encoded.

use api::documents::{
    Document,
    document::Status,
    queries,
    reuse::{self, ReuseSettings},
};
use axum::{body::Body, http::Request};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use crds::keys;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    application::{self, Application, STORES, Setup, StoreKind, cluster, takes},
    documents::{moment, observed, ready, resource},
    tus::header,
};

pub(crate) const PDF: &[u8] = b"%PDF-1.7 a document";
const FILE: &str = "name=\"file\"; filename=\"a.pdf\"";
const METADATA: &[u8] = br#"{"file":"a.pdf","chunks":[]}"#;
const INDEX: &[u8] = br#"{"metadata":[]}"#;

pub(crate) async fn application(store: StoreKind) -> Application {
    application::with(Setup {
        store,
        cluster_url: cluster(takes).await,
        ..Setup::default()
    })
    .await
}

fn sha256(bytes: &[u8]) -> String {
    api::identity::key::hexadecimal(&Sha256::digest(bytes))
}

impl Application {
    pub(crate) async fn put(&self, key: &str, bytes: &[u8]) {
        let mut writer = self.app.store.create(key).await.unwrap();
        writer.write(Bytes::copy_from_slice(bytes)).await.unwrap();
        writer.finish().await.unwrap();
    }

    pub(crate) async fn find(&self, id: Uuid) -> Option<Document> {
        let pool = &self.database.api;
        queries::find(pool, self.tenant, id).await.unwrap()
    }

    /// Encodes a document as an encoder does, and sees it ready.
    pub(crate) async fn encode(&self, id: Uuid) {
        self.encode_as(id, made_now()).await;
    }

    /// The same, where the manifest says this of how the result was made.
    async fn encode_as(&self, id: Uuid, mut manifest: Value) {
        let document = self.find(id).await.unwrap();
        let uid = document.binding.uid.unwrap_or_else(Uuid::new_v4);
        let prefix = keys::encoding_prefix(&document.owner(), &id.to_string(), &uid.to_string());
        let mut entries = Vec::new();
        for (name, bytes) in [("metadata", METADATA), ("index", INDEX)] {
            let path = format!("attempt-p/a_sections_{name}.json");
            self.put(&format!("{prefix}/{path}"), bytes).await;
            entries.push(json!({ "path": path, "size": bytes.len(), "sha256": sha256(bytes) }));
        }
        manifest["metadata_file"] = entries[0].clone();
        manifest["index_file"] = entries[1].clone();
        let manifest = manifest.to_string();
        self.put(&keys::manifest(&prefix), manifest.as_bytes()).await;
        let mut status = ready();
        let result = status.result.as_mut().unwrap();
        result.manifest = keys::manifest(&prefix);
        result.manifest_sha256 = sha256(manifest.as_bytes());
        let observation = observed(&resource(&document, uid, status));
        crate::documents::write(&self.database.mirror, &observation, moment(9)).await;
    }

    /// Uploads the one file, with options; answers its id and what else was answered.
    pub(crate) async fn upload_with(&self, options: &[(&str, &str)]) -> (Uuid, Value) {
        let heads: Vec<String> = options
            .iter()
            .map(|(name, _)| format!("name=\"{name}\""))
            .collect();
        let mut parts: Vec<(&str, &[u8])> = heads
            .iter()
            .zip(options)
            .map(|(head, (_, value))| (head.as_str(), value.as_bytes()))
            .collect();
        parts.push((FILE, PDF));
        let answer = self.upload(&[], &parts).await;
        assert_eq!(answer.status, 202);
        let body = answer.json();
        (id(&body), body)
    }

    /// Uploads the one file, and encodes it.
    pub(crate) async fn encoded(&self) -> Uuid {
        let (id, answer) = self.upload_with(&[("force", "true")]).await;
        assert_eq!(answer.get("reused"), None);
        self.encode(id).await;
        id
    }

    /// Uploads the one file, which must have a result already.
    pub(crate) async fn reused(&self) -> Uuid {
        let (id, answer) = self.upload_with(&[]).await;
        assert_eq!(answer["reused"], true, "{answer}");
        id
    }

    /// Whether everything of a document can be downloaded.
    pub(crate) async fn assert_whole(&self, id: Uuid) {
        for (part, expected) in [("metadata", METADATA), ("index", INDEX), ("source", PDF)] {
            let answer = self.get(&format!("/api/documents/{id}/{part}")).await;
            assert_eq!(
                (answer.status.as_u16(), answer.bytes.as_slice()),
                (200, expected),
                "{part} of {id}"
            );
        }
    }

    async fn is_reused(&self, id: Uuid) -> bool {
        let document = self.find(id).await.unwrap();
        assert_eq!(document.reused.is_some(), document.status() == Status::Ready);
        document.reused.is_some()
    }
}

/// What a manifest says of how a result was made, where it would be made so now.
fn made_now() -> Value {
    json!({ "encoder_version": env!("CARGO_PKG_VERSION"), "running_heads": "aside" })
}

fn id(answer: &Value) -> Uuid {
    answer["document_id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_same_file_is_ready_at_once_on_every_replica_and_its_files_are_the_same() {
    for store in STORES {
        let application = application(store).await;
        let first = application.encoded().await;
        let (second, answer) = application.upload_with(&[("priority", "7")]).await;
        let expected = json!({
            "success": true, "document_id": second, "status": "processing",
            "message": "Document uploaded and queued for processing", "reused": true,
        });
        assert_eq!(answer, expected);
        for router in [application.router.clone(), application.replica()] {
            let request = Request::get(format!("/api/documents/{second}/status"))
                .header("x-api-key", &application.key)
                .body(Body::empty());
            let answer = router.oneshot(request.unwrap()).await.unwrap();
            let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
            let status: Value = serde_json::from_slice(&bytes.unwrap()).unwrap();
            assert_eq!(
                (&status["status"], &status["progress"], &status["total_chunks"]),
                (&"ready".into(), &100.into(), &3.into()),
                "{status}"
            );
        }
        application.assert_whole(second).await;
        let of = async |id: Uuid| application.get(&format!("/api/documents/{id}/index")).await;
        let (ours, its) = (of(second).await, of(first).await);
        for name in ["etag", "content-disposition", "content-length"] {
            assert_eq!(ours.headers[name], its.headers[name], "{name}");
        }
        let record = async |id: Uuid| application.get(&format!("/api/documents/{id}")).await.json();
        let (ours, its) = (record(second).await, record(first).await);
        for field in [
            "total_chunks",
            "total_tokens",
            "total_pages",
            "language",
            "sha256",
        ] {
            assert_eq!(ours[field], its[field], "{field}");
        }
        assert_eq!(
            ours["doc_metadata"]["metadata_file"],
            its["doc_metadata"]["metadata_file"]
        );
        assert_eq!(ours["doc_metadata"]["reused_from"], first.to_string());
        assert_eq!(its["doc_metadata"].get("reused_from"), None);
        assert_eq!((&ours["priority"], &ours["status"]), (&7.into(), &"ready".into()));
        // It is a document as any other to the quotas, and was not encoded.
        let held: (i64, i64, i64, i64) =
            sqlx::query_as("SELECT documents, bytes, in_flight, change_seq FROM holdings")
                .fetch_one(&application.database.maintenance)
                .await
                .unwrap();
        let document = application.find(second).await.unwrap();
        let bytes = 2 * i64::try_from(PDF.len()).unwrap();
        assert_eq!((held.0, held.1, held.2), (2, bytes, 0));
        assert_eq!(held.3, document.change_seq);
        let used = "SELECT sum(documents)::bigint FROM usage";
        let used: i64 = sqlx::query_scalar(used)
            .fetch_one(&application.database.maintenance)
            .await
            .unwrap();
        assert_eq!(used, 1);
        // A result of a result is the first one's.
        let third = application.reused().await;
        assert_eq!(
            record(third).await["doc_metadata"]["reused_from"],
            first.to_string()
        );
    }
}

#[tokio::test]
async fn what_comes_by_tus_or_past_the_api_reuses_results_too_unless_forced() {
    let application = application(StoreKind::S3).await;
    application.encoded().await;
    for force in [false, true] {
        let metadata = format!(
            "filename {},force {}",
            BASE64_STANDARD.encode("a.pdf"),
            BASE64_STANDARD.encode(force.to_string())
        );
        let headers = [
            ("upload-length", PDF.len().to_string()),
            ("upload-metadata", metadata),
        ];
        let path = "/api/documents/upload/tus";
        let begun = application.tus("POST", path, &headers, Body::empty()).await;
        let path = header(&begun.headers, "location");
        assert_eq!(application.add(&path, 0, PDF).await.status, 204);
        let id = path.rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(application.is_reused(id).await, !force);

        let path = "/api/documents/upload/presigned";
        let request = json!({ "filename": "a.pdf", "size_bytes": PDF.len(), "force": force });
        let begun = application.post(path, &request).await.json();
        let complete = crate::presigned::send(&begun, PDF).await;
        let path = format!("{path}/{}/complete", begun["upload_id"].as_str().unwrap());
        // The answer was lost, and it is asked again.
        for _ in 0..2 {
            let answer = application.post(&path, &complete).await;
            assert_eq!(answer.status, 202);
            let expected = (!force).then_some(json!(true));
            assert_eq!(answer.json().get("reused"), expected.as_ref());
        }
        let id = begun["upload_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(application.is_reused(id).await, !force);
    }
    let path = "/api/documents/upload/presigned";
    let request = json!({ "filename": "a.pdf", "size_bytes": 1, "force": "perhaps" });
    assert_eq!(application.post(path, &request).await.problem().0, 422);
    let parts: [(&str, &[u8]); 2] = [("name=\"force\"", b"perhaps"), (FILE, PDF)];
    let answer = application.upload(&[], &parts).await;
    assert_eq!(answer.problem(), (422, "invalid_option".into()));
}

#[tokio::test]
async fn what_is_not_the_same_is_encoded() {
    let application = application(StoreKind::File).await;
    application.encoded().await;
    for options in [("force", "true"), ("chunk_size", "1000"), ("overlap", "100")] {
        let (id, _) = application.upload_with(&[options]).await;
        assert!(!application.is_reused(id).await, "{options:?}");
    }
    let other_name = "name=\"file\"; filename=\"b.pdf\"";
    for (head, content) in [(other_name, PDF), (FILE, b"%PDF-1.7 another doc".as_slice())] {
        let answer = application.upload(&[], &[(head, content)]).await.json();
        assert!(!application.is_reused(id(&answer)).await, "{head}");
    }
    // What was said in a word that means nothing, or the default.
    for options in [
        ("force", "false"),
        ("queue", "maintenance"),
        ("chunk_size", "1200"),
    ] {
        let (id, _) = application.upload_with(&[options]).await;
        assert!(application.is_reused(id).await, "{options:?}");
    }
    let (_, _, key) = application::tenant(&application.database, "two").await;
    let stranger = Application { key, ..application };
    let (_, answer) = stranger.upload_with(&[]).await;
    assert_eq!(answer.get("reused"), None);
}

#[tokio::test]
async fn only_a_result_of_the_same_encoder_and_settings_that_was_uploaded_is_reused() {
    let application = application(StoreKind::File).await;
    application.encoded().await;
    for change in [
        "encoder_settings = 'another'",
        "encoder_settings = NULL",
        "doc_metadata = doc_metadata || '{\"encoder_build\": \"0.0.1\"}'",
        "origin = 'resource'",
        "content_type = 'text/plain'",
        "sha256 = NULL",
        "doc_metadata = doc_metadata || '{\"manifest\": \"elsewhere\"}'",
    ] {
        let mut administrator = crate::databases::administrator(&application.database.name).await;
        let (before, after) = ("CREATE TABLE kept AS SELECT * FROM documents", "DROP TABLE kept");
        for statement in [before.to_owned(), format!("UPDATE documents SET {change}")] {
            crate::databases::execute(&mut administrator, statement).await;
        }
        let (id, answer) = application.upload_with(&[]).await;
        assert_eq!(answer.get("reused"), None, "{change}");
        for statement in [
            format!("DELETE FROM documents WHERE id = '{id}'"),
            "UPDATE documents SET (encoder_settings, doc_metadata, origin, content_type, sha256) = \
             (kept.encoder_settings, kept.doc_metadata, kept.origin, kept.content_type, kept.sha256) FROM kept"
                .to_owned(),
            after.to_owned(),
        ] {
            crate::databases::execute(&mut administrator, statement).await;
        }
    }
    application.reused().await;
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let application = application::with(Setup {
        cluster_url: cluster(takes).await,
        reuse: ReuseSettings::new(false, "encoder", "aside"),
        ..Setup::default()
    })
    .await;
    application.encoded().await;
    let (_, answer) = application.upload_with(&[]).await;
    assert_eq!(answer.get("reused"), None);
}

#[tokio::test]
async fn nothing_is_reused_where_it_is_not_known_what_encodes() {
    let application = application::with(Setup {
        cluster_url: cluster(takes).await,
        reuse: ReuseSettings::new(true, "", "aside"),
        ..Setup::default()
    })
    .await;
    let first = application.encoded().await;
    let (_, answer) = application.upload_with(&[]).await;
    assert_eq!(answer.get("reused"), None);
    assert_eq!(application.find(first).await.unwrap().encoder_settings, None);
}

/// API and operator are not upgraded in one moment: what was uploaded for some settings may be encoded with those before.
#[tokio::test]
async fn a_result_that_was_made_otherwise_than_wished_is_not_reused() {
    for store in STORES {
        let application = application(store).await;
        for said in [
            json!({ "encoder_version": env!("CARGO_PKG_VERSION"), "running_heads": "drop" }),
            json!({ "encoder_version": env!("CARGO_PKG_VERSION") }),
            json!({ "encoder_version": "0.0.1", "running_heads": "aside" }),
        ] {
            let (other, answer) = application.upload_with(&[]).await;
            assert_eq!(answer.get("reused"), None);
            application.encode_as(other, said.clone()).await;
            application.assert_whole(other).await;
            let (waiting, answer) = application.upload_with(&[]).await;
            assert_eq!(answer.get("reused"), None, "{said}");
            assert_eq!(application.find(waiting).await.unwrap().reused, None);
        }
        // One that was made as it is wished is found among them.
        let right = application.encoded().await;
        let reused = application.reused().await;
        let encoding = application.find(reused).await.unwrap().reused.unwrap();
        assert_eq!(encoding.document_id, right);
    }
}

#[tokio::test]
async fn a_result_that_is_lost_is_encoded_anew_however_many_documents_have_it() {
    for store in STORES {
        for lost in ["/manifest.json", "_index.json", "_metadata.json"] {
            let application = application(store).await;
            let mut has_result = application.encoded().await;
            for _ in 0..2 {
                for _ in 0..5 {
                    application.reused().await;
                }
                let files = application.store_directory.contents();
                let is_lost = |path: &&String| path.contains(&has_result.to_string()) && path.ends_with(lost);
                std::fs::remove_file(files.iter().find(is_lost).unwrap()).unwrap();
                let (next, answer) = application.upload_with(&[]).await;
                assert_eq!(answer.get("reused"), None, "{lost}");
                application.encode(next).await;
                // The resource of a test says that it was ready long ago.
                sqlx::query("UPDATE documents SET processing_completed_at = now() WHERE id = $1")
                    .bind(next)
                    .execute(&application.database.maintenance)
                    .await
                    .unwrap();
                let reused = application.reused().await;
                application.assert_whole(reused).await;
                has_result = next;
            }
        }
    }
}

/// However much a tenant has, and however often the same: few rows are read.
#[tokio::test]
async fn what_may_be_reused_is_found_by_an_index_the_newest_first() {
    let application = application(StoreKind::File).await;
    let first = application.encoded().await;
    let document = application.find(first).await.unwrap();
    let mut administrator = crate::databases::administrator(&application.database.name).await;
    let copy = format!(
        "CREATE TEMPORARY TABLE copies AS SELECT documents.* FROM documents, generate_series(1, 5000) WHERE id = '{first}'"
    );
    for statement in [
        copy.as_str(),
        "UPDATE copies SET id = gen_random_uuid(), resource_uid = gen_random_uuid(), resource_name = gen_random_uuid()",
        "INSERT INTO documents SELECT * FROM copies",
        "UPDATE documents SET sha256 = md5(id::text) || md5(id::text) WHERE id IN (SELECT id FROM documents ORDER BY id LIMIT 2500)",
        "ANALYZE documents",
    ] {
        crate::databases::execute(&mut administrator, statement.to_owned()).await;
    }
    // As it was uploaded: its row may be among those that have another content by now.
    let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", reuse::FIND);
    let explained: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
        .bind(document.tenant_id)
        .bind(&document.file.sha256)
        .bind(document.file.size_bytes)
        .bind(&document.file.filename)
        .bind(&document.file.content_type)
        .bind(document.request.chunk_size)
        .bind(document.request.overlap)
        .bind("encoder")
        .bind(env!("CARGO_PKG_VERSION"))
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap();
    let scan = &explained[0]["Plan"]["Plans"][0];
    assert_eq!(scan["Index Name"], "documents_by_content", "{explained:#}");
    assert!(scan["Actual Rows"].as_f64().unwrap() <= 4.0, "{explained:#}");
}

#[tokio::test]
async fn what_is_not_ready_or_was_encoded_again_is_not_reused_and_what_is_reused_is_not_encoded_again() {
    let application = application(StoreKind::File).await;
    let (waiting, _) = application.upload_with(&[]).await;
    let (second, answer) = application.upload_with(&[]).await;
    assert_eq!(answer.get("reused"), None);
    // One fails, and is encoded again: with which settings is not known.
    let mut failed = crate::documents::working(crds::Phase::Failed, 1, 20);
    failed.failure = Some(crds::Failure::new(crds::Reason::NoText, "", None));
    let document = application.find(waiting).await.unwrap();
    let uid = document.binding.uid.unwrap();
    let observation = observed(&resource(&document, uid, failed));
    crate::documents::write(&application.database.mirror, &observation, moment(9)).await;
    let retry = async |id: Uuid| {
        let request = application.request("POST", &format!("/api/documents/{id}/retry"));
        application.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(retry(waiting).await.status, 202);
    application.encode(waiting).await;
    application.assert_whole(waiting).await;
    let (_, answer) = application.upload_with(&[]).await;
    assert_eq!(answer.get("reused"), None);
    application.encode(second).await;
    let third = application.reused().await;
    let request = application.request("POST", &format!("/api/documents/{third}/cancel"));
    let answer = application.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), (409, "already_finished".into()));
    application.assert_whole(third).await;
}

#[tokio::test]
async fn quotas_count_a_document_whose_result_is_reused() {
    let application = application(StoreKind::File).await;
    application.encoded().await;
    let objects = application.store_directory.contents();
    for (quota, status, code) in [
        ("max_documents = 1", 413, "quota_documents"),
        ("max_bytes = 30", 413, "quota_bytes"),
    ] {
        let update =
            format!("UPDATE tenants SET max_documents = NULL, max_bytes = NULL; UPDATE tenants SET {quota}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(update))
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        let answer = application.upload(&[], &[(FILE, PDF)]).await;
        assert_eq!(answer.problem(), (status, code.into()));
        assert_eq!(application.store_directory.contents(), objects);
        assert_eq!(application.count("documents").await, 1);
    }
    // None is being worked on, however many there are.
    let update = "UPDATE tenants SET max_documents = NULL, max_bytes = NULL, max_in_flight = 1";
    sqlx::query(update)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    for _ in 0..3 {
        application.reused().await;
    }
}

#[tokio::test]
async fn the_same_request_is_answered_the_same_and_forced_it_is_another() {
    let application = application(StoreKind::File).await;
    application.encoded().await;
    let key = [("idempotency-key", "k")];
    let first = application.upload(&key, &[(FILE, PDF)]).await;
    assert_eq!(first.json()["reused"], true);
    let again = application.upload(&key, &[(FILE, PDF)]).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let forced: [(&str, &[u8]); 2] = [("name=\"force\"", b"true"), (FILE, PDF)];
    let answer = application.upload(&key, &forced).await;
    assert_eq!(answer.problem(), (422, "idempotency_key_reused".into()));
    let said: [(&str, &[u8]); 2] = [("name=\"force\"", b"false"), (FILE, PDF)];
    assert_eq!(application.upload(&key, &said).await.status, 202);
    assert_eq!(application.count("documents").await, 2);
    // Several files, each with an outcome of its own.
    let key = [("idempotency-key", "several")];
    let parts: [(&str, &[u8]); 3] = [
        (FILE, PDF),
        ("name=\"file\"; filename=\"c.md\"", b"# c"),
        (FILE, PDF),
    ];
    let first = application.upload(&key, &parts).await;
    let documents = first.json()["documents"].clone();
    let reused: Vec<_> = (0..3).map(|at| documents[at].get("reused").cloned()).collect();
    assert_eq!(reused, [Some(json!(true)), None, Some(json!(true))]);
    assert_eq!(first.status, 207);
    let again = application.upload(&key, &parts).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
}
