//! Checks which host a request names, which is how a page of another site gives itself away.
//!
//! A page can make the name of its own site point to this machine (DNS rebinding). For the browser, the server is then
//! part of that site. Without access tokens and TLS nothing else would stop the page; with TLS, the browser refuses the
//! certificate.

use std::net::{Ipv4Addr, Ipv6Addr};

use tonic::codegen::http::header::HOST;
use tonic::codegen::http::request::Parts;
use tonic::codegen::http::uri::Authority;
use tonic::codegen::http::{HeaderMap, Version};

use super::problem::Problem;

/// Checks that a request of HTTP/1.1 names one host, and, unless the server takes `any_host`, that no other site can
/// have that name.
pub(super) fn check(parts: &Parts, any_host: bool) -> Result<(), Problem> {
    let authority = match parts.uri.authority() {
        Some(authority) => Some(authority.clone()),
        None => header(&parts.headers)?,
    };
    match authority {
        None if parts.version == Version::HTTP_11 => Err(Problem::bad_host(
            "the request names no host: send the header `host`",
        )),
        Some(authority) if !any_host && !is_of_this_machine(authority.host()) => {
            Err(Problem::foreign_host(authority.host()))
        }
        _ => Ok(()),
    }
}

fn header(headers: &HeaderMap) -> Result<Option<Authority>, Problem> {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else {
        return Ok(None);
    };
    if hosts.next().is_some() {
        return Err(Problem::bad_host("the request has two headers `host`"));
    }
    let authority = Authority::try_from(host.as_bytes());
    let authority = authority.map_err(|_| Problem::bad_host("the header `host` names no host"))?;
    Ok(Some(authority))
}

/// Returns whether a host is an address or localhost, which browsers do not look up.
fn is_of_this_machine(host: &str) -> bool {
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    match in_brackets {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            name.parse::<Ipv4Addr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::codegen::http::Request;

    use super::*;

    fn status(target: &str, hosts: &[&str], any_host: bool) -> u16 {
        let mut request = Request::get(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        check(&parts, any_host).map_or_else(|problem| problem.status(), |()| 200)
    }

    #[test]
    fn a_name_of_another_site_is_refused_unless_all_are_taken() {
        let check = |host: &str, expected: u16| {
            assert_eq!(status("/v1/stats", &[host], false), expected, "{host}");
            let target = format!("http://{host}/v1/stats");
            assert_eq!(status(&target, &[], false), expected, "{host}");
            assert_eq!(status("/v1/stats", &[host], true), 200, "{host}");
        };
        check("127.0.0.1:7717", 200);
        check("10.0.0.9", 200);
        check("[::1]:7717", 200);
        check("localhost:7717", 200);
        check("LOCALHOST.", 200);
        check("api.localhost", 200);
        check("evil.example:7717", 403);
        check("localhost.evil.example", 403);
        check("127.0.0.1.evil.example", 403);
        check("evillocalhost", 403);
    }

    #[test]
    fn one_host_is_named() {
        assert_eq!(status("/", &[], true), 400);
        assert_eq!(status("/", &[""], true), 400);
        assert_eq!(status("/", &["a b"], true), 400);
        assert_eq!(status("/", &["localhost", "localhost"], true), 400);
        assert_eq!(status("/", &["localhost"], true), 200);
    }
}
