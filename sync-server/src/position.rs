//! Where a page's last write stands: told with the answer, and shown by the page when it asks again, so that it reads what it
//! wrote, whichever process answers. It stands in a cookie, because a page sends that by itself; programs may send the
//! header that they got.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use model::ids::Id;
use replica::Tip;

const HEADER: HeaderName = HeaderName::from_static("x-position");
const COOKIE: &str = "position";
/// Any process has it by then, seconds.
const LIFE: u32 = 60;

/// The position that a request shows. What does not read is none: it is a hint, not a right.
pub fn of(headers: &HeaderMap) -> Option<Tip> {
    let shown = headers.get(&HEADER).and_then(|value| value.to_str().ok());
    let kept = || {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
    };
    let (log, seq) = shown.or_else(kept)?.split_once('.')?;
    Some(Tip {
        log: log.parse().ok()?,
        seq: seq.parse().ok().filter(|seq| *seq <= journal::limits::MAX_SEQ)?,
        hash16: Id([0; 16]),
    })
}

/// Tells where a write stands.
pub fn tell(response: &mut Response, Tip { log, seq, .. }: Tip) {
    let position = format!("{log}.{seq}");
    let cookie = format!("{COOKIE}={position}; Path=/api; Max-Age={LIFE}; HttpOnly; SameSite=Strict");
    for (name, value) in [(HEADER, position), (header::SET_COOKIE, cookie)] {
        // Digits, letters and what is written above: always a header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_is_shown() {
        let tip = Tip {
            log: Id([7; 16]),
            seq: 42,
            hash16: Id([0; 16]),
        };
        let mut response = Response::default();
        tell(&mut response, tip);
        let told = response.headers();
        let mut asked = HeaderMap::new();
        asked.insert(HEADER, told[HEADER].clone());
        assert_eq!(of(&asked), Some(tip));
        let cookie = told[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let mut asked = HeaderMap::new();
        asked.insert(
            header::COOKIE,
            HeaderValue::from_str(&format!("a=b; {cookie}; c=d")).unwrap(),
        );
        assert_eq!(of(&asked), Some(tip));
        for bad in ["", "x", "07.1", "0707.x", &format!("{}.{}", tip.log, u64::MAX)] {
            let mut asked = HeaderMap::new();
            asked.insert(HEADER, HeaderValue::from_str(bad).unwrap());
            assert_eq!(of(&asked), None, "{bad}");
        }
    }
}
