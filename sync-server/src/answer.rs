//! Refusals as HTTP answers: what happened and what to do, in JSON, under a fitting status.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::refusal::Refusal;

/// A refusal on its way out. The code goes to the log, the sentence to whoever asked.
pub struct Refused(pub Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

/// The code of a refusal, for the log.
#[derive(Clone, Copy)]
pub struct RefusalCode(pub &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = status(&self.0);
        let mut response = (status, Json(self.0.told())).into_response();
        response.extensions_mut().insert(RefusalCode(self.0.code()));
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// The status that a refusal is answered with.
pub fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotSignedIn | Refusal::WrongPassword { .. } | Refusal::Disabled => StatusCode::UNAUTHORIZED,
        Refusal::NotPermitted { .. } | Refusal::OtherOrganisation => StatusCode::FORBIDDEN,
        Refusal::LockedOut { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::BadRequest { .. } | Refusal::BadField { .. } => StatusCode::BAD_REQUEST,
        Refusal::Unknown { .. } | Refusal::UnknownRequest { .. } => StatusCode::NOT_FOUND,
        Refusal::RequestIdReused | Refusal::Taken { .. } => StatusCode::CONFLICT,
        Refusal::CodeUsed => StatusCode::GONE,
        Refusal::BadCode { .. } => StatusCode::FORBIDDEN,
        Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        Refusal::Failed { .. } | Refusal::Damaged { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        // The law of the shop said no: the request was understood.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
