#![cfg(feature = "server")]
//! Assembles the parameters of the rooms below: defaults, then a file, then the environment, then
//! flags.
//!
//! In go [`Layer`]s, each of which sets some values; out comes one [`Config`], checked. The rooms
//! below never see it: each gets its own parameters.

mod error;
mod layer;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::Error;
pub use layer::{Durability, Layer, PREFIX};

use crate::engine;
use crate::index;
use crate::notices::NoticeTable;
use crate::store::EmbeddedParams;

/// The port of the service.
pub const PORT: u16 = 7717;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Whether it may listen where other machines can reach it.
    pub insecure: bool,
    /// The store's directory.
    pub data: PathBuf,
    /// What the program may hold in memory, in bytes, for a store of ten million articles; a smaller one
    /// takes less.
    pub memory_bytes: u64,
    /// How the store works.
    pub store: EmbeddedParams,
    /// A file of notices beside those that are built in; empty: none.
    pub notices: PathBuf,
    /// How articles are sketched, looked up and judged.
    pub engine: engine::Params,
}

/// Bytes of memory where nothing else is said.
const MEMORY_BYTES: u64 = 2 << 30;
/// The program alone, with its tables of notices and characters, is some tens of mebibytes.
const LEAST_MEMORY_BYTES: u64 = 128 << 20;

/// What the program is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To answer, for as long as it runs, on a machine that has other things to do.
    Server,
    /// To get through some articles, with the machine for itself.
    Job,
}

impl Default for Config {
    fn default() -> Self {
        Self::with_memory(Use::Server, MEMORY_BYTES)
    }
}

