//! Tells files that are no pages, such as pictures and PDF, from pages.

/// How many characters are looked at, as in the resource header of the MIME Sniffing Standard, section 5.
const LOOKED_AT: usize = 1445;
/// How files that may consist of text begin: PDF, PostScript, RTF.
const TEXTUAL: [&str; 3] = ["%PDF-", "%!PS-Adobe-", "{\\rtf"];
/// One character in this many is a control in files that are no text. Of compressed bytes one in ten is.
const CONTROL_IN: usize = 40;
/// So few controls are slips of a page.
const FEW: usize = 8;

/// Whether what was sent as a page is a file of another kind, decoded to text by whichever means: it begins
/// like one, or has many control characters, which the MIME Sniffing Standard calls binary data bytes.
pub(super) fn is_binary(page: &str) -> bool {
    let begin = page.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let (mut all, mut controls) = (0, 0);
    for c in begin.chars().take(LOOKED_AT) {
        all += 1;
        controls += usize::from(is_binary_data(c));
    }
    (controls > FEW && controls * CONTROL_IN > all)
        || TEXTUAL.iter().any(|mark| begin.starts_with(mark))
}

/// Whether a character is in no text: a control that is neither white space nor an escape.
fn is_binary_data(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1a}' | '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::super::{decode, read};
    use super::*;

    /// Bytes as compression makes them: any is as likely as another.
    fn compressed() -> impl Iterator<Item = u8> {
        let mut state = 7_u32;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
    }

    #[test]
    fn files_of_other_kinds_are_no_pages() {
        for begin in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..],
            b"\xff\xd8\xff\xe0\0\x10JFIF\0",
            b"GIF89a\x01\0\x01\0",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            b"PK\x03\x04\x14\0\0\0\x08\0",
            b"%PDF-1.7\n",
            b"",
        ] {
            let bytes: Vec<u8> = begin
                .iter()
                .copied()
                .chain(compressed().take(4000))
                .collect();
            for text in [
                decode(&bytes, None).0,
                String::from_utf8_lossy(&bytes).into_owned(),
            ] {
                assert!(is_binary(&text), "{begin:?}");
                assert_eq!(read(&text, "https://one.example/a", &|_| true).text, "");
            }
        }
        let plain = "%PDF-1.4\n1 0 obj << /Type /Catalog >>\nstream BT (The old landing) Tj";
        assert!(is_binary(plain) && is_binary(&format!("\n{plain}")));
    }

    #[test]
    fn pages_with_some_controls_are_pages() {
        let page = "<p>The council voted to close the old landing for two years.</p>\r\n";
        for text in [
            "",
            page,
            &page.replace("old", "\u{b}old"),
            &page.replace("old", "\u{fffd}\u{fffd}ld"),
            &format!("<!-- %PDF- -->{page}"),
            "\u{1b}$B日本\u{1b}(B",
        ] {
            assert!(!is_binary(text), "{text:?}");
        }
    }
}
