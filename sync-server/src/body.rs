//! Reading a request's body, bounded in size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use model::refusal::Refusal;

/// A body is there whole within this, or the connection is too slow to be served.
const PATIENCE: Duration = Duration::from_secs(20);

/// # Errors
/// [`Refusal::TooLarge`] as soon as the bound is passed; [`Refusal::BadRequest`] for one that is cut or slow.
pub async fn read(body: Body, most: usize) -> Result<Bytes, Refusal> {
    let whole = tokio::time::timeout(PATIENCE, Limited::new(body, most).collect()).await;
    match whole {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge {
            what: format!("a body has at most {most} bytes"),
        }),
        Ok(Err(_)) => Err(Refusal::BadRequest {
            why: "its body was cut".to_owned(),
        }),
        Err(_) => Err(Refusal::BadRequest {
            why: "its body took too long".to_owned(),
        }),
    }
}
