//! Translates messages between protobuf and its mapping to JSON.

use bytes::{BufMut as _, Bytes, BytesMut};
use memchr::memchr2;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor};
use serde::Deserializer;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::duplicates;
use crate::server::messages::HEADER_BYTES;
use crate::server::status::Fault;

/// The most characters of a message about a request that cannot be read: it may quote the request.
const MAX_MESSAGE: usize = 300;

/// The most commas between the values of a message: four times as many as any has that is accepted. Values take
/// room of their own while a message is read: 8 MiB of empty strings took 348 MiB.
const MAX_COMMAS: usize = 4096;

/// Reads a message from JSON, and returns it as gRPC frames it. A field that the message does not have is a
/// fault, and so are a field that is given twice and very many values. Meanwhile the message takes some three times as
/// many bytes as its JSON, and some hundred KiB at most for its values.
///
/// `line` is the first line of the JSON in the body, from 1 on; faults name it.
pub(super) fn read(kind: &MessageDescriptor, json: &[u8], line: usize) -> Result<Bytes, Fault> {
    if commas(json) > MAX_COMMAS {
        let why = format!("it has too many values at line {line}");
        return Err(Fault::malformed(why));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let message = deserialize(kind, &mut reader);
    let message = message.and_then(|message| reader.end().map(|()| message));
    let message = message.and_then(|message| duplicates::check(kind, json).map(|()| message));
    framed(&message.map_err(|error| malformed(&error, line))?)
}

/// Refuses parameters in the query of a request whose fields are in its body.
pub(super) fn refuse_query(query: &str) -> Result<(), Fault> {
    match form_urlencoded::parse(query.as_bytes()).next() {
        None => Ok(()),
        Some((name, _)) => Err(Fault::invalid(
            shortened(&name),
            "this path takes no parameters; its fields belong in the body",
        )),
    }
}

/// Reads a message from the query of a URL, in which each parameter is a field.
pub(super) fn read_query(kind: &MessageDescriptor, query: &str) -> Result<Bytes, Fault> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let Some(field) = duplicates::field(kind, &name) else {
            return Err(Fault::invalid(
                shortened(&name),
                "there is no such parameter",
            ));
        };
        let value = match (field.kind(), &*value) {
            (Kind::Bool, "true") => Value::Bool(true),
            (Kind::Bool, "false") => Value::Bool(false),
            // Numbers, times and bytes may be strings in JSON, too.
            (_, value) => Value::from(value),
        };
        let value = match field.is_list() {
            true => Value::Array(vec![value]),
            false => value,
        };
        let invalid = |why: &str| Fault::invalid(field.name().to_owned(), shortened(why));
        // By itself, because the whole would not say which field it is.
        let alone = Map::from_iter([(field.json_name().to_owned(), value.clone())]);
        deserialize(kind, Value::Object(alone)).map_err(|error| invalid(&error.to_string()))?;
        let name = field.json_name();
        if let (Value::Array(more), Some(Value::Array(list))) = (&value, fields.get_mut(name)) {
            list.extend_from_slice(more);
        } else if fields.insert(name.to_owned(), value).is_some() {
            return Err(invalid("the parameter is given twice"));
        }
    }
    let message = deserialize(kind, Value::Object(fields));
    framed(&message.map_err(|error| malformed(&error, 1))?)
}

/// Counts the commas of JSON that are not in strings.
fn commas(json: &[u8]) -> usize {
    let (mut commas, mut is_string, mut rest) = (0, false, json);
    while let Some(at) = match is_string {
        true => memchr2(b'"', b'\\', rest),
        false => memchr2(b'"', b',', rest),
    } {
        let mut read = at + 1;
        match rest[at] {
            b'"' => is_string = !is_string,
            b',' => commas += 1,
            _ => read += 1, // what is escaped
        }
        rest = rest.get(read..).unwrap_or_default();
    }
    commas
}

fn deserialize<'json, D: Deserializer<'json>>(
    kind: &MessageDescriptor,
    json: D,
) -> Result<DynamicMessage, D::Error> {
    DynamicMessage::deserialize(kind.clone(), json)
}

/// Says what is wrong with JSON that begins at a line.
fn malformed(error: &serde_json::Error, line: usize) -> Fault {
    let (words, column) = (error.to_string(), error.column());
    let place = format!(" at line {} column {column}", error.line());
    Fault::malformed(match words.strip_suffix(&place) {
        Some(why) => {
            let line = line + error.line().saturating_sub(1);
            format!("{} at line {line} column {column}", shortened(why))
        }
        None => shortened(&words),
    })
}

