//! Clusters as a person wants to read them.

use std::io::{self, Write};

use wirecopy::engine;
use wirecopy::server::proto;

use super::output::count;

/// A member of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// Who published it; may be empty.
    pub publisher: String,
    /// Its headline; may be empty.
    pub title: String,
    /// Its time in the order of articles; milliseconds since 1970.
    pub time_ms: i64,
    /// How it relates to the lead.
    pub relation: &'static str,
    /// Share of the lead found in it.
    pub carries: f64,
    /// Share of it not found in the lead.
    pub adds: f64,
}

/// Takes out what a terminal would obey: an article may come from anybody.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

impl From<engine::Member> for Member {
    fn from(member: engine::Member) -> Self {
        Self {
            id: printable(&member.article.id.0),
            publisher: printable(&member.article.publisher),
            title: printable(&member.article.title),
            time_ms: member.article.time_ms,
            relation: member.relation.as_str(),
            carries: member.overlap.containment_of_other(),
            adds: 1.0 - member.overlap.containment(),
        }
    }
}

impl From<proto::Member> for Member {
    fn from(member: proto::Member) -> Self {
        let relation = relation(member.relation());
        let figures = member.figures.unwrap_or_default();
        Self {
            id: printable(&member.id),
            publisher: printable(&member.publisher),
            title: printable(&member.title),
            time_ms: member.time.map_or(0, |time| {
                time.seconds * 1000 + i64::from(time.nanos) / 1_000_000
            }),
            relation,
            carries: figures.containment_of_other,
            adds: 1.0 - figures.containment,
        }
    }
}

/// The word for a relation.
pub fn relation(relation: proto::Relation) -> &'static str {
    match relation {
        proto::Relation::Unspecified => "unspecified",
        proto::Relation::Lead => "lead",
        proto::Relation::Copy => "copy",
        proto::Relation::Excerpt => "excerpt",
        proto::Relation::Embedded => "embedded",
        proto::Relation::Embeds => "embeds",
        proto::Relation::Overlap => "overlap",
        proto::Relation::Version => "version",
    }
}

/// The word for a role.
pub fn role(role: proto::Role) -> &'static str {
    match role {
        proto::Role::Unspecified => "unspecified",
        proto::Role::Unknown => "unknown",
        proto::Role::Original => "original",
        proto::Role::Wire => "wire",
        proto::Role::Reprint => "reprint",
        proto::Role::Excerpt => "excerpt",
        proto::Role::Version => "version",
        proto::Role::RoundUp => "round-up",
        proto::Role::BlockedPage => "blocked-page",
    }
}

/// Reasons that weigh less than this are not shown to people.
const TRIFLE: f64 = 0.05;

/// Writes a role, how sure it is, and the reasons that count, the weightiest first.
pub fn judgement(out: &mut impl Write, judgement: &proto::Judgement) -> io::Result<()> {
    let mut line = format!(
        "  {} ({} sure)",
        role(judgement.role()),
        percent(judgement.confidence)
    );
    for (what, name) in [("of", &judgement.original), ("source", &judgement.source)] {
        if !name.is_empty() {
            line.push_str(&format!(", {what} {}", printable(name)));
        }
    }
    writeln!(out, "{line}")?;
    let mut reasons: Vec<&proto::Evidence> = judgement
        .evidence
        .iter()
        .filter(|reason| reason.weight.abs() >= TRIFLE)
        .collect();
    reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    for reason in reasons {
        let kind = [reason.kind.as_str(), reason.signal.as_str()].join(" ");
        let words = printable(&reason.words);
        let weight = reason.weight;
        writeln!(out, "    {weight:>+5.1}  {:<28} {words}", kind.trim_end())?;
    }
    Ok(())
}

/// Writes a cluster: the lead, and under it each member's lag, what it carries of the lead and what
/// it adds. `size` counts members that are not given, too.
pub fn cluster(out: &mut impl Write, size: u64, members: &[Member]) -> io::Result<()> {
    let Some(lead) = members.first() else {
        return Ok(());
    };
    writeln!(out, "{} ({} articles)", headline(lead), count(size))?;
    writeln!(out, "  {:<13} {}", moment(lead.time_ms), source(lead))?;
    for member in &members[1..] {
        let (lag, carries, adds) = (
            lag(member.time_ms - lead.time_ms),
            percent(member.carries),
            percent(member.adds),
        );
        let figures = format!("carries {carries:>5}, adds {adds:>5}");
        let retitled = if member.title == lead.title {
            String::new()
        } else {
            format!(": {}", headline(member))
        };
        writeln!(
            out,
            "  {lag:>13}     {:<8} {figures}   {}{retitled}",
            member.relation,
            source(member)
        )?;
    }
    let hidden = size.saturating_sub(members.len() as u64);
    if hidden > 0 {
        writeln!(out, "  {:>13}     and {} more", "", count(hidden))?;
    }
    writeln!(out)
}

/// Who carries it, and under which id.
pub fn source(member: &Member) -> String {
    if member.publisher.is_empty() {
        member.id.clone()
    } else {
        format!("{} [{}]", member.publisher, member.id)
    }
}

/// The headline, in quotes; the id where there is none.
pub fn headline(member: &Member) -> String {
    if member.title.is_empty() {
        format!("“{}”", member.id)
    } else {
        format!("“{}”", member.title)
    }
}

/// A share, in whole percent; only what is nothing is 0 %, and only what is everything is 100 %.
pub fn percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    let percent = if share > 0.0 && share < 1.0 {
        percent.clamp(1.0, 99.0)
    } else {
        percent
    };
    format!("{percent:.0} %")
}

/// Time after the lead: its two largest units.
pub fn lag(ms: i64) -> String {
    let sign = if ms < 0 { '-' } else { '+' };
    let minutes = ms.unsigned_abs() / 60_000;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{sign}{minutes} min"),
        (0, _) => format!("{sign}{hours} h {minutes} min"),
        _ => format!("{sign}{days} d {hours} h"),
    }
}

/// A point in time, to the minute.
pub fn moment(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "unknown time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_have_two_units() {
        let check = |minutes: i64, expected: &str| assert_eq!(lag(minutes * 60_000), expected);
        check(0, "+0 min");
        check(59, "+59 min");
        check(130, "+2 h 10 min");
        check(1440 * 3 + 61, "+3 d 1 h");
        check(-5, "-5 min");
    }

    #[test]
    fn shares_do_not_round_to_nothing_or_everything() {
        let check = |share: f64, expected: &str| assert_eq!(percent(share), expected);
        check(0.0, "0 %");
        check(0.001, "1 %");
        check(0.964, "96 %");
        check(0.999, "99 %");
        check(1.0, "100 %");
    }
}
