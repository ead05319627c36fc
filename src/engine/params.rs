//! Parameters of the engine and of the rooms below it.

use super::FurnitureParams;
use crate::record::{Coming, Entry};
use crate::store::{Derive, Failure, Read, Writes};
use crate::{index, record, sketch, syndication, text};

/// Parameters of the engine and of the rooms below it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Params {
    /// How texts are sketched. Shapes stored bytes.
    pub sketch: sketch::Params,
    /// How neighbors are looked for.
    pub index: index::Params,
    /// Where the lines between relations are drawn.
    pub thresholds: syndication::Thresholds,
    /// How furniture is learned and masked.
    pub furniture: FurnitureParams,
    /// Threads that read and sketch; 0: two for each processor, for some of them wait for the disk.
    pub threads: usize,
    /// Whether the machine does nothing else: then articles are compared before their turn on two
    /// processors, too.
    pub has_machine: bool,
}

impl Params {
    /// Checks that the parameters can be worked with.
    ///
    /// # Errors
    /// A sentence that names the parameter at fault.
    pub fn validate(&self) -> Result<(), String> {
        self.sketch.validate()?;
        self.index.validate()?;
        self.furniture.validate()?;
        self.thresholds.validate()
    }

    /// How many threads read and sketch.
    pub(super) fn threads(&self) -> usize {
        match self.threads {
            0 => 2 * processors(),
            threads => threads,
        }
    }

    /// Whether those who read articles also compare them before their turn, when the writer is late. It
    /// halves the time of a turn and takes a tenth more time in all: where two processors have a server and
    /// its clients to run, that is a loss.
    pub(super) fn compares_ahead(&self) -> bool {
        self.has_machine || processors() > 2
    }

    /// What shapes stored bytes, by name: for the store to keep and to compare. The thresholds of a
    /// copy are among it, for placements are stored.
    pub fn shape(&self) -> Vec<(String, String)> {
        let Self {
            sketch, thresholds, ..
        } = self;
        let shape = [
            ("text_version", text::VERSION.to_string()),
            ("sketch_version", sketch::VERSION.to_string()),
            ("record_version", record::VERSION.to_string()),
            ("bands", sketch.bands.to_string()),
            ("rows", sketch.rows.to_string()),
            ("anchor_shift", sketch.anchor_shift.to_string()),
            ("min_anchors", sketch.min_anchors.to_string()),
            ("max_anchors", sketch.max_anchors.to_string()),
            ("copy_larger", thresholds.copy_larger.to_string()),
            ("copy_smaller", thresholds.copy_smaller.to_string()),
        ];
        shape.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Derives what an entry of the journal changes: for the store to replay with.
    pub fn derive(&self) -> impl Derive + use<> {
        Deriver(self.sketch)
    }
}

struct Deriver(sketch::Params);

impl Derive for Deriver {
    type Prepared = (Entry, Option<Coming>);

    fn prepare(&self, entry: Vec<u8>) -> Result<Self::Prepared, Failure> {
        Ok(record::prepare(&entry, &self.0)?)
    }

    fn apply(&self, reader: &dyn Read, (entry, coming): Self::Prepared) -> Result<Writes, Failure> {
        Ok(record::apply(
            reader,
            &entry,
            coming.as_ref(),
            None,
            &self.0,
        )?)
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
