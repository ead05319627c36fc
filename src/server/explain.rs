//! Says in a sentence why a client and a server do not come together.

use std::error::Error;
use std::io;

use jiff::Timestamp;
use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::{self, CertificateError};

/// How rustls begins its words on an alert that was received.
const ALERT: &str = "received fatal alert: ";

/// Returns what a person can do something about among the causes of an error: a certificate that is
/// not accepted, or TLS on one side only.
pub fn explain(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(why) = of_one(error) {
            return Some(why);
        }
        cause = error.source();
    }
    None
}

fn of_one(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        let needs_tls = error.reason() == Some(h2::Reason::INADEQUATE_SECURITY);
        return needs_tls.then(|| "the server speaks TLS: use https".to_owned());
    }
    // An io::Error hides what is in it from `source`.
    let inner = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    let of_tls = match inner {
        Some(inner) => inner.downcast_ref::<rustls::Error>(),
        None => error.downcast_ref::<rustls::Error>(),
    };
    of_tls.map(tls).or_else(|| {
        // Of errors after the handshake, h2 keeps the words only.
        let words = inner?.to_string();
        words.strip_prefix(ALERT).map(of_alert)
    })
}

fn tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS: use http".to_owned(),
        rustls::Error::AlertReceived(alert) => of_alert(&format!("{alert:?}")),
        other => format!("TLS failed: {other}"),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => "the certificate of the server has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate of the server expired on {}", time(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            let time = time(*not_before);
            format!("the certificate of the server is not valid before {time}")
        }
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => {
            let names: Vec<String> = presented.iter().map(|name| plain_name(name)).collect();
            let (name, names) = (expected.to_str(), names.join(", "));
            format!("the certificate of the server is not for `{name}`, but for {names}")
        }
        CertificateError::UnknownIssuer => {
            "the certificate of the server is from an authority that is not trusted here; --ca names one that is"
                .to_owned()
        }
        other => format!("the certificate of the server is not accepted: {other}"),
    }
}

/// Returns a name of a certificate as people write it: rustls has it as `DnsName("localhost")`.
fn plain_name(name: &str) -> String {
    let inner = name
        .split_once('(')
        .and_then(|(_, inner)| inner.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').to_owned()
}

/// Explains an alert of TLS by its name.
fn of_alert(alert: &str) -> String {
    match alert {
        "CertificateRequired" => {
            "the server asks for a client certificate: give one with --cert and --key".to_owned()
        }
        "CertificateExpired" => {
            "the server does not accept the client certificate: it has expired".to_owned()
        }
        "UnknownCA"
        | "BadCertificate"
        | "DecryptError"
        | "CertificateUnknown"
        | "UnsupportedCertificate" => {
            format!("the server does not accept the client certificate ({alert})")
        }
        _ => format!("the server ended the TLS connection ({alert})"),
    }
}

fn time(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).ok();
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(|| "an unknown day".to_owned(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn names_of_certificates_are_plain() {
        assert_eq!(plain_name("DnsName(\"localhost\")"), "localhost");
        assert_eq!(plain_name("IpAddress(127.0.0.1)"), "127.0.0.1");
        assert_eq!(plain_name("other"), "other");
    }

    #[test]
    fn causes_are_found_however_deep_they_are() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let expired = CertificateError::ExpiredContext {
            time: at(1_800_000_000),
            not_after: at(1_700_000_000),
        };
        let in_io = io::Error::other(rustls::Error::InvalidCertificate(expired));
        let status = tonic::Status::from_error(Box::new(in_io));
        let why = explain(&status).expect("the cause is in the chain");
        assert_eq!(
            why,
            "the certificate of the server expired on 2023-11-14T22:13:20Z"
        );
        let security = h2::Error::from(h2::Reason::INADEQUATE_SECURITY);
        let why = explain(&security).unwrap();
        assert_eq!(why, "the server speaks TLS: use https");
        assert_eq!(explain(&h2::Error::from(h2::Reason::CANCEL)), None);
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        for alert in [io::Error::other(alert.to_string()), io::Error::other(alert)] {
            let why = explain(&alert).unwrap();
            assert!(
                why.starts_with("the server asks for a client certificate"),
                "{why}"
            );
        }
        assert_eq!(explain(&io::Error::from(io::ErrorKind::BrokenPipe)), None);
    }
}
