//! Which of a tenant's documents are meant: by lists, and by whatever is done with all that match.

use crds::Reason;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};

use super::document::Status;

/// Documents that hold all that is said here. What is `None` is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)] // What says more than this version knows would match more than it says.
pub struct Filter {
    /// Where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Why there is no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The language of the text, ISO 639-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The queue they wait or waited in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Not uploaded before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_from: Option<Timestamp>,
    /// Uploaded before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<Timestamp>,
    /// Of so many bytes at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_bytes: Option<i64>,
    /// Of so many bytes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<i64>,
    /// Whether they have a result: their newest encoding's, or one that is kept until that is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_result: Option<bool>,
    /// Whether the failure of their newest encoding was acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<bool>,
    /// A part of the name, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
}

impl Filter {
    /// The names of the documents that are asked for, as a pattern of `ILIKE`.
    pub(super) fn name_pattern(&self) -> Option<String> {
        let search = self.search.as_ref()?;
        Some(format!("%{}%", escape_pattern(search)))
    }

    /// The same, where the index of parts of names helps to find them: it has the parts of three letters or digits that stand together, and is read whole
    /// for what has none.
    pub(super) fn indexed_name_pattern(&self) -> Option<String> {
        let search = self.search.as_ref()?;
        let mut words = search.split(|character: char| !character.is_alphanumeric());
        let is_indexed = words.any(|word| word.chars().count() >= 3);
        self.name_pattern().filter(|_| is_indexed)
    }

    /// Adds what is asked to the conditions of a query on `documents`.
    pub(super) fn push(&self, query: &mut QueryBuilder<Postgres>) {
        if let Some(status) = self.status {
            query.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(reason) = self.reason {
            query.push(" AND error_reason = ").push_bind(reason.as_str());
        }
        if let Some(language) = &self.language {
            query.push(" AND (language = ").push_bind(language.clone());
            query.push(" OR kept_result ->> 'language' = ");
            query.push_bind(language.clone()).push(")");
        }
        if let Some(queue) = &self.queue {
            query.push(" AND queue = ").push_bind(queue.clone());
        }
        if let Some(has_result) = self.has_result {
            query.push(" AND (status = 'ready' OR kept_result IS NOT NULL) = ");
            query.push_bind(has_result);
        }
        if let Some(acknowledged) = self.acknowledged {
            query.push(if acknowledged {
                " AND EXISTS"
            } else {
                " AND NOT EXISTS"
            });
            query.push(
                " (SELECT FROM acknowledgements WHERE acknowledgements.document_id = documents.id \
                 AND acknowledgements.encoding_number = documents.encoding_number)",
            );
        }
        for (comparison, time) in [(" >= ", self.created_from), (" < ", self.created_before)] {
            if let Some(time) = time {
                query.push(" AND created_at").push(comparison);
                query.push_bind(time.to_sqlx());
            }
        }
        for (comparison, bytes) in [(" >= ", self.min_bytes), (" <= ", self.max_bytes)] {
            if let Some(bytes) = bytes {
                query.push(" AND size_bytes").push(comparison).push_bind(bytes);
            }
        }
        if let Some(pattern) = self.name_pattern() {
            query.push(" AND filename ILIKE ").push_bind(pattern);
        }
    }
}

fn escape_pattern(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_no_index_is_not_looked_for_there() {
        let indexed = |search: &str| {
            let filter = Filter {
                search: Some(search.to_owned()),
                ..Filter::default()
            };
            filter.indexed_name_pattern()
        };
        for short in ["", "a", "ab", "a b.c", "%_%"] {
            assert_eq!(indexed(short), None, "{short}");
        }
        assert_eq!(indexed("50%.pdf").as_deref(), Some("%50\\%.pdf%"));
    }
}
