#![cfg(feature = "server")]
//! Assembles the parameters of the rooms below: defaults, then a file, then the environment, then
//! flags.
//!
//! In go [`Layer`]s, each of which sets some values; out comes one [`Config`], checked. The rooms
//! below never see it: each gets its own parameters.

mod error;
mod layer;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

pub use error::Error;
pub use layer::{Durability, Layer, PREFIX};

use crate::engine;
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
    /// How the store works.
    pub store: EmbeddedParams,
    /// A file of notices beside those that are built in; empty: none.
    pub notices: PathBuf,
    /// How articles are sketched, looked up and judged.
    pub engine: engine::Params,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            insecure: false,
            data: PathBuf::from("wirecopy-data"),
            store: EmbeddedParams::default(),
            notices: PathBuf::new(),
            engine: engine::Params::default(),
        }
    }
}

impl Config {
    /// Puts layers over the defaults, the later over the earlier, and checks the outcome.
    ///
    /// # Errors
    /// [`Error::Invalid`] says which value cannot be worked with.
    pub fn assemble(layers: impl IntoIterator<Item = Layer>) -> Result<Self, Error> {
        let mut config = Self::default();
        for layer in layers {
            layer.apply(&mut config);
        }
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), Error> {
        let invalid = |section: &'static str| move |why| Error::Invalid { section, why };
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
            Config::assemble([layer.clone()]).unwrap(),
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
        let config = Config::assemble([low, high]).unwrap();
        assert_eq!(
            (config.engine.sketch.bands, config.engine.sketch.rows),
            (10, 5)
        );
        assert_eq!(config.data, PathBuf::from("a"));
    }

    #[test]
    fn an_open_address_is_refused_unless_asked_for() {
        let open = "[serve]\nlisten = '0.0.0.0:7717'";
        assert!(matches!(
            Config::assemble([file(open)]),
            Err(Error::Exposed { .. })
        ));
        assert!(Config::assemble([file(&format!("{open}\ninsecure = true"))]).is_ok());
        assert!(Config::assemble([file("[serve]\nlisten = '[::1]:7717'")]).is_ok());
    }
}
