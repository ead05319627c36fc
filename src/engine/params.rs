//! Parameters of the engine and of the rooms below it.

use super::FurnitureParams;
use crate::id::NORMAL_FORM;
use crate::record::{Entry, PreparedPut, Rest};
use crate::store::{Derive, Failure, Read, Store, Writes};
use crate::{cluster, index, record, sketch, syndication, text};

/// Most reader threads. The work of one processor keeps two or three busy.
const MAX_THREADS: usize = 1024;

/// Parameters of the engine and of the rooms below it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Params {
    /// Parameters of sketches. They shape stored bytes.
    pub sketch: sketch::Params,
    /// Parameters of the search for neighbors.
    pub index: index::Params,
    /// Thresholds of the relations between articles.
    pub thresholds: syndication::Thresholds,
    /// How much is settled at once, if not [`PORTION`](crate::cluster::PORTION). Does not change where articles
    /// end up.
    pub portion: Option<usize>,
    /// Parameters of furniture.
    pub furniture: FurnitureParams,
    /// Number of reader threads; 0: two for each processor, because some of them wait for the disk.
    pub threads: usize,
}

impl Params {
    /// Checks the parameters.
    ///
    /// # Errors
    /// A message that names the invalid parameter.
    pub fn validate(&self) -> Result<(), String> {
        if self.threads > MAX_THREADS {
            let threads = self.threads;
            return Err(format!(
                "threads is {threads}, but must be 0 to {MAX_THREADS}"
            ));
        }
        self.sketch.validate()?;
        self.index.validate()?;
        self.furniture.validate()?;
        self.thresholds.validate()
    }

    /// Returns the number of reader threads.
    pub(super) fn threads(&self) -> usize {
        match self.threads {
            0 => 2 * processors(),
            threads => threads,
        }
    }

    /// Returns the parameters that shape stored bytes, by name, for the store to keep and compare. The
    /// thresholds of a copy are among them, because clusters are stored.
    pub fn shape(&self) -> Vec<(String, String)> {
        let (sketch, copy) = (&self.sketch, &self.thresholds);
        let of_copy = format!(
            "{}, {}, {}, {}",
            copy.copy_larger, copy.copy_smaller, copy.copy_resemblance, copy.copy_shared
        );
        let shape = [
            ("text_version", text::VERSION.to_string()),
            ("sketch_version", sketch::VERSION.to_string()),
            ("record_version", record::VERSION.to_string()),
            ("cluster_version", cluster::VERSION.to_string()),
            ("id_version", NORMAL_FORM.to_string()),
            ("bands", sketch.bands.to_string()),
            ("rows", sketch.rows.to_string()),
            ("anchor_shift", sketch.anchor_shift.to_string()),
            ("min_anchors", sketch.min_anchors.to_string()),
            ("max_anchors", sketch.max_anchors.to_string()),
            // One text, because defaults may change with a version: a parameter may come and go, but not change.
            ("copy_thresholds", of_copy),
        ];
        shape.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Returns what derives the changes of an entry, for the store's replay.
    pub fn derive(&self) -> impl Derive + use<> {
        EntryDeriver(self.sketch)
    }
}

struct EntryDeriver(sketch::Params);

impl Derive for EntryDeriver {
    type Prepared = (Entry, Option<PreparedPut>);

    fn prepare(&self, entry: Vec<u8>) -> Result<Self::Prepared, Failure> {
        Ok(record::prepare(&entry, &self.0)?)
    }

    fn apply(&self, reader: &dyn Read, (entry, new): Self::Prepared) -> Result<Writes, Failure> {
        Ok(record::apply(
            (reader, Rest::Compacted),
            &entry,
            new.as_ref(),
            &[],
            &self.0,
        )?)
    }

    fn renew(&self, store: &dyn Store) -> Result<(), Failure> {
        Ok(record::renew(store, &self.0)?)
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
