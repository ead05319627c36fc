//! Ranks the dates that a page shows.

use super::DateSource;
use super::address::DateInUrl;
use super::choose::DateClaim;
use super::says::Says;
use super::shown::{DateForm, ShownDate};

/// How far a date may be from the heading to be the date of its article, in bytes of visible text.
const MAX_AFTER: usize = 600;
const MAX_BEFORE: usize = 300;
/// How far below the title, or above it, a date may be to be believed against what is stated.
const MAX_BELOW: usize = 200;
const MAX_ABOVE: usize = 60;
/// How much farther away a date counts that stands before the heading; and one that nothing says to be of
/// publication, in order: labelled as a date, in a line of its own, within a line, in a frame.
const PENALTY_BEFORE: usize = 100;
const PENALTY_UNSAID: usize = 60;
const PENALTY_BARE: usize = 150;
const PENALTY_DATELINE: usize = 400;
const PENALTY_FRAME: usize = 500;
/// From this many dates in elements that are labelled alike, they are a list.
const LIST: usize = 3;

/// A date that a page shows beside its title.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateBeside {
    pub claim: DateClaim,
    /// Nothing marks it as a date of the article but its place.
    pub is_bare: bool,
}

/// Returns the date that stands right below the title, or is labelled as one right above it; none of a menu
/// or a box beside the article.
pub(super) fn beside_title(shown: &[ShownDate]) -> Option<DateBeside> {
    let best = claims(shown, None).into_iter().next()?;
    let is_beside = |shown: &ShownDate| {
        let is_labelled = matches!(shown.form, DateForm::Marked | DateForm::Labelled);
        let is_near = match (shown.after_heading, shown.before_heading) {
            (Some(after), _) => after <= MAX_BELOW && shown.form != DateForm::Dateline,
            (_, Some(before)) => before <= MAX_ABOVE && is_labelled,
            (None, None) => false,
        };
        shown.is_by_title && is_near && shown.is_set_apart && !shown.is_in_frame
    };
    let beside: Vec<&ShownDate> = shown
        .iter()
        .filter(|shown| shown.date == best.date && is_beside(shown))
        .collect();
    (!beside.is_empty()).then(|| DateBeside {
        claim: best,
        is_bare: beside.iter().all(|shown| shown.form == DateForm::Line),
    })
}

/// Returns the shown dates that may be that of publication, the most trusted first. If the URL names a
/// day or a month, those that agree come before the others, and of the others only those count that say to be
/// of publication.
pub(super) fn claims(shown: &[ShownDate], in_url: Option<DateInUrl>) -> Vec<DateClaim> {
    let mut ranked: Vec<((bool, u8, usize), &ShownDate)> = shown
        .iter()
        .filter(|shown| !matches!(shown.says, Says::Modified | Says::Other))
        .filter_map(|shown| {
            let disagrees =
                in_url.is_some_and(|date| !shown.date.day.days().any(|day| date.agrees(day)));
            if disagrees && shown.says != Says::Published {
                return None;
            }
            let (tier, distance) = trust(shown)?;
            Some(((disagrees, tier, distance), shown))
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked
        .into_iter()
        .map(|(_, shown)| DateClaim {
            date: shown.date,
            source: match shown.form {
                DateForm::Marked => DateSource::Element,
                DateForm::Labelled | DateForm::Line | DateForm::Dateline => DateSource::Text,
            },
        })
        .collect()
}

/// Returns how far a shown date is to be trusted as that of publication, less meaning more; `None` if not
/// at all.
fn trust(shown: &ShownDate) -> Option<(u8, usize)> {
    let is_below = shown.after_heading.is_some_and(|after| after <= MAX_AFTER);
    let is_of_teaser = shown.is_of_teaser && !is_below && shown.says != Says::Published;
    if is_of_teaser || may_be_of_visit(shown) {
        return None;
    }
    let distance = match (shown.after_heading, shown.before_heading) {
        (Some(after), _) if after <= MAX_AFTER => Some(after),
        (_, Some(before)) if before <= MAX_BEFORE => Some(before + PENALTY_BEFORE),
        _ => None,
    };
    let is_list = shown.alike >= LIST;
    if shown.form == DateForm::Marked && !shown.is_in_frame && (!is_list || distance.is_some()) {
        return Some((0, distance.unwrap_or(usize::MAX)));
    }
    if let Some(distance) = distance {
        let penalty = match shown.form {
            _ if shown.says == Says::Published => 0,
            _ if shown.is_in_frame => PENALTY_FRAME,
            DateForm::Marked | DateForm::Labelled => PENALTY_UNSAID,
            DateForm::Line => PENALTY_BARE,
            DateForm::Dateline => PENALTY_DATELINE,
        };
        return Some((1, distance + penalty));
    }
    let tier = match shown.form {
        _ if is_list => return None,
        // What says that it is the date of publication is so in a margin too.
        _ if shown.says == Says::Published => 2,
        DateForm::Marked | DateForm::Labelled if !shown.is_in_frame => 3,
        DateForm::Line if stands_alone(shown) => 4,
        DateForm::Marked | DateForm::Labelled if shown.alike == 1 => 5,
        DateForm::Marked | DateForm::Labelled | DateForm::Line | DateForm::Dateline => return None,
    };
    let above = shown
        .before_heading
        .map_or(usize::MAX, |before| usize::MAX / 2 + before);
    Some((tier, shown.after_heading.unwrap_or(above)))
}

/// Whether a date may be that of the visit, which many newspapers show above the article. Right above the title
/// it may be the article's, but not in the header or a frame of the page.
fn may_be_of_visit(shown: &ShownDate) -> bool {
    let is_far = shown
        .before_heading
        .is_some_and(|before| before > MAX_ABOVE);
    shown.is_bare_above() && (is_far || shown.is_in_header || shown.is_in_frame)
}

/// Whether a line far below the title has a date, and no words that say of what but a dateline's.
fn stands_alone(shown: &ShownDate) -> bool {
    let is_below = shown.after_heading.is_some();
    is_below && !shown.is_in_frame && shown.is_set_apart && !shown.is_in_link
}

/// Returns the shown date of the last change.
pub(super) fn change(shown: &[ShownDate]) -> Option<i64> {
    let mut changes = shown
        .iter()
        .filter(|shown| shown.says == Says::Modified && !shown.is_in_frame && shown.alike < LIST);
    changes.find(|shown| !shown.date.day.is_open)?.date.ms()
}
