//! What a client sends to say who it is.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::identity::key::{ApiKey, hexadecimal};

/// The SHA-256 of a credential, by which it is remembered and stored.
pub type Digest = [u8; 32];

const SESSION_PREFIX: &str = "ss_";
const SESSION_SECRET_LENGTH: usize = 64;

/// What a client sends to say who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// An API key.
    Key(ApiKey),
    /// The token of a session, from its cookie.
    Session(SessionToken),
    /// A JSON Web Token (RFC 7519), not yet looked into.
    Token(String),
}

impl Credential {
    /// By what it is remembered. Two kinds never have the same: each text begins in its own way.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Key(key) => key.hash(),
            Self::Session(token) => token.hash(),
            Self::Token(token) => Sha256::digest(token.as_bytes()).into(),
        }
    }

    /// What a bearer sends (RFC 6750): a key by its form, or else a token if it has the form of one.
    pub fn bearer(text: &str) -> Option<Self> {
        if let Some(key) = ApiKey::parse(text) {
            return Some(Self::Key(key));
        }
        let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is_token =
            text.bytes().all(is_of_token) && text.bytes().filter(|byte| *byte == b'.').count() == 2;
        is_token.then(|| Self::Token(text.to_owned()))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(formatter, "Credential({key:?})"),
            Self::Session(_) => formatter.write_str("Credential(session)"),
            Self::Token(_) => formatter.write_str("Credential(token)"),
        }
    }
}

/// The token of a session: 256 random bits, shown to the browser alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken {
    text: String,
}

impl SessionToken {
    /// A new token.
    ///
    /// # Errors
    /// If the system has no random numbers to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut secret = [0; SESSION_SECRET_LENGTH / 2];
        getrandom::fill(&mut secret)?;
        Ok(Self {
            text: format!("{SESSION_PREFIX}{}", hexadecimal(&secret)),
        })
    }

    /// The token in this text, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(SESSION_PREFIX)?;
        let is_well_formed = secret.len() == SESSION_SECRET_LENGTH
            && secret
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        is_well_formed.then(|| Self {
            text: text.to_owned(),
        })
    }

    /// What is stored of it.
    pub fn hash(&self) -> Digest {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// The token itself, for the cookie.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_token_is_read_back_and_hides_itself() {
        let token = SessionToken::generate().unwrap();
        assert!(SessionToken::parse(token.expose()).as_ref() == Some(&token));
        for other in [
            "",
            "ss_",
            "ss_00",
            &token.expose()[3..],
            &format!("{}0", token.expose()),
        ] {
            assert!(SessionToken::parse(other).is_none(), "{other}");
        }
        let shown = format!("{:?}", Credential::Session(token.clone()));
        assert!(!shown.contains(&token.expose()[3..]));
    }

    #[test]
    fn a_bearer_sends_a_key_or_what_looks_like_a_token() {
        let key = ApiKey::generate().unwrap();
        assert_eq!(Credential::bearer(key.expose()), Some(Credential::Key(key)));
        assert_eq!(
            Credential::bearer("e30.e30.c2ln"),
            Some(Credential::Token("e30.e30.c2ln".into()))
        );
        for other in ["", "words", "a.b", "a.b.c.d", "a.b.c d", "sk_0_1"] {
            assert_eq!(Credential::bearer(other), None, "{other}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        for credential in [
            Credential::Token("e30.e30.c2ln".into()),
            Credential::Key(ApiKey::generate().unwrap()),
        ] {
            let shown = format!("{credential:?}");
            assert!(!shown.contains("c2ln") && shown.len() < 40, "{shown}");
        }
    }
}
