//! Sketches a text: shingles -> signature, band keys; windows -> anchors.
//!
//! The distinct shingles and the least windows of a text go in, as hashes. The keys of the buckets come out in which other
//! texts that share shingles with it are found. Pure; it cannot fail. It never sees texts, records or
//! stores.
//!
//! There are two ways to a candidate. *Bands* are slices of the signature: texts that resemble each other
//! agree in one. *Anchors* are the windows whose hash is below a bound: texts that share a passage share
//! its anchors, whatever surrounds it.

mod anchors;
mod bands;
mod params;
mod signature;

pub use params::{MIN_SHIFT, MOST_FEWEST, Params};
pub use signature::{LENGTH, Signature};

/// Version of the way from shingles to signatures and bands. That to anchors has the version of the index,
/// which alone holds them.
pub const VERSION: u32 = 1;

/// The keys of the buckets in which a text is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    /// One key for each band.
    pub bands: Vec<u64>,
    /// One key for each anchor, ascending.
    pub anchors: Vec<u64>,
}

/// Returns the sketch of a text with these distinct shingles and least windows, ascending. Without shingles
/// it has no keys.
pub fn sketch(shingles: &[u64], windows: &[u64], params: &Params) -> Sketch {
    if shingles.is_empty() {
        return Sketch::default();
    }
    let signature = Signature::of(shingles);
    Sketch {
        bands: bands::keys(&signature, params),
        anchors: anchors::select(windows, params),
    }
}

/// Mixes a hash with a seed: the two halves of a 128-bit product, folded (as in wyhash, Wang Yi).
#[inline]
fn spread(hash: u64, seed: u64) -> u64 {
    let product = u128::from(hash ^ seed) * 0xa076_1d64_78bd_642f_u128;
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers: a client in another programming language must get the same.
    #[test]
    fn known_answers() {
        let shingles: Vec<u64> = (1..=100u64)
            .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .collect();
        let signature = Signature::of(&shingles);
        assert_eq!(
            &signature.0[..4],
            &[0x00cc_a653, 0x011c_9cc2, 0x001f_8911, 0x0045_03f6]
        );
        let mut windows = shingles.clone();
        windows.sort_unstable();
        let sketch = sketch(&shingles, &windows, &Params::default());
        assert_eq!(sketch.bands.len(), 32);
        assert_eq!(
            &sketch.bands[..2],
            &[0xe7ca_7d68_c5a2_c824, 0x4fee_e24e_f37a_7cd4]
        );
        assert_eq!(sketch.anchors.len(), 50);
        assert_eq!(
            &sketch.anchors[..2],
            &[0x0149_517d_40e5_234d, 0x035e_2aa2_e7e4_7aca]
        );
    }
}
