//! The shapes of bodies and headers.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use variata_contract::{OUTPUT_FORMATS, SIZES};

use super::causes::causes;
use super::fields::{FIELDS, Field, Kind};

/// What every answer carries.
pub(super) const COMMON_HEADERS: [&str; 3] =
    ["x-request-id", "openai-processing-ms", "openai-version"];

/// Every header that answers carry beyond HTTP's own framing, with its type and meaning.
const HEADERS: [(&str, &str, &str); 19] = [
    ("x-request-id", "string", "The request's id, which the server's log names too"),
    ("openai-processing-ms", "integer", "How long the answer took"),
    ("openai-version", "string", "The version of the API, `2020-10-01`"),
    ("variata-engine", "string", "The engine that made the variations"),
    ("variata-seeds", "string", "The variations' seeds in their order, separated by commas"),
    ("x-ratelimit-limit-requests", "integer", "How many requests a minute may have"),
    ("x-ratelimit-remaining-requests", "integer", "How many of them are left now"),
    ("x-ratelimit-reset-requests", "string", "How long until all are left again, such as `1.5s`"),
    ("x-ratelimit-limit-images", "integer", "How many images a minute, or a day, may have"),
    ("x-ratelimit-remaining-images", "integer", "How many of them are left now"),
    ("x-ratelimit-reset-images", "string", "How long until all are left again, such as `6m0s`"),
    ("retry-after", "integer", "After how many seconds to try again"),
    ("retry-after-ms", "integer", "The same in milliseconds"),
    ("x-should-retry", "string", "`false` when clients should not try again by themselves"),
    ("www-authenticate", "string", "`Bearer`"),
    ("allow", "string", "The methods that the path takes"),
    ("etag", "string", "The file's entity tag; a file never changes"),
    ("cache-control", "string", "`private`"),
    ("content-disposition", "string", "`inline`"),
];

