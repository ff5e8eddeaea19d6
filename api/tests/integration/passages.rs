//! Passages of what a search finds: they show what was asked for, wherever it stands in a long text.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::application;

/// So many characters that a passage does not reach over them.
fn filler() -> String {
    "lorem ipsum ".repeat(80)
}

#[tokio::test]
async fn passages_show_all_that_was_asked_for() {
    let application = application::application().await;
    let filler = filler();
    for (name, text) in [
        // Its stem is not how it stands there.
        ("apart.txt", format!("Invoice {filler} policy at the end")),
        (
            "phrase.txt",
            format!("The state pays. {filler} Rules of state aid apply. {filler}"),
        ),
        (
            "within.txt",
            format!("Careful: {filler} this car is red. {filler}"),
        ),
        (
            "near.txt",
            format!("{filler} alpha {} beta {filler}", &filler[..230]),
        ),
    ] {
        application.own(name, "en", &[&text]).await;
    }
    application.index().await;
    for (question, expected) in [
        ("invoice policy", &["Invoice", "policy"][..]),
        ("\"state aid\"", &["aid", "state"]),
        ("car", &["car"]),
        ("alpha beta", &["alpha", "beta"]),
        ("alpha or nothing", &["alpha"]),
    ] {
        let asked = utf8_percent_encode(question, NON_ALPHANUMERIC);
        let answer = application.get(&format!("/api/search?q={asked}")).await.json();
        let passages = answer["results"][0]["highlights"].as_array().unwrap();
        let marked: BTreeSet<_> = passages
            .iter()
            .flat_map(|passage| passage.as_array().unwrap())
            .filter(|piece| piece["match"] == true)
            .map(|piece| piece["text"].as_str().unwrap())
            .collect();
        assert_eq!(
            marked,
            expected.iter().copied().collect(),
            "{question}: {passages:?}"
        );
    }
}
