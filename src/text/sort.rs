//! Puts hashes in order.

/// Hashes from which on counting pays.
const FEW: usize = 128;
/// Hashes up to which it does: with more, places in memory are met at random.
const MANY: usize = 1 << 18;

/// Sorts hashes.
///
/// Hashes are spread evenly, so their upper 16 bits tell nearly all of their order: they are counted
/// and dealt out by those, 8 bits at a time from the lower to the upper, and then each is moved past
/// the few that still stand wrong before it. No comparison that decides where a hash goes has to be
/// guessed by the processor, which is what sorting costs. Where hashes are not spread, because somebody
/// made them so, the standard library takes over.
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

/// Orders hashes by one digit; those that agree in it keep their order. `places` comes with how often
/// there is each digit.
#[inline]
fn deal(from: &[u64], to: &mut [u64], shift: u32, places: &mut [u32; DIGITS]) {
    let mut place = 0;
    for count in &mut *places {
        (place, *count) = (place + *count, place);
    }
    for &hash in from {
        let place = &mut places[digit(hash, shift)];
        to[*place as usize] = hash;
        *place += 1;
    }
}

/// Moves each hash past the larger ones before it; gives up where there are many.
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
        let place = at - larger.count();
        hashes.copy_within(place..at, place + 1);
        hashes[place] = hash;
        moves += at - place;
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
        /// Hashes of all kinds: spread, alike in their upper bits, the same.
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
    fn hashes_that_are_not_spread_take_no_square_of_time() {
        let mut hashes: Vec<u64> = (0..200_000).rev().collect();
        sort(&mut hashes);
        assert!(hashes.is_sorted());
    }
}
