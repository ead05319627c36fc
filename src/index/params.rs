//! How neighbors are looked for.

/// How neighbors are looked for. Nothing of it shapes stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Most documents read of a bucket.
    pub bucket_cap: usize,
    /// Most candidates verified for an article.
    pub candidate_cap: usize,
    /// Anchors that two texts must share, where they share no band, to be compared. Where one of
    /// them has few anchors (under 16), one that is shared is enough.
    pub shared_anchors: usize,
    /// Bytes of texts' shingles that are kept in memory for verification.
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
    /// Checks that the parameters can be worked with.
    ///
    /// # Errors
    /// A sentence that names the parameter at fault.
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
