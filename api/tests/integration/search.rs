//! Search in the text of documents, and exports: in the language of each, of one's own documents alone, and of results that are there.

use api::{cleanup::metrics::SweeperMetrics, documents::document::Document, search::indexer::Indexer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    application::{self, Application},
    databases,
    documents::{document, insert},
};

impl Application {
    fn indexer(&self) -> Indexer {
        Indexer {
            database: self.database.maintenance.clone(),
            store: self.app.store.clone(),
            metrics: SweeperMetrics::default(),
        }
    }

    /// Makes a document of a tenant ready, with chunks of these texts.
    async fn with_text(
        &self,
        tenant: Uuid,
        user: Uuid,
        name: &str,
        language: &str,
        texts: &[&str],
    ) -> Document {
        let mut document = document(tenant, user);
        name.clone_into(&mut document.file.filename);
        insert(&self.database.api, &document).await;
        self.commit(&document, language, &file(texts)).await;
        document
    }

    pub(crate) async fn own(&self, name: &str, language: &str, texts: &[&str]) -> Document {
        self.with_text(self.tenant, self.user, name, language, texts)
            .await
    }

    /// Where the result of a document lies.
    async fn prefix_of(&self, document: &Document) -> String {
        let manifest = self.read(document).await.doc_metadata["manifest"].clone();
        let manifest = manifest.as_str().unwrap();
        manifest.strip_suffix("/manifest.json").unwrap().to_owned()
    }

    pub(crate) async fn index(&self) {
        while self.indexer().index_due().await.unwrap() > 0 {}
    }

