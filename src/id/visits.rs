//! Parameters of URLs that identify a visit and not a page: sessions, and where a reader came from.
//!
//! The names are those that the published lists agree on for all hosts: Firefox's query stripping list,
//! Brave's query filter, the global rules of ClearURLs, and Heritrix's rules for sessions. Names that are
//! also used for pages (`ref`, `source`, `cid`, `id`) are not among them.

/// Beginnings of the names of campaign parameters: of Google, Matomo (three), AT Internet (four), HubSpot
/// and Webtrekk (three).
const PREFIXES: [&str; 12] = [
    "utm_",
    "pk_",
    "mtm_",
    "piwik_",
    "at_bbc",
    "at_custom",
    "at_link",
    "at_ptr",
    "hsa_",
    "wt.mc",
    "wt_mc",
    "wt_zmc",
];

/// Names of campaign and click parameters, ascending.
const NAMES: [&str; 68] = [
    "__hsfp",
    "__hssc",
    "__hstc",
    "__s",
    "__twitter_impression",
    "_bta_c",
    "_bta_tid",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_ke",
    "_openstat",
    "at_campaign",
    "at_campaign_type",
    "at_creation",
    "at_format",
    "at_medium",
    "at_network",
    "at_platform",
    "at_variant",
    "cmpid",
    "dclid",
    "dicbo",
    "dm_i",
    "epik",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "fbclid",
    "ftag",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "hsctatracking",
    "icid",
    "igsh",
    "igshid",
    "li_fat_id",
    "mbid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "ml_subscriber",
    "ml_subscriber_hash",
    "msclkid",
    "ns_campaign",
    "ns_fee",
    "ns_linkname",
    "ns_mchannel",
    "ns_source",
    "oly_anon_id",
    "oly_enc_id",
    "rb_clickid",
    "s_cid",
    "soc_src",
    "soc_trk",
    "ttclid",
    "twclid",
    "vero_conv",
    "vero_id",
    "wbraid",
    "xtor",
    "ysclid",
];

/// Names of session ids, ascending.
const SESSIONS: [&str; 6] = [
    "cfid",
    "cftoken",
    "jsessionid",
    "phpsessid",
    "session_id",
    "sessionid",
];

/// Names that are those of session ids only where the value is one.
const PERHAPS_SESSIONS: [&str; 3] = ["s", "sid", "sessid"];

/// Whether a parameter identifies a visit.
pub(super) fn is_of_visit(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || NAMES.binary_search(&name).is_ok()
        || is_session(name, value)
}

/// Whether a parameter, named in lower case, is a session id.
pub(super) fn is_session(name: &str, value: &str) -> bool {
    SESSIONS.binary_search(&name).is_ok()
        || name.starts_with("aspsessionid")
        || PERHAPS_SESSIONS.contains(&name) && is_digest(value)
}

/// Whether a value is 128 bits or more in hexadecimal.
fn is_digest(value: &str) -> bool {
    value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted() && SESSIONS.is_sorted());
    }

    #[test]
    fn visits_are_told_from_pages() {
        for (name, value) in [
            ("utm_source", "x"),
            ("UTM_Medium", ""),
            ("at_medium", "RSS"),
            ("at_custom1", "x"),
            ("PHPSESSID", "1"),
            ("sid", "0123456789abcdef0123456789ABCDEF"),
            ("ASPSESSIONIDQABC", "x"),
            ("xtor", "RSS-1"),
        ] {
            assert!(is_of_visit(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("id", "7"),
            ("sid", "7"),
            ("s", "harbour"),
            ("ref", "x"),
            ("at", "7"),
            ("p", "0123456789abcdef0123456789abcdef"),
        ] {
            assert!(!is_of_visit(name, value), "{name}={value}");
        }
    }
}
