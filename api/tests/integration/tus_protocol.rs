//! What tus 1.0.0 demands (<https://tus.io/protocols/resumable-upload>): the core protocol, creation, expiration and termination, one MUST after
//! the other.

use api::identity::role::Role;
use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    application::{self, Answer, Application, STORES, Setup, cluster, takes},
    tus::header,
};

const COLLECTION: &str = "/api/documents/upload/tus";
/// `filename` with the value `a.pdf`.
const FILENAME: &str = "filename YS5wZGY=";
const FILE: &[u8] = b"%PDF-1.7 and the rest";

async fn application_at(store: application::StoreKind) -> Application {
    application::with(Setup {
        store,
        cluster_url: cluster(takes).await,
        ..Setup::default()
    })
    .await
}

async fn application() -> Application {
    application_at(application::StoreKind::File).await
}

impl Application {
    /// Begins an upload of [`FILE`] with these metadata; answers where it is.
    async fn begin_with(&self, metadata: &str) -> String {
        let answer = self.create(&[("upload-metadata", metadata)]).await;
        assert_eq!(answer.status, 201, "{metadata}");
        header(&answer.headers, "location")
    }

    /// Asks for an upload of [`FILE`], with these headers besides.
    async fn create(&self, headers: &[(&'static str, &str)]) -> Answer {
        let mut all = vec![("upload-length", FILE.len().to_string())];
        all.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.tus("POST", COLLECTION, &all, Body::empty()).await
    }

    async fn look(&self, path: &str) -> Answer {
        self.tus("HEAD", path, &[], Body::empty()).await
    }

    async fn offset_of(&self, path: &str) -> String {
        header(&self.look(path).await.headers, "upload-offset")
    }

    /// When the one upload is given up, to the second.
    async fn expiry(&self) -> Timestamp {
        let seconds: i64 =
            sqlx::query_scalar("SELECT floor(extract(epoch FROM expires_at))::bigint FROM uploads")
                .fetch_one(&self.database.maintenance)
                .await
                .unwrap();
        Timestamp::from_second(seconds).unwrap()
    }
}

/// A date as RFC 9110 has them, section 5.6.7.
fn date(headers: &HeaderMap, name: &str) -> Timestamp {
    let text = header(headers, name);
    assert!(text.ends_with(" GMT"), "{name}: {text}");
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(&text);
    date.unwrap_or_else(|error| panic!("{name}: {text}: {error}"))
}

// -- Core protocol

/// "The Server MUST respond with the 412 Precondition Failed status and MUST include the Tus-Version header into the response. In addition, the
/// Server MUST NOT process the request."
#[tokio::test]
async fn another_version_is_refused_with_those_that_are_spoken_and_nothing_is_done() {
    let application = application().await;
    let path = application.begin_with(FILENAME).await;
    for version in [None, Some("0.2.2"), Some("1.0"), Some("")] {
        for (method, path) in [
            ("POST", COLLECTION),
            ("HEAD", &path),
            ("PATCH", &path),
            ("DELETE", &path),
        ] {
            let mut request = application
                .request(method, path)
                .header("upload-length", "21")
                .header("upload-metadata", FILENAME)
                .header("upload-offset", "0")
                .header("content-type", "application/offset+octet-stream");
            if let Some(version) = version {
                request = request.header("tus-resumable", version);
            }
            let answer = application.send(request.body("x".into()).unwrap()).await;
            assert_eq!(answer.status, 412, "{method} {version:?}");
            assert_eq!(header(&answer.headers, "tus-version"), "1.0.0", "{method}");
        }
    }
    assert_eq!(application.count("uploads").await, 1);
    assert_eq!(application.offset_of(&path).await, "0");
}

/// "The Tus-Resumable header MUST be included in every request and response, except for OPTIONS requests."
#[tokio::test]
async fn every_answer_says_the_version() {
    let application = application().await;
    let path = application.begin_with(FILENAME).await;
    let unknown = format!("{COLLECTION}/{}", Uuid::new_v4());
    let no_id = format!("{COLLECTION}/none");
    let (database, tenant) = (&application.database, application.tenant);
    let reader = application::user(database, tenant, Role::ReadOnly).await;
    let reader = application::key(database, tenant, reader, Role::ReadOnly.scopes()).await;
    let key = Some(application.key.clone());
    for (credential, method, path, expected) in [
        (None, "POST", COLLECTION, 401),
        (None, "HEAD", &path, 401),
        (None, "PATCH", &path, 401),
        (None, "DELETE", &path, 401),
        (Some("sk_wrong".to_owned()), "PATCH", &path, 401),
        (Some(reader.clone()), "POST", COLLECTION, 403),
        (Some(reader), "DELETE", &path, 403),
        (key.clone(), "GET", COLLECTION, 405),
        (key.clone(), "PUT", &path, 405),
        (key.clone(), "POST", &path, 405),
        (key.clone(), "HEAD", &no_id, 404),
        (key.clone(), "HEAD", &unknown, 404),
        (key.clone(), "PATCH", &unknown, 404),
        (key.clone(), "DELETE", &unknown, 404),
        (key.clone(), "POST", COLLECTION, 400),
        (key.clone(), "HEAD", &path, 200),
        (key.clone(), "PATCH", &path, 204),
        (key, "DELETE", &path, 404),
    ] {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", "0")
            .header("content-type", "application/offset+octet-stream");
        if let Some(credential) = &credential {
            request = request.header("authorization", format!("Bearer {credential}"));
        }
        let answer = application.send(request.body(FILE.into()).unwrap()).await;
        assert_eq!(answer.status, expected, "{method} {path} {credential:?}");
        assert_eq!(
            header(&answer.headers, "tus-resumable"),
            "1.0.0",
            "{method} {path} {expected}"
        );
        assert_eq!(answer.headers.contains_key("tus-version"), expected == 412);
    }
    // Nowhere else.
    let answer = application.get("/api/documents").await;
    assert!(!answer.headers.contains_key("tus-resumable"));
}

/// "A successful response indicated by the 204 No Content or 200 OK status MUST contain the Tus-Version header"; what a client sends as
/// Tus-Resumable "MUST be ignored by the Server".
#[tokio::test]
async fn what_is_spoken_is_told_to_anybody() {
    let application = application().await;
    let path = application.begin_with(FILENAME).await;
    for path in [COLLECTION, &path, &format!("{COLLECTION}/{}", Uuid::new_v4())] {
        for version in ["1.0.0", "0.2.2"] {
            let request = Request::options(path).header("tus-resumable", version);
            let answer = application.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 204, "{path}");
            for (name, expected) in [
                ("tus-resumable", "1.0.0"),
                ("tus-version", "1.0.0"),
                ("tus-extension", "creation,expiration,termination"),
                ("tus-max-size", "100000"),
            ] {
                assert_eq!(header(&answer.headers, name), expected, "{path}: {name}");
            }
        }
    }
    // Of no other route anybody who does not say who they are is told anything.
    let request = Request::options("/api/documents").body(Body::empty()).unwrap();
    assert_eq!(application.send(request).await.status, 401);
}

/// "The Server MUST always include the Upload-Offset header in the response for a HEAD request, even if the offset is 0, or the upload is already
/// considered completed. If the size of the upload is known, the Server MUST include the Upload-Length header"; it "MUST prevent the client and/or
/// proxies from caching the response by adding the Cache-Control: no-store header".
#[tokio::test]
async fn how_much_is_there_is_always_told_and_never_kept() {
    for store in STORES {
        let application = application_at(store).await;
        let path = application.begin_with(FILENAME).await;
        let mut offset = 0;
        for to in [0, 1, FILE.len()] {
            if to > offset {
                let added = application.add(&path, offset, &FILE[offset..to]).await;
                assert_eq!(added.status, 204);
                // "It MUST include the Upload-Offset header containing the new offset."
                assert_eq!(header(&added.headers, "upload-offset"), to.to_string());
                offset = to;
            }
            let answer = application.look(&path).await;
            assert_eq!(answer.status, 200, "{store:?}");
            assert_eq!(header(&answer.headers, "upload-offset"), to.to_string());
            assert_eq!(header(&answer.headers, "upload-length"), FILE.len().to_string());
            assert_eq!(header(&answer.headers, "cache-control"), "no-store");
        }
        // "Without the Upload-Offset header", where there is none.
        let answer = application
            .look(&format!("{COLLECTION}/{}", Uuid::new_v4()))
            .await;
        assert_eq!(answer.status, 404);
        assert!(!answer.headers.contains_key("upload-offset"));
        assert_eq!(header(&answer.headers, "cache-control"), "no-store");
    }
}

/// "If the offsets do not match, the Server MUST respond with the 409 Conflict status without modifying the upload resource."
#[tokio::test]
async fn bytes_at_another_offset_or_of_another_type_change_nothing() {
    for store in STORES {
        let application = application_at(store).await;
        let path = application.begin_with(FILENAME).await;
        assert_eq!(application.add(&path, 0, &FILE[..4]).await.status, 204);
        let too_large = u64::MAX.to_string() + "0";
        for (offset, media_type, expected) in [
            ("0", "application/offset+octet-stream", 409),
            ("3", "application/offset+octet-stream", 409),
            ("5", "application/offset+octet-stream", 409),
            (&too_large, "application/offset+octet-stream", 409),
            ("4", "application/octet-stream", 415),
            ("4", "", 415),
        ] {
            let headers = [
                ("upload-offset", offset.to_owned()),
                ("content-type", media_type.to_owned()),
            ];
            let answer = application
                .tus("PATCH", &path, &headers, FILE[4..].to_vec().into())
                .await;
            assert_eq!(answer.status, expected, "{store:?} {offset} {media_type}");
            assert_eq!(application.offset_of(&path).await, "4", "{store:?}");
        }
        assert_eq!(application.add(&path, 4, &FILE[4..]).await.status, 204);
    }
}

/// `Upload-Offset` and `Upload-Length`: "The value MUST be a non-negative integer."
#[tokio::test]
async fn a_number_is_digits_and_nothing_else() {
    let application = application().await;
    let path = application.begin_with(FILENAME).await;
    let count = application.count("uploads").await;
    for number in [
        "+0", "-0", "+21", "-1", "", " ", "2 1", "21.0", "2e1", "0x15", "21;", "21, 21", "٢١",
    ] {
        let mut created = application
            .request("POST", COLLECTION)
            .header("tus-resumable", "1.0.0")
            .header("upload-metadata", FILENAME);
        let mut added = application
            .request("PATCH", &path)
            .header("tus-resumable", "1.0.0")
            .header("content-type", "application/offset+octet-stream");
        created = created.header("upload-length", number.as_bytes());
        added = added.header("upload-offset", number.as_bytes());
        for request in [created, added] {
            let answer = application.send(request.body("x".into()).unwrap()).await;
            let (status, code) = answer.problem();
            assert_eq!(
                (status, code.as_str()),
                (400, "invalid_upload_header"),
                "{number:?}"
            );
        }
    }
    let twice = [
        ("upload-length", "21".to_owned()),
        ("upload-length", "21".to_owned()),
    ];
    let answer = application.tus("POST", COLLECTION, &twice, Body::empty()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(application.count("uploads").await, count);
    assert_eq!(application.offset_of(&path).await, "0");
}

/// "The X-HTTP-Method-Override request header MUST be a string which MUST be interpreted as the request's method by the Server, if the header is
/// presented. The actual method of the request MUST be ignored."
#[tokio::test]
async fn who_can_only_post_says_the_method_in_a_header() {
    for store in STORES {
        let application = application_at(store).await;
        let path = application.begin_with(FILENAME).await;
        let send = async |method: &str, path: &str, headers: &[(&'static str, &str)], body: &'static [u8]| {
            let mut all = vec![("x-http-method-override", method.to_owned())];
            all.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
            application.tus("POST", path, &all, Body::from(body)).await
        };
        let adding = [
            ("upload-offset", "0"),
            ("content-type", "application/offset+octet-stream"),
        ];
        let added = send("PATCH", &path, &adding, &FILE[..7]).await;
        assert_eq!(added.status, 204, "{store:?}");
        assert_eq!(header(&added.headers, "upload-offset"), "7");
        let looked = send("HEAD", &path, &[], b"").await;
        assert_eq!(looked.status, 200);
        assert_eq!(header(&looked.headers, "upload-offset"), "7");
        assert_eq!(looked.bytes, b"");
        let asked = send("OPTIONS", &path, &[], b"").await;
        assert_eq!(
            (asked.status, header(&asked.headers, "tus-version")),
            (StatusCode::NO_CONTENT, "1.0.0".into())
        );
        for (method, path) in [("PUT", path.as_str()), ("GET", &path), ("DELETE", COLLECTION)] {
            let length = [("upload-length", "21"), ("upload-metadata", FILENAME)];
            let refused = send(method, path, &length, b"").await;
            assert_eq!(refused.problem(), (405, "method_not_allowed".into()), "{method}");
            let allowed = if path == COLLECTION {
                "POST,OPTIONS"
            } else {
                "HEAD,PATCH,DELETE,OPTIONS"
            };
            assert_eq!(header(&refused.headers, "allow"), allowed);
        }
        let created = [("upload-length", "21"), ("upload-metadata", FILENAME)];
        assert_eq!(send("POST", COLLECTION, &created, b"").await.status, 201);
        assert_eq!(application.count("uploads").await, 2);
        let terminated = send("DELETE", &path, &[], b"").await;
        assert_eq!(terminated.status, 204);
        assert_eq!(application.look(&path).await.status, 404);

        // Whoever may not use a method may not by another's name.
        let request = Request::post(&path)
            .header("tus-resumable", "1.0.0")
            .header("x-http-method-override", "DELETE");
        let answer = application.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 401);
        let (database, tenant) = (&application.database, application.tenant);
        let reader = application::user(database, tenant, Role::ReadOnly).await;
        let reader = application::key(database, tenant, reader, Role::ReadOnly.scopes()).await;
        let request = Request::post(&path)
            .header("x-api-key", reader)
            .header("tus-resumable", "1.0.0")
            .header("x-http-method-override", "PATCH");
        let answer = application.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (403, "forbidden".into()));
    }
}

// -- Creation

/// "The request MUST include one of the following headers: Upload-Length […], Upload-Defer-Length"; "If the length of the upload exceeds the
/// maximum, which MAY be specified using the Tus-Max-Size header, the Server MUST respond with the 413"; "The Server MUST acknowledge a successful
/// upload creation with the 201 Created status. The Server MUST set the Location header to the URL of the created resource."
#[tokio::test]
async fn an_upload_is_created_with_a_length_that_is_known_and_allowed() {
    let application = application().await;
    let without = [("upload-metadata", FILENAME.to_owned())];
    let answer = application.tus("POST", COLLECTION, &without, Body::empty()).await;
    assert_eq!(answer.problem(), (400, "invalid_upload_header".into()));
    for (name, value) in [
        ("upload-defer-length", "1"),
        ("upload-concat", "partial"),
        ("upload-concat", "final;/a /b"),
    ] {
        // What is not offered is refused by its name, not taken for something else.
        for length in [None, Some("21")] {
            let mut headers = vec![(name, value.to_owned()), ("upload-metadata", FILENAME.to_owned())];
            headers.extend(length.map(|length| ("upload-length", length.to_owned())));
            let answer = application.tus("POST", COLLECTION, &headers, Body::empty()).await;
            assert_eq!(answer.problem(), (400, "invalid_upload_header".into()), "{name}");
            let message = answer.json()["message"].as_str().unwrap().to_lowercase();
            assert!(message.contains(name), "{message}");
        }
    }
    let none_holds_it = u64::MAX.to_string() + "0";
    for length in ["100001", "9223372036854775808", &none_holds_it] {
        let headers = [
            ("upload-length", length.to_owned()),
            ("upload-metadata", FILENAME.to_owned()),
        ];
        let answer = application.tus("POST", COLLECTION, &headers, Body::empty()).await;
        assert_eq!(answer.problem(), (413, "file_too_large".into()), "{length}");
    }
    application.assert_nothing_left().await;
    let path = application.begin_with(FILENAME).await;
    assert!(path.starts_with(COLLECTION), "{path}");
    assert_eq!(application.look(&path).await.status, 200);
}

/// "If an upload contains additional metadata, responses to HEAD requests MUST include the Upload-Metadata header and its value as specified by the
/// Client during the creation."
#[tokio::test]
async fn metadata_are_told_again_as_they_were_sent_until_the_document_is_deleted() {
    for store in STORES {
        let application = application_at(store).await;
        let (_, _, stranger) = application::tenant(&application.database, "two").await;
        for metadata in [
            FILENAME,
            "filename YS5wZGY=,is_confidential",
            "priority Nw==, filename  YS5wZGY= ,,mimetype YXBwbGljYXRpb24vcGRm,empty ",
        ] {
            let path = application.begin_with(metadata).await;
            let told = async || header(&application.look(&path).await.headers, "upload-metadata");
            assert_eq!(told().await, metadata, "{store:?}");
            assert_eq!(application.add(&path, 0, &FILE[..9]).await.status, 204);
            assert_eq!(told().await, metadata, "{store:?}");
            assert_eq!(application.add(&path, 9, &FILE[9..]).await.status, 204);
            assert_eq!(told().await, metadata, "{store:?}");
            // Another tenant is told nothing.
            let request = Request::head(&path)
                .header("x-api-key", &stranger)
                .header("tus-resumable", "1.0.0");
            let answer = application.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 404);
            assert!(!answer.headers.contains_key("upload-metadata"));

            assert_eq!(application.count("upload_metadata").await, 1);
            let id = path.rsplit('/').next().unwrap();
            let request = application.request("DELETE", &format!("/api/documents/{id}"));
            let answer = application.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 204);
            assert_eq!(application.count("upload_metadata").await, 0);
        }
    }
}

