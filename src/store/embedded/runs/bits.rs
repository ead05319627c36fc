//! Bit-packed integers: numbers of any width, back to back in words of 64 bits.

/// Appends numbers of a width; the last word is padded with zeros.
pub fn pack(words: &mut Vec<u64>, width: u32, numbers: impl Iterator<Item = u64>) {
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
            word = number.checked_shr(width - filled).unwrap_or(0);
        }
    }
    if filled > 0 {
        words.push(word);
    }
}

/// Returns how many words `count` numbers of a width take.
pub fn packed_words(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(64)
}

/// Returns the number of bits that a number needs.
pub fn bit_width(number: u64) -> u32 {
    64 - number.leading_zeros()
}

/// Little-endian words in bytes of any alignment.
#[derive(Clone, Copy)]
pub struct PackedWords<'a>(&'a [[u8; 8]]);

impl<'a> PackedWords<'a> {
    /// Views bytes as words; a partial word at the end is ignored.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.as_chunks().0)
    }

    /// Returns a word; 0 past the end.
    #[inline]
    pub fn word(self, at: usize) -> u64 {
        self.0.get(at).map_or(0, |word| u64::from_le_bytes(*word))
    }

    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Splits off the first words; `None` if there are fewer.
    pub fn split(self, at: usize) -> Option<(Self, Self)> {
        let (head, rest) = self.0.split_at_checked(at)?;
        Some((Self(head), Self(rest)))
    }

    /// Returns one of the numbers that [`pack`] wrote.
    #[inline]
    pub fn number(self, at: usize, width: u32) -> u64 {
        if width == 0 {
            return 0;
        }
        let bit = at * width as usize;
        let (word, shift) = (bit / 64, (bit % 64) as u32);
        let mut number = self.word(word) >> shift;
        if shift + width > 64 {
            number |= self.word(word + 1) << (64 - shift);
        }
        number & (u64::MAX >> (64 - width))
    }

    /// Returns where the zero bit number `n` (from 1) ends, as a bit position, and how many ones
    /// come before it: select0 and rank1. For `n` = 0 both are 0; `None` if there are fewer zeros.
    pub fn select0(self, n: u64) -> Option<(usize, usize)> {
        let mut left = usize::try_from(n).ok()?;
        for at in 0..self.len() {
            let mut zeros = !self.word(at);
            let here = zeros.count_ones() as usize;
            if left > here {
                left -= here;
                continue;
            }
            let mut bit = at * 64;
            if left > 0 {
                for _ in 1..left {
                    zeros &= zeros - 1;
                }
                bit += zeros.trailing_zeros() as usize + 1;
            }
            return Some((bit, bit - n as usize));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_numbers_are_read_back(numbers: Vec<u64>, width in 0..=64_u32) {
            let mask = u64::MAX.checked_shr(64 - width).unwrap_or(0);
            let mut words = Vec::new();
            pack(&mut words, width, numbers.iter().map(|number| number & mask));
            prop_assert_eq!(words.len(), packed_words(numbers.len(), width));
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            for (at, number) in numbers.iter().enumerate() {
                prop_assert_eq!(PackedWords::new(&bytes).number(at, width), number & mask);
            }
        }
    }
}
