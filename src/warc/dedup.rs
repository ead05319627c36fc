//! Takes out of an archive what it has twice.
//!
//! A response whose payload an earlier record of the same file has, byte for byte, becomes a `revisit` record
//! that names that one. Of a page that is only nearly the same, a revisit would replay the wrong bytes: it
//! stays, and a `metadata` record behind it says what it is a copy of.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use super::new_records::{metadata, revisit};
use super::write::WarcWriter;
use super::{HttpResponse, MAX_BLOCK_BYTES, WarcReader, WarcRecord, cdx, digest};

/// What a page is a copy of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearDuplicate {
    /// The word for its relation to the lead: `copy`, `version`.
    pub relation: String,
    /// The id of the lead.
    pub lead: String,
    /// The Jaccard index of its text and the lead's.
    pub resemblance: f64,
    /// The share of it that is in the lead.
    pub containment: f64,
    /// The share of the lead that is in it.
    pub containment_of_lead: f64,
}

/// How many records there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DedupCounts {
    /// Records that were read, without damaged ones.
    pub records: u64,
    /// Of these, responses that became revisits.
    pub revisits: u64,
    /// Of these, those of which a metadata record was written.
    pub near_duplicates: u64,
    /// Bytes of the payloads that revisits do not repeat, as they were before compression.
    pub saved_bytes: u64,
    /// Places where there was no record that could be read.
    pub damaged: u64,
}

/// Where an archive is written to.
pub struct DedupOutput<'a, W> {
    /// The file.
    pub out: W,
    /// The name that it has in the index.
    pub filename: &'a str,
    /// Whether it is compressed, by gzip.
    pub is_compressed: bool,
    /// The time of new records, as RFC 3339 has it.
    pub now: &'a str,
}

/// What was done.
#[derive(Debug)]
pub struct Deduplicated {
    /// How many records there were.
    pub counts: DedupCounts,
    /// The lines of the index, in its order.
    pub cdx: Vec<String>,
}

/// Copies an archive, without what it has twice. What cannot be read is left out, and counted.
/// `near_duplicates` has them by the number of their record, and `progress` is called with the bytes of the input
/// that were read.
///
/// A payload of more than 64 MiB is not compared.
///
/// # Errors
/// Those of the system, and a record of more than 64 MiB that is not in a member of its own, or is to be
/// compressed anew.
pub fn deduplicate(
    input: &Path,
    output: DedupOutput<'_, impl Write>,
    near_duplicates: &HashMap<u64, NearDuplicate>,
    mut progress: impl FnMut(u64),
) -> io::Result<Deduplicated> {
    let mut reader = WarcReader::new(File::open(input)?);
    let mut copied = File::open(input)?;
    let mut archive = Archive {
        out: WarcWriter::new(output.out, output.is_compressed),
        filename: output.filename,
        now: output.now,
        payloads: HashMap::new(),
        counts: DedupCounts::default(),
        cdx: Vec::new(),
    };
    while let Some(next) = reader.next(|_| MAX_BLOCK_BYTES)? {
        match next {
            Err(_) => archive.counts.damaged += 1,
            Ok(record) => {
                let near_duplicate = near_duplicates.get(&record.place.number);
                let is_compressed = reader.is_compressed();
                archive.add(&record, &mut copied, is_compressed, near_duplicate)?;
            }
        }
        progress(reader.position());
    }
    archive.cdx.sort_unstable();
    Ok(Deduplicated {
        counts: archive.counts,
        cdx: archive.cdx,
    })
}

/// The capture that a revisit names.
pub(super) struct FirstCapture {
    /// Its URL.
    pub uri: String,
    /// Its time.
    pub date: String,
    /// The id of its record.
    pub id: Option<String>,
}

/// The archive that is written.
struct Archive<'a, W> {
    out: WarcWriter<W>,
    filename: &'a str,
    now: &'a str,
    /// The first capture of each payload.
    payloads: HashMap<Vec<u8>, FirstCapture>,
    counts: DedupCounts,
    cdx: Vec<String>,
}

