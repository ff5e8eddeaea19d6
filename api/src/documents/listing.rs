//! Lists of documents.

use jiff::Timestamp;
use sqlx::{PgConnection, PgPool, QueryBuilder};
use uuid::Uuid;

use jiff_sqlx::ToSqlx;

use super::{document::Document, filter::Filter, row::select_documents};
use crate::database::tenant_transaction;

/// So few documents with a name that is looked for are found first, by an index, and then sorted; of more, enough are soon met on the way through
/// all of them in their order.
const FEW: i32 = 300;

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
    /// Which.
    pub filter: Filter,
    /// Sorted by this.
    pub sort: SortBy,
    /// The greatest first.
    pub descending: bool,
    /// Where to go on.
    pub after: Option<After>,
    /// At most so many.
    pub limit: i64,
}

/// A tenant's document, where it matches, locked until the transaction ends.
///
/// # Errors
/// Those of Postgres.
pub async fn matching(
    connection: &mut PgConnection,
    tenant: Uuid,
    filter: &Filter,
    id: Uuid,
) -> Result<Option<Document>, sqlx::Error> {
    let mut query = select_documents();
    query.push(" WHERE tenant_id = ").push_bind(tenant);
    query.push(" AND id = ").push_bind(id);
    filter.push(&mut query);
    query.push(" FOR UPDATE");
    query.build_query_as().fetch_optional(connection).await
}

/// How many of a tenant's documents match.
///
/// # Errors
/// Those of Postgres.
pub async fn count(connection: &mut PgConnection, tenant: Uuid, filter: &Filter) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM documents WHERE tenant_id = ");
    query.push_bind(tenant);
    filter.push(&mut query);
    query.build_query_scalar().fetch_one(connection).await
}

/// The tenant's documents that a listing asks for, and the number of a change of the tenant that none of them is older than.
///
/// # Errors
/// Those of Postgres.
pub async fn list(
    pool: &PgPool,
    tenant: Uuid,
    listing: &Listing,
) -> Result<(Vec<Document>, i64), sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    // Before the documents: who goes on from there is told some changes twice, and misses none.
    let change_seq: Option<i64> = sqlx::query_scalar("SELECT change_seq FROM holdings WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_optional(&mut *transaction)
        .await?;
    let mut query = select_documents();
    query.push(" WHERE tenant_id = ").push_bind(tenant);
    listing.filter.push(&mut query);
    if let Some(pattern) = listing.filter.indexed_name_pattern() {
        let named: Option<Vec<Uuid>> = sqlx::query_scalar("SELECT documents_named($1, $2)")
            .bind(pattern)
            .bind(FEW)
            .fetch_one(&mut *transaction)
            .await?;
        if let Some(ids) = named {
            query.push(" AND id = ANY (").push_bind(ids).push(")");
        }
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

    let documents = query.build_query_as().fetch_all(&mut *transaction).await?;
    Ok((documents, change_seq.unwrap_or(0)))
}
