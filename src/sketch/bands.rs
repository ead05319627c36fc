//! Hashes the bands of a signature to keys.

use gxhash::gxhash64;

use super::{Params, Signature};

/// Returns a key for each band, which is equal for texts whose signatures agree in all rows of the band.
///
/// The rows are hashed as little-endian bytes, padded with zeros to whole blocks of 16, with the
/// band's number as seed.
pub(super) fn keys(signature: &Signature, params: &Params) -> Vec<u64> {
    let bands = signature.0.chunks_exact(params.rows).take(params.bands);
    let mut block = vec![0; (params.rows * 4).next_multiple_of(BLOCK)];
    bands
        .enumerate()
        .map(|(band, rows)| {
            for (bytes, row) in block.chunks_exact_mut(4).zip(rows) {
                bytes.copy_from_slice(&row.to_le_bytes());
            }
            match <&[u8; BLOCK]>::try_from(block.as_slice()) {
                Ok(block) => gxhash64(block, band as i64),
                Err(_) => gxhash64(&block, band as i64),
            }
        })
        .collect()
}

/// Bytes of a gxhash vector. Bands of up to four rows fit in one.
const BLOCK: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets of equal size with a known share in common agree in a band as often as theory says.
    #[test]
    fn the_hit_rate_follows_the_curve() {
        let params = Params {
            bands: 20,
            rows: 3,
            ..Params::default()
        };
        for (shared, own) in [(20u64, 80u64), (40, 60), (60, 40)] {
            let (pairs, mut hits) = (2000u64, 0);
            for pair in 0..pairs {
                let set = |from: u64, count: u64| {
                    (from..from + count)
                        .map(|n| super::super::spread(n + (pair << 32), 0x5851_f42d_4c95_7f2d))
                };
                let sketch = |own: Vec<u64>| keys(&Signature::of(&own), &params);
                let a = sketch(set(0, shared).chain(set(1000, own)).collect());
                let b = sketch(set(0, shared).chain(set(2000, own)).collect());
                hits += u64::from(a.iter().zip(&b).any(|(x, y)| x == y));
            }
            let expected = params.hit_rate(shared as f64 / (shared + 2 * own) as f64);
            let rate = hits as f64 / pairs as f64;
            let noise = (expected * (1.0 - expected) / pairs as f64).sqrt();
            // The rows of short sets are not quite independent, so the rate may differ from the curve
            // by a little more than chance.
            assert!(
                (rate - expected).abs() < 4.0 * noise + 0.01,
                "{rate} against {expected}"
            );
        }
    }
}
