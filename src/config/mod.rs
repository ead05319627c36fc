#![cfg(feature = "server")]
//! Assembles the parameters of the rooms below from defaults, a file, the environment and flags, in
//! that order.
//!
//! In go [`Layer`]s, each of which sets some values; out comes one validated [`Config`]. The rooms
//! below never see it: each gets its own parameters.

mod error;
mod layer;
mod layers;
mod text_file;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::Error;
pub use layer::{Layer, PREFIX};
pub use layers::{Layers, Setting, SettingOrigin};
pub use text_file::{read as read_text, read_bytes};

use crate::engine;
use crate::index;
use crate::notices::NoticeTable;
use crate::server::{Access, Limits};
use crate::store::EmbeddedParams;

/// The default port of the server.
pub const PORT: u16 = 7717;

/// All settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The store's directory.
    pub data: PathBuf,
    /// The directory below which snapshots are made; empty: none are.
    pub snapshots: PathBuf,
    /// The memory budget of the program, in bytes.
    pub memory_bytes: u64,
    /// The limits of the server.
    pub limits: Limits,
    /// Who may connect to the server.
    pub access: Access,
    /// The parameters of the store.
    pub store: EmbeddedParams,
    /// A file of notices in addition to the built-in ones; empty: none.
    pub notices: PathBuf,
    /// The parameters of sketching, lookup and judgement.
    pub engine: engine::Params,
}

/// The default memory budget.
const MEMORY_BYTES: u64 = 2 << 30;
/// The program alone, with its tables of notices and characters, takes tens of mebibytes.
const MIN_MEMORY_BYTES: u64 = 128 << 20;

/// What the program is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A server, on a machine that it shares with other programs.
    Server,
    /// A job that processes some articles, with the machine to itself.
    Job,
}

impl Default for Config {
    fn default() -> Self {
        Self::with_memory(Use::Server, MEMORY_BYTES)
    }
}

