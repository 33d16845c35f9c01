//! What can be asked of the server: one function an operation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::causes::{Cause, Place, causes};
use super::schemas::{COMMON_HEADERS, header_refs};
use crate::routes::{MODELS, ONE_MODEL, VARIATIONS};

/// What the answer with variations carries; the limits only where there are any.
const VARIATIONS_HEADERS: [&str; 8] = [
    "variata-engine",
    "variata-seeds",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
    "x-ratelimit-limit-images",
    "x-ratelimit-remaining-images",
    "x-ratelimit-reset-images",
];

/// Every operation, by its path.
pub(super) fn paths() -> Value {
    let [variations, models, model] = [VARIATIONS.as_slice(), &MODELS, &ONE_MODEL];
    json!({
        variations[0]: {"post": create_variations(), "x-aliases": variations[1..]},
        models[0]: {"get": list_models(), "x-aliases": models[1..]},
        model[0]: {"get": retrieve_model(), "x-aliases": model[1..]},
        "/files/{name}": {"get": download()},
        "/healthz": {"get": alive()},
        "/readyz": {"get": ready()},
        "/openapi.json": {"get": document()},
        "/docs": {"get": docs()},
    })
}

/// The answers to requests that are for no operation.
pub(super) fn answers_elsewhere() -> Value {
    let answers = error_answers(&[Place::Elsewhere]);
    json!({
        "UnknownPath": answers["404"],
        "WrongMethod": answers["405"],
    })
}

fn create_variations() -> Value {
    let mut made = json_answer("The variations", "ImagesResponse", &VARIATIONS_HEADERS);
    // With `stream`; each event is of this schema.
    made["content"]["text/event-stream"] = json!({"schema": schema("ImageVariationEvent")});
    json!({
        "operationId": "createImageVariation",
        "tags": ["variations"],
        "summary": "Makes variations of a picture",
        "description": "The parts may come in any order and framing. The texts `null` and empty \
            mean that a field is not given. Unknown fields are ignored, but for those whose names \
            are almost OpenAI's.",
        "parameters": [idempotency_key()],
        "requestBody": {
            "required": true,
            "content": {"multipart/form-data": {"schema": schema("CreateImageVariationRequest")}},
        },
        "responses": answers(
            json!({"200": made}),
            &[Place::WithKey, Place::Variations, Place::WithStore],
        ),
    })
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Equal requests of one key that are under way together are worked on, and \
            charged, once. Without `seed`, the key stands for one: the request brings the same images \
            whenever it is sent.",
        "schema": {"type": "string", "maxLength": 255},
    })
}

fn list_models() -> Value {
    json!({
        "operationId": "listModels",
        "tags": ["models"],
        "summary": "Lists what `model` may say",
        "responses": answers(
            json!({"200": json_answer("`dall-e-2`, then every engine", "ModelList", &[])}),
            &[Place::WithKey],
        ),
    })
}

fn retrieve_model() -> Value {
    json!({
        "operationId": "retrieveModel",
        "tags": ["models"],
        "summary": "Describes one of them",
        "parameters": [path_parameter("id", "`dall-e-2`, or an engine's id")],
        "responses": answers(
            json!({"200": json_answer("The model", "Model", &[])}),
            &[Place::WithKey, Place::Model],
        ),
    })
}

fn download() -> Value {
    let query = |name: &str, pattern: &str, text: &str| {
        let schema = json!({"type": "string", "pattern": pattern});
        json!({"name": name, "in": "query", "required": true, "description": text, "schema": schema})
    };
    json!({
        "operationId": "downloadFile",
        "tags": ["files"],
        "summary": "Sends a finished picture",
        "description": "Links come from answers and are used as they are; they need no key and \
            work for 60 minutes.",
        "security": [],
        "parameters": [
            path_parameter("name", "The file's name"),
            query("expires", "^[0-9]+$", "The first second since 1970 at which it no longer works"),
            query("key", "^[0-9a-f]{8}$", "Which of the server's keys signed it"),
            query("signature", "^[0-9a-f]{64}$", "The signature"),
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "The entity tags of what the caller has already.",
                "schema": {"type": "string"},
            },
        ],
        "responses": answers(
            json!({"200": picture(), "304": not_modified()}),
            &[Place::File, Place::WithStore],
        ),
    })
}

