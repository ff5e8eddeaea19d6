//! `POST /v1/presigned-urls`: URLs for the objects of an assignment, for the Pod that should hold it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest as _, Request, State},
};
use crds::presigned::{MAX_OPERATIONS, PresignedUrlsRequest, PresignedUrlsResponse};
use tokio::time;

use super::{BODY_LIMIT, Server, bearer, refusal::Refusal};
use crate::{
    handover::{Desired, Unassignable, tokens::Authenticator},
    s3,
};

impl<D: Desired, A: Authenticator> Server<D, A> {
    /// Signs for whoever the token says, and for what the resources say: the request merely picks from that.
    pub(super) async fn sign(&self, request: Request) -> Result<PresignedUrlsResponse, Refusal> {
        let store = self.store.as_deref().ok_or(Refusal::NoStore)?;
        self.desired.leads().map_err(Refusal::NotLeading)?;
        let pod = {
            let token = bearer(request.headers())?;
            self.authenticator.authenticate(token).await?
        };
        let body = time::timeout(BODY_LIMIT, Json::from_request(request, &()));
        let Json(request): Json<PresignedUrlsRequest> = body.await.map_err(|_| Refusal::SlowBody)??;
        if request.operations.len() > MAX_OPERATIONS {
            return Err(Refusal::TooManyOperations);
        }
        let job = pod.job().ok_or(Unassignable::NotOurs)?;
        let desired = {
            let _table = self.handover.table();
            self.desired.leads().map_err(Refusal::NotLeading)?;
            self.desired.assignments(&job, &pod)?
        };
        let assignment = desired
            .assignments
            .into_iter()
            .find(|assignment| assignment.key() == request.assignment)
            .ok_or(Refusal::NotAssigned)?;
        let urls = store.sign(&assignment, &pod.uid, &request.operations).await?;
        Ok(PresignedUrlsResponse {
            urls,
            valid_seconds: s3::URL_LIFETIME.as_secs(),
        })
    }
}

pub(super) async fn ask<D: Desired, A: Authenticator>(
    State(server): State<Arc<Server<D, A>>>,
    request: Request,
) -> Result<Json<PresignedUrlsResponse>, Refusal> {
    server.sign(request).await.map(Json)
}
