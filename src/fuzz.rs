//! The targets of fuzzing: what each does with any bytes.
//!
//! Built for tests and for fuzzing only. A target returns whatever its input is; a panic, an overflow or an
//! answer that contradicts itself is a fault of the program. `fuzz/` runs them under a fuzzer, and keeps a
//! corpus for each, which a test below replays.

use std::io::{self, Seek as _, Write as _};
use std::sync::LazyLock;

use crate::config::{Config, Layer, Use};
use crate::files::{
    PreferredBody, RecordArticle, parse_csv, parse_feed, parse_line, parse_parquet,
};
use crate::id::normal_url;
use crate::notices::{NoticeFindings, NoticeTable};
use crate::page::{self, Conventions, Page};
use crate::record::Entry;
use crate::text::{self, Span};
use crate::warc::{HttpResponse, WarcReader};
use crate::{server, store};

/// What a target does.
pub type FuzzTarget = fn(&[u8]);

/// The targets by name: the names of the folders of their corpora.
pub const TARGETS: &[(&str, FuzzTarget)] = &[
    ("blocks", store::fuzz::blocks),
    ("configuration", configuration),
    ("csv", csv),
    ("dates", dates),
    ("entries", entries),
    ("feeds", feeds),
    ("html", html),
    ("json_ld", json_ld),
    ("json_lines", json_lines),
    ("json_requests", server::fuzz::json_requests),
    ("notice_table", notice_table),
    ("notices", notices),
    ("pages", pages),
    ("parquet", parquet),
    ("requests", server::fuzz::requests),
    ("segment", store::fuzz::segment),
    ("tables", store::fuzz::tables),
    ("texts", texts),
    ("urls", urls),
    ("warc", warc),
];

/// When pages are read: in 2026.
const NOW_MS: i64 = 1_800_000_000_000;

/// How many times as large as a page its text may be: characters that expand are not expanded in it.
const MAX_GROWTH: usize = 4;

/// How many rows of a table are read.
const MAX_ROWS: usize = 10_000;

/// Reads a page.
pub fn html(bytes: &[u8]) {
    let html = String::from_utf8_lossy(bytes);
    let page = read(&html);
    assert_eq!(page, read(&html), "another page the next time");
    assert!(page.text.len() <= MAX_GROWTH * html.len(), "the text grows");
    for link in &page.links {
        assert_lies_in(link.span, &page.text);
    }
}

fn read(html: &str) -> Page {
    page::read_at(
        html,
        "https://paper.example/2026/03/05/story",
        NOW_MS,
        &|_| true,
    )
}

/// Reads a page of raw bytes. The first line is its Content-Type.
pub fn pages(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n');
    let (content_type, body) = bytes.split_at(at.unwrap_or(0));
    let content_type = std::str::from_utf8(content_type).ok();
    let _ = page::decode(body, content_type); // any text may come out
}

/// Reads a page with what it says of itself in JSON-LD.
pub fn json_ld(bytes: &[u8]) {
    let json = String::from_utf8_lossy(bytes);
    html(
        format!("<p>Some words.</p><script type=\"application/ld+json\">{json}</script>")
            .as_bytes(),
    );
}

/// Reads a date by the conventions of a language. The first line is the language.
pub fn dates(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (lang, date) = text.split_once('\n').unwrap_or(("", &text));
    let _ = Conventions::of(lang, "paper.example").parse_date(date); // may be no date
}

/// Reads a file of CSV.
pub fn csv(bytes: &[u8]) {
    let records = parse_csv(bytes, PreferredBody::Html);
    assert!(records.len() <= bytes.len(), "a record has a byte");
    for read in records.into_iter().flatten() {
        assert!(!read.article.id.is_empty() || !read.article.url.is_empty());
    }
}

/// Reads the first rows of a file of Parquet. A damaged one may claim to have any number.
pub fn parquet(bytes: &[u8]) {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file.rewind().expect("a file has a beginning");
    for read in parse_parquet(file, MAX_ROWS, PreferredBody::Html)
        .into_iter()
        .flatten()
    {
        assert!(!read.article.id.is_empty() || !read.article.url.is_empty());
    }
}

/// Reads a feed.
pub fn feeds(bytes: &[u8]) {
    let entries = parse_feed(bytes);
    assert!(entries.len() <= bytes.len(), "an entry has a byte");
    for read in entries.into_iter().flatten() {
        assert!(!read.article.url.is_empty() && read.article.id.is_empty());
    }
}

/// Reads a line of JSON.
pub fn json_lines(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    for body in [PreferredBody::Html, PreferredBody::Text] {
        if let Ok(RecordArticle {
            article,
            fields,
            unknown,
            ..
        }) = parse_line(&line, body)
        {
            assert!(!article.id.is_empty() || !article.url.is_empty());
            assert!(unknown.len() < fields.len(), "an id or a url is known");
        }
    }
}

