//! What a command prints.

use serde_json::{Value, json};

/// What a command prints.
#[derive(Debug)]
pub(super) enum Answer {
    /// One thing with its name: an id, a key.
    One(&'static str, String),
    /// Rows, each an object with the same names.
    Rows(Vec<Value>),
    /// Nothing: it is done.
    Done,
}

impl Answer {
    /// For people, or as JSON, a line for each row.
    pub(super) fn write(&self, as_json: bool) -> String {
        match self {
            Self::One(name, value) if as_json => json!({ *name: value }).to_string(),
            Self::One(_, value) => value.clone(),
            Self::Rows(rows) if as_json => lines(rows.iter().map(ToString::to_string)),
            Self::Rows(rows) => table(rows),
            Self::Done if as_json => json!({ "done": true }).to_string(),
            Self::Done => String::new(),
        }
    }
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// A head and the rows, in columns.
fn table(rows: &[Value]) -> String {
    let names: Vec<&String> = rows
        .first()
        .and_then(Value::as_object)
        .map(|row| row.keys().collect())
        .unwrap_or_default();
    let head: Vec<String> = names.iter().map(|name| name.to_uppercase()).collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| names.iter().map(|name| cell(&row[name.as_str()])).collect())
        .collect();
    let all = || std::iter::once(&head).chain(&cells);
    let widths: Vec<usize> = (0..names.len())
        .map(|column| {
            all()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    lines(all().map(|row| {
        let padded = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_a_table_for_people_and_lines_for_programs() {
        let rows = Answer::Rows(vec![
            json!({ "id": 1, "name": "one", "scopes": ["a", "b"] }),
            json!({ "id": 22, "name": null, "scopes": [] }),
        ]);
        assert_eq!(rows.write(false), "ID  NAME  SCOPES\n1   one   a,b\n22  -");
        assert_eq!(rows.write(true).lines().count(), 2);
        assert_eq!(Answer::Rows(Vec::new()).write(false), "");
        assert_eq!(Answer::Done.write(false), "");
        assert_eq!(Answer::One("id", "x".into()).write(true), "{\"id\":\"x\"}");
    }
}
