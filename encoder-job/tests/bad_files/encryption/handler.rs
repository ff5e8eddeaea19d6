//! The standard security handler: from two passwords to a key, and to what tells a reader whether it has the right one.

use aes::cipher::{
    BlockEncryptMut, KeyIvInit,
    block_padding::{NoPadding, Padding, Pkcs7},
};
use md5::{Digest as _, Md5};
use sha2::{Sha256, Sha384, Sha512};

/// The file's identifier, which takes part in the keys.
pub(super) const IDENTIFIER: [u8; 16] = *b"a file of a test";
/// What passwords are filled up with.
const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e,
    0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];
/// Everything is permitted.
const PERMISSIONS: i32 = -4;
/// What should be random, and is the same in every run.
const SALT: [u8; 16] = *b"salt of the test";
const FILE_KEY: [u8; 32] = *b"the key of a file in these tests";

/// A way to encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Rc4With40Bits,
    Rc4With128Bits,
    Rc4ByFilter,
    AesWith128Bits,
    AesWith256BitsRevision5,
    AesWith256BitsRevision6,
}

/// All of them.
pub(super) const METHODS: [Method; 6] = [
    Method::Rc4With40Bits,
    Method::Rc4With128Bits,
    Method::Rc4ByFilter,
    Method::AesWith128Bits,
    Method::AesWith256BitsRevision5,
    Method::AesWith256BitsRevision6,
];

impl Method {
    /// The version and revision of the handler, and the bytes of the key.
    fn numbers(self) -> (u8, u8, usize) {
        match self {
            Self::Rc4With40Bits => (1, 2, 5),
            Self::Rc4With128Bits => (2, 3, 16),
            Self::Rc4ByFilter | Self::AesWith128Bits => (4, 4, 16),
            Self::AesWith256BitsRevision5 => (5, 5, 32),
            Self::AesWith256BitsRevision6 => (5, 6, 32),
        }
    }

    /// Whether the owner's password is one of its own, with which a file opens, even where it is empty. In older revisions the user's
    /// takes the place of an empty one (algorithm 3).
    pub(super) fn owner_has_a_password(self) -> bool {
        matches!(
            self,
            Self::AesWith256BitsRevision5 | Self::AesWith256BitsRevision6
        )
    }

    /// The name of the filter's method.
    fn filter(self) -> Option<&'static str> {
        match self {
            Self::Rc4With40Bits | Self::Rc4With128Bits => None,
            Self::Rc4ByFilter => Some("/V2"),
            Self::AesWith128Bits => Some("/AESV2"),
            Self::AesWith256BitsRevision5 | Self::AesWith256BitsRevision6 => Some("/AESV3"),
        }
    }
}

/// A file's encryption.
pub(super) struct Handler {
    method: Method,
    key: Vec<u8>,
    entries: Vec<(&'static str, String)>,
}

impl Handler {
    pub(super) fn new(method: Method, user: &str, owner: &str) -> Self {
        let (version, revision, length) = method.numbers();
        let mut entries = vec![
            ("/Filter", "/Standard".to_owned()),
            ("/V", version.to_string()),
            ("/R", revision.to_string()),
            ("/Length", (length * 8).to_string()),
            ("/P", PERMISSIONS.to_string()),
        ];
        if let Some(filter) = method.filter() {
            entries.push((
                "/CF",
                format!("<< /StdCF << /CFM {filter} /AuthEvent /DocOpen /Length {length} >> >>"),
            ));
            entries.push(("/StmF", "/StdCF".to_owned()));
            entries.push(("/StrF", "/StdCF".to_owned()));
        }
        let (key, proofs) = if version == 5 {
            by_hashes(user.as_bytes(), owner.as_bytes(), revision)
        } else {
            by_md5(&one_byte_each(user), &one_byte_each(owner), revision, length)
        };
        entries.extend(
            proofs
                .into_iter()
                .map(|(name, bytes)| (name, hexadecimal(&bytes))),
        );
        Self { method, key, entries }
    }

    /// What stands in the dictionary.
    pub(super) fn entries(&self) -> Vec<(&'static str, String)> {
        self.entries.clone()
    }

    /// The same as text.
    pub(super) fn dictionary(&self) -> String {
        let entries = self.entries.iter().map(|(name, value)| format!("{name} {value}"));
        entries.collect::<Vec<_>>().join(" ")
    }

