//! Certificates are renewed in time, and a client takes both.

use std::time::Duration;

use tokio_rustls::rustls::{self, ClientConnection, ServerConnection, pki_types::ServerName};

use super::*;
use crate::{
    clock,
    handover::testing::{NAME, soon, trusting},
};

const DAY: Duration = Duration::from_hours(24);

/// A handshake in memory, by which the client knows the server as `name`.
fn handshake(config: Arc<ServerConfig>, trusted: &str, name: &str) -> Result<(), rustls::Error> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(trusting(trusted), name)?;
    let mut server = ServerConnection::new(config)?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets()?;
        bytes.clear();
        server.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut bytes.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

fn certificates(names: &[&str], now: Timestamp) -> (ServerCertificates, String) {
    let authority = Authority::make(now).unwrap();
    let trusted = authority.certificate_pem().to_owned();
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    (ServerCertificates::new(authority, names, now).unwrap(), trusted)
}

#[test]
fn a_server_is_known_by_its_names_and_addresses_alone() {
    let (certificates, trusted) =
        certificates(&[NAME, "socrate-operator", "10.0.0.5", "fd00::5"], clock::now());
    let config = certificates.config().borrow().clone();
    for name in [NAME, "socrate-operator", "10.0.0.5", "fd00::5"] {
        handshake(Arc::clone(&config), &trusted, name).unwrap();
    }
    for name in ["elsewhere.svc", "10.0.0.6"] {
        let error = handshake(Arc::clone(&config), &trusted, name).unwrap_err();
        assert!(matches!(error, rustls::Error::InvalidCertificate(_)), "{error}");
    }
    let another = Authority::make(clock::now()).unwrap();
    handshake(config, another.certificate_pem(), NAME).unwrap_err();
}

#[test]
fn a_certificate_is_renewed_long_before_its_end_and_not_sooner() {
    // It was made 200 days ago, and has not ended yet.
    let began = clock::now().checked_sub(DAY * 200).unwrap();
    let (mut certificates, trusted) = certificates(&[NAME], began);
    let newest = certificates.config();
    let first = newest.borrow().clone();
    handshake(Arc::clone(&first), &trusted, NAME).unwrap();
    assert!(!certificates.renew(began.checked_add(DAY * 150).unwrap()).unwrap());
    assert!(Arc::ptr_eq(&first, &newest.borrow()));
    assert!(certificates.renew(clock::now()).unwrap());
    let second = newest.borrow().clone();
    assert!(!Arc::ptr_eq(&first, &second));
    handshake(second, &trusted, NAME).unwrap();
    assert!(!certificates.renew(clock::now()).unwrap(), "once is enough");
}

#[test]
fn a_certificate_that_was_never_renewed_ends() {
    let began = clock::now().checked_sub(DAY * 366).unwrap();
    let (certificates, trusted) = certificates(&[NAME], began);
    let config = certificates.config().borrow().clone();
    handshake(config, &trusted, NAME).unwrap_err();
}

#[test]
fn a_clock_that_is_a_little_behind_does_no_harm() {
    let ahead = clock::now().checked_add(Duration::from_mins(50)).unwrap();
    let (certificates, trusted) = certificates(&[NAME], ahead);
    let config = certificates.config().borrow().clone();
    handshake(config, &trusted, NAME).unwrap();
}

#[tokio::test]
async fn renewing_goes_on_while_it_is_used_and_ends_afterwards() {
    let began = clock::now().checked_sub(DAY * 200).unwrap();
    let (certificates, _) = certificates(&[NAME], began);
    let mut used = certificates.config();
    let first = used.borrow_and_update().clone();
    let renewing = tokio::spawn(certificates.keep_renewed(clock::now));
    soon(used.changed()).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &used.borrow()));
    drop(used);
    soon(renewing).await.unwrap();
}
