//! Parameters of sketches.

use super::LENGTH;

/// Least [`anchor_shift`](Params::anchor_shift), and most [`min_anchors`](Params::min_anchors): a text keeps
/// as many of its windows.
pub const MIN_SHIFT: u32 = 3;
/// See [`MIN_SHIFT`].
pub const MOST_FEWEST: usize = 64;

/// Parameters of sketches. All of them shape stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Bands of a signature.
    pub bands: usize,
    /// Values of a band. `bands * rows` are at most [`LENGTH`].
    pub rows: usize,
    /// One window in 2^`anchor_shift` is an anchor.
    pub anchor_shift: u32,
    /// Fewest anchors of a text that has as many windows: of a short text a larger share are anchors.
    pub min_anchors: usize,
    /// Most anchors of a text.
    pub max_anchors: usize,
}

impl Default for Params {
    /// 32 bands of 4 rows, anchors at 1 in 8: as measured, see `docs/decisions/0005-anchors.md`.
    fn default() -> Self {
        Self {
            bands: 32,
            rows: 4,
            anchor_shift: 3,
            min_anchors: 48,
            max_anchors: 256,
        }
    }
}

impl Params {
    /// Checks that the parameters are in range.
    ///
    /// # Errors
    /// A sentence that names the parameter at fault.
    pub fn validate(&self) -> Result<(), String> {
        if self.bands == 0 || self.rows == 0 || self.bands.saturating_mul(self.rows) > LENGTH {
            return Err(format!(
                "bands = {} and rows = {}: each is at least 1, and their product at most {LENGTH}",
                self.bands, self.rows
            ));
        }
        if !(MIN_SHIFT..=16).contains(&self.anchor_shift) {
            let why = format!("anchor_shift = {}: {MIN_SHIFT} to 16", self.anchor_shift);
            return Err(why);
        }
        if !(16..=4096).contains(&self.max_anchors) {
            return Err(format!("max_anchors = {}: 16 to 4096", self.max_anchors));
        }
        if self.min_anchors > MOST_FEWEST.min(self.max_anchors / 2) {
            return Err(format!(
                "min_anchors = {}: at most {MOST_FEWEST}, and at most half of max_anchors = {}",
                self.min_anchors, self.max_anchors
            ));
        }
        Ok(())
    }

    /// Returns the most selective bands, those with most rows, that propose a pair of this resemblance with
    /// at least this probability. `None` if there are none, or a number is not between 0 and 1.
    pub fn for_recall(recall: f64, resemblance: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&recall) || !(0.0..=1.0).contains(&resemblance) {
            return None;
        }
        (1..=16)
            .rev()
            .map(|rows| Self {
                bands: LENGTH / rows,
                rows,
                ..Self::default()
            })
            .find(|params| params.hit_rate(resemblance) >= recall)
    }

    /// Returns the probability that the bands propose a pair of this resemblance: 1 - (1 - s^r)^b. Anchors
    /// propose more, which is not counted here.
    pub fn hit_rate(&self, resemblance: f64) -> f64 {
        1.0 - (1.0 - resemblance.powi(self.rows as i32)).powi(self.bands as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_chooses_the_rows() {
        let check = |recall, resemblance, expected: Option<(usize, usize)>| {
            let params = Params::for_recall(recall, resemblance);
            assert_eq!(
                params.map(|p| (p.bands, p.rows)),
                expected,
                "{recall} at {resemblance}"
            );
        };
        check(0.95, 0.5, Some((42, 3)));
        check(0.85, 0.5, Some((32, 4)));
        check(0.95, 0.8, Some((18, 7)));
        check(1.5, 0.5, None);
        check(0.5, 0.0, None);
    }

    #[test]
    fn odd_parameters_are_refused() {
        let default = Params::default();
        assert!(default.validate().is_ok());
        let with = |change: fn(&mut Params)| {
            let mut params = default;
            change(&mut params);
            params
        };
        for odd in [
            with(|params| params.bands = 0),
            with(|params| params.bands = 33),
            with(|params| params.bands = usize::MAX),
            with(|params| params.anchor_shift = 17),
            with(|params| params.anchor_shift = 2),
            with(|params| params.min_anchors = 65),
            with(|params| params.max_anchors = 0),
        ] {
            assert!(odd.validate().is_err(), "{odd:?}");
        }
    }
}
