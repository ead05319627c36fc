//! Parameters of the search for neighbors.

/// Parameters of the search for neighbors. None of them shapes stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Most documents read from a bucket.
    pub bucket_cap: usize,
    /// Most candidates verified for an article.
    pub candidate_cap: usize,
    /// Anchors that two texts without a common band must share to be compared. Where one of them has
    /// fewer than 16 anchors, one shared anchor is enough.
    pub shared_anchors: usize,
    /// Bytes of memory for recently used texts, articles and verdicts.
    pub cache_bytes: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            bucket_cap: 64,
            candidate_cap: 256,
            shared_anchors: 2,
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
            ("shared_anchors", self.shared_anchors),
        ];
        match at_least_one.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(format!("{name} = 0: at least 1")),
            None => Ok(()),
        }
    }
}
