//! Access tokens: what each may do, and how one is made.
//!
//! A token is 256 random bits. The file holds its SHA-256, from which it cannot be found again, and
//! which needs no salt and no slow hash, because the token cannot be guessed either.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use ring::digest::{self, SHA256};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Deserialize;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use toml::value::Datetime;

use crate::id::Collection;

/// Marks a token as one of this program, so that people and scanners of secrets recognise it.
const PREFIX: &str = "wirecopy_";
const SECRET_BYTES: usize = 32;

/// What a caller may do; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// Check, compare, and read what is stored.
    Read,
    /// Ingest and remove.
    Write,
    /// Administer.
    Admin,
}

impl Permission {
    /// Returns its name in the file of tokens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// The SHA-256 of a token.
pub(super) type TokenDigest = [u8; 32];

/// Returns the digest of a token.
pub(super) fn digest_of(token: &[u8]) -> TokenDigest {
    let mut digest = TokenDigest::default();
    digest.copy_from_slice(digest::digest(&SHA256, token).as_ref());
    digest
}

/// A token in the file, under its name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    sha256: String,
    role: Permission,
    /// `None`: all.
    collections: Option<Vec<String>>,
    expires: Option<Datetime>,
    per_second: Option<NonZeroU32>,
    burst: Option<NonZeroU32>,
}

/// What the holder of a token may do.
#[derive(Debug)]
pub(super) struct Grant {
    /// The name of the token.
    pub(super) name: String,
    pub(super) digest: TokenDigest,
    pub(super) permission: Permission,
    collections: Option<BTreeSet<Collection>>,
    expires: Option<Timestamp>,
    rate: Option<DefaultDirectRateLimiter>,
    entry: TokenEntry,
}

impl Grant {
    fn new(name: String, entry: TokenEntry) -> Result<Self, String> {
        let mut digest = TokenDigest::default();
        hex::decode_to_slice(&entry.sha256, &mut digest)
            .map_err(|_| "sha256 is not 64 hexadecimal digits".to_owned())?;
        let collections = match &entry.collections {
            None => None,
            Some(names) if names.is_empty() => {
                return Err("collections is empty; without it, the token is for all".to_owned());
            }
            Some(names) => {
                let parsed: Result<_, _> = names.iter().map(|n| Collection::parse(n)).collect();
                Some(parsed.map_err(|error| format!("collections: {error}"))?)
            }
        };
        let expires = entry.expires.map(|time| time.to_string().parse());
        let expires = expires.transpose().map_err(|_| {
            "expires is not a time with its offset, such as 2030-01-31T00:00:00Z".to_owned()
        })?;
        let rate = match (entry.per_second, entry.burst) {
            (None, Some(_)) => return Err("burst is set, but per_second is not".to_owned()),
            (None, None) => None,
            (Some(per_second), burst) => {
                let quota = Quota::per_second(per_second).allow_burst(burst.unwrap_or(per_second));
                Some(RateLimiter::direct(quota))
            }
        };
        Ok(Self {
            name,
            digest,
            permission: entry.role,
            collections,
            expires,
            rate,
            entry,
        })
    }

    /// Returns whether the token is for a collection.
    pub(super) fn includes(&self, collection: &Collection) -> bool {
        let collections = self.collections.as_ref();
        collections.is_none_or(|collections| collections.contains(collection))
    }

    /// Returns whether the token is for some collections only.
    pub(super) fn is_bound(&self) -> bool {
        self.collections.is_some()
    }

    /// Returns when the token expired, if it has by now.
    pub(super) fn expired(&self) -> Option<Timestamp> {
        self.expires.filter(|expires| *expires <= Timestamp::now())
    }

    /// Counts a call or an article.
    ///
    /// # Errors
    /// Returns how long to wait if the token's rate does not allow it now.
    pub(super) fn count(&self) -> Result<(), Duration> {
        let Some(rate) = &self.rate else {
            return Ok(());
        };
        let counted = rate.check();
        counted.map_err(|early| early.wait_time_from(DefaultClock::default().now()))
    }
}

/// The tokens of a file.
#[derive(Debug, Default)]
pub(super) struct Tokens(Vec<Arc<Grant>>);

