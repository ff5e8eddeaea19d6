//! Words for people.

/// So many of a thing whose plural ends in "s".
pub fn counted(count: usize, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let counts = [0, 1, 2].map(|count| counted(count, "page"));
        assert_eq!(counts, ["0 pages", "1 page", "2 pages"]);
    }
}
