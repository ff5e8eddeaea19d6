//! Which files of a book are encrypted. Fonts often are, against being copied out of it; that does no harm.

use std::collections::HashSet;

use crate::{
    extract::{
        archive::{Archive, resolve},
        xml::{self, Attributes, Handler},
    },
    failure::Failure,
};

/// Where an archive says what in it is encrypted.
const ENCRYPTION: &str = "META-INF/encryption.xml";
/// Ways to make a font unreadable for other programs than the book's reader.
const FONT_OBFUSCATION: [&str; 2] = [
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#rc",
];

/// The paths of what is encrypted, obfuscated fonts aside.
pub(super) fn encrypted_paths(archive: &mut Archive<'_>) -> Result<HashSet<String>, Failure> {
    let mut reader = EncryptionReader::default();
    if let Some(part) = archive.read(ENCRYPTION)? {
        // What is encrypted and not told here shows when it is read.
        let _damage = xml::text(&part.bytes).and_then(|text| xml::visit(&text, &mut reader));
    }
    Ok(reader.paths)
}

#[derive(Default)]
struct EncryptionReader {
    paths: HashSet<String>,
    /// Whether the encryption being read is none, but an obfuscation.
    is_obfuscation: bool,
    /// How many keys are being read, which are encrypted themselves.
    keys: usize,
}

impl Handler for EncryptionReader {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        match name {
            "EncryptedData" => self.is_obfuscation = false,
            "KeyInfo" | "EncryptedKey" => self.keys += 1,
            "EncryptionMethod" if self.keys == 0 => {
                self.is_obfuscation = attributes.get("Algorithm").is_some_and(|algorithm| {
                    FONT_OBFUSCATION.contains(&algorithm.to_ascii_lowercase().as_str())
                });
            }
            "CipherReference" if self.keys == 0 && !self.is_obfuscation => {
                let link = attributes.get("URI").and_then(|target| resolve("", &target));
                self.paths.extend(link.map(|link| link.path));
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if matches!(name, "KeyInfo" | "EncryptedKey") {
            self.keys = self.keys.saturating_sub(1);
        }
    }
}
