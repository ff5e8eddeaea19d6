//! TLS of the clients of this process: one provider of cryptography, and roots that do not depend on what the image holds.

use std::path::Path;

use anyhow::Context;

/// Sets ring as the provider of this process. May be called again.
pub fn install_provider() {
    // Whoever is first sets it; all of us set the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Mozilla's roots, which are built in, in DER.
pub fn built_in_roots() -> impl Iterator<Item = &'static [u8]> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref)
}

/// The certificates of a bundle in PEM, say of a private authority.
///
/// # Errors
/// Where it cannot be read, or holds none.
pub fn read_bundle(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path)
        .with_context(|| format!("the bundle of certificates {} cannot be read", path.display()))
}

/// Begins a client that trusts the built-in roots and nothing else.
///
/// # Errors
/// Where a root cannot be read, which is a defect.
pub fn client() -> Result<reqwest::ClientBuilder, reqwest::Error> {
    install_provider();
    let roots: Result<Vec<_>, _> = built_in_roots().map(reqwest::Certificate::from_der).collect();
    Ok(reqwest::Client::builder().tls_certs_only(roots?))
}
