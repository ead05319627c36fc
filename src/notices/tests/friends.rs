//! What looks like a notice and is none, and what credits a photo.

use super::{TABLE, check_none};

#[test]
fn rights_footers() {
    check_none("No part of this may be republished without written consent");
    check_none("All rights reserved.");
    check_none("Nachdruck, auch auszugsweise, nur mit Genehmigung des Verlags.");
    check_none("Toute reproduction interdite sans autorisation de la rédaction");
    check_none("Prohibida la reproducción total o parcial sin autorización");
    check_none("© Riproduzione riservata");
    check_none("Wszelkie prawa zastrzeżone.");
    check_none("Перепечатка материалов без разрешения редакции запрещена");
    check_none("未经授权不得转载");
    check_none("無断転載を禁じます");
    check_none("무단 전재 및 재배포 금지");
    check_none("جميع الحقوق محفوظة");
}

#[test]
fn counters_books_and_people() {
    check_none("This story has been shared 4,120 times.");
    check_none("Her first novel was originally published in Paris in 1954.");
    check_none("Con información de Ana Prado y Luis Mora");
    check_none("A source close to the council said so");
    check_none("This article is published by Harbor Professional.");
}

fn check_photo(text: &str, expected: &[&str]) {
    let text = format!("A crane at work in the harbor.\n{text}\n\nThe council met on Tuesday.");
    let credits: Vec<String> = TABLE
        .search(&text, &[])
        .1
        .into_iter()
        .map(|credit| credit.outlet)
        .collect();
    assert_eq!(credits, expected, "{text}");
    assert_eq!(TABLE.find(&text, &[]), [], "{text}");
}

#[test]
fn photos_are_credited_apart() {
    check_photo("Credit…Ann Lee/The Harbor Post", &["The Harbor Post"]);
    check_photo("Foto: dpa", &["dpa"]);
    check_photo("[사진 출처 = 연합뉴스]", &["Yonhap"]);
    check_photo("Photo: Ann Lee/Reuters", &["Reuters"]);
    check_photo("© Getty Images", &[]);
    check_photo("图片来源：新华社", &["Xinhua"]);
    check_photo("Фото: РИА Новости", &["РИА Новости"]);
}
