//! What the authority signs is what a client takes, and what does not belong together is not used.

use super::*;
use crate::clock;

#[test]
fn an_authority_that_was_kept_signs_for_those_who_trust_it() {
    let now = clock::now();
    let made = Authority::make(now).unwrap();
    let kept = Authority::from_pem(&made.key_pem(), made.certificate_pem(), now).unwrap();
    assert_eq!(kept.certificate_pem(), made.certificate_pem());
    assert_eq!(kept.key_pem(), made.key_pem());
    // The key identifiers agree, so that a client with several authorities of this name finds the right one.
    let identifier = |authority: &Authority| {
        let parameters = parameters(now).unwrap();
        parameters.key_identifier(authority.issuer.key())
    };
    let certificate = CertificateDer::from_pem_slice(made.certificate_pem().as_bytes()).unwrap();
    let contains = |identifier: &[u8]| {
        certificate
            .windows(identifier.len())
            .any(|window| window == identifier)
    };
    assert!(contains(&identifier(&kept)));
    let signed = kept.sign(&["socrate-operator.socrate.svc".into()], now).unwrap();
    let identifier = identifier(&kept);
    assert!(
        signed.chain[0]
            .windows(identifier.len())
            .any(|window| window == identifier)
    );
}

#[test]
fn an_authority_is_still_read_on_its_last_day() {
    let now = clock::now();
    let made = Authority::make(now).unwrap();
    let last_day = now.checked_add(DAY * (AUTHORITY_DAYS - 1)).unwrap();
    Authority::from_pem(&made.key_pem(), made.certificate_pem(), last_day).unwrap();
}

#[test]
fn what_is_not_an_authority_of_the_operators_is_refused_with_a_reason() {
    let now = clock::now();
    let (made, other) = (Authority::make(now).unwrap(), Authority::make(now).unwrap());
    let of_another_kind = KeyPair::generate_for(&rcgen::PKCS_ED25519)
        .unwrap()
        .serialize_pem();
    let mut foreign = parameters(now).unwrap();
    foreign
        .distinguished_name
        .push(DnType::OrganizationName, "somebody else");
    let foreign = foreign.self_signed(made.issuer.key()).unwrap().pem();
    let key = made.key_pem();
    let cases: [(&str, &str, &str); 6] = [
        ("nonsense", made.certificate_pem(), "the key is not"),
        (&of_another_kind, made.certificate_pem(), "the key is not"),
        (&key, "nonsense", "the certificate is not"),
        (&key, &key, "the certificate is not"),
        (&key, other.certificate_pem(), "do not belong together"),
        (&key, &foreign, "were not made by this operator"),
    ];
    for (key, certificate, expected) in cases {
        let error = Authority::from_pem(key, certificate, now)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("PRIVATE KEY"), "{error}");
    }
}

#[test]
fn a_name_that_is_none_is_an_error() {
    let now = clock::now();
    let authority = Authority::make(now).unwrap();
    assert!(authority.sign(&["naïve.svc".into()], now).is_err());
}
