//! The OpenAPI document.

use serde_json::{Value, json};

use super::{operations, schemas};

/// The endpoint as an OpenAPI 3.1 document; the committed one, which is what servers send, is
/// checked against this.
pub fn openapi() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "variata",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Variations of a picture: OpenAI's retired image-variation endpoint.",
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"bearer": []}, {"apiKey": []}, {"basic": []}, {}],
        "tags": [
            {"name": "variations", "description": "Pictures in, pictures out"},
            {"name": "models", "description": "The engines of this server"},
            {"name": "files", "description": "Finished pictures, behind signed links"},
            {"name": "service", "description": "For operators and readers"},
        ],
        "paths": operations::paths(),
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of OpenAI's clients, `Authorization: Bearer …`.",
                },
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "api-key",
                    "description": "The key of Azure's clients.",
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The key as the password, with a blank username.",
                },
            },
            "responses": operations::answers_elsewhere(),
            "headers": schemas::headers(),
            "schemas": schemas::schemas(),
        },
    })
}

const DESCRIPTION: &str = "\
Programs that called OpenAI's endpoint keep their code and set `OPENAI_BASE_URL` to this server's \
address followed by `/v1`. A server on a loopback address without configured keys takes any key, \
and none.\n\nEvery error, whatever the path and the status, has the body of the schema `Error`. \
Paths that are not served answer as the response `UnknownPath`, and other methods of a path that is \
as `WrongMethod`. Paths in `x-aliases` are served like the path that they stand at.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::OPENAPI_JSON;

    #[test]
    fn the_committed_document_is_the_servers() {
        let committed: Value = serde_json::from_str(OPENAPI_JSON).unwrap_or_default();
        assert!(committed == openapi(), "run `cargo xtask openapi` to write the document anew");
    }
}
