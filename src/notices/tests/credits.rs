//! Credits known by their form, names of papers, and what only looks like either.

use super::{TABLE, check, check_none, found};
use crate::notices::Signal::{self, *};

/// What stands at the end of the last sentence.
fn check_tail(tail: &str, signal: Signal, outlet: &str) {
    let text = format!("The council met.\n\nA vote is expected next month. {tail}");
    let seen: Vec<_> = found(&text)
        .into_iter()
        .map(|notice| (notice.signal, notice.outlet))
        .collect();
    assert_eq!(seen, [(signal, outlet.to_owned())], "{tail}");
}

#[test]
fn agencies_with_editors_and_papers() {
    check("(jw/AFP)", Credit, "AFP");
    check("mau/dpa", Credit, "dpa");
    check("PAP/ks", Credit, "PAP");
    check("ks, PAP, \"Gazeta Portowa\"", Credit, "PAP");
    check("Redaktion/dpa", Credit, "dpa");
    check("ANSA.it", Credit, "ANSA");
    check("MTI/Kikötő", Credit, "MTI");
    check("Le Quai et AFP", Credit, "AFP");
    check("Reuters, AP", Credit, "Reuters");
    check("PAP - 27-12-2011 10:10", Credit, "PAP");
    check("ČTK, hafen.cz", Credit, "ČTK");
    check("(Ritzau/Reuters)", Credit, "Ritzau");
    check("【AFP＝時事】", Credit, "AFP");
    check("Haber Merkezi / AA", Credit, "Anadolu");
    check("dpa:200312-99-123456/2", AgencyRights, "dpa");
}

#[test]
fn material_of_agencies() {
    check("Le Monde avec AFP", Contributed, "AFP");
    check("La rédaction avec AFP", Contributed, "AFP");
    check("red, hafen.at/Agenturen", Contributed, "");
    check("mit Agenturangaben", Contributed, "");
    check("Redacción / Agencias", Contributed, "");
    check("Da Redação, com agências", Contributed, "");
    check("Staff and agencies", Contributed, "");
    check(
        "With files from Harbor News and The Associated Press",
        Contributed,
        "Harbor News",
    );
    check(
        "Associated Press writer Ann Lee in Paris contributed to this report.",
        Contributed,
        "AP",
    );
}

#[test]
fn at_the_end_of_the_last_sentence() {
    check_tail("AFP", Credit, "AFP");
    check_tail("—Reuters", Credit, "Reuters");
    check_tail("/ AFP e EFE", Credit, "AFP");
    check_tail("(afp/les)", Credit, "AFP");
    check_tail("/dpa/", Credit, "dpa");
}

#[test]
fn papers_in_attributions() {
    check(
        "It closed, according to the Guardian",
        Attribution,
        "Guardian",
    );
    check("Selon Le Parisien, il ferme", Attribution, "Le Parisien");
    check("Das berichtet der Spiegel", Attribution, "Spiegel");
    check(
        "Lo scrive il Corriere della Sera",
        Attribution,
        "Corriere della Sera",
    );
    check("Jak podaje RMF FM, most zamknięto", Attribution, "RMF FM");
}

#[test]
fn capital_articles_stay() {
    check(
        "Originally published in The Gazette",
        FirstAppeared,
        "The Gazette",
    );
    check(
        "Originally published in the Gazette",
        FirstAppeared,
        "Gazette",
    );
    check("Republished from The Gazette", Republished, "The Gazette");
    check("Republished from the Gazette", Republished, "Gazette");
    check(
        "A version of this article appeared in the Gazette on 3 March.",
        FirstAppeared,
        "Gazette",
    );
}

#[test]
fn more_languages() {
    check("Izvor: Tanjug", Credit, "Tanjug");
    check("Preuzeto sa portala Luka", Republished, "Luka");
    check("Vir: STA", Credit, "STA");
    check("Крыніца: Прычал", Credit, "Прычал");
    check("Allikas: Sadam", Credit, "Sadam");
    check("Avots: LETA", Credit, "LETA");
    check("Šaltinis: Uostas", Credit, "Uostas");
    check("ELTA informacija", Credit, "ELTA");
    check("Mənbə: Liman", Credit, "Liman");
    check("წყარო: ნავსადგური", Credit, "ნავსადგური");
    check("Աղբյուրը՝ Նավահանգիստ", Credit, "Նավահանգիստ");
    check("Chanzo: Bandari", Credit, "Bandari");
    check("Pinagmulan: Pantalan", Credit, "Pantalan");
    check("সূত্র: বন্দর", Credit, "বন্দর");
    check("資料來源：港口報", Credit, "港口報");
}

#[test]
fn leave_that_asks_for_a_link_is_no_notice() {
    check_none("Articles may be reprinted only with a link to this site.");
    check_none("Reproduction autorisée avec mention de la source et lien");
    check_none("При использовании материалов активная гиперссылка на сайт обязательна");
    check_none("Передрук матеріалів дозволено лише з посиланням на сайт");
    check_none("Se permite la reproducción siempre que se cite la fuente con enlace.");
}

#[test]
fn people_and_pictures_are_no_credits() {
    check_none("Reporting by Ann Lee; editing by John Roe");
    check_none("Our staff writers contributed to this report.");
    check_none("(AFP/File)");
    check_none("Foto ANSA");
    check_none("Bild: TT");
    check_none("Quelle: epd-bild");
    check_none("Imagen de archivo / EFE");
}

#[test]
fn a_pool_is_no_outlet() {
    let names = |text: &str| -> Vec<String> {
        let credits = TABLE.search(text, &[]).1;
        credits.into_iter().map(|credit| credit.outlet).collect()
    };
    assert_eq!(names("Photo: Pool\n\nThe council met on Tuesday."), [""; 0]);
    assert_eq!(names("Photo: Archive\n\nThe council met."), [""; 0]);
    assert_eq!(names("Foto: AFP/Archiv\n\nThe council met."), ["AFP"]);
    assert_eq!(
        names("Photo: Reuters/Pool\n\nThe council met."),
        ["Reuters"]
    );
}
