//! Whether a document may be encoded now, or has to wait for its turn.

/// Whether one more document may be encoded when so many are.
pub fn is_admitted(encoding_now: usize, max_concurrent: Option<usize>) -> bool {
    max_concurrent.is_none_or(|most| encoding_now < most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_waits_while_the_limit_is_reached() {
        assert!(is_admitted(1_000, None));
        assert!(is_admitted(1, Some(2)));
        assert!(!is_admitted(2, Some(2)));
    }
}
