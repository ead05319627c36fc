//! One test a language.

use super::check;
use crate::notices::Signal::*;

#[test]
fn english() {
    check(
        "This story was originally published by The Harbor Post on May 5, 2020.",
        FirstAppeared,
        "The Harbor Post",
    );
    check(
        "First published in the Northern Echo",
        FirstAppeared,
        "Northern Echo",
    );
    check(
        "This article is republished from The Lantern under a Creative Commons license. Read the original article.",
        Republished,
        "The Lantern",
    );
    check(
        "Reprinted with permission from The Harbor Post.",
        Republished,
        "The Harbor Post",
    );
    check(
        "Cross-posted from Riverside Weekly",
        Republished,
        "Riverside Weekly",
    );
    check("Courtesy of the Harbor Post", Republished, "Harbor Post");
    check("via Harbor Post", Republished, "Harbor Post");
    check(
        "This story has been indexed to our site. We do not claim ownership of any of the above. To see it at the original source Click Here",
        Indexed,
        "",
    );
    check(
        "Read the original article at The Harbor Post",
        ReadOriginal,
        "The Harbor Post",
    );
    check("Article source: Harbor Post", Credit, "Harbor Post");
    check(
        "(c) 2020 The Harbor Post. Distributed by Tribune Content Agency, LLC.",
        Syndicated,
        "Tribune Content Agency",
    );
    check(
        "The Associated Press contributed to this report.",
        Contributed,
        "AP",
    );
    check("With files from The Canadian Press", Contributed, "CP");
    check(
        "The post New bridge planned appeared first on Harbor Post.",
        FeedTail,
        "Harbor Post",
    );
    check(
        "Copyright 2020 The Associated Press. All rights reserved.",
        AgencyRights,
        "AP",
    );
    check(
        "This article was reprinted by The Harbor Post.",
        ReprintedOn,
        "The Harbor Post",
    );
    check("LONDON, Jan 5 (Reuters) -", Dateline, "Reuters");
    check(
        "The mayor agreed, according to Reuters",
        Attribution,
        "Reuters",
    );
    check(
        "This work is licensed under a Creative Commons Attribution 4.0 License",
        Licensed,
        "",
    );
    check("Translated from the French by Anna Weber", Translated, "");
}

#[test]
fn german() {
    check(
        "Dieser Artikel erschien zuerst in der Hafenzeitung.",
        FirstAppeared,
        "Hafenzeitung",
    );
    check(
        "Mit freundlicher Genehmigung von Hafenblick",
        Republished,
        "Hafenblick",
    );
    check("Quelle: dpa", Credit, "dpa");
    check("(Quelle: Hafenblick)", Credit, "Hafenblick");
    check("Mit Material von AFP", Contributed, "AFP");
    check("Berlin (dpa) -", Dateline, "dpa");
    check(
        "Den vollständigen Artikel lesen auf Hafenblick.de",
        ReadOriginal,
        "Hafenblick.de",
    );
    check(
        "Der Beitrag Neue Brücke erschien zuerst auf Hafenblick.",
        FeedTail,
        "Hafenblick",
    );
}

#[test]
fn french() {
    check(
        "Cet article a d'abord été publié sur Le Quai.",
        FirstAppeared,
        "Le Quai",
    );
    check(
        "Article reproduit avec l'aimable autorisation de Le Quai",
        Republished,
        "Le Quai",
    );
    check("Source : Le Quai", Credit, "Le Quai");
    check("(avec AFP)", Contributed, "AFP");
    check("PARIS (AFP) -", Dateline, "AFP");
    check(
        "Lire l'article original sur Le Quai",
        ReadOriginal,
        "Le Quai",
    );
}

#[test]
fn spanish() {
    check(
        "Este artículo fue publicado originalmente en El Muelle.",
        FirstAppeared,
        "El Muelle",
    );
    check("Tomado de El Muelle", Republished, "El Muelle");
    check("Fuente: EFE", Credit, "EFE");
    check(
        "Con información de Europa Press",
        Contributed,
        "Europa Press",
    );
    check(
        "El puente se abrirá en mayo, según informa Europa Press",
        Attribution,
        "Europa Press",
    );
    check(
        "La entrada Nuevo puente se publicó primero en El Muelle.",
        FeedTail,
        "El Muelle",
    );
    check(
        "Lea el artículo original en El Muelle",
        ReadOriginal,
        "El Muelle",
    );
}

