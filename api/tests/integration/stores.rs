//! The store, on a directory and on a real S3 server: what is written is there once and whole, and what is removed is gone.

use api::{
    identity::key::hexadecimal,
    store::{Store, StoreError},
};
use bytes::Bytes;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};

use crate::{
    application::{STORES, StoreKind, store},
    servers,
};

const PREFIX: &str = "tenants/t/documents/d";

async fn put(store: &Store, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let mut writer = store.create(key).await?;
    for part in bytes.chunks(100_000) {
        writer.write(Bytes::copy_from_slice(part)).await?;
    }
    writer.finish().await
}

/// Bytes that differ everywhere.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[tokio::test]
async fn what_is_written_is_read_whole_and_in_ranges() {
    for kind in STORES {
        let (_directory, store) = store(kind).await;
        // Nothing, a little, and more than S3 takes as one part.
        for length in [0, 1000, 12_000_000] {
            let (key, written) = (format!("{PREFIX}/{length}/source"), pattern(length));
            put(&store, &key, &written).await.unwrap();
            assert_eq!(store.size(&key).await.unwrap(), Some(length as u64), "{kind:?}");
            let read = store.read(&key).await.unwrap();
            assert_eq!(read.size, length as u64);
            assert!(read.bytes().await.unwrap() == written, "{kind:?} {length}");
        }
        let key = format!("{PREFIX}/1000/source");
        for (range, expected) in [(0..10, 0..10), (990..2000, 990..1000)] {
            let object = store.read_range(&key, range.clone()).await.unwrap();
            assert_eq!(object.size, 1000, "{kind:?}");
            assert_eq!(
                object.bytes().await.unwrap(),
                pattern(1000)[expected],
                "{kind:?} {range:?}"
            );
        }
    }
}

/// Encoders name the files of results by what people call their documents.
#[tokio::test]
async fn a_key_in_any_script_is_the_stores_own() {
    for kind in STORES {
        let (_directory, store) = store(kind).await;
        let name = "gi\u{e0} letto \u{5831}\u{544a} \u{5e9}\u{5dc}\u{5d5}\u{5dd}_sections_index.json";
        let key = format!("{PREFIX}/encodings/e/attempt-1/{name}");
        put(&store, &key, b"[]").await.unwrap();
        let listed: Vec<_> = store
            .list(PREFIX)
            .map_ok(|object| object.key)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(listed, [key.as_str()], "{kind:?}");
        assert_eq!(store.read(&key).await.unwrap().bytes().await.unwrap(), b"[]");
        store.remove_all(PREFIX).await.unwrap();
        assert_eq!(store.size(&key).await.unwrap(), None, "{kind:?}");
    }
}

