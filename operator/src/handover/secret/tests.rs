//! What the Secret holds is used, or said to be wrong.

use super::*;
use crate::clock;

fn secret(data: BTreeMap<String, ByteString>) -> Secret {
    Secret {
        data: Some(data),
        ..Secret::default()
    }
}

#[test]
fn what_is_written_is_read_again() {
    let now = clock::now();
    let made = Authority::make(now).unwrap();
    let kept = read(&secret(contents(&made)), "authority", now).unwrap().unwrap();
    assert_eq!(kept.certificate_pem(), made.certificate_pem());
}

#[test]
fn an_empty_secret_holds_none() {
    let now = clock::now();
    assert!(read(&Secret::default(), "authority", now).unwrap().is_none());
    let empty = [KEY, CERTIFICATE].map(|key| (key.to_owned(), ByteString::default()));
    assert!(read(&secret(empty.into()), "authority", now).unwrap().is_none());
}

#[test]
fn what_cannot_be_used_is_an_error_that_says_what_to_do_and_shows_no_key() {
    let now = clock::now();
    let made = contents(&Authority::make(now).unwrap());
    let other = contents(&Authority::make(now).unwrap());
    let mut partial = made.clone();
    partial.remove(CERTIFICATE);
    let mut mixed = made.clone();
    mixed.insert(KEY.into(), other[KEY].clone());
    let mut nonsense = made.clone();
    nonsense.insert(KEY.into(), ByteString(vec![0xff, 0xfe]));
    for data in [partial, mixed, nonsense] {
        let error = read(&secret(data), "authority", now).err().unwrap().to_string();
        for expected in ["the Secret authority", "empty its data", "start all replicas"] {
            assert!(error.contains(expected), "{error}");
        }
        assert!(
            !error.contains("PRIVATE KEY") && !error.contains("BEGIN"),
            "{error}"
        );
    }
}
