//! The codes of problems, which programs tell problems apart by: all that the code has are in the README, and no others.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use axum::http::StatusCode;

/// The statuses of each code; none where the code is chosen apart from its status.
type Codes = BTreeMap<String, BTreeSet<u16>>;

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
}

/// The status of a constant of [`StatusCode`].
fn status(constant: &str) -> u16 {
    let is_it = |status: &u16| {
        let reason = StatusCode::from_u16(*status).unwrap().canonical_reason();
        reason.is_some_and(|reason| reason.to_uppercase().replace([' ', '-'], "_") == constant)
    };
    (400..600)
        .find(is_it)
        .unwrap_or_else(|| panic!("{constant} is the status of no problem"))
}

/// Adds the codes of a source file: a string after a status, after the arm of a match, or of a function that has the status.
fn add_codes(source: &str, codes: &mut Codes) {
    let program = source.split("#[cfg(test)]").next().unwrap_or_default();
    let program = program.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in program.match_indices('"') {
        let (before, after) = (program[..at].trim_end(), &program[at + 1..]);
        let Some((literal, _)) = after.split_once('"').filter(|(literal, _)| is_code(literal)) else {
            continue;
        };
        let constant = before
            .strip_suffix(',')
            .and_then(|before| before.rsplit_once("StatusCode::"));
        let constant = constant.map(|(_, constant)| constant);
        let is_constant = |constant: &&str| {
            constant
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_uppercase())
        };
        if let Some(constant) = constant.filter(is_constant) {
            codes
                .entry(literal.to_owned())
                .or_default()
                .insert(status(constant));
        } else if before.ends_with("unprocessable(") {
            codes.entry(literal.to_owned()).or_default().insert(422);
        } else if before.ends_with("=>") || before.ends_with("=> (") {
            codes.entry(literal.to_owned()).or_default();
        }
    }
}

fn in_folder(folder: &Path, codes: &mut Codes) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_folder(&path, codes);
        } else {
            add_codes(&std::fs::read_to_string(&path).unwrap(), codes);
        }
    }
}

/// The rows of the table: a status, and its codes between backticks.
fn in_readme(readme: &str) -> Codes {
    let mut codes = Codes::new();
    let (_, table) = readme.split_once("| status | codes |").expect("the table");
    for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let (status, listed) = row
            .trim_matches(['|', ' '])
            .split_once(" | ")
            .expect("two columns");
        for code in listed.split('`').filter(|text| is_code(text)) {
            let is_new = codes
                .entry(code.to_owned())
                .or_default()
                .insert(status.parse().unwrap());
            assert!(is_new, "{code} is there twice for {status}");
        }
    }
    codes
}

#[test]
fn the_readme_has_the_codes_that_the_code_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut coded = Codes::new();
    in_folder(&root.join("src/http"), &mut coded);
    assert!(coded.len() > 60, "{coded:?}");
    let listed = in_readme(&std::fs::read_to_string(root.join("README.md")).unwrap());
    let names = |codes: &Codes| codes.keys().cloned().collect::<BTreeSet<_>>();
    let (in_code, in_list) = (names(&coded), names(&listed));
    let missing: Vec<_> = in_code.difference(&in_list).collect();
    let invented: Vec<_> = in_list.difference(&in_code).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not listed: {missing:?}; no code: {invented:?}"
    );
    for (code, statuses) in coded.iter().filter(|(_, statuses)| !statuses.is_empty()) {
        assert_eq!(statuses, &listed[code], "the statuses of {code}");
    }
}
