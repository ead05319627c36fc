//! A cache of what names and hosts were parsed into, one for each thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::thread::LocalKey;

/// Most entries of a cache. Each takes some hundred bytes.
const MAX_CACHED: usize = 4096;

/// Recent texts, and what each was parsed into. Parsing costs more than any comparison, and an outlet has
/// thousands of articles.
pub(super) type ParseCache<T> = RefCell<HashMap<String, Option<Rc<T>>>>;

/// Returns what `parse` returns for a text, from the cache if it is there.
pub(super) fn cached<T>(
    cache: &'static LocalKey<ParseCache<T>>,
    text: &str,
    parse: fn(&str) -> Option<T>,
) -> Option<Rc<T>> {
    cache.with_borrow_mut(|cache| {
        if let Some(found) = cache.get(text) {
            return found.clone();
        }
        if cache.len() == MAX_CACHED {
            cache.clear();
        }
        let found = parse(text).map(Rc::new);
        cache.insert(text.to_owned(), found.clone());
        found
    })
}