#[tokio::test]
async fn an_object_is_created_once() {
    for kind in STORES {
        let (_directory, store) = store(kind).await;
        let key = format!("{PREFIX}/source");
        put(&store, &key, b"first").await.unwrap();
        let second = put(&store, &key, b"second").await;
        assert!(
            matches!(second, Err(StoreError::AlreadyExists(_))),
            "{kind:?} {second:?}"
        );
        let read = store.read(&key).await.unwrap();
        assert_eq!(read.bytes().await.unwrap(), b"first");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    for kind in STORES {
        let (_directory, store) = store(kind).await;
        for key in ["tenants/t/nothing", "../etc/passwd", "a//b", ""] {
            assert_eq!(store.size(key).await.unwrap_or(None), None, "{kind:?} {key}");
            assert!(store.read(key).await.is_err(), "{kind:?} {key}");
        }
        store.remove_all("tenants/t/nothing").await.unwrap();
    }
}

#[tokio::test]
async fn removing_takes_everything_below_a_prefix_and_nothing_beside_it() {
    for kind in STORES {
        let (directory, store) = store(kind).await;
        for key in [
            "source",
            "encodings/e/manifest.json",
            "encodings/e/attempt-p/a.json",
        ] {
            put(&store, &format!("{PREFIX}/{key}"), b"x").await.unwrap();
        }
        let beside = format!("{PREFIX}2/source"); // Begins with the same letters.
        put(&store, &beside, b"x").await.unwrap();
        store.remove_all(PREFIX).await.unwrap();
        let left = directory.contents();
        assert!(left.len() == 1 && left[0].ends_with(&beside), "{kind:?} {left:?}");
    }
}

#[tokio::test]
async fn removing_all_but_some_prefixes_leaves_those_and_nothing_else() {
    for kind in STORES {
        let (directory, store) = store(kind).await;
        let kept = [
            format!("{PREFIX}/encodings/e"),
            format!("{PREFIX}/encodings/f"),
            format!("{PREFIX}/encodings/none"),
        ];
        for key in [
            "source",
            "encodings/e/manifest.json",
            "encodings/e/attempt-p/a.json",
            "encodings/e2/manifest.json", // Begins with the same letters.
            "encodings/d/attempt-p/a.json",
            "encodings/f/attempt-q/b.json",
            "other/e/a",
        ] {
            put(&store, &format!("{PREFIX}/{key}"), b"x").await.unwrap();
        }
        // Twice: it was cut off, or not known to be done.
        for _ in 0..2 {
            store.remove_all_but(PREFIX, &kept).await.unwrap();
            let mut left = directory.contents();
            left.sort();
            assert_eq!(left.len(), 3, "{kind:?} {left:?}");
            for (key, expected) in
                left.iter()
                    .zip(["e/attempt-p/a.json", "e/manifest.json", "f/attempt-q/b.json"])
            {
                assert!(key.ends_with(expected), "{kind:?} {left:?}");
            }
        }
        store.remove_all(PREFIX).await.unwrap();
        assert_eq!(directory.contents(), Vec::<String>::new(), "{kind:?}");
        store.remove_all_but(PREFIX, &kept).await.unwrap();
    }
}

#[tokio::test]
async fn an_upload_that_is_cut_off_is_removed_with_its_parts() {
    for kind in STORES {
        let (directory, store) = store(kind).await;
        let key = format!("{PREFIX}/source");
        let mut writer = store.create(&key).await.unwrap();
        for part in pattern(12_000_000).chunks(1_000_000) {
            writer.write(Bytes::copy_from_slice(part)).await.unwrap();
        }
        // As a process that is killed leaves it: nobody drops it.
        std::mem::forget(writer);
        // Where the server keeps the parts of a key that is no object yet.
        let prefix = directory.0.file_name().unwrap().to_str().unwrap();
        let name = hexadecimal(&Sha256::digest(format!("{prefix}/{key}")));
        let parts = servers::s3().data.join("bucket/.sgwtmp/multipart").join(name);
        if kind == StoreKind::S3 {
            assert!(std::fs::read_dir(&parts).unwrap().next().is_some());
        }
        store.remove_all(PREFIX).await.unwrap();
        assert_eq!(directory.contents(), Vec::<String>::new(), "{kind:?}");
        let left = std::fs::read_dir(&parts).into_iter().flatten().count();
        assert_eq!(left, 0, "{kind:?}");
    }
}

#[tokio::test]
async fn no_link_is_followed_whatever_is_done() {
    let (directory, store) = store(StoreKind::File).await;
    let elsewhere = crate::application::Directory::new();
    std::fs::write(elsewhere.0.join("source"), b"theirs").unwrap();
    std::fs::create_dir_all(directory.0.join("tenants/t/documents")).unwrap();
    std::os::unix::fs::symlink(&elsewhere.0, directory.0.join(PREFIX)).unwrap();
    let key = format!("{PREFIX}/source");
    assert!(matches!(store.read(&key).await, Err(StoreError::NotPlain(_))));
    assert!(store.size(&key).await.is_err());
    assert!(matches!(
        store.create(&format!("{PREFIX}/new")).await.map(drop),
        Err(StoreError::NotPlain(_))
    ));
    assert!(store.remove_all(&format!("{PREFIX}/encodings")).await.is_err());
    // The link itself goes, and what it leads to stays.
    store.remove_all(PREFIX).await.unwrap();
    assert!(!directory.0.join(PREFIX).exists());
    assert_eq!(std::fs::read(elsewhere.0.join("source")).unwrap(), b"theirs");
}

#[tokio::test]
async fn a_store_that_is_not_there_is_told_apart() {
    let right = servers::s3().settings();
    let mut wrong = right.clone();
    wrong.secret_access_key = Some("another".into());
    for (url, settings) in [
        ("file:///nowhere/at/all", &right),
        ("ftp://x/", &right),
        ("s3://no-such-bucket/p", &right),
        ("s3://bucket/p", &wrong),
    ] {
        let error = Store::open(&url.parse().unwrap(), settings).await.unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains(url.trim_start_matches("file://")), "{message}");
        assert!(!message.contains("another"), "{message}");
    }
}

#[tokio::test]
async fn a_stream_is_read_as_it_comes() {
    for kind in STORES {
        let (_directory, store) = store(kind).await;
        let key = format!("{PREFIX}/source");
        put(&store, &key, &pattern(1_000_000)).await.unwrap();
        let mut stream = store.read(&key).await.unwrap().into_stream();
        let (mut total, mut most) = (0, 0);
        while let Some(bytes) = stream.try_next().await.unwrap() {
            (total, most) = (total + bytes.len(), most.max(bytes.len()));
        }
        assert!(total == 1_000_000 && most < 1_000_000, "{kind:?} {most}");
    }
}