/// "Keys and values MUST be separated by a space"; "All keys MUST be unique"; the value "MUST be Base64 encoded".
#[tokio::test]
async fn metadata_that_are_none_are_refused() {
    let application = application().await;
    let long = format!("{FILENAME},note {}", "QUJD".repeat(5000));
    for metadata in [
        "filename a.pdf",
        "filename YS5wZGY= YS5wZGY=",
        "filename YS5wZGY=,filename Yi5wZGY=",
        "filename /w==",
        &long,
    ] {
        let answer = application.create(&[("upload-metadata", metadata)]).await;
        assert_eq!(
            answer.problem(),
            (400, "invalid_upload_metadata".into()),
            "{metadata}"
        );
    }
    application.assert_nothing_left().await;
    // A header that is sent in two lines is one (RFC 9110, section 5.3).
    let lines = [
        ("upload-metadata", FILENAME),
        ("upload-metadata", "priority Nw=="),
    ];
    let answer = application.create(&lines).await;
    assert_eq!(answer.status, 201);
    let path = header(&answer.headers, "location");
    let told = header(&application.look(&path).await.headers, "upload-metadata");
    assert_eq!(told, format!("{FILENAME},priority Nw=="));
}

// -- Expiration

/// "This header MUST be included in every PATCH response if the upload is going to expire. If the expiration is known at the creation, the
/// Upload-Expires header MUST be included in the response to the initial POST request. […] The value MUST be in RFC 9110 datetime format."
#[tokio::test]
async fn when_an_upload_expires_is_told_for_as_long_as_it_does() {
    for store in STORES {
        let application = application_at(store).await;
        let created = application.create(&[("upload-metadata", FILENAME)]).await;
        let path = header(&created.headers, "location");
        assert_eq!(
            date(&created.headers, "upload-expires"),
            application.expiry().await
        );
        let day = SignedDuration::from_hours(24);
        for (offset, body, expected) in [
            (0, &FILE[..5], 204),
            (3, &FILE[5..], 409),
            (5, &FILE[..20], 413),
            (5, &FILE[5..9], 204),
            (9, &[], 204),
        ] {
            // As if some of the time were over: what was added to has all of it again.
            sqlx::query("UPDATE uploads SET expires_at = expires_at - interval '1 hour'")
                .execute(&application.database.maintenance)
                .await
                .unwrap();
            let before = api::clock::Clock::system().now();
            let answer = application.add(&path, offset, body).await;
            assert_eq!(answer.status, expected, "{store:?} {offset}");
            let expires = date(&answer.headers, "upload-expires");
            assert_eq!(expires, application.expiry().await, "{store:?} {offset}");
            if expected == 204 {
                let left = expires.duration_since(before);
                assert!((left - day).abs() < SignedDuration::from_mins(1), "{left}");
            }
            let looked = application.look(&path).await;
            assert_eq!(date(&looked.headers, "upload-expires"), expires);
        }
        let headers = [("upload-offset", "9".to_owned())];
        let refused = application.tus("PATCH", &path, &headers, "x".into()).await;
        assert_eq!(refused.status, 415);
        assert_eq!(
            date(&refused.headers, "upload-expires"),
            application.expiry().await
        );
        // What is a document does not expire.
        let answer = application.add(&path, 9, &FILE[9..]).await;
        assert_eq!(answer.status, 204);
        assert!(!answer.headers.contains_key("upload-expires"), "{store:?}");
        let looked = application.look(&path).await;
        assert!(!looked.headers.contains_key("upload-expires"), "{store:?}");
    }
}

