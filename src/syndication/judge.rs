//! The verdict: an article's role, how certain it is, and why.
//!
//! The first rule that applies decides. An article without text is *unknown*.
//!
//! 1. *blocked-page*: the article is a wall by its wording, or by its form: one short text (of fewer
//!    than [`SHORT`](super::walls::SHORT) words) is on at least [`PAGES`](super::walls::PAGES) pages
//!    without byline or notice, which are on at least [`HOSTS`](super::walls::HOSTS) hosts or have as
//!    many URLs and headlines as pages are needed, in one cluster or in none.
//! 2. *round-up*: it contains whole earlier articles of other outlets, from at least two other clusters,
//!    and is not a copy that says so; or it has the datelines of two agencies, or the credits of three,
//!    in places far apart. The versions of an agency's story do not count in a later one.
//! 3. *wire*: the evidence for an agency as the author adds up to at least [`WIRE`]: its own words, or, if
//!    they name nobody, those of the other articles.
//! 4. *excerpt*: it is an earlier article of another cluster, cut short.
//! 5. It names another outlet as the first to have its text: a *reprint*, or an *excerpt* if it is a
//!    short part and links to the whole. It is also a *reprint* if it has the headline, the
//!    opening and the whole of an earlier article of another outlet.
//! 6. Otherwise it is compared with one rival: the article most likely to be first, or, if that is the
//!    judged article itself, the next one. If the sum says that the text was taken, it is a *version*
//!    (the rival has the same publisher) or a *reprint*. If the sum says that the text began here, it is
//!    the *original*. Being contained in an earlier article of another outlet counts as taken: then it
//!    may be an *excerpt*, and is never the original.
//! 7. *unknown*: the sum is within [`EVEN`] of 0, or rests on nothing but the order of crawling and the
//!    shares.
//!
//! An article that shares nothing with any other, and names nobody, is the *original* as far as is known, with
//! little confidence: a reprint without a notice, whose original was never seen, looks the same.
//!
//! The confidence follows from the sum of weights for the question that decided: see [`Question`].

use super::evidence::{Evidence, EvidenceKind, Question, sum};
use super::facts::{Facts, Story};
use super::inquiry::{Finding, Inquiry};
use super::judgement::{Judgement, Role};
use super::walls::same_short_text;

/// A sum of weights below this, either way, decides nothing.
pub(super) const EVEN: f64 = 0.35;
/// The least sum of weights that makes a text an agency's.
const WIRE: f64 = 1.0;
/// The fewest clusters whose articles a round-up contains.
pub(super) const ROUND_UP: usize = 2;

/// Judges an article among those that have its text. The verdict depends only on the facts, not on their
/// order.
pub fn judge(article: &Facts, story: &Story<'_>) -> Judgement {
    let inquiry = Inquiry::new(article, story);
    if article.is_empty {
        return inquiry.judgement(Finding::default(), 0.0, Vec::new());
    }
    let wall = match article.blocked {
        true => Some(Evidence::new(EvidenceKind::Wall, 1.0, "")),
        false => same_short_text(article, story),
    };
    if let Some(wall) = wall {
        let certainty = wall.weight;
        return inquiry.judgement(
            Finding::without_source(Role::BlockedPage),
            certainty,
            vec![wall],
        );
    }
    let names_another = inquiry.me().names_another;
    let held = inquiry.held();
    let several = inquiry.several_agencies();
    let (agency, wire) = inquiry.agency();
    let origin = inquiry.origin();
    let holds_others = held.len() >= ROUND_UP && !(story.lead.is_some() && names_another);
    let is_round_up = holds_others || !several.is_empty();
    let held = [held, several].concat();
    let issued = sum(&agency, Question::Agency);
    let taken = match origin.evidence.iter().any(Evidence::says_something) {
        true => sum(&origin.evidence, Question::Source),
        false => 0.0,
    };
    let (finding, certainty) = if is_round_up {
        (
            Finding::without_source(Role::RoundUp),
            sum(&held, Question::Contents),
        )
    } else if issued >= WIRE {
        (wire, issued)
    } else if taken >= EVEN && origin.taken.role != Role::Unknown {
        (origin.taken, taken)
    } else if taken <= -EVEN && origin.began.role != Role::Unknown {
        (origin.began, -taken)
    } else {
        let original = origin.taken.original.filter(|_| names_another);
        let role = Role::Unknown;
        (Finding { role, original }, 0.0)
    };
    let evidence = [held, agency, origin.evidence].concat();
    inquiry.judgement(finding, certainty, evidence)
}
