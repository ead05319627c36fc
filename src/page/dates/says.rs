//! What an element, or the words beside a date, say of it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

use crate::page::hints;
use crate::page::tree::{Element, NodeId, Tree};

/// What a date is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    Nothing,
    Published,
    Modified,
    /// Of something else: when a reader joined, an event begins, an offer ends.
    Other,
    /// Of a change, if there is one of publication as well: microformats call the only date `updated`.
    Updated,
}

/// Beginnings of the words by which pages say, before a date, that the article was changed then. Not
/// those of words for news, as `actualidad` and `aktuality`.
const CHANGES: &str = "\
    updated, last update, update:, modif, revised, revisi, revisado, révis, reviewed, \
    last edited, edited on, edited:, changed, last changed, aktualis, aktualiz, geändert, \
    bearbeitet, überarbeitet, stand:, à jour, actualis, actualiz, aggiorn, atualiz, bijgewerkt, \
    gewijzigd, uppdat, ändrad, opdat, ændret, oppdat, endret, päivitet, päivity, muokattu, \
    uuenda, muudet, atjauno, labots, atnauj, pakeist, zmodyf, upraven, frissít, módosít, \
    ažurir, izmijen, обновл, измен, редакт, оновл, змінен, актуализ, промен, ενημέρ, ενημερώ, \
    ανανέω, τροποπ, güncelle, yenilən, թարմաց, განახლ, עודכן, עדכון, تحديث, تعديل, روزرسانی, \
    به روز, ویرایش, अपडेट, अद्यतन, আপডেট, হালনাগাদ, อัปเดต, อัพเดท, แก้ไข, cập nhật, diperbar, \
    pembaruan, kemas kini, 更新, 修改, 修订, 修訂, 改訂, 업데이트, 수정";
/// The same, of publication.
const PUBLICATIONS: &str = "\
    publish, publié, publie, publica, publice, publicē, publis, publik, publiz, posted, post time, issued, \
    created, written, veröffentlicht, erstellt, erschienen, eingestellt, datum, mise en ligne, \
    mis en ligne, paru le, parution, gepubl, geplaatst, postado, pubblic, inserito, creado, \
    opubl, dodano, utworz, zveřejn, vydáno, uverejn, objav, megjelen, közzét, postat, \
    offentligg, utgitt, udgivet, julkaist, avaldat, ievietots, paskelbt, опубл, размещ, добавл, \
    отправл, создан, дата, розміщ, додано, публик, δημοσ, ανάρτησ, αναρτή, yayın, eklenme, \
    dərc, հրապարակ, გამოქვეყნ, פורסם, نشر, انتشار, شائع, प्रकाशित, প্রকাশ, เผยแพร่, ลงวันที่, \
    đăng, xuất bản, terbit, diterbit, dipublik, tayang, 发布, 發布, 发表, 發表, 發佈, 刊登, 公開, 掲載, 投稿, 配信, \
    入力, 입력, 등록, 게시, 작성, 入稿";
/// The same, of other things.
const OTHERS: &str = "\
    joined, registered:, registered on, member since, registriert, mitglied seit, dabei seit, \
    beigetreten, inscrit le, membre depuis, miembro desde, registrado, membro dal, iscritto, \
    rejestr, dołączył, регистр, зарегистр, deadline:, expires, release date, in theaters, \
    kinostart, born:, born on, geboren, founded:, gegründet, valid until, event date, starts:, \
    ends:, beginn:, ende:, bewerbungsfrist, gültig bis, date limite, scadenza";
/// What East Asia writes right after a date: that it is of a change, or of publication.
const CHANGES_AFTER: &str = "更新, 修改, 改訂, 수정";
const PUBLICATIONS_AFTER: &str =
    "公開, 掲載, 投稿, 配信, 発表, 发布, 發布, 发表, 發表, 發佈, 입력, 등록";

/// The wordings, by their first characters.
static WORDINGS: LazyLock<HashMap<char, Vec<(&str, Says)>>> = LazyLock::new(|| {
    let lists = [
        (PUBLICATIONS, Says::Published),
        (CHANGES, Says::Modified),
        (OTHERS, Says::Other),
    ];
    let mut wordings: HashMap<char, Vec<(&str, Says)>> = HashMap::new();
    for (list, says) in lists {
        for wording in list.split(", ") {
            let first = wording.chars().next().unwrap_or_default();
            wordings.entry(first).or_default().push((wording, says));
        }
    }
    wordings
});

