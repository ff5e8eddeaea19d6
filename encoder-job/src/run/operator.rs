//! Asking the operator: what this Pod should hold, and for URLs of an S3 store.

use std::{
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crds::{
    assignment::{self, AssignmentRequest, AssignmentResponse, NotLeading},
    presigned::{self, PresignedUrlsRequest, PresignedUrlsResponse},
};
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use kube::{Client, Config, client::Body};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::{Serialize, de::DeserializeOwned};
use tracing::info;

use super::{
    assignments::{AssignmentSource, Unreachable},
    configuration::OperatorAddress,
};
use crate::failure::{Failure, FailureReason, printable};

/// How much longer than it may hang an answer is waited for.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// The longest a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The operator, wherever it leads.
pub(super) struct Operator {
    address: OperatorAddress,
    authority: Option<Vec<Vec<u8>>>,
    /// Reached by the Service's address.
    service: Client,
    /// The one that leads, where the Service led to another.
    leader: Mutex<Option<Client>>,
}

/// What came back.
enum Answered<T> {
    Response(T),
    /// It does not lead; this one does, where that is known.
    NotLeading(Option<String>),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unanswered {
    /// The operator was not reached, or cannot answer now.
    #[error("{0}")]
    Unreachable(String),
    /// It will not answer this.
    #[error("{0}")]
    Refused(String),
}

impl From<Unanswered> for Unreachable {
    fn from(error: Unanswered) -> Self {
        Self(error.to_string())
    }
}

impl Operator {
    /// The operator at this address. Must be called within the runtime; nothing is connected yet.
    ///
    /// # Errors
    /// `Misconfigured` for a certificate that cannot be read.
    pub(super) fn new(address: OperatorAddress) -> Result<Self, Failure> {
        let misconfigured = |message: String| Failure::new(FailureReason::Misconfigured, message);
        let authority = address
            .authority
            .as_deref()
            .map(certificates)
            .transpose()
            .map_err(|error| {
                misconfigured(format!("the certificate of the operator cannot be read: {error}"))
            })?;
        let service = connection(&address, authority.clone(), address.url.clone())
            .map_err(|error| misconfigured(format!("unable to prepare calls to the operator: {error}")))?;
        Ok(Self {
            address,
            authority,
            service,
            leader: Mutex::default(),
        })
    }

    fn leader(&self) -> MutexGuard<'_, Option<Client>> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks there from now on. It must show the Service's certificate, and encryption is not given up.
    fn follow(&self, leader: &str) -> Result<(), Unanswered> {
        let wrong = |error: &str| {
            Unanswered::Unreachable(format!("the operator names {leader:?} as its leader: {error}"))
        };
        let uri: Uri = leader.parse().map_err(|_| wrong("that is no address"))?;
        if uri.scheme() != self.address.url.scheme() || uri.host().is_none() {
            return Err(wrong("that is no address like its own"));
        }
        let client = connection(&self.address, self.authority.clone(), uri)
            .map_err(|error| wrong(&error.to_string()))?;
        info!(%leader, "the operator leads at another address");
        *self.leader() = Some(client);
        Ok(())
    }

    async fn post<Q: Serialize, T: DeserializeOwned>(
        &self,
        client: &Client,
        path: &str,
        request: &Q,
        limit: Duration,
    ) -> Result<Answered<T>, Unanswered> {
        let call = async {
            let response = client
                .send(self.request(path, request)?)
                .await
                .map_err(|error| unreachable(&error))?;
            let status = response.status();
            let body = response
                .into_body()
                .collect_bytes()
                .await
                .map_err(|error| unreachable(&error))?;
            let unreadable = |error: serde_json::Error| {
                Unanswered::Unreachable(format!("its answer cannot be read: {error}"))
            };
            let words = || {
                format!(
                    "it answered {status}: {}",
                    printable(&String::from_utf8_lossy(&body))
                )
            };
            match status {
                StatusCode::OK => Ok(Answered::Response(
                    serde_json::from_slice(&body).map_err(unreadable)?,
                )),
                StatusCode::MISDIRECTED_REQUEST => {
                    let not_leading: NotLeading = serde_json::from_slice(&body).map_err(unreadable)?;
                    Ok(Answered::NotLeading(not_leading.leader))
                }
                StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Err(Unanswered::Refused(words())),
                _ => Err(Unanswered::Unreachable(words())),
            }
        };
        tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
            Err(Unanswered::Unreachable(format!(
                "it gave no answer within {} seconds",
                limit.as_secs()
            )))
        })
    }

    fn request(&self, path: &str, request: &impl Serialize) -> Result<Request<Body>, Unanswered> {
        let unreachable = Unanswered::Unreachable;
        let body = serde_json::to_vec(request)
            .map_err(|error| unreachable(format!("nothing can be said: {error}")))?;
        // Anew each time, as the kubelet renews it.
        let file = &self.address.token_file;
        let token = fs::read_to_string(file)
            .map_err(|error| unreachable(format!("unable to read the token {}: {error}", file.display())))?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| unreachable(format!("{} holds no token", file.display())))?;
        authorization.set_sensitive(true);
        Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, authorization)
            .body(Body::from(body))
            .map_err(|error| unreachable(format!("nothing can be asked: {error}")))
    }

    /// Asks whoever leads.
    async fn exchange<Q: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        request: &Q,
        limit: Duration,
    ) -> Result<T, Unanswered> {
        let known = self.leader().clone();
        let answer = match &known {
            Some(leader) => self.post(leader, path, request, limit).await,
            None => self.post(&self.service, path, request, limit).await,
        };
        match answer {
            Ok(Answered::Response(response)) => return Ok(response),
            Ok(Answered::NotLeading(Some(leader))) => self.follow(&leader)?,
            Ok(Answered::NotLeading(None)) => {
                *self.leader() = None;
                return Err(Unanswered::Unreachable("none leads".to_owned()));
            }
            // It may have gone: whoever leads now is found by the Service.
            Err(error) => {
                *self.leader() = None;
                return Err(error);
            }
        }
        let leader = self.leader().clone();
        let answer = match &leader {
            Some(leader) => self.post(leader, path, request, limit).await,
            None => return Err(Unanswered::Unreachable("none leads".to_owned())),
        };
        match answer {
            Ok(Answered::Response(response)) => Ok(response),
            Ok(Answered::NotLeading(_)) => {
                *self.leader() = None;
                let message = "the one that should lead does not";
                Err(Unanswered::Unreachable(message.to_owned()))
            }
            Err(error) => {
                *self.leader() = None;
                Err(error)
            }
        }
    }

    /// URLs for what is about to be done with the objects of an assignment.
    pub(super) async fn presigned_urls(
        &self,
        request: &PresignedUrlsRequest,
    ) -> Result<PresignedUrlsResponse, Unanswered> {
        self.exchange(presigned::PATH, request, ANSWER_LIMIT).await
    }
}

