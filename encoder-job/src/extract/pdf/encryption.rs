//! Opening what is encrypted (ISO 32000-2, 7.6).
//!
//! The library of the first engine takes the password that opens a document, in UTF-8. From the one that gives all rights that one is found
//! ([`owner`]). What is no UTF-8, as older documents have passwords in Latin-1, is taken by the library of the second engine: it decrypts the
//! document, which the first then reads.

mod owner;

use std::{panic::catch_unwind, sync::Arc};

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use pdf_extract::Document;

use super::pdf_extract::malicious_input;
use crate::failure::{Failure, FailureReason};

/// Opens a document with a password, which is empty where none was given.
///
/// # Errors
/// `Encrypted` where the password does not open it, `Malformed` where it is damaged.
pub(super) fn open(bytes: &Arc<Vec<u8>>, password: &str) -> Result<Pdf, Failure> {
    let opened = catch_unwind(|| first_that_opens(bytes, password));
    opened.unwrap_or(Err(LoadPdfError::Invalid)).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            let message = if password.is_empty() {
                "the PDF opens only with a password: give it, or remove it and try again"
            } else {
                "the password does not open the PDF: check it and try again"
            };
            Failure::new(FailureReason::Encrypted, message)
        }
        LoadPdfError::Decryption(_) => {
            let message = "the PDF is encrypted in a way that is broken or not known: remove the encryption and try again";
            Failure::new(FailureReason::Encrypted, message)
        }
        LoadPdfError::Invalid => {
            let message = "the PDF cannot be opened: it is damaged, or cut short; make it anew and try again";
            Failure::new(FailureReason::Malformed, message)
        }
    })
}

fn first_that_opens(bytes: &Arc<Vec<u8>>, password: &str) -> Result<Pdf, LoadPdfError> {
    let protected = LoadPdfError::Decryption(DecryptionError::PasswordProtected);
    let opened = match Pdf::new_with_password(bytes.clone(), password) {
        // Where the file's table of objects is damaged, a wrong password looks like damage.
        Err(LoadPdfError::Invalid) if says_that_it_is_encrypted(bytes) => Err(protected),
        opened => opened,
    };
    if !matches!(
        opened,
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected))
    ) || password.is_empty()
    {
        return opened;
    }
    // One of many documents may need no password.
    if let Ok(pdf) = Pdf::new_with_password(bytes.clone(), "") {
        return Ok(pdf);
    }
    let given = [Some(password.as_bytes().to_vec()), latin_1(password)];
    let users: Vec<Vec<u8>> = given
        .iter()
        .flatten()
        .flat_map(|given| [Some(given.clone()), owner::user_password(bytes, given)])
        .flatten()
        .collect();
    let found = users.iter().find_map(|user| open_as_user(bytes, user));
    found.map_or(opened, Ok)
}

/// Opens a document with the bytes of the password that opens it.
fn open_as_user(bytes: &Arc<Vec<u8>>, password: &[u8]) -> Option<Pdf> {
    match std::str::from_utf8(password) {
        Ok(password) => Pdf::new_with_password(bytes.clone(), password).ok(),
        Err(_) => Pdf::new(Arc::new(decrypted(bytes, password)?)).ok(),
    }
}

/// A password as older documents have it; `None` where that is no other, or has other characters.
fn latin_1(password: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = password.chars().map(|c| u8::try_from(c).ok()).collect();
    bytes.filter(|_| !password.is_ascii())
}

/// Whether a file names an encryption dictionary.
fn says_that_it_is_encrypted(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"/Encrypt").is_some() && memchr::memmem::find(bytes, b"/Standard").is_some()
}

/// The document without its encryption; `None` where the password does not open it.
fn decrypted(bytes: &[u8], password: &[u8]) -> Option<Vec<u8>> {
    if malicious_input::claims_too_much(bytes) {
        return None;
    }
    let mut document = Document::load_mem(bytes).ok()?;
    document.decrypt_raw(password).ok()?;
    let mut bytes = Vec::with_capacity(bytes.len());
    document.save_to(&mut bytes).ok()?;
    Some(bytes)
}
