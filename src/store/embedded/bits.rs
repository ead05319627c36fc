//! Numbers of any width, one behind the other in words of 64 bits.

/// Appends numbers of a width, and begins the next word behind the last.
pub(super) fn put(words: &mut Vec<u64>, width: u32, numbers: impl Iterator<Item = u64>) {
    if width == 0 {
        return;
    }
    let (mut word, mut filled) = (0, 0);
    for number in numbers {
        word |= number << filled;
        filled += width;
        if filled >= 64 {
            words.push(word);
            filled -= 64;
            // The bits that did not fit.
            word = if filled == 0 {
                0
            } else {
                number >> (width - filled)
            };
        }
    }
    if filled > 0 {
        words.push(word);
    }
}

/// Words that so many numbers of a width take.
pub(super) fn words(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(64)
}

/// Bits that a number needs.
pub(super) fn width(number: u64) -> u32 {
    64 - number.leading_zeros()
}

/// Words as they lie in bytes.
#[derive(Clone, Copy)]
pub(super) struct Words<'a>(&'a [[u8; 8]]);

impl<'a> Words<'a> {
    /// Reads bytes as words; a rest of less than a word does not count.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes.as_chunks().0)
    }

    /// Returns a word; 0 behind the end.
    #[inline]
    pub(super) fn word(self, at: usize) -> u64 {
        self.0.get(at).map_or(0, |word| u64::from_le_bytes(*word))
    }

    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// Takes the first words off.
    pub(super) fn split(self, at: usize) -> Option<(Self, Self)> {
        let (head, rest) = self.0.split_at_checked(at)?;
        Some((Self(head), Self(rest)))
    }

    /// Returns a number of those that [`put`] wrote.
    #[inline]
    pub(super) fn number(self, at: usize, width: u32) -> u64 {
        if width == 0 {
            return 0;
        }
        let bit = at * width as usize;
        let (word, shift) = (bit / 64, (bit % 64) as u32);
        let mut number = self.word(word) >> shift;
        if shift + width > 64 {
            number |= self.word(word + 1) << (64 - shift);
        }
        if width == 64 {
            number
        } else {
            number & ((1 << width) - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(numbers: Vec<u64>, wide in 0..=64_u32) {
            let mask = u64::MAX.checked_shr(64 - wide).unwrap_or(0);
            let mut out = Vec::new();
            put(&mut out, wide, numbers.iter().map(|number| number & mask));
            prop_assert_eq!(out.len(), words(numbers.len(), wide));
            let bytes: Vec<u8> = out.iter().flat_map(|word| word.to_le_bytes()).collect();
            for (at, number) in numbers.iter().enumerate() {
                prop_assert_eq!(Words::of(&bytes).number(at, wide), number & mask);
            }
        }
    }
}
