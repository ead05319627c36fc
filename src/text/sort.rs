//! Sorts hashes.

/// Fewest hashes for which counting pays.
const FEW: usize = 128;
/// Most hashes for which it does: with more, memory is accessed at random.
const MANY: usize = 1 << 18;

/// Sorts hashes.
///
/// Hashes are spread evenly, so their upper 16 bits decide nearly all of their order. A radix sort by
/// those, 8 bits at a time, is followed by an insertion sort that moves the few that are still out of
/// order. This avoids the mispredicted branches that a comparison sort spends its time on. If the hashes
/// are not spread, as a hostile text can arrange, the standard library sorts them.
pub(super) fn sort(hashes: &mut [u64]) {
    if !(FEW..MANY).contains(&hashes.len()) {
        hashes.sort_unstable();
        return;
    }
    let (mut lower, mut upper) = ([0; DIGITS], [0; DIGITS]);
    for &hash in &*hashes {
        lower[digit(hash, LOWER)] += 1;
        upper[digit(hash, UPPER)] += 1;
    }
    let mut dealt = vec![0; hashes.len()];
    deal(hashes, &mut dealt, LOWER, &mut lower);
    deal(&dealt, hashes, UPPER, &mut upper);
    if !settle(hashes) {
        hashes.sort_unstable();
    }
}

const DIGITS: usize = 256;
const LOWER: u32 = 48;
const UPPER: u32 = 56;

#[inline]
fn digit(hash: u64, shift: u32) -> usize {
    usize::from((hash >> shift) as u8)
}

/// Sorts hashes by one digit, and keeps the order of those that agree in it. `offsets` has the count of
/// each digit.
#[inline]
fn deal(from: &[u64], to: &mut [u64], shift: u32, offsets: &mut [u32; DIGITS]) {
    let mut offset = 0;
    for count in &mut *offsets {
        (offset, *count) = (offset + *count, offset);
    }
    for &hash in from {
        let offset = &mut offsets[digit(hash, shift)];
        to[*offset as usize] = hash;
        *offset += 1;
    }
}

/// Moves each hash before the larger ones in front of it. Returns false if there are too many.
fn settle(hashes: &mut [u64]) -> bool {
    let mut moves = 0;
    let mut largest = 0;
    for at in 0..hashes.len() {
        let hash = hashes[at];
        if hash >= largest {
            largest = hash;
            continue;
        }
        let larger = hashes[..at].iter().rev().take_while(|&&h| h > hash);
        let to = at - larger.count();
        hashes.copy_within(to..at, to + 1);
        hashes[to] = hash;
        moves += at - to;
        if moves > 4 * hashes.len() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Hashes that are spread, alike in their upper bits, or equal.
        #[test]
        fn hashes_are_in_order(
            hashes in prop::collection::vec(prop_oneof![
                4 => any::<u64>(),
                1 => 0..1u64 << 49,
                1 => (0..4u64).prop_map(|n| n << 60 | n),
            ], 0..1200)
        ) {
            let (mut ours, mut theirs) = (hashes.clone(), hashes);
            sort(&mut ours);
            theirs.sort_unstable();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn hashes_that_are_not_spread_do_not_take_quadratic_time() {
        let mut hashes: Vec<u64> = (0..200_000).rev().collect();
        sort(&mut hashes);
        assert!(hashes.is_sorted());
    }
}
