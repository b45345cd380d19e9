//! What a request is: one definition from which every surface (window, HTTP, command line, permission table) derives.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::role::Permission;

/// Whether a request changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Reads.
    Query,
    /// Makes one commit.
    Command,
    /// Changes only what this till keeps for itself.
    Local,
    /// Asks the till's own window and devices; the command line and head office have none.
    Till,
}

/// A request with its answer.
pub trait Request: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    type Response: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
    /// `area.action`.
    const NAME: &'static str;
    /// The number in commit headers; never reused.
    const CODE: u16;
    const KIND: Kind;
    const PERMISSION: Permission;
}

/// One row of the list of requests.
#[derive(Debug, Clone, Serialize)]
pub struct RequestInfo {
    pub name: &'static str,
    pub kind: Kind,
    pub permission: Permission,
    /// JSON Schema of the request's body.
    pub schema: serde_json::Value,
    pub response: serde_json::Value,
}

impl RequestInfo {
    pub fn of<R: Request>() -> Self {
        let schema = |schema: schemars::Schema| schema.to_value();
        Self {
            name: R::NAME,
            kind: R::KIND,
            permission: R::PERMISSION,
            schema: schema(schemars::schema_for!(R)),
            response: schema(schemars::schema_for!(R::Response)),
        }
    }
}

/// Declares that a type is a request.
#[macro_export]
macro_rules! request {
    ($code:literal $name:literal $request:ty => $response:ty, $kind:ident, $permission:ident) => {
        impl $crate::request::Request for $request {
            type Response = $response;
            const NAME: &'static str = $name;
            const CODE: u16 = $code;
            const KIND: $crate::request::Kind = $crate::request::Kind::$kind;
            const PERMISSION: $crate::role::Permission = $crate::role::Permission::$permission;
        }
    };
}
