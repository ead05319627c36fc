//! Shingles -> windows: longer runs of words, by which a passage is looked up.
//!
//! Common phrases are as long as shingles: the more articles there are, the more of an article's
//! shingles are in another. Windows are rarer. A window is all that two shingles cover, the second of
//! which begins [`STEP`] later: 6 words, or 10 characters of a script without spaces. A text with less has
//! one window, the whole. There are two exceptions, for texts of which a sample would tell too little:
//!
//! * The shingles of a text with few windows are windows, too.
//! * The first window of every body is also kept as its *opening*, by which excerpts are looked up.
//!
//! The lowest bits of a window are its *tag*: what stands before and after it. Two texts that share a
//! passage of 20 words agree on at least one side of each of its windows; those that share a phrase agree on
//! neither. Of a short text less than 20 words may be worth telling, so its windows have no tags.

use super::shingles::{WORD_WEIGHT, weight};

/// Least weight between the beginnings of a window's shingles.
const STEP: u32 = WORD_WEIGHT;

/// Distance, in shingles, from a window to the shingle before it and to the one after it that make its
/// tag. In a passage of 20 words, at least one of the two is inside for every window.
const REACH: usize = 7;

/// Bits of a tag for one side.
const SIDE_BITS: u32 = TAG_BITS / 2;

/// A text with fewer windows has no tags: a fifth of it is less than 20 words.
const FEW_TO_TAG: usize = 96;

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

/// Returns the least windows of a title and a body whose shingles are in order: those below a bound,
/// ascending, each once. The bound admits 1 in 2^[`WINDOW_SHIFT`], and is doubled while it admits fewer
/// than [`MIN_WINDOWS`].
pub(super) fn least_windows(title: &[u64], body: &[u64]) -> Vec<u64> {
    let mut all = Vec::with_capacity(title.len() + body.len() + 1);
    all.extend(windows(title).chain(windows(body)));
    if all.len() < FEW_WINDOWS {
        all.extend(title.iter().chain(body).map(|&shingle| untagged(shingle)));
    }
    let opening = windows(body).next();
    all.extend(opening.map(|first| untagged(first >> OPENING_SHIFT) | first & TAG_MASK));
    if all.len() < FEW_TO_TAG {
        all.iter_mut()
            .for_each(|window| *window = untagged(*window));
    }
    let mut shift = WINDOW_SHIFT;
    loop {
        let bound = u64::MAX >> shift;
        let mut least: Vec<u64> = all.iter().copied().filter(|&w| w <= bound).collect();
        least.sort_unstable();
        least.dedup_by_key(|window| *window >> TAG_BITS);
        if least.len() >= MIN_WINDOWS || shift == 0 {
            return least;
        }
        shift -= 1;
    }
}

