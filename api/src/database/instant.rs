//! Postgres' `timestamptz` as [`jiff::Timestamp`], the one type of time in this workspace.

use jiff::Timestamp;
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid},
};

/// The object id of `timestamptz`, fixed in Postgres' catalogue.
const TIMESTAMPTZ: Oid = Oid(1184);
/// 2000-01-01T00:00:00Z, from which Postgres counts, in microseconds of the Unix epoch.
const POSTGRES_EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// A moment, as stored: to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

impl From<Timestamp> for Instant {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl From<Instant> for Timestamp {
    fn from(instant: Instant) -> Self {
        instant.0
    }
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.0.as_microsecond() - POSTGRES_EPOCH_MICROSECONDS, buffer)
    }
}

impl<'row> Decode<'row, Postgres> for Instant {
    fn decode(value: PgValueRef<'row>) -> Result<Self, BoxDynError> {
        if value.format() != PgValueFormat::Binary {
            return Err("a timestamptz came as text; it is read in binary only".into());
        }
        let microseconds = <i64 as Decode<Postgres>>::decode(value)?;
        let microseconds = microseconds
            .checked_add(POSTGRES_EPOCH_MICROSECONDS)
            .ok_or("a timestamptz out of range")?;
        Ok(Self(Timestamp::from_microsecond(microseconds)?))
    }
}
