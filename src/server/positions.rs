//! Positions that clients keep: cursors of the change feed, and tokens of pages.
//!
//! A cursor is a version byte and the engine's number in eight bytes, big-endian. The version leaves
//! room for another form: a group of servers needs more than one number.
//!
//! Cursors and page tokens are positions among all collections. Whoever may not see all of them gets them
//! sealed: encrypted with the secret of the store, by ChaCha20-Poly1305 (RFC 8439) under a random nonce. So
//! they tell nothing, not even whether anything has happened, and serve for one collection only.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::authorize::Caller;
use super::status::Fault;
use crate::engine::{self, Engine};
use crate::id::Collection;
use crate::store::random_bytes;

const PLAIN: u8 = 1;
const SEALED: u8 = 2;

/// Encodes a cursor for those who may see all collections.
pub(super) fn encode(cursor: u64) -> Vec<u8> {
    [&[PLAIN], cursor.to_be_bytes().as_slice()].concat()
}

/// Decodes such a cursor; an empty one stands for the start of the feed.
pub(super) fn decode(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [] => Some(0),
        [PLAIN, number @ ..] => number.try_into().map(u64::from_be_bytes).ok(),
        _ => None,
    }
}

/// What a caller is given, and may bring, as positions of a collection.
#[derive(Clone)]
pub(super) struct Positions {
    collection: Collection,
    is_sealed: bool,
}

impl Positions {
    pub(super) fn of(caller: &Caller, collection: &Collection) -> Self {
        Self {
            collection: collection.clone(),
            is_sealed: !caller.sees_all(),
        }
    }

    /// Returns an encoded cursor as the caller is given it.
    pub(super) fn cursor(&self, engine: &Engine, encoded: Vec<u8>) -> engine::Result<Vec<u8>> {
        match self.is_sealed {
            true => self.seal(engine, &encoded),
            false => Ok(encoded),
        }
    }

    /// Reads a cursor that the caller brings.
    pub(super) fn read_cursor(&self, engine: &Engine, given: &[u8]) -> Result<u64, Fault> {
        let plain = self.open(engine, given)?;
        let cursor = plain.and_then(|plain| decode(&plain));
        cursor.ok_or_else(|| {
            Fault::invalid(
                "after",
                "not a cursor that this server issued to this caller",
            )
        })
    }

    /// Returns a page token as the caller is given it.
    pub(super) fn token(&self, engine: &Engine, token: String) -> engine::Result<String> {
        match self.is_sealed && !token.is_empty() {
            true => Ok(hex::encode(self.seal(engine, token.as_bytes())?)),
            false => Ok(token),
        }
    }

    /// Reads a page token that the caller brings.
    pub(super) fn read_token(&self, engine: &Engine, given: String) -> engine::Result<String> {
        if !self.is_sealed {
            return Ok(given);
        }
        let sealed = hex::decode(given).ok();
        let opened = sealed
            .map(|sealed| self.open(engine, &sealed))
            .transpose()?;
        let token = opened.flatten().map(String::from_utf8);
        token
            .and_then(Result::ok)
            .ok_or_else(|| engine::Error::Invalid {
                field: "page_token",
                why: "not a token that an earlier page returned".to_owned(),
            })
    }

    fn seal(&self, engine: &Engine, plain: &[u8]) -> engine::Result<Vec<u8>> {
        let (key, nonce) = (key(engine)?, random_bytes::<NONCE_LEN>()?);
        let mut sealed = plain.to_vec();
        let (nonce_of_one, collection) = (Nonce::assume_unique_for_key(nonce), self.context());
        key.seal_in_place_append_tag(nonce_of_one, collection, &mut sealed)
            .expect("a position is short");
        Ok([&[SEALED], &nonce[..], &sealed].concat())
    }

    /// Returns a position as [`encode`] does, or `None` if the caller cannot have been given it. What is not
    /// sealed is taken only from those who are given it so: others could find out with it how much is stored.
    fn open(&self, engine: &Engine, given: &[u8]) -> engine::Result<Option<Vec<u8>>> {
        let [SEALED, sealed @ ..] = given else {
            let is_known = given.is_empty() || !self.is_sealed;
            return Ok(is_known.then(|| given.to_vec()));
        };
        let Some((nonce, sealed)) = sealed.split_first_chunk() else {
            return Ok(None);
        };
        let (nonce, mut opened) = (Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
        let opened = key(engine)?.open_in_place(nonce, self.context(), &mut opened);
        Ok(opened.ok().map(|opened| opened.to_vec()))
    }

    fn context(&self) -> Aad<&[u8]> {
        Aad::from(self.collection.as_str().as_bytes())
    }
}

fn key(engine: &Engine) -> engine::Result<LessSafeKey> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, &engine.secret()?);
    Ok(LessSafeKey::new(key.expect("a key of 32 bytes")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::Memory;

    #[test]
    fn cursors_are_read_back() {
        for cursor in [0, 1, 258, u64::MAX] {
            assert_eq!(decode(&encode(cursor)), Some(cursor));
        }
        assert_eq!(encode(258), [1, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(decode(&[]), Some(0));
        for bad in [&[1][..], &[2, 0, 0, 0, 0, 0, 0, 1, 2], &[1; 8], &[1; 10]] {
            assert!(decode(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn sealed_positions_serve_those_alone_who_were_given_them() {
        let engine = || Engine::open(Arc::<Memory>::default(), engine::Params::default()).unwrap();
        let (engine, another) = (engine(), engine());
        let positions = |name: &str, is_sealed| Positions {
            collection: Collection::parse(name).unwrap(),
            is_sealed,
        };
        let (bound, of_another) = (positions("alpha", true), positions("bravo", true));
        let of_all = positions("alpha", false);
        let sealed = [(); 2].map(|()| bound.cursor(&engine, encode(258)).unwrap());
        assert_ne!(
            sealed[0], sealed[1],
            "nobody sees that nothing has happened"
        );
        for sealed in &sealed {
            for reader in [&bound, &of_all] {
                assert_eq!(reader.read_cursor(&engine, sealed).unwrap(), 258);
            }
            assert!(of_another.read_cursor(&engine, sealed).is_err());
            assert!(bound.read_cursor(&another, sealed).is_err());
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert!(bound.read_cursor(&engine, &changed).is_err(), "byte {at}");
                assert!(bound.read_cursor(&engine, &sealed[..at]).is_err() || at == 0);
            }
        }
        // Before cursors were sealed.
        assert_eq!(of_all.read_cursor(&engine, &encode(258)).unwrap(), 258);
        assert!(bound.read_cursor(&engine, &encode(258)).is_err());
        assert_eq!(bound.read_cursor(&engine, &[]).unwrap(), 0);

        let token = "6d000000000000000501".to_owned();
        let sealed = bound.token(&engine, token.clone()).unwrap();
        assert_eq!(bound.read_token(&engine, sealed.clone()).unwrap(), token);
        assert!(of_another.read_token(&engine, sealed).is_err());
        assert!(bound.read_token(&engine, token.clone()).is_err());
        assert_eq!(of_all.token(&engine, token.clone()).unwrap(), token);
        assert_eq!(bound.token(&engine, String::new()).unwrap(), "");
        assert_eq!(bound.read_token(&engine, String::new()).unwrap(), "");
    }
}
