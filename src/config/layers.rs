//! The layers of a configuration, each with where it is from.

use std::path::{Path, PathBuf};

use super::layer::SECTIONS;
use super::{Config, Error, Layer, PREFIX, Use};

/// Where the value of a setting is from. Each one overrides those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingOrigin {
    /// Built in, or derived from the memory budget.
    Default,
    /// This configuration file.
    File(PathBuf),
    /// An environment variable.
    Environment,
    /// A flag of the command line.
    Flag,
}

/// A setting, as it is in effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its section.
    pub section: &'static str,
    /// Its key.
    pub key: &'static str,
    /// Its value. Settings name files of secrets, and have no secrets themselves.
    pub value: toml::Value,
    /// Where the value is from.
    pub origin: SettingOrigin,
}

impl Setting {
    /// Returns the environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}_{}", self.section, self.key).to_ascii_uppercase()
    }
}

/// The layers of a configuration above the defaults, the lowest first.
#[derive(Debug, Clone, Default)]
pub struct Layers(Vec<(SettingOrigin, Layer)>);

impl Layers {
    /// Reads the layers of a program: a file, the environment, and `flags`.
    ///
    /// # Errors
    /// Those of [`Layer::read`] and [`Layer::from_environment`].
    pub fn read(
        file: Option<&Path>,
        flags: impl IntoIterator<Item = Layer>,
    ) -> Result<Self, Error> {
        // Variables that are not valid Unicode are skipped: none of ours are.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let mut layers = Self::default();
        if let Some(file) = file {
            layers.add(SettingOrigin::File(file.to_owned()), [Layer::read(file)?]);
        }
        layers.add(
            SettingOrigin::Environment,
            Layer::from_environment(variables)?,
        );
        layers.add(SettingOrigin::Flag, flags);
        Ok(layers)
    }

    fn add(&mut self, origin: SettingOrigin, layers: impl IntoIterator<Item = Layer>) {
        let layers = layers.into_iter();
        self.0.extend(layers.map(|layer| (origin.clone(), layer)));
    }

    /// Assembles the configuration.
    ///
    /// # Errors
    /// Those of [`Config::assemble`].
    pub fn config(&self, purpose: Use) -> Result<Config, Error> {
        Config::assemble(purpose, self.0.iter().map(|(_, layer)| layer.clone()))
    }

    /// Returns all settings of the configuration, in the order of the configuration file.
    ///
    /// # Errors
    /// [`Error::Setting`] for a path that is not valid Unicode, and those of [`Self::config`].
    pub fn settings(&self, purpose: Use) -> Result<Vec<Setting>, Error> {
        let effective = table(&Layer::of(&self.config(purpose)?))?;
        let layers = self.0.iter().rev();
        let layers = layers.map(|(origin, layer)| Ok((origin, table(layer)?)));
        let layers: Vec<(&SettingOrigin, toml::Table)> = layers.collect::<Result<_, Error>>()?;
        let keys = SECTIONS
            .iter()
            .flat_map(|&(section, keys)| keys.iter().map(move |&key| (section, key)));
        let setting = |(section, key)| {
            let highest = layers
                .iter()
                .find(|(_, table)| value(table, section, key).is_some());
            Some(Setting {
                section,
                key,
                value: value(&effective, section, key)?.clone(),
                origin: highest.map_or(SettingOrigin::Default, |(origin, _)| (*origin).clone()),
            })
        };
        Ok(keys.filter_map(setting).collect())
    }
}

/// Returns the keys that a layer sets.
fn table(layer: &Layer) -> Result<toml::Table, Error> {
    toml::Table::try_from(layer).map_err(|error| Error::Setting {
        name: "a path".to_owned(),
        why: error.to_string(),
    })
}

fn value<'t>(table: &'t toml::Table, section: &str, key: &str) -> Option<&'t toml::Value> {
    table.get(section)?.get(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Layers {
        let mut layers = Layers::default();
        layers.add(
            SettingOrigin::File("a.toml".into()),
            [Layer::parse(file).unwrap()],
        );
        let variables = variables.iter().map(|&(n, v)| (n.to_owned(), v.to_owned()));
        layers.add(
            SettingOrigin::Environment,
            Layer::from_environment(variables).unwrap(),
        );
        layers.add(
            SettingOrigin::Flag,
            flags.iter().map(|flag| Layer::assignment(flag).unwrap()),
        );
        layers
    }

    #[test]
    fn each_setting_is_from_the_highest_layer_that_sets_it() {
        let file = "[sketch]\nbands = 20\nrows = 5\n[limits]\ncalls = 9\n[memory]\nmib = 1024";
        let variables = [
            ("WIRECOPY_SKETCH_ROWS", "6"),
            ("WIRECOPY_LIMITS_CALLS", "8"),
        ];
        let layers = layers(file, &variables, &["limits.calls=7", "limits.calls=6"]);
        let settings = layers.settings(Use::Server).unwrap();
        let check = |name: &str, value: i64, origin: SettingOrigin| {
            let found = settings
                .iter()
                .find(|one| format!("{}.{}", one.section, one.key) == name);
            let found = found.expect(name);
            assert_eq!(
                (found.value.as_integer(), &found.origin),
                (Some(value), &origin),
                "{name}"
            );
        };
        check("sketch.bands", 20, SettingOrigin::File("a.toml".into()));
        check("sketch.rows", 6, SettingOrigin::Environment);
        check("limits.calls", 6, SettingOrigin::Flag);
        check("memory.mib", 1024, SettingOrigin::File("a.toml".into()));
        check("store.memory_mib", 384, SettingOrigin::Default);
        check("index.bucket_cap", 64, SettingOrigin::Default);
    }

    #[test]
    fn the_settings_in_effect_make_the_same_configuration() {
        let layers = layers(
            "[serve]\ndata = 'a b'\n[store]\ndurability = 'os'\ncache_mib = 7",
            &[("WIRECOPY_MEMORY_MIB", "512")],
            &["notices.file=/etc/n.tsv", "thresholds.report=0.2"],
        );
        let mut table = toml::Table::new();
        for setting in layers.settings(Use::Job).unwrap() {
            let section = table
                .entry(setting.section)
                .or_insert_with(|| toml::Table::new().into());
            let section = section.as_table_mut().unwrap();
            section.insert(setting.key.to_owned(), setting.value);
        }
        let file: Layer = table.try_into().unwrap();
        assert!(file.is_complete());
        let again = Config::assemble(Use::Server, [file]).unwrap();
        assert_eq!(again, layers.config(Use::Job).unwrap());
    }

    #[test]
    fn a_setting_names_its_variable() {
        let settings = Layers::default().settings(Use::Server).unwrap();
        for setting in settings {
            let variable = (setting.variable(), setting.value.to_string());
            Layer::from_environment([variable.clone()]).expect(&variable.0);
        }
    }
}
