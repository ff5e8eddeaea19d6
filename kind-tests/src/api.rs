//! The HTTP API, as its clients use it.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{cluster::Cluster, multipart::Form, port_forward::PortForward, wait};

/// The longest one answer may take.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// Where the API is reached.
pub struct Address {
    base: Base,
    http: reqwest::Client,
}

enum Base {
    /// An address that stays.
    Fixed(String),
    /// A way through `kubectl`, made anew where the Pod at its end is gone.
    Forwarded {
        namespace: String,
        target: String,
        forward: Box<Mutex<Option<PortForward>>>,
    },
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: header::HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

/// A file to upload, and what goes with it.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    form: Form,
    idempotency_key: Option<String>,
    may_reuse: bool,
}

/// The API with the key of one user.
pub struct ApiClient<'a> {
    address: &'a Address,
    key: String,
}

impl Address {
    /// The installed API: at `SOCRATE_API_URL`, or else through a port that `kubectl` forwards.
    ///
    /// # Errors
    /// Where no client can be made.
    pub fn of(cluster: &Cluster) -> Result<Self> {
        match std::env::var("SOCRATE_API_URL") {
            Ok(url) if !url.is_empty() => Self::fixed(&url),
            _ => Self::forwarded(
                &cluster.release_namespace,
                &format!("service/{}-api", cluster.release),
            ),
        }
    }

    /// An API at an address.
    ///
    /// # Errors
    /// Where no client can be made.
    pub fn fixed(url: &str) -> Result<Self> {
        Self::new(Base::Fixed(url.trim_end_matches('/').to_owned()))
    }

    /// An API behind a Service or Deployment.
    ///
    /// # Errors
    /// Where no client can be made.
    pub fn forwarded(namespace: &str, target: &str) -> Result<Self> {
        Self::new(Base::Forwarded {
            namespace: namespace.to_owned(),
            target: target.to_owned(),
            forward: Box::new(Mutex::new(None)),
        })
    }

    fn new(base: Base) -> Result<Self> {
        // Kept for less than the API keeps them, so that none is used that is just being closed.
        let http = reqwest::Client::builder()
            .timeout(TIME_LIMIT)
            .pool_idle_timeout(wait::SOON / 2)
            .build()?;
        Ok(Self { base, http })
    }

    /// Where it is now, without a slash at the end.
    ///
    /// # Errors
    /// Where no way can be made.
    pub async fn url(&self) -> Result<String> {
        match &self.base {
            Base::Fixed(url) => Ok(url.clone()),
            Base::Forwarded {
                namespace,
                target,
                forward,
            } => {
                let mut forward = forward.lock().await;
                if !forward.as_mut().is_some_and(PortForward::is_open) {
                    let port = if target.starts_with("service/") { 80 } else { 8080 };
                    *forward = Some(PortForward::open(namespace, target, port).await?);
                }
                let open = forward.as_ref().context("the way is open")?;
                Ok(format!("http://127.0.0.1:{}", open.port))
            }
        }
    }

    /// The API with a key.
    pub fn with_key(&self, key: &str) -> ApiClient<'_> {
        ApiClient {
            address: self,
            key: key.to_owned(),
        }
    }

    /// An answer to a request without a key.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        let url = format!("{}{path}", self.url().await?);
        answer(self.http.get(&url))
            .await
            .with_context(|| format!("no answer from {url}"))
    }

    /// Waits until the API answers that it is ready.
    ///
    /// # Errors
    /// Where it is not in time.
    pub async fn ready(&self) -> Result<()> {
        wait::answer("ready", wait::TICK, wait::SOON, async || {
            let answer = self.get("/readyz").await?;
            ensure!(answer.status == StatusCode::OK, "/readyz answers {answer}");
            Ok(())
        })
        .await
    }
}

