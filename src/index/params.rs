//! Parameters of the search for neighbors.

/// Parameters of the search for neighbors. None of them shapes stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Most documents read from a bucket.
    pub bucket_cap: usize,
    /// Most candidates verified for an article.
    pub candidate_cap: usize,
    /// Bytes of memory for recently used texts, articles and verdicts.
    pub cache_bytes: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            bucket_cap: 64,
            candidate_cap: 256,
            cache_bytes: 256 << 20,
        }
    }
}

impl Params {
    /// Checks the parameters.
    ///
    /// # Errors
    /// A message that names the invalid parameter.
    pub fn validate(&self) -> Result<(), String> {
        let at_least_one = [
            ("bucket_cap", self.bucket_cap),
            ("candidate_cap", self.candidate_cap),
        ];
        match at_least_one.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(format!("{name} = 0: at least 1")),
            None => Ok(()),
        }
    }
}
