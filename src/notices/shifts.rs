//! Where the positions of a text in its search form are in the text as it was.
//!
//! A text that was made for it has a shift at every letter, so a shift takes two bytes: how far it is from the one
//! before. One in [`MOST_STEPS`] is kept whole, and the search begins there.

/// From `at` on, the search form corresponds to the original from `origin` on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shift {
    pub at: u32,
    pub origin: u32,
}

/// Shifts in the order of both positions.
#[derive(Debug, Default)]
pub(super) struct Shifts {
    blocks: Vec<ShiftBlock>,
    /// The distances of all shifts but the first of each block from the one before.
    steps: Vec<[u8; 2]>,
    last: Shift,
}

/// A shift, and those after it that are near.
#[derive(Debug)]
struct ShiftBlock {
    first: Shift,
    /// The number of steps before this block.
    steps: u32,
}

/// Most steps of a block.
const MOST_STEPS: usize = 63;

impl Shifts {
    /// Returns the last shift; at the start, where both positions are 0, there is one.
    pub fn last(&self) -> Shift {
        self.last
    }

    /// Adds a shift after the others.
    pub fn push(&mut self, shift: Shift) {
        let step = |to: u32, from: u32| u8::try_from(to.wrapping_sub(from)).ok();
        let at = step(shift.at, self.last.at);
        let origin = step(shift.origin, self.last.origin);
        match (at.zip(origin), self.blocks.last()) {
            (Some((at, origin)), Some(block))
                if self.steps.len() < block.steps as usize + MOST_STEPS =>
            {
                self.steps.push([at, origin]);
            }
            _ => self.blocks.push(ShiftBlock {
                first: shift,
                steps: self.steps.len() as u32,
            }),
        }
        self.last = shift;
    }

    /// Removes the shifts from a position of the search form on.
    pub fn drop_from(&mut self, at: u32) {
        while self.last.at >= at && !self.blocks.is_empty() {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let block = self.blocks.last();
        let first = block.map_or(0, |block| block.steps as usize);
        if self.steps.len() > first
            && let Some([at, origin]) = self.steps.pop()
        {
            self.last.at -= u32::from(at);
            self.last.origin -= u32::from(origin);
        } else {
            self.blocks.pop();
            let last = self.blocks.len().checked_sub(1);
            let last = last.and_then(|block| self.of_block(block).last());
            self.last = last.unwrap_or_default();
        }
    }

    /// Returns the last shift that is not after a position of the search form.
    pub fn before(&self, at: usize) -> Shift {
        let is_before = |shift: &Shift| shift.at as usize <= at;
        let after = self.blocks.partition_point(|block| is_before(&block.first));
        let block = after.checked_sub(1);
        let last = block.and_then(|block| self.of_block(block).take_while(is_before).last());
        last.unwrap_or_default()
    }

    /// Returns the shifts in order.
    pub fn iter(&self) -> impl Iterator<Item = Shift> {
        (0..self.blocks.len()).flat_map(|block| self.of_block(block))
    }

    fn of_block(&self, number: usize) -> impl Iterator<Item = Shift> {
        let block = &self.blocks[number];
        let next = self.blocks.get(number + 1);
        let end = next.map_or(self.steps.len(), |next| next.steps as usize);
        let steps = &self.steps[block.steps as usize..end];
        let near = steps.iter().scan(block.first, |shift, [at, origin]| {
            shift.at += u32::from(*at);
            shift.origin += u32::from(*origin);
            Some(*shift)
        });
        std::iter::once(block.first).chain(near)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shifts_are_those_of_a_list(
            steps in prop::collection::vec((prop_oneof![9 => 1..4u32, 1 => 200..300u32], prop_oneof![9 => 0..5u32, 1 => 250..999u32], 0..9u32), 0..400),
            at in 0..1500usize,
        ) {
            let (mut list, mut shifts) = (Vec::<(u32, u32)>::new(), Shifts::default());
            for (at, origin, back) in steps {
                let last = list.last().copied().unwrap_or_default();
                let next = (last.0 + at, last.1 + origin);
                list.push(next);
                shifts.push(Shift { at: next.0, origin: next.1 });
                if back > 6 {
                    let from = next.0.saturating_sub(20 * back);
                    list.retain(|one| one.0 < from);
                    shifts.drop_from(from);
                }
                let pair = (shifts.last().at, shifts.last().origin);
                prop_assert_eq!(pair, list.last().copied().unwrap_or_default());
            }
            let found: Vec<(u32, u32)> = shifts.iter().map(|one| (one.at, one.origin)).collect();
            prop_assert_eq!(&found, &list);
            let before = list.iter().rfind(|one| one.0 as usize <= at);
            let found = shifts.before(at);
            prop_assert_eq!((found.at, found.origin), before.copied().unwrap_or_default());
        }
    }
}
