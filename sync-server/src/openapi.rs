//! The OpenAPI document, made from the same definitions that the requests are answered by.

use std::collections::BTreeMap;

use model::request::{Kind, RequestInfo};
use serde_json::{Value, json};

/// Where JSON Schema keeps shared types, and where OpenAPI does.
const DEFINITIONS: &str = "#/$defs/";
const COMPONENTS: &str = "#/components/schemas/";

/// Types shared between requests, by name.
type Shared = BTreeMap<String, Value>;

/// The document of every request.
pub fn document() -> Value {
    let mut shared = Shared::new();
    let mut paths = serde_json::Map::new();
    for request in model::requests::all() {
        paths.insert(
            format!("/api/call/{}", request.name),
            json!({ "post": operation(&request, &mut shared) }),
        );
    }
    let told = schemars::schema_for!(model::refusal::Told).to_value();
    shared.insert("Told".to_owned(), lifted("Told", told, &mut Shared::new()));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fovea head office",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every request takes JSON and answers JSON. Sign in with till.sign_in; its token goes into Authorization.",
        },
        "paths": paths,
        "components": {
            "schemas": shared,
            "securitySchemes": { "person": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{ "person": [] }],
    })
}

fn operation(request: &RequestInfo, shared: &mut Shared) -> Value {
    let body = lifted(request.name, request.schema.clone(), shared);
    let answer = lifted(request.name, request.response.clone(), shared);
    let mut operation = json!({
        "operationId": request.name,
        "tags": [request.name.split('.').next()],
        "x-kind": request.kind,
        "x-permission": request.permission,
        "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
        "responses": {
            "200": { "description": "The answer", "content": { "application/json": { "schema": answer } } },
            "default": {
                "description": "Refused; nothing was written",
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Told" } } },
            },
        },
    });
    if request.kind == Kind::Command {
        operation["parameters"] = json!([{
            "name": "X-Request-Id",
            "in": "header",
            "description": "32 hexadecimal digits; the same id twice is one commit and one answer",
            "schema": { "type": "string", "pattern": "^[0-9a-fA-F]{32}$" },
        }]);
    }
    operation
}

/// Takes a schema's definitions out into `shared` and points its references there. Two types of one name that differ are
/// told apart by the request they came with.
fn lifted(request: &str, mut schema: Value, shared: &mut Shared) -> Value {
    let definitions = schema.as_object_mut().and_then(|schema| {
        schema.remove("$schema");
        schema.remove("$defs")
    });
    let Some(Value::Object(definitions)) = definitions else {
        return schema;
    };
    let mut names = BTreeMap::new();
    for (name, definition) in &definitions {
        let taken = shared
            .get(name)
            .is_some_and(|other| *other != renamed(definition.clone(), &BTreeMap::new()));
        names.insert(
            name.clone(),
            if taken {
                format!("{request}.{name}")
            } else {
                name.clone()
            },
        );
    }
    for (name, definition) in definitions {
        shared.insert(names[&name].clone(), renamed(definition, &names));
    }
    renamed(schema, &names)
}

fn renamed(value: Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(key, value)| match value {
                    Value::String(target) if key == "$ref" => {
                        let name = target.strip_prefix(DEFINITIONS).unwrap_or(&target);
                        let name = names.get(name).map_or(name, String::as_str);
                        (key, Value::String(format!("{COMPONENTS}{name}")))
                    }
                    value => (key, renamed(value, names)),
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| renamed(item, names)).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    match value {
                        Value::String(target) if key == "$ref" => found.push(target.clone()),
                        value => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_request_is_there_and_every_reference_leads_somewhere() {
        let document = document();
        assert_eq!(
            document["paths"].as_object().unwrap().len(),
            model::requests::all().len()
        );
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            let name = reference.strip_prefix(COMPONENTS).expect(&reference);
            assert!(document["components"]["schemas"].get(name).is_some(), "{reference}");
        }
    }
}
