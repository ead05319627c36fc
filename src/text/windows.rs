//! Shingles -> windows: longer runs of words, by which a passage is looked up.
//!
//! Common phrases are as long as shingles: the more articles there are, the more of an article's
//! shingles are in another. Windows are rarer. A window is all that two shingles cover, the second of
//! which begins a word or two characters later: 6 words, or 10 characters of a script without spaces. A text
//! with less has one window, the whole. There are two exceptions, for texts of which a sample would tell too little:
//!
//! * The shingles of a text with few windows are windows, too.
//! * The first window of every body is also kept as its *opening*, by which excerpts are looked up. Its tag, which it
//!   has in short texts, too, is of what stands after it alone: before it stands a title, which may be another.
//!
//! Of the windows the least are kept. Lowest are those whose lowest token stands third of their first six, then
//! those in which it stands sixth, and so on; within a place their hashes decide. Windows of one place do not
//! crowd, so of a short passage one is kept more often than by hashes alone. (Open syncmers: R. Edgar, "Syncmers are more sensitive than minimizers for
//! selecting conserved k-mers in biological sequences", 2021; J. Shaw and Y. W. Yu, "Theory of local
//! k-mer selection with applications to long-read alignment", 2022, for the middle.)
//!
//! The lowest bits of a window are its *tag*: what stands before and after it. Two texts that share a
//! passage of 20 words agree on at least one side of each of its windows; those that share a phrase agree on
//! neither. Of a short text less than 20 words may be worth telling, so its windows have no tags.

use std::ops::Range;

use super::shingles::{RankedShingles, WORD_WEIGHT, weight};

/// By the place of the lowest of the six tokens that a window begins with, how many places come before it.
const PLACES: [u64; 6] = [2, 4, 0, 3, 5, 1];

/// The share of all hashes that the windows of one place have.
const SHARE: u64 = u64::MAX / PLACES.len() as u64;

/// Distance, in shingles, from a window to the shingle before it and to the one after it that make its
/// tag. In a passage of 20 words, at least one of the two is inside for every window.
const REACH: usize = 7;

/// Bits of a tag for one side.
const SIDE_BITS: u32 = TAG_BITS / 2;

/// A text with fewer windows has no tags: of a fifth of it most windows would agree on no side.
const FEW_TO_TAG: usize = 48;

/// Bits of a tag.
pub const TAG_BITS: u32 = 12;
const TAG_MASK: u64 = (1 << TAG_BITS) - 1;
const SIDE_MASK: u64 = (1 << SIDE_BITS) - 1;

/// Least number of windows kept of a text that has as many.
pub const MIN_WINDOWS: usize = 64;

/// A text with fewer windows has its shingles for windows, too.
const FEW_WINDOWS: usize = 32;

/// By how much an opening is less than other hashes: it is below every bound.
const OPENING_SHIFT: u32 = 16;

/// The share of windows that is kept of a long text is 1 in 2^`WINDOW_SHIFT`.
pub const WINDOW_SHIFT: u32 = 3;

/// Shingles whose windows are found at once. A text with more is gone through in portions, for every bound anew:
/// all its windows would take as much memory as its shingles.
const PORTION: usize = 4096;

/// Returns the least windows of a text, of whose shingles each has the rank of its first token, in order and
/// its title's first: those below a bound, ascending, each once. The bound admits 1 in 2^[`WINDOW_SHIFT`], and is
/// doubled while it admits fewer than [`MIN_WINDOWS`]. The body begins at index `body`.
pub(super) fn least_windows(ranked: &RankedShingles, body: usize) -> Vec<u64> {
    let mut first = windows(ranked, 0..PORTION);
    let has_tags = first.len() >= FEW_TO_TAG;
    let opening = windows(ranked, body..body + 1).pop();
    let opening = opening
        .map(|first| untagged(first >> OPENING_SHIFT) | tag(&ranked.hashes, body) & SIDE_MASK);
    if first.len() < FEW_WINDOWS {
        first.extend(&ranked.hashes);
    }
    let tagged = |(at, &window): (usize, &u64)| {
        untagged(window)
            | match has_tags {
                true => tag(&ranked.hashes, at),
                false => 0,
            }
    };
    let mut shift = WINDOW_SHIFT;
    loop {
        let bound = u64::MAX >> shift;
        let is_enough = |count: usize| count >= MIN_WINDOWS || shift == 0;
        // They are counted first, because most texts need a second bound.
        let low = first.iter().filter(|window| **window <= bound).count();
        let most = low + usize::from(opening.is_some());
        if is_enough(most) || ranked.len() > PORTION {
            let add_low = |least: &mut Vec<u64>, from: usize, windows: &[u64]| {
                let numbered = (from..).zip(windows);
                least.extend(numbered.filter(|(_, window)| **window <= bound).map(tagged));
            };
            let mut least = Vec::with_capacity(most);
            least.extend(opening);
            add_low(&mut least, 0, &first);
            sort_once(&mut least);
            for from in (PORTION..ranked.len()).step_by(PORTION) {
                let mut low = Vec::new();
                add_low(&mut low, from, &windows(ranked, from..from + PORTION));
                // A hostile text has one window again and again.
                sort_once(&mut low);
                least.append(&mut low);
            }
            if ranked.len() > PORTION {
                sort_once(&mut least);
            }
            if is_enough(least.len()) {
                return least;
            }
        }
        shift -= 1;
    }
}

