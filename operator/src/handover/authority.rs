//! A certificate authority of the operator's own making. Pods get its certificate in their Job and trust nothing else for this one purpose.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use tokio_rustls::rustls::{
    self, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime, pem::PemObject as _,
    },
};

/// Name of the authority.
const COMMON_NAME: &str = "socrate-operator";
const DAY: Duration = Duration::from_hours(24);
/// For how long the authority is valid.
const AUTHORITY_DAYS: u32 = 3_650;
/// For how long a server's certificate is valid.
const SERVER_DAYS: u32 = 365;
/// By so much the clocks of two machines may differ.
const CLOCK_SKEW: Duration = Duration::from_hours(1);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// One could not be made.
    #[error("failed to make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The TLS library does not take it.
    #[error("failed to use a certificate: {0}")]
    Use(#[from] rustls::Error),
    /// The key cannot be read.
    #[error("the key is not one of ECDSA P-256 in PKCS #8, as PEM")]
    Key,
    /// The certificate cannot be read.
    #[error("the certificate is not one in X.509, as PEM")]
    Certificate,
    /// What the key signs cannot be checked against the certificate.
    #[error("the key and the certificate do not belong together, or were not made by this operator")]
    Mismatch,
}

/// A certificate authority: a key, and a certificate of it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
}

/// A server's certificate and its key.
pub(super) struct ServerCertificate {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// A new one, valid for ten years.
    ///
    /// # Errors
    /// If the machine has no random numbers.
    pub fn make(now: Timestamp) -> Result<Self, CertificateError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let parameters = parameters(now)?;
        let certificate_pem = parameters.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(parameters, key),
            certificate_pem,
        })
    }

    /// One that [`Self::make`] made, from its key and certificate.
    ///
    /// # Errors
    /// If they cannot be read, or what the key signs cannot be checked against the certificate.
    pub fn from_pem(key: &str, certificate: &str, now: Timestamp) -> Result<Self, CertificateError> {
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256)
            .map_err(|_| CertificateError::Key)?;
        let authority = Self {
            // The certificate holds what is in these and does not follow from the key: its name.
            issuer: Issuer::new(parameters(now)?, key),
            certificate_pem: certificate.to_owned(),
        };
        authority.check(now)?;
        Ok(authority)
    }

    /// The certificate, as PEM. It is public.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The key, in PKCS #8, as PEM. It is secret.
    pub(super) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for a server with these DNS names and IP addresses, valid for a year.
    pub(super) fn sign(
        &self,
        names: &[String],
        now: Timestamp,
    ) -> Result<ServerCertificate, CertificateError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut parameters = valid(CertificateParams::new(names)?, now, SERVER_DAYS);
        parameters.distinguished_name = DistinguishedName::new(); // Clients look at the alternative names alone (RFC 9525).
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        Ok(ServerCertificate {
            chain: vec![certificate.into()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }

    /// Signs a certificate and checks it as a client would.
    fn check(&self, now: Timestamp) -> Result<(), CertificateError> {
        let signed = self.sign(&[COMMON_NAME.to_owned()], now)?;
        let certificate = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|_| CertificateError::Certificate)?;
        let mut roots = RootCertStore::empty();
        roots
            .add(certificate)
            .map_err(|_| CertificateError::Certificate)?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::new(ring::default_provider()))
                .build()
                .map_err(|_| CertificateError::Certificate)?;
        let name = ServerName::try_from(COMMON_NAME).map_err(|_| CertificateError::Certificate)?;
        let seconds = Duration::from_secs(now.as_second().try_into().unwrap_or_default());
        let now = UnixTime::since_unix_epoch(seconds);
        let [end_entity] = signed.chain.as_slice() else {
            return Err(CertificateError::Mismatch);
        };
        verifier
            .verify_server_cert(end_entity, &[], &name, &[], now)
            .map_err(|_| CertificateError::Mismatch)?;
        Ok(())
    }
}

/// What the authority's certificate says.
fn parameters(now: Timestamp) -> Result<CertificateParams, CertificateError> {
    let mut parameters = valid(CertificateParams::new([])?, now, AUTHORITY_DAYS);
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, COMMON_NAME);
    // It signs servers, and no further authorities.
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(parameters)
}

/// Valid from now on, by any machine's clock, for so many days.
fn valid(mut parameters: CertificateParams, now: Timestamp, days: u32) -> CertificateParams {
    let seconds = Duration::from_secs(now.as_second().try_into().unwrap_or_default());
    let now = rcgen::date_time_ymd(1970, 1, 1) + seconds;
    parameters.not_before = now - CLOCK_SKEW;
    parameters.not_after = now + DAY * days;
    parameters
}

/// When a server's certificate that is made now should be replaced: long before its end, so that one failure is no harm.
pub(super) fn renewal(now: Timestamp) -> Timestamp {
    now.saturating_add(DAY * (SERVER_DAYS / 2)).unwrap_or(now)
}

#[cfg(test)]
mod tests;