#[test]
fn portuguese() {
    check(
        "Este texto foi publicado originalmente no Jornal do Cais.",
        FirstAppeared,
        "Jornal do Cais",
    );
    check("Fonte: Agência Brasil", Credit, "Agência Brasil");
    check(
        "Com informações da Agência Brasil",
        Contributed,
        "Agência Brasil",
    );
    check(
        "O post Nova ponte apareceu primeiro em Jornal do Cais.",
        FeedTail,
        "Jornal do Cais",
    );
    check(
        "Leia a matéria original no Jornal do Cais",
        ReadOriginal,
        "Jornal do Cais",
    );
}

#[test]
fn italian() {
    check(
        "Questo articolo è stato pubblicato originariamente su Il Molo.",
        FirstAppeared,
        "Il Molo",
    );
    check("Per gentile concessione di Il Molo", Republished, "Il Molo");
    check("Fonte: ANSA", Credit, "ANSA");
    check("(ANSA) - ROMA, 5 MAG -", Dateline, "ANSA");
    check(
        "L'articolo Nuovo ponte proviene da Il Molo.",
        FeedTail,
        "Il Molo",
    );
    check(
        "Leggi l'articolo originale su Il Molo",
        ReadOriginal,
        "Il Molo",
    );
}

#[test]
fn dutch() {
    check(
        "Dit artikel verscheen eerder in De Kade.",
        FirstAppeared,
        "De Kade",
    );
    check(
        "Overgenomen met toestemming van De Kade",
        Republished,
        "De Kade",
    );
    check("Bron: ANP", Credit, "ANP");
    check(
        "Lees het originele artikel op De Kade",
        ReadOriginal,
        "De Kade",
    );
    check(
        "Het bericht Nieuwe brug verscheen eerst op De Kade.",
        FeedTail,
        "De Kade",
    );
}

#[test]
fn polish() {
    check(
        "Artykuł ukazał się pierwotnie w Gazecie Portowej.",
        FirstAppeared,
        "Gazecie Portowej",
    );
    check(
        "Przedruk za zgodą Gazety Portowej",
        Republished,
        "Gazety Portowej",
    );
    check("Źródło: PAP", Credit, "PAP");
    check(
        "Artykuł Nowy most pochodzi z serwisu Nabrzeże.",
        FeedTail,
        "Nabrzeże",
    );
}

#[test]
fn russian_and_ukrainian() {
    check(
        "Статья впервые опубликована в журнале «Причал».",
        FirstAppeared,
        "Причал",
    );
    check("Источник: Интерфакс", Credit, "Интерфакс");
    check("По материалам РИА Новости", Credit, "РИА Новости");
    check("МОСКВА, 5 мая. /ТАСС/.", Dateline, "ТАСС");
    check(
        "Мост откроют в мае, сообщает РИА Новости",
        Attribution,
        "РИА Новости",
    );
    check("Читать оригинал статьи на Причал", ReadOriginal, "Причал");
    check("Джерело: Укрінформ", Credit, "Ukrinform");
    check(
        "Стаття вперше опублікована в журналі «Причал».",
        FirstAppeared,
        "Причал",
    );
}

#[test]
fn czech_and_slovak() {
    check(
        "Článek původně vyšel v deníku Přístav.",
        FirstAppeared,
        "Přístav",
    );
    check("Převzato z Přístav", Republished, "Přístav");
    check("Zdroj: ČTK", Credit, "ČTK");
    check("Zdroj: TASR", Credit, "TASR");
}

