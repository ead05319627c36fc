//! A layer of the configuration: the values that one source sets.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Config, Error, text_file};
use crate::store::Durability;

/// The prefix of environment variables: `WIRECOPY_SKETCH_BANDS` sets `bands` in `[sketch]`.
pub const PREFIX: &str = "WIRECOPY_";

const MIB: u64 = 1 << 20;

/// Defines the sections: each key once. Keys are named after the values of [`Config`] that they set, in the
/// part of it that stands behind the section; those after a `+` say which they set, and how it is read back.
macro_rules! layer {
    (@set $config:ident [$($part:ident).*] $key:ident $value:ident) => {
        $config$(.$part)*.$key = $value
    };
    (@get $config:ident [$($part:ident).*] $key:ident) => {
        cloned(&$config$(.$part)*.$key)
    };
    ($($section:ident: $name:ident $part:tt {
        $($($key:ident),+: $type:ty;)*
        $(+ $own:ident: $own_type:ty => $set:expr, $get:expr;)*
    })*) => {
        /// The values that one source sets. Absent values are left as they are.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Layer {
            $(#[doc = concat!("The section `[", stringify!($section), "]`.")]
            pub $section: $name,)*
        }

        $(#[doc = concat!("The section `[", stringify!($section), "]`; `config/wirecopy.toml` explains the keys.")]
        #[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[doc = concat!("`", stringify!($key), "`")]
            pub $key: Option<$type>,)+)*
            $(#[doc = concat!("`", stringify!($own), "`")]
            pub $own: Option<$own_type>,)*
        })*

        /// The sections, each with its keys.
        pub(super) const SECTIONS: &[(&str, &[&str])] = &[$((
            stringify!($section),
            &[$($(stringify!($key),)+)* $(stringify!($own),)*],
        )),*];

        impl Layer {
            pub(super) fn apply(self, config: &mut Config) {
                $($($(if let Some(value) = self.$section.$key {
                    layer!(@set config $part $key value);
                })+)*
                $(if let Some(value) = self.$section.$own {
                    let set: fn(&mut Config, $own_type) = $set;
                    set(config, value);
                })*)*
            }

            /// Returns the layer that sets every key as it is in a configuration.
            pub(super) fn of(config: &Config) -> Self {
                let mut layer = Self::default();
                $($($(layer.$section.$key = Some(layer!(@get config $part $key));)+)*
                $(let get: fn(&Config) -> $own_type = $get;
                layer.$section.$own = Some(get(config));)*)*
                layer
            }

            /// Returns whether every key is set.
            #[cfg(test)]
            pub(super) fn is_complete(&self) -> bool {
                let plain = [$($($(self.$section.$key.is_some(),)+)*)*];
                let own = [$($(self.$section.$own.is_some(),)*)*];
                plain.iter().chain(&own).all(|set| *set)
            }
        }
    };
}

