//! `wirecopy config`: prints the settings that are in effect.

use std::io::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use wirecopy::config::{Layer, Setting, SettingOrigin, Use};

use super::output;
use super::settings::SettingsArgs;

/// Print the settings that a server would have, and where each is from
///
/// Later ones override earlier ones: default, file, environment, flag. Fails as `serve` does if a value is
/// invalid. The text is a configuration file. Of secrets, only the names of their files are printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy config --config /etc/wirecopy/wirecopy.toml
  wirecopy config --format json | jq .limits.calls")]
pub struct ConfigArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// text: a configuration file, with the origin of each value in a comment. json: an object with an object
    /// for each section, which has the value, the origin and the source of each key.
    #[arg(long, value_enum, default_value_t = ConfigFormat::Text)]
    format: ConfigFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ConfigFormat {
    Text,
    Json,
}

impl ConfigArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let layers = self.settings.layers(Layer::default())?;
        let settings = layers.settings(Use::Server)?;
        let mut out = output::stdout();
        match self.format {
            ConfigFormat::Text => write_text(&mut out, &settings)?,
            ConfigFormat::Json => writeln!(out, "{:#}", object(&settings)?)?,
        }
        Ok(out.flush()?)
    }
}

fn write_text(out: &mut impl Write, settings: &[Setting]) -> Result<()> {
    for (at, section) in settings.chunk_by(|a, b| a.section == b.section).enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "[{}]", section[0].section)?;
        for setting in section {
            let line = format!("{} = {}", setting.key, setting.value);
            let origin = origin(&setting.origin);
            match source(setting) {
                // A path in a comment must not end the line.
                Some(source) => writeln!(out, "{line:<44} # {origin} {}", source.escape_debug())?,
                None => writeln!(out, "{line:<44} # {origin}")?,
            }
        }
    }
    Ok(())
}

fn object(settings: &[Setting]) -> Result<Value> {
    let mut sections = Map::new();
    for setting in settings {
        let mut members = json!({
            "value": serde_json::to_value(&setting.value)?,
            "origin": origin(&setting.origin),
        });
        if let Some(source) = source(setting) {
            members["source"] = source.into();
        }
        let section = sections.entry(setting.section).or_insert_with(|| json!({}));
        section[setting.key] = members;
    }
    Ok(sections.into())
}

fn origin(origin: &SettingOrigin) -> &'static str {
    match origin {
        SettingOrigin::Default => "default",
        SettingOrigin::File(_) => "file",
        SettingOrigin::Environment => "environment",
        SettingOrigin::Flag => "flag",
    }
}

/// Returns the file or the variable that a value is from.
fn source(setting: &Setting) -> Option<String> {
    match &setting.origin {
        SettingOrigin::File(path) => Some(path.display().to_string()),
        SettingOrigin::Environment => Some(setting.variable()),
        SettingOrigin::Default | SettingOrigin::Flag => None,
    }
}
