//! Finds the end of a token by the rules of UAX 29 (section 4.1, WB4 to WB13), in any text.
//!
//! The token is folded on the way, so that each character is looked up once.

use std::str::Chars;

use super::affixes::is_before_affix;
use super::classes::Class;
use super::fold::Folder;
use super::lookup::look_up;
use super::shingles::{UNSPACED_WEIGHT, WORD_WEIGHT};

/// Returns where the token at `start` ends, and its weight. Without a weight there is no token, and the end
/// is that of the first character, or of connectors that join nothing. The folder then has the token.
pub(super) fn word(text: &str, start: usize, folder: &mut Folder) -> (usize, Option<u32>) {
    let position = |rest: &Chars| text.len() - rest.as_str().len();
    let mut rest = text[start..].chars();
    let Some(first) = rest.next() else {
        return (start, None);
    };
    let looked = look_up(first);
    let class = looked.class();
    folder.clear();
    folder.push(looked);
    match class {
        Class::Unspaced => {
            take_marks(&mut rest, folder);
            return (position(&rest), Some(UNSPACED_WEIGHT));
        }
        Class::Letter | Class::Hebrew | Class::Numeric | Class::Connector => {}
        _ => return (position(&rest), None),
    }
    // `last` is the class of the token's last character that is no mark; `end` is after that character
    // and its marks.
    let mut last = class;
    let mut content = class != Class::Connector;
    let mut end = rest.clone();
    while let Some(character) = rest.next() {
        let looked = look_up(character);
        match looked.class() {
            Class::Mark | Class::Ignorable => {}
            class @ (Class::Letter | Class::Hebrew | Class::Numeric | Class::Connector) => {
                last = class;
                content |= class != Class::Connector;
            }
            middle @ (Class::MidLetter | Class::MidNumber | Class::MidBoth | Class::Quote) => {
                let joins = joins(last, middle, after_marks(rest.clone()));
                // A quote that ends a Hebrew word is part of it (WB7a).
                let ends_hebrew = last == Class::Hebrew && character == '\'';
                if joins || ends_hebrew {
                    folder.push(looked);
                }
                if joins {
                    continue;
                }
                if ends_hebrew {
                    take_marks(&mut rest, folder);
                    end = rest;
                }
                break;
            }
            Class::Other if character == ' ' && is_before_affix(folder.folded(), rest.as_str()) => {
                continue;
            }
            Class::Other | Class::Unspaced => break,
        }
        folder.push(looked);
        end = rest.clone();
    }
    (position(&end), content.then_some(WORD_WEIGHT))
}

/// Adds the marks that come next to the token.
#[inline]
fn take_marks(rest: &mut Chars, folder: &mut Folder) {
    let mut ahead = rest.clone();
    while let Some(mark) = ahead.next().map(look_up)
        && attaches(mark.class())
    {
        folder.push(mark);
        *rest = ahead.clone();
    }
}

/// Returns the class of the first character that is no mark.
fn after_marks(rest: Chars) -> Class {
    rest.map(|character| look_up(character).class())
        .find(|&class| !attaches(class))
        .unwrap_or(Class::Other)
}

/// Whether a character belongs to the one before it (WB4).
#[inline]
pub(super) fn attaches(class: Class) -> bool {
    matches!(class, Class::Mark | Class::Ignorable)
}

/// Whether a character of class `middle` joins the characters around it (WB6, WB7, WB7b, WB7c, WB11,
/// WB12).
fn joins(last: Class, middle: Class, next: Class) -> bool {
    let letter = |class| matches!(class, Class::Letter | Class::Hebrew);
    match middle {
        Class::MidLetter => letter(last) && letter(next),
        Class::MidNumber => last == Class::Numeric && next == Class::Numeric,
        Class::MidBoth => {
            (letter(last) && letter(next)) || (last == Class::Numeric && next == Class::Numeric)
        }
        Class::Quote => last == Class::Hebrew && next == Class::Hebrew,
        _ => false,
    }
}