layer! {
    serve: ServeSection [] {
        listen: SocketAddr;
        data, snapshots: PathBuf;
        + insecure: bool => |c, v| c.access.insecure = v, |c| c.access.insecure;
    }
    limits: LimitsSection [limits] {
        message_bytes, in_flight_bytes, reply_bytes: usize;
        connections, connections_per_address, stream_articles, calls: usize;
        streams, control_frames, stream_window_bytes, connection_window_bytes, header_list_bytes: u32;
        handshake_ms, keep_alive_ms, keep_alive_timeout_ms, deadline_ms, idle_ms: u64;
        drain_idle_ms, drain_ms: u64;
    }
    access: AccessSection [access] {
        certificate, key, client_ca, tokens: PathBuf;
        reload_ms: u64;
    }
    memory: MemorySection [] {
        + mib: u32 => |c, v| c.memory_bytes = bytes(v), |c| mib(c.memory_bytes);
    }
    store: StoreSection [store] {
        durability: Durability;
        reserve_percent: u32;
        + memory_mib: u32 => |c, v| c.store.memory_bytes = bytes(v), |c| mib(c.store.memory_bytes);
        + segment_mib: u32 => |c, v| c.store.segment_bytes = bytes(v), |c| mib(c.store.segment_bytes);
        + cache_mib: u32 => |c, v| c.store.cache_bytes = bytes(v), |c| mib(c.store.cache_bytes);
        + reserve_mib: u32 => |c, v| c.store.reserve_bytes = bytes(v), |c| mib(c.store.reserve_bytes);
    }
    sketch: SketchSection [engine.sketch] {
        bands, rows, min_anchors, max_anchors: usize;
        anchor_shift: u32;
    }
    index: IndexSection [engine.index] {
        bucket_cap, candidate_cap: usize;
        + cache_mib: u32 => |c, v| c.engine.index.cache_bytes = bytes(v) as usize,
            |c| mib(c.engine.index.cache_bytes as u64);
    }
    thresholds: ThresholdsSection [engine.thresholds] {
        copy_larger, copy_smaller, copy_resemblance, report, passage: f64;
        copy_shared, report_shared, passage_shared, quotation_shared: u32;
    }
    notices: NoticesSection [] {
        + file: PathBuf => |c, v| c.notices = v, |c| c.notices.clone();
    }
    furniture: FurnitureSection [engine.furniture] {
        clusters: u32;
        most: f64;
    }
    engine: EngineSection [engine] {
        threads: usize;
    }
}

fn bytes(mib: u32) -> u64 {
    u64::from(mib) * MIB
}

/// Returns a size in whole mebibytes, as settings are.
fn mib(bytes: u64) -> u32 {
    u32::try_from(bytes / MIB).unwrap_or(u32::MAX)
}

fn cloned<T: Clone>(value: &T) -> T {
    value.clone()
}

/// Says in one line where a text is not TOML, or not a configuration, and why.
fn located(text: &str, error: &toml::de::Error) -> String {
    let why = one_line(error);
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => {
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            format!("line {line}, column {column}: {why}")
        }
        None => why,
    }
}

fn one_line(error: &toml::de::Error) -> String {
    let words: Vec<&str> = error.message().split_whitespace().collect();
    words.join(" ")
}

