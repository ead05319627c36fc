//! The case that decides everything: a page that carries another paper's article, a note that says
//! so, and teasers and whole texts of others. It is a real page, so it is not in this project: where
//! it is not beside the checkout these tests are ignored, and listed with the reason. The golden case
//! `reprint_page_in_three_languages` has the same shape in invented words, and always runs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

mod support;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{Running, ingest, published};
use wirecopy::server::proto::{self, Relation, Role, Verdict};

const PAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/data/reprint/page.txt"
);

fn main() -> ExitCode {
    let trials = vec![
        trial(
            "the_article_leads_and_what_else_the_page_holds_stays_apart",
            the_article_leads_and_what_else_the_page_holds_stays_apart,
        ),
        trial(
            "a_text_within_the_page_is_embedded_whatever_the_page_is_to_others",
            a_text_within_the_page_is_embedded_whatever_the_page_is_to_others,
        ),
        trial(
            "the_shared_passage_is_the_article",
            the_shared_passage_is_the_article,
        ),
        trial(
            "the_page_is_a_reprint_and_says_why",
            the_page_is_a_reprint_and_says_why,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test of the page; ignored where the page is not here.
fn trial(name: &str, test: impl AsyncFnOnce(String) + Send + 'static) -> Trial {
    let run = move || {
        let page = std::fs::read_to_string(PAGE)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(test(page));
        Ok::<(), Failed>(())
    };
    match Path::new(PAGE).exists() {
        true => Trial::test(name, run),
        false => Trial::test(name, run)
            .with_kind("../shared/data/reprint is not here")
            .with_ignored_flag(true),
    }
}

/// The article alone, and the Chinese article that stands under it.
fn parts(page: &str) -> (&str, &str) {
    let article = &page[..page.find("Note: This article have been indexed").unwrap()];
    let chinese = page
        .find(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
        .unwrap();
    let end = chinese + page[chinese..].find("Read More").unwrap();
    (article, &page[chinese..end])
}

fn relation_to(verdict: &Verdict, id: &str) -> Relation {
    verdict
        .matches
        .iter()
        .find(|found| found.id == id)
        .unwrap_or_else(|| panic!("no match with {id}"))
        .relation()
}

async fn the_article_leads_and_what_else_the_page_holds_stays_apart(page: String) {
    let (article, chinese) = parts(&page);
    // In whatever order they come in.
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]] {
        let server = Running::start().await;
        let mut client = server.client().await;
        for which in order {
            let (id, seconds, text) = [
                ("article", 1_643_000_000, article),
                ("page", 1_643_090_000, page.as_str()),
                ("chinese", 1_642_000_000, chinese),
            ][which];
            ingest(&mut client, published(id, seconds, text)).await;
        }
        let get = |id: &str| proto::GetArticleRequest {
            id: id.into(),
            ..Default::default()
        };
        let page_now = client.get_article(get("page")).await.unwrap().into_inner();
        let placement = page_now.placement.unwrap();
        assert_eq!(
            (
                placement.cluster.as_str(),
                placement.size,
                placement.relation()
            ),
            ("article", 2, Relation::Copy)
        );
        let figures = placement.figures.unwrap();
        assert!(figures.containment_of_other >= 0.97, "{figures:?}");
        let embeds = page_now
            .matches
            .iter()
            .find(|found| found.id == "chinese")
            .unwrap();
        assert_eq!(embeds.relation(), Relation::Embeds);

        let chinese_now = client
            .get_article(get("chinese"))
            .await
            .unwrap()
            .into_inner();
        let placement = chinese_now.placement.unwrap();
        assert_eq!((placement.cluster.as_str(), placement.size), ("chinese", 1));
        assert_eq!(chinese_now.matches.len(), 1);
        assert_eq!(chinese_now.matches[0].relation(), Relation::Embedded);
        server.stop().await;
    }
}

async fn a_text_within_the_page_is_embedded_whatever_the_page_is_to_others(page: String) {
    let (_, chinese) = parts(&page);
    let server = Running::start().await;
    let mut client = server.client().await;
    ingest(&mut client, published("page", 1, &page)).await;
    let verdict = ingest(&mut client, published("chinese", 2, chinese)).await;
    assert_eq!(relation_to(&verdict, "page"), Relation::Embedded);
    assert_eq!(verdict.placement.unwrap().size, 1);
    server.stop().await;
}

async fn the_shared_passage_is_the_article(page: String) {
    let (article, _) = parts(&page);
    let server = Running::start().await;
    let mut client = server.client().await;
    ingest(&mut client, published("article", 1, article)).await;
    ingest(&mut client, published("page", 2, &page)).await;
    let side = |id: &str| {
        Some(proto::Side {
            side: Some(proto::side::Side::Id(id.into())),
        })
    };
    let request = proto::CompareRequest {
        a: side("article"),
        b: side("page"),
        ..Default::default()
    };
    let compared = client.compare(request).await.unwrap().into_inner();
    assert!(compared.copy);
    let longest = &compared.passages[0];
    let shown =
        |text: &str, span: proto::Span| text[span.start as usize..span.end as usize].to_owned();
    let (ours, theirs) = (
        shown(article, longest.a.unwrap()),
        shown(&page, longest.b.unwrap()),
    );
    assert_eq!(ours, theirs);
    assert!(
        ours.len() * 100 >= article.trim().len() * 97,
        "{} of {} bytes",
        ours.len(),
        article.len()
    );
    server.stop().await;
}

async fn the_page_is_a_reprint_and_says_why(page: String) {
    let (article, _) = parts(&page);
    let server = Running::start().await;
    let mut client = server.client().await;
    let at = |host: &str, seconds: i64, text: &str| proto::Article {
        id: String::new(),
        url: format!("https://{host}/story"),
        ..published("", seconds, text)
    };
    let alone = ingest(&mut client, at("indexer.example", 1_643_090_000, &page)).await;
    let by_itself = alone.judgement.unwrap();
    assert_eq!(by_itself.role(), Role::Reprint, "{by_itself:#?}");
    ingest(&mut client, at("nytimes.com", 1_643_000_000, article)).await;
    let get = proto::GetArticleRequest {
        id: "https://indexer.example/story".into(),
        ..Default::default()
    };
    let known = client.get_article(get).await.unwrap().into_inner();
    let judgement = known.judgement.unwrap();
    assert_eq!(judgement.role(), Role::Reprint);
    assert_eq!(judgement.original, "https://nytimes.com/story");
    assert!(judgement.confidence > 0.9 && judgement.carried >= 0.98);
    // What is added is the Chinese article; the teasers and the note do not count.
    assert!((0.2..0.4).contains(&judgement.added), "{}", judgement.added);
    let notice = judgement
        .evidence
        .iter()
        .find(|one| one.signal == "indexed")
        .unwrap();
    let span = notice.span.unwrap();
    let words = &page[span.start as usize..span.end as usize];
    assert_eq!(span.start as usize, article.len());
    assert!(words.starts_with("Note:") && words.ends_with("Click Here"));
    let credit = judgement
        .evidence
        .iter()
        .find(|one| one.kind == "photo_credit")
        .unwrap();
    assert_eq!(credit.outlet, "The New York Times");
    assert!(credit.weight <= 0.1, "a picture's credit decides nothing");
    let counted = |word: &str| {
        let at = page.rfind(word).unwrap() as u32;
        !known
            .not_counted
            .iter()
            .any(|span| (span.start..span.end).contains(&at))
    };
    assert!(!counted("Read More") && !counted("Gen Z is more likely") && !counted("Index Of News"));
}
