//! Puts hashes in order.

/// Hashes from which on counting pays.
const FEW: usize = 96;
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
    let mut dealt = vec![0; hashes.len()];
    deal::<48>(hashes, &mut dealt);
    deal::<56>(&dealt, hashes);
    if !settle(hashes) {
        hashes.sort_unstable();
    }
}

/// Orders hashes by the 8 bits from `SHIFT` on; those that agree in them keep their order.
fn deal<const SHIFT: u32>(from: &[u64], to: &mut [u64]) {
    let digit = |hash: u64| usize::from((hash >> SHIFT) as u8);
    let mut places = [0u32; 256];
    from.iter().for_each(|&hash| places[digit(hash)] += 1);
    let mut place = 0;
    for count in &mut places {
        (place, *count) = (place + *count, place);
    }
    for &hash in from {
        let place = &mut places[digit(hash)];
        to[*place as usize] = hash;
        *place += 1;
    }
}

/// Moves each hash past the larger ones before it; gives up where there are many.
fn settle(hashes: &mut [u64]) -> bool {
    let mut moves = 0;
    for at in 1..hashes.len() {
        let mut place = at;
        while place > 0 && hashes[place - 1] > hashes[place] {
            hashes.swap(place - 1, place);
            place -= 1;
            moves += 1;
            if moves > 4 * hashes.len() {
                return false;
            }
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
                1 => (0..1u64 << 49),
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
