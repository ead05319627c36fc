//! Reads the texts of a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;

#[derive(Deserialize)]
struct ArticleText {
    text: String,
}

/// Reads the texts, plain or compressed, in lower case.
pub fn read(path: &str) -> io::Result<Vec<String>> {
    let file = File::open(path)?;
    let bytes: Box<dyn Read> = if path.ends_with(".zst") {
        Box::new(zstd::Decoder::new(file)?)
    } else {
        Box::new(file)
    };
    let lines = BufReader::with_capacity(1 << 18, bytes).lines();
    let parse = |line: io::Result<String>| {
        let article: ArticleText = serde_json::from_str(&line?)?;
        Ok(article.text.to_lowercase())
    };
    lines.map(parse).collect()
}

/// Returns the words of a text.
pub fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
