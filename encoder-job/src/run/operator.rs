//! Asking the operator what this Pod should hold.

use std::{
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crds::assignment::{AssignmentRequest, AssignmentResponse, NotLeading, PATH};
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use kube::{Client, Config, client::Body};
use rustls_pki_types::{CertificateDer, pem::PemObject};
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
enum Answered {
    Response(AssignmentResponse),
    /// It does not lead; this one does, where that is known.
    NotLeading(Option<String>),
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
    fn follow(&self, leader: &str) -> Result<(), Unreachable> {
        let wrong =
            |error: &str| Unreachable(format!("the operator names {leader:?} as its leader: {error}"));
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

    async fn post(&self, client: &Client, request: &AssignmentRequest) -> Result<Answered, Unreachable> {
        let limit = Duration::from_secs(request.wait_seconds) + ANSWER_LIMIT;
        let call = async {
            let response = client
                .send(self.request(request)?)
                .await
                .map_err(|error| unreachable(&error))?;
            let status = response.status();
            let body = response
                .into_body()
                .collect_bytes()
                .await
                .map_err(|error| unreachable(&error))?;
            let unreadable =
                |error: serde_json::Error| Unreachable(format!("its answer cannot be read: {error}"));
            match status {
                StatusCode::OK => Ok(Answered::Response(
                    serde_json::from_slice(&body).map_err(unreadable)?,
                )),
                StatusCode::MISDIRECTED_REQUEST => {
                    let not_leading: NotLeading = serde_json::from_slice(&body).map_err(unreadable)?;
                    Ok(Answered::NotLeading(not_leading.leader))
                }
                _ => Err(Unreachable(format!(
                    "it answered {status}: {}",
                    printable(&String::from_utf8_lossy(&body))
                ))),
            }
        };
        tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
            Err(Unreachable(format!(
                "it gave no answer within {} seconds",
                limit.as_secs()
            )))
        })
    }

    fn request(&self, request: &AssignmentRequest) -> Result<Request<Body>, Unreachable> {
        let body = serde_json::to_vec(request)
            .map_err(|error| Unreachable(format!("nothing can be said: {error}")))?;
        // Anew each time, as the kubelet renews it.
        let path = &self.address.token_file;
        let token = fs::read_to_string(path)
            .map_err(|error| Unreachable(format!("unable to read the token {}: {error}", path.display())))?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| Unreachable(format!("{} holds no token", path.display())))?;
        authorization.set_sensitive(true);
        Request::builder()
            .method(Method::POST)
            .uri(PATH)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, authorization)
            .body(Body::from(body))
            .map_err(|error| Unreachable(format!("nothing can be asked: {error}")))
    }
}

impl AssignmentSource for Operator {
    async fn ask(&self, request: AssignmentRequest) -> Result<AssignmentResponse, Unreachable> {
        let known = self.leader().clone();
        let answer = match &known {
            Some(leader) => self.post(leader, &request).await,
            None => self.post(&self.service, &request).await,
        };
        match answer {
            Ok(Answered::Response(response)) => return Ok(response),
            Ok(Answered::NotLeading(Some(leader))) => self.follow(&leader)?,
            Ok(Answered::NotLeading(None)) => {
                *self.leader() = None;
                return Err(Unreachable("none leads".to_owned()));
            }
            // It may have gone: whoever leads now is found by the Service.
            Err(error) => {
                *self.leader() = None;
                return Err(error);
            }
        }
        let leader = self.leader().clone();
        let answer = match &leader {
            Some(leader) => self.post(leader, &request).await,
            None => return Err(Unreachable("none leads".to_owned())),
        };
        match answer {
            Ok(Answered::Response(response)) => Ok(response),
            Ok(Answered::NotLeading(_)) => {
                *self.leader() = None;
                Err(Unreachable("the one that should lead does not".to_owned()))
            }
            Err(error) => {
                *self.leader() = None;
                Err(error)
            }
        }
    }
}

fn unreachable(error: &kube::Error) -> Unreachable {
    // The cause says more than "client error", and stands below it.
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(below) = cause {
        message = below.to_string();
        cause = below.source();
    }
    Unreachable(printable(&message))
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
