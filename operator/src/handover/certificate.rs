//! The server's certificate: made when the process starts, kept in memory alone, and renewed while it runs.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{self, MissedTickBehavior},
};
use tokio_rustls::rustls::{ServerConfig, crypto::ring, version::TLS13};

use super::authority::{Authority, CertificateError, renewal};

/// How often it is looked at whether the certificate should be renewed.
const LOOK_EVERY: Duration = Duration::from_hours(1);

/// The configuration of a TLS server with a certificate of its own, and how it is renewed.
pub struct ServerCertificates {
    authority: Authority,
    names: Vec<String>,
    config: watch::Sender<Arc<ServerConfig>>,
    renew_at: Timestamp,
}

impl ServerCertificates {
    /// Makes a certificate for these DNS names and IP addresses: every one by which a Pod may call this replica.
    ///
    /// # Errors
    /// If a name is none, or the certificate cannot be made.
    pub fn new(authority: Authority, names: Vec<String>, now: Timestamp) -> Result<Self, CertificateError> {
        let config = watch::Sender::new(config(&authority, &names, now)?);
        Ok(Self {
            authority,
            names,
            config,
            renew_at: renewal(now),
        })
    }

    /// The newest configuration.
    pub fn config(&self) -> watch::Receiver<Arc<ServerConfig>> {
        self.config.subscribe()
    }

    /// Makes a new certificate if it is time. Connections that are open go on with the one they began with.
    ///
    /// # Errors
    /// If it cannot be made; the old one stays.
    pub fn renew(&mut self, now: Timestamp) -> Result<bool, CertificateError> {
        if now < self.renew_at {
            return Ok(false);
        }
        let config = config(&self.authority, &self.names, now)?;
        self.config.send_replace(config);
        self.renew_at = renewal(now);
        Ok(true)
    }

    /// Renews the certificate whenever it is time, until nobody uses it any more.
    pub async fn keep_renewed(mut self, clock: impl Fn() -> Timestamp) {
        let mut ticks = time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let config = self.config.clone();
        loop {
            tokio::select! {
                () = config.closed() => return,
                _ = ticks.tick() => match self.renew(clock()) {
                    Ok(false) => {}
                    Ok(true) => tracing::info!("the certificate for Pods was renewed"),
                    Err(error) => tracing::error!(%error, "unable to renew the certificate for Pods; it is tried again in an hour"),
                },
            }
        }
    }
}

/// TLS 1.3 alone, as all its clients are encoders; HTTP/1.1 alone, as each has one request at a time.
fn config(
    authority: &Authority,
    names: &[String],
    now: Timestamp,
) -> Result<Arc<ServerConfig>, CertificateError> {
    let certificate = authority.sign(names, now)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(certificate.chain, certificate.key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests;
