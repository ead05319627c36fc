//! Texts' shingles, kept for the next comparison.

use std::collections::HashMap;
use std::sync::Arc;

use crate::id::DocId;
use crate::text::Shingles;

/// Shingles by document, bounded in bytes. Two generations: what was used lately is in the young
/// one; when that holds half the bytes it becomes the old one, and what nobody has used since is
/// dropped.
pub(super) struct Cache {
    young: HashMap<DocId, Arc<Shingles>>,
    old: HashMap<DocId, Arc<Shingles>>,
    young_bytes: usize,
    half: usize,
}

impl Cache {
    pub fn new(bytes: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            half: bytes / 2,
        }
    }

    pub fn get(&mut self, doc: DocId) -> Option<Arc<Shingles>> {
        if let Some(shingles) = self.young.get(&doc) {
            return Some(Arc::clone(shingles));
        }
        let shingles = self.old.remove(&doc)?;
        self.put(doc, Arc::clone(&shingles));
        Some(shingles)
    }

    pub fn put(&mut self, doc: DocId, shingles: Arc<Shingles>) {
        let size = shingles.size() + size_of::<(DocId, Arc<Shingles>)>();
        if self.young.insert(doc, shingles).is_none() {
            self.young_bytes += size;
        }
        if self.young_bytes > self.half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_bytes_are_bounded() {
        let text = |n: u64| Arc::new(Shingles::new((n..n + 100).collect(), 0));
        let mut cache = Cache::new(10 * 1000);
        for n in 0..100 {
            cache.put(DocId(n), text(n));
            assert_eq!(
                cache.get(DocId(0)).map(|shingles| shingles.len()),
                Some(100),
                "after {n}"
            );
            assert!(cache.young.len() + cache.old.len() <= 12);
        }
        assert!(cache.get(DocId(1)).is_none());
    }
}
