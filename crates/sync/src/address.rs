//! The server's address, as a person typed it.

use std::net::IpAddr;

use model::refusal::Refusal;
use reqwest::Url;

/// An address as it is remembered: read like [`address`], without the last slash.
///
/// # Errors
/// As [`address`].
pub fn remembered(text: &str) -> Result<String, Refusal> {
    Ok(address(text)?.as_str().trim_end_matches('/').to_owned())
}

/// Longest address, in bytes.
const MAX_ADDRESS: usize = 300;

/// Reads an address: scheme, host, port. Plain http is for this machine alone, where nobody listens in.
///
/// # Errors
/// [`Refusal::PlainHttp`]; [`Refusal::BadField`] for anything that is not `https://HOST[:PORT]`.
pub fn address(text: &str) -> Result<Url, Refusal> {
    let bad = |why: &str| Refusal::BadField {
        field: "server".to_owned(),
        why: why.to_owned(),
    };
    let text = text.trim();
    if text.len() > MAX_ADDRESS {
        return Err(bad("the address is too long"));
    }
    let url = Url::parse(text).map_err(|_| bad("an address is https://HOST or https://HOST:PORT"))?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !plain || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(bad(
            "an address is https://HOST or https://HOST:PORT, without anything behind it",
        ));
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(Refusal::PlainHttp),
        _ => Err(bad("an address begins with https://")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match address(text) {
            Ok(url) => url.to_string(),
            Err(refusal) => refusal.code().to_owned(),
        }
    }

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("https://fovea.example", "https://fovea.example/"),
            (" https://fovea.example:8443/ ", "https://fovea.example:8443/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://localhost:8080", "http://localhost:8080/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
            ("http://fovea.example", "plain_http"),
            ("http://127.0.0.1.example", "plain_http"),
            ("http://192.168.1.2", "plain_http"),
            ("http://[::ffff:127.0.0.1]", "plain_http"),
            ("fovea.example", "bad_field"),
            ("ftp://fovea.example", "bad_field"),
            ("https://me:secret@fovea.example", "bad_field"),
            ("https://fovea.example/path", "bad_field"),
            ("https://fovea.example?x=1", "bad_field"),
            ("", "bad_field"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
        assert_eq!(said(&format!("https://{}", "a".repeat(400))), "bad_field");
    }
}
