//! Lines of `name: value`, as records and messages of HTTP have them.

/// The first line of a header, and its fields in their order. Bytes that are not UTF-8 become U+FFFD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderFields {
    /// The line before the fields: `WARC/1.1`, `HTTP/1.1 200 OK`.
    pub first_line: String,
    fields: Vec<(String, String)>,
}

impl HeaderFields {
    /// Parses a header, with or without the empty line at its end. A line that begins with a blank continues
    /// the one before it; one without a colon is passed over.
    pub fn parse(header: &[u8]) -> Self {
        let mut lines = header.split(|&byte| byte == b'\n');
        let first_line = lines.next().unwrap_or_default();
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines {
            let continues = line.starts_with(b" ") || line.starts_with(b"\t");
            let line = String::from_utf8_lossy(line.trim_ascii());
            match (continues, fields.last_mut(), line.split_once(':')) {
                (true, Some((_, value)), _) => {
                    value.push(' ');
                    value.push_str(&line);
                }
                (false, _, Some((name, value))) => {
                    fields.push((name.trim_end().to_owned(), value.trim_start().to_owned()));
                }
                _ => {}
            }
        }
        Self {
            first_line: String::from_utf8_lossy(first_line.trim_ascii()).into_owned(),
            fields,
        }
    }

    /// Returns the value of a field; of several with one name, the first. Case does not matter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let (_, value) = fields.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// Returns the media type of `Content-Type`, in lower case and without parameters; empty without one.
    pub fn media_type(&self) -> String {
        media_type(self.get("Content-Type").unwrap_or_default())
    }

    /// Returns all fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Returns a media type in lower case and without parameters.
pub(super) fn media_type(value: &str) -> String {
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_be_folded_and_names_have_no_case() {
        let header = b"WARC/1.1\r\nA: b: c\r\nno colon\r\nLong : d\r\n  e\r\n\tf\r\nA: second\r\nG:\xff\r\n\r\n";
        let fields = HeaderFields::parse(header);
        assert_eq!(fields.first_line, "WARC/1.1");
        assert_eq!(fields.get("a"), Some("b: c"));
        assert_eq!(fields.get("LONG"), Some("d e f"));
        assert_eq!(fields.get("g"), Some("\u{fffd}"));
        assert_eq!(fields.get("no colon"), None);
        assert_eq!(fields.iter().count(), 4);
        assert_eq!(HeaderFields::parse(b""), HeaderFields::default());
    }

    #[test]
    fn a_media_type_has_no_parameters() {
        let check = |value: &str, expected: &str| {
            let header = format!("HTTP/1.1 200\nContent-Type: {value}\n");
            assert_eq!(
                HeaderFields::parse(header.as_bytes()).media_type(),
                expected
            );
        };
        check("Text/HTML; charset=utf-8", "text/html");
        check("text/html ;x", "text/html");
        check("", "");
    }
}