/// Returns what the words before a date say. Of several, the last of [`Says`] counts.
pub(super) fn says(words: &str) -> Says {
    let words = words.to_lowercase();
    let mut found = Says::Nothing;
    let mut is_within_word = false;
    for (at, first) in words.char_indices() {
        let begins = !is_within_word || !is_spaced(first);
        is_within_word = first.is_alphanumeric();
        let wordings = WORDINGS.get(&first).filter(|_| begins);
        for (wording, says) in wordings.into_iter().flatten() {
            if words[at..].starts_with(wording) {
                found = found.max(*says);
            }
        }
    }
    found
}

/// Whether a character is of a script in which words are divided, and have no articles joined to them:
/// Latin, Greek, Cyrillic, Armenian or Georgian.
fn is_spaced(c: char) -> bool {
    matches!(c, '\0'..='\u{58F}' | '\u{10A0}'..='\u{10FF}' | '\u{1E00}'..='\u{1FFF}')
}

/// Returns what the words right after a date say, and how many bytes these are.
pub(super) fn says_after(words: &str) -> (Says, usize) {
    let rest =
        words.trim_start_matches(|c: char| c.is_whitespace() || "()[]【】「」:：".contains(c));
    let skipped = words.len() - rest.len();
    let said = |list: &str| {
        list.split(", ")
            .find(|word| rest.starts_with(word))
            .map(str::len)
    };
    match (said(CHANGES_AFTER), said(PUBLICATIONS_AFTER)) {
        (Some(length), _) => (Says::Modified, skipped + length),
        (_, Some(length)) => (Says::Published, skipped + length),
        (None, None) => (Says::Nothing, 0),
    }
}

/// Words in names of classes that say of an element that it has a date.
const DATE_LABELS: &str = "\
    date datum fecha data time timestamp datetime dateline byline posted published publish pubdate \
    pubtime publication created meta postmeta entrymeta submitted timeago";
/// The same, of the date of publication, and of changes.
const PUBLISHED_LABELS: &str =
    "published publish pubdate pubtime publication datepublished posted issued";
const MODIFIED_LABELS: &str = "modified datemodified changed revised lastmod aktualisiert";
const UPDATED_LABELS: &str = "updated update";
/// Longer lists of labels are generated by programs.
const MAX_LABELS: usize = 400;

/// What the classes of an element, or of those around it, say.
pub(super) struct Labels {
    pub says: Says,
    pub has_date: bool,
    /// A hash of them, by which lists are found.
    pub hash: u64,
}

impl Labels {
    pub fn of(element: &Element) -> Self {
        let labels = [element.attribute("class"), element.attribute("id")];
        let labels = labels
            .into_iter()
            .filter(|labels| labels.len() <= MAX_LABELS);
        let words: Vec<String> = labels
            .flat_map(str::split_ascii_whitespace)
            // WordPress and Plone: `status-publish`, `state-published`.
            .filter(|label| !label.starts_with("stat"))
            .flat_map(hints::words)
            .collect();
        let has = |list: &str| {
            let mut list = list.split_ascii_whitespace();
            list.any(|label| words.iter().any(|word| word == label))
        };
        let says = match property_says(element) {
            Says::Nothing if has(PUBLISHED_LABELS) => Says::Published,
            Says::Nothing if has(MODIFIED_LABELS) => Says::Modified,
            Says::Nothing if has(UPDATED_LABELS) => Says::Updated,
            said => said,
        };
        let mut hasher = DefaultHasher::new();
        (&*element.name, &words).hash(&mut hasher);
        Self {
            says,
            has_date: has(DATE_LABELS),
            hash: hasher.finish(),
        }
    }

    /// Returns the labels of a node and of the two elements around it.
    pub fn around(tree: &Tree, node: NodeId) -> Self {
        let mut found = Self {
            says: Says::Nothing,
            has_date: false,
            hash: 0,
        };
        let mut node = node;
        for _ in 0..3 {
            let Some(element) = tree.element(node) else {
                break;
            };
            let labels = Self::of(element);
            if found.says == Says::Nothing {
                found.says = labels.says;
            }
            found.has_date |= labels.has_date;
            found.hash = found.hash.rotate_left(7) ^ labels.hash;
            if node == tree.parent(node) {
                break;
            }
            node = tree.parent(node);
        }
        found
    }
}

