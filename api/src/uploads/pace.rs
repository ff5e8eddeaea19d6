//! How slowly an upload may come.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream::BoxStream};
use tokio::time::Instant;

use super::UploadError;

/// Something must come so often.
const MAX_SILENCE: Duration = Duration::from_secs(30);
/// After so long the whole must have come with [`MIN_BYTES_PER_SECOND`].
const MEASURED_AFTER: Duration = Duration::from_secs(30);
/// An upload slower than this holds a place for no good.
pub const MIN_BYTES_PER_SECOND: u64 = 1024;

/// What has come, and how long it was waited for. Only waiting counts: where the store is slow, the client is not to blame.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    received: u64,
    waited: Duration,
}

impl Pace {
    fn is_too_slow(self) -> bool {
        self.waited > MEASURED_AFTER && self.received < MIN_BYTES_PER_SECOND * self.waited.as_secs()
    }
}

/// A body that ends with [`UploadError::TooSlow`] where nothing comes for a while, or too little.
pub fn watched(
    body: impl Stream<Item = Result<Bytes, UploadError>> + Send + 'static,
) -> BoxStream<'static, Result<Bytes, UploadError>> {
    let begin = Some((body.boxed(), Pace::default()));
    futures::stream::unfold(begin, async |state| {
        let (mut body, mut pace) = state?;
        let asked = Instant::now();
        let Ok(next) = tokio::time::timeout(MAX_SILENCE, body.next()).await else {
            return Some((Err(UploadError::TooSlow(MIN_BYTES_PER_SECOND)), None));
        };
        let chunk = match next? {
            Ok(chunk) => chunk,
            Err(error) => return Some((Err(error), None)),
        };
        pace.received += chunk.len() as u64;
        pace.waited += asked.elapsed();
        if pace.is_too_slow() {
            return Some((Err(UploadError::TooSlow(MIN_BYTES_PER_SECOND)), None));
        }
        Some((Ok(chunk), Some((body, pace))))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_slow_for_long_is_too_slow() {
        let pace = |received, seconds| Pace {
            received,
            waited: Duration::from_secs(seconds),
        };
        assert!(!pace(0, 30).is_too_slow(), "it may begin slowly");
        assert!(pace(31 * 1024 - 1, 31).is_too_slow());
        assert!(!pace(31 * 1024, 31).is_too_slow());
    }
}
