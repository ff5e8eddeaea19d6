//! What a tenant may have, and what it has.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

/// What a tenant may have; `None` is without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Quotas {
    /// Bytes of all sources.
    pub max_bytes: Option<i64>,
    /// Documents.
    pub max_documents: Option<i64>,
    /// Bytes of one file.
    pub max_file_bytes: Option<i64>,
    /// Documents that wait or are worked on.
    pub max_in_flight: Option<i64>,
}

/// What a tenant has, what is just coming in included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Holdings {
    /// Bytes of all sources.
    pub bytes: i64,
    /// Documents.
    pub documents: i64,
    /// Documents that wait or are worked on.
    pub in_flight: i64,
}

/// A quota that is used up, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuotaExceeded {
    /// Too many documents: deleting some helps.
    #[error("the quota of {0} documents is used up: delete some, or ask for more")]
    Documents(i64),
    /// Too many bytes: deleting some helps.
    #[error("the quota of {0} bytes does not allow this document: delete some, or ask for more")]
    Bytes(i64),
    /// Too many at once: waiting helps.
    #[error("{0} documents are being processed at once, which is the quota: wait until some are finished")]
    InFlight(i64),
}

impl Quotas {
    /// Whether holdings are within the quotas. With `Holdings` as they are after what is to be allowed.
    ///
    /// # Errors
    /// [`QuotaExceeded`]: the first that is.
    pub fn check(&self, holdings: &Holdings) -> Result<(), QuotaExceeded> {
        if let Some(limit) = self.max_documents.filter(|limit| holdings.documents > *limit) {
            return Err(QuotaExceeded::Documents(limit));
        }
        if let Some(limit) = self.max_bytes.filter(|limit| holdings.bytes > *limit) {
            return Err(QuotaExceeded::Bytes(limit));
        }
        if let Some(limit) = self.max_in_flight.filter(|limit| holdings.in_flight > *limit) {
            return Err(QuotaExceeded::InFlight(limit));
        }
        Ok(())
    }
}

/// The quotas of the tenant, and what it has. After a change in the same transaction nobody else adds to it until the end.
///
/// # Errors
/// Those of Postgres.
pub async fn quotas_and_holdings(
    transaction: &mut Transaction<'_, Postgres>,
    tenant: Uuid,
) -> Result<(Quotas, Holdings), sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Both {
        #[sqlx(flatten)]
        quotas: Quotas,
        #[sqlx(flatten)]
        holdings: Holdings,
    }
    let both: Option<Both> = sqlx::query_as(
        "SELECT max_bytes, max_documents, max_file_bytes, max_in_flight, coalesce(documents + uploads, 0) AS documents, \
         coalesce(bytes + upload_bytes, 0) AS bytes, coalesce(in_flight + uploads, 0) AS in_flight \
         FROM tenants LEFT JOIN holdings ON holdings.tenant_id = tenants.id WHERE tenants.id = $1",
    )
    .bind(tenant)
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(both.map(|both| (both.quotas, both.holdings)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quota_is_exceeded_at_its_own_limit() {
        let holdings = Holdings {
            bytes: 100,
            documents: 3,
            in_flight: 2,
        };
        let check = |quotas: Quotas| quotas.check(&holdings);
        let none = Quotas::default();
        assert_eq!(check(none), Ok(()));
        let documents = |limit| Quotas {
            max_documents: Some(limit),
            ..none
        };
        let bytes = |limit| Quotas {
            max_bytes: Some(limit),
            ..none
        };
        let in_flight = |limit| Quotas {
            max_in_flight: Some(limit),
            ..none
        };
        assert_eq!(check(documents(3)), Ok(()));
        assert_eq!(check(documents(2)), Err(QuotaExceeded::Documents(2)));
        assert_eq!(check(bytes(100)), Ok(()));
        assert_eq!(check(bytes(99)), Err(QuotaExceeded::Bytes(99)));
        assert_eq!(check(in_flight(2)), Ok(()));
        assert_eq!(check(in_flight(1)), Err(QuotaExceeded::InFlight(1)));
    }
}
