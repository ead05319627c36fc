//! The input of commands that read articles.

use std::path::PathBuf;

use clap::Args;
use wirecopy::files::{self, Articles, PreferredBody};
use wirecopy::id::Collection;

/// The arguments of every command that reads articles.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// JSON lines (plain, .gz or .zst), single .txt or .html files, or `-` for JSON lines from standard
    /// input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Which body to use if an article has both: text or html.
    #[arg(long, default_value = "html", value_parser = PreferredBody::parse)]
    pub body: PreferredBody,
    /// Stop at the first bad line, unknown field or record without text instead of reporting it and going
    /// on, and exit with 1.
    #[arg(long)]
    pub strict: bool,
    /// The collection. Articles are only compared within their collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    pub collection: Collection,
}

impl InputArgs {
    /// Returns whether the input is a single document rather than lines of articles.
    pub fn is_one_document(&self) -> bool {
        matches!(self.files.as_slice(), [file] if files::is_document(file))
    }

    /// Prepares to read the files.
    pub fn open(&self) -> Result<Articles, files::Error> {
        Articles::open(&self.files, self.body, self.strict, &self.collection)
    }
}
