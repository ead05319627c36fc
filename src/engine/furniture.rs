//! Furniture: what a host repeats on its pages. Learned from articles of several clusters, masked in
//! those that come later.
//!
//! What counts is in how many *clusters* of a host a segment stands, not in how many articles: a story
//! that one host carries three times would else erase itself. The first time that a segment is seen
//! leaves no trace but in a pair of Bloom filters in memory, for most segments are never seen again; the
//! second and every further time is a [`Sighting`] in the journal, from which the rows are derived. What
//! was masked in an article is kept with it, so that nothing that is learned later changes it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use probabilistic_collections::bloom::BloomFilter;

use super::{Engine, Result, now_ms};
use crate::id::{Collection, source_host_of};
use crate::record::{Put, Repeated, Sighting, furniture_prefix, furniture_row, read_furniture_row};
use crate::store::{Read, Seeded};
use crate::text::{Segment, Span, hash_bytes};

/// How furniture is learned and masked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FurnitureParams {
    /// Clusters of a host in which a segment must have stood to be furniture.
    pub clusters: u32,
    /// Most of an article's tokens that may be masked, 0 to 1; where it would be more, nothing is.
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
    /// Checks that the parameters can be worked with.
    ///
    /// # Errors
    /// A sentence that names the parameter at fault.
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

/// Segments shorter than this are phrases, longer ones are text; in tokens.
const TOKENS: std::ops::RangeInclusive<u32> = 3..=150;
/// Most segments kept of a host.
const KEPT: usize = 2000;
/// Clusters of a segment that may be forgotten for another, where a host has [`KEPT`] of them.
const FEW: u32 = 2;
/// Most sightings of one article.
const SIGHTINGS: usize = 64;
/// Most bytes kept of a segment's words.
const WORDS: usize = 200;
/// A segment that is furniture already is sighted again after this time, to keep it from fading.
const REFRESH_MS: i64 = 24 * 3600 * 1000;
/// Segments of all hosts that are held in memory.
const HELD: usize = 500_000;
/// Segments that a filter takes before the next is begun.
const DOOR: usize = 2_000_000;

/// What is known of the hosts' furniture.
pub(super) struct Furniture {
    params: FurnitureParams,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    door: Option<Door>,
    hosts: HashMap<Vec<u8>, HostSegments>,
    /// Segments of all hosts that are held, and the hosts themselves.
    held: usize,
}

/// What is known of a host: its segments, without their words.
type HostSegments = HashMap<u64, Repeated>;

impl Furniture {
    pub fn new(params: FurnitureParams) -> Self {
        Self {
            params,
            state: Mutex::default(),
        }
    }

    /// Returns the stretches of an article's text that its host is known to repeat, in order.
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
        let state = self.holding(store, put)?;
        let known = state.host(put);
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

    /// Returns which segments of an article its host has shown before. The article is of a cluster that
    /// the host has shown nothing of.
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
        let host = furniture_prefix(&put.collection, &put.source_host);
        let salt = hash_bytes(&host) as u64;
        let mut state = self.holding(store, put)?;
        let State { door, hosts, .. } = &mut *state;
        let known = &hosts[&host];
        let mut of_this = HashSet::new();
        let (mut sightings, mut unknown) = (Vec::new(), Vec::new());
        for segment in segments {
            if !TOKENS.contains(&segment.tokens) || !of_this.insert(segment.hash) {
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
        let door = door.get_or_insert_with(Door::new);
        let again = unknown
            .into_iter()
            .filter(|segment| door.has_let_in(segment.hash ^ salt));
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
                words: cut(words).to_owned(),
                instead_of,
            });
        }
        Ok(sightings)
    }

    /// Takes note of sightings that were staged. What is known of the host is read anew where that
    /// fails.
    pub fn note(&self, store: &dyn Read, put: &Put, sightings: &[Sighting]) {
        if sightings.is_empty() {
            return;
        }
        let row = |one: &Sighting| furniture_row(&put.collection, &put.source_host, one.segment);
        let rows = store.rows(&sightings.iter().map(row).collect::<Vec<_>>());
        let rows = rows.unwrap_or_default();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let host = furniture_prefix(&put.collection, &put.source_host);
        let Some(mut known) = state.hosts.remove(&host) else {
            return;
        };
        state.held -= known.len() + 1;
        for (sighting, row) in sightings.iter().zip(&rows) {
            if let Some(forgotten) = sighting.instead_of {
                known.remove(&forgotten);
            }
            match row.as_deref().map(without_words) {
                Some(Ok(row)) => drop(known.insert(sighting.segment, row)),
                Some(Err(_)) | None => return,
            }
        }
        if rows.len() == sightings.len() {
            state.hold(host, known);
        }
    }

    /// The state, in which a host is held: read from the store where it was not.
    fn holding(&self, store: &dyn Read, put: &Put) -> Result<MutexGuard<'_, State>> {
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let host = furniture_prefix(&put.collection, &put.source_host);
        let state = lock();
        if state.hosts.contains_key(&host) {
            return Ok(state);
        }
        // Nobody waits while the disk is read.
        drop(state);
        let mut known = HostSegments::new();
        for (key, value) in store.scan(&host, None, KEPT)? {
            known.insert(read_furniture_row(&key)?, without_words(&value)?);
        }
        let mut state = lock();
        if !state.hosts.contains_key(&host) {
            state.hold(host, known);
        }
        Ok(state)
    }
}

