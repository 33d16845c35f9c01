//! From the texts of a request to values that cannot be wrong.
//!
//! The rules and the sentences are those of OpenAI's endpoint; our own fields follow its manner.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use variata_core::{Count, Seed, Size, Strength};
use variata_image::{Fit, OutputFormat};

use crate::{EngineChoice, Engines, ErrorObject};

/// The text fields of a request, by their names.
pub type Texts = BTreeMap<&'static str, String>;

/// Where the images go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ResponseFormat {
    /// Somewhere else, and a link to it into the answer.
    #[default]
    Url,
    /// Into the answer.
    B64Json,
}

impl ResponseFormat {
    /// The word for it in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::B64Json => "b64_json",
        }
    }
}

/// How the images reach the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// All in one answer, when the last is finished.
    Whole,
    /// Each in an event of its own, with up to so many coarse ones before it.
    Stream {
        /// The most coarse ones, 0 to 3.
        partial_images: u32,
    },
}

impl Delivery {
    /// How many coarse pictures of each image are sent at most.
    pub fn partial_images(self) -> u32 {
        match self {
            Self::Whole => 0,
            Self::Stream { partial_images } => partial_images,
        }
    }

    /// An answer has links unless the caller says otherwise; events have the images themselves, as
    /// those of OpenAI's other image methods do.
    fn response_format(self) -> ResponseFormat {
        match self {
            Self::Whole => ResponseFormat::Url,
            Self::Stream { .. } => ResponseFormat::B64Json,
        }
    }
}

/// The values of a request's text fields, defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// Who makes the images.
    pub engine: EngineChoice,
    /// How many of them, 1 to 10.
    pub count: Count,
    /// Their size.
    pub size: Size,
    /// How they reach the caller.
    pub delivery: Delivery,
    /// Where they go.
    pub response_format: ResponseFormat,
    /// The end user whom the caller named.
    pub user: Option<String>,
    /// The seed of the first; without one, it is drawn.
    pub seed: Option<Seed>,
    /// How far they may go from the source.
    pub strength: Strength,
    /// What to do with a source that is not square.
    pub fit: Fit,
    /// What they are written as.
    pub output_format: OutputFormat,
}

impl Fields {
    /// Interprets `texts`; fields that are not among them have their documented defaults.
    ///
    /// # Errors
    ///
    /// [`ErrorObject`] for the first value that is not allowed, in the order of the documentation.
    pub fn parse(texts: &Texts, engines: &Engines) -> Result<Self, ErrorObject> {
        refuse_long(texts)?;
        let given = |name: &str| texts.get(name).map(String::as_str).and_then(not_null);
        let delivery = delivery(given("stream"), given("partial_images"))?;
        Ok(Self {
            engine: engine(given("model"), engines)?,
            count: count(given("n"))?,
            delivery,
            response_format: response_format(given("response_format"), delivery)?,
            size: size(given("size"))?,
            user: texts.get("user").filter(|user| !user.is_empty()).cloned(),
            seed: given("seed").map(seed).transpose()?,
            strength: strength(given("strength"))?,
            fit: named(given("fit"), "fit", &FITS)?,
            output_format: named(given("output_format"), "output_format", &OUTPUT_FORMATS)?,
        })
    }
}

/// The most images of one request.
pub const MAX_COUNT: u64 = 10;
/// The most coarse pictures of one image; all that are to be had, unless the caller asks for fewer.
pub const MAX_PARTIAL_IMAGES: u64 = 3;
/// What `size` may say, in the order of OpenAI's messages, as are the other choices.
pub const SIZES: [&str; 3] = ["256x256", "512x512", "1024x1024"];
/// What `response_format` may say.
pub const RESPONSE_FORMATS: [&str; 2] = ["b64_json", "url"];
/// What `fit` may say.
pub const FITS: [&str; 4] = ["reject", "crop", "focus", "pad"];
/// What `output_format` may say.
pub const OUTPUT_FORMATS: [&str; 3] = ["png", "jpeg", "webp"];

/// The longest text field, in bytes.
pub const MAX_TEXT_BYTES: usize = 4096;

fn refuse_long(texts: &Texts) -> Result<(), ErrorObject> {
    match texts.iter().find(|(_, text)| text.len() > MAX_TEXT_BYTES) {
        Some((name, _)) => Err(ErrorObject::text_too_long(name, MAX_TEXT_BYTES)),
        None => Ok(()),
    }
}