impl Layer {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or contains an unknown key.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        match text_file::read(&path) {
            Err(source) => Err(Error::Read { path, source }),
            Ok(text) => Self::parse(&text).map_err(|error| Error::File {
                path,
                why: located(&text, &error),
            }),
        }
    }

    /// Parses the text of a configuration file.
    ///
    /// # Errors
    /// The text is not TOML, or contains an unknown key.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Returns a layer for each environment variable that sets a key. Variables without one of our
    /// sections are ignored: others use the same prefix (a Kubernetes service named "wirecopy" sets
    /// `WIRECOPY_PORT` in every container).
    ///
    /// # Errors
    /// A variable names a section but none of its keys, or its value has the wrong type.
    pub fn from_environment(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<Self>, Error> {
        let key = |name: &str| {
            let name = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
            let (section, key) = name.split_once('_')?;
            SECTIONS
                .iter()
                .any(|(known, _)| *known == section)
                .then(|| (section.to_owned(), key.to_owned()))
        };
        let variables = variables.into_iter();
        variables
            .filter_map(|(name, value)| Some((key(&name)?, name, value)))
            .map(|((section, key), name, value)| Self::single(&name, &section, &key, &value))
            .collect()
    }

    /// Parses the assignment of a single key, such as `sketch.bands=20`.
    ///
    /// # Errors
    /// The key is unknown, or the value has the wrong type.
    pub fn assignment(text: &str) -> Result<Self, Error> {
        let parsed = text.split_once('=').and_then(|(name, value)| {
            let (section, key) = name.split_once('.')?;
            Some(Self::single(name, section.trim(), key.trim(), value.trim()))
        });
        parsed.unwrap_or_else(|| {
            Err(Error::Setting {
                name: text.to_owned(),
                why: "not of the form SECTION.KEY=VALUE".to_owned(),
            })
        })
    }

    /// Returns a layer that sets one key. `name` is what an error calls it.
    fn single(name: &str, section: &str, key: &str, value: &str) -> Result<Self, Error> {
        // Values that are not TOML, unlike numbers and booleans, are strings.
        let value = toml::from_str::<toml::Table>(&format!("value = {value}"))
            .ok()
            .and_then(|mut table| table.remove("value"))
            .unwrap_or_else(|| value.into());
        let section_of = |key: &str, value| toml::Table::from_iter([(key.to_owned(), value)]);
        let layer = section_of(section, section_of(key, value).into());
        layer.try_into().map_err(|error| Error::Setting {
            name: name.to_owned(),
            why: one_line(&error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Use;
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Config, Error> {
        let variables = variables.iter().map(|&(n, v)| (n.to_owned(), v.to_owned()));
        Config::assemble(Use::Server, Layer::from_environment(variables)?)
    }

    #[test]
    fn variables_set_keys() {
        let config = environment(&[
            ("WIRECOPY_SKETCH_MAX_ANCHORS", "128"),
            ("WIRECOPY_SERVE_LISTEN", "127.0.0.1:1"),
            ("WIRECOPY_SERVE_DATA", "/var/lib/wirecopy"),
            ("WIRECOPY_STORE_DURABILITY", "os"),
            ("WIRECOPY_SERVE_INSECURE", "true"),
            ("WIRECOPY_LIMITS_DEADLINE_MS", "5000"),
            ("WIRECOPY_STORE_RESERVE_MIB", "7"),
            ("WIRECOPY_PORT_7717_TCP", "tcp://10.0.0.1:7717"),
            ("HOME", "/root"),
        ])
        .unwrap();
        assert_eq!(config.engine.sketch.max_anchors, 128);
        assert_eq!(config.listen, SocketAddr::from(([127, 0, 0, 1], 1)));
        assert_eq!(config.data, PathBuf::from("/var/lib/wirecopy"));
        assert!(config.access.insecure);
        assert_eq!(config.store.durability, Durability::Os);
        assert_eq!(config.limits.deadline_ms, 5000);
        assert_eq!(config.store.reserve_bytes, 7 << 20);
    }

    #[test]
    fn an_error_names_its_variable() {
        for (name, value) in [
            ("WIRECOPY_SKETCH_BAND", "3"),
            ("WIRECOPY_SKETCH_BANDS", "many"),
            ("WIRECOPY_STORE_DURABILITY", "never"),
        ] {
            let error = environment(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn assignments_set_keys() {
        let layers = ["limits.calls = 3", "serve.data=/var/lib/a=b"].map(Layer::assignment);
        let config = Config::assemble(Use::Server, layers.map(Result::unwrap)).unwrap();
        assert_eq!(config.limits.calls, 3);
        assert_eq!(config.data, PathBuf::from("/var/lib/a=b"));
        for bad in [
            "limits.calls",
            "calls=3",
            "limits.call=3",
            "limits.calls=few",
        ] {
            let error = Layer::assignment(bad).unwrap_err().to_string();
            assert!(error.contains(bad.split('=').next().unwrap()), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_file_is_said_in_one_line() {
        let check = |text: &str, place: &str| {
            let error = Layer::parse(text).unwrap_err();
            let line = located(text, &error);
            assert!(line.starts_with(place), "{line}");
            assert!(!line.contains('\n'), "{line}");
        };
        check("[sketch]\nbands = 'many'\n", "line 2, column 9: ");
        check("[sketch]\n  band = 3\n", "line 2, column 3: ");
        check("[limits]\ncalls = \"é\" x", "line 2, column ");
        check("[sketch", "line 1, column ");
    }

    #[test]
    fn unknown_keys_are_errors() {
        assert!(Layer::parse("[sketch]\nband = 3").is_err());
        assert!(Layer::parse("[sketches]\nbands = 3").is_err());
    }
}
