//! Formats clusters and judgements for people.

use std::io::{self, Write};

use wirecopy::server::proto::{self, Evidence, GetClusterResponse, Judgement, Member};
use wirecopy::server::time::milliseconds;

use super::output::count;

/// Reasons with less weight than this are not shown.
const MIN_WEIGHT: f64 = 0.05;

/// Replaces control characters, which a terminal would obey: the text may come from anyone.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Returns the word for a relation, such as `copy`.
pub fn relation(relation: proto::Relation) -> String {
    word(relation.as_str_name(), "RELATION_")
}

/// Returns the word for a role, such as `round-up`.
pub fn role(role: proto::Role) -> String {
    word(role.as_str_name(), "ROLE_")
}

fn word(name: &str, prefix: &str) -> String {
    let word = name.strip_prefix(prefix).unwrap_or(name);
    word.to_ascii_lowercase().replace('_', "-")
}

/// Writes a role, its confidence, and the reasons that count, by descending weight: the question that each
/// bears on, what it is, its words, and the article that it is about.
pub fn judgement(out: &mut impl Write, judgement: &Judgement) -> io::Result<()> {
    let (role, confidence) = (role(judgement.role()), percent(judgement.confidence));
    write!(out, "  {role} ({confidence} sure)")?;
    for (what, name) in [("of", &judgement.original), ("source", &judgement.source)] {
        if !name.is_empty() {
            write!(out, ", {what} {}", printable(name))?;
        }
    }
    writeln!(out)?;
    let mut reasons: Vec<&Evidence> = judgement
        .evidence
        .iter()
        .filter(|reason| reason.weight.abs() >= MIN_WEIGHT)
        .collect();
    reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    for reason in reasons {
        let kind = [reason.kind.as_str(), reason.signal.as_str()].join(" ");
        let words = printable(&reason.words);
        let (weight, question) = (reason.weight, &reason.question);
        write!(
            out,
            "    {weight:>+5.1}  {question:<8}  {:<28} {words}",
            kind.trim_end()
        )?;
        match reason.article.as_str() {
            "" => writeln!(out)?,
            article => writeln!(out, " [{}]", printable(article))?,
        }
    }
    Ok(())
}

/// Returns the words for an article whose lead may still change.
pub fn settling(is_settling: bool) -> &'static str {
    if is_settling { ", still settling" } else { "" }
}

/// Writes a cluster: the lead, and below it each member with its lag and with the shares that it
/// carries of the lead and adds to it.
pub fn cluster(out: &mut impl Write, cluster: &GetClusterResponse) -> io::Result<()> {
    let Some((lead, others)) = cluster.members.split_first() else {
        return Ok(());
    };
    writeln!(out, "{} ({} articles)", headline(lead), count(cluster.size))?;
    let (published, settling) = (moment(time(lead)), settling(lead.settling));
    writeln!(out, "  {published:<13} {}{settling}", source(lead))?;
    for member in others {
        let lag = lag(time(member) - time(lead));
        let relation = relation(member.relation());
        let figures = member.figures.unwrap_or_default();
        let carries = percent(figures.containment_of_other);
        let adds = percent(1.0 - figures.containment);
        let source = source(member) + self::settling(member.settling);
        let title = if member.title == lead.title {
            String::new()
        } else {
            format!(": {}", headline(member))
        };
        writeln!(
            out,
            "  {lag:>13}     {relation:<8} carries {carries:>5}, adds {adds:>5}   {source}{title}"
        )?;
    }
    let hidden = cluster.size.saturating_sub(cluster.members.len() as u64);
    if hidden > 0 {
        writeln!(out, "  {:>13}     and {} more", "", count(hidden))?;
    }
    writeln!(out)
}

fn time(member: &Member) -> i64 {
    let ms = member.time.as_ref().map(milliseconds);
    ms.and_then(Result::ok).unwrap_or_default()
}

/// Returns the publisher and the id.
fn source(member: &Member) -> String {
    let id = printable(&member.id);
    match member.publisher.as_str() {
        "" => id,
        publisher => format!("{} [{id}]", printable(publisher)),
    }
}

/// Returns the title in quotes, or the id if there is no title.
fn headline(member: &Member) -> String {
    let title = match member.title.as_str() {
        "" => &member.id,
        title => title,
    };
    format!("“{}”", printable(title))
}

/// Formats a share in whole percent; only 0 is "0 %", and only 1 is "100 %".
pub fn percent(share: f64) -> String {
    let mut percent = (share * 100.0).round();
    if share > 0.0 && share < 1.0 {
        percent = percent.clamp(1.0, 99.0);
    }
    format!("{percent:.0} %")
}

/// Formats a time difference in its two largest units.
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

/// Formats a point in time to the minute.
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
    fn a_reason_names_its_question_and_the_article_that_it_is_about() {
        let reason = |article: &str, weight| Evidence {
            kind: "credited_by_others".into(),
            question: "source".into(),
            words: "a note".into(),
            article: article.into(),
            weight,
            ..Evidence::default()
        };
        let found = Judgement {
            confidence: 0.5,
            evidence: vec![reason("halm", 1.0), reason("", -1.0)],
            ..Judgement::default()
        };
        let mut out = Vec::new();
        judgement(&mut out, &found).unwrap();
        let out = String::from_utf8(out).unwrap();
        let reasons: Vec<&str> = out.lines().skip(1).collect();
        let expected = [
            "     +1.0  source    credited_by_others           a note [halm]",
            "     -1.0  source    credited_by_others           a note",
        ];
        assert_eq!(reasons, expected);
    }

    #[test]
    fn members_that_are_settling_say_so() {
        let member = |id: &str, settling| Member {
            id: id.into(),
            settling,
            ..Member::default()
        };
        let members = vec![member("a", true), member("b", false), member("c", true)];
        let reply = GetClusterResponse {
            size: 3,
            members,
            ..GetClusterResponse::default()
        };
        let mut out = Vec::new();
        cluster(&mut out, &reply).unwrap();
        let out = String::from_utf8(out).unwrap();
        let settling = out.lines().map(|line| line.ends_with(", still settling"));
        let settling: Vec<bool> = settling.collect();
        assert_eq!(settling, [false, true, false, true, false], "{out}");
    }

    #[test]
    fn shares_do_not_round_to_0_or_100_percent() {
        let check = |share: f64, expected: &str| assert_eq!(percent(share), expected);
        check(0.0, "0 %");
        check(0.001, "1 %");
        check(0.964, "96 %");
        check(0.999, "99 %");
        check(1.0, "100 %");
    }
}