/// A nullable field is not given when it is empty or says `null`, as the Node client tells its
/// users to write.
fn not_null(text: &str) -> Option<&str> {
    (!text.is_empty() && text != "null").then_some(text)
}

fn engine(text: Option<&str>, engines: &Engines) -> Result<EngineChoice, ErrorObject> {
    match text {
        None => Ok(engines.default_choice()),
        Some(id) => engines
            .choose(id)
            .ok_or_else(|| ErrorObject::unknown_model(id, &engines.ids().collect::<Vec<_>>())),
    }
}

fn count(text: Option<&str>) -> Result<Count, ErrorObject> {
    let text = text.unwrap_or("1");
    let value = whole_number(text, "n", MAX_COUNT)?;
    if value < 1 {
        return Err(ErrorObject::below_minimum("n", text, 1));
    }
    Count::new(value).map_err(|_| ErrorObject::above_maximum("n", text, MAX_COUNT))
}

fn seed(text: &str) -> Result<Seed, ErrorObject> {
    let value = whole_number(text, "seed", Seed::MAX)?;
    Seed::new(value).map_err(|_| ErrorObject::above_maximum("seed", text, Seed::MAX))
}

/// A whole number of ASCII digits, from 0 to `maximum`.
fn whole_number(text: &str, param: &str, maximum: u64) -> Result<u64, ErrorObject> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ErrorObject::not_of_type(param, text, "integer"));
    }
    if digits.len() < text.len() && digits.bytes().any(|digit| digit != b'0') {
        let minimum = if param == "n" { 1 } else { 0 };
        return Err(ErrorObject::below_minimum(param, text, minimum));
    }
    match digits.parse() {
        Ok(value) if value <= maximum => Ok(value),
        _ => Err(ErrorObject::above_maximum(param, text, maximum)),
    }
}

fn strength(text: Option<&str>) -> Result<Strength, ErrorObject> {
    let Some(text) = text else { return Ok(Strength::default()) };
    let not_a_number = || ErrorObject::not_of_type("strength", text, "number");
    let value: f32 = text.parse().map_err(|_| not_a_number())?;
    if value.is_nan() {
        return Err(not_a_number());
    }
    let outside = |_| match value < 0.0 {
        true => ErrorObject::below_minimum("strength", text, "0.0"),
        false => ErrorObject::above_maximum("strength", text, "1.0"),
    };
    Strength::new(value).map_err(outside)
}

fn size(text: Option<&str>) -> Result<Size, ErrorObject> {
    let Some(text) = text else { return Ok(Size::default()) };
    let exact = Size::ALL.into_iter().find(|size| size.to_string() == text);
    exact.ok_or_else(|| ErrorObject::not_one_of("size", text, &SIZES))
}

fn response_format(text: Option<&str>, delivery: Delivery) -> Result<ResponseFormat, ErrorObject> {
    match text {
        None => Ok(delivery.response_format()),
        Some("url") => Ok(ResponseFormat::Url),
        Some("b64_json") => Ok(ResponseFormat::B64Json),
        Some(other) => Err(ErrorObject::not_one_of("response_format", other, &RESPONSE_FORMATS)),
    }
}

/// One of `choices`, by exactly that name.
fn named<T>(text: Option<&str>, param: &str, choices: &[&str]) -> Result<T, ErrorObject>
where
    T: Default + FromStr + Display,
{
    let Some(text) = text else { return Ok(T::default()) };
    let parsed = text.parse().ok().filter(|_| choices.contains(&text));
    parsed.ok_or_else(|| ErrorObject::not_one_of(param, text, choices))
}

