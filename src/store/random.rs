//! Random numbers that nobody can guess.

use rustix::rand::{GetRandomFlags, getrandom};

use super::{Error, Result};

/// Returns random bytes, 256 at most.
pub fn random_bytes<const BYTES: usize>() -> Result<[u8; BYTES]> {
    const { assert!(BYTES <= 256, "more may come in parts") };
    let mut bytes = [0; BYTES];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty());
    filled.map_err(|error| Error::Io {
        what: "read",
        path: "the system's random numbers".into(),
        source: error.into(),
    })?;
    Ok(bytes)
}
