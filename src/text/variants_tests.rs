//! Sentences of invented news, each spelled in other ways, have the same shingles.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::shingles;

/// A way to spell a text: what is left of it after some chance, a number for each character.
type Respell = fn(&str, &[u8]) -> String;

/// Replaces some texts by others, in order.
fn replace(text: &str, pairs: &[(&str, &str)]) -> String {
    let one = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    pairs.iter().fold(text.to_owned(), one)
}

/// Inserts texts after some of the letters.
fn insert(text: &str, chance: &[u8], inserted: &[&str]) -> String {
    let spelled = text
        .chars()
        .zip(chance.iter().cycle())
        .map(|(letter, &chance)| {
            let is_here = letter.is_alphabetic() && chance % 3 == 0;
            let after = inserted[usize::from(chance) % inserted.len()];
            format!("{letter}{}", if is_here { after } else { "" })
        });
    spelled.collect()
}

fn without_accents(text: &str) -> String {
    let bare: String = text.nfd().filter(|&c| !is_combining_mark(c)).collect();
    replace(
        &bare,
        &[("ł", "l"), ("Ł", "L"), ("ı", "i"), ("ø", "o"), ("đ", "d")],
    )
}

const ARABIC: &str = "أعلنت بلدية المرفأ أن السفينة القديمة ستعود إلى الخليج في بداية الصيف وقال الصياد إنه رأى مدرسة كبيرة على الضفة الأخرى مئة مرة";
const GERMAN: &str = "Die Fähre fährt über den Fluß und die größte Möwe hütet künftig süße Brötchen außerdem geöffnet zurück Bäckerin Äpfel Öl Übung";
const FRENCH: &str = "L'été dernier l'équipage d'un bateau a déclaré qu'aujourd'hui l'œuvre n'était pas terminée à cause d'une fenêtre où naît la forêt";

