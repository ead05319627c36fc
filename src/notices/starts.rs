//! Where in a stretch of a text something may begin, by a quick look at each byte. The answer may be
//! yes too often: what stands there is judged by [`Place::begins`].

use super::place::Place;

/// After this byte something may begin.
const OPENS: u8 = 1;
/// After this byte something may begin if it might have begun before it.
const KEEPS: u8 = 2;

/// What each byte says of the place after it, where sentences begin.
static SENTENCES: [u8; 256] = classes(true);
/// The same where lines begin.
static LINES: [u8; 256] = classes(false);

const fn classes(sentence: bool) -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    loop {
        // With these begin the signs that may stand before a sentence; and many letters.
        let symbol = matches!(byte, 0xc2 | 0xe2 | 0xe3 | 0xf0);
        let opens = byte == b'\n' || (sentence && byte.is_ascii_punctuation() && byte != b',');
        let quiet = if sentence {
            matches!(byte, b' ' | b'\t' | b'\r')
        } else {
            byte.is_ascii() && !byte.is_ascii_alphanumeric()
        };
        // The rest of a character opens and closes nothing.
        let inside = byte & 0xc0 == 0x80;
        classes[byte as usize] = if opens || symbol {
            OPENS
        } else if quiet || inside {
            KEEPS
        } else {
            0
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

/// Passes over a stretch and stops at each place where something may begin.
pub(super) struct Starts<'t> {
    place: Place,
    text: &'t str,
    from: usize,
    next: usize,
    last: usize,
    /// What is known of the next place. Whether something may begin at the first is asked only if
    /// no byte after it settles the matter.
    open: Option<bool>,
}

impl<'t> Starts<'t> {
    /// The places from one to another, the last included.
    pub fn new(place: Place, text: &'t str, from: usize, last: usize) -> Self {
        Self {
            place,
            text,
            from,
            next: from,
            last,
            open: None,
        }
    }

    /// The next place and the byte there.
    pub fn next(&mut self) -> Option<(usize, u8)> {
        let stretch = self.text.as_bytes().get(..=self.last)?;
        let classes = match self.place {
            Place::Any | Place::Closing => {
                let rest = stretch.get(self.next..)?;
                let at = self.next + rest.iter().position(|byte| !matches!(byte, b' ' | b'\n'))?;
                self.next = at + 1;
                return Some((at, stretch[at]));
            }
            Place::Sentence | Place::Line => &SENTENCES,
            Place::Own | Place::Begin | Place::Opening => &LINES,
        };
        loop {
            if self.open == Some(false) {
                let rest = stretch.get(self.next..)?;
                let opens = |byte: &u8| classes[usize::from(*byte)] == OPENS;
                self.next += rest.iter().position(opens)? + 1;
                self.open = Some(true);
            }
            let at = self.next;
            let byte = *stretch.get(at)?;
            let may_begin = !matches!(byte, b' ' | b'\n')
                && (at == self.from
                    || *self
                        .open
                        .get_or_insert_with(|| self.place.begins(self.text, self.from)));
            self.next += 1;
            match classes[usize::from(byte)] {
                OPENS => self.open = Some(true),
                KEEPS => {}
                _ => self.open = Some(false),
            }
            if may_begin {
                return Some((at, byte));
            }
        }
    }
}
