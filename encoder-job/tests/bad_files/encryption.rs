//! Files that open only with a password, with none, or not at all: encrypted by the standard security handler
//! (ISO 32000-2, 7.6.4) in each of its revisions.

mod handler;

use super::{
    Collection, Expected,
    draft::{CONTENTS, Draft, RESOURCES, page_of},
};
use handler::{Handler, METHODS, Method};

pub(super) fn add(collection: &mut Collection) {
    for method in METHODS {
        for (user, owner) in [
            ("secret", "owner"),
            ("sécret", "ówner"),
            ("a very long password that is far too long", "x"),
        ] {
            let file = file(&Handler::new(method, user, owner), "");
            collection.add_expecting(Expected::Refusal("Encrypted"), "encrypted", "pdf", file);
        }
        let expected = if method.owner_has_a_password() {
            Expected::Result
        } else {
            Expected::Refusal("Encrypted")
        };
        let of_no_owner = file(&Handler::new(method, "secret", ""), "");
        collection.add_expecting(expected, "encrypted-without-owner-password", "pdf", of_no_owner);
        let open = Handler::new(method, "", "owner");
        let file = file(&open, "");
        collection.add_expecting(
            Expected::Result,
            "encrypted-without-password",
            "pdf",
            file.clone(),
        );
        for part in [2, 3] {
            collection.pdf("encrypted-and-cut", file[..file.len() * part / 4].to_vec());
        }
        wrong_streams(collection, &open);
    }
    wrong_dictionaries(collection);
}

/// A page with a sentence, encrypted; `more` goes into the dictionary of the encryption, before its own entries.
fn file(handler: &Handler, more: &str) -> Vec<u8> {
    with_stream(handler, &handler.encrypt(1, CONTENTS.as_bytes()), more)
}

/// The same with this as its stream.
fn with_stream(handler: &Handler, stream: &[u8], more: &str) -> Vec<u8> {
    let mut draft = Draft::default();
    draft.stream("", stream);
    draft.object(page_of(3, &format!("/Contents 1 0 R {RESOURCES}")));
    draft.object("<< /Type /Pages /Count 1 /Kids [2 0 R] >>");
    let catalog = draft.object("<< /Type /Catalog /Pages 3 0 R >>");
    let dictionary = draft.object(format!("<< {more} {} >>", handler.dictionary()));
    let identifier = handler::hexadecimal(&handler::IDENTIFIER);
    draft.trailer = format!("/Encrypt {dictionary} 0 R /ID [{identifier} {identifier}]");
    draft.finish(catalog)
}

/// Streams that cannot have been encrypted: too short, not of whole blocks, or padded wrongly.
fn wrong_streams(collection: &mut Collection, handler: &Handler) {
    let good = handler.encrypt(1, CONTENTS.as_bytes());
    for length in [0, 17] {
        collection.pdf(
            "encrypted-stream-wrong",
            with_stream(handler, &good[..length], ""),
        );
    }
    let mut bent = good;
    let last = bent.len() - 1;
    bent[last] ^= 0x55;
    collection.pdf("encrypted-stream-wrong", with_stream(handler, &bent, ""));
}

/// Dictionaries of an encryption that does not exist, or lacks what it needs.
fn wrong_dictionaries(collection: &mut Collection) {
    let handler = Handler::new(Method::Rc4With128Bits, "", "owner");
    for more in [
        "/V 0",
        "/V 9",
        "/V -1 /R -1",
        "/R 99",
        "/Filter /Adobe.PubSec /Recipients [<00>]",
        "/Filter /NoSuchHandler",
        "/Length 0",
        "/Length 7",
        "/Length -128",
        "/Length 2147483647",
        "/O <00>",
        "/O null",
        "/U (short)",
        "/U 7",
        "/P (all)",
        "/P 99999999999999999999",
        "/V 4 /R 4",
        "/V 4 /R 4 /StmF /StdCF /StrF /StdCF /CF << /StdCF 5 0 R >>",
        "/V 4 /R 4 /StmF /StdCF /CF << /StdCF << /CFM /NoSuchMethod >> >>",
        "/V 4 /R 4 /StmF /StdCF /CF << /StdCF << /CFM /None /Length 0 >> >>",
        "/V 5 /R 6 /UE <00> /OE <00> /Perms <00>",
        "/V 5 /R 5",
    ] {
        // What is said twice may count either way; so each is said once.
        let names: Vec<&str> = more.split(' ').filter(|word| word.starts_with('/')).collect();
        let mut draft = Draft::default();
        draft.stream("", CONTENTS);
        draft.object(page_of(3, &format!("/Contents 1 0 R {RESOURCES}")));
        draft.object("<< /Type /Pages /Count 1 /Kids [2 0 R] >>");
        let catalog = draft.object("<< /Type /Catalog /Pages 3 0 R >>");
        let own: Vec<String> = handler
            .entries()
            .into_iter()
            .filter(|(name, _)| !names.contains(name))
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let dictionary = draft.object(format!("<< {more} {} >>", own.join(" ")));
        let identifier = handler::hexadecimal(&handler::IDENTIFIER);
        draft.trailer = format!("/Encrypt {dictionary} 0 R /ID [{identifier} {identifier}]");
        collection.pdf("encryption-dictionary-wrong", draft.finish(catalog));
    }
    for trailer in [
        "/Encrypt 99 0 R",
        "/Encrypt null",
        "/Encrypt 1 0 R",
        "/Encrypt << >>",
        "/Encrypt [5 0 R]",
        "/Encrypt << /Filter /Standard >> /ID []",
        "/Encrypt << /Filter /Standard /V 1 /R 2 /O () /U () /P 0 >>",
        "/Encrypt << /Filter /Standard /V 2 /R 3 /O () /U () /P 0 /Length 128 >> /ID 7",
    ] {
        let mut draft = Draft::default();
        trailer.clone_into(&mut draft.trailer);
        collection.pdf(
            "encryption-dictionary-wrong",
            draft.page_showing(CONTENTS, RESOURCES),
        );
    }
}