/// Each kind: its name, words, and how they are spelled otherwise.
const KINDS: [(&str, &str, Respell); 26] = [
    ("tatweel", ARABIC, |text, chance| {
        insert(text, chance, &["ـ", "ــ"])
    }),
    ("Arabic points", ARABIC, |text, chance| {
        insert(text, chance, &["َ", "ُ", "ِ", "ّ", "ْ", "ً"])
    }),
    ("hamza", ARABIC, |text, _| {
        replace(text, &[("أ", "ا"), ("إ", "ا")])
    }),
    ("final yeh", ARABIC, |text, _| {
        replace(text, &[("ي ", "ى ")])
    }),
    ("teh marbuta", ARABIC, |text, _| {
        replace(text, &[("ة", "ه")])
    }),
    (
        "Persian yeh and kaf",
        "وزیر گفت که کتاب‌های تازه‌ی شهر تا پایان کار می‌رسند",
        |text, _| replace(text, &[("ی", "ي"), ("ک", "ك")]),
    ),
    (
        "zero-width non-joiner",
        "وزیر گفت که کتاب‌های تازه‌ی شهر تا پایان کار می‌رسند",
        |text, _| replace(text, &[("\u{200c}", "")]),
    ),
    (
        "blank for the zero-width non-joiner",
        "وزیر گفت که کتاب‌های تازه‌ی شهر تا پایان کار می‌رسند بزرگ‌ترین خانه‌ها نمی‌ماند گفته‌اند",
        |text, _| replace(text, &[("\u{200c}", " ")]),
    ),
    (
        "Hebrew points",
        "ראש העיר אמר כי הגשר החדש ייפתח לפני סוף השנה",
        |text, chance| insert(text, chance, &["ָ", "ֹ", "ּ", "ִ"]),
    ),
    (
        "Greek capitals",
        "Ο υπουργός δήλωσε ότι η νέα γέφυρα της παλιάς πόλης ανοίγει αύριο όλες τις ημέρες Μαΐου",
        |text, _| without_accents(text).to_uppercase(),
    ),
    (
        "Turkish capitals",
        "İzmir limanında ıssız kıyıya gelen ışıklı gemi kırık direğini değiştirdi",
        |text, _| replace(text, &[("i", "İ")]).to_uppercase(),
    ),
    (
        "Turkish without dots",
        "İzmir limanında ıssız kıyıya gelen ışıklı gemi kırık direğini değiştirdi",
        |text, _| without_accents(text),
    ),
    ("French accents", FRENCH, |text, _| without_accents(text)),
    (
        "Portuguese accents",
        "A câmara não aprovou ações à população após três sessões do avô e da avó",
        |text, _| without_accents(text),
    ),
    (
        "Polish accents",
        "Żółta łódź płynęła źle przez wąską cieśninę aż do późnej nocy i ćmy",
        |text, _| without_accents(text),
    ),
    (
        "Scandinavian letters",
        "Færgen sejlede for første gang over søen fra København til Århus",
        |text, _| replace(text, &[("æ", "ae"), ("ø", "oe"), ("å", "a"), ("Å", "A")]),
    ),
    (
        "Vietnamese accents",
        "Chiếc tàu cũ được kéo khỏi đáy vịnh vào đầu mùa hè tới",
        |text, _| without_accents(text),
    ),
    ("umlauts with e", GERMAN, |text, _| {
        let small = [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")];
        replace(
            &replace(text, &small),
            &[("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")],
        )
    }),
    ("umlauts without dots", GERMAN, |text, _| {
        without_accents(text)
    }),
    ("typographic apostrophe", FRENCH, |text, _| {
        replace(text, &[("'", "’")])
    }),
    ("apostrophe as a reference", FRENCH, |text, chance| {
        let references = ["&#8217;", "&rsquo;", "&#39;", "&#x27;", "&apos;"];
        let reference = references[usize::from(chance[0]) % references.len()];
        replace(text, &[("'", reference)])
    }),
    ("apostrophe escaped twice", FRENCH, |text, _| {
        replace(text, &[("'", "&amp;#039;")])
    }),
    ("letters as references", FRENCH, |text, _| {
        replace(
            text,
            &[("é", "&eacute;"), ("à", "&amp;agrave;"), ("ê", "&#234;")],
        )
    }),
    (
        "yo",
        "Ёлка ещё зелёная а пёстрый клён у моря всё жёлтый и её полёт далёк",
        |text, _| replace(text, &[("ё", "е"), ("Ё", "Е")]),
    ),
    (
        "ligatures",
        "The first official flew off after five fine films about fluffy fish",
        |text, _| replace(text, &[("ffi", "ﬃ"), ("ff", "ﬀ"), ("fi", "ﬁ"), ("fl", "ﬂ")]),
    ),
    (
        "width and digits",
        "In 1945 some 30 boats left port 7 for the far coast",
        |text, chance| {
            let digits = [0xff10, 0x660, 0x6f0, 0x966];
            let zero = digits[usize::from(chance[0]) % digits.len()];
            let wide = |c: char| match c.to_digit(10) {
                Some(digit) => char::from_u32(zero + digit),
                None if c.is_ascii_alphabetic() => char::from_u32(u32::from(c) - 0x20 + 0xff00),
                None => Some(c),
            };
            text.chars().filter_map(wide).collect()
        },
    ),
];

proptest! {
    #[test]
    fn a_text_spelled_otherwise_has_the_same_shingles(
        order in prop::collection::vec(any::<prop::sample::Index>(), 8..60),
        chance in prop::collection::vec(any::<u8>(), 50),
    ) {
        for (kind, words, respell) in KINDS {
            let words: Vec<&str> = words.split(' ').collect();
            let text: Vec<&str> = order.iter().map(|at| words[at.index(words.len())]).collect();
            let text = text.join(" ") + " ";
            let respelled = respell(&text, &chance);
            let (read, again) = (shingles("", &text, &[]), shingles("", &respelled, &[]));
            prop_assert_eq!(read.as_slice(), again.as_slice(), "{}: {}", kind, respelled);
            prop_assert_eq!(read.windows(), again.windows(), "{}: {}", kind, respelled);
        }
    }
}

/// Every kind changes its words; otherwise the test above would show nothing.
#[test]
fn every_kind_changes_something() {
    for (kind, words, respell) in KINDS {
        assert_ne!(respell(words, &[0, 3, 6, 9, 12, 15]), words, "{kind}");
    }
}

/// What other words are, others stay.
#[test]
fn words_are_not_merged_without_need() {
    for (one, other) in [
        ("vue", "vu"),
        ("neue", "neu"),
        ("Quelle", "Qulle"),
        ("कमल", "कमाल"),
        ("がく", "かく"),
        ("ดี", "ดา"),
        ("ברק", "ברך"),
        ("علم", "عالم"),
    ] {
        assert_ne!(
            shingles("", one, &[]),
            shingles("", other, &[]),
            "{one} {other}"
        );
    }
}
