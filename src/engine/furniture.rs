//! Furniture: segments that a host repeats on its pages. Learned from articles of several clusters, and
//! masked in later articles.
//!
//! A segment counts by the number of its host's *clusters* that contain it, not articles: otherwise a
//! story that a host carries three times would erase itself. The first sighting of a segment leaves no
//! trace except in a pair of Bloom filters in memory, because most segments are never seen again. Every
//! further one is a [`Sighting`] in the journal, from which the rows are derived. What was masked in an
//! article is stored with it, so that later learning does not change it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use probabilistic_collections::bloom::BloomFilter;

use super::{Engine, Result, now_ms};
use crate::id::{Collection, source_host_of};
use crate::record::{MAX_WORDS_BYTES, Put, Repeated, RowReader, Sighting};
use crate::store::{Read, Seeded};
use crate::text::{Segment, Span, ceil_boundary, hash_bytes};

/// How furniture is learned and masked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FurnitureParams {
    /// Fewest clusters of a host that make a segment furniture.
    pub clusters: u32,
    /// Largest share of an article's tokens that may be masked, 0 to 1; beyond it, nothing is masked.
    pub most: f64,
}

impl Default for FurnitureParams {
    fn default() -> Self {
        Self {
            clusters: 5,
            most: 0.5,
        }
    }
}

impl FurnitureParams {
    /// Checks the parameters.
    ///
    /// # Errors
    /// A message that names the invalid parameter.
    pub fn validate(&self) -> std::result::Result<(), String> {
        if self.clusters < 2 {
            return Err(format!("clusters = {}: at least 2", self.clusters));
        }
        if !(0.0..=1.0).contains(&self.most) {
            return Err(format!("most = {}: 0 to 1", self.most));
        }
        Ok(())
    }
}

/// Tokens of a segment that may be furniture: shorter ones are phrases, longer ones are text.
const TOKENS: std::ops::RangeInclusive<u32> = 3..=150;
/// Most segments kept for a host.
const KEPT: usize = 2000;
/// Most clusters of a segment that may be forgotten for another, if a host has [`KEPT`] of them.
const FEW: u32 = 2;
/// Most sightings of one article.
const SIGHTINGS: usize = 64;
/// A segment that is furniture already is sighted again after this time, so that it does not fade.
const REFRESH_MS: i64 = 24 * 3600 * 1000;
/// Segments of all hosts that are cached.
const CACHED: usize = 500_000;
/// Segments that a filter takes before the next one is begun.
const FILTER_SEGMENTS: usize = 2_000_000;

/// The furniture of all hosts, cached.
pub(super) struct Furniture {
    params: FurnitureParams,
    cache: Mutex<FurnitureCache>,
}

#[derive(Default)]
struct FurnitureCache {
    first_sightings: Option<FirstSightings>,
    hosts: HashMap<HostKey, HostSegments>,
    /// Number of cached hosts and segments.
    size: usize,
}

/// A host: its collection and its name.
type HostKey = (String, String);

/// The segments of a host by their hashes, without their words.
type HostSegments = HashMap<u64, Repeated>;

impl Furniture {
    pub fn new(params: FurnitureParams) -> Self {
        Self {
            params,
            cache: Mutex::default(),
        }
    }

    /// Returns the spans of an article's text that are furniture of its host, in order.
    pub fn mask(
        &self,
        store: &dyn Read,
        put: &Put,
        segments: &[Segment],
        now_ms: i64,
    ) -> Result<Vec<Span>> {
        if segments.is_empty() {
            return Ok(Vec::new());
        }
        let host = host_key(put);
        let cache = self.with_host(store, &host)?;
        let known = &cache.hosts[&host];
        let is_furniture = |segment: &&Segment| {
            let row = known.get(&segment.hash);
            row.is_some_and(|row| row.clusters_at(now_ms) >= self.params.clusters)
        };
        let repeated: Vec<&Segment> = segments.iter().filter(is_furniture).collect();
        let masked: u32 = repeated.iter().map(|segment| segment.tokens).sum();
        let all: u32 = segments.iter().map(|segment| segment.tokens).sum();
        if f64::from(masked) > self.params.most * f64::from(all) {
            return Ok(Vec::new());
        }
        Ok(repeated.into_iter().map(|segment| segment.span).collect())
    }

