//! Determinism, and the shares, lengths and cluster sizes that were asked for.

use std::collections::HashMap;

use super::*;

fn newswire(seed: u64) -> Newswire {
    Newswire::new(Params {
        seed,
        ..Params::default()
    })
}

/// Returns the share of the numbers for which something holds.
fn share(numbers: Range<u64>, holds: impl Fn(u64) -> bool) -> f64 {
    let all = (numbers.end - numbers.start) as f64;
    numbers.filter(|&number| holds(number)).count() as f64 / all
}

#[track_caller]
fn about(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} instead of {expected}"
    );
}

#[test]
fn an_article_depends_on_nothing_but_seed_and_number() {
    let (one, same, other) = (newswire(1), newswire(1), newswire(2));
    let backwards: Vec<Article> = (0..200).rev().map(|number| same.article(number)).collect();
    for (number, expected) in (0..200).zip(backwards.into_iter().rev()) {
        assert_eq!(one.article(number), expected);
        assert_ne!(other.article(number).body, expected.body);
        assert_eq!(number_of(&expected.url), Some(number));
        assert_eq!(one.url(&one.plan(number)), expected.url);
    }
}

#[test]
fn other_urls_have_no_number() {
    for url in [
        "",
        "https://a.example/7",
        "https://a.example/b-c",
        "https://a.example/b-",
    ] {
        assert_eq!(number_of(url), None, "{url}");
    }
}

#[test]
fn shares_are_as_configured() {
    let newswire = newswire(3);
    let plan = |number| newswire.plan(number);
    about(share(0..20_000, |n| plan(n).planted.is_some()), 0.2, 0.01);
    about(
        share(0..20_000, |n| plan(n).script == Script::Latin),
        0.76,
        0.02,
    );
    about(
        share(0..20_000, |n| plan(n).script == Script::Han),
        0.06,
        0.01,
    );
    let of_kind = |kind| move |n| plan(n).planted.is_some_and(|planted| planted.kind == kind);
    for kind in CopyKind::ALL {
        let found = share(0..20_000, of_kind(kind));
        // Short articles are copied word for word.
        let expected = if kind == CopyKind::Verbatim {
            0.07
        } else {
            0.0217
        };
        about(found, expected, 0.01);
    }
}

#[test]
fn lengths_are_as_measured() {
    let newswire = newswire(4);
    let mut words: Vec<u32> = (0..10_000).map(|n| newswire.plan(n).words).collect();
    words.sort_unstable();
    about(f64::from(words[5_000]), 203.0, 10.0);
    about(f64::from(words[9_000]), 597.0, 30.0);
    let mean = words.iter().sum::<u32>() as f64 / 10_000.0;
    // Linear interpolation gives a few more than the 287 that were measured.
    about(mean, 295.0, 15.0);
}

#[test]
fn a_text_has_the_words_that_were_planned() {
    let newswire = newswire(5);
    for number in (0..500).filter(|&n| newswire.plan(n).planted.is_none()) {
        let plan = newswire.plan(number);
        let (_, text) = newswire.text(&plan);
        if plan.script != Script::Han {
            let words = text.split_whitespace().count() as u32;
            assert!(
                (plan.words..plan.words + 35).contains(&words),
                "{plan:?}: {words}"
            );
        }
    }
}

#[test]
fn cluster_sizes_follow_the_law() {
    let newswire = newswire(6);
    let mut sizes: HashMap<u64, u32> = HashMap::new();
    for number in 0..50_000 {
        *sizes.entry(newswire.plan(number).original()).or_default() += 1;
    }
    let of_size = |size| sizes.values().filter(|&&s| s == size).count() as f64;
    about(of_size(3) / of_size(2), 0.25, 0.06);
    about(of_size(4) / of_size(3), 0.33, 0.1);
    assert!(sizes.values().any(|&size| size > 7));
}

#[test]
fn copies_are_of_earlier_originals_in_their_script() {
    let newswire = newswire(7);
    for number in 0..20_000 {
        let plan = newswire.plan(number);
        let Some(planted) = plan.planted else {
            continue;
        };
        let original = newswire.plan(planted.original);
        assert!(planted.original < number && original.planted.is_none());
        assert_eq!(original.script, plan.script);
    }
}

#[test]
fn checked_articles_copy_only_known_ones() {
    let newswire = Newswire::new(Params {
        copies: 1.0,
        known: 100,
        ..Params::default()
    });
    for number in 100..1_000 {
        assert!(newswire.plan(number).original() < 100);
    }
}

#[test]
fn every_carrier_copies_the_story() {
    let newswire = Newswire::new(Params {
        story: 50..90,
        ..Params::default()
    });
    assert_eq!(newswire.plan(50).planted, None);
    for number in 51..90 {
        let plan = newswire.plan(number);
        assert_eq!(plan.original(), 50);
        assert!(plan.planted.is_some_and(|planted| planted.kind.is_copy()));
    }
    assert_ne!(newswire.plan(49).original(), 50);
}

#[test]
fn other_scripts_can_be_excluded() {
    let newswire = Newswire::new(Params {
        scripts: vec![(Script::Arabic, 1)],
        ..Params::default()
    });
    for number in 0..100 {
        let article = newswire.article(number);
        assert!(
            text_of(&article).chars().all(|c| !c.is_ascii_alphabetic()),
            "{article:?}"
        );
    }
}