impl ApiClient<'_> {
    /// Sends a request without a body.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn send(&self, method: Method, path: &str) -> Result<Answer> {
        let url = format!("{}{path}", self.address.url().await?);
        let request = self.address.http.request(method, &url).bearer_auth(&self.key);
        answer(request)
            .await
            .with_context(|| format!("no answer from {url}"))
    }

    /// Reads a path.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path).await
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let url = format!("{}{path}", self.address.url().await?);
        let request = self.address.http.post(&url).bearer_auth(&self.key);
        answer(
            request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string()),
        )
        .await
        .with_context(|| format!("no answer from {url}"))
    }

    /// Uploads. Unless the upload [may reuse a result](Upload::may_reuse), it is encoded whatever was encoded before.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn upload(&self, mut upload: Upload) -> Result<Answer> {
        if !upload.may_reuse {
            upload = upload.field("force", "true");
        }
        let url = format!("{}/api/documents/upload", self.address.url().await?);
        let mut request = self
            .address
            .http
            .post(&url)
            .bearer_auth(&self.key)
            .header(header::CONTENT_TYPE, Form::content_type())
            .body(upload.form.finish());
        if let Some(key) = &upload.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        answer(request)
            .await
            .with_context(|| format!("no answer from {url}"))
    }

    /// Uploads a file that must be taken, and gives the document's id.
    ///
    /// # Errors
    /// Where the API refuses it.
    pub async fn upload_accepted(&self, file_name: &str, content: &[u8]) -> Result<String> {
        let answer = self.upload(Upload::pdf(file_name, content)).await?;
        ensure!(
            answer.status == StatusCode::ACCEPTED,
            "the upload of {file_name} was refused: {answer}"
        );
        Ok(text(&answer.json()?, "/document_id")?.to_owned())
    }

    /// What `GET /api/documents/{id}/status` answers.
    ///
    /// # Errors
    /// Where it does not answer 200.
    pub async fn status(&self, id: &str) -> Result<Value> {
        self.json(&format!("/api/documents/{id}/status")).await
    }

    /// The JSON at a path.
    ///
    /// # Errors
    /// Where it does not answer 200 with JSON.
    pub async fn json(&self, path: &str) -> Result<Value> {
        self.get(path).await?.expect_ok(path)?.json()
    }

    /// The bytes at a path.
    ///
    /// # Errors
    /// Where it does not answer 200.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>> {
        Ok(self.get(path).await?.expect_ok(path)?.bytes)
    }

    /// Asks for the status until the document is ready or failed, and gives the last answer.
    ///
    /// # Errors
    /// Where it is neither in time.
    pub async fn finished(&self, id: &str, limit: Duration) -> Result<Value> {
        wait::answer("ready or failed over HTTP", wait::TICK, limit, async || {
            let status = self.status(id).await?;
            match status["status"].as_str() {
                Some("ready" | "failed") => Ok(status),
                _ => bail!("the last status was {status}"),
            }
        })
        .await
    }
}

impl Upload {
    /// A file said to be a PDF, in the part that the API reads.
    pub fn pdf(file_name: &str, content: &[u8]) -> Self {
        Self::default().file("file", file_name, "application/pdf", content)
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, part: &str, file_name: &str, content_type: &str, content: &[u8]) -> Self {
        self.form = self.form.file(part, file_name, content_type, content);
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.form = self.form.field(name, value);
        self
    }

    /// Lets it have the result of another document, where there is one of the same content.
    #[must_use]
    pub fn may_reuse(mut self) -> Self {
        self.may_reuse = true;
        self
    }

    /// Makes every further upload with the same key the same upload.
    #[must_use]
    pub fn idempotent(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.bytes).with_context(|| format!("no JSON: {self}"))
    }

    /// The answer, where it is 200.
    ///
    /// # Errors
    /// Where it is not.
    pub fn expect_ok(self, path: &str) -> Result<Self> {
        ensure!(self.status == StatusCode::OK, "{path} answers {self}");
        Ok(self)
    }

    /// A header's value; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body: String = String::from_utf8_lossy(&self.bytes).chars().take(500).collect();
        write!(formatter, "{} {body}", self.status)
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Answer> {
    let response = request.send().await?;
    let status = response.status();
    let headers = response.headers().clone();
    let bytes = response.bytes().await?.to_vec();
    Ok(Answer {
        status,
        headers,
        bytes,
    })
}

/// The text at a place of a JSON value.
///
/// # Errors
/// Where there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .with_context(|| format!("no text at {pointer} of {value}"))
}

/// The whole number at a place of a JSON value.
///
/// # Errors
/// Where there is none.
pub fn number(value: &Value, pointer: &str) -> Result<u64> {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .with_context(|| format!("no whole number at {pointer} of {value}"))
}
