//! The URL that goes with a notice: of a link in it or right after it, or written out.

use std::cmp::Reverse;

use super::outlet::is_domain;
use crate::page::Link;
use crate::text::Span;

/// How far after a notice its link may begin, in bytes: ": " or " >> ".
const NEAR: u32 = 24;

/// Returns the URL of a notice; empty if it has none. The links are in the order of the text. Of several
/// the one with the deepest path is the article, and not the outlet's front page.
pub(super) fn url_of(links: &[&Link], span: Span, notice: &str, outlet: &str) -> String {
    let from = links.partition_point(|link| link.span.start < span.start);
    let deepest = links[from.saturating_sub(1)..]
        .iter()
        .take_while(|link| link.span.start <= span.end.saturating_add(NEAR))
        .filter(|link| link.span.end > span.start && may_be_article(&link.href))
        .take(16)
        .max_by_key(|link| (depth(&link.href), Reverse(link.span.start)));
    match deepest {
        Some(link) => link.href.clone(),
        None => written_url(notice)
            .or_else(|| written_url(outlet))
            .unwrap_or_default(),
    }
}

fn may_be_article(href: &str) -> bool {
    href.starts_with("http") && !href.contains("creativecommons.org")
}

fn depth(href: &str) -> usize {
    let path = href.splitn(4, '/').nth(3).unwrap_or("");
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| 1 + part.len() / 24).sum()
}

/// Returns the URL or domain in some words, a domain with `https://` before it.
fn written_url(words: &str) -> Option<String> {
    let tokens = words.split(|c: char| c.is_whitespace() || "()[]<>\"“”«»，（）".contains(c));
    let mut domain = None;
    for token in tokens {
        let token = token.trim_end_matches(['.', ',', ';', ':', '!', ')']);
        if let Some(at) = token.find("http://").or_else(|| token.find("https://")) {
            return Some(token[at..].to_owned());
        }
        if domain.is_none() && token.is_ascii() && is_domain(token) && is_host(token) {
            domain = Some(format!("https://{token}"));
        }
    }
    domain
}

/// Whether a domain is one: `example.org`, and not `U.S.A` or `end.Next`.
fn is_host(token: &str) -> bool {
    let host = token.split('/').next().unwrap_or("");
    let top = host.rsplit('.').next().unwrap_or("");
    let same_case = top.bytes().all(|b| b.is_ascii_lowercase())
        || host.bytes().all(|b| !b.is_ascii_lowercase());
    same_case
        && host.split('.').all(|label| !label.is_empty())
        && host.split('.').any(|label| label.len() > 2)
}