/// The segments that count least, the least first, but for those that are seen now: only such as are
/// no furniture yet, or no more.
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

/// Reads a row, without its words: they are for people only.
fn without_words(row: &[u8]) -> Result<Repeated> {
    let mut row = Repeated::decode(row)?;
    row.words = String::new();
    Ok(row)
}

impl State {
    /// What is known of a host that is held.
    fn host(&self, put: &Put) -> &HostSegments {
        &self.hosts[&furniture_prefix(&put.collection, &put.source_host)]
    }

    /// Holds what is known of a host, and lets go of all others where that is too much.
    fn hold(&mut self, host: Vec<u8>, known: HostSegments) {
        if self.held > HELD {
            self.hosts.clear();
            self.held = 0;
        }
        // A host of which nothing is known takes its place, too.
        self.held += known.len() + 1;
        self.hosts.insert(host, known);
    }
}

/// Tells what comes for the second time: a filter that is being filled, and the one before it.
struct Door {
    young: Filter,
    old: Filter,
    count: usize,
}

impl Door {
    fn new() -> Self {
        Self {
            young: Filter::new(),
            old: Filter::new(),
            count: 0,
        }
    }

    /// Whether this was let in before; if not, it is now.
    fn has_let_in(&mut self, segment: u64) -> bool {
        if self.young.contains(segment) {
            return true;
        }
        if self.count == DOOR {
            self.old = std::mem::replace(&mut self.young, Filter::new());
            self.count = 0;
        }
        self.young.insert(segment);
        self.count += 1;
        self.old.contains(segment)
    }
}

/// A filter with one false answer in a thousand, in parts: all that is asked of one segment lies in
/// some hundred bytes next to each other.
struct Filter(Vec<BloomFilter<u64, Seeded>>);

/// Parts of a filter; a power of two.
const PARTS: usize = 4096;

impl Filter {
    fn new() -> Self {
        // No part gets its share exactly: with room for a sixth more hardly any is over it.
        let capacity = DOOR / PARTS * 7 / 6;
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

fn cut(words: &str) -> &str {
    match words.char_indices().find(|(at, _)| *at >= WORDS) {
        Some((end, _)) => &words[..end],
        None => words,
    }
}

/// A segment that a host repeats on its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedSegment {
    /// Its words, cut where they are many.
    pub words: String,
    /// In how many clusters of the host it was seen; what was not seen lately counts for less.
    pub clusters: u32,
    /// Whether it is masked in articles that come now.
    pub masked: bool,
    /// When it was first seen again; milliseconds since 1970.
    pub first_ms: i64,
    /// When it was last seen, to the day; milliseconds since 1970.
    pub last_ms: i64,
}

impl Engine {
    /// Lists what a host repeats on its pages, most often first: segments that stand in articles of two
    /// clusters or more. The host is a host, or a URL on it.
    ///
    /// # Errors
    /// The store's.
    pub fn furniture(&self, collection: &Collection, host: &str) -> Result<Vec<RepeatedSegment>> {
        let (core, now_ms) = (&self.core, now_ms());
        let prefix = furniture_prefix(collection.as_str(), &source_host_of(host));
        let mut segments = Vec::new();
        for (_, value) in core.store.scan(&prefix, None, KEPT)? {
            let row = Repeated::decode(&value)?;
            let clusters = row.clusters_at(now_ms);
            segments.push(RepeatedSegment {
                words: row.words,
                clusters,
                masked: clusters >= core.params.furniture.clusters,
                first_ms: row.first_ms,
                last_ms: row.last_ms,
            });
        }
        segments.sort_by(|a, b| {
            b.clusters
                .cmp(&a.clusters)
                .then_with(|| a.words.cmp(&b.words))
        });
        Ok(segments)
    }
}
