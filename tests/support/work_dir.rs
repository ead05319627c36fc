//! A temporary directory in which the built program is run, and articles to run it on. The test that
//! includes this module names the program in its `PROGRAM`.

#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::PROGRAM;

pub const STORY: &str = "The ferry between Little Harrow and the lighthouse island will sail again on Monday, after a winter \
    in dry dock that was meant to last three weeks and took eleven. The yard found that the keel plates were \
    thinner than the drawings promised, and had new ones rolled in the city. The harbour master said that the first \
    crossing is free, that dogs are welcome, and that anybody who still holds a ticket from November may use it as a \
    bookmark. The timetable has not changed since 1964 and will not change now.";
pub const OTHER: &str = "Carpenters in the upper valley have begun to replace the shingles of the covered bridge, one side \
    at a time, so that carts and walkers may go on using it. Each piece is split by hand from larch felled in \
    January, when the sap is low. The last roof stood for sixty-one years; the parish council, which pays for this one \
    by selling calendars, has asked for at least seventy.";
pub const OWN: &str =
    "Our own reporter adds that the bakery on the quay will open an hour earlier on that day.";

/// A temporary directory in which the program is run.
pub struct WorkDir(TempDir);

impl WorkDir {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("WIRECOPY_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> CommandRun {
        CommandRun::new(self.command(arguments).output().unwrap())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> CommandRun {
        let mut command = self.command(arguments);
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        CommandRun::new(child.wait_with_output().unwrap())
    }
}

/// The exit code and the output of a run.
#[derive(Debug)]
pub struct CommandRun {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl CommandRun {
    pub fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn failed(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.err.contains(words), "no `{words}` in {self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

pub fn lines(articles: &[Value]) -> Vec<u8> {
    articles
        .iter()
        .flat_map(|article| format!("{article}\n").into_bytes())
        .collect()
}

/// Returns the lines of a story, of its reprint with a paragraph added, and of another story.
pub fn three() -> Vec<u8> {
    lines(&[
        json!({"id": 7, "title": "Ferry sails again", "text": STORY, "published": "2026-01-05T08:00:00Z"}),
        json!({"id": "paper", "title": "Ferry sails again", "text": format!("{STORY}\n\n{OWN}"), "published": "2026-01-05 10:10:00"}),
        json!({"id": "bridge", "title": "A new roof", "text": OTHER, "published": "Mon, 05 Jan 2026 09:00:00 +0000"}),
    ])
}
