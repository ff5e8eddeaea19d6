//! What an upload may use up: memory, places, quotas, and nobody else's time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::body::{Body, Bytes};
use futures::{StreamExt, future::join_all, stream};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{
    application::{self, Application, STORES, Setup, StoreKind, cluster, takes, until, with_cluster},
    servers,
};

const FILE: &str = "name=\"file\"; filename=\"a.pdf\"";
const PDF: &[u8] = b"%PDF-1.7 a document";
const CHUNK: usize = 64 << 10;

/// A body without end, and how much of it was taken.
fn endless(begin: &'static str) -> (Body, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let chunks = stream::repeat_with(move || {
        counted.fetch_add(CHUNK, Ordering::Relaxed);
        Ok::<_, std::convert::Infallible>(Bytes::from(vec![b'a'; CHUNK]))
    });
    let body = stream::once(async move { Ok(Bytes::from_static(begin.as_bytes())) }).chain(chunks);
    (Body::from_stream(body), taken)
}

#[tokio::test]
async fn a_form_whose_parts_never_begin_is_not_gathered() {
    let application = application::application().await;
    for begin in [
        "no boundary at all ",
        "--limit\r\nContent-Disposition: form-data; name=\"",
        "--limit\r\nX: ",
    ] {
        let (body, taken) = endless(begin);
        let answer = application.send(application.upload_request(&[], body)).await;
        assert_eq!(answer.problem(), (400, "malformed_form".into()), "{begin}");
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken <= 8 * CHUNK, "{begin}: {taken} bytes");
    }
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn a_file_without_end_is_cut_at_the_limit() {
    for store in STORES {
        let application = application::with(Setup {
            store,
            max_upload_bytes: 7_000_000,
            ..Setup::default()
        })
        .await;
        let (body, taken) =
            endless("--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n");
        let answer = application.send(application.upload_request(&[], body)).await;
        assert_eq!(answer.problem(), (413, "file_too_large".into()));
        assert!(taken.load(Ordering::Relaxed) < 15_000_000, "{store:?}");
        application.assert_nothing_left().await;
    }
}

#[tokio::test]
async fn uploads_that_are_refused_or_undone_leave_nothing_in_any_store() {
    for store in STORES {
        let application = application::with(Setup {
            store,
            max_upload_bytes: 20_000_000,
            ..Setup::default()
        })
        .await; // Its cluster cannot be reached.
        let mut large = PDF.to_vec();
        large.resize(12_000_000, b'a');
        for (content, status) in [(PDF, 500), (large.as_slice(), 500), (b"\x89PNG\r\n\x1a\n", 415)] {
            let answer = application.upload(&[], &[(FILE, content)]).await;
            assert_eq!(answer.status, status, "{store:?}");
            application.assert_nothing_left().await;
        }
        // A form that is cut off in its file.
        let head = format!("--limit\r\nContent-Disposition: form-data; {FILE}\r\n\r\n%PDF-1.7 and th");
        let answer = application
            .send(application.upload_request(&[], head.into()))
            .await;
        assert_eq!(answer.problem(), (400, "malformed_form".into()));
        application.assert_nothing_left().await;
    }
}

#[tokio::test]
async fn quotas_hold_whatever_comes_at_once() {
    let application = with_cluster(takes).await;
    sqlx::query("UPDATE tenants SET max_documents = 3, max_bytes = 1000")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let parts = [(FILE, PDF)];
    let answers = join_all((0..10).map(|_| application.upload(&[], &parts))).await;
    let taken = answers.iter().filter(|answer| answer.status == 202).count();
    // An upload that is coming in counts too, so that fewer may be taken than fit in the end.
    assert!((1..=3).contains(&taken), "{taken}");
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!(answer.problem(), (413, "quota_documents".into()));
    }
    while application.count("documents").await < 3 {
        assert_eq!(application.upload(&[], &parts).await.status, 202);
    }
    assert_eq!(application.upload(&[], &parts).await.status, 413);
    assert_eq!(application.count("uploads").await, 0);
}

#[tokio::test]
async fn a_tenant_that_uploads_all_it_may_at_once_is_told_to_wait_and_nobody_else_is() {
    let application = with_cluster(takes).await;
    let places: Vec<_> =
        std::iter::from_fn(|| application.app.uploads.begin(application.tenant).ok()).collect();
    assert!(!places.is_empty());
    let answer = application.upload(&[], &[(FILE, PDF)]).await;
    assert_eq!(answer.problem(), (429, "too_many_uploads".into()));
    assert!(answer.headers.contains_key("retry-after"));
    let (_, _, key) = application::tenant(&application.database, "two").await;
    let mine = application.key.clone();
    let other = Application { key, ..application };
    assert_eq!(other.upload(&[], &[(FILE, PDF)]).await.status, 202);
    drop(places);
    let application = Application { key: mine, ..other };
    assert_eq!(application.upload(&[], &[(FILE, PDF)]).await.status, 202);
}