/// Searches a text for notices. The first line is its title.
pub fn notices(bytes: &[u8]) {
    static BUILTIN: LazyLock<NoticeTable> = LazyLock::new(NoticeTable::builtin);
    search(&BUILTIN, &String::from_utf8_lossy(bytes));
}

/// Reads a table of notices, and searches the file itself with it.
pub fn notice_table(bytes: &[u8]) {
    let file = String::from_utf8_lossy(bytes);
    if let Ok(table) = NoticeTable::with(&file) {
        search(&table, &file);
    }
}

fn search(table: &NoticeTable, text: &str) {
    let (title, text) = text.split_once('\n').unwrap_or(("", text));
    let NoticeFindings {
        notices,
        photo_credits,
        ..
    } = table.search(title, text, &[]);
    let spans = notices.iter().map(|notice| notice.span);
    for span in spans.chain(photo_credits.iter().map(|credit| credit.span)) {
        assert_lies_in(span, text);
    }
}

/// Brings a URL into its normal form.
pub fn urls(bytes: &[u8]) {
    let url = String::from_utf8_lossy(bytes);
    if let Some(normal) = normal_url(&url) {
        assert_eq!(
            normal_url(&normal),
            Some(normal),
            "the normal form has another"
        );
    }
}

/// Reads a text and compares it with itself. The first line is its title.
pub fn texts(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (title, text) = text.split_once('\n').unwrap_or(("", &text));
    let shingles = text::shingles(title, text, &[]);
    let overlap = shingles.overlap(&shingles);
    assert_eq!(overlap, shingles.overlap_with_itself());
    assert_eq!(overlap.shared, overlap.this);
    let reading = text::read(title, text, &[]);
    for passage in text::passages(&reading, &reading) {
        assert_lies_in(passage.this, text);
    }
}

/// Reads a configuration file.
pub fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(layer) = Layer::parse(&text) {
        let _ = Config::assemble(Use::Server, [layer]); // may be out of range
    }
    let _ = Layer::assignment(&text);
}

/// Reads an archive, and decodes its pages.
pub fn warc(bytes: &[u8]) {
    let mut reader = WarcReader::new(io::Cursor::new(bytes));
    let mut ends = 0;
    while let Ok(Some(next)) = reader.next(|_| 1 << 20) {
        let Ok(record) = next else { continue };
        assert!(record.place.offset <= bytes.len() as u64);
        if let Some(span) = &record.span {
            assert!(ends <= span.start && span.end <= bytes.len() as u64);
            ends = span.end;
        }
        if let Some(response) = HttpResponse::parse(&record.block) {
            let _ = response.decoded(); // may be broken
        }
    }
}

/// Unpacks the payload of a record of the journal, or reads the bytes as an entry.
pub fn entries(bytes: &[u8]) {
    let unpacked = store::fuzz::frame(bytes);
    for entry in unpacked.iter().map(Vec::as_slice).chain([bytes]) {
        let Ok(entry) = Entry::decode(entry) else {
            continue;
        };
        assert_eq!(Entry::decode(&entry.encode()).ok().as_ref(), Some(&entry));
        let Some(put) = entry.put else { continue };
        if let Ok(text) = put.read_text() {
            let fits = |cut: &Span| text.get(cut.range()).is_some();
            if put.cuts().iter().all(fits) {
                let _ = put.shingles();
            }
        }
    }
}

fn assert_lies_in(span: Span, text: &str) {
    assert!(
        text.get(span.range()).is_some(),
        "{span:?} of {} bytes",
        text.len()
    );
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Inputs of a corpus that are longer are replayed whole only.
    const MAX_DAMAGED_BYTES: usize = 2048;
    /// Damaged forms of an input.
    const DAMAGES: usize = 24;

    /// Replays the corpora, and each input cut short and with bits flipped.
    #[test]
    fn corpora_are_replayed() {
        let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        for (name, target) in TARGETS {
            let corpus = fs::read_dir(corpora.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
            let mut replayed = 0;
            for input in corpus {
                let input = fs::read(input.unwrap().path()).unwrap();
                target(&input);
                replayed += 1;
                if input.len() > MAX_DAMAGED_BYTES {
                    continue;
                }
                for damage in 1..=DAMAGES {
                    let at = input.len() * damage / (DAMAGES + 1);
                    target(&input[..at]);
                    let mut flipped = input.clone();
                    if let Some(byte) = flipped.get_mut(at) {
                        *byte ^= 1 << (damage % 8);
                    }
                    target(&flipped);
                }
            }
            assert!(replayed > 0, "{name} has no corpus");
        }
    }

    /// Every target is built for the fuzzer, and nothing else is.
    #[test]
    fn every_target_has_a_program() {
        let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
        let programs = fs::read_dir(targets).unwrap();
        let mut programs: Vec<String> = programs
            .map(|program| {
                program
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        programs.sort_unstable();
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        assert_eq!(programs, names);
    }
}
