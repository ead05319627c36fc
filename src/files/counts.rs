//! Counts as people read them.

use indicatif::HumanCount;

/// Formats a count with thousands separators.
pub fn count(n: u64) -> String {
    HumanCount(n).to_string()
}

/// Formats a count with its noun: "1 article", "2,000 articles".
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_readable() {
        let check = |n, expected: &str| assert_eq!(count(n), expected);
        check(0, "0");
        check(999, "999");
        check(1000, "1,000");
        check(1_234_567, "1,234,567");
        assert_eq!(counted(1, "article"), "1 article");
        assert_eq!(counted(0, "article"), "0 articles");
    }
}