/// Something between the application and the S3 server, which lets nothing through while it is shut.
pub(crate) async fn gate() -> (String, watch::Sender<bool>) {
    let (open, is_open) = watch::channel(true);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = servers::s3().endpoint.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (server, mut is_open) = (server.clone(), is_open.clone());
            tokio::spawn(async move {
                let _ = is_open.wait_for(|is_open| *is_open).await;
                if let Ok(mut server) = TcpStream::connect(server).await {
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    (address, open)
}

#[tokio::test]
async fn a_store_that_does_not_answer_holds_up_nobody_who_does_not_need_it() {
    let (endpoint, open) = gate().await;
    let settings = api::store::S3Settings {
        endpoint: Some(endpoint),
        ..servers::s3().settings()
    };
    let application = application::with(Setup {
        cluster_url: cluster(takes).await,
        store: StoreKind::S3,
        s3: Some(settings),
        ..Setup::default()
    })
    .await;
    // A connection that is open already would pass the gate: each needs one of its own.
    open.send(false).unwrap();
    let parts = [(FILE, PDF)];
    let uploads = join_all((0..16).map(|_| application.upload(&[], &parts)));
    let looking = async {
        until("the uploads", async || application.count("uploads").await >= 15).await;
        let (_, _, key) = application::tenant(&application.database, "two").await;
        for _ in 0..50 {
            assert_eq!(application.get_as(&key, "/api/documents").await.status, 200);
        }
        assert_eq!(application.get("/readyz").await.json()["database"], true);
        // No upload keeps its connection while the store does not answer; what was used just now is given back in the background.
        until("an idle connection", async || {
            application.app.database.num_idle() > 0
        })
        .await;
        open.send(true).unwrap();
    };
    let (answers, ()) = tokio::join!(uploads, looking);
    for answer in answers {
        assert_eq!(answer.status, 202);
    }
    assert_eq!(application.count("uploads").await, 0);
}

#[tokio::test]
async fn what_a_process_that_died_left_is_removed_once_its_lease_has_ended() {
    for store in STORES {
        let application = application::with(Setup {
            store,
            ..Setup::default()
        })
        .await;
        let id = uuid::Uuid::new_v4();
        let owner = crds::Owner::Tenant(application.tenant.to_string());
        let key = crds::keys::source(&owner, &id.to_string());
        let upload = api::uploads::record::NewUpload {
            id,
            tenant: application.tenant,
            user: application.user,
            holder: uuid::Uuid::new_v4(),
            method: "form",
            filename: "a.pdf",
        };
        api::uploads::record::begin(&application.database.api, upload)
            .await
            .unwrap();
        let mut writer = application.app.store.create(&key).await.unwrap();
        writer.write(Bytes::from(vec![b'a'; 6_000_000])).await.unwrap();
        std::mem::forget(writer); // Nobody drops what a killed process held.
        application.sweep_at(api::clock::Clock::system()).await;
        assert_eq!(
            application.count("uploads").await,
            1,
            "somebody may still work on it"
        );
        sqlx::query("UPDATE uploads SET expires_at = now()")
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        application.sweep_at(api::clock::Clock::system()).await;
        application.assert_nothing_left().await;
    }
}

#[tokio::test]
async fn what_is_a_document_by_now_is_not_discarded() {
    let application = with_cluster(takes).await;
    let answer = application.upload(&[], &[(FILE, PDF)]).await;
    let id: uuid::Uuid = answer.json()["document_id"].as_str().unwrap().parse().unwrap();
    // As where the commit that made it was not heard of.
    let receiver = api::uploads::receive::Receiver {
        store: &application.app.store,
        database: &application.database.api,
        tenant: application.tenant,
        user: application.user,
        holder: uuid::Uuid::new_v4(),
        limit: 1000,
        is_kept: true,
    };
    receiver.discard(id).await;
    let source = application.get(&format!("/api/documents/{id}/source")).await;
    assert_eq!((source.status.as_u16(), source.bytes.as_slice()), (200, PDF));
}

#[tokio::test]
async fn probes_are_answered_however_much_is_asked() {
    let application = application::application().await;
    let all = application
        .app
        .in_flight
        .try_acquire_many(u32::try_from(api::http::middleware::MAX_REQUESTS_IN_FLIGHT).unwrap())
        .unwrap();
    let answer = application.get("/api/documents").await;
    assert_eq!(answer.problem(), (429, "saturated".into()));
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(application.get("/healthz").await.status, 200);
    assert_eq!(application.get("/readyz").await.json()["database"], true);
    drop(all);
    assert_eq!(application.get("/api/documents").await.status, 200);
}
