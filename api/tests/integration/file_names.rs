//! The names people give files are data on every way in and out: they come back as they were, or are refused as they are.

use axum::{body::Body, http::header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::application::{self, Answer, Application, Setup, StoreKind, cluster, takes};

const PDF: &[u8] = b"%PDF-1.7 a";

/// What some program somewhere takes for more than a name.
const NAMES: [&str; 61] = [
    "<img src=x onerror=alert(1)>.pdf",
    "'; DROP TABLE documents; --.pdf",
    "$(reboot).pdf",
    "`id`.pdf",
    "a b.pdf",
    "%2e%2e%2fetc%2fpasswd",
    "%00.pdf",
    "..pdf",
    "...",
    "~root.pdf",
    "CON.pdf",
    "nul",
    "-rf.pdf",
    "--help.pdf",
    ".htaccess",
    "a;b.pdf",
    "a|b.pdf",
    "a&b.pdf",
    "a>b.pdf",
    "a<b.pdf",
    "a*b?.pdf",
    "a:b.pdf",
    "a#b.pdf",
    "a%s%n.pdf",
    "{{7*7}}.pdf",
    "${jndi:ldap:x}.pdf",
    "a\u{202e}fdp.exe",
    "\u{feff}bom.pdf",
    "\u{200b}.pdf",
    "e\u{301}.pdf",
    "é.pdf",
    "文書.pdf",
    "مستند.pdf",
    "😀.pdf",
    "\u{e000}.pdf",
    "a\u{a0}b.pdf",
    "ﬁ.pdf",
    "İ.pdf",
    "ß.pdf",
    "A.PDF",
    "a.pdf.exe",
    "a,b.pdf",
    "a=b.pdf",
    "(a).pdf",
    "[a].pdf",
    "{a}.pdf",
    "a@b.pdf",
    "a^b.pdf",
    "a!b.pdf",
    "https:example.pdf",
    "con.txt:$DATA",
    "a\"b.pdf",
    "\"; filename=\"b.pdf",
    "a.pdf\"; filename*=UTF-8''..%2Fetc%2Fpasswd",
    "UTF-8''a%2Fb.pdf",
    "=?utf-8?B?YS9i?=.pdf",
    "a\u{2066}b\u{2069}.pdf",
    "%0d%0aSet-Cookie: a=b.pdf",
    "COM1.txt.",
    "a_b%.pdf",
    " padded.pdf ",
];

/// What is no name of a file.
const NO_NAMES: [&str; 14] = [
    "",
    "  ",
    ".",
    "..",
    "../a.pdf",
    "/etc/passwd",
    "..\\a.pdf",
    "C:\\a.pdf",
    "a\0.pdf",
    "a\r\nSet-Cookie: a=b",
    "a\nb",
    "a\u{1b}[2J",
    "a\u{7f}",
    "a\u{85}b",
];

/// A way in.
#[derive(Clone, Copy, Debug)]
enum Door {
    Form,
    Browser,
    Tus,
    Presigned,
}

impl Application {
    async fn send_json(&self, path: &str, body: &Value) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// Uploads by a way in; what is refused is answered at the beginning.
    async fn upload_by(&self, door: Door, name: &str) -> Answer {
        match door {
            Door::Form => {
                // As curl writes it.
                let quoted = name.replace('"', "\\\"");
                let head = format!("name=\"file\"; filename=\"{quoted}\"");
                self.upload(&[], &[(&head, PDF)]).await
            }
            Door::Browser => {
                // WHATWG HTML, "multipart/form-data encoding algorithm".
                let quoted = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
                let head = format!("name=\"file\"; filename=\"{quoted}\"");
                self.upload(&[], &[(&head, PDF)]).await
            }
            Door::Tus => self.upload_by_tus(name).await,
            Door::Presigned => self.upload_past(name).await,
        }
    }

    async fn upload_by_tus(&self, name: &str) -> Answer {
        let request = self
            .request("POST", "/api/documents/upload/tus")
            .header("tus-resumable", "1.0.0")
            .header("upload-length", PDF.len())
            .header(
                "upload-metadata",
                format!("filename {}", BASE64_STANDARD.encode(name)),
            );
        let begun = self.send(request.body(Body::empty()).unwrap()).await;
        if begun.status != 201 {
            return begun;
        }
        let request = self
            .request("PATCH", begun.headers["location"].to_str().unwrap())
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", "0")
            .header(header::CONTENT_TYPE, "application/offset+octet-stream");
        self.send(request.body(Body::from(PDF)).unwrap()).await
    }

    async fn upload_past(&self, name: &str) -> Answer {
        let path = "/api/documents/upload/presigned";
        let wanted = json!({ "filename": name, "size_bytes": PDF.len() });
        let begun = self.send_json(path, &wanted).await;
        if begun.status != 201 {
            return begun;
        }
        let begun = begun.json();
        let client = api::tls::client().unwrap().build().unwrap();
        let url = begun["parts"][0]["url"].as_str().unwrap();
        let sent = client.put(url).body(PDF).send().await.unwrap();
        let parts = json!({ "parts": [{ "etag": sent.headers()["etag"].to_str().unwrap() }] });
        let id = begun["upload_id"].as_str().unwrap();
        self.send_json(&format!("{path}/{id}/complete"), &parts).await
    }

    /// The documents that a search finds.
    async fn found(&self, search: &str) -> Vec<Value> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("search", search).append_pair("limit", "200");
        let list = self.get(&format!("/api/documents?{}", query.finish())).await;
        list.json()["documents"].as_array().unwrap().clone()
    }
}