impl Config {
    /// Returns the defaults for a memory budget. Three eighths go to the store's memtables and Bloom
    /// filters (the memtables shrink to a quarter of that as the filters grow), a thirty-second part
    /// to its block cache, and a sixteenth to the cache of article readings. The rest is left for the
    /// filters of a large store and for articles in flight. A job usually has fewer articles to hold
    /// and compares more at once, so its cache of readings gets a quarter.
    fn with_memory(purpose: Use, memory_bytes: u64) -> Self {
        let readings = match purpose {
            Use::Server => memory_bytes / 16,
            Use::Job => memory_bytes / 4,
        };
        // In whole mebibytes, like the settings.
        let whole = |bytes: u64| (bytes >> 20 << 20).max(4 << 20);
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            data: PathBuf::from("wirecopy-data"),
            snapshots: PathBuf::new(),
            memory_bytes,
            limits: Limits::default(),
            access: Access::default(),
            store: EmbeddedParams {
                memory_bytes: whole(memory_bytes / 8 * 3),
                cache_bytes: whole(memory_bytes / 32),
                ..EmbeddedParams::default()
            },
            notices: PathBuf::new(),
            engine: engine::Params {
                index: index::Params {
                    cache_bytes: whole(readings) as usize,
                    ..index::Params::default()
                },
                ..engine::Params::default()
            },
        }
    }

    /// Assembles the configuration of a program from the defaults, a file, the environment, and
    /// `overrides`.
    ///
    /// # Errors
    /// Those of [`Layer::read`], [`Layer::from_environment`] and [`Config::assemble`].
    pub fn load(
        purpose: Use,
        file: Option<&Path>,
        overrides: impl IntoIterator<Item = Layer>,
    ) -> Result<Self, Error> {
        Layers::read(file, overrides)?.config(purpose)
    }

    /// Returns the built-in table of notices, extended by the configured file.
    ///
    /// # Errors
    /// [`Error::Notices`] says which line of the file is invalid.
    pub fn notice_table(&self) -> Result<Arc<NoticeTable>, Error> {
        if self.notices.as_os_str().is_empty() {
            return Ok(Arc::new(NoticeTable::builtin()));
        }
        let failed = |why: String| Error::Notices {
            path: self.notices.clone(),
            why,
        };
        let rows = text_file::read(&self.notices).map_err(|e| failed(e.to_string()))?;
        let table = NoticeTable::with(&rows).map_err(|e| failed(e.to_string()))?;
        Ok(Arc::new(table))
    }

    /// Applies layers to the defaults, later ones over earlier ones, and validates the result.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the value that is out of range; [`Error::Exposed`].
    pub fn assemble(purpose: Use, layers: impl IntoIterator<Item = Layer>) -> Result<Self, Error> {
        let layers: Vec<Layer> = layers.into_iter().collect();
        let over = |mut config| {
            layers
                .iter()
                .for_each(|layer| layer.clone().apply(&mut config));
            config
        };
        // Values derived from the budget come first, so that any layer can override them.
        let memory_bytes = over(Self::default()).memory_bytes;
        let config = over(Self::with_memory(purpose, memory_bytes));
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), Error> {
        let memory = match self.memory_bytes < MIN_MEMORY_BYTES {
            true => Err(format!("mib must be at least {}", MIN_MEMORY_BYTES >> 20)),
            false => Ok(()),
        };
        for (section, checked) in [
            ("memory", memory),
            ("limits", self.limits.validate()),
            ("access", self.access.validate()),
            ("store", self.store.validate()),
            ("sketch", self.engine.sketch.validate()),
            ("index", self.engine.index.validate()),
            ("furniture", self.engine.furniture.validate()),
            ("thresholds", self.engine.thresholds.validate()),
            ("engine", self.engine.validate()),
        ] {
            checked.map_err(|why| Error::Invalid { section, why })?;
        }
        self.check_exposure()
    }

    /// Checks that the server is protected if other machines can reach it.
    fn check_exposure(&self) -> Result<(), Error> {
        if self.access.insecure || self.listen.ip().is_loopback() {
            return Ok(());
        }
        let missing = match (self.access.has_tls(), self.access.has_tokens()) {
            (true, true) => return Ok(()),
            (true, false) => "there are no access tokens (access.tokens)",
            (false, true) => "there is no TLS (access.certificate, access.key)",
            (false, false) => {
                "there are no access tokens (access.tokens) and no TLS (access.certificate, access.key)"
            }
        };
        let listen = self.listen;
        Err(Error::Exposed { listen, missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Layer {
        Layer::parse(text).unwrap()
    }

    fn server<const N: usize>(files: [&str; N]) -> Result<Config, Error> {
        Config::assemble(Use::Server, files.map(file))
    }

    #[test]
    fn the_defaults_file_holds_the_defaults() {
        let commented = include_str!("../../config/wirecopy.toml");
        assert_eq!(
            file(commented),
            Layer::default(),
            "a fresh file changes nothing"
        );
        let uncommented: String = commented
            .lines()
            .map(|line| line.strip_prefix("#= ").unwrap_or(line).to_owned() + "\n")
            .collect();
        assert_eq!(server([&uncommented]).unwrap(), Config::default());
        assert!(
            file(&uncommented).is_complete(),
            "a key is missing from config/wirecopy.toml"
        );
    }

    #[test]
    fn later_layers_win() {
        let low = "[sketch]\nbands = 20\nrows = 5\n[serve]\ndata = 'a'";
        let config = server([low, "[sketch]\nbands = 10"]).unwrap();
        let sketch = config.engine.sketch;
        assert_eq!((sketch.bands, sketch.rows), (10, 5));
        assert_eq!(config.data, PathBuf::from("a"));
    }

    #[test]
    fn memory_is_divided_except_for_values_that_are_set() {
        let config = server(["[store]\ncache_mib = 7", "[memory]\nmib = 4096"]).unwrap();
        assert_eq!(config.store.memory_bytes, 1536 << 20);
        assert_eq!(config.store.cache_bytes, 7 << 20);
        assert_eq!(config.engine.index.cache_bytes, 256 << 20);
        let job = Config::assemble(Use::Job, [file("[memory]\nmib = 4096")]).unwrap();
        assert_eq!(job.store.memory_bytes, 1536 << 20);
        assert_eq!(job.engine.index.cache_bytes, 1024 << 20);
        let tiny = server(["[memory]\nmib = 1"]);
        assert!(matches!(tiny, Err(Error::Invalid { .. })));
    }

    #[test]
    fn more_threads_than_any_machine_has_use_for_are_refused() {
        let error = server(["[engine]\nthreads = 1_000_000"]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("`engine`: threads is 1000000"), "{error}");
        assert!(server(["[engine]\nthreads = 1024"]).is_ok());
    }

    #[test]
    fn a_public_address_is_refused_without_insecure() {
        let open = "[serve]\nlisten = '0.0.0.0:7717'";
        assert!(matches!(server([open]), Err(Error::Exposed { .. })));
        assert!(server([open, "[serve]\ninsecure = true"]).is_ok());
        assert!(server(["[serve]\nlisten = '[::1]:7717'"]).is_ok());
        let tokens = "[access]\ntokens = 'tokens.toml'";
        let tls = "[access]\ncertificate = 'a.pem'\nkey = 'a.key'";
        for (half, missing) in [(tokens, "there is no TLS"), (tls, "no access tokens")] {
            let error = server([open, half]).unwrap_err().to_string();
            assert!(error.contains(missing), "{error}");
        }
        assert!(server([open, tokens, tls]).is_ok());
        assert!(server(["[access]\nkey = 'a.key'"]).is_err());
    }
}
