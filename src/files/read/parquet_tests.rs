use std::io::Seek as _;
use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type,
    Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::json;

use super::*;
use crate::files::FieldNames;

/// What writes the next column of a row group.
type WriteColumn = Box<dyn Fn(&mut SerializedRowGroupWriter<'_, &File>)>;

/// Returns what writes a column: its values, and the definition and repetition levels if it has some.
fn column<T: DataType>(
    values: Vec<T::T>,
    definitions: &'static [i16],
    repetitions: &'static [i16],
) -> WriteColumn {
    let levels = |levels: &'static [i16]| Some(levels).filter(|levels| !levels.is_empty());
    Box::new(move |group| {
        let mut column = group.next_column().unwrap().unwrap();
        let (definitions, repetitions) = (levels(definitions), levels(repetitions));
        let typed = column.typed::<T>();
        typed
            .write_batch(&values, definitions, repetitions)
            .unwrap();
        column.close().unwrap();
    })
}

/// Returns what writes a column of texts, in which nothing is null.
fn texts(texts: &[&str]) -> WriteColumn {
    column::<ByteArrayType>(
        texts.iter().map(|&text| ByteArray::from(text)).collect(),
        &[],
        &[],
    )
}

/// Writes a file with two row groups of these columns.
fn write(schema: &str, columns: &[WriteColumn]) -> File {
    write_as(Compression::UNCOMPRESSED, schema, columns)
}

fn write_as(compression: Compression, schema: &str, columns: &[WriteColumn]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(compression);
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(&file, schema, properties).unwrap();
    for _ in 0..2 {
        let mut group = writer.next_row_group().unwrap();
        columns.iter().for_each(|column| column(&mut group));
        group.close().unwrap();
    }
    writer.close().unwrap();
    file.rewind().unwrap();
    file
}

fn open_file(file: File) -> io::Result<Records> {
    open(file, &FieldNames::default(), &ProgressBar::hidden())
}

/// Checks the values of a field in the rows of each group; `None` where the record is bad.
#[track_caller]
fn check(schema: &str, columns: &[WriteColumn], field: ArticleField, expected: &[Option<Value>]) {
    let records = open_file(write(schema, columns)).unwrap();
    let mut values = Vec::new();
    for (number, read) in records.records.enumerate() {
        let (position, record) = read.unwrap();
        assert_eq!(position, RecordPosition::Row(number as u64 + 1));
        values.push(
            record
                .ok()
                .map(|mut record| record.take(field).unwrap_or_default()),
        );
    }
    assert_eq!(values, [expected, expected].concat(), "{schema}");
}

/// Checks the values of a column `published` beside an id and a text.
#[track_caller]
fn check_column(column_type: &str, values: WriteColumn, expected: &[Value]) {
    let schema = format!(
        "message m {{ REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY text (STRING); {column_type} }}"
    );
    let ids: Vec<&str> = expected.iter().map(|_| "a").collect();
    let columns = [texts(&ids), texts(&ids), values];
    let expected: Vec<Option<Value>> = expected.iter().cloned().map(Some).collect();
    check(&schema, &columns, ArticleField::Published, &expected);
}

#[test]
fn times_are_read_with_their_units_and_zones() {
    check_column(
        "OPTIONAL INT64 published (TIMESTAMP(MILLIS,true));",
        column::<Int64Type>(vec![1_767_600_000_250, -1], &[1, 0, 1], &[]),
        &[
            json!("2026-01-05T08:00:00.25Z"),
            json!(null),
            json!("1969-12-31T23:59:59.999Z"),
        ],
    );
    check_column(
        "REQUIRED INT64 published (TIMESTAMP(MICROS,false));",
        column::<Int64Type>(vec![1_767_600_000_000_001], &[], &[]),
        &[json!("2026-01-05T08:00:00.000001")],
    );
    check_column(
        "REQUIRED INT64 published (TIMESTAMP(NANOS,true));",
        column::<Int64Type>(vec![1_767_600_000_000_000_000], &[], &[]),
        &[json!("2026-01-05T08:00:00Z")],
    );
    check_column(
        "REQUIRED INT64 published (TIMESTAMP_MILLIS);",
        column::<Int64Type>(vec![1_767_600_000_000], &[], &[]),
        &[json!("2026-01-05T08:00:00Z")],
    );
    // Nanoseconds of the day, and the Julian day.
    let mut spark = Int96::new();
    let nanoseconds = 8 * 3600 * 1_000_000_000_u64;
    spark.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, 2_461_046);
    check_column(
        "REQUIRED INT96 published;",
        column::<Int96Type>(vec![spark], &[], &[]),
        &[json!("2026-01-05T08:00:00Z")],
    );
    check_column(
        "REQUIRED INT32 published (DATE);",
        column::<Int32Type>(vec![20_458, -1], &[], &[]),
        &[json!("2026-01-05"), json!("1969-12-31")],
    );
}

