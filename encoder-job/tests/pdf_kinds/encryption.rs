//! Files that open with the password of the user or with that of the owner, and with no other, also where the cross-reference
//! table is damaged.

use crate::{
    Case, check,
    draw::{Content, Type, finish, pdf, standard_fonts},
    handler::{Handler, Method},
    metrics::Font,
    read,
    support::PdfBuilder,
};

const LINES: [&str; 3] = [
    "The keeper keeps the key",
    "under the mat, as all keepers do,",
    "and nobody has ever looked there (1987).",
];
const V1_R2: Method = method(1, 2, 40);
/// The version of keys of 40 bits, with the revision of longer ones.
const V1_R3: Method = method(1, 3, 40);
const V2_R3_SHORT: Method = method(2, 3, 64);
const V2_R3: Method = method(2, 3, 128);

const fn method(version: u8, revision: u8, bits: usize) -> Method {
    Method {
        version,
        revision,
        length: bits / 8,
    }
}

/// A file, encrypted with these passwords.
fn file(method: Method, user: &str, owner: &str) -> Vec<u8> {
    let handler = Handler::new(method, user, owner);
    let mut content = Content::default();
    content.lines(60.0, 690.0, 16.0, &LINES, Type::new(Font::Helvetica, 12.0));
    let mut builder = PdfBuilder::default();
    let fonts = standard_fonts(&mut builder);
    // The content is the next object behind the fonts.
    let number = Font::ALL.len() + 1;
    let file = finish(builder, &handler.encrypt(number, content.bytes()), &fonts);
    let trailer = format!("trailer\n<< {}", handler.trailer);
    replaced(&file, b"trailer\n<<", trailer.as_bytes())
}

fn replaced(file: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = file;
    while let Some(place) = rest.windows(old.len()).position(|window| window == old) {
        result.extend_from_slice(&rest[..place]);
        result.extend_from_slice(new);
        rest = &rest[place + old.len()..];
    }
    result.extend_from_slice(rest);
    assert_ne!(result, file, "there was something to replace");
    result
}

/// The file opens with each of the passwords.
#[track_caller]
fn opens(name: &str, file: &[u8], passwords: &[&str]) {
    let case = Case::new(file.to_vec(), LINES.join("\n"));
    for password in passwords {
        check(&format!("encryption-{name}"), &case, password);
    }
}

/// The file is refused as encrypted with each of the passwords.
#[track_caller]
fn stays_shut(name: &str, file: &[u8], passwords: &[&str]) {
    for password in passwords {
        let output = read(file, password);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}: {password:?} opened it");
        assert!(complaint.contains("Encrypted"), "{name}: {complaint}");
        assert!(output.stdout.is_empty(), "{name}");
    }
}

/// The file opens with both passwords and not without.
#[track_caller]
fn opens_with_both_passwords(name: &str, file: &[u8]) {
    opens(name, file, &["reader", "keeper"]);
    stays_shut(name, file, &["", "wrong"]);
}

#[test]
fn keys_of_40_bits() {
    opens_with_both_passwords("keys_of_40_bits", &file(V1_R2, "reader", "keeper"));
}

#[test]
fn keys_of_40_bits_and_the_revision_of_longer_ones() {
    opens_with_both_passwords("keys_of_40_bits_r3", &file(V1_R3, "reader", "keeper"));
}

#[test]
fn keys_of_64_bits() {
    opens_with_both_passwords("keys_of_64_bits", &file(V2_R3_SHORT, "reader", "keeper"));
}

#[test]
fn keys_of_128_bits() {
    opens_with_both_passwords("keys_of_128_bits", &file(V2_R3, "reader", "keeper"));
}

#[test]
fn passwords_longer_than_the_handler_takes() {
    let (user, owner) = ("r".repeat(32), "k".repeat(40));
    let file = file(V2_R3, &user, &owner);
    opens("long_passwords", &file, &[&user, &owner]);
    stays_shut("long_passwords", &file, &["", "r", "k"]);
}

#[test]
fn a_password_of_the_user_alone() {
    let file = file(V1_R2, "reader", "");
    opens("user_alone", &file, &["reader"]);
    stays_shut("user_alone", &file, &["", "keeper"]);
}

#[test]
fn a_cross_reference_table_with_short_lines() {
    for method in [V1_R2, V1_R3, V2_R3] {
        let file = replaced(&file(method, "reader", "keeper"), b" n \n", b" n\n");
        opens_with_both_passwords("short_lines", &replaced(&file, b" f \n", b" f\n"));
    }
}

#[test]
fn a_cross_reference_table_that_is_elsewhere() {
    for method in [V1_R2, V1_R3, V2_R3] {
        let file = file(method, "reader", "keeper");
        opens_with_both_passwords("elsewhere", &replaced(&file, b"startxref\n", b"startxref\n7 "));
    }
}

#[test]
fn no_cross_reference_table() {
    for method in [V1_R2, V1_R3, V2_R3] {
        let file = file(method, "reader", "keeper");
        let last = |part: &[u8]| {
            let mut windows = file.windows(part.len());
            windows.rposition(|window| window == part).unwrap()
        };
        let file = [&file[..last(b"xref\n0 ")], &file[last(b"trailer")..]].concat();
        opens_with_both_passwords("no_table", &file);
    }
}

#[test]
fn neighbour_no_password_of_the_user() {
    for method in [V1_R2, V1_R3, V2_R3_SHORT, V2_R3] {
        let file = file(method, "", "keeper");
        opens("no_user", &file, &["", "keeper", "needless"]);
    }
}

#[test]
fn neighbour_a_file_that_is_not_encrypted() {
    let mut content = Content::default();
    content.lines(60.0, 690.0, 16.0, &LINES, Type::new(Font::Helvetica, 12.0));
    opens("not_encrypted", &pdf(&content), &["", "needless"]);
}
