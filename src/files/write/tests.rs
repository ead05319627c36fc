use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::files::read;
use crate::files::{ArticleField, FieldNames, RecordPosition};

/// Rows of which every column has a value in one, and none that may be absent in another.
fn rows(with_keep: bool) -> Vec<ArticleRow> {
    let full = ArticleRow {
        id: "a, \"b\"\u{fc}".into(),
        url: "HTTPS://Paper.example/a?b=%7e".into(),
        cluster: "lead".into(),
        size: 2,
        role: Some("reprint".into()),
        confidence: Some(0.75),
        original: Some("lead".into()),
        source: Some("paper.example".into()),
        lag_ms: Some(-60_000),
        relation: "copy".into(),
        resemblance: 0.5,
        containment: 1.0,
        containment_of_lead: 0.666_667,
        time_ms: 1_767_600_000_123,
        keep: with_keep.then_some(false),
    };
    let bare = ArticleRow {
        id: "lead".into(),
        cluster: "lead".into(),
        size: 1,
        relation: "lead".into(),
        keep: with_keep.then_some(true),
        ..ArticleRow::default()
    };
    vec![full, bare]
}

/// Writes rows to a file of this name.
fn write(dir: &Path, name: &str, rows: &[ArticleRow], with_keep: bool) -> std::path::PathBuf {
    let path = dir.join(name);
    let format = FileFormat::of(&path).unwrap();
    let mut writer = write_rows(format, Output::create(&path).unwrap(), with_keep).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn text(path: &Path) -> String {
    let mut text = String::new();
    let mut bytes = crate::files::open::open(path, &indicatif::ProgressBar::hidden()).unwrap();
    io::Read::read_to_string(&mut bytes, &mut text).unwrap();
    text
}

#[test]
fn all_formats_have_the_same_columns() {
    let dir = tempfile::tempdir().unwrap();
    for with_keep in [false, true] {
        let rows = rows(with_keep);
        let csv = text(&write(dir.path(), "rows.csv.gz", &rows, with_keep));
        let jsonl = text(&write(dir.path(), "rows.jsonl.zst", &rows, with_keep));
        let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        let first: serde_json::Map<String, Value> =
            serde_json::from_str(jsonl.lines().next().unwrap()).unwrap();
        let mut names: Vec<&str> = first.keys().map(String::as_str).collect();
        let mut sorted = header.clone();
        sorted.sort_unstable();
        names.sort_unstable();
        assert_eq!(sorted, names);
        let file = File::open(write(dir.path(), "rows.parquet", &rows, with_keep)).unwrap();
        use ::parquet::file::reader::FileReader as _;
        let file = ::parquet::file::reader::SerializedFileReader::new(file).unwrap();
        let schema = file.metadata().file_metadata().schema();
        let columns: Vec<&str> = schema.get_fields().iter().map(|it| it.name()).collect();
        assert_eq!(columns, header);
    }
}

#[test]
fn absent_values_are_left_out_or_empty() {
    let dir = tempfile::tempdir().unwrap();
    let rows = rows(true);
    let csv = text(&write(dir.path(), "rows.csv", &rows, true));
    assert_eq!(
        csv,
        "id,url,cluster,size,role,confidence,original,source,lag_ms,relation,resemblance,containment,containment_of_lead,time,keep\n\
         \"a, \"\"b\"\"\u{fc}\",HTTPS://Paper.example/a?b=%7e,lead,2,reprint,0.75,lead,paper.example,-60000,copy,0.5,1,0.666667,2026-01-05T08:00:00.123Z,false\n\
         lead,,lead,1,,,,,,lead,0,0,0,1970-01-01T00:00:00Z,true\n"
    );
    let jsonl = text(&write(dir.path(), "rows.jsonl", &rows, true));
    let bare: Value = serde_json::from_str(jsonl.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        bare,
        json!({
            "id": "lead", "cluster": "lead", "size": 1, "relation": "lead", "resemblance": 0.0, "containment": 0.0,
            "containment_of_lead": 0.0, "time": "1970-01-01T00:00:00Z", "keep": true
        })
    );
}

/// What is written is read again, in several row groups.
#[test]
fn parquet_is_written_in_row_groups() {
    let dir = tempfile::tempdir().unwrap();
    let two_groups = (1 << 16) + 100;
    let rows = (0..two_groups).map(|number: u64| ArticleRow {
        id: number.to_string(),
        relation: format!("text {number}"),
        time_ms: number as i64,
        source: (!number.is_multiple_of(3)).then(|| format!("source {number}")),
        ..ArticleRow::default()
    });
    let rows: Vec<ArticleRow> = rows.collect();
    let file = File::open(write(dir.path(), "rows.parquet", &rows, false)).unwrap();
    let mut names = FieldNames::default();
    for (field, name) in [
        (ArticleField::Text, "relation"),
        (ArticleField::Published, "time"),
        (ArticleField::Publisher, "source"),
    ] {
        names.rename(field, name.to_owned());
    }
    let records = read::parquet(file, &names, &indicatif::ProgressBar::hidden()).unwrap();
    let mut number = 0;
    for record in records.records {
        let (position, record) = record.unwrap();
        let mut record = record.unwrap();
        let row = &rows[number as usize];
        number += 1;
        assert_eq!(position, RecordPosition::Row(number));
        assert_eq!(record.take(ArticleField::Id), Some(json!(row.id)));
        assert_eq!(record.take(ArticleField::Text), Some(json!(row.relation)));
        assert_eq!(
            record.take(ArticleField::Published),
            Some(json!(time(row.time_ms)))
        );
        assert_eq!(
            record.take(ArticleField::Publisher),
            row.source.clone().map(Value::from)
        );
    }
    assert_eq!(number, two_groups);
}
