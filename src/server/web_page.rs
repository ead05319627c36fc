//! Serves the web page: files that are part of the program.
//!
//! In goes a path; out comes a file, or nothing. The files hold no data, so they need no token. What the page
//! shows it asks `http_json` for, like any other client.

use tonic::body::Body;
use tonic::codegen::http::Response;
use tonic::codegen::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

/// The document, which names the current assets.
const INDEX: &[u8] = include_bytes!("../../web/dist/index.html");
/// The other files, by name. Each name has the hash of the content.
const ASSETS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web_assets.rs"));

/// What the page may do: load its own files, and call this server. Article text is hostile, so no script or style
/// within a document counts, and none can be made of a string.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct WebFile {
    pub(super) bytes: &'static [u8],
    kind: &'static str,
    cache: &'static str,
}

impl WebFile {
    /// Returns the file at a path.
    pub(super) fn at(path: &str) -> Option<Self> {
        if path == "/" {
            return Some(Self {
                bytes: INDEX,
                kind: "text/html; charset=utf-8",
                cache: "no-cache",
            });
        }
        let name = path.strip_prefix("/assets/")?;
        let (_, bytes) = ASSETS.iter().find(|(asset, _)| *asset == name)?;
        Some(Self {
            bytes,
            kind: kind_of(name),
            cache: "public, max-age=31536000, immutable",
        })
    }

    /// Returns a response with this body, which is the file.
    pub(super) fn response(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.cache));
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_type_and_a_name_by_its_content() {
        let index = std::str::from_utf8(INDEX).unwrap();
        assert!(!ASSETS.is_empty());
        for (name, _) in ASSETS {
            let file = WebFile::at(&format!("/assets/{name}")).unwrap();
            assert_ne!(file.kind, "application/octet-stream", "{name}");
            assert!(file.cache.contains("immutable"));
            assert!(
                index.contains(&format!("/assets/{name}")),
                "{name} is not in use"
            );
        }
        assert!(WebFile::at("/").unwrap().cache.contains("no-cache"));
    }

    #[test]
    fn there_is_nothing_at_other_paths() {
        for path in [
            "",
            "/index.html",
            "/assets/",
            "/assets/../index.html",
            "/assets",
            "//",
        ] {
            assert!(WebFile::at(path).is_none(), "{path}");
        }
    }
}
