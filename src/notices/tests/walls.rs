//! Pages that are no article.

use super::TABLE;

const STORY: &str = "The council met on Tuesday to decide on the new bridge over the river. Several residents \
spoke against the plan, saying that the noise would be hard to bear. A vote is expected next month.";

fn check(title: &str, text: &str, blocked: bool) {
    assert_eq!(TABLE.is_blocked(title, text), blocked, "{title}: {text}");
}

#[test]
fn walls_of_many_kinds() {
    check(
        "Just a moment...",
        "Checking your browser before accessing the site. Please enable JavaScript.",
        true,
    );
    check(
        "Access Denied",
        "You don't have permission to access this page on this server. Reference #18",
        true,
    );
    check(
        "Harbor Post",
        "We use cookies to improve our site. Accept all cookies or read our privacy policy.",
        true,
    );
    check(
        "Bridge",
        "This article is for subscribers only. Log in to continue reading or create an account.",
        true,
    );
    check("404", "Page not found. Please try again later.", true);
    check(
        "Hafenblick",
        "Wir verwenden Cookies. Mehr in der Datenschutzerklärung. Alle akzeptieren",
        true,
    );
    check(
        "Le Quai",
        "Cet article est réservé aux abonnés. Déjà abonné ? Connectez-vous.",
        true,
    );
    check(
        "Причал",
        "Подтвердите, что вы не робот. Запросы, поступившие с вашего адреса, похожи на автоматические.",
        true,
    );
    check("港口", "您访问的页面不存在。请稍后再试。", true);
    check(
        "港",
        "お探しのページが見つかりません。ページは存在しません。",
        true,
    );
}

#[test]
fn articles_are_none() {
    check("New bridge", STORY, false);
    check(
        "New bridge",
        &format!("{STORY}\n\nWe use cookies. Accept all cookies."),
        false,
    );
    check(
        "New bridge",
        &format!("{STORY}\n\nSubscribe to read more stories like this."),
        false,
    );
    check("", "", false);
}