    /// Returns the segments of an article that its host has shown before. The article must be the
    /// host's first of its cluster.
    pub fn sightings(
        &self,
        store: &dyn Read,
        put: &Put,
        text: &str,
        segments: &[Segment],
        now_ms: i64,
    ) -> Result<Vec<Sighting>> {
        if segments.is_empty() {
            return Ok(Vec::new());
        }
        let host = host_key(put);
        let salt = hash_bytes(format!("{}\0{}", host.0, host.1).as_bytes()) as u64;
        let mut cache = self.with_host(store, &host)?;
        let FurnitureCache {
            first_sightings,
            hosts,
            ..
        } = &mut *cache;
        let known = &hosts[&host];
        let mut of_article = HashSet::new();
        let (mut sightings, mut unknown) = (Vec::new(), Vec::new());
        for segment in segments {
            if !TOKENS.contains(&segment.tokens) || !of_article.insert(segment.hash) {
                continue;
            }
            match known.get(&segment.hash) {
                Some(row)
                    if row.clusters_at(now_ms) >= self.params.clusters
                        && now_ms.saturating_sub(row.last_ms) < REFRESH_MS => {}
                Some(_) => sightings.push(Sighting {
                    segment: segment.hash,
                    ..Sighting::default()
                }),
                None => unknown.push(segment),
            }
        }
        sightings.truncate(SIGHTINGS);
        let seen: HashSet<u64> = sightings.iter().map(|one| one.segment).collect();
        let free = KEPT.saturating_sub(known.len());
        let mut weakest = match unknown.len() > free {
            true => weakest(known, &seen, now_ms),
            false => Vec::new(),
        }
        .into_iter();
        let first_sightings = first_sightings.get_or_insert_with(FirstSightings::new);
        let again = unknown
            .into_iter()
            .filter(|segment| first_sightings.contains_or_insert(segment.hash ^ salt));
        for (count, segment) in again.take(SIGHTINGS - sightings.len()).enumerate() {
            let instead_of = match count < free {
                true => None,
                false => match weakest.next() {
                    None => break,
                    forgotten => forgotten,
                },
            };
            let words = &text[segment.span.start as usize..segment.span.end as usize];
            sightings.push(Sighting {
                segment: segment.hash,
                words: words[..ceil_boundary(words, MAX_WORDS_BYTES)].to_owned(),
                instead_of,
            });
        }
        Ok(sightings)
    }

    /// Updates the cache after sightings were staged. If that fails, the host is read again when it
    /// is needed.
    pub fn note(&self, store: &dyn Read, put: &Put, sightings: &[Sighting]) {
        if sightings.is_empty() {
            return;
        }
        let segments = sightings.iter().map(|one| one.segment);
        let rows = RowReader(store).segments(&put.collection, &put.source_host, segments);
        let host = host_key(put);
        let mut cache = self.lock();
        let Some(mut known) = cache.hosts.remove(&host) else {
            return;
        };
        cache.size -= known.len() + 1;
        let Ok(rows) = rows else { return };
        for (sighting, row) in sightings.iter().zip(rows) {
            if let Some(forgotten) = sighting.instead_of {
                known.remove(&forgotten);
            }
            let Some(row) = row else { return };
            known.insert(sighting.segment, without_words(row));
        }
        cache.put(host, known);
    }

    /// Empties the cache, because rows were dropped.
    pub fn forget(&self) {
        let mut cache = self.lock();
        cache.hosts.clear();
        cache.size = 0;
    }

    /// Returns the cache with a host in it, read from the store if it is not cached.
    fn with_host(
        &self,
        store: &dyn Read,
        host: &HostKey,
    ) -> Result<MutexGuard<'_, FurnitureCache>> {
        let cache = self.lock();
        if cache.hosts.contains_key(host) {
            return Ok(cache);
        }
        // Others must not wait while the disk is read.
        drop(cache);
        let rows = RowReader(store)
            .furniture(&host.0, &host.1, KEPT)?
            .into_iter();
        let known = rows.map(|(segment, row)| (segment, without_words(row)));
        let known: HostSegments = known.collect();
        let mut cache = self.lock();
        if !cache.hosts.contains_key(host) {
            cache.put(host.clone(), known);
        }
        Ok(cache)
    }

    fn lock(&self) -> MutexGuard<'_, FurnitureCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host_key(put: &Put) -> HostKey {
    (put.collection.clone(), put.source_host.clone())
}

