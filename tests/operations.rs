//! What those who run a server use: its settings, completions, manual pages.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

#[path = "support/work_dir.rs"]
mod work_dir;

use serde_json::{Value, json};
use work_dir::WorkDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecopy");

#[test]
fn the_settings_in_effect_are_printed_with_their_origins() {
    let dir = WorkDir::new();
    let tokens = "wirecopy_0123456789abcdef";
    dir.write("tokens.toml", tokens);
    dir.write(
        "c.toml",
        "[access]\ntokens = 'tokens.toml'\n[limits]\ncalls = 5\n",
    );
    let arguments = ["config", "--config", "c.toml", "--set", "limits.streams=3"];
    let mut command = dir.command(&arguments);
    command.env("WIRECOPY_MEMORY_MIB", "512");
    let run = work_dir::CommandRun::new(command.output().unwrap()).succeeded();
    assert!(!run.out.contains(tokens));
    let has = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut lines = run.out.lines();
        assert!(
            lines.any(|one| one.split_whitespace().collect::<Vec<_>>() == words),
            "no `{line}` in {}",
            run.out
        );
    };
    has("tokens = \"tokens.toml\" # file c.toml");
    has("calls = 5 # file c.toml");
    has("mib = 512 # environment WIRECOPY_MEMORY_MIB");
    has("streams = 3 # flag");
    has("listen = \"127.0.0.1:7717\" # default");

    // What is printed is a configuration file of the same settings.
    dir.write("again.toml", &run.out);
    let json = |arguments: &[&str]| -> Value {
        let run = dir
            .run(&[&["config", "--format", "json"], arguments].concat())
            .succeeded();
        serde_json::from_str(&run.out).unwrap()
    };
    let again = json(&["--config", "again.toml"]);
    let expected = json!({"value": 512, "origin": "file", "source": "again.toml"});
    assert_eq!(again["memory"]["mib"], expected);
    assert_eq!(again["limits"]["streams"]["value"], 3);
    let default = json(&[]);
    assert_eq!(
        default["serve"]["listen"],
        json!({"value": "127.0.0.1:7717", "origin": "default"})
    );

    dir.write("bad.toml", "[limits]\ncalls = 0\n");
    dir.run(&["config", "--config", "bad.toml"])
        .failed(2, "calls");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let dir = WorkDir::new();
    let help = dir.run(&["--help"]).succeeded().out;
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.split("Options:").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(
        commands.len() > 20 && commands.contains(&"serve"),
        "{commands:?}"
    );
    for shell in ["bash", "zsh", "fish"] {
        let script = dir.run(&["completions", shell]).succeeded().out;
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    dir.run(&["man", "share/man1"]).succeeded();
    let page = |name: &str| {
        let path = dir.path().join("share/man1").join(name);
        std::fs::read_to_string(&path).expect(name)
    };
    assert!(page("wirecopy.1").contains("near\\-duplicate"));
    for command in &commands {
        assert!(
            page(&format!("wirecopy-{command}.1")).contains(".SH SYNOPSIS"),
            "{command}"
        );
    }
}
