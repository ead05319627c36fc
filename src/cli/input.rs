//! The input of commands that read articles.

use std::path::PathBuf;

use clap::Args;
use wirecopy::files::{
    self, ArticleField, Articles, FieldNames, Input, InputFormat, PreferredBody,
};
use wirecopy::id::Collection;

/// The arguments of every command that reads articles.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// JSON lines or CSV (plain, .gz or .zst), .parquet, the archives of a crawl (.warc, .wet, .gz or .zst),
    /// feeds (.xml, .rss, .atom, .rdf, .gz or .zst), single .txt or .html files, or `-` for JSON lines from
    /// standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The format of the files, whatever their names end in: jsonl, csv, parquet, warc or feed.
    #[arg(long, value_name = "FORMAT", value_parser = InputFormat::parse)]
    input_format: Option<InputFormat>,
    /// The files are feeds (RSS, Atom) or sitemaps of news, whatever their names end in: the same as
    /// --input-format feed.
    #[arg(long, conflicts_with = "input_format")]
    feed: bool,
    #[command(flatten)]
    fields: FieldArgs,
    /// Which body to use if an article has both: text or html.
    #[arg(long, default_value = "html", value_parser = PreferredBody::parse)]
    pub body: PreferredBody,
    /// Stop at the first bad record, unknown field of JSON lines or record without text instead of reporting it
    /// and going on, and exit with 1.
    #[arg(long)]
    pub strict: bool,
    /// Show neither progress nor counts nor odd records, only errors and what is skipped.
    #[arg(long)]
    quiet: bool,
    /// The collection. Articles are only compared within their collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    pub collection: Collection,
}

impl InputArgs {
    /// Returns whether the input is a single document rather than lines of articles.
    pub fn is_one_document(&self) -> bool {
        self.format().is_none()
            && matches!(self.files.as_slice(), [file] if files::is_document(file))
    }

    fn format(&self) -> Option<InputFormat> {
        let feed = self.feed.then_some(InputFormat::Feed);
        feed.or(self.input_format)
    }

    /// Prepares to read the files.
    pub fn open(&self) -> Result<Articles, files::Error> {
        Articles::open(&Input {
            format: self.format(),
            names: self.fields.names(),
            body: self.body,
            strict: self.strict,
            quiet: self.quiet,
            collection: self.collection.clone(),
            ..Input::new(self.files.clone())
        })
    }
}

/// The names that fields have in the files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fields or columns of the input that have other names")]
struct FieldArgs {
    /// Instead of `id`.
    #[arg(long, value_name = "NAME")]
    id_field: Option<String>,
    /// Instead of `url`.
    #[arg(long, value_name = "NAME")]
    url_field: Option<String>,
    /// Instead of `title`.
    #[arg(long, value_name = "NAME")]
    title_field: Option<String>,
    /// Instead of `text`.
    #[arg(long, value_name = "NAME")]
    text_field: Option<String>,
    /// Instead of `html`.
    #[arg(long, value_name = "NAME")]
    html_field: Option<String>,
    /// Instead of `published`.
    #[arg(long, value_name = "NAME")]
    published_field: Option<String>,
    /// Instead of `fetched`.
    #[arg(long, value_name = "NAME")]
    fetched_field: Option<String>,
    /// Instead of `publisher`.
    #[arg(long, value_name = "NAME")]
    publisher_field: Option<String>,
    /// Instead of `byline`, and of `author`, which is read where there is no `byline`.
    #[arg(long, value_name = "NAME")]
    byline_field: Option<String>,
    /// Instead of `lang`.
    #[arg(long, value_name = "NAME")]
    lang_field: Option<String>,
}

impl FieldArgs {
    fn names(&self) -> FieldNames {
        let given = [
            (ArticleField::Id, &self.id_field),
            (ArticleField::Url, &self.url_field),
            (ArticleField::Title, &self.title_field),
            (ArticleField::Text, &self.text_field),
            (ArticleField::Html, &self.html_field),
            (ArticleField::Published, &self.published_field),
            (ArticleField::Fetched, &self.fetched_field),
            (ArticleField::Publisher, &self.publisher_field),
            (ArticleField::Byline, &self.byline_field),
            (ArticleField::Lang, &self.lang_field),
        ];
        let mut names = FieldNames::default();
        for (field, name) in given {
            if let Some(name) = name {
                names.rename(field, name.clone());
            }
        }
        names
    }
}