/// Sorts windows, and keeps one of those that differ in their tags only.
fn sort_once(windows: &mut Vec<u64>) {
    windows.sort_unstable();
    windows.dedup_by_key(|window| *window >> TAG_BITS);
}

/// Returns the windows that begin at some shingles of a text, in order, without tags.
fn windows(ranked: &RankedShingles, begin: Range<usize>) -> Vec<u64> {
    let RankedShingles { hashes, ranks } = ranked;
    let begin = begin.start..begin.end.min(hashes.len());
    let mut windows = Vec::with_capacity(begin.len() + 1);
    for (at, place) in begin.clone().zip(places(ranks, begin)) {
        let second = hashes.get(second(hashes, at));
        // A text of one window is short: it is the whole.
        let Some(second) = second.or_else(|| hashes.last().filter(|_| at == 0)) else {
            break;
        };
        // Shingles are hashes already; turned, so that their order counts.
        let hash = hashes[at].wrapping_add(second.rotate_left(32));
        windows.push(PLACES[place] * SHARE + hash / PLACES.len() as u64);
    }
    windows
}

/// Returns for each of some tokens the place of the lowest of the six that begin with it, or of as many as there
/// are; of equal ones, of the first.
fn places(ranks: &[u32], begin: Range<usize>) -> impl Iterator<Item = usize> {
    // A rank above an index; signed, since vectors compare signed numbers.
    const INDEX: i64 = (1 << 31) - 1;
    let ranks = &ranks[begin.start..ranks.len().min(begin.end + 5)];
    let key = |(at, rank): (i64, &u32)| i64::from(*rank) << INDEX.count_ones() | at;
    let mut one = Vec::with_capacity(ranks.len() + 5);
    one.extend((0..).zip(ranks).map(key));
    one.extend([i64::MAX; 5]);
    let lower = |some: &[i64], others: &[i64]| -> Vec<i64> {
        let pairs = some.iter().zip(others);
        pairs.map(|(&one, &other)| one.min(other)).collect()
    };
    let two = lower(&one, &one[1..]);
    let four = lower(&two, &two[2..]);
    let six = lower(&four, &two[4..]);
    let lowest = six.into_iter().map(|key| (key & INDEX) as usize);
    lowest.enumerate().map(|(at, lowest)| lowest - at)
}

/// Returns the index of a window's second shingle.
fn second(hashes: &[u64], at: usize) -> usize {
    match weight(hashes[at]) {
        WORD_WEIGHT => at + 1,
        _ => at + 2,
    }
}

/// Returns the tag of the window that begins at a shingle.
fn tag(hashes: &[u64], at: usize) -> u64 {
    let before = at.checked_sub(REACH).map_or(0, |at| side(hashes[at]));
    let after = (second(hashes, at) + REACH).min(hashes.len() - 1);
    before << SIDE_BITS | side(hashes[after])
}

fn untagged(hash: u64) -> u64 {
    hash >> TAG_BITS << TAG_BITS
}

/// Returns one half of a tag, which is not 0.
fn side(shingle: u64) -> u64 {
    (shingle >> (64 - SIDE_BITS)).max(1)
}