/// The article is read all the same.
#[test]
fn a_time_that_cannot_be_read_is_no_bad_record() {
    check_column(
        "REQUIRED INT64 published (TIMESTAMP(MICROS,true));",
        column::<Int64Type>(vec![i64::MAX, 0], &[], &[]),
        &[UNREADABLE, json!("1970-01-01T00:00:00Z")],
    );
    check_column(
        "REQUIRED INT32 published (DATE);",
        column::<Int32Type>(vec![i32::MAX], &[], &[]),
        &[UNREADABLE],
    );
    check_column(
        "REQUIRED DOUBLE published;",
        column::<DoubleType>(vec![f64::NAN], &[], &[]),
        &[UNREADABLE],
    );
    check_column(
        "REQUIRED BYTE_ARRAY published (STRING);",
        column::<ByteArrayType>(vec![ByteArray::from(vec![0xff])], &[], &[]),
        &[UNREADABLE],
    );
    let schema = "message m { REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY text (STRING); \
        REQUIRED INT64 fetched (TIMESTAMP(MILLIS,true)); }";
    let late = column::<Int64Type>(vec![i64::MAX], &[], &[]);
    let file = write(schema, &[texts(&["a"]), texts(&["b"]), late]);
    for (_, record) in open_file(file).unwrap().records.map(Result::unwrap) {
        let read =
            crate::files::article::of_record(record.unwrap(), crate::files::PreferredBody::Html);
        assert_eq!(read.unwrap().unread_times, ["fetched"]);
    }
}

#[test]
fn every_compression_is_read() {
    let schema =
        "message m { REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY text (STRING); }";
    let text = "a ferry, ".repeat(99);
    let columns = [texts(&["a"]), texts(&[&text])];
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        let file = write_as(compression, schema, &columns);
        let read = open_file(file).unwrap().records.map(|record| {
            let (_, record) = record.unwrap();
            record.unwrap().take(ArticleField::Text)
        });
        let expected = Some(json!(text));
        assert_eq!(
            read.collect::<Vec<_>>(),
            [expected.clone(), expected],
            "{compression:?}"
        );
    }
}

#[test]
fn numbers_are_read_as_they_are() {
    check_column(
        "OPTIONAL DOUBLE published;",
        column::<DoubleType>(vec![1.5], &[1, 0], &[]),
        &[json!(1.5), json!(null)],
    );
    check_column(
        "REQUIRED INT64 published (INTEGER(64,false));",
        column::<Int64Type>(vec![-1], &[], &[]),
        &[json!(u64::MAX)],
    );
    check_column(
        "REQUIRED INT32 published (INTEGER(32,false));",
        column::<Int32Type>(vec![-1, 7], &[], &[]),
        &[json!(u32::MAX), json!(7)],
    );
    check_column(
        "REQUIRED INT32 published;",
        column::<Int32Type>(vec![-1], &[], &[]),
        &[json!(-1)],
    );
    check_column(
        "REQUIRED BOOLEAN published;",
        column::<BoolType>(vec![true], &[], &[]),
        &[json!(true)],
    );
    check_column(
        "REQUIRED FIXED_LEN_BYTE_ARRAY (10) published;",
        column::<FixedLenByteArrayType>(vec![ByteArray::from("2026-01-05").into()], &[], &[]),
        &[json!("2026-01-05")],
    );
}

#[test]
fn lists_of_names_are_read() {
    let schema = "message m { REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY text (STRING); \
        OPTIONAL GROUP byline (LIST) { REPEATED GROUP list { OPTIONAL BYTE_ARRAY element (STRING); } } }";
    // Two names; no list; an empty list; one name beside a null.
    let names = ["Ann Lee", "Bo Ray", "Cy Moe"]
        .map(ByteArray::from)
        .to_vec();
    let names = column::<ByteArrayType>(names, &[3, 3, 0, 1, 2, 3], &[0, 1, 0, 0, 0, 1]);
    let four = ["a", "b", "c", "d"];
    check(
        schema,
        &[texts(&four), texts(&four), names],
        ArticleField::Byline,
        &[
            Some(json!(["Ann Lee", "Bo Ray"])),
            Some(json!([])),
            Some(json!([])),
            Some(json!(["Cy Moe"])),
        ],
    );
}