#[tokio::test]
async fn what_has_expired_is_gone_with_its_metadata() {
    for store in STORES {
        let application = application_at(store).await;
        let path = application.begin_with(FILENAME).await;
        assert_eq!(application.add(&path, 0, &FILE[..5]).await.status, 204);
        sqlx::query("UPDATE uploads SET expires_at = now()")
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        application.sweep_at(api::clock::Clock::system()).await;
        application.assert_nothing_left().await;
        assert_eq!(application.look(&path).await.status, 404);
        assert_eq!(application.add(&path, 5, &FILE[5..]).await.status, 404);
    }
}

// -- Termination

/// "The Server […] MUST respond with the 204 No Content status confirming that the upload was terminated. For all future requests to this URL, the
/// Server SHOULD respond with the 404 Not Found or 410 Gone status."
#[tokio::test]
async fn what_is_terminated_is_gone() {
    for store in STORES {
        let application = application_at(store).await;
        let path = application.begin_with(FILENAME).await;
        assert_eq!(application.add(&path, 0, &FILE[..5]).await.status, 204);
        let terminate = async || application.tus("DELETE", &path, &[], Body::empty()).await;
        assert_eq!(terminate().await.status, 204, "{store:?}");
        assert_eq!(application.look(&path).await.status, 404);
        assert_eq!(application.add(&path, 5, &FILE[5..]).await.status, 404);
        assert_eq!(terminate().await.status, 404);
        application.assert_nothing_left().await;
    }
}
