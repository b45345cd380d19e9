//! Requests over HTTP: bounded in time and size, no redirects, no compression but our own.

use std::io::Read;

use model::refusal::{Refusal, Told};
use reqwest::Url;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};

use crate::address::address;
use crate::limits::{ANSWER, CONNECT, LISTEN_LIFE, MAX_BODY, MAX_TOLD};
use crate::line::Line;
use crate::trouble::Trouble;

/// What the messages are.
pub const CONTENT: &str = "application/vnd.fovea.sync";

/// One server. Must not be made or used on a thread of an async runtime.
pub struct Http {
    client: Client,
    base: Url,
}

impl Http {
    /// # Errors
    /// What [`address`] refuses; a machine on which TLS cannot be set up.
    pub fn new(server: &str) -> Result<Self, Refusal> {
        let base = address(server)?;
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // A redirect could lead a token to another host.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| Refusal::Failed {
                what: format!("no connection can be made: {error}"),
            })?;
        Ok(Self { client, base })
    }

    /// The address, as it is remembered.
    pub fn server(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }
}

impl Http {
    /// Asks for wake-ups; they come a line at a time as the answer's body, which the server ends within
    /// [`LISTEN_LIFE`].
    pub fn listen(&self, token: &str) -> Result<impl Read + use<>, Trouble> {
        let request = self.client.get(self.at("v1/events")?);
        answer(request.timeout(LISTEN_LIFE + ANSWER), Some(token))
    }

    fn at(&self, path: &str) -> Result<Url, Trouble> {
        self.base.join(path).map_err(|_| {
            Trouble::Final(Refusal::Failed {
                what: "the address".to_owned(),
            })
        })
    }
}

impl Line for Http {
    fn post(&self, path: &str, body: Vec<u8>, token: Option<&str>) -> Result<Vec<u8>, Trouble> {
        let request = self.client.post(self.at(path)?).header(CONTENT_TYPE, CONTENT);
        read(answer(request.body(body), token)?, MAX_BODY)
    }
}

/// Sends a request; an answer that is none comes back as what the server said instead.
fn answer(mut request: RequestBuilder, token: Option<&str>) -> Result<Response, Trouble> {
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = request.send().map_err(away)?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let told: Option<Told> = read(answer, MAX_TOLD)
        .ok()
        .and_then(|body| serde_json::from_slice(&body).ok());
    Err(Trouble::told(status.as_u16(), told))
}

fn read(answer: Response, most: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    answer
        .take(most as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|error| Trouble::Away(format!("its answer was cut: {error}")))?;
    if body.len() > most {
        Err(Trouble::Away("its answer is too long".to_owned()))
    } else {
        Ok(body)
    }
}

/// The innermost cause says what happened; the outer ones only that something did.
fn away(error: reqwest::Error) -> Trouble {
    if error.is_timeout() {
        return Trouble::Away("it took too long".to_owned());
    }
    let mut cause: &dyn std::error::Error = &error;
    // A chain of causes is a few long; the bound is for the loop.
    for _ in 0..16 {
        match cause.source() {
            Some(inner) => cause = inner,
            None => break,
        }
    }
    let said = cause.to_string();
    // The system's number of an error is of no use to whoever reads it on a till.
    Trouble::Away(said.split(" (os error").next().unwrap_or(&said).to_lowercase())
}