fn shortened(message: &str) -> String {
    message.chars().take(MAX_MESSAGE).collect()
}

fn framed(message: &DynamicMessage) -> Result<Bytes, Fault> {
    let length = message.encoded_len();
    let mut framed = BytesMut::with_capacity(HEADER_BYTES + length);
    framed.put_u8(0);
    // A message is no longer than its JSON, which is far below 4 GiB.
    framed.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    let encoded = message.encode(&mut framed);
    encoded.map_err(|_| Fault::unanswered())?;
    Ok(framed.freeze())
}

/// Writes a message as JSON.
pub(super) fn write(kind: &MessageDescriptor, message: &[u8]) -> Result<Vec<u8>, Fault> {
    let message = DynamicMessage::decode(kind.clone(), message);
    let message = message.map_err(|_| Fault::unanswered())?;
    serde_json::to_vec(&message).map_err(|_| Fault::unanswered())
}

#[cfg(test)]
mod tests {
    use prost_reflect::DescriptorPool;

    use super::*;
    use crate::server::proto;

    fn kind(name: &str) -> MessageDescriptor {
        let pool = DescriptorPool::decode(proto::DESCRIPTOR).unwrap();
        pool.get_message_by_name(&format!("wirecopy.v1.{name}"))
            .unwrap()
    }

    fn decoded<M: prost::Message + Default>(framed: &Bytes) -> M {
        let length = u32::from_be_bytes(framed[1..HEADER_BYTES].try_into().unwrap());
        assert_eq!(
            (framed[0], length as usize),
            (0, framed.len() - HEADER_BYTES)
        );
        M::decode(&framed[HEADER_BYTES..]).unwrap()
    }

