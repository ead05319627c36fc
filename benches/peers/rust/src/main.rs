//! Runs one of the peers that are Rust packages on a file of articles, or computes the true pairs.
//!
//!     wirecopy-peers MODE FILE [PAIRS]
//!
//! Prints one JSON object with `seconds` and `articles`, and writes the pairs found to the file PAIRS, as
//! line numbers. All peers use the same shingles: five lower-case words between white space.

mod articles;
mod gaoya_peer;
mod signatures;
mod truth;

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::time::Instant;

/// A pair of lines, the earlier first.
type Pair = (u32, u32);

/// Pairs with at least this Jaccard index count.
const THRESHOLD: f64 = 0.7;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, file, rest @ ..] = &arguments[..] else {
        return Err(io::Error::other("wirecopy-peers MODE FILE [PAIRS]"));
    };
    let begun = Instant::now();
    let articles = articles::read(file)?;
    let count = articles.len();
    let mut more = String::new();
    let pairs = match mode.as_str() {
        "truth" => truth::pairs(&articles),
        "gaoya" => gaoya_peer::whole(&articles, 1),
        "gaoya-2-threads" => gaoya_peer::whole(&articles, 2),
        "signatures" => {
            more = signatures::measure(&articles);
            Vec::new()
        }
        _ => return Err(io::Error::other(format!("no mode `{mode}`"))),
    };
    let seconds = begun.elapsed().as_secs_f64();
    println!("{{\"seconds\": {seconds}, \"articles\": {count}{more}}}");
    if let [path] = rest {
        let mut out = BufWriter::new(File::create(path)?);
        for (a, b) in pairs {
            writeln!(out, "{a}\t{b}")?;
        }
        out.flush()?;
    }
    Ok(())
}