impl AssignmentSource for Operator {
    async fn ask(&self, request: AssignmentRequest) -> Result<AssignmentResponse, Unreachable> {
        let limit = Duration::from_secs(request.wait_seconds) + ANSWER_LIMIT;
        Ok(self.exchange(assignment::PATH, &request, limit).await?)
    }
}

fn unreachable(error: &kube::Error) -> Unanswered {
    // The cause says more than "client error", and stands below it.
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(below) = cause {
        message = below.to_string();
        cause = below.source();
    }
    Unanswered::Unreachable(printable(&message))
}

/// A client for one address, of which the certificate must be the Service's.
fn connection(
    address: &OperatorAddress,
    authority: Option<Vec<Vec<u8>>>,
    url: Uri,
) -> Result<Client, kube::Error> {
    let mut config = Config::new(url);
    config.root_cert = authority;
    config.tls_server_name = address.url.host().map(str::to_owned);
    config.connect_timeout = Some(CONNECT_LIMIT);
    // When to ask again is decided elsewhere.
    config.default_retry = false;
    Client::try_from(config)
}

fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|certificate| certificate.map(|der| der.to_vec()))
        .collect();
    match all {
        Ok(all) if all.is_empty() => Err("there is none in it".to_owned()),
        Ok(all) => Ok(all),
        Err(error) => Err(error.to_string()),
    }
}
