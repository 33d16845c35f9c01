//! `POST /vary`: the page's form as browsers without scripts send it.
//!
//! The request is that of the endpoint, checked by the same code; the answer is a page with the
//! images. A key is asked for by the browser itself, with the scheme that every browser has.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use variata_contract::{Delivery, ResponseFormat};

use super::html::{Document, escaped};
use crate::ApiError;
use crate::app::App;
use crate::connection::{Peer, RequestId};
use crate::cors;
use crate::routes::variations;
use crate::visit::Visit;
use crate::work::{self, ImageResult, Made, MadeImage};

/// Answers the form with a page of results, or of what was wrong.
pub(super) async fn vary(
    State(app): State<Arc<App>>,
    peer: Extension<Peer>,
    request_id: Extension<RequestId>,
    request: Request,
) -> Response {
    match make(&app, &peer, &request_id, request).await {
        Ok(made) => results(&app, &made),
        Err(error) => {
            app.recent.error(&error, &request_id);
            refusal(&error.with_request_id(request_id.as_str()))
        }
    }
}

async fn make(
    app: &Arc<App>,
    peer: &Peer,
    request_id: &RequestId,
    request: Request,
) -> Result<Made, ApiError> {
    let (head, body) = request.into_parts();
    cors::refuse_other_sites(&head.headers, &[], &app.origins, peer)?;
    let mut visit = Visit::begin(app, &head.headers, request_id)?;
    let made = fulfil(app, &head.headers, body, &mut visit).await;
    visit.end(made.as_ref().map_or_else(ApiError::status, |_| StatusCode::OK));
    made.map_err(|error| error.of_key(visit.key()))
}

async fn fulfil(
    app: &Arc<App>,
    headers: &HeaderMap,
    body: Body,
    visit: &mut Visit,
) -> Result<Made, ApiError> {
    let mut order = variations::admit(app, headers, body, visit).await?;
    variations::charge(app, &order, visit)?;
    order.fields.response_format = ResponseFormat::Url;
    order.fields.delivery = Delivery::Whole;
    let made = work::fulfil(Arc::clone(app), order).await?;
    visit.made(made.images.iter().map(|image| image.seed));
    Ok(made)
}

fn results(app: &App, made: &Made) -> Response {
    let figures = made.images.iter().enumerate();
    let figures: String = figures.map(|(index, image)| figure(app, made, index, image)).collect();
    let count = made.images.len();
    let main = format!(
        "<h1>Theme <i>and</i> variations</h1>\n\
         <p class=\"note\">The links work for 60 minutes.</p>\n\
         <div class=\"grid\" data-count=\"{count}\">\n{figures}</div>\n\
         <p><a class=\"button primary\" href=\"/\">Vary another picture</a></p>"
    );
    page("Variations").respond(StatusCode::OK, main)
}

fn page(title: &str) -> Document<'_> {
    Document { title, styles: &[], nav: "", class: "plain" }
}

fn figure(app: &App, made: &Made, index: usize, image: &MadeImage) -> String {
    let ImageResult::Stored(name) = &image.result else { return String::new() };
    let link = escaped(&app.links.sign(*name, made.expires()));
    let (number, seed) = (index + 1, image.seed);
    format!(
        "<figure><a href=\"{link}\"><img src=\"{link}\" alt=\"Variation {number}\"></a>\
         <figcaption><b class=\"roman\">{number}</b><span class=\"seed\">seed {seed}</span>\
         <span class=\"tools\"><a href=\"{link}\" download=\"variation-{seed}.png\">Save</a></span>\
         </figcaption></figure>\n"
    )
}

fn refusal(error: &ApiError) -> Response {
    let main = format!(
        "<h1>That did not work</h1>\n<p class=\"error\">{}</p>\n\
         <p><a class=\"button primary\" href=\"/\">Back to the form</a></p>",
        escaped(error.message()),
    );
    let mut response = page("Error").respond(error.status(), main);
    if error.status() == StatusCode::UNAUTHORIZED {
        let basic = "Basic realm=\"API key as the password, any user name\", charset=\"UTF-8\"";
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(basic));
    }
    response
}