impl<W: Write> Archive<'_, W> {
    /// Writes a record, or what takes its place.
    fn add(
        &mut self,
        record: &WarcRecord,
        input: &mut File,
        is_compressed: bool,
        near_duplicate: Option<&NearDuplicate>,
    ) -> io::Result<()> {
        self.counts.records += 1;
        let kind = record.kind();
        let response = match kind == "response" && record.is_whole() {
            true => HttpResponse::parse(&record.block),
            false => None,
        };
        let payload = response.as_ref().map(|response| response.payload);
        let stated = record.fields.get("WARC-Payload-Digest");
        let label = match (stated, payload) {
            (Some(stated), _) => stated.to_owned(),
            (None, Some(payload)) => digest::label(payload),
            (None, None) => String::new(),
        };
        if let Some(response) = &response
            && let Some(first) = self.first_capture(record, response.payload)
        {
            let header = revisit(record, response, &label, first);
            let written = self.out.record(&header, response.head)?;
            self.counts.revisits += 1;
            self.counts.saved_bytes += response.payload.len() as u64;
            self.index(record, "revisit", &label, &written, None);
            return Ok(());
        }
        let written = self.copy(record, input, is_compressed)?;
        self.index(record, &kind, &label, &written, near_duplicate);
        if let Some(near_duplicate) = near_duplicate {
            let (header, block) = metadata(record, near_duplicate, self.now)?;
            self.out.record(&header, &block)?;
            self.counts.near_duplicates += 1;
        }
        Ok(())
    }

    /// Returns the earlier capture with the same payload, or notes this one as the first.
    fn first_capture(&mut self, record: &WarcRecord, payload: &[u8]) -> Option<&FirstCapture> {
        if payload.is_empty() {
            return None;
        }
        let this = FirstCapture {
            uri: record.target_uri().to_owned(),
            date: record.date().to_owned(),
            id: record.fields.get("WARC-Record-ID").map(str::to_owned),
        };
        let mut is_first = false;
        let first = self
            .payloads
            .entry(digest::key(payload))
            .or_insert_with(|| {
                is_first = true;
                this
            });
        // A revisit is found by URL and time, so it must not have those of what it names.
        let is_same = record.target_uri() == first.uri && record.date() == first.date;
        (!is_first && !is_same).then_some(first)
    }

    /// Writes a record as it is.
    fn copy(
        &mut self,
        record: &WarcRecord,
        input: &mut File,
        is_compressed: bool,
    ) -> io::Result<Range<u64>> {
        match &record.span {
            Some(span)
                if is_compressed == self.out.is_compressed() && self.is_gzip(input, span)? =>
            {
                input.seek(SeekFrom::Start(span.start))?;
                self.out.copy(&mut input.take(span.end - span.start))
            }
            _ if record.is_whole() => self.out.record(&record.header, &record.block),
            _ => {
                let why = format!(
                    "the record at byte {} is longer than {} MiB, and would have to be compressed anew",
                    record.place.offset,
                    MAX_BLOCK_BYTES >> 20
                );
                Err(io::Error::new(io::ErrorKind::InvalidData, why))
            }
        }
    }

    /// Whether bytes of a compressed input can be copied: those of Zstandard need its dictionary.
    fn is_gzip(&self, input: &mut File, span: &Range<u64>) -> io::Result<bool> {
        if !self.out.is_compressed() {
            return Ok(true);
        }
        input.seek(SeekFrom::Start(span.start))?;
        let mut magic = [0; 2];
        input.read_exact(&mut magic)?;
        Ok(magic == [0x1f, 0x8b])
    }

    fn index(
        &mut self,
        record: &WarcRecord,
        kind: &str,
        digest: &str,
        written: &Range<u64>,
        near_duplicate: Option<&NearDuplicate>,
    ) {
        let line = cdx::line(record, kind, digest, written, self.filename, near_duplicate);
        self.cdx.extend(line);
    }
}