/// Names of properties: of schema.org, and of Dublin Core, where nothing but a change is told apart.
const PUBLISHED_PROPERTIES: [&str; 9] = [
    "datepublished",
    "datecreated",
    "dateposted",
    "dc:date",
    "dc:created",
    "dc:issued",
    "dcterms:date",
    "dcterms:created",
    "dcterms:issued",
];
const MODIFIED_PROPERTIES: [&str; 3] = ["datemodified", "dc:modified", "dcterms:modified"];

/// What `itemprop` and `property` say.
pub(super) fn property_says(element: &Element) -> Says {
    let property = [element.attribute("itemprop"), element.attribute("property")].concat();
    if property.is_empty() {
        return Says::Nothing;
    }
    let property = property.to_ascii_lowercase();
    let has = |names: &[&str]| names.iter().any(|name| property.contains(name));
    if has(&PUBLISHED_PROPERTIES) {
        Says::Published
    } else if has(&MODIFIED_PROPERTIES) {
        Says::Modified
    } else {
        Says::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_a_date_say_what_it_is() {
        let check = |rows: &[&str], expected: Says| {
            for words in rows {
                assert_eq!(says(words), expected, "{words}");
            }
        };
        check(
            &[
                "Published on",
                "Posted by Ann Poe on",
                "Veröffentlicht am",
                "Publié le",
                "Mise en ligne le",
                "Publicado el",
                "Pubblicato il",
                "Geplaatst op",
                "Publicerad",
                "Udgivet",
                "Julkaistu",
                "Opublikowano:",
                "Dodano:",
                "Zveřejněno",
                "Közzétéve:",
                "Objavljeno",
                "Опубликовано:",
                "Дата публикации:",
                "Додано",
                "Δημοσίευση:",
                "Yayınlanma:",
                "פורסם בתאריך",
                "تاريخ النشر",
                "تاریخ انتشار:",
                "प्रकाशित:",
                "เผยแพร่",
                "Đăng lúc",
                "Diterbitkan",
                "发布时间：",
                "公開日：",
                "기사입력",
                "Paskelbta",
                "Avaldatud",
            ],
            Says::Published,
        );
        check(
            &[
                "Updated",
                "Last modified:",
                "Aktualisiert am",
                "Zuletzt geändert:",
                "Stand:",
                "Mis à jour le",
                "Actualisé le",
                "Actualizado el",
                "Aggiornato il",
                "Atualizado em",
                "Bijgewerkt",
                "Senast ändrad",
                "Sist endret",
                "Päivitetty",
                "Aktualizacja:",
                "Aktualizováno",
                "Frissítve:",
                "Ažurirano",
                "Обновлено:",
                "Оновлено",
                "Ενημερώθηκε:",
                "Güncelleme:",
                "עודכן",
                "آخر تحديث:",
                "अपडेटेड",
                "อัปเดต",
                "Cập nhật",
                "Diperbarui",
                "更新时间：",
                "最終更新：",
                "수정",
            ],
            Says::Modified,
        );
        check(
            &[
                "Registriert:",
                "Joined:",
                "Posts: 12 Member since",
                "Зарегистрирован:",
                "Deadline:",
                "Beginn:",
            ],
            Says::Other,
        );
        // The names of sections, of papers and of what is in the news.
        check(
            &[
                "Le Journal |",
                "Actualidad",
                "Actualités",
                "Atualidade",
                "Aktuality",
                "Aktuelles",
                "Review |",
                "Revista",
                "Güncel",
                "Senaste nytt",
                "Seneste nyt",
                "Public Safety |",
                "Солдата",
                "By Ann Poe",
                "",
            ],
            Says::Nothing,
        );
    }

    #[test]
    fn words_after_a_date_count_in_east_asia() {
        assert_eq!(says_after(" 公開"), (Says::Published, 1 + "公開".len()));
        assert_eq!(says_after("(更新)").0, Says::Modified);
        assert_eq!(says_after(" 등록 | 기자").0, Says::Published);
        assert_eq!(says_after(" published"), (Says::Nothing, 0));
    }
}