#[test]
fn greek_and_turkish() {
    check(
        "Το άρθρο δημοσιεύτηκε αρχικά στο Λιμάνι.",
        FirstAppeared,
        "Λιμάνι",
    );
    check("Πηγή: ΑΠΕ-ΜΠΕ", Credit, "ΑΠΕ-ΜΠΕ");
    check("ΠΗΓΗ: Λιμάνι", Credit, "Λιμάνι");
    check("Αναδημοσίευση από το Λιμάνι", Republished, "Λιμάνι");
    check("Kaynak: Anadolu Ajansı", Credit, "Anadolu");
    check(
        "Bu yazı ilk olarak Liman Gazetesi sitesinde yayımlanmıştır",
        FirstAppeared,
        "Liman Gazetesi",
    );
}

#[test]
fn arabic_persian_hebrew() {
    check("المصدر: رويترز", Credit, "Reuters");
    check("نقلا عن صحيفة الميناء", Republished, "الميناء");
    check(
        "نشر هذا المقال أولا في صحيفة الميناء",
        FirstAppeared,
        "الميناء",
    );
    check("واس - الرياض:", Dateline, "SPA");
    check("منبع: ایرنا", Credit, "IRNA");
    check("به نقل از خبرگزاری مهر", Republished, "Mehr");
    check("מקור: רויטרס", Credit, "Reuters");
    check("המאמר פורסם לראשונה באתר הנמל", FirstAppeared, "הנמל");
}

#[test]
fn hindi() {
    check("स्रोत: पीटीआई", Credit, "PTI");
    check("साभार: बंदरगाह टाइम्स", Republished, "बंदरगाह टाइम्स");
}

#[test]
fn chinese() {
    check("（本文来源：港口日报）", Credit, "港口日报");
    check("来源：新华网", Credit, "Xinhua");
    check(
        "本文转载自港口日报，版权归原作者所有。",
        Republished,
        "港口日报",
    );
    check("本文首发于港口日报。", FirstAppeared, "港口日报");
    check("中新社北京1月12日电", Dateline, "中新社");
    check("本文原刊於《港口日報》", FirstAppeared, "港口日報");
    check("來源：中央社", Credit, "中央社");
    check("據路透社報導", Attribution, "Reuters");
}

#[test]
fn japanese_and_korean() {
    check("出典：港新聞", Credit, "港新聞");
    check("（情報提供元：港新聞）", Republished, "港新聞");
    check("初出：港新聞", FirstAppeared, "港新聞");
    check("출처: 연합뉴스", Credit, "Yonhap");
    check("(서울=연합뉴스) 김하나 기자 =", Dateline, "Yonhap");
}

#[test]
fn south_east_asia() {
    check("Nguồn: TTXVN", Credit, "VNA");
    check(
        "Bài viết được đăng lần đầu trên Bến Cảng",
        FirstAppeared,
        "Bến Cảng",
    );
    check("ที่มา: ท่าเรือนิวส์", Credit, "ท่าเรือนิวส์");
    check("Sumber: Antara", Credit, "Antara");
    check(
        "Artikel ini telah tayang di Kabar Pelabuhan",
        FirstAppeared,
        "Kabar Pelabuhan",
    );
    check(
        "Dikutip dari Kabar Pelabuhan",
        Republished,
        "Kabar Pelabuhan",
    );
}

#[test]
fn the_north() {
    check("Källa: TT", Credit, "TT");
    check(
        "Artikeln publicerades först i Hamnbladet.",
        FirstAppeared,
        "Hamnbladet",
    );
    check("Kilde: NTB", Credit, "NTB");
    check(
        "Artikkelen ble først publisert i Havneavisen.",
        FirstAppeared,
        "Havneavisen",
    );
    check(
        "Artiklen blev først bragt i Havneavisen.",
        FirstAppeared,
        "Havneavisen",
    );
    check("Lähde: STT", Credit, "STT");
    check("(NTB)", Credit, "NTB");
}

#[test]
fn romanian_hungarian_bulgarian() {
    check("Sursa: Agerpres", Credit, "Agerpres");
    check(
        "Articolul a fost publicat inițial în Portul.",
        FirstAppeared,
        "Portul",
    );
    check("Forrás: MTI", Credit, "MTI");
    check("Източник: БТА", Credit, "BTA");
}
