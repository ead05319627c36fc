//! The URL that goes with a notice: of a link in it or right after it, or written out.

use super::outlet::domain;
use crate::page::Link;
use crate::text::Span;

/// How far after a notice its link may begin, in bytes: ": " or " >> ".
const NEAR: u32 = 24;

/// The links of a text, by where they stand.
pub(super) struct Links<'l>(Vec<&'l Link>);

impl<'l> Links<'l> {
    pub fn new(links: &'l [Link]) -> Self {
        let mut sorted: Vec<&Link> = links.iter().collect();
        sorted.sort_by_key(|link| link.span.start);
        Self(sorted)
    }

    /// The URL of a notice: of its links the one that leads deepest, for that is the article and
    /// not the outlet's front page.
    pub fn of(&self, span: Span, notice: &str, outlet: &str) -> String {
        let from = self.0.partition_point(|link| link.span.start < span.start);
        let here = self.0[from.saturating_sub(1)..]
            .iter()
            .take_while(|link| link.span.start <= span.end.saturating_add(NEAR))
            .filter(|link| link.span.end > span.start && leads_to_a_text(&link.href));
        let inside = here
            .take(16)
            .max_by_key(|link| (depth(&link.href), std::cmp::Reverse(link.span.start)));
        if let Some(link) = inside {
            return link.href.clone();
        }
        written(notice)
            .or_else(|| written(outlet))
            .unwrap_or_default()
    }
}

fn leads_to_a_text(href: &str) -> bool {
    href.starts_with("http") && !href.contains("creativecommons.org")
}

fn depth(href: &str) -> usize {
    let path = href.splitn(4, '/').nth(3).unwrap_or("");
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(|part| 1 + part.len() / 24)
        .sum()
}

/// A URL or a domain in these words; a bare domain is put behind `https://`.
fn written(words: &str) -> Option<String> {
    let tokens = words.split(|c: char| c.is_whitespace() || "()[]<>\"“”«»，（）".contains(c));
    let mut bare = None;
    for token in tokens {
        let token = token.trim_end_matches(['.', ',', ';', ':', '!', ')']);
        if let Some(at) = token.find("http://").or_else(|| token.find("https://")) {
            return token.get(at..).map(str::to_owned);
        }
        if bare.is_none() && token.is_ascii() && domain(token).is_some() && is_host(token) {
            bare = Some(format!("https://{token}"));
        }
    }
    bare
}

/// `example.org` and not `U.S.A` or `end.Next`.
fn is_host(token: &str) -> bool {
    let host = token.split('/').next().unwrap_or("");
    let top = host.rsplit('.').next().unwrap_or("");
    let same_case = top.bytes().all(|b| b.is_ascii_lowercase())
        || host.bytes().all(|b| !b.is_ascii_lowercase());
    let labels_sound = host.split('.').all(|label| !label.is_empty());
    same_case && labels_sound && host.split('.').any(|label| label.len() > 2)
}