fn picture() -> Value {
    let bytes = json!({"schema": {"type": "string", "format": "binary"}});
    let headers = ["etag", "cache-control", "content-disposition"];
    json!({
        "description": "The picture",
        "headers": header_refs(COMMON_HEADERS.iter().chain(&headers)),
        "content": {"image/png": bytes, "image/jpeg": bytes, "image/webp": bytes},
    })
}

fn not_modified() -> Value {
    let headers = COMMON_HEADERS.iter().chain(&["etag"]);
    json!({"description": "The caller has it already", "headers": header_refs(headers)})
}

fn alive() -> Value {
    json!({
        "operationId": "isAlive",
        "tags": ["service"],
        "summary": "Tells that the process answers",
        "security": [],
        "responses": answers(json!({"200": json_answer("It does", "Health", &[])}), &[]),
    })
}

fn ready() -> Value {
    let states = json!({
        "200": json_answer("Requests are welcome", "Health", &[]),
        "503": json_answer("The server is about to end", "Health", &[]),
    });
    json!({
        "operationId": "isReady",
        "tags": ["service"],
        "summary": "Tells load balancers whether to send requests here",
        "security": [],
        "responses": answers(states, &[]),
    })
}

fn document() -> Value {
    let this = json!({
        "description": "This document",
        "headers": header_refs(&COMMON_HEADERS),
        "content": {"application/json": {"schema": {"type": "object"}}},
    });
    json!({
        "operationId": "openapi",
        "tags": ["service"],
        "summary": "Describes the server for programs",
        "security": [],
        "responses": answers(json!({"200": this}), &[]),
    })
}

fn docs() -> Value {
    let page = json!({
        "description": "The page",
        "headers": header_refs(&COMMON_HEADERS),
        "content": {"text/html": {"schema": {"type": "string"}}},
    });
    json!({
        "operationId": "docs",
        "tags": ["service"],
        "summary": "Describes the server for people",
        "security": [],
        "responses": answers(json!({"200": page}), &[]),
    })
}

fn path_parameter(name: &str, text: &str) -> Value {
    let schema = json!({"type": "string"});
    json!({"name": name, "in": "path", "required": true, "description": text, "schema": schema})
}

fn json_answer(text: &str, name: &str, more_headers: &[&'static str]) -> Value {
    json!({
        "description": text,
        "headers": header_refs(COMMON_HEADERS.iter().chain(more_headers)),
        "content": {"application/json": {"schema": schema(name)}},
    })
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// `successes`, and the errors that are possible at `places` and anywhere.
fn answers(successes: Value, places: &[Place]) -> Value {
    let mut all = error_answers(&[places, &[Place::Anywhere]].concat());
    if let Value::Object(successes) = successes {
        all.extend(successes);
        all.sort_keys();
    }
    Value::Object(all)
}

/// The errors that are possible at `places`, by their status, with an example of each.
fn error_answers(places: &[Place]) -> Map<String, Value> {
    let causes = causes();
    let mut by_status: BTreeMap<String, Vec<&Cause>> = BTreeMap::new();
    for cause in causes.iter().filter(|cause| places.contains(&cause.place)) {
        by_status.entry(cause.error.status().as_str().to_owned()).or_default().push(cause);
    }
    by_status.into_iter().map(|(status, causes)| (status, error_answer(&causes))).collect()
}

fn error_answer(causes: &[&Cause]) -> Value {
    let description = causes.iter().map(|cause| cause.when).collect::<Vec<_>>().join("; ");
    let headers: BTreeSet<&str> = causes.iter().flat_map(|cause| cause.header_names()).collect();
    let examples = causes.iter().map(|cause| {
        let example = json!({"summary": cause.when, "value": cause.body()});
        (cause.name.to_owned(), example)
    });
    let examples: Map<String, Value> = examples.collect();
    json!({
        "description": description,
        "headers": header_refs(COMMON_HEADERS.iter().chain(&headers)),
        "content": {"application/json": {"schema": schema("Error"), "examples": examples}},
    })
}
