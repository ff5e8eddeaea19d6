//! Where a list goes on: JSON in hexadecimal digits, opaque to clients.

use serde::{Serialize, de::DeserializeOwned};

use crate::identity::key::hexadecimal;

/// A cursor that says this.
pub(super) fn write(place: &impl Serialize) -> Option<String> {
    serde_json::to_vec(place).ok().map(|json| hexadecimal(&json))
}

/// What a cursor says; `None` where it is none of this kind.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    serde_json::from_slice(&bytes?).ok()
}
