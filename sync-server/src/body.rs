//! Reading a request's body, bounded in size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use model::refusal::Refusal;

/// A body is there whole within this, or the connection is too slow to be served.
const PATIENCE: Duration = Duration::from_secs(20);
/// So much beyond its bound is read and thrown away: whoever closes on unread bytes resets the connection, and the sender
/// would never read why it was refused.
const THROWN_AWAY: usize = 16 * 1024 * 1024;

/// # Errors
/// [`Refusal::TooLarge`] when the bound is passed; [`Refusal::BadRequest`] for one that is cut or slow.
pub async fn read(body: Body, most: usize) -> Result<Bytes, Refusal> {
    let whole = tokio::time::timeout(PATIENCE, collect(body, most)).await;
    whole.unwrap_or_else(|_| {
        Err(Refusal::BadRequest {
            why: "its body took too long".to_owned(),
        })
    })
}

async fn collect(mut body: Body, most: usize) -> Result<Bytes, Refusal> {
    let (mut kept, mut length) = (Vec::new(), 0);
    while length <= most + THROWN_AWAY
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|_| Refusal::BadRequest {
            why: "its body was cut".to_owned(),
        })?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length <= most {
            kept.extend_from_slice(data);
        } else {
            kept = Vec::new();
        }
    }
    if length > most {
        return Err(Refusal::TooLarge {
            what: format!("a body has at most {most} bytes"),
        });
    }
    Ok(kept.into())
}
