//! A layer of the configuration: some values, from one source.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Config, Error};
use crate::store;

/// What the names of variables begin with: `WIRECOPY_SKETCH_BANDS` sets `bands` in `[sketch]`.
pub const PREFIX: &str = "WIRECOPY_";

const MIB: u64 = 1 << 20;

/// Defines the sections: each key once, with the place that it sets.
macro_rules! layer {
    ($($section:ident: $name:ident { $($key:ident: $type:ty => $set:expr;)* })*) => {
        /// Some values, from one source. What is absent is left as it is.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Layer {
            $(#[doc = concat!("The section `[", stringify!($section), "]`.")]
            pub $section: $name,)*
        }

        $(#[doc = concat!("The section `[", stringify!($section), "]`; `config/wirecopy.toml` explains the keys.")]
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $(#[doc = concat!("`", stringify!($key), "`")]
            pub $key: Option<$type>,)*
        })*

        const SECTIONS: &[&str] = &[$(stringify!($section)),*];

        impl Layer {
            pub(super) fn apply(self, config: &mut Config) {
                $($(if let Some(value) = self.$section.$key {
                    let set: fn(&mut Config, $type) = $set;
                    set(config, value);
                })*)*
            }

            /// Whether every key is set.
            #[cfg(test)]
            pub(super) fn is_complete(&self) -> bool {
                [$($(self.$section.$key.is_some()),*),*].iter().all(|set| *set)
            }
        }
    };
}

layer! {
    serve: Serve {
        listen: SocketAddr => |c, v| c.listen = v;
        insecure: bool => |c, v| c.insecure = v;
        data: PathBuf => |c, v| c.data = v;
    }
    memory: Memory {
        mib: u32 => |c, v| c.memory_bytes = bytes(v);
    }
    store: Store {
        durability: Durability => |c, v| c.store.durability = v.into();
        memory_mib: u32 => |c, v| c.store.memory_bytes = bytes(v);
        segment_mib: u32 => |c, v| c.store.segment_bytes = bytes(v);
        cache_mib: u32 => |c, v| c.store.cache_bytes = bytes(v);
    }
    sketch: Sketch {
        bands: usize => |c, v| c.engine.sketch.bands = v;
        rows: usize => |c, v| c.engine.sketch.rows = v;
        anchor_shift: u32 => |c, v| c.engine.sketch.anchor_shift = v;
        min_anchors: usize => |c, v| c.engine.sketch.min_anchors = v;
        max_anchors: usize => |c, v| c.engine.sketch.max_anchors = v;
    }
    index: Index {
        bucket_cap: usize => |c, v| c.engine.index.bucket_cap = v;
        candidate_cap: usize => |c, v| c.engine.index.candidate_cap = v;
        shared_anchors: usize => |c, v| c.engine.index.shared_anchors = v;
        cache_mib: u32 => |c, v| c.engine.index.cache_bytes = bytes(v) as usize;
    }
    thresholds: Thresholds {
        copy_larger: f64 => |c, v| c.engine.thresholds.copy_larger = v;
        copy_smaller: f64 => |c, v| c.engine.thresholds.copy_smaller = v;
        report: f64 => |c, v| c.engine.thresholds.report = v;
        report_shared: u32 => |c, v| c.engine.thresholds.report_shared = v;
    }
    notices: Notices {
        file: PathBuf => |c, v| c.notices = v;
    }
    furniture: Furniture {
        clusters: u32 => |c, v| c.engine.furniture.clusters = v;
        most: f64 => |c, v| c.engine.furniture.most = v;
    }
    engine: Engine {
        threads: usize => |c, v| c.engine.threads = v;
    }
}

fn bytes(mib: u32) -> u64 {
    u64::from(mib) * MIB
}

/// When a write counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// When the disk has it.
    Fsync,
    /// When the operating system has it.
    Os,
}

impl From<Durability> for store::Durability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Fsync => Self::Fsync,
            Durability::Os => Self::Os,
        }
    }
}

impl Layer {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, is not TOML, or has a key that is not known.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|source| Error::File {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// Where it is not TOML, or has a key that is not known.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Takes what the environment sets. Variables of no section of ours are left alone: others use
    /// the same prefix (a Kubernetes service called "wirecopy" sets `WIRECOPY_PORT` in every
    /// container).
    ///
    /// # Errors
    /// Where a variable names a section but none of its keys, or its value is not of the key's
    /// kind.
    pub fn from_environment(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Error> {
        let mut layer = toml::Table::new();
        for (name, value) in variables {
            let Some((section, key)) = place(&name) else {
                continue;
            };
            // As TOML where it is TOML (numbers, booleans), and else as the string that it is.
            let value = toml::from_str::<toml::Table>(&format!("value = {value}"))
                .ok()
                .and_then(|mut table| table.remove("value"))
                .unwrap_or(toml::Value::String(value));
            let single = toml::Table::from_iter([(
                section.clone(),
                toml::Value::Table(toml::Table::from_iter([(key.clone(), value.clone())])),
            )]);
            // One by one, so that the fault can be laid at the variable's door.
            single.try_into::<Self>().map_err(|e| Error::Environment {
                name: name.clone(),
                why: e.message().to_owned(),
            })?;
            let entry = layer
                .entry(section)
                .or_insert_with(|| toml::Table::new().into());
            if let Some(table) = entry.as_table_mut() {
                table.insert(key, value);
            }
        }
        layer.try_into().map_err(|e| Error::Environment {
            name: PREFIX.to_owned(),
            why: e.message().to_owned(),
        })
    }
}

/// Returns the section and the key that a variable sets.
fn place(name: &str) -> Option<(String, String)> {
    let name = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
    let (section, key) = name.split_once('_')?;
    SECTIONS
        .contains(&section)
        .then(|| (section.to_owned(), key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Layer, Error> {
        Layer::from_environment(variables.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())))
    }

    #[test]
    fn variables_set_keys() {
        let layer = environment(&[
            ("WIRECOPY_SKETCH_MAX_ANCHORS", "128"),
            ("WIRECOPY_SERVE_LISTEN", "127.0.0.1:1"),
            ("WIRECOPY_SERVE_DATA", "/var/lib/wirecopy"),
            ("WIRECOPY_STORE_DURABILITY", "os"),
            ("WIRECOPY_SERVE_INSECURE", "true"),
            ("WIRECOPY_PORT_7717_TCP", "tcp://10.0.0.1:7717"),
            ("HOME", "/root"),
        ])
        .unwrap();
        assert_eq!(layer.sketch.max_anchors, Some(128));
        assert_eq!(
            layer.serve.listen,
            Some(SocketAddr::from(([127, 0, 0, 1], 1)))
        );
        assert_eq!(layer.serve.data, Some(PathBuf::from("/var/lib/wirecopy")));
        assert_eq!(layer.serve.insecure, Some(true));
        assert_eq!(layer.store.durability, Some(Durability::Os));
    }

    #[test]
    fn a_fault_names_its_variable() {
        let check = |name: &str, value: &str| {
            let error = environment(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        };
        check("WIRECOPY_SKETCH_BAND", "3");
        check("WIRECOPY_SKETCH_BANDS", "many");
        check("WIRECOPY_STORE_DURABILITY", "never");
    }

    #[test]
    fn unknown_keys_are_faults() {
        assert!(Layer::parse("[sketch]\nband = 3").is_err());
        assert!(Layer::parse("[sketches]\nbands = 3").is_err());
    }
}
