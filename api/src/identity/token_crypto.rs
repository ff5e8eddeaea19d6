//! Signatures of JSON Web Tokens, checked by ring: the one library of cryptography that TLS uses here too.
//!
//! `jsonwebtoken` brings two others; it takes any that is given to it. Nothing is signed here.

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    crypto::{CryptoProvider, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature::{self, Verifier},
};
use ring::{
    hmac,
    signature::{self as public_key, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey},
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(), // For private keys and thumbprints, of which there are none.
};

/// Has `jsonwebtoken` check signatures with ring from now on.
pub(super) fn install() {
    // It fails where it was installed before.
    let _ = PROVIDER.install_default();
}

/// How signatures of one algorithm are checked.
#[derive(Clone, Copy)]
enum Check {
    Hmac(hmac::Algorithm),
    Rsa(&'static RsaParameters),
    Curve(&'static dyn public_key::VerificationAlgorithm),
}

struct RingVerifier {
    algorithm: Algorithm,
    check: Check,
    key: DecodingKey,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as `jsonwebtoken` calls it")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let check = match algorithm {
        Algorithm::HS256 => Check::Hmac(hmac::HMAC_SHA256),
        Algorithm::HS384 => Check::Hmac(hmac::HMAC_SHA384),
        Algorithm::HS512 => Check::Hmac(hmac::HMAC_SHA512),
        Algorithm::RS256 => Check::Rsa(&public_key::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Check::Rsa(&public_key::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Check::Rsa(&public_key::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Check::Rsa(&public_key::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Check::Rsa(&public_key::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Check::Rsa(&public_key::RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Check::Curve(&public_key::ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Check::Curve(&public_key::ECDSA_P384_SHA384_FIXED),
        Algorithm::EdDSA => Check::Curve(&public_key::ED25519),
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    Ok(Box::new(RingVerifier {
        algorithm: *algorithm,
        check,
        key: key.clone(),
    }))
}

impl RingVerifier {
    fn holds(&self, message: &[u8], signature: &[u8]) -> Result<bool, Error> {
        let outcome = match self.check {
            Check::Hmac(algorithm) => {
                let key = hmac::Key::new(algorithm, self.key.try_get_as_bytes()?);
                hmac::verify(&key, message, signature)
            }
            Check::Rsa(parameters) => match self.key.kind() {
                DecodingKeyKind::RsaModulusExponent { n, e } => {
                    RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
                }
                DecodingKeyKind::SecretOrDer(key) => {
                    UnparsedPublicKey::new(parameters, key).verify(message, signature)
                }
            },
            Check::Curve(algorithm) => {
                UnparsedPublicKey::new(algorithm, self.key.try_get_as_bytes()?).verify(message, signature)
            }
        };
        Ok(outcome.is_ok())
    }
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        match self.holds(message, signature) {
            Ok(true) => Ok(()),
            Ok(false) => Err(signature::Error::new()),
            Err(error) => Err(signature::Error::from_source(error)),
        }
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::crypto::verify;

    use super::*;

    /// RFC 7515, appendix A.2.
    const RSA_MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    const RSA_MESSAGE: &[u8] = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const RSA_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    #[test]
    fn the_signature_of_the_standard_s_example_holds_and_no_other_does() {
        install();
        let key = DecodingKey::from_rsa_components(RSA_MODULUS, "AQAB").unwrap();
        let holds = |message: &[u8], algorithm| verify(RSA_SIGNATURE, message, &key, algorithm).unwrap();
        assert!(holds(RSA_MESSAGE, Algorithm::RS256));
        assert!(!holds(&RSA_MESSAGE[1..], Algorithm::RS256));
        assert!(!holds(RSA_MESSAGE, Algorithm::RS512));
        assert!(!holds(RSA_MESSAGE, Algorithm::PS256));
    }

    #[test]
    fn a_key_of_one_family_checks_no_signature_of_another() {
        install();
        let key = DecodingKey::from_rsa_components(RSA_MODULUS, "AQAB").unwrap();
        for algorithm in [Algorithm::HS256, Algorithm::ES256, Algorithm::EdDSA] {
            assert!(
                verify(RSA_SIGNATURE, RSA_MESSAGE, &key, algorithm).is_err(),
                "{algorithm:?}"
            );
        }
    }
}