fn delivery(stream: Option<&str>, partial_images: Option<&str>) -> Result<Delivery, ErrorObject> {
    let partial_images = partial_images
        .map(|text| whole_number(text, "partial_images", MAX_PARTIAL_IMAGES))
        .transpose()?
        .unwrap_or(MAX_PARTIAL_IMAGES);
    // Python's libraries write True.
    match stream {
        Some(text) if text.eq_ignore_ascii_case("true") => {
            Ok(Delivery::Stream { partial_images: partial_images as u32 })
        }
        Some(text) if !text.eq_ignore_ascii_case("false") => {
            Err(ErrorObject::not_of_type("stream", text, "boolean"))
        }
        _ => Ok(Delivery::Whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(error: Result<impl std::fmt::Debug, ErrorObject>) -> String {
        error.unwrap_err().message
    }

    #[test]
    fn counts_are_ascii_decimals_from_1_to_10() {
        assert_eq!(count(None).unwrap().get(), 1);
        assert_eq!(count(Some("10")).unwrap().get(), 10);
        let above = "15 is greater than the maximum of 10 - 'n'";
        assert_eq!(message(count(Some("15"))), above);
        assert_eq!(message(count(Some("0"))), "0 is less than the minimum of 1 - 'n'");
        assert_eq!(message(count(Some("-2"))), "-2 is less than the minimum of 1 - 'n'");
        for text in ["x", "1.0", "+1", " 1", "1e1", "٣", "-"] {
            assert_eq!(
                message(count(Some(text))),
                format!("'{text}' is not of type 'integer' - 'n'")
            );
        }
        let endless = "9".repeat(30);
        assert!(message(count(Some(&endless))).ends_with("greater than the maximum of 10 - 'n'"));
    }

    #[test]
    fn seeds_go_up_to_2_to_the_63_less_one() {
        assert_eq!(seed("9223372036854775807").unwrap().get(), Seed::MAX);
        assert!(message(seed("9223372036854775808")).contains("greater than the maximum"));
        assert_eq!(message(seed("-1")), "-1 is less than the minimum of 0 - 'seed'");
    }

    #[test]
    fn strength_is_a_number_from_0_to_1() {
        assert_eq!(strength(Some("0.25")).unwrap().get(), 0.25);
        assert!(message(strength(Some("1.5"))).contains("greater than the maximum of 1.0"));
        assert!(message(strength(Some("-0.5"))).contains("less than the minimum of 0.0"));
        assert!(message(strength(Some("NaN"))).contains("is not of type 'number'"));
    }

    #[test]
    fn a_stream_has_images_in_its_events_and_up_to_three_coarse_ones_of_each() {
        let stream = delivery(Some("true"), None).unwrap();
        assert_eq!(stream.partial_images(), 3);
        assert_eq!(response_format(None, stream).unwrap(), ResponseFormat::B64Json);
        assert_eq!(response_format(Some("url"), stream).unwrap(), ResponseFormat::Url);
        assert_eq!(delivery(Some("true"), Some("0")).unwrap().partial_images(), 0);
        assert!(message(delivery(None, Some("4"))).contains("greater than the maximum of 3"));
    }

    #[test]
    fn whether_to_stream_may_be_said_in_any_case() {
        for (text, partial_images) in [("True", 3), ("TRUE", 3), ("False", 0), ("FALSE", 0)] {
            assert_eq!(delivery(Some(text), None).unwrap().partial_images(), partial_images);
        }
        let other = message(delivery(Some("Yes"), None));
        assert_eq!(other, "'Yes' is not of type 'boolean' - 'stream'");
    }

    #[test]
    fn without_a_stream_an_answer_has_links() {
        assert_eq!(delivery(Some("false"), Some("2")).unwrap(), Delivery::Whole);
        assert_eq!(response_format(None, Delivery::Whole).unwrap(), ResponseFormat::Url);
    }

    #[test]
    fn only_the_documented_spelling_of_a_size_is_taken() {
        assert_eq!(size(Some("512x512")).unwrap(), Size::Px512);
        assert_eq!(
            message(size(Some("512"))),
            "'512' is not one of ['256x256', '512x512', '1024x1024'] - 'size'"
        );
    }

    #[test]
    fn null_and_nothing_are_not_given() {
        assert_eq!(not_null("null"), None);
        assert_eq!(not_null(""), None);
        assert_eq!(not_null("None"), Some("None"));
    }

    #[test]
    fn choices_are_taken_by_their_documented_names_only() {
        let choices = ["png", "jpeg", "webp"];
        let webp = named::<OutputFormat>(Some("webp"), "output_format", &choices);
        assert_eq!(webp.unwrap(), OutputFormat::WebP);
        let jpg = named::<OutputFormat>(Some("jpg"), "output_format", &choices);
        assert!(message(jpg).starts_with("'jpg' is not one of ['png', 'jpeg', 'webp']"));
    }
}