/// Lists as older writers have them, and repeated values without a list around them.
#[test]
fn lists_of_all_writers_are_read() {
    for byline in [
        "OPTIONAL GROUP byline (LIST) { REPEATED GROUP bag { OPTIONAL BYTE_ARRAY array_element (STRING); } }",
        "OPTIONAL GROUP byline (LIST) { REPEATED BYTE_ARRAY array (STRING); }",
        "REPEATED BYTE_ARRAY byline (STRING);",
    ] {
        let definitions: &[i16] = match (byline.contains("bag"), byline.contains("GROUP")) {
            (true, _) => &[3, 3],
            (false, true) => &[2, 2],
            (false, false) => &[1, 1],
        };
        let names = ["Ann Lee", "Bo Ray"].map(ByteArray::from).to_vec();
        let names = column::<ByteArrayType>(names, definitions, &[0, 1]);
        check(
            &format!(
                "message m {{ REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY text (STRING); {byline} }}"
            ),
            &[texts(&["a"]), texts(&["b"]), names],
            ArticleField::Byline,
            &[Some(json!(["Ann Lee", "Bo Ray"]))],
        );
    }
}

#[test]
fn a_text_that_is_not_utf8_is_a_bad_record_and_a_page_is_decoded() {
    let bytes =
        [&b"plain"[..], b"caf\xe9 au lait", b""].map(|bytes| ByteArray::from(bytes.to_vec()));
    let columns = || {
        [
            texts(&["a", "b", "c"]),
            column::<ByteArrayType>(bytes.to_vec(), &[], &[]),
        ]
    };
    check(
        "message m { REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY text; }",
        &columns(),
        ArticleField::Text,
        &[Some(json!("plain")), None, Some(json!(""))],
    );
    check(
        "message m { REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY html; }",
        &columns(),
        ArticleField::Html,
        &[
            Some(json!("plain")),
            Some(json!("caf\u{e9} au lait")),
            Some(json!("")),
        ],
    );
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let check = |file: File, expected: &str| {
        let error = open_file(file).err().expect(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    let ids = || texts(&["a"]);
    let no_text =
        "message m { REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY content (STRING); }";
    check(
        write(no_text, &[ids(), ids()]),
        "neither a column `text` nor `html`; the columns are `id`, `content`",
    );
    let object = "message m { REQUIRED BYTE_ARRAY id (STRING); \
        REQUIRED GROUP text { REQUIRED BYTE_ARRAY a (STRING); REQUIRED BYTE_ARRAY b (STRING); } }";
    check(
        write(object, &[ids(), ids(), ids()]),
        "the column `text` is neither text",
    );
    for one_field in [
        "REQUIRED GROUP text { REQUIRED BYTE_ARRAY x (STRING); }",
        "REQUIRED GROUP text (LIST) { REPEATED GROUP array { REQUIRED BYTE_ARRAY x (STRING); } }",
        "REQUIRED GROUP text (LIST) { REPEATED GROUP list { REQUIRED GROUP element { REQUIRED BYTE_ARRAY x (STRING); } } }",
        "REPEATED GROUP text { REQUIRED BYTE_ARRAY x (STRING); }",
    ] {
        let object = format!("message m {{ REQUIRED BYTE_ARRAY id (STRING); {one_field} }}");
        let objects: WriteColumn = match one_field.contains("REPEATED") {
            true => column::<ByteArrayType>(vec![ByteArray::from("a")], &[1], &[0]),
            false => ids(),
        };
        check(
            write(&object, &[ids(), objects]),
            "the column `text` is neither text",
        );
    }
    let decimal =
        "message m { REQUIRED INT64 id (DECIMAL(9,2)); REQUIRED BYTE_ARRAY text (STRING); }";
    let decimals = column::<Int64Type>(vec![1], &[], &[]);
    check(
        write(decimal, &[decimals, ids()]),
        "the column `id` is neither text",
    );
    let mut not_parquet = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut not_parquet, b"{\"id\": 1}\n{\"id\": 2}\n").unwrap();
    check(not_parquet, "Parquet");
    // An author that is an object is not read.
    let author = "message m { REQUIRED BYTE_ARRAY id (STRING); REQUIRED BYTE_ARRAY text (STRING); \
        REQUIRED GROUP author { REQUIRED BYTE_ARRAY a (STRING); REQUIRED BYTE_ARRAY b (STRING); } }";
    let file = write(author, &[ids(), ids(), ids(), ids()]);
    assert_eq!(open_file(file).unwrap().records.count(), 2);
}
