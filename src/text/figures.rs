//! The figures of a text, each with the words around it.
//!
//! A bulletin (a quake, a price, a forecast) is a form: the words stay, the figures change. A figure's
//! place in the form is known by its neighbors.

use super::classes::Class;
use super::lookup::look_up;
use super::scan::ScannedToken;
use super::shingles::WORD_WEIGHT;

/// Most figures kept of a text.
const MOST: usize = 64;
/// Stands for the hash of a neighbor that is a figure itself.
const FIGURE: u64 = 1;

/// The figures of a text: the place of each, which is the hash of its neighbors, and the hash of the
/// figure; sorted, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Figures(Vec<(u32, u32)>);

/// How the figures of two texts agree, in the places that both have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FigureAgreement {
    /// Number of figures that are the same.
    pub same: u32,
    /// Number of figures that differ.
    pub different: u32,
}

/// Collects the figures among the tokens of a text, which come in parts, that have a token after them: the first
/// [`MOST`].
#[derive(Default)]
pub(super) struct FigureCollector {
    found: Vec<(u32, u32)>,
    /// What stands for the last token and for the one before it; 0 where there is none.
    last: u64,
    before: u64,
    /// The hash of the last token, if it is a figure.
    figure: Option<u64>,
}

impl FigureCollector {
    /// Takes the next tokens of a text.
    pub fn take(&mut self, text: &str, tokens: &[ScannedToken]) {
        for token in tokens {
            let is_figure = is_figure(text, token);
            let here = if is_figure { FIGURE } else { token.hash };
            if let Some(figure) = self.figure
                && self.found.len() < MOST
            {
                let around = self.before.rotate_left(29) ^ here;
                let place = around.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                self.found.push((place as u32, figure as u32));
            }
            (self.before, self.last) = (self.last, here);
            self.figure = is_figure.then_some(token.hash);
        }
    }

    /// Returns the figures.
    pub fn finish(mut self) -> Figures {
        self.found.sort_unstable();
        self.found.dedup();
        self.found.shrink_to_fit();
        Figures(self.found)
    }
}

impl Figures {
    /// Compares the figures of two texts.
    pub fn agreement(&self, other: &Self) -> FigureAgreement {
        let mut agreement = FigureAgreement::default();
        let (mut a, mut b) = (self.0.as_slice(), other.0.as_slice());
        while let (Some(&(x, _)), Some(&(y, _))) = (a.first(), b.first()) {
            let of_a = a.partition_point(|&(place, _)| place <= x.min(y));
            let of_b = b.partition_point(|&(place, _)| place <= x.min(y));
            let (here, there);
            (here, a) = a.split_at(of_a);
            (there, b) = b.split_at(of_b);
            let same = here.iter().filter(|one| there.binary_search(one).is_ok());
            let same = same.count();
            agreement.same += same as u32;
            agreement.different += (here.len().min(there.len()) - same) as u32;
        }
        agreement
    }

    /// Returns its size in memory, in bytes.
    pub fn size(&self) -> usize {
        self.0.capacity() * size_of::<(u32, u32)>()
    }
}

/// Whether a token begins with a digit of any script.
#[inline]
fn is_figure(text: &str, token: &ScannedToken) -> bool {
    let is_number = |first| look_up(first).class() == Class::Numeric;
    match text.as_bytes()[token.start as usize] {
        first if first.is_ascii() => first.is_ascii_digit(),
        _ => token.weight == WORD_WEIGHT && token.of(text).starts_with(is_number),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan_all;
    use super::*;

    fn check(one: &str, other: &str, same: u32, different: u32) {
        let figures = |text: &str| {
            let mut collector = FigureCollector::default();
            let tokens = scan_all(text);
            tokens.chunks(3).for_each(|part| collector.take(text, part));
            collector.finish()
        };
        let (one, other) = (figures(one), figures(other));
        let expected = FigureAgreement { same, different };
        assert_eq!(one.agreement(&other), expected);
        assert_eq!(other.agreement(&one), expected);
    }

    #[test]
    fn figures_are_compared_in_their_places() {
        let bulletin = "wheat closed at 231.5 crowns a tonne and rye at 180 crowns in Halm";
        check(bulletin, bulletin, 2, 0);
        check(
            bulletin,
            "wheat closed at 240 crowns a tonne and rye at 180 crowns in Halm",
            1,
            1,
        );
        check(
            bulletin,
            "yesterday wheat closed at 229 crowns a tonne, rye at 177 crowns in Arden",
            0,
            2,
        );
        check(bulletin, "231.5 ships lay in 180 harbours", 0, 0);
        check(bulletin, "", 0, 0);
        check("on ٣ roads", "on ٤ roads", 0, 1);
    }

    #[test]
    fn figures_in_a_row_have_one_place() {
        check("sold 10 20 30 lots", "sold 10 25 30 lots", 2, 1);
        check("sold 7 7 7 7 lots", "sold 7 7 7 lots", 3, 0);
        check("sold 7 8 9 7 lots", "sold 7 lots", 0, 0);
    }
}
