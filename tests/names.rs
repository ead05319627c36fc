//! Checks that one name means one thing: no type name is defined twice, and words that this project
//! once had for itself, where the field has a word of its own, do not come back as names.

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeMap;
use std::path::Path;

use sources::rust_files;

/// Names that every room may define for itself.
const SHARED: [&str; 3] = ["Error", "Result", "Params"];

/// Words that no type and no file may have in its name, and the standard word.
const PRIVATE: [(&str, &str); 14] = [
    ("sieve", "Bloom filter"),
    ("guide", "index block"),
    ("keeper", "compactor"),
    ("pages", "values"),
    ("unpacked", "block cache"),
    ("warm", "prefetch"),
    ("gather", "merge"),
    ("door", "first sightings"),
    ("told", "notice"),
    ("stretch", "span"),
    ("around", "neighborhood"),
    ("coming", "newcomer"),
    ("leaving", "removal"),
    ("known", "stored"),
];

#[test]
fn no_type_name_is_defined_twice() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, place) in all_types() {
        places.entry(name).or_default().push(place);
    }
    assert!(places.len() > 300, "only {} types found", places.len());
    let twice: Vec<String> = places
        .iter()
        .filter(|(name, places)| places.len() > 1 && !SHARED.contains(&name.as_str()))
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    assert!(twice.is_empty(), "defined twice:\n{}", twice.join("\n"));
}

#[test]
fn no_type_or_file_has_a_private_word_in_its_name() {
    let types = all_types()
        .into_iter()
        .map(|(name, place)| (camel_words(&name), place));
    let files = ["src", "tests", "benches"]
        .into_iter()
        .flat_map(rust_files)
        .map(|(path, _)| {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            let words = stem.split('_').map(str::to_owned).collect();
            (words, path.display().to_string())
        });
    let faults: Vec<String> = types
        .chain(files)
        .flat_map(|(words, place): (Vec<String>, String)| {
            let private = PRIVATE
                .into_iter()
                .filter(move |(word, _)| words.contains(&(*word).to_owned()));
            private.map(move |(word, standard)| format!("{place}: {word:?}; better {standard:?}"))
        })
        .collect();
    assert!(faults.is_empty(), "private words:\n{}", faults.join("\n"));
}

/// Every type that the project defines, with its place.
fn all_types() -> Vec<(String, String)> {
    let files = ["src", "tests", "benches"].into_iter().flat_map(rust_files);
    files
        .flat_map(|(path, source)| types(&path, &source))
        .collect()
}

/// The types that a file defines. Aliases within a block are associated types, which repeat by
/// their nature, and do not count.
fn types(path: &Path, source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, line) in source.lines().enumerate() {
        let indented = line.starts_with(' ');
        let mut words = line.split_whitespace().peekable();
        words.next_if(|word| *word == "pub" || word.starts_with("pub("));
        // `pub(in a::b)` is two words.
        words.next_if(|word| word.ends_with(')'));
        let defines = match words.next() {
            Some("struct" | "enum" | "trait" | "union") => true,
            Some("type") => !indented,
            _ => false,
        };
        let name: String = words
            .next()
            .unwrap_or_default()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if defines && name.starts_with(char::is_uppercase) {
            found.push((name, format!("{}:{}", path.display(), at + 1)));
        }
    }
    found
}

/// The words of a name in camel case, in lower case.
fn camel_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.push(c),
            _ => words.push(c.to_lowercase().collect()),
        }
    }
    words
}

#[test]
fn definitions_are_found_in_every_form() {
    let source = "pub struct A;\npub(super) enum B<T> {\n    type C = u8;\n}\ntype D = u8;\n\
        mod tests {\n    struct E(u8);\n    pub(in crate::x) trait F: Send {}\n}\n\
        // struct G\nlet structure = H {};\nfn union(a: u8) {}\nimpl I for A {}";
    let found: Vec<String> = types(Path::new("x.rs"), source)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(found, ["A", "B", "D", "E", "F"]);
    assert_eq!(camel_words("BloomFilter2"), ["bloom", "filter2"]);
}