    /// The names of the documents, and the numbers of the chunks, that are found.
    pub(crate) async fn chunks_found(&self, path_and_query: &str) -> Vec<(String, i64)> {
        let answer = self.get(path_and_query).await.json();
        let results = answer["results"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let place = |result: &Value| {
            (
                result["filename"].as_str().unwrap().to_owned(),
                result["chunk_index"].as_i64().unwrap(),
            )
        };
        results.iter().map(place).collect()
    }
}

pub(crate) fn file(texts: &[&str]) -> Vec<u8> {
    let chunk = |(index, text): (usize, &&str)| {
        json!({
            "id": format!("id-{index}"), "text": text, "token_count": 2, "char_start": index, "char_end": index + 7,
            "page_start": index + 1, "page_end": index + 1,
            "metadata": {"index": index, "start": 0, "end": 7, "length": 7, "page": 1, "section": 1, "total_sections": 1, "title": "Capitolo"},
        })
    };
    let chunks: Vec<_> = texts.iter().enumerate().map(chunk).collect();
    json!({ "file": "a.pdf", "chunks": chunks })
        .to_string()
        .into_bytes()
}

fn place(name: &str, number: i64) -> (String, i64) {
    (name.to_owned(), number)
}

#[tokio::test]
async fn words_are_found_in_the_language_of_each_document() {
    let application = application::application().await;
    let texts = [
        "La fattura fu pagata",
        "Le fatture <b>furono</b> pagate in ritardo",
        "Nulla",
    ];
    let italian = application.own("it.pdf", "it", &texts).await;
    application
        .own("en.pdf", "en", &["The runner was running", "fattura"])
        .await;
    application.own("und.pdf", "und", &["fattura"]).await;
    assert_eq!(
        application.chunks_found("/api/search?q=fattura").await,
        [],
        "nothing is indexed yet"
    );
    application.index().await;

    let mut found = application.chunks_found("/api/search?q=fattura").await;
    found.sort();
    assert_eq!(
        found,
        [
            place("en.pdf", 1),
            place("it.pdf", 0),
            place("it.pdf", 1),
            place("und.pdf", 0)
        ],
        "its plural is found in Italian alone"
    );
    assert_eq!(
        application.chunks_found("/api/search?q=runs").await,
        [place("en.pdf", 0)]
    );
    assert_eq!(
        application
            .chunks_found("/api/search?q=fattura&language=und")
            .await,
        [place("und.pdf", 0)]
    );
    assert_eq!(
        application
            .chunks_found("/api/search?q=fattura+-ritardo&language=it")
            .await,
        [place("it.pdf", 0)]
    );
    assert_eq!(
        application
            .chunks_found("/api/search?q=%22pagate+in+ritardo%22")
            .await,
        [place("it.pdf", 1)]
    );
    assert_eq!(
        application
            .chunks_found("/api/search?q=runner+or+nulla")
            .await
            .len(),
        2
    );
    for nothing in ["the", "%26%7C%21", "parola%3A*%27%29", "nulla+fattura"] {
        assert_eq!(
            application
                .chunks_found(&format!("/api/search?q={nothing}"))
                .await,
            [],
            "{nothing}"
        );
    }
    // A heading counts, too.
    let within = format!("/api/documents/{}/search", italian.id);
    assert_eq!(
        application
            .chunks_found(&format!("{within}?q=capitolo"))
            .await
            .len(),
        3
    );
    let answer = application.get(&format!("{within}?q=ritardo")).await.json();
    let result = &answer["results"][0];
    assert_eq!(
        (&result["page"], &result["title"], &result["language"]),
        (&json!(2), &json!("Capitolo"), &json!("it"))
    );
    let pieces: Vec<_> = result["highlights"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|passage| passage.as_array().unwrap())
        .collect();
    let texts: String = pieces
        .iter()
        .map(|piece| piece["text"].as_str().unwrap())
        .collect();
    assert!(texts.ends_with("pagate in ritardo"), "{texts}");
    let matching: Vec<_> = pieces
        .iter()
        .copied()
        .filter(|piece| piece["match"] == true)
        .collect();
    assert_eq!(matching, [&json!({"text": "ritardo", "match": true})]);
    assert_eq!(answer["truncated"], false);
}

#[tokio::test]
async fn a_list_of_what_was_found_is_gone_through_once() {
    let application = application::application().await;
    let texts: Vec<String> = (0..23)
        .map(|number| format!("parola {}", "parola ".repeat(number % 4)))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    application.own("a.pdf", "it", &texts).await;
    application.own("b.pdf", "it", &texts).await;
    application.index().await;
    let (mut all, mut cursor, mut last_score) = (Vec::new(), String::new(), f64::MAX);
    loop {
        let answer = application
            .get(&format!("/api/search?q=parola&limit=7&cursor={cursor}"))
            .await
            .json();
        for result in answer["results"].as_array().unwrap() {
            let score = result["score"].as_f64().unwrap();
            assert!(score <= last_score, "{answer}");
            last_score = score;
            all.push((
                result["document_id"].clone().to_string(),
                result["chunk_index"].as_i64().unwrap(),
            ));
        }
        let Some(next) = answer["next_cursor"].as_str() else {
            break;
        };
        cursor = next.to_owned();
    }
    assert_eq!(all.len(), 46);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 46, "none is there twice");
}

#[tokio::test]
async fn nothing_of_anothers_is_found_and_what_is_deleted_is_gone() {
    let application = application::application().await;
    let mine = application.own("mine.pdf", "it", &["segreto"]).await;
    let (tenant, user, key) = application::tenant(&application.database, "other").await;
    let theirs = application
        .with_text(tenant, user, "theirs.pdf", "it", &["segreto"])
        .await;
    application.index().await;
    assert_eq!(
        application.chunks_found("/api/search?q=segreto").await,
        [place("mine.pdf", 0)]
    );
    let answer = application.get_as(&key, "/api/search?q=segreto").await.json();
    assert_eq!(answer["results"][0]["filename"], "theirs.pdf");
    assert_eq!(answer["results"].as_array().unwrap().len(), 1);
    let path = format!("/api/documents/{}/search?q=segreto", theirs.id);
    assert_eq!(
        application.get(&path).await.problem(),
        (404, "document_not_found".to_owned())
    );
    let export = application.get_as(&key, "/api/export/chunks").await;
    let export = export.text();
    assert!(
        export.contains("theirs.pdf") && !export.contains("mine.pdf"),
        "{export}"
    );

    let deleted = application.request("DELETE", &format!("/api/documents/{}", mine.id));
    let deleted = application
        .send(deleted.body(axum::body::Body::empty()).unwrap())
        .await;
    assert!(deleted.status.is_success(), "{}", deleted.text());
    assert_eq!(application.chunks_found("/api/search?q=segreto").await, []);
    application.index().await;
    let left = (
        application.count("chunks").await,
        application.count("indexed_documents").await,
    );
    assert_eq!(left, (1, 1));
}

