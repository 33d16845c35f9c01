//! From the bytes of a multipart body to its fields, each within its bound.
//!
//! Order, framing, file names and content types of the parts do not matter: clients differ in all
//! of them. A body whose values are wrong is still read to its end, up to the hard limit, so that
//! the connection can be used again.

use futures_util::StreamExt as _;
use multer::{Field, Multipart};
use variata_contract::{ErrorObject, MAX_TEXT_BYTES, Texts};

use super::body::{BodyFault, Unparsed, Upload};
use super::room::Share;
use crate::ApiError;

/// What a request consists of, not yet interpreted.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// The known text fields that were sent.
    pub(crate) texts: Texts,
    /// The picture.
    pub(crate) image: Option<ImagePart>,
    /// A part that was meant to be `image`: a file, or a misspelt name.
    pub(crate) misnamed: Option<String>,
    /// A part whose name is almost that of a field of OpenAI's, and that field.
    pub(crate) misspelt: Option<(String, &'static str)>,
    /// How many parts have names that mean nothing here.
    pub(crate) unknown_parts: usize,
}

/// The bytes of the part `image`.
#[derive(Debug)]
pub(crate) enum ImagePart {
    /// All of them.
    Whole(Vec<u8>),
    /// Too many to be kept.
    TooLong { actual_bytes: u64 },
}

/// Reads all parts; what is kept of them is taken from `share`.
///
/// # Errors
///
/// [`ApiError`] when the body breaks the rules of multipart, a bound, or a deadline.
pub(crate) async fn read(
    mut upload: Upload,
    boundary: String,
    mut share: Share,
) -> Result<Form, ApiError> {
    let form = read_parts(&mut upload, boundary, &mut share).await?;
    let unparsed = upload.unparsed();
    // What follows the closing boundary means nothing, but the next request comes after it.
    while let Some(piece) = upload.next().await {
        piece.map_err(body_fault)?;
        unparsed.reset();
    }
    Ok(form)
}

/// Whether the first part that has to do with a picture is one byte of it, as far as `upload` tells.
pub(crate) async fn is_sent_byte_by_byte(upload: Upload, boundary: String) -> bool {
    let unparsed = upload.unparsed();
    let mut multipart = Multipart::new(upload, boundary);
    while let Ok(Some(field)) = multipart.next_field().await {
        unparsed.reset();
        let name = field.name().unwrap_or_default();
        if is_indexed_image(name) || name == "image" || field.file_name().is_some() {
            return is_byte(&field);
        }
    }
    false
}

/// The most parts of a request; the documented fields are twelve.
const MAX_PARTS: usize = 64;

/// Every text field that means something, by its name; OpenAI's before ours.
pub(crate) const TEXT_FIELDS: [&str; 11] = [
    "model",
    "n",
    "response_format",
    "size",
    "user",
    "seed",
    "strength",
    "fit",
    "stream",
    "partial_images",
    "output_format",
];

/// How many of them are OpenAI's. By names like ours, callers may mean something else.
const OFFICIAL_FIELDS: usize = 5;

async fn read_parts(
    upload: &mut Upload,
    boundary: String,
    share: &mut Share,
) -> Result<Form, ApiError> {
    let unparsed = upload.unparsed();
    let mut multipart = Multipart::new(upload, boundary);
    let mut form = Form::default();
    for _ in 0..=MAX_PARTS {
        let Some(field) = multipart.next_field().await.map_err(|error| fault(&error))? else {
            return Ok(form);
        };
        unparsed.reset();
        let mut part = Part { field, unparsed: unparsed.clone(), share: &mut *share };
        form.read_part(&mut part).await?;
    }
    Err(ApiError::invalid_multipart(format_args!("it has more than {MAX_PARTS} parts")))
}

impl Form {
    async fn read_part(&mut self, part: &mut Part<'_, '_>) -> Result<(), ApiError> {
        let name = part.field.name().unwrap_or_default().to_owned();
        let known = TEXT_FIELDS.into_iter().find(|field| *field == name);
        if name == "image" {
            self.read_image(part).await
        } else if let Some(known) = known {
            let text = part.text(known).await?;
            let earlier = self.texts.insert(known, text);
            earlier.map_or(Ok(()), |_| Err(ApiError::sent_twice(known)))
        } else if is_byte(&part.field) {
            Err(ApiError::image_sent_byte_by_byte())
        } else {
            self.skip(name, part).await
        }
    }

    async fn read_image(&mut self, part: &mut Part<'_, '_>) -> Result<(), ApiError> {
        if self.image.is_some() {
            return Err(ApiError::sent_twice("image"));
        }
        self.image = Some(part.image().await?);
        Ok(())
    }

