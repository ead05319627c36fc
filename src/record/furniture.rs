//! Records of the segments that a host repeats on its pages.

use prost::Message;

use crate::text::segments;

/// Milliseconds after which a segment that was not seen again counts half.
const HALF_LIFE_MS: i64 = 30 * 24 * 3600 * 1000;

/// A segment of a new article that its host has shown before, in an article of another cluster.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct Sighting {
    /// Hash of the segment.
    #[prost(fixed64, tag = "1")]
    pub segment: u64,
    /// Its words, shortened if there are many.
    #[prost(string, tag = "2")]
    pub words: String,
    /// The segment that is forgotten in its place: the number kept of a host is limited.
    #[prost(fixed64, optional, tag = "3")]
    pub instead_of: Option<u64>,
}

/// Most bytes kept of a segment's words.
pub const MAX_WORDS_BYTES: usize = 200;

/// A segment that has another hash since a new version of the program reads its words otherwise.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct RehashedSegment {
    /// The key of its row.
    #[prost(bytes = "vec", tag = "1")]
    pub row: Vec<u8>,
    /// Its hash now.
    #[prost(fixed64, tag = "2")]
    pub hash: u64,
}

/// The row of a segment that a host repeats.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct Repeated {
    /// In how many clusters of the host it was seen, as of `last_ms`.
    #[prost(uint32, tag = "1")]
    pub clusters: u32,
    /// When it was first seen again; milliseconds since 1970.
    #[prost(int64, tag = "2")]
    pub first_ms: i64,
    /// When it was last seen; milliseconds since 1970.
    #[prost(int64, tag = "3")]
    pub last_ms: i64,
    /// Its words, shortened if there are many.
    #[prost(string, tag = "4")]
    pub words: String,
}

impl Repeated {
    /// Returns the hash of its words as they are read now; `None` if not all of them are kept.
    pub(super) fn hash(&self) -> Option<u64> {
        let is_whole = self.words.len() < MAX_WORDS_BYTES;
        match *segments(&self.words) {
            [segment] if is_whole => Some(segment.hash),
            _ => None,
        }
    }

    /// Returns how many clusters it counts for at a time: halved for each 30 days without a sighting.
    pub fn clusters_at(&self, now_ms: i64) -> u32 {
        let halvings = now_ms.saturating_sub(self.last_ms).max(0) / HALF_LIFE_MS;
        self.clusters
            .checked_shr(u32::try_from(halvings).unwrap_or(u32::MAX))
            .unwrap_or(0)
    }

    /// Counts a sighting. The row begins with the second cluster, because the first leaves no trace.
    pub(super) fn seen_again(before: Option<Self>, sighting: &Sighting, now_ms: i64) -> Self {
        match before {
            Some(before) => Self {
                clusters: before.clusters_at(now_ms).max(1).saturating_add(1),
                last_ms: before.last_ms.max(now_ms),
                ..before
            },
            None => Self {
                clusters: 2,
                first_ms: now_ms,
                last_ms: now_ms,
                words: sighting.words.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_not_seen_again_fade() {
        let sighting = Sighting {
            segment: 7,
            words: "Sign up".into(),
            instead_of: None,
        };
        let mut row = Repeated::seen_again(None, &sighting, 1000);
        assert_eq!((row.clusters, row.words.as_str()), (2, "Sign up"));
        for _ in 0..6 {
            row = Repeated::seen_again(Some(row), &sighting, 1000);
        }
        let at = |half_lives: i64| row.clusters_at(1000 + half_lives * HALF_LIFE_MS);
        assert_eq!(
            [at(0), at(1), at(2), at(3), at(40), at(-1)],
            [8, 4, 2, 1, 0, 8]
        );
        let later = Repeated::seen_again(Some(row.clone()), &sighting, 1000 + HALF_LIFE_MS);
        assert_eq!(later.clusters, 5);
        assert_eq!(
            Repeated::decode(row.encode_to_vec().as_slice()).unwrap(),
            row
        );
    }
}
