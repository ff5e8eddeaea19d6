//! The committed YAML is what the Rust types say.

#[test]
fn the_committed_definition_is_up_to_date() {
    let generated = crds::schema::custom_resource_definition_yaml().unwrap();
    for committed in [
        "documentencodings.yaml",
        "../charts/socrate-encoder/files/documentencodings.yaml",
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(committed);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text == generated,
            "{} differs from the Rust types: run `make generate`",
            path.display()
        );
    }
}