#[tokio::test]
async fn a_document_that_is_encoded_anew_is_found_by_its_new_text() {
    let application = application::application().await;
    let mut document = application
        .own("a.pdf", "it", &["prima", "seconda", "terza"])
        .await;
    application.index().await;
    assert_eq!(application.count("chunks").await, 3);
    // As it is after it was encoded once more.
    document.binding.uid = Some(Uuid::new_v4());
    let mut administrator = databases::administrator(&application.database.name).await;
    databases::execute(
        &mut administrator,
        format!(
            "UPDATE documents SET status = 'processing', phase = 'Pending', processing_completed_at = NULL, resource_uid = '{}' WHERE id = '{}'",
            document.binding.uid.unwrap(),
            document.id
        ),
    )
    .await;
    application.commit(&document, "en", &file(&["running"])).await;
    assert_eq!(
        application.chunks_found("/api/search?q=seconda").await.len(),
        1,
        "the old text is found until the new is there"
    );
    let chunks = application
        .get(&format!("/api/documents/{}/chunks", document.id))
        .await
        .json();
    assert_eq!(
        chunks["chunks"][0]["text"], "running",
        "chunks are never those of the old result: {chunks}"
    );
    application.index().await;
    assert_eq!(application.chunks_found("/api/search?q=seconda").await, []);
    assert_eq!(
        application.chunks_found("/api/search?q=runs").await,
        [place("a.pdf", 0)]
    );
    assert_eq!(application.count("chunks").await, 1);
    assert_eq!(
        application
            .get(&format!("/api/documents/{}/chunks", document.id))
            .await
            .json(),
        chunks,
        "as from its file"
    );
}

#[tokio::test]
async fn what_cannot_be_indexed_keeps_nothing_else_from_it() {
    let application = application::application().await;
    let broken = application.own("broken.pdf", "it", &["parola"]).await;
    let manifest = application.read(&broken).await.doc_metadata["manifest"]
        .as_str()
        .unwrap()
        .to_owned();
    let prefix = manifest.strip_suffix("/manifest.json").unwrap();
    let gone = application.own("gone.pdf", "it", &["parola"]).await;
    let texts: Vec<String> = (0..120)
        .map(|number| format!("parola {number}\u{1}\u{2}"))
        .collect();
    application
        .own(
            "long.pdf",
            "it",
            &texts.iter().map(String::as_str).collect::<Vec<_>>(),
        )
        .await;
    application.own("with NUL.pdf", "it", &["parola\0 zero"]).await;
    application.write_object(&format!("{prefix}/attempt-p/a_sections_metadata.json"), b"{}");
    let manifest = application.read(&gone).await.doc_metadata["manifest"]
        .as_str()
        .unwrap()
        .to_owned();
    std::fs::remove_file(application.store_directory.0.join(manifest)).unwrap();
    application.indexer().index_due().await.unwrap();
    let due = "SELECT count(*) FROM indexed_documents WHERE due_at IS NOT NULL";
    let due: i64 = sqlx::query_scalar(due)
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap();
    assert_eq!(due, 1, "what is not there may come back, what is broken stays so");
    let answer = application.get("/api/search?q=parola&limit=50").await.json();
    assert_eq!(answer["results"].as_array().unwrap().len(), 50);
    assert_eq!(application.count("chunks").await, 121);
    assert_eq!(
        application.chunks_found("/api/search?q=zero").await,
        [place("with NUL.pdf", 0)]
    );
}

