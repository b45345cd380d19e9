//! The page may call, other sites may not: checked by what browsers say about where a request comes from.

use axum::http::{HeaderMap, header};
use model::refusal::Refusal;

/// # Errors
/// A body that is not declared as JSON (a form of another site could send that), or another origin.
pub fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bad = |why: &str| Err(Refusal::BadRequest { why: why.to_owned() });
    let json = text(header::CONTENT_TYPE.as_str())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !json {
        return bad("its Content-Type is application/json");
    }
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return bad("another site sent it");
    }
    if let Some(origin) = text("origin") {
        let from = origin.split_once("://").map(|(_, host)| host);
        if from.is_none() || from != text(header::HOST.as_str()) {
            return bad("another site sent it");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(values: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.insert(*name, value.parse().unwrap());
        }
        check(&headers).is_ok()
    }

    #[test]
    fn only_our_own_page_and_programs_call() {
        let json = ("content-type", "application/json; charset=utf-8");
        let host = ("host", "office.example:8080");
        for (headers, good) in [
            (&[json, host] as &[_], true),
            (&[host], false),
            (&[("content-type", "text/plain"), host], false),
            (&[json, host, ("origin", "https://office.example:8080")], true),
            (&[json, host, ("origin", "https://office.example")], false),
            (&[json, host, ("origin", "https://evil.example")], false),
            (&[json, host, ("origin", "null")], false),
            (&[json, host, ("sec-fetch-site", "same-origin")], true),
            (&[json, host, ("sec-fetch-site", "cross-site")], false),
            (&[json, host, ("sec-fetch-site", "same-site")], false),
        ] {
            assert_eq!(checked(headers), good, "{headers:?}");
        }
    }
}