/// Returns on how many sides of a window two texts agree, by its tags: on one, if either text is too short
/// for a tag. Higher bits are ignored.
pub fn sides_agreed(one: u64, other: u64) -> u32 {
    let (before, after) = (one >> SIDE_BITS & SIDE_MASK, one & SIDE_MASK);
    let (other_before, other_after) = (other >> SIDE_BITS & SIDE_MASK, other & SIDE_MASK);
    if one & TAG_MASK == 0 || other & TAG_MASK == 0 {
        return 1;
    }
    match (before == other_before, after == other_after) {
        (true, true) => 2,
        // Where texts begin there is nothing to agree on.
        (true, false) => u32::from(before != 0),
        (false, true) => 1,
        (false, false) => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hash_bytes;
    use super::*;

    fn ranked(pairs: &[(u64, u32)]) -> RankedShingles {
        pairs.iter().copied().collect()
    }

    /// Returns the windows by definition, with their tags.
    fn defined(ranked: &[(u64, u32)]) -> Vec<u64> {
        let side = |(shingle, _): &(u64, u32)| (shingle >> 58).max(1);
        let step = |at: usize| {
            if weight(ranked[at].0) == WORD_WEIGHT {
                1
            } else {
                2
            }
        };
        let window = |first: usize, second: usize| {
            let hash = ranked[first]
                .0
                .wrapping_add(ranked[second].0.rotate_left(32));
            let tokens = &ranked[first..ranked.len().min(first + 6)];
            let lowest = (0..tokens.len()).min_by_key(|&at| tokens[at].1).unwrap();
            let place = [2, 5, 0, 3, 1, 4].iter().position(|&one| one == lowest);
            let before = (first >= 7).then(|| side(&ranked[first - 7]));
            let after = ranked.get(first + step(first) + 7).or(ranked.last());
            let tag = before.unwrap_or(0) << 6 | after.map(side).unwrap();
            (u64::MAX / 6 * place.unwrap() as u64 + hash / 6) & !0xfff | tag
        };
        let whole = (0..ranked.len()).filter(|&first| first + step(first) < ranked.len());
        let whole: Vec<u64> = whole
            .map(|first| window(first, first + step(first)))
            .collect();
        match ranked.len().checked_sub(1) {
            Some(end) if whole.is_empty() => vec![window(0, end)],
            _ => whole,
        }
    }

    /// Returns the windows with their tags.
    fn tagged(pairs: &[(u64, u32)]) -> Vec<u64> {
        let ranked = ranked(pairs);
        let windows = windows(&ranked, 0..pairs.len()).into_iter().zip(0..);
        let tagged = windows.map(|(window, at)| untagged(window) | tag(&ranked.hashes, at));
        tagged.collect()
    }

    fn text(
        tokens: impl Into<prop::collection::SizeRange>,
    ) -> impl Strategy<Value = Vec<(u64, u32)>> {
        prop::collection::vec(any::<(u64, u32)>(), tokens)
    }

    proptest! {
        #[test]
        fn windows_are_those_of_the_definition(ranked in text(0..40)) {
            prop_assert_eq!(tagged(&ranked), defined(&ranked));
        }

        #[test]
        fn the_least_are_kept(title in text(0..20), body in text(0..900)) {
            let (from, pairs) = (title.len(), [title, body].concat());
            let mut all = defined(&pairs);
            let has_tags = all.len() >= FEW_TO_TAG;
            let opening = all.get(from).map(|first| first >> OPENING_SHIFT & !0xfff | first & 0x3f);
            if all.len() < FEW_WINDOWS {
                all.extend(pairs.iter().map(|(shingle, _)| shingle & !0xfff));
            }
            if !has_tags {
                all.iter_mut().for_each(|window| *window &= !0xfff);
            }
            all.extend(opening);
            all.sort_unstable();
            all.dedup_by_key(|window| *window >> TAG_BITS);
            let least = least_windows(&ranked(&pairs), from);
            prop_assert_eq!(&least, &all[..least.len()]);
            prop_assert!(least.len() >= all.len().min(MIN_WINDOWS));
            let bound = |shift: u32| all.partition_point(|&window| window <= u64::MAX >> shift);
            prop_assert!((0..=WINDOW_SHIFT).any(|shift| least.len() == bound(shift)));
        }

        /// The windows of a passage that two texts share are equally low in both.
        #[test]
        fn a_window_is_as_low_wherever_it_stands(
            passage in text(12..40),
            around in prop::collection::vec(text(0..30), 4),
        ) {
            let windows_of = |before: &[(u64, u32)], after: &[(u64, u32)]| {
                let pairs = [before, &passage, after].concat();
                let windows = windows(&ranked(&pairs), 0..pairs.len());
                windows[before.len()..][..passage.len() - 5].to_vec()
            };
            let (one, other) = (windows_of(&around[0], &around[1]), windows_of(&around[2], &around[3]));
            prop_assert_eq!(one, other);
        }

        /// A passage of twenty words in two texts agrees in all of its windows.
        #[test]
        fn a_passage_agrees_in_every_window(
            passage in prop::collection::vec(any::<(u64, u32)>().prop_map(|(word, rank)| (word & !1, rank)), 16),
            around in prop::collection::vec(text(0..30), 4),
        ) {
            let tags = |before: &[(u64, u32)], after: &[(u64, u32)]| {
                let ranked = ranked(&[before, &passage, after].concat());
                let of_passage = before.len()..before.len() + passage.len() - 1;
                of_passage.map(|at| tag(&ranked.hashes, at)).collect::<Vec<u64>>()
            };
            let (one, other) = (tags(&around[0], &around[1]), tags(&around[2], &around[3]));
            for (one, other) in one.into_iter().zip(other) {
                prop_assert!(sides_agreed(one, other) > 0);
            }
        }
    }

    /// Of a text that is gone through in portions the same are kept, whether the first bound admits enough of its
    /// windows or not.
    #[test]
    fn the_least_of_a_long_text_are_kept() {
        let token = |n: u64| {
            let hash = hash_bytes(&n.to_le_bytes());
            (hash as u64, (hash >> 64) as u32)
        };
        for distinct in [1, 7, 100, 20_000] {
            let pairs: Vec<(u64, u32)> = (0..3 * PORTION as u64 + 5)
                .map(|n| token(n % distinct))
                .collect();
            let body = 3;
            let mut all = defined(&pairs);
            all.push(all[body] >> OPENING_SHIFT & !0xfff | all[body] & 0x3f);
            all.sort_unstable();
            all.dedup_by_key(|window| *window >> TAG_BITS);
            let least = least_windows(&ranked(&pairs), body);
            let low = |shift: u32| all.partition_point(|&window| window <= u64::MAX >> shift);
            let shift = (0..=WINDOW_SHIFT)
                .rev()
                .find(|&shift| low(shift) >= MIN_WINDOWS);
            assert_eq!(least, all[..low(shift.unwrap_or(0))], "{distinct}");
        }
    }

    #[test]
    fn low_windows_do_not_crowd() {
        let token = |n: u64| {
            let hash = hash_bytes(&n.to_le_bytes());
            (hash as u64 & !1, (hash >> 64) as u32)
        };
        let ranked: RankedShingles = (0..20_000).map(token).collect();
        let windows = windows(&ranked, 0..20_000);
        let share = |run: usize, shift: u32| {
            let is_low = |window: &u64| *window <= u64::MAX >> shift;
            let runs = windows.windows(run);
            let found = runs.clone().filter(|run| run.iter().any(is_low)).count();
            found as f64 / runs.len() as f64
        };
        assert!((0.115..0.135).contains(&share(1, 3)), "{}", share(1, 3));
        // By hashes alone: .80 and .90.
        assert!(share(12, 3) > 0.89, "{}", share(12, 3));
        assert!(share(8, 2) > 0.97, "{}", share(8, 2));
        assert_eq!(share(3, 1), 1.0);
    }

    /// Known answers: a client in another programming language must get the same.
    #[test]
    fn known_answers() {
        let turned = |last: u64| last.rotate_left(32);
        let word = |n: u64| n << 58 | n << 12;
        let ranks = [5, 9, 2, 8, 7, 6, 4, 3, 10, 1];
        let words: Vec<(u64, u32)> = (1..=10).map(word).zip(ranks).collect();
        let found = tagged(&words);
        assert_eq!(found.len(), 9);
        let window = |first: u64| word(first).wrapping_add(turned(word(first + 1)));
        let sixth = u64::MAX / 6;
        // The lowest of the first six is the third, of the next six the second.
        assert_eq!(found[0], untagged(window(1) / 6) | 9);
        assert_eq!(found[1], untagged(4 * sixth + window(2) / 6) | 10);
        assert_eq!(found[2], untagged(2 * sixth + window(3) / 6) | 10);
        assert_eq!(found[4], untagged(sixth + window(5) / 6) | 10);
        assert_eq!(found[8], untagged(4 * sixth + window(9) / 6) | 2 << 6 | 10);
        let characters = [(0x1001, 4), (0x2001, 3), (0x3001, 2), (0x4001, 1)];
        let of_three = |first: u64| (first << 12) + 1 + turned((first + 2) << 12 | 1);
        let expected = [3 * sixth + of_three(1) / 6, of_three(2) / 6].map(|one| untagged(one) | 1);
        assert_eq!(tagged(&characters), expected);
        let alone = 2 * sixth + (0x2000 + turned(0x2000)) / 6;
        assert_eq!(tagged(&[(0x2000, 7)]), [untagged(alone) | 1]);
    }

    #[test]
    fn tags_agree_on_a_side_or_where_a_text_is_short() {
        let tag = |before: u64, after: u64| before << SIDE_BITS | after;
        for (other, sides) in [
            (tag(9, 8), 2),
            (tag(9, 7), 1),
            (tag(1, 8), 1),
            (tag(0, 0), 1),
        ] {
            assert_eq!(sides_agreed(tag(9, 8), other), sides);
            assert_eq!(sides_agreed(other, tag(9, 8)), sides);
        }
        assert_eq!(sides_agreed(tag(9, 8), tag(8, 9)), 0);
        assert_eq!(sides_agreed(tag(0, 8), tag(0, 9)), 0);
        assert_eq!(sides_agreed(tag(0, 8), tag(0, 8)), 2);
    }
}