impl Config {
    /// The defaults, with so many bytes of memory shared out: three eighths to what waits to be written to
    /// the index and to its filters, the former making room for the latter down to a quarter of that; a
    /// thirty-second part to what of the index was read; a sixteenth to readings of articles. The rest is for what the
    /// filters of a large store take beyond their part, and for articles on their way. A job has fewer
    /// articles to hold, as a rule, and compares more at once: it has a quarter for readings.
    fn with_memory(to: Use, memory_bytes: u64) -> Self {
        let readings = match to {
            Use::Server => (1, 16),
            Use::Job => (1, 4),
        };
        // Whole mebibytes, as they are set.
        let share = |(part, of): (u64, u64)| ((memory_bytes / of * part) >> 20 << 20).max(4 << 20);
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            insecure: false,
            data: PathBuf::from("wirecopy-data"),
            memory_bytes,
            store: EmbeddedParams {
                memory_bytes: share((3, 8)),
                cache_bytes: share((1, 32)),
                ..EmbeddedParams::default()
            },
            notices: PathBuf::new(),
            engine: engine::Params {
                index: index::Params {
                    cache_bytes: share(readings) as usize,
                    ..index::Params::default()
                },
                has_machine: to == Use::Job,
                ..engine::Params::default()
            },
        }
    }

    /// Assembles the configuration of a program: defaults, `file`, the environment, and `flags`.
    ///
    /// # Errors
    /// Says what cannot be read, or which value cannot be worked with.
    pub fn load(to: Use, file: Option<&Path>, flags: Layer) -> Result<Self, Error> {
        // Variables that are not text are skipped: none of them is ours.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let mut layers = file
            .map(Layer::read)
            .transpose()?
            .into_iter()
            .collect::<Vec<_>>();
        layers.push(Layer::from_environment(variables)?);
        layers.push(flags);
        Self::assemble(to, layers)
    }

    /// Reads the table of notices: the built-in rows, and those of the file that is configured.
    ///
    /// # Errors
    /// [`Error::Notices`] says which line of the file is wrong.
    pub fn notice_table(&self) -> Result<Arc<NoticeTable>, Error> {
        if self.notices.as_os_str().is_empty() {
            return Ok(Arc::new(NoticeTable::builtin()));
        }
        let failed = |why: String| Error::Notices {
            path: self.notices.clone(),
            why,
        };
        let rows = std::fs::read_to_string(&self.notices).map_err(|e| failed(e.to_string()))?;
        let table = NoticeTable::with(&rows).map_err(|e| failed(e.to_string()))?;
        Ok(Arc::new(table))
    }

    /// Puts layers over the defaults, the later over the earlier, and checks the outcome.
    ///
    /// # Errors
    /// [`Error::Invalid`] says which value cannot be worked with.
    pub fn assemble(to: Use, layers: impl IntoIterator<Item = Layer>) -> Result<Self, Error> {
        let layers: Vec<Layer> = layers.into_iter().collect();
        let over = |mut config| {
            layers
                .iter()
                .for_each(|layer| layer.clone().apply(&mut config));
            config
        };
        // Parts of memory that a layer sets are set, whatever a later one says of the whole.
        let memory_bytes = over(Self::default()).memory_bytes;
        let config = over(Self::with_memory(to, memory_bytes));
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), Error> {
        let invalid = |section: &'static str| move |why| Error::Invalid { section, why };
        if self.memory_bytes < LEAST_MEMORY_BYTES {
            let why = format!("mib: at least {}", LEAST_MEMORY_BYTES >> 20);
            return Err(invalid("memory")(why));
        }
        self.store.validate().map_err(invalid("store"))?;
        self.engine.sketch.validate().map_err(invalid("sketch"))?;
        self.engine.index.validate().map_err(invalid("index"))?;
        self.engine
            .furniture
            .validate()
            .map_err(invalid("furniture"))?;
        self.engine
            .thresholds
            .validate()
            .map_err(invalid("thresholds"))?;
        if !self.insecure && !self.listen.ip().is_loopback() {
            return Err(Error::Exposed {
                listen: self.listen,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Layer {
        Layer::parse(text).unwrap()
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
        let layer = file(&uncommented);
        assert_eq!(
            Config::assemble(Use::Server, [layer.clone()]).unwrap(),
            Config::default()
        );
        assert!(
            layer.is_complete(),
            "a key is missing from config/wirecopy.toml"
        );
    }

    #[test]
    fn later_layers_win() {
        let low = file("[sketch]\nbands = 20\nrows = 5\n[serve]\ndata = 'a'");
        let high = file("[sketch]\nbands = 10");
        let config = Config::assemble(Use::Server, [low, high]).unwrap();
        assert_eq!(
            (config.engine.sketch.bands, config.engine.sketch.rows),
            (10, 5)
        );
        assert_eq!(config.data, PathBuf::from("a"));
    }

    #[test]
    fn memory_is_shared_out_but_for_parts_that_are_set() {
        let config = Config::assemble(
            Use::Server,
            [file("[store]\ncache_mib = 7"), file("[memory]\nmib = 4096")],
        );
        let config = config.unwrap();
        assert_eq!(config.store.memory_bytes, 1536 << 20);
        assert_eq!(config.store.cache_bytes, 7 << 20);
        assert_eq!(config.engine.index.cache_bytes, 256 << 20);
        let job = Config::assemble(Use::Job, [file("[memory]\nmib = 4096")]).unwrap();
        assert_eq!(job.store.memory_bytes, 1536 << 20);
        assert_eq!(job.engine.index.cache_bytes, 1024 << 20);
        assert!(job.engine.has_machine && !config.engine.has_machine);
        assert!(matches!(
            Config::assemble(Use::Server, [file("[memory]\nmib = 1")]),
            Err(Error::Invalid { .. })
        ));
    }

    #[test]
    fn an_open_address_is_refused_unless_asked_for() {
        let open = "[serve]\nlisten = '0.0.0.0:7717'";
        assert!(matches!(
            Config::assemble(Use::Server, [file(open)]),
            Err(Error::Exposed { .. })
        ));
        assert!(Config::assemble(Use::Server, [file(&format!("{open}\ninsecure = true"))]).is_ok());
        assert!(Config::assemble(Use::Server, [file("[serve]\nlisten = '[::1]:7717'")]).is_ok());
    }
}