impl Tokens {
    /// Reads a file of tokens. Those that are as in the former one keep the state of their rate.
    ///
    /// # Errors
    /// Says where the file is wrong.
    pub(super) fn parse(text: &str, former: Option<&Self>) -> Result<Self, String> {
        let entries: BTreeMap<String, TokenEntry> =
            toml::from_str(text).map_err(|error| in_line(text, &error))?;
        let kept = |name: &str, entry: &TokenEntry| {
            let mut grants = former.iter().flat_map(|former| &former.0);
            let kept = grants.find(|grant| grant.name == name && grant.entry == *entry);
            kept.cloned()
        };
        let mut digests = BTreeSet::new();
        let mut grants = Vec::new();
        for (name, entry) in entries {
            let grant = match kept(&name, &entry) {
                Some(grant) => grant,
                None => {
                    let made = Grant::new(name.clone(), entry);
                    Arc::new(made.map_err(|why| format!("token `{name}`: {why}"))?)
                }
            };
            if !digests.insert(grant.digest) {
                return Err(format!("token `{name}`: another token has the same sha256"));
            }
            grants.push(grant);
        }
        Ok(Self(grants))
    }

    /// Returns what a token allows. Takes the same time for every token, known or not.
    pub(super) fn find(&self, digest: &TokenDigest) -> Option<&Arc<Grant>> {
        let mut found = u64::MAX;
        for (at, grant) in self.0.iter().enumerate() {
            found.conditional_assign(&(at as u64), grant.digest.ct_eq(digest));
        }
        self.0.get(usize::try_from(found).ok()?)
    }
}

/// Returns a message of the parser in one line, with the number of the line that it is about.
fn in_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message().replace('\n', "; "))
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// What it allows.
    pub permission: Permission,
    /// For which collections; empty: for all.
    pub collections: Vec<Collection>,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// The most calls and articles a second.
    pub per_second: Option<NonZeroU32>,
    /// The most calls and articles at once, after a pause.
    pub burst: Option<NonZeroU32>,
}

