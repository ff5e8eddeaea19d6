//! API keys: `sk_<prefix>_<secret>`.
//!
//! The secret is 256 random bits. Nobody can try them all, so a key is stored as its plain SHA-256: the slow hashes
//! made for passwords would add nothing but milliseconds to every request. The prefix finds the row.

use std::fmt;

use sha2::{Digest, Sha256};

/// Characters of the prefix, which is no secret.
pub const PREFIX_LENGTH: usize = 12;
const SECRET_LENGTH: usize = 64;

/// A key as a client sends it. Never shown but once, where it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    text: String,
}

/// The SHA-256 of a key.
pub type KeyHash = [u8; 32];

impl ApiKey {
    /// A new key.
    ///
    /// # Errors
    /// If the system has no random numbers to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut prefix = [0; PREFIX_LENGTH / 2];
        let mut secret = [0; SECRET_LENGTH / 2];
        getrandom::fill(&mut prefix)?;
        getrandom::fill(&mut secret)?;
        Ok(Self {
            text: format!("sk_{}_{}", hexadecimal(&prefix), hexadecimal(&secret)),
        })
    }

    /// The key in this text, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, secret) = text.strip_prefix("sk_")?.split_once('_')?;
        let is_hexadecimal = |part: &str| {
            part.bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let well_formed = prefix.len() == PREFIX_LENGTH
            && secret.len() == SECRET_LENGTH
            && is_hexadecimal(prefix)
            && is_hexadecimal(secret);
        well_formed.then(|| Self {
            text: text.to_owned(),
        })
    }

    /// What finds its row.
    pub fn prefix(&self) -> &str {
        &self.text[3..3 + PREFIX_LENGTH]
    }

    /// What is stored of it. Two hashes may be compared in any time: nobody can choose a hash byte by byte.
    pub fn hash(&self) -> KeyHash {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// The key itself, to be shown once.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKey(sk_{}_…)", self.prefix())
    }
}

/// Lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_read_back_and_hides_itself() {
        let key = ApiKey::generate().unwrap();
        assert_eq!(ApiKey::parse(key.expose()), Some(key.clone()));
        assert!(!format!("{key:?}").contains(&key.expose()[20..]));
        assert_ne!(ApiKey::generate().unwrap(), key);
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        let good = ApiKey::generate().unwrap();
        let longer = format!("{}0", good.expose());
        for bad in [
            "",
            "sk_",
            "sk_a_b",
            "pk_0123456789ab_00",
            &good.expose()[1..],
            &longer,
        ] {
            assert_eq!(ApiKey::parse(bad), None, "{bad}");
        }
    }
}