/// The headers' definitions.
pub(super) fn headers() -> Value {
    let defined = HEADERS.into_iter().map(|(name, r#type, meaning)| {
        let header = json!({"description": meaning, "schema": {"type": r#type}});
        (name.to_owned(), header)
    });
    Value::Object(defined.collect())
}

/// The headers' names and meanings.
pub(super) fn meanings_of_headers() -> impl Iterator<Item = (&'static str, &'static str)> {
    HEADERS.into_iter().map(|(name, _, meaning)| (name, meaning))
}

/// References to the definitions of `names`.
pub(super) fn header_refs<'a>(names: impl IntoIterator<Item = &'a &'a str>) -> Value {
    let refer =
        |name: &&str| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    Value::Object(names.into_iter().map(refer).collect())
}

/// The bodies' definitions.
pub(super) fn schemas() -> Value {
    json!({
        "CreateImageVariationRequest": request(),
        "ImagesResponse": images_response(),
        "ImageVariationEvent": event(),
        "ImageVariationPartialImageEvent": partial_image_event(),
        "ImageVariationCompletedEvent": completed_event(),
        "Error": error(),
        "ModelList": model_list(),
        "Model": model(),
        "Health": health(),
    })
}

fn request() -> Value {
    let properties: Map<String, Value> =
        FIELDS.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    json!({"type": "object", "required": ["image"], "properties": properties})
}

fn property(field: &Field) -> Value {
    let mut schema = match field.kind {
        Kind::Image => {
            json!({"type": "string", "format": "binary", "contentMediaType": "image/png"})
        }
        Kind::Text { max_bytes } => json!({"type": "string", "maxLength": max_bytes}),
        Kind::Choice(choices) => json!({"type": "string", "enum": choices}),
        Kind::Integer { minimum, maximum } => {
            json!({"type": "integer", "minimum": minimum, "maximum": maximum})
        }
        Kind::Share => json!({"type": "number", "minimum": 0, "maximum": 1}),
        Kind::Flag => json!({"type": "boolean"}),
    };
    schema["description"] = field.meaning.into();
    if let Some(default) = field.default {
        // Numbers and booleans are spelt in forms as in JSON; words are not in quotes.
        schema["default"] = serde_json::from_str(default).unwrap_or_else(|_| default.into());
    }
    if !field.is_official {
        schema["x-extension"] = true.into();
    }
    schema
}

fn images_response() -> Value {
    let item = |name: &str, text: Value| {
        json!({
            "type": "object",
            "required": [name],
            "properties": {name: text},
            "additionalProperties": false,
        })
    };
    let url = json!({"type": "string", "format": "uri", "description": "Works for 60 minutes"});
    let base64 = json!({"type": "string", "contentEncoding": "base64"});
    json!({
        "type": "object",
        "required": ["created", "data"],
        "properties": {
            "created": {
                "type": "integer",
                "minimum": 0,
                "description": "When the variations were made, in seconds since 1970",
            },
            "data": {
                "type": "array",
                "minItems": 1,
                "maxItems": 10,
                "description": "The variations, in the order of their seeds",
                "items": {"oneOf": [item("url", url), item("b64_json", base64)]},
            },
        },
        "additionalProperties": false,
    })
}

/// An event as it is read off the stream: its data is a text, which holds JSON. What goes wrong
/// after the first one comes as an event `error` that holds an `Error`.
fn event() -> Value {
    let kinds = [
        ("image_variation.partial_image", "ImageVariationPartialImageEvent"),
        ("image_variation.completed", "ImageVariationCompletedEvent"),
        ("error", "Error"),
    ];
    let kinds = kinds.map(|(event, name)| {
        let data = json!({
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": format!("#/components/schemas/{name}")},
        });
        json!({
            "type": "object",
            "required": ["event", "data"],
            "properties": {"event": {"const": event}, "data": data},
        })
    });
    json!({"oneOf": kinds})
}

fn partial_image_event() -> Value {
    let own = json!({
        "partial_image_index": {"type": "integer", "minimum": 0},
        "b64_json": {"type": "string", "contentEncoding": "base64"},
    });
    event_of("image_variation.partial_image", own, &["partial_image_index", "b64_json"])
}

fn completed_event() -> Value {
    let own = json!({
        "usage": {"type": "object", "description": "Zeros: there are no tokens here"},
        "class": {"type": "string", "description": "What the engine took the picture for"},
        "operation": {"type": "string", "description": "What it did"},
        "scores": {
            "type": "object",
            "additionalProperties": {"type": "number"},
            "description": "How it rates the result, by the names of its measures",
        },
        "b64_json": {"type": "string", "contentEncoding": "base64"},
        "url": {"type": "string", "format": "uri", "description": "With `response_format=url`"},
    });
    event_of("image_variation.completed", own, &["usage", "class", "operation", "scores"])
}

fn event_of(kind: &str, own: Value, required: &[&str]) -> Value {
    let mut properties = json!({
        "type": {"const": kind},
        "index": {"type": "integer", "description": "Which of the variations"},
        "seed": {"type": "string", "description": "A text, since it may have 63 bits"},
        "created_at": {"type": "integer", "description": "In seconds since 1970"},
        "size": {"type": "string", "enum": SIZES},
        "output_format": {"type": "string", "enum": OUTPUT_FORMATS},
        "background": {"const": "auto"},
        "quality": {"const": "auto"},
    });
    // Sorted, since JSON objects may be or not, which depends on how this was built.
    let common = properties.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    let required: BTreeSet<&str> = common.chain(required.iter().copied()).collect();
    let required = json!(required);
    if let (Some(all), Value::Object(own)) = (properties.as_object_mut(), own) {
        all.extend(own);
    }
    json!({
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn error() -> Value {
    let causes = causes();
    let types: BTreeSet<&str> =
        causes.iter().map(|cause| cause.error.error_type().as_str()).collect();
    let codes: BTreeSet<Option<&str>> = causes.iter().map(|cause| cause.error.code()).collect();
    let fields = json!({
        "message": {
            "type": "string",
            "description": "What went wrong: a documented sentence, then what it means here",
        },
        "type": {"type": "string", "enum": types},
        "param": {"type": ["string", "null"], "description": "The field at fault"},
        "code": {"type": ["string", "null"], "enum": codes},
    });
    let error = json!({
        "type": "object",
        "required": ["message", "type", "param", "code"],
        "properties": fields,
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": error},
        "additionalProperties": false,
    })
}

fn model_list() -> Value {
    json!({
        "type": "object",
        "required": ["object", "data"],
        "properties": {
            "object": {"const": "list"},
            "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}},
        },
        "additionalProperties": false,
    })
}

fn model() -> Value {
    json!({
        "type": "object",
        "required": ["id", "object", "created", "owned_by"],
        "properties": {
            "id": {"type": "string"},
            "object": {"const": "model"},
            "created": {"type": "integer", "description": "When the server started"},
            "owned_by": {"const": "variata"},
        },
        "additionalProperties": false,
    })
}

fn health() -> Value {
    json!({
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"enum": ["ok", "ready", "draining"]}},
        "additionalProperties": false,
    })
}
