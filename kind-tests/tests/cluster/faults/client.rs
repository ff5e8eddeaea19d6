//! What a client does whose server may die: it asks once more elsewhere, or it does not.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use kind_tests::{multipart::Form, wait};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};

/// A client asks again this often, and for so long: a request that died holds its key, or its upload, for a minute.
const AGAIN_EVERY: Duration = Duration::from_millis(1500);
const AGAIN_FOR: Duration = Duration::from_secs(100);

/// A client of two replicas: one that may die, and, if it asks again, one that stays.
pub(super) struct Client {
    pub(super) http: reqwest::Client,
    pub(super) key: String,
    pub(super) first: String,
    pub(super) then: Option<String>,
}

/// What a client was told in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is, or will be, so; the id of what the request made, where it made something.
    Done(Option<String>),
    /// Nothing: the server died, and it did not ask again.
    Nothing,
}

impl Client {
    /// The answer of the replica that may die; none where it died first.
    async fn first(&self, request: impl Fn(&Self, &str) -> RequestBuilder) -> Option<Response> {
        request(self, &self.first).send().await.ok()
    }

    /// Asks the replica that stays until it gives an answer that `judge` takes. None where this client does not ask again.
    async fn again<T>(
        &self,
        request: impl Fn(&Self, &str) -> RequestBuilder,
        judge: impl Fn(StatusCode, &header::HeaderMap, &Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(base) = &self.then else {
            return Ok(None);
        };
        wait::answer("answered", AGAIN_EVERY, AGAIN_FOR, async || {
            let response = request(self, base).send().await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = response.text().await?;
            let value = serde_json::from_str(&body).unwrap_or(Value::Null);
            judge(status, &headers, &value).with_context(|| format!("{status} {body}"))
        })
        .await
        .map(Some)
    }

    fn request(&self, base: &str, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{base}{path}"))
            .bearer_auth(&self.key)
    }

    /// A form, with an Idempotency-Key.
    pub(super) async fn form(&self, key: &str, file_name: &str, content: &[u8]) -> Result<Told> {
        let request = |client: &Self, base: &str| {
            client
                .request(base, Method::POST, "/api/documents/upload")
                .header("Idempotency-Key", key)
                .header(header::CONTENT_TYPE, Form::content_type())
                .body(
                    Form::default()
                        .file("file", file_name, "text/plain", content)
                        .finish(),
                )
        };
        let id = |status: StatusCode, body: &Value| {
            (status == StatusCode::ACCEPTED)
                .then(|| body["document_id"].as_str().map(ToOwned::to_owned))
                .flatten()
        };
        if let Some(response) = self.first(request).await {
            let (status, body) = (response.status(), response.json().await.unwrap_or(Value::Null));
            return Ok(Told::Done(Some(
                id(status, &body).with_context(|| format!("{status} {body}"))?,
            )));
        }
        Ok(self
            .again(request, |status, _, body| id(status, body))
            .await?
            .map_or(Told::Nothing, |id| Told::Done(Some(id))))
    }

    /// tus: begun, and sent in two halves. One that was cut off asks how far it came, and goes on from there; it is done when all is there.
    pub(super) async fn tus(&self, file_name: &str, content: &[u8]) -> Result<Told> {
        let tus = |client: &Self, base: &str, method: Method, path: &str| {
            client
                .request(base, method, path)
                .header("Tus-Resumable", "1.0.0")
        };
        let create = |client: &Self, base: &str| {
            tus(client, base, Method::POST, "/api/documents/upload/tus")
                .header("Upload-Length", content.len())
                .header(
                    "Upload-Metadata",
                    format!("filename {}", BASE64_STANDARD.encode(file_name)),
                )
        };
        let location = |headers: &header::HeaderMap| Some(headers.get("location")?.to_str().ok()?.to_owned());
        let mut is_dead = false;
        let location_of = if let Some(response) = self.first(create).await {
            let created = location(response.headers());
            Some(created.with_context(|| format!("an upload was not begun: {}", response.status()))?)
        } else {
            is_dead = true;
            self.again(create, |_, headers, _| location(headers)).await?
        };
        let Some(location) = location_of else {
            return Ok(Told::Nothing);
        };
        let id = location.rsplit('/').next().map(ToOwned::to_owned);
        let offset_of = |headers: &header::HeaderMap| -> Option<usize> {
            headers.get("upload-offset")?.to_str().ok()?.parse().ok()
        };
        let half = content.len().div_ceil(2);
        let append = |client: &Self, base: &str, offset: usize| {
            let end = (offset + half).min(content.len());
            tus(client, base, Method::PATCH, &location)
                .header("Upload-Offset", offset)
                .header(header::CONTENT_TYPE, "application/offset+octet-stream")
                .body(content[offset..end].to_vec())
        };
        let mut offset = 0;
        while !is_dead && offset < content.len() {
            match self.first(|client, base| append(client, base, offset)).await {
                Some(response) => {
                    offset = offset_of(response.headers())
                        .with_context(|| format!("nothing was added: {}", response.status()))?;
                }
                None => is_dead = true,
            }
        }
        if !is_dead {
            return Ok(Told::Done(id));
        }
        let Some(base) = &self.then else {
            return Ok(Told::Nothing);
        };
        // How far it came is asked each time, also where somebody else still holds the upload; what is whole is done.
        wait::answer("whole", AGAIN_EVERY, AGAIN_FOR, async || {
            loop {
                let head = tus(self, base, Method::HEAD, &location).send().await?;
                ensure!(head.status() == StatusCode::OK, "HEAD answers {}", head.status());
                let offset = offset_of(head.headers()).context("HEAD names no offset")?;
                if offset == content.len() {
                    return Ok(());
                }
                let added = append(self, base, offset).send().await?;
                ensure!(
                    added.status() == StatusCode::NO_CONTENT,
                    "PATCH answers {}",
                    added.status()
                );
            }
        })
        .await?;
        Ok(Told::Done(id))
    }

    /// A presigned upload: begun, its part sent to the store, and completed.
    pub(super) async fn presigned(&self, file_name: &str, content: &[u8]) -> Result<Told> {
        let initiate = |client: &Self, base: &str| {
            client
                .request(base, Method::POST, "/api/documents/upload/presigned")
                .json(&json!({"filename": file_name, "size_bytes": content.len()}))
        };
        let (begun, is_dead) = match self.first(initiate).await {
            Some(response) => (response.json::<Value>().await?, false),
            None => match self
                .again(initiate, |status, _, body| {
                    (status == StatusCode::CREATED).then(|| body.clone())
                })
                .await?
            {
                Some(begun) => (begun, true),
                None => return Ok(Told::Nothing),
            },
        };
        let id = begun["upload_id"]
            .as_str()
            .with_context(|| format!("an upload was not begun: {begun}"))?;
        let url = begun["parts"][0]["url"].as_str().context("the part has no URL")?;
        let put = self.http.put(url).body(content.to_vec()).send().await?;
        ensure!(
            put.status().is_success(),
            "the store refuses the part: {}",
            put.status()
        );
        let tag = put
            .headers()
            .get("etag")
            .and_then(|tag| tag.to_str().ok())
            .context("no ETag")?
            .to_owned();
        let complete = |client: &Self, base: &str| {
            let path = format!("/api/documents/upload/presigned/{id}/complete");
            client
                .request(base, Method::POST, &path)
                .json(&json!({"parts": [{"etag": tag}]}))
        };
        let done = || Told::Done(Some(id.to_owned()));
        if !is_dead && let Some(response) = self.first(complete).await {
            let status = response.status();
            ensure!(
                status == StatusCode::ACCEPTED,
                "{status} {}",
                response.text().await?
            );
            return Ok(done());
        }
        let completed = self.again(complete, |status, _, _| {
            (status == StatusCode::ACCEPTED).then_some(())
        });
        Ok(completed.await?.map_or(Told::Nothing, |()| done()))
    }

    /// What is asked of a document. Asked again, it is done also where the answer says that it was done before.
    pub(super) async fn of_document(
        &self,
        method: Method,
        path: &str,
        done: StatusCode,
        done_before: (StatusCode, &str),
    ) -> Result<Told> {
        let request = |client: &Self, base: &str| client.request(base, method.clone(), path);
        if let Some(response) = self.first(request).await {
            let status = response.status();
            ensure!(status == done, "{status} {}", response.text().await?);
            return Ok(Told::Done(None));
        }
        let judge = |status: StatusCode, _: &header::HeaderMap, body: &Value| {
            (status == done || status == done_before.0 && body["code"] == done_before.1).then_some(())
        };
        Ok(self
            .again(request, judge)
            .await?
            .map_or(Told::Nothing, |()| Told::Done(None)))
    }
}
