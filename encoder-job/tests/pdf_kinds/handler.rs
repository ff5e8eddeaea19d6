//! The standard security handler with RC4 (ISO 32000-1, 7.6.3).

use md5::{Digest as _, Md5};
use rc4::{KeyInit as _, Rc4, StreamCipher as _};

/// What passwords are filled up with.
const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e,
    0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];
/// The file's identifier, which takes part in the key.
const IDENTIFIER: [u8; 16] = *b"a file of a test";
/// Everything is permitted.
const PERMISSIONS: i32 = -4;

/// A way to encrypt.
#[derive(Clone, Copy)]
pub struct Method {
    pub version: u8,
    pub revision: u8,
    /// How many bytes the key has.
    pub length: usize,
}

/// How one file is encrypted.
pub struct Handler {
    key: Vec<u8>,
    /// What the file's trailer has to say.
    pub trailer: String,
}

impl Handler {
    /// Passwords are of Latin-1; an empty one of the owner is the user's.
    pub fn new(method: Method, user: &str, owner: &str) -> Self {
        let Method {
            version,
            revision,
            length,
        } = method;
        let owner = if owner.is_empty() { user } else { owner };
        let (user, owner) = (filled(user), filled(owner));
        // ISO 32000-1 hashes all 16 bytes of the owner's key again; other makers of files hash as many as the key has.
        let owner_proof = encrypted(revision, &shortened(method, md5(&[&owner])), &user);
        let first = md5(&[&user, &owner_proof, &PERMISSIONS.to_le_bytes(), &IDENTIFIER]);
        let key = shortened(method, first);
        let user_proof = if revision >= 3 {
            let proof = encrypted(revision, &key, &md5(&[&PADDING, &IDENTIFIER]));
            [proof, vec![0; 16]].concat()
        } else {
            encrypted(revision, &key, &PADDING)
        };
        let identifier = hexadecimal(&IDENTIFIER);
        let trailer = format!(
            "/ID [{identifier} {identifier}] /Encrypt << /Filter /Standard /V {version} /R {revision} /Length {} \
             /P {PERMISSIONS} /O {} /U {} >>",
            8 * length,
            hexadecimal(&owner_proof),
            hexadecimal(&user_proof)
        );
        Self { key, trailer }
    }

    /// Encrypts a stream of the object with this number.
    pub fn encrypt(&self, number: usize, bytes: &[u8]) -> Vec<u8> {
        let number = u32::try_from(number).unwrap().to_le_bytes();
        let length = (self.key.len() + 5).min(16);
        rc4(&md5(&[&self.key, &number[..3], &[0, 0]])[..length], bytes)
    }
}

fn filled(password: &str) -> Vec<u8> {
    let bytes = password
        .chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap());
    bytes.chain(PADDING).take(32).collect()
}

/// A key from a hash, which is hashed another fifty times from revision 3 on.
fn shortened(method: Method, mut hash: [u8; 16]) -> Vec<u8> {
    if method.revision >= 3 {
        for _ in 0..50 {
            hash = md5(&[&hash[..method.length]]);
        }
    }
    hash[..method.length].to_vec()
}

/// From revision 3 on all is encrypted twenty times, with a key that changes a little.
fn encrypted(revision: u8, key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let rounds = if revision >= 3 { 20 } else { 1 };
    (0..rounds).fold(bytes.to_vec(), |bytes, round: u8| {
        let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
        rc4(&key, &bytes)
    })
}

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    Md5::digest(parts.concat()).into()
}

fn rc4(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    Rc4::new_from_slice(key).unwrap().apply_keystream(&mut bytes);
    bytes
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("<{}>", digits.concat())
}
