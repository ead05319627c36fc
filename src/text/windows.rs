//! Shingles -> windows: longer runs of words, by which a passage is looked up.
//!
//! Common phrases are as long as shingles: the more articles there are, the more of an article's
//! shingles are in another. Windows hardly ever are. A window is all that two shingles cover, the second of
//! which begins [`STEP`] later: 8 words, or 13 characters of a script without spaces. A text with less has
//! one window, the whole. There are two exceptions, for texts of which a sample would tell too little:
//!
//! * The shingles of a text with few windows are windows, too.
//! * The first window of every body is also kept as its *opening*, by which excerpts are looked up.

use super::shingles::{WORD_WEIGHT, weight};

/// Least weight between the beginnings of a window's shingles.
const STEP: u32 = 3 * WORD_WEIGHT;

/// Least number of windows kept of a text that has as many.
pub const MIN_WINDOWS: usize = 64;

/// A text with fewer windows has its shingles for windows, too.
const FEW_WINDOWS: usize = 32;

/// By how much an opening is less than other hashes: it is below every bound.
const OPENING_SHIFT: u32 = 16;

/// The share of windows that is kept of a long text is 1 in 2^`WINDOW_SHIFT`.
pub const WINDOW_SHIFT: u32 = 3;

/// Returns the least windows of a title and a body whose shingles are in order: those below a bound,
/// ascending. The bound admits 1 in 2^[`WINDOW_SHIFT`], and is doubled while it admits fewer than
/// [`MIN_WINDOWS`].
pub(super) fn least_windows(title: &[u64], body: &[u64]) -> Vec<u64> {
    let mut all = Vec::with_capacity(title.len() + body.len() + 1);
    all.extend(windows(title).chain(windows(body)));
    if all.len() < FEW_WINDOWS {
        all.extend([title, body].concat());
    }
    all.extend(windows(body).next().map(|first| first >> OPENING_SHIFT));
    let mut shift = WINDOW_SHIFT;
    loop {
        let bound = u64::MAX >> shift;
        let mut least: Vec<u64> = all.iter().copied().filter(|&w| w <= bound).collect();
        least.sort_unstable();
        least.dedup();
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
        is_whole.then(|| first.wrapping_add(shingles[ahead].rotate_left(32)))
    };
    shingles.iter().enumerate().map_while(window)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the windows by definition.
    fn defined(shingles: &[u64]) -> Vec<u64> {
        let window = |first: usize, last: usize| {
            shingles[first].wrapping_add(shingles[last].rotate_left(32))
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
                all.extend(title.iter().chain(&body));
            }
            all.extend(defined(&body).first().map(|first| first >> OPENING_SHIFT));
            all.sort_unstable();
            all.dedup();
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
        let words = [2, 4, 6, 8, 10, 12];
        let turned = |last: u64| last << 32;
        assert_eq!(
            windows(&words).collect::<Vec<_>>(),
            [2 + turned(8), 4 + turned(10), 6 + turned(12)]
        );
        let characters = [1, 3, 5, 7, 9, 11];
        assert_eq!(windows(&characters).collect::<Vec<_>>(), [1 + turned(11)]);
        assert_eq!(windows(&[2, 4]).collect::<Vec<_>>(), [2 + turned(4)]);
    }
}