    async fn skip(&mut self, name: String, part: &mut Part<'_, '_>) -> Result<(), ApiError> {
        let is_file = part.field.file_name().is_some();
        while part.chunk().await?.is_some() {}
        if is_file || is_indexed_image(&name) || IMAGE_NAMES.contains(&folded(&name).as_str()) {
            self.misnamed.get_or_insert(name);
        } else if let Some(meant) = meant(&name) {
            self.misspelt.get_or_insert((name, meant));
        } else {
            self.unknown_parts += 1;
        }
        Ok(())
    }
}

/// Names under which pictures are sent by mistake, even without a file name, as [`folded`] has them.
const IMAGE_NAMES: [&str; 5] = ["file", "images", "img", "picture", "image"];
/// What other interfaces call `n`, likewise.
const COUNT_NAMES: [&str; 2] = ["num", "numimages"];

/// OpenAI's field that a name means which is none: ignoring it would be taken for obeying it.
fn meant(name: &str) -> Option<&'static str> {
    let name = folded(name);
    let mut official = TEXT_FIELDS.into_iter().take(OFFICIAL_FIELDS);
    let field = official.find(|field| folded(field) == name);
    field.or_else(|| COUNT_NAMES.contains(&name.as_str()).then_some("n"))
}

/// A name without what languages spell differently.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|char| !"_-".contains(*char))
        .map(|char| char.to_ascii_lowercase())
        .collect()
}

/// `image[]`, which other image methods take, and `image[0]`.
fn is_indexed_image(name: &str) -> bool {
    let index = name.strip_prefix("image[").and_then(|rest| rest.strip_suffix(']'));
    index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a part is one byte of a picture, or all of one under a name that other methods take.
fn is_byte(field: &Field<'_>) -> bool {
    field.name().is_some_and(is_indexed_image) && field.file_name().is_none()
}

/// One part while it arrives.
struct Part<'r, 's> {
    field: Field<'r>,
    unparsed: Unparsed,
    share: &'s mut Share,
}

impl Part<'_, '_> {
    async fn chunk(&mut self) -> Result<Option<bytes::Bytes>, ApiError> {
        let chunk = self.field.chunk().await.map_err(|error| fault(&error))?;
        self.unparsed.reset();
        Ok(chunk)
    }

    async fn text(&mut self, name: &str) -> Result<String, ApiError> {
        let mut bytes = Vec::new();
        let mut is_too_long = false;
        while let Some(chunk) = self.chunk().await? {
            is_too_long |= bytes.len() + chunk.len() > MAX_TEXT_BYTES;
            if !is_too_long {
                bytes.extend_from_slice(&chunk);
            }
        }
        if is_too_long {
            return Err(ErrorObject::text_too_long(name, MAX_TEXT_BYTES).into());
        }
        String::from_utf8(bytes)
            .map_err(|_| ErrorObject::not_of_type(name, "bytes", "string").into())
    }

    async fn image(&mut self) -> Result<ImagePart, ApiError> {
        let limit_bytes = variata_image::DecodeLimits::ENDPOINT_MAX_BYTES;
        let mut bytes = Vec::new();
        let mut actual_bytes = 0;
        while let Some(chunk) = self.chunk().await? {
            actual_bytes += chunk.len() as u64;
            if actual_bytes > limit_bytes {
                bytes = Vec::new();
                self.share.release();
            } else {
                self.share.grow_to(bytes.len() + chunk.len()).await?;
                bytes.extend_from_slice(&chunk);
            }
        }
        if actual_bytes > limit_bytes {
            return Ok(ImagePart::TooLong { actual_bytes });
        }
        Ok(ImagePart::Whole(bytes))
    }
}

/// What a failure of the parser means to the caller.
fn fault(error: &multer::Error) -> ApiError {
    match error {
        multer::Error::StreamReadFailed(source) => match source.downcast_ref::<BodyFault>() {
            Some(fault) => body_fault(*fault),
            None => ApiError::invalid_multipart(source),
        },
        multer::Error::IncompleteFieldData { field_name } => {
            let name = field_name.as_deref().unwrap_or("");
            ApiError::invalid_multipart(format_args!("it ends inside the part '{name}'"))
        }
        multer::Error::IncompleteStream => {
            ApiError::invalid_multipart("it ends before the closing boundary")
        }
        other => ApiError::invalid_multipart(other),
    }
}

fn body_fault(fault: BodyFault) -> ApiError {
    match fault {
        BodyFault::TooLarge { limit_bytes } => ErrorObject::body_too_large(limit_bytes).into(),
        BodyFault::Stalled { limit } => ApiError::stalled(limit),
        BodyFault::TooSlow { limit } => ApiError::too_slow(limit),
        other => ApiError::invalid_multipart(other),
    }
}