/// Returns the windows of a text whose shingles are in order.
fn windows(shingles: &[u64]) -> impl Iterator<Item = u64> {
    let (mut ahead, mut distance) = (0, 0);
    let window = move |(at, &first): (usize, &u64)| {
        while distance < STEP && ahead + 1 < shingles.len() {
            distance += weight(shingles[ahead]);
            ahead += 1;
        }
        let is_whole = distance >= STEP || at == 0;
        distance = distance.saturating_sub(weight(first));
        // Shingles are hashes already; turned, so that their order counts.
        let window = || untagged(first.wrapping_add(shingles[ahead].rotate_left(32)));
        let before = at.checked_sub(REACH).map_or(0, |at| side(shingles[at]));
        let after = side(shingles[(ahead + REACH).min(shingles.len() - 1)]);
        is_whole.then(|| window() | before << SIDE_BITS | after)
    };
    shingles.iter().enumerate().map_while(window)
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

    use super::*;

    /// Returns the windows by definition.
    fn defined(shingles: &[u64]) -> Vec<u64> {
        let side = |shingle: &u64| (shingle >> 58).max(1);
        let window = |first: usize, last: usize| {
            let hash = shingles[first].wrapping_add(shingles[last].rotate_left(32));
            let before = (first >= 7).then(|| side(&shingles[first - 7]));
            let after = shingles.get(last + 7).or(shingles.last()).map(side);
            hash & !0xfff | before.unwrap_or(0) << 6 | after.unwrap()
        };
        let last = |first: usize| {
            let enough = |&last: &usize| {
                let between = shingles[first..last].iter();
                between.map(|&shingle| weight(shingle)).sum::<u32>() >= STEP
            };
            (first..shingles.len()).find(enough)
        };
        let whole = (0..shingles.len()).filter_map(|first| Some(window(first, last(first)?)));
        let whole: Vec<u64> = whole.collect();
        match shingles.len().checked_sub(1) {
            Some(end) if whole.is_empty() => vec![window(0, end)],
            _ => whole,
        }
    }

    proptest! {
        #[test]
        fn windows_are_those_of_the_definition(
            shingles in prop::collection::vec(any::<u64>(), 0..40),
        ) {
            prop_assert_eq!(windows(&shingles).collect::<Vec<_>>(), defined(&shingles));
        }

        #[test]
        fn the_least_are_kept(
            title in prop::collection::vec(any::<u64>(), 0..20),
            body in prop::collection::vec(any::<u64>(), 0..900),
        ) {
            let mut all = [defined(&title), defined(&body)].concat();
            if all.len() < FEW_WINDOWS {
                all.extend(title.iter().chain(&body).map(|shingle| shingle & !0xfff));
            }
            let opening = |first: &u64| first >> OPENING_SHIFT & !0xfff | first & 0xfff;
            all.extend(defined(&body).first().map(opening));
            if all.len() < FEW_TO_TAG {
                all.iter_mut().for_each(|window| *window &= !0xfff);
            }
            all.sort_unstable();
            all.dedup_by_key(|window| *window >> TAG_BITS);
            let least = least_windows(&title, &body);
            prop_assert_eq!(&least, &all[..least.len()]);
            prop_assert!(least.len() >= all.len().min(MIN_WINDOWS));
            let bound = |shift: u32| all.partition_point(|&window| window <= u64::MAX >> shift);
            prop_assert!((0..=WINDOW_SHIFT).any(|shift| least.len() == bound(shift)));
        }
    }

    /// Known answers: a client in another programming language must get the same.
    #[test]
    fn known_answers() {
        let known = |shingles: &[u64]| windows(shingles).collect::<Vec<_>>();
        let turned = |last: u64| last.rotate_left(32);
        let word = |n: u64| n << 58 | n << 12;
        let words: Vec<u64> = (1..=10).map(word).collect();
        let found = known(&words);
        assert_eq!(found.len(), 9);
        let window = |first: u64| word(first).wrapping_add(turned(word(first + 1)));
        assert_eq!(found[0], window(1) | 9);
        assert_eq!(found[1], window(2) | 10);
        assert_eq!(found[2], window(3) | 10);
        assert_eq!(found[8], window(9) | 2 << 6 | 10);
        let characters = [0x1001, 0x2001, 0x3001, 0x4001];
        let of_three = |first: u64| (first << 12) + turned((first + 2) << 12 | 1);
        assert_eq!(known(&characters), [of_three(1) | 1, of_three(2) | 1]);
        assert_eq!(known(&[0x2000]), [(0x2000 + turned(0x2000)) | 1]);
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

    proptest! {
        /// A passage of twenty words in two texts agrees in all of its windows.
        #[test]
        fn a_passage_agrees_in_every_window(
            passage in prop::collection::vec(any::<u64>().prop_map(|word| word & !1), 16),
            around in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..30), 4),
        ) {
            let text = |before: &[u64], after: &[u64]| {
                windows(&[before, &passage, after].concat()).collect::<Vec<u64>>()
            };
            let (one, other) = (text(&around[0], &around[1]), text(&around[2], &around[3]));
            for window in windows(&passage).map(|window| window >> TAG_BITS) {
                let tag = |of: &[u64]| of.iter().copied().find(|one| one >> TAG_BITS == window);
                prop_assert!(sides_agreed(tag(&one).unwrap(), tag(&other).unwrap()) > 0);
            }
        }
    }
}
