//! Selects the windows of a text that are its anchors.

use super::Params;

/// Returns a text's anchors, ascending: the windows that are below a bound. `windows` are ascending.
///
/// The bound admits 1 in 2^`anchor_shift`. It is doubled while it admits fewer than `min_anchors`, and
/// halved while it admits more than `max_anchors`. So bounds are nested: of two texts that share a
/// passage, all anchors of the passage in the one with the smaller bound are anchors in the other too.
/// (Modulo sampling as in A. Broder, "On the resemblance and containment of documents", 1997, section 4.)
pub(super) fn select(windows: &[u64], params: &Params) -> Vec<u64> {
    let under = |shift: u32| windows.partition_point(|&window| window <= u64::MAX >> shift);
    let mut shift = params.anchor_shift;
    while under(shift) < params.min_anchors && shift > 0 {
        shift -= 1;
    }
    while under(shift) > params.max_anchors {
        shift += 1;
    }
    windows[..under(shift)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::spread;
    use super::*;

    fn windows(from: u64, count: u64) -> Vec<u64> {
        let windows = (from..from + count).map(|n| spread(n, 0x1234_5678_9abc_def1));
        let mut windows: Vec<u64> = windows.collect();
        windows.sort_unstable();
        windows
    }

    #[test]
    fn the_longer_text_has_the_smaller_bound_and_shares_the_anchors_below_it() {
        let params = Params::default();
        let short = select(&windows(1000, 2500), &params);
        let long = select(&windows(0, 50_000), &params);
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
            let anchors = select(&windows(500, count), &params).len() as u64;
            assert!(
                anchors >= count.min(48),
                "{anchors} anchors of {count} windows"
            );
            assert!(
                count < 200 || anchors < count,
                "{anchors} anchors of {count} windows"
            );
        }
    }

    #[test]
    fn every_window_may_be_an_anchor() {
        let params = Params {
            anchor_shift: 0,
            max_anchors: 100,
            ..Params::default()
        };
        assert_eq!(select(&windows(0, 60), &params).len(), 60);
        assert!(select(&windows(0, 1000), &params).len() <= 100);
    }
}
