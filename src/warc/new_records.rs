//! The records that a deduplicated archive has and the one before it had not.

use std::fmt::Write as _;
use std::io;

use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Serialize;

use super::dedup::{FirstCapture, NearDuplicate};
use super::{HttpResponse, WarcRecord};

/// Returns the header of the revisit that takes the place of a response: it keeps the response's fields and id,
/// which other records name.
pub(super) fn revisit(
    record: &WarcRecord,
    response: &HttpResponse<'_>,
    digest: &str,
    first: &FirstCapture,
) -> Vec<u8> {
    /// The fields that are written anew, or are those of the whole block.
    const OWN: [&str; 4] = [
        "WARC-Type",
        "Content-Length",
        "WARC-Block-Digest",
        "WARC-Payload-Digest",
    ];
    let version = &record.fields.first_line;
    let number = version.strip_prefix("WARC/").unwrap_or("1.0");
    let profile = format!("http://netpreserve.org/warc/{number}/revisit/identical-payload-digest");
    let length = response.head.len().to_string();
    let mut header = format!("{version}\r\nWARC-Type: revisit\r\n");
    for (name, value) in record.fields.iter() {
        if !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            put(&mut header, name, value);
        }
    }
    put(&mut header, "WARC-Profile", &profile);
    if let Some(id) = &first.id {
        put(&mut header, "WARC-Refers-To", id);
    }
    put(&mut header, "WARC-Refers-To-Target-URI", &first.uri);
    put(&mut header, "WARC-Refers-To-Date", &first.date);
    put(&mut header, "WARC-Payload-Digest", digest);
    put(&mut header, "Content-Length", &length);
    header.push_str("\r\n");
    header.into_bytes()
}

/// Returns the header and the block of the record that says what a response is a copy of.
pub(super) fn metadata(
    record: &WarcRecord,
    near_duplicate: &NearDuplicate,
    now: &str,
) -> io::Result<(Vec<u8>, Vec<u8>)> {
    #[derive(Serialize)]
    struct MetadataBlock<'a> {
        software: &'a str,
        near_duplicate: &'a NearDuplicate,
    }
    let block = serde_json::to_vec(&MetadataBlock {
        software: concat!("wirecopy/", env!("CARGO_PKG_VERSION")),
        near_duplicate,
    })?;
    let mut header = format!("{}\r\nWARC-Type: metadata\r\n", record.fields.first_line);
    put(
        &mut header,
        "WARC-Record-ID",
        &format!("<urn:uuid:{}>", random_uuid()?),
    );
    put(&mut header, "WARC-Date", now);
    put(&mut header, "WARC-Target-URI", record.target_uri());
    if let Some(id) = record.fields.get("WARC-Record-ID") {
        put(&mut header, "WARC-Refers-To", id);
    }
    put(&mut header, "Content-Type", "application/json");
    put(&mut header, "Content-Length", &block.len().to_string());
    header.push_str("\r\n");
    Ok((header.into_bytes(), block))
}

fn put(header: &mut String, name: &str, value: &str) {
    header.push_str(name);
    header.push_str(": ");
    header.push_str(value);
    header.push_str("\r\n");
}

/// Returns a random UUID (RFC 9562, version 4).
fn random_uuid() -> io::Result<String> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| io::Error::other("no random bytes"))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        let _ = write!(uuid, "{byte:02x}"); // into a string, which never fails
    }
    Ok(uuid)
}