    #[test]
    fn a_message_is_read_and_written_by_the_mapping_of_protobuf() {
        let json = br#"{
            "collection": "news", "tag": "18446744073709551615", "include_quotations": true,
            "article": {"id": "a", "published": "2026-01-02T03:04:05.006Z", "page": {"content": "aGk=", "contentType": "text/html"}}
        }"#;
        let framed = read(&kind("ArticleRequest"), json, 1).unwrap();
        let request: proto::ArticleRequest = decoded(&framed);
        let article = request.article.clone().unwrap();
        assert_eq!((request.tag, request.include_quotations), (u64::MAX, true));
        let published = article.published.unwrap();
        assert_eq!(
            (published.seconds, published.nanos),
            (1_767_323_045, 6_000_000)
        );
        let page = proto::RawPage {
            content: b"hi".into(),
            content_type: "text/html".into(),
        };
        assert_eq!(article.body, Some(proto::article::Body::Page(page)));
        let written = write(&kind("ArticleRequest"), &framed[HEADER_BYTES..]).unwrap();
        let written: Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(written["tag"], "18446744073709551615");
        assert_eq!(written["includeQuotations"], true);
        assert_eq!(written["article"]["published"], "2026-01-02T03:04:05.006Z");
        assert_eq!(written["article"]["page"]["content"], "aGk=");
    }

    #[test]
    fn a_fault_names_what_is_wrong() {
        let check = |json: &str, words: &str| {
            let fault = read(&kind("ArticleRequest"), json.as_bytes(), 1).expect_err(words);
            assert!(fault.message().contains(words), "{}", fault.message());
            assert!(fault.message().chars().count() < MAX_MESSAGE + 100);
        };
        check(r#"{"artikel": {}}"#, "'artikel'");
        check(r#"{"article": {"text": "a", "body": "b"}}"#, "'body'");
        check(r#"{"article": {"text": "a", "html": "b"}}"#, "oneof 'body'");
        check(r#"{"article": {"id": 5}}"#, "line 1");
        check("{}{}", "trailing");
        let twice = "duplicate field `";
        check(r#"{"tag": 1, "tag": 2}"#, twice);
        check(
            r#"{"includeQuotations": true, "include_quotations": false}"#,
            twice,
        );
        check(r#"{"article": {"id": "a", "id": "a"}}"#, twice);
        check(r#"{"article": null, "article": {"text": "b"}}"#, twice);
        check("", "EOF");
        check("[]", "line 1");
        check(&format!(r#"{{"{}": 1}}"#, "x".repeat(1000)), "xxx");
        check(
            &format!(r#"{{"article": {}"#, "[".repeat(100_000)),
            "line 1",
        );
        assert!(read(&kind("ArticleRequest"), b"{\"collection\": \"\xff\"}", 1).is_err());
    }

    #[test]
    fn a_fault_names_its_line_in_the_body() {
        let check = |json: &str, line: usize, place: &str| {
            let fault = read(&kind("ArticleRequest"), json.as_bytes(), line).expect_err(json);
            assert!(fault.message().contains(place), "{}", fault.message());
        };
        check("{\"article\": }", 1, "at line 1 column 13");
        check("{\"article\": }", 7, "at line 7 column 13");
        check("{\"article\":\n\n}", 1, "at line 3 column 1");
        check(&format!("[{}]", ",".repeat(MAX_COMMAS + 1)), 9, "at line 9");
    }

    #[test]
    fn fields_of_each_message_are_its_own() {
        let json =
            br#"{"a": {"text": {"text": "a", "title": "b"}}, "b": {"text": {"text": "a", "title": "b"}}}"#;
        assert!(read(&kind("CompareRequest"), json, 1).is_ok());
    }

    #[test]
    fn commas_are_counted_outside_of_strings() {
        let check = |json: &str, expected| assert_eq!(commas(json.as_bytes()), expected, "{json}");
        check("", 0);
        check(r#"{"a": [1, 2], "b": 3}"#, 2);
        check(r#"{"a,b": ",,,", "c\",": "\\"},"#, 2);
        check(r#","a,\"#, 1);
        check(r#"["\"#, 0);
    }

    #[test]
    fn very_many_values_are_refused_before_they_are_read() {
        let ids = |count: usize| format!("{{\"ids\": [{}\"\"]}}", "\"\",".repeat(count - 1));
        let request: proto::SeenRequest =
            decoded(&read(&kind("SeenRequest"), ids(MAX_COMMAS + 1).as_bytes(), 1).unwrap());
        assert_eq!(request.ids.len(), MAX_COMMAS + 1);
        let fault = read(&kind("SeenRequest"), ids(MAX_COMMAS + 2).as_bytes(), 1).unwrap_err();
        assert!(
            proto::Error::from(fault)
                .message
                .contains("too many values")
        );
        let text = ",".repeat(4 * MAX_COMMAS);
        let article = format!("{{\"article\": {{\"id\": \"a\", \"text\": \"{text}\"}}}}");
        assert!(read(&kind("ArticleRequest"), article.as_bytes(), 1).is_ok());
    }

    #[test]
    fn parameters_are_fields() {
        let query =
            "id=https%3A%2F%2Fa.example%2Fx%3Fy%3D1&includeText=true&include_quotations=false";
        let framed = read_query(&kind("GetArticleRequest"), query).unwrap();
        let request: proto::GetArticleRequest = decoded(&framed);
        assert_eq!(request.id, "https://a.example/x?y=1");
        assert_eq!(
            (request.include_text, request.include_quotations),
            (true, false)
        );
        let page: proto::GetClusterRequest =
            decoded(&read_query(&kind("GetClusterRequest"), "id=a+b&page_size=7").unwrap());
        assert_eq!((page.id.as_str(), page.page_size), ("a b", 7));
        let query = "keepHosts=a.example&keep=KEEP_RULE_HOSTS&keep_hosts=b.example";
        let export: proto::ExportRequest =
            decoded(&read_query(&kind("ExportRequest"), query).unwrap());
        assert_eq!(export.keep_hosts, ["a.example", "b.example"]);
        assert_eq!(export.keep(), proto::KeepRule::Hosts);
        let watch = |query: &str| {
            let request: proto::WatchRequest =
                decoded(&read_query(&kind("WatchRequest"), query).unwrap());
            request.after
        };
        assert_eq!(watch(""), None);
        assert_eq!(watch("after="), Some(Vec::new()));
        assert_eq!(watch("after=aGk%3D"), Some(b"hi".to_vec()));
        let check = |query: &str, field: &str| {
            let fault = read_query(&kind("GetClusterRequest"), query).expect_err(field);
            assert_eq!(proto::Error::from(fault).field, field);
        };
        check("name=a", "name");
        check("id=a&id=b", "id");
        check("id=a&pageSize=x", "page_size");
        check("pageSize=-1", "page_size");
    }
}