#[tokio::test]
async fn an_export_has_every_chunk_of_what_matches_and_says_what_it_has_not() {
    let application = application::application().await;
    let texts: Vec<String> = (0..120).map(|number| format!("testo {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    application.own("a.pdf", "it", &texts).await;
    application.own("b.pdf", "en", &["b"]).await;
    application.index().await;
    for number in 0..60 {
        application
            .own(&format!("later {number}.pdf"), "it", &["not indexed"])
            .await;
    }
    application.own("long.pdf", "it", &vec!["testo"; 130]).await;
    let gone = application.own("gone.pdf", "it", &["parola"]).await;
    let manifest = application.prefix_of(&gone).await + "/manifest.json";
    std::fs::remove_file(application.store_directory.0.join(manifest)).unwrap();
    application.document().await; // Is not ready.

    let export = async |query: &str| -> Vec<Value> {
        let answer = application.get(&format!("/api/export/chunks?{query}")).await;
        assert_eq!(answer.headers["content-type"], "application/jsonl");
        let text = answer.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let lines = export("").await;
    assert_eq!(lines.len(), 120 + 1 + 60 + 130 + 1);
    let of_first: Vec<_> = lines
        .iter()
        .filter(|line| line["filename"] == "a.pdf")
        .map(|line| &line["text"])
        .collect();
    assert_eq!(
        of_first,
        texts
            .iter()
            .map(|text| json!(text))
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    let lost: Vec<_> = lines.iter().filter(|line| line["error"].is_string()).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!(
        (&lost[0]["filename"], &lost[0]["error"]),
        (&json!("gone.pdf"), &json!("file_gone"))
    );
    let english = export("language=en").await;
    assert_eq!(english.len(), 1);
    assert_eq!(
        (&english[0]["language"], &english[0]["metadata"]["title"]),
        (&json!("en"), &json!("Capitolo"))
    );
    assert_eq!(export("search=nothing").await, Vec::<Value>::new());
    assert_eq!(export("status=failed").await, Vec::<Value>::new());
    assert_eq!(
        application.get("/api/export/chunks?language=x").await.problem(),
        (422, "invalid_query".to_owned())
    );
}

#[tokio::test]
async fn one_that_cannot_be_written_is_tried_again_and_keeps_nobody_waiting() {
    let application = application::application().await;
    application.own("long.pdf", "it", &vec!["parola"; 300]).await;
    let mut administrator = databases::administrator(&application.database.name).await;
    let break_it = "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$; \
        CREATE TRIGGER fail BEFORE INSERT ON chunks FOR EACH ROW WHEN (NEW.number = 120) EXECUTE FUNCTION fail()";
    databases::execute(&mut administrator, break_it.to_owned()).await;
    let (indexer, patience) = (application.indexer(), std::time::Duration::from_secs(20));
    let ended = tokio::time::timeout(patience, indexer.index_due()).await;
    assert_eq!(ended.expect("it ends").unwrap(), 1);
    assert_eq!(application.count("chunks").await, 100);
    let due = "indexed_documents WHERE due_at BETWEEN now() AND now() + interval '10 s' AND attempts = 1";
    assert_eq!(application.count(due).await, 1);
    let mend_it = "DROP TRIGGER fail ON chunks; UPDATE indexed_documents SET due_at = now()";
    databases::execute(&mut administrator, mend_it.to_owned()).await;
    application.index().await;
    assert_eq!(application.count("chunks").await, 300);
}

#[tokio::test]
async fn what_was_not_committed_is_not_found() {
    let application = application::application().await;
    let document = application.own("a.pdf", "it", &vec!["parola"; 120]).await;
    let file = file(&vec!["falsa!"; 120]); // As long as it was.
    let key = application.prefix_of(&document).await + "/attempt-p/a_sections_metadata.json";
    application.write_object(&key, &file);
    application.indexer().index_due().await.unwrap();
    assert_eq!(application.chunks_found("/api/search?q=falsa").await, []);
    assert_eq!(application.count("chunks").await, 0);
    assert_eq!(
        application.count("indexed_documents WHERE due_at IS NULL").await,
        1
    );
}

#[tokio::test]
async fn a_text_of_more_words_than_postgres_holds_is_found_by_its_beginning() {
    let application = application::application().await;
    let words: Vec<String> = (0..150_000).map(|number| format!("w{number}x")).collect();
    application.own("a.pdf", "en", &[&words.join(" "), "short"]).await;
    application.index().await;
    assert_eq!(
        application.chunks_found("/api/search?q=w7x").await,
        [place("a.pdf", 0)]
    );
    assert_eq!(
        application.chunks_found("/api/search?q=short").await,
        [place("a.pdf", 1)]
    );
}

#[tokio::test]
async fn a_question_says_what_a_chunk_holds() {
    let application = application::application().await;
    application.own("a.pdf", "it", &["parola", "altra"]).await;
    application.own("b.pdf", "en", &["word"]).await;
    application.index().await;
    for only_without in ["-parola", "-parola+or+-altra"] {
        assert_eq!(
            application
                .chunks_found(&format!("/api/search?q={only_without}"))
                .await,
            []
        );
    }
    assert_eq!(
        application.chunks_found("/api/search?q=altra+-parola").await,
        [place("a.pdf", 1)]
    );
}

#[tokio::test]
async fn of_two_that_index_a_document_one_counts() {
    let application = application::application().await;
    application.own("a.pdf", "it", &vec!["parola"; 120]).await;
    let (first, second) = (application.indexer(), application.indexer());
    let claim_again = async {
        // As if the time of the first were over at once, again and again.
        let mut administrator = databases::administrator(&application.database.name).await;
        for _ in 0..20 {
            let over = "UPDATE indexed_documents SET due_at = now() WHERE due_at IS NOT NULL";
            databases::execute(&mut administrator, over.to_owned()).await;
            second.index_due().await.unwrap();
        }
    };
    let (indexed, ()) = tokio::join!(first.index_due(), claim_again);
    indexed.unwrap();
    application.index().await;
    assert_eq!(application.count("chunks").await, 120);
    assert_eq!(
        application
            .count("indexed_documents WHERE due_at IS NULL AND total_chunks = 120")
            .await,
        1
    );
}

#[tokio::test]
async fn metrics_tell_what_was_indexed_and_what_is_still_to_be() {
    let application = application::application().await;
    let indexer = application.indexer();
    let pool = &application.database.maintenance;
    let value = async |name: &str| {
        indexer.metrics.measure(pool).await.unwrap();
        let text = indexer.metrics.encode().unwrap();
        let (_, value) = text.split_once(&format!("\nsocrate_sweeper_{name} ")).unwrap();
        value.lines().next().unwrap().parse::<f64>().unwrap()
    };
    for name in ["a.pdf", "b.pdf"] {
        application.own(name, "en", &["One sentence."]).await;
    }
    let broken = application.own("c.pdf", "en", &["Another one."]).await;
    let manifest = application.read(&broken).await.doc_metadata["manifest"].clone();
    application.write_object(manifest.as_str().unwrap(), b"not what was committed");
    sqlx::query("UPDATE indexed_documents SET due_at = now() - interval '1 hour' WHERE document_id = $1")
        .bind(broken.id)
        .execute(pool)
        .await
        .unwrap();
    assert!((value("indexing_backlog").await - 3.0).abs() < f64::EPSILON);
    let oldest = value("indexing_oldest_due_seconds").await;
    assert!((3_600.0..3_700.0).contains(&oldest), "{oldest}");
    indexer.index_due().await.unwrap();
    for (name, expected) in [
        ("documents_indexed_total", 2.0),
        ("indexing_given_up_total", 1.0),
        ("indexing_failures_total", 0.0),
        ("indexing_backlog", 0.0),
        ("indexing_oldest_due_seconds", 0.0),
    ] {
        let measured = value(name).await;
        assert!((measured - expected).abs() < f64::EPSILON, "{name}: {measured}");
    }
}

#[tokio::test]
async fn what_is_deleted_hides_nothing_that_is_there() {
    let application = application::application().await;
    let mut deleted = Vec::new();
    for _ in 0..6 {
        deleted.push(application.own("best.txt", "it", &["fattura fattura"]).await);
    }
    for _ in 0..6 {
        application
            .own("other.txt", "it", &["una fattura tra tante parole"])
            .await;
    }
    application.index().await;
    for document in deleted {
        assert_eq!(application.delete(document.id).await, 204);
    }
    let first = application.get("/api/search?q=fattura&limit=4").await.json();
    assert_eq!(first["results"].as_array().unwrap().len(), 4, "{first}");
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = application
        .chunks_found(&format!("/api/search?q=fattura&limit=4&cursor={cursor}"))
        .await;
    assert_eq!(rest, [place("other.txt", 0), place("other.txt", 0)]);
}

#[tokio::test]
async fn what_became_ready_last_does_not_wait_for_a_backlog() {
    let application = application::application().await;
    // Documents that are gone, whose chunks are to be removed.
    application
        .execute(&format!(
            "INSERT INTO indexed_documents (document_id, tenant_id, due_at) \
             SELECT gen_random_uuid(), '{}', now() - interval '1 hour' FROM generate_series(1, 100)",
            application.tenant
        ))
        .await;
    application
        .own("new.pdf", "en", &["The harbour was quiet."])
        .await;
    application.indexer().index_due().await.unwrap();
    assert_eq!(
        application.chunks_found("/api/search?q=harbour").await,
        [("new.pdf".to_owned(), 0)]
    );
    application.index().await;
    assert_eq!(
        application
            .count("indexed_documents WHERE due_at IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn scripts_without_spaces_are_searched_by_their_characters() {
    let application = application::application().await;
    for (name, language, text) in [
        (
            "zh.txt",
            "zh",
            "\u{672c}\u{5408}\u{540c}\u{53cc}\u{65b9}\u{7b7e}\u{7f72}\u{3002}\u{8bf7}\u{652f}\u{4ed8}\u{53d1}\u{7968}\u{91d1}\u{989d} total 12",
        ),
        (
            "th.txt",
            "th",
            "\u{e43}\u{e1a}\u{e41}\u{e08}\u{e49}\u{e07}\u{e2b}\u{e19}\u{e35}\u{e49}",
        ),
        ("nb.txt", "nb", "Bilene kj\u{f8}rer"),
    ] {
        application.own(name, language, &[text]).await;
    }
    application.index().await;
    for (asked, found) in [
        ("\u{53d1}\u{7968}", Some("zh.txt")),
        ("\u{652f}\u{4ed8}\u{53d1}\u{7968} total", Some("zh.txt")),
        ("\"\u{53d1}\u{7968}\u{91d1}\"", Some("zh.txt")),
        ("\u{7968}\u{53d1}", None), // The same characters in another order.
        ("\u{e41}\u{e08}\u{e49}\u{e07}", Some("th.txt")),
        ("bilen", Some("nb.txt")),
    ] {
        let asked = utf8_percent_encode(asked, NON_ALPHANUMERIC);
        let result = application.chunks_found(&format!("/api/search?q={asked}")).await;
        let expected: Vec<_> = found.map(|name| place(name, 0)).into_iter().collect();
        assert_eq!(result, expected, "{asked}");
    }
    let answer = application.get("/api/search?q=%E5%8F%91%E7%A5%A8").await.json();
    let highlights = &answer["results"][0]["highlights"][0];
    let marked = highlights
        .as_array()
        .unwrap()
        .iter()
        .find(|piece| piece["match"] == true);
    assert_eq!(marked.unwrap()["text"], "\u{53d1}\u{7968}", "{highlights}");
    assert!(
        !highlights.to_string().contains("\\u0004"),
        "nothing is left of how it was cut"
    );
}
