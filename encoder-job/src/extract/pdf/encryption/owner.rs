//! From the password that gives all rights to the one that opens a document, up to revision 4 (ISO 32000-2, 7.6.4.4.3, algorithm 7).

use hayro_syntax::object::{Dict, FromBytes as _, ObjRef, String as PdfString};
use md5::{Digest as _, Md5};
use rc4::{KeyInit as _, Rc4, StreamCipher as _};

/// What passwords are filled up with.
const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e,
    0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];
/// How many encryption dictionaries are looked at.
const MAX_DICTIONARIES: usize = 8;

/// The password that opens the document, if this one gives all rights; any bytes otherwise.
pub(super) fn user_password(document: &[u8], owner_password: &[u8]) -> Option<Vec<u8>> {
    dictionaries(document)
        .take(MAX_DICTIONARIES)
        .find_map(|dictionary| from_owner(&dictionary, owner_password))
}

fn from_owner(dictionary: &Dict<'_>, owner_password: &[u8]) -> Option<Vec<u8>> {
    let revision = dictionary.get::<u8>("R")?;
    if !(2..=4).contains(&revision) {
        return None;
    }
    let bits = match dictionary.get::<u8>("V")? {
        1 => 40,
        4 => dictionary.get::<usize>("Length").unwrap_or(128),
        _ => dictionary.get::<usize>("Length").unwrap_or(40),
    };
    let length = (bits / 8).clamp(1, 16);
    let mut hash: [u8; 16] = Md5::digest(padded(owner_password)).into();
    if revision > 2 {
        // As all readers do it: of each digest so many bytes as the key has.
        for _ in 0..50 {
            hash = Md5::digest(&hash[..length]).into();
        }
    }
    let owner = dictionary.get::<PdfString<'_>>("O")?;
    let mut password: [u8; 32] = owner.as_bytes().get(..32)?.try_into().ok()?;
    for round in (0..if revision > 2 { 20 } else { 1 }).rev() {
        let key: Vec<u8> = hash[..length].iter().map(|byte| byte ^ round).collect();
        Rc4::new_from_slice(&key).ok()?.apply_keystream(&mut password);
    }
    let end = (0..32)
        .find(|&end| password[end..] == PADDING[..32 - end])
        .unwrap_or(32);
    Some(password[..end].to_vec())
}

fn padded(password: &[u8]) -> [u8; 32] {
    let length = password.len().min(32);
    let mut padded = PADDING;
    padded[..length].copy_from_slice(&password[..length]);
    padded[length..].copy_from_slice(&PADDING[..32 - length]);
    padded
}

/// The encryption dictionaries of a file, found by their names, as its table of objects may be damaged. They are never compressed.
fn dictionaries(document: &[u8]) -> impl Iterator<Item = Dict<'_>> {
    memchr::memmem::find_iter(document, b"/Encrypt").filter_map(|at| {
        let value = document[at + b"/Encrypt".len()..].trim_ascii_start();
        if value.starts_with(b"<<") {
            return Dict::from_bytes(value);
        }
        let reference = ObjRef::from_bytes(value)?;
        let header = format!("{} {} obj", reference.obj_number, reference.gen_number);
        let object = memchr::memmem::find_iter(document, header.as_bytes())
            .find(|&at| at == 0 || !document[at - 1].is_ascii_digit())?;
        Dict::from_bytes(document[object + header.len()..].trim_ascii_start())
    })
}
