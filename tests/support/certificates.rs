//! An authority of certificates, and certificates by it.

#![allow(dead_code, reason = "each test takes what it needs")]

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

/// Signs certificates.
pub struct Authority {
    /// Its own certificate.
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM form.
pub struct KeyedCertificate {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// Signs a certificate for a name or an address.
    pub fn sign(&self, name: &str) -> KeyedCertificate {
        self.sign_until(name, 4000)
    }

    /// Signs one that expires when a year begins.
    pub fn sign_until(&self, name: &str, year: i32) -> KeyedCertificate {
        let params = CertificateParams::new(vec![name.to_owned()]);
        let mut params = params.expect("a valid name");
        params.not_after = date_time_ymd(year, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer);
        KeyedCertificate {
            certificate: signed.expect("a certificate").pem(),
            key: key.serialize_pem(),
        }
    }
}