/// Returns the segments that may be forgotten, the least important first: those that are not furniture
/// now, and not among `seen`.
fn weakest(known: &HostSegments, seen: &HashSet<u64>, now_ms: i64) -> Vec<u64> {
    let mut weakest: Vec<(u32, i64, u64)> = known
        .iter()
        .filter(|(segment, _)| !seen.contains(segment))
        .map(|(&segment, row)| (row.clusters_at(now_ms), row.last_ms, segment))
        .filter(|(clusters, ..)| *clusters <= FEW)
        .collect();
    weakest.sort_unstable();
    weakest.into_iter().map(|(.., segment)| segment).collect()
}

/// Drops a row's words, which are only shown to people.
fn without_words(row: Repeated) -> Repeated {
    Repeated {
        words: String::new(),
        ..row
    }
}

impl FurnitureCache {
    /// Caches the segments of a host, and drops all others if there are too many.
    fn put(&mut self, host: HostKey, known: HostSegments) {
        if self.size > CACHED {
            self.hosts.clear();
            self.size = 0;
        }
        // The host counts as well, since it may have no segments.
        self.size += known.len() + 1;
        self.hosts.insert(host, known);
    }
}

/// Recognizes segments that were seen before: a Bloom filter that is being filled, and the full one
/// before it.
struct FirstSightings {
    current: SegmentFilter,
    previous: SegmentFilter,
    count: usize,
}

impl FirstSightings {
    fn new() -> Self {
        Self {
            current: SegmentFilter::new(),
            previous: SegmentFilter::new(),
            count: 0,
        }
    }

    /// Returns whether a segment was seen before, and remembers it.
    fn contains_or_insert(&mut self, segment: u64) -> bool {
        if self.current.contains(segment) {
            return true;
        }
        if self.count == FILTER_SEGMENTS {
            self.previous = std::mem::replace(&mut self.current, SegmentFilter::new());
            self.count = 0;
        }
        self.current.insert(segment);
        self.count += 1;
        self.previous.contains(segment)
    }
}

/// A Bloom filter with one false positive in a thousand, split into parts so that all bits of a segment
/// lie within a few hundred bytes.
struct SegmentFilter(Vec<BloomFilter<u64, Seeded>>);

/// Parts of a filter; a power of two.
const PARTS: usize = 4096;

impl SegmentFilter {
    fn new() -> Self {
        // Parts fill unevenly: with room for a sixth more, hardly any overflows.
        let capacity = FILTER_SEGMENTS / PARTS * 7 / 6;
        let seeds = [Seeded(0x646f_6f72), Seeded(0x0066_7261_6d65)];
        let part = || BloomFilter::with_hashers(capacity, 0.001, seeds);
        Self((0..PARTS).map(|_| part()).collect())
    }

    fn contains(&self, segment: u64) -> bool {
        self.0[Self::part(segment)].contains(&segment)
    }

    fn insert(&mut self, segment: u64) {
        self.0[Self::part(segment)].insert(&segment);
    }

    fn part(segment: u64) -> usize {
        segment as usize % PARTS
    }
}

/// A segment that a host repeats on its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedSegment {
    /// Its words, shortened if there are many.
    pub words: String,
    /// Number of the host's clusters that contain it; older sightings count less.
    pub clusters: u32,
    /// Whether it is masked in new articles.
    pub masked: bool,
    /// When it was first seen again; milliseconds since 1970.
    pub first_ms: i64,
    /// When it was last seen, to the day; milliseconds since 1970.
    pub last_ms: i64,
}

impl Engine {
    /// Lists the segments that a host repeats in two clusters or more, most frequent first. `host` is a
    /// host, or a URL on it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn furniture(&self, collection: &Collection, host: &str) -> Result<Vec<RepeatedSegment>> {
        let (core, now_ms, host) = (&self.core, now_ms(), source_host_of(host));
        let collection = core.current(collection)?;
        let rows = RowReader(&*core.store).furniture(collection.as_str(), &host, KEPT)?;
        let segments = rows.into_iter().map(|(_, row)| {
            let clusters = row.clusters_at(now_ms);
            RepeatedSegment {
                words: row.words,
                clusters,
                masked: clusters >= core.params.furniture.clusters,
                first_ms: row.first_ms,
                last_ms: row.last_ms,
            }
        });
        let mut segments: Vec<RepeatedSegment> = segments.collect();
        segments.sort_by(|a, b| (b.clusters, &a.words).cmp(&(a.clusters, &b.words)));
        Ok(segments)
    }
}
