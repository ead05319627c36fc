//! Checks that each room imports only from rooms below it. To add a room or an import, change the
//! table first: its diff is what a reviewer discusses.

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeMap;
use std::path::PathBuf;

use sources::rust_files;

/// Every room, from top to bottom, and the rooms it may import from. `docs/architecture.md`
/// describes them.
const PLAN: [(&str, &[&str]); 20] = [
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
            "warc",
            "webhook",
        ],
    ),
    ("webhook", &["page", "server"]),
    (
        "server",
        &[
            "engine",
            "id",
            "meter",
            "notices",
            "store",
            "syndication",
            "text",
        ],
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
    (
        "files",
        &["engine", "id", "page", "syndication", "text", "warc"],
    ),
    (
        "engine",
        &[
            "cache",
            "cluster",
            "id",
            "index",
            "meter",
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
            "meter",
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
    ("store", &["cache", "meter"]),
    ("notices", &["page", "text"]),
    ("page", &["text"]),
    ("text", &[]),
    ("warc", &[]),
    ("sketch", &[]),
    ("id", &[]),
    ("cache", &[]),
    ("meter", &[]),
];

/// Crates that only some rooms may use.
const ONLY_IN: [(&str, &[&str]); 10] = [
    ("tonic", &["server", "webhook", "cli"]),
    ("prost_reflect", &["server"]),
    ("prometheus_client", &["server"]),
    ("tokio", &["server", "webhook", "cli"]),
    ("sled", &["store"]),
    ("anyhow", &["cli"]),
    ("clap", &["cli"]),
    ("csv", &["files"]),
    ("parquet", &["files"]),
    ("quick_xml", &["files"]),
];

#[test]
fn rooms_import_only_from_rooms_below() {
    let plan: BTreeMap<&str, &[&str]> = PLAN.into();
    let mut faults = Vec::new();
    for (room, file, source) in room_files() {
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
fn every_import_of_the_table_points_down() {
    for (at, (room, below)) in PLAN.iter().enumerate() {
        for import in *below {
            let there = PLAN.iter().position(|(name, _)| name == import);
            // The one exception: `config` fills in the parameters of `server`.
            assert!(
                there.is_some_and(|there| there > at || (*room, *import) == ("config", "server")),
                "{room} -> {import}"
            );
        }
    }
}

#[test]
fn crates_stay_in_their_rooms() {
    for (room, file, source) in room_files() {
        for (name, rooms) in ONLY_IN {
            assert!(
                !source.contains(&format!("{name}::")) || rooms.contains(&room.as_str()),
                "{} uses {name}",
                file.display()
            );
        }
    }
}

/// Every source file with its room. `lib.rs`, `main.rs`, what only `main.rs` uses, and the targets of
/// fuzzing, which use all rooms, are in no room.
fn room_files() -> Vec<(String, PathBuf, String)> {
    let files = rust_files("src");
    assert!(files.len() > 40, "only {} files found", files.len());
    let rooms = files.into_iter().filter_map(|(file, source)| {
        let name = file.iter().nth(1)?.to_str()?;
        let room = name.strip_suffix(".rs").unwrap_or(name).to_owned();
        let outside = ["lib", "main", "cpu", "fuzz"].contains(&room.as_str());
        (!outside).then_some((room, file, source))
    });
    rooms.collect()
}

/// The rooms that a file imports from: after `crate::` in the library, after `wirecopy::` in the
/// binary, one or several in braces. Comments do not count.
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

/// The first name of each item of a list in braces, up to the closing brace.
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
fn imports_are_found_in_every_form() {
    let source = "use crate::{engine::{Article, Error}, id};\nuse wirecopy::store::Memory;\n// crate::server\nlet x = crate::text::plain(b);";
    assert_eq!(imports(source), ["engine", "id", "store", "text"]);
}