    /// Encrypts a stream of the object with this number.
    pub(super) fn encrypt(&self, number: u8, bytes: &[u8]) -> Vec<u8> {
        let with_vector = |encrypted: Vec<u8>| [&SALT[..], &encrypted].concat();
        let object = [number, 0, 0, 0, 0];
        let length = (self.key.len() + object.len()).min(16);
        match self.method {
            Method::Rc4With40Bits | Method::Rc4With128Bits | Method::Rc4ByFilter => {
                rc4(&md5(&[&self.key, &object])[..length], bytes)
            }
            Method::AesWith128Bits => {
                let key = md5(&[&self.key, &object, b"sAlT"]);
                with_vector(aes_128::<Pkcs7>(&key, &SALT, bytes))
            }
            Method::AesWith256BitsRevision5 | Method::AesWith256BitsRevision6 => {
                with_vector(aes_256::<Pkcs7>(&self.key, &SALT, bytes))
            }
        }
    }
}

type Proofs = Vec<(&'static str, Vec<u8>)>;

/// Revisions 2 to 4.
fn by_md5(user: &[u8], owner: &[u8], revision: u8, length: usize) -> (Vec<u8>, Proofs) {
    let filled = |password: &[u8]| [password, &PADDING].concat()[..32].to_vec();
    let again = |mut hash: [u8; 16]| {
        if revision >= 3 {
            for _ in 0..50 {
                hash = md5(&[&hash[..length]]);
            }
        }
        hash[..length].to_vec()
    };
    // From revision 3 on everything is encrypted twenty times, with a key that changes a little.
    let encrypted = |key: &[u8], bytes: &[u8]| {
        let rounds = if revision >= 3 { 20 } else { 1 };
        (0..rounds).fold(bytes.to_vec(), |bytes, round: u8| {
            let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            rc4(&key, &bytes)
        })
    };
    let owner = if owner.is_empty() { user } else { owner };
    let owner_proof = encrypted(&again(md5(&[&filled(owner)])), &filled(user));
    let key = again(md5(&[
        &filled(user),
        &owner_proof,
        &PERMISSIONS.to_le_bytes(),
        &IDENTIFIER,
    ]));
    let user_proof = if revision >= 3 {
        [encrypted(&key, &md5(&[&PADDING, &IDENTIFIER])), vec![0; 16]].concat()
    } else {
        encrypted(&key, &PADDING)
    };
    (key, vec![("/O", owner_proof), ("/U", user_proof)])
}

/// Revisions 5 and 6.
fn by_hashes(user: &[u8], owner: &[u8], revision: u8) -> (Vec<u8>, Proofs) {
    let (check, wrap) = SALT.split_at(8);
    let hash = |password: &[u8], salt: &[u8], user_proof: &[u8]| {
        if revision == 5 {
            sha::<Sha256>(&[password, salt, user_proof])
        } else {
            hardened(password, salt, user_proof)
        }
    };
    let proof = |password: &[u8], user_proof: &[u8]| {
        let proof = [&hash(password, check, user_proof)[..], check, wrap].concat();
        let wrapped = aes_256::<NoPadding>(&hash(password, wrap, user_proof), &[0; 16], &FILE_KEY);
        (proof, wrapped)
    };
    let (user_proof, user_key) = proof(user, b"");
    let (owner_proof, owner_key) = proof(owner, &user_proof);
    let permissions = [&PERMISSIONS.to_le_bytes()[..], &[0xff; 4], b"Tadb", &SALT[..4]].concat();
    let permissions = aes_256::<NoPadding>(&FILE_KEY, &[0; 16], &permissions);
    let proofs = vec![
        ("/U", user_proof),
        ("/UE", user_key),
        ("/O", owner_proof),
        ("/OE", owner_key),
        ("/Perms", permissions),
    ];
    (FILE_KEY.to_vec(), proofs)
}

/// The hash of revision 6 (algorithm 2.B).
fn hardened(password: &[u8], salt: &[u8], user_proof: &[u8]) -> Vec<u8> {
    let mut hash = sha::<Sha256>(&[password, salt, user_proof]);
    for round in 1_u32.. {
        let repeated = [password, &hash, user_proof].concat().repeat(64);
        let encrypted = aes_128::<NoPadding>(&hash[..16], &hash[16..32], &repeated);
        let sum: u32 = encrypted[..16].iter().copied().map(u32::from).sum();
        hash = match sum % 3 {
            0 => sha::<Sha256>(&[&encrypted]),
            1 => sha::<Sha384>(&[&encrypted]),
            _ => sha::<Sha512>(&[&encrypted]),
        };
        let last = encrypted.last().copied().map_or(0, u32::from);
        if round >= 64 && last + 32 <= round {
            break;
        }
    }
    hash.truncate(32);
    hash
}

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    Md5::digest(parts.concat()).into()
}

fn sha<H: sha2::Digest>(parts: &[&[u8]]) -> Vec<u8> {
    H::digest(parts.concat()).to_vec()
}

fn aes_128<P: Padding<aes::cipher::consts::U16>>(key: &[u8], vector: &[u8], bytes: &[u8]) -> Vec<u8> {
    let encryptor = cbc::Encryptor::<aes::Aes128>::new_from_slices(key, vector).unwrap();
    encryptor.encrypt_padded_vec_mut::<P>(bytes)
}

fn aes_256<P: Padding<aes::cipher::consts::U16>>(key: &[u8], vector: &[u8], bytes: &[u8]) -> Vec<u8> {
    let encryptor = cbc::Encryptor::<aes::Aes256>::new_from_slices(key, vector).unwrap();
    encryptor.encrypt_padded_vec_mut::<P>(bytes)
}

fn rc4(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut state: Vec<u8> = (0..=255).collect();
    let mut swap_with = 0_usize;
    for index in 0..256 {
        swap_with = (swap_with + usize::from(state[index]) + usize::from(key[index % key.len()])) % 256;
        state.swap(index, swap_with);
    }
    let (mut index, mut other) = (0, 0);
    let stream = bytes.iter().map(|byte| {
        index = (index + 1) % 256;
        other = (other + usize::from(state[index])) % 256;
        state.swap(index, other);
        byte ^ state[(usize::from(state[index]) + usize::from(state[other])) % 256]
    });
    stream.collect()
}

/// Passwords of the old revisions are of one byte a character.
fn one_byte_each(password: &str) -> Vec<u8> {
    password
        .chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
        .collect()
}

/// As a string of a PDF.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("<{digits}>")
}
