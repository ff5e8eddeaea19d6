//! Lists of documents.

use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use jiff_sqlx::ToSqlx;

use super::{
    document::{Document, Status},
    row::select_documents,
};
use crate::database::tenant_transaction;

/// How a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// By the time of upload.
    CreatedAt,
    /// By the file's name.
    Filename,
}

/// Where a list goes on: after the document with these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// Sorted by time.
    CreatedAt(Timestamp, Uuid),
    /// Sorted by name.
    Filename(String, Uuid),
}

/// Which documents to list.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Only with this status.
    pub status: Option<Status>,
    /// Only with this in the name.
    pub search: Option<String>,
    /// Sorted by this.
    pub sort: SortBy,
    /// The greatest first.
    pub descending: bool,
    /// Where to go on.
    pub after: Option<After>,
    /// At most so many.
    pub limit: i64,
}

/// The tenant's documents that a listing asks for.
pub async fn list(pool: &PgPool, tenant: Uuid, listing: &Listing) -> Result<Vec<Document>, sqlx::Error> {
    let mut query = select_documents();
    query.push(" WHERE tenant_id = ").push_bind(tenant);
    if let Some(status) = listing.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    if let Some(search) = &listing.search {
        query
            .push(" AND filename ILIKE ")
            .push_bind(format!("%{}%", escape_pattern(search)));
    }
    let comparison = if listing.descending { " < (" } else { " > (" };
    match &listing.after {
        Some(After::CreatedAt(time, id)) => {
            query.push(" AND (created_at, id)").push(comparison);
            query
                .push_bind(time.to_sqlx())
                .push(", ")
                .push_bind(*id)
                .push(")");
        }
        Some(After::Filename(name, id)) => {
            query.push(" AND (filename, id)").push(comparison);
            query.push_bind(name).push(", ").push_bind(*id).push(")");
        }
        None => {}
    }
    let column = match listing.sort {
        SortBy::CreatedAt => "created_at",
        SortBy::Filename => "filename",
    };
    let direction = if listing.descending { " DESC" } else { " ASC" };
    query.push(" ORDER BY ").push(column).push(direction);
    query.push(", id").push(direction);
    query.push(" LIMIT ").push_bind(listing.limit);

    let mut transaction = tenant_transaction(pool, tenant).await?;
    query.build_query_as().fetch_all(&mut *transaction).await
}

fn escape_pattern(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
