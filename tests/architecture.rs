//! Holds the floor plan: each room imports only from rooms below it. To add a room, edit the table
//! first; its difference is the discussion.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every room, and the rooms it may import from, from top to bottom. `docs/architecture.md` says
/// why.
const PLAN: [(&str, &[&str]); 17] = [
    (
        "cli",
        &[
            "config",
            "engine",
            "files",
            "id",
            "job",
            "notices",
            "page",
            "server",
            "store",
            "syndication",
            "text",
        ],
    ),
    (
        "server",
        &["engine", "id", "notices", "store", "syndication", "text"],
    ),
    (
        "config",
        &[
            "engine",
            "index",
            "notices",
            "server",
            "sketch",
            "store",
            "syndication",
        ],
    ),
    ("job", &["engine", "files", "id", "syndication", "text"]),
    ("files", &["engine", "id", "page"]),
    (
        "engine",
        &[
            "cluster",
            "id",
            "index",
            "notices",
            "page",
            "record",
            "sketch",
            "store",
            "syndication",
            "text",
        ],
    ),
    (
        "index",
        &[
            "cache",
            "id",
            "record",
            "sketch",
            "store",
            "syndication",
            "text",
        ],
    ),
    (
        "record",
        &["cluster", "id", "notices", "sketch", "store", "text"],
    ),
    ("cluster", &["id"]),
    ("syndication", &["id", "notices", "text"]),
    ("store", &["cache"]),
    ("notices", &["page", "text"]),
    ("page", &["text"]),
    ("text", &[]),
    ("sketch", &[]),
    ("id", &[]),
    ("cache", &[]),
];

/// Crates that only some rooms know.
const ONLY_IN: [(&str, &[&str]); 5] = [
    ("tonic", &["server", "cli"]),
    ("tokio", &["server", "cli"]),
    ("sled", &["store"]),
    ("anyhow", &["cli"]),
    ("clap", &["cli"]),
];

#[test]
fn rooms_import_only_from_rooms_below() {
    let plan: BTreeMap<&str, &[&str]> = PLAN.into();
    let mut faults = Vec::new();
    for (room, file, source) in sources() {
        let Some(allowed) = plan.get(room.as_str()) else {
            faults.push(format!("{} is in no room of the plan", file.display()));
            continue;
        };
        for import in imports(&source) {
            if import != room && !allowed.contains(&import.as_str()) {
                faults.push(format!(
                    "{}: `{room}` imports from `{import}`",
                    file.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_plan_has_no_stairs_up() {
    for (at, (room, below)) in PLAN.iter().enumerate() {
        for import in *below {
            let there = PLAN.iter().position(|(name, _)| name == import);
            // `config` is filled in for `server`, which knows nothing of it.
            assert!(
                there.is_some_and(|there| there > at || (*room, *import) == ("config", "server")),
                "{room} -> {import}"
            );
        }
    }
}

#[test]
fn the_edge_stays_at_the_edge() {
    for (room, file, source) in sources() {
        for (name, rooms) in ONLY_IN {
            let known =
                source.contains(&format!("use {name}::")) || source.contains(&format!("{name}::"));
            assert!(
                !known || rooms.contains(&room.as_str()),
                "{} knows {name}",
                file.display()
            );
        }
    }
}

/// Every source file with its room; `lib.rs`, `main.rs` and what only `main.rs` has stand outside
/// the rooms.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    gather(&root, &mut files);
    assert!(files.len() > 40, "only {} files found", files.len());
    let room = |file: &Path| {
        let first = file.strip_prefix(&root).ok()?.components().next()?;
        Some(
            Path::new(first.as_os_str())
                .file_stem()?
                .to_str()?
                .to_owned(),
        )
    };
    let inside = files.into_iter().filter_map(|file| {
        let room = room(&file)?;
        let outside = ["lib", "main", "cpu"].contains(&room.as_str());
        let source = std::fs::read_to_string(&file).unwrap();
        (!outside).then_some((room, file, source))
    });
    inside.collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Rooms that a file names: after `crate::` in the library, after `wirecopy::` in the binary, one
/// or several in braces. What stands in comments does not count.
fn imports(source: &str) -> Vec<String> {
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut rooms = Vec::new();
    for root in ["crate::", "wirecopy::"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &code[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(list) => rooms.extend(first_names(list)),
                None => rooms.extend(name(rest)),
            }
        }
    }
    rooms.sort();
    rooms.dedup();
    rooms
}

fn name(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// The first name of each item of a list in braces, up to the brace that closes it.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut items, mut item) = (0, Vec::new(), String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(c),
            _ => {}
        }
    }
    items.push(item);
    items.iter().filter_map(|item| name(item.trim())).collect()
}

#[test]
fn imports_are_seen_in_every_form() {
    let source = "use crate::{engine::{Article, Error}, id};\nuse wirecopy::store::Memory;\n// crate::server\nlet x = crate::text::plain(b);";
    assert_eq!(imports(source), ["engine", "id", "store", "text"]);
}