impl NewToken {
    /// Makes a token that goes with those of a file. Returns the token, and the lines to append to the
    /// file.
    ///
    /// # Errors
    /// The file is wrong or has a token of this name, or the system has no random numbers.
    pub fn issue(&self, file: &str) -> Result<(String, String), String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            return Err("the name of a token has letters, digits, `-` and `_` only".to_owned());
        }
        let Tokens(present) = Tokens::parse(file, None)?;
        if present.iter().any(|grant| grant.name == self.name) {
            return Err(format!(
                "there is a token `{}` already; remove its lines first, or choose another name",
                self.name
            ));
        }
        let mut secret = [0; SECRET_BYTES];
        let filled = SystemRandom::new().fill(&mut secret);
        filled.map_err(|_| "the system has no random numbers".to_owned())?;
        let token = format!("{PREFIX}{}", hex::encode(secret));
        let lines = self.lines(&token);
        Tokens::parse(&format!("{file}{lines}"), None)?;
        Ok((token, lines))
    }

    fn lines(&self, token: &str) -> String {
        let sha256 = hex::encode(digest_of(token.as_bytes()));
        let collections: Vec<String> = self
            .collections
            .iter()
            .map(|collection| format!("{:?}", collection.as_str()))
            .collect();
        let collections =
            (!collections.is_empty()).then(|| format!("[{}]", collections.join(", ")));
        let settings = [
            ("sha256", Some(format!("{sha256:?}"))),
            ("role", Some(format!("{:?}", self.permission.name()))),
            ("collections", collections),
            ("expires", self.expires.map(|time| time.to_string())),
            (
                "per_second",
                self.per_second.map(|number| number.to_string()),
            ),
            ("burst", self.burst.map(|number| number.to_string())),
        ];
        let settings = settings
            .into_iter()
            .filter_map(|(key, value)| Some(format!("{key} = {}\n", value?)));
        format!("\n[{}]\n{}", self.name, settings.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str) -> NewToken {
        NewToken {
            name: name.into(),
            permission: Permission::Write,
            collections: Vec::new(),
            expires: None,
            per_second: None,
            burst: None,
        }
    }

    #[test]
    fn an_issued_token_is_found_by_its_digest_alone() {
        let mut file = String::from("# tokens");
        let plain = new("plain");
        let limited = NewToken {
            permission: Permission::Read,
            collections: vec![Collection::parse("news").unwrap()],
            expires: Some("2999-01-31T00:00:00Z".parse().unwrap()),
            per_second: NonZeroU32::new(5),
            burst: NonZeroU32::new(9),
            ..new("limited")
        };
        let issued = [&plain, &limited].map(|new| {
            let (token, lines) = new.issue(&file).unwrap();
            file += &lines;
            token
        });
        assert_ne!(issued[0], issued[1]);
        let tokens = Tokens::parse(&file, None).unwrap();
        let find = |token: &str| tokens.find(&digest_of(token.as_bytes()));
        let grant = find(&issued[0]).unwrap();
        assert_eq!((grant.name.as_str(), grant.is_bound()), ("plain", false));
        let grant = find(&issued[1]).unwrap();
        assert_eq!(grant.permission, Permission::Read);
        let [news, other] = ["news", "other"].map(|name| Collection::parse(name).unwrap());
        assert!(grant.includes(&news) && !grant.includes(&other));
        assert_eq!(grant.expired(), None);
        for unknown in ["", "wirecopy_", &issued[0][1..], "limited"] {
            assert!(find(unknown).is_none(), "{unknown}");
        }
        for token in &issued {
            let secret = token.strip_prefix(PREFIX).unwrap();
            assert_eq!(secret.len(), 64);
            assert!(!file.contains(secret), "the file holds a token");
        }
        assert!(new("plain").issue(&file).is_err(), "the name is taken");
        assert!(new("a b").issue("").is_err());
    }

    #[test]
    fn a_wrong_file_says_where() {
        let sha256 = "ab".repeat(32);
        let check = |settings: &str, expected: &str| {
            let text = format!("[a]\nsha256 = '{sha256}'\n{settings}");
            let fault = Tokens::parse(&text, None).unwrap_err();
            assert!(fault.contains(expected), "{settings}: {fault}");
            assert!(!fault.contains('\n'), "{fault}");
        };
        check("role = 'king'", "line 3: ");
        check("", "role");
        check("role = 'read'\ncolections = ['a']", "colections");
        check("role = 'read'\ncollections = []", "token `a`: collections");
        check("role = 'read'\ncollections = ['../x']", "collections: ");
        check("role = 'read'\nexpires = 2030-01-01", "token `a`: expires");
        check("role = 'read'\nburst = 4", "per_second");
        check("role = 'read'\nper_second = 0", "line 4");
        let same = format!("role = 'read'\n[b]\nrole = 'read'\nsha256 = '{sha256}'");
        check(&same, "token `b`: another");
        let short = Tokens::parse("[a]\nrole = 'read'\nsha256 = 'abc'", None);
        assert!(short.unwrap_err().contains("64 hexadecimal digits"));
        assert!(Tokens::parse("", None).unwrap().0.is_empty());
    }

    #[test]
    fn a_rate_is_kept_to_and_survives_another_reading_of_the_file() {
        let limits = NewToken {
            per_second: NonZeroU32::new(1),
            burst: NonZeroU32::new(3),
            ..new("slow")
        };
        let (token, lines) = limits.issue("").unwrap();
        let digest = digest_of(token.as_bytes());
        let tokens = Tokens::parse(&lines, None).unwrap();
        let grant = tokens.find(&digest).unwrap();
        assert_eq!([(); 3].map(|()| grant.count()), [Ok(()); 3]);
        let wait = grant.count().unwrap_err();
        assert!(
            wait > Duration::ZERO && wait <= Duration::from_secs(1),
            "{wait:?}"
        );
        let again = Tokens::parse(&format!("{lines}\n# changed"), Some(&tokens)).unwrap();
        assert!(again.find(&digest).unwrap().count().is_err());
        let faster = lines.replace("burst = 3", "burst = 4");
        let faster = Tokens::parse(&faster, Some(&tokens)).unwrap();
        assert_eq!(faster.find(&digest).unwrap().count(), Ok(()));
    }

    #[test]
    fn a_token_expires() {
        let expired = NewToken {
            expires: Some("2020-01-31T12:00:00+02:00".parse().unwrap()),
            ..new("old")
        };
        let (token, lines) = expired.issue("").unwrap();
        let tokens = Tokens::parse(&lines, None).unwrap();
        let grant = tokens.find(&digest_of(token.as_bytes())).unwrap();
        assert_eq!(grant.expired().unwrap().to_string(), "2020-01-31T10:00:00Z");
    }
}
