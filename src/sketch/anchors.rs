//! Selects the shingles of a text that are its anchors.

use super::{Params, spread};

const SEED: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Returns the keys of a text's anchors, ascending: the mixed shingles that are below a bound.
///
/// The bound admits 1 in 2^`anchor_shift`. It is doubled while it admits fewer than `min_anchors`, and
/// halved while it admits more than `max_anchors`. So bounds are nested: of two texts that share a
/// passage, all anchors of the passage in the one with the smaller bound are anchors in the other too. (Modulo sampling as in A. Broder, "On the resemblance and
/// containment of documents", 1997, section 4.)
pub(super) fn select(shingles: &[u64], params: &Params) -> Vec<u64> {
    let mut shift = params.anchor_shift;
    let mut anchors = under(shingles, shift);
    while anchors.len() < params.min_anchors && shift > 0 {
        shift -= 1;
        anchors = under(shingles, shift);
    }
    while anchors.len() > params.max_anchors {
        shift += 1;
        anchors = under(shingles, shift);
    }
    anchors.sort_unstable();
    anchors
}

/// Mixes the shingles, and returns those below a bound that admits 1 in 2^`shift`.
fn under(shingles: &[u64], shift: u32) -> Vec<u64> {
    let bound = u64::MAX >> shift;
    shingles
        .iter()
        .map(|&shingle| spread(shingle, SEED))
        .filter(|&hash| hash <= bound)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shingles(from: u64, count: u64) -> Vec<u64> {
        (from..from + count)
            .map(|n| spread(n, 0x1234_5678_9abc_def1))
            .collect()
    }

    #[test]
    fn the_longer_text_has_the_smaller_bound_and_shares_the_anchors_below_it() {
        let params = Params::default();
        let short = select(&shingles(1000, 2000), &params);
        let long = select(&shingles(0, 50_000), &params);
        assert!(long.len() <= params.max_anchors && long.len() > params.max_anchors / 3);
        assert!((80..170).contains(&short.len()), "{}", short.len());
        let largest = *long.last().unwrap();
        let nested = short.iter().filter(|&&anchor| anchor <= largest);
        assert!(nested.clone().count() > 0);
        assert!(nested.clone().all(|anchor| long.contains(anchor)));
    }

    #[test]
    fn a_short_text_has_anchors_too() {
        let params = Params::default();
        for count in [1, 7, 8, 20, 50, 100, 300] {
            let anchors = select(&shingles(500, count), &params).len() as u64;
            assert!(
                anchors >= count.min(48),
                "{anchors} anchors of {count} shingles"
            );
            assert!(
                count < 200 || anchors < count,
                "{anchors} anchors of {count} shingles"
            );
        }
    }

    #[test]
    fn every_shingle_may_be_an_anchor() {
        let params = Params {
            anchor_shift: 0,
            max_anchors: 100,
            ..Params::default()
        };
        assert_eq!(select(&shingles(0, 60), &params).len(), 60);
        assert!(select(&shingles(0, 1000), &params).len() <= 100);
    }
}