async fn application(store: StoreKind) -> Application {
    application::with(Setup {
        store,
        cluster_url: cluster(takes).await,
        ..Setup::default()
    })
    .await
}

async fn come_back_as_they_were(application: &Application, door: Door) {
    let longest = "è".repeat(255);
    let names: Vec<&str> = NAMES.into_iter().chain([longest.as_str()]).collect();
    let mut ids = Vec::new();
    for name in &names {
        let answer = application.upload_by(door, name).await;
        let what = format!("{door:?}: {name:?}: {}", String::from_utf8_lossy(&answer.bytes));
        assert!(answer.status.is_success(), "{what}");
        let found = application.found(name).await;
        let listed = found.iter().find(|document| document["filename"] == *name);
        let id = listed.unwrap_or_else(|| panic!("{what}: a search finds {found:?}"))["id"].clone();
        let id = id.as_str().unwrap().to_owned();
        let record = application.get(&format!("/api/documents/{id}")).await.json();
        assert_eq!(record["filename"], *name, "{what}");
        let source = application.get(&format!("/api/documents/{id}/source")).await;
        assert_eq!(
            (source.status.as_u16(), source.bytes.as_slice()),
            (200, PDF),
            "{what}"
        );
        let disposition = source.headers["content-disposition"].to_str().unwrap();
        let encoded = disposition.strip_prefix("attachment; filename*=UTF-8''").unwrap();
        assert!(
            !encoded.contains([';', '"', '\'', '\\', '/', ' ']),
            "{disposition}"
        );
        let decoded = percent_encoding::percent_decode_str(encoded)
            .decode_utf8()
            .unwrap();
        assert_eq!(decoded, *name, "{what}");
        ids.push(id);
    }
    let with_percent = names.iter().filter(|name| name.contains('%')).count();
    assert_eq!(
        application.found("%").await.len(),
        with_percent,
        "{door:?}: a search is for what it says"
    );
    lead_nowhere(application, &ids);
}

/// Every object lies where its document's id says.
fn lead_nowhere(application: &Application, ids: &[String]) {
    let root = application.store_directory.0.display().to_string();
    let mut stored: Vec<String> = application.store_directory.contents();
    let mut expected: Vec<String> = ids
        .iter()
        .map(|id| format!("{root}/tenants/{}/documents/{id}/source", application.tenant))
        .collect();
    stored.sort();
    expected.sort();
    assert_eq!(stored, expected);
}

async fn are_refused_as_they_are(application: &Application, door: Door) {
    let too_long = "è".repeat(256);
    for name in NO_NAMES.into_iter().chain([too_long.as_str()]) {
        let answer = application.upload_by(door, name).await;
        assert_eq!(
            answer.problem(),
            (422, "invalid_file_name".into()),
            "{door:?}: {name:?}"
        );
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn names_that_come_by_a_form_are_only_names() {
    let application = application(StoreKind::File).await;
    are_refused_as_they_are(&application, Door::Form).await;
    come_back_as_they_were(&application, Door::Form).await;
}

#[tokio::test]
async fn names_that_come_by_a_browser_s_form_are_only_names() {
    let application = application(StoreKind::File).await;
    come_back_as_they_were(&application, Door::Browser).await;
    let application = self::application(StoreKind::File).await;
    for name in ["a\r\nSet-Cookie: a=b", "a\nb.pdf", "\r"] {
        let answer = application.upload_by(Door::Browser, name).await;
        assert_eq!(answer.problem(), (422, "invalid_file_name".into()), "{name:?}");
    }
    application.assert_nothing_left().await;
}

#[tokio::test]
async fn names_that_come_by_tus_are_only_names() {
    let application = application(StoreKind::File).await;
    are_refused_as_they_are(&application, Door::Tus).await;
    come_back_as_they_were(&application, Door::Tus).await;
}

#[tokio::test]
async fn names_of_what_goes_past_the_api_are_only_names() {
    let application = application(StoreKind::S3).await;
    are_refused_as_they_are(&application, Door::Presigned).await;
    come_back_as_they_were(&application, Door::Presigned).await;
}

/// RFC 7578, section 4.2: a form has no `filename*`.
#[tokio::test]
async fn a_form_has_one_name_that_nothing_in_it_replaces() {
    let application = application(StoreKind::File).await;
    for (parameters, name) in [
        ("filename=\"a.pdf\"; filename*=UTF-8''..%2Fb.pdf", Some("a.pdf")),
        ("filename=\"a.pdf\"; filename=\"../b.pdf\"", Some("a.pdf")),
        ("xfilename=\"../b.pdf\"; filename=\"a.pdf\"", Some("a.pdf")),
        ("filename*=UTF-8''b.pdf", None),
    ] {
        let head = format!("name=\"file\"; {parameters}");
        let answer = application.upload(&[], &[(&head, PDF)]).await;
        let Some(name) = name else {
            assert_eq!(
                answer.problem(),
                (422, "invalid_file_name".into()),
                "{parameters}"
            );
            continue;
        };
        let id: Uuid = answer.json()["document_id"].as_str().unwrap().parse().unwrap();
        let record = application.get(&format!("/api/documents/{id}")).await.json();
        assert_eq!(record["filename"], name, "{parameters}");
    }
}
