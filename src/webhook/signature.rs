//! Signs batches as Standard Webhooks describes it (<https://www.standardwebhooks.com>): receivers have libraries
//! that check the signature.

use std::fmt;

use data_encoding::BASE64;
use ring::hmac;

use super::Error;

/// What a secret begins with, before its bytes in base64.
const PREFIX: &str = "whsec_";
/// How many bytes a secret may have.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The secrets that batches are signed with: usually one, and two while the receiver changes from one to another.
#[derive(Clone)]
pub struct Secrets(Vec<hmac::Key>);

/// Never shows a secret.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// Reads secrets, separated by white space: `whsec_` and 24 to 64 bytes in base64 each.
    ///
    /// # Errors
    /// Says what is wrong, and quotes nothing.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |why: &str| Error::Setting {
            what: "the secret of the webhook",
            why: why.to_owned(),
        };
        let mut keys = Vec::new();
        for secret in text.split_whitespace() {
            let encoded = secret.strip_prefix(PREFIX);
            let encoded = encoded.ok_or_else(|| invalid("it does not begin with `whsec_`"))?;
            let bytes = BASE64.decode(encoded.as_bytes());
            let bytes = bytes.map_err(|_| invalid("it is not base64 after `whsec_`"))?;
            if !BYTES.contains(&bytes.len()) {
                return Err(invalid("it must have 24 to 64 bytes"));
            }
            keys.push(hmac::Key::new(hmac::HMAC_SHA256, &bytes));
        }
        match keys.is_empty() {
            true => Err(invalid("there is none")),
            false => Ok(Self(keys)),
        }
    }

    /// Returns the value of the header `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        let signatures = self.0.iter().map(|key| {
            let signature = hmac::sign(key, &signed);
            format!("v1,{}", BASE64.encode(signature.as_ref()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let secrets = Secrets::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let signature = secrets.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            b"{\"test\": 2432232314}",
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    }

    #[test]
    fn two_secrets_make_two_signatures() {
        let two = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let signature = Secrets::parse(two).unwrap().sign("a", 1, b"");
        assert_eq!(
            signature
                .split(' ')
                .filter(|one| one.starts_with("v1,"))
                .count(),
            2
        );
    }

    #[test]
    fn a_bad_secret_is_not_quoted() {
        for (secret, why) in [
            ("", "there is none"),
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin"),
            ("whsec_MfKQ9r8GKYqr", "24 to 64 bytes"),
            ("whsec_%%%%", "not base64"),
        ] {
            let error = Secrets::parse(secret).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("MfKQ"), "{error}");
        }
    }
}
