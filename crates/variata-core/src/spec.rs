//! What a caller asks for, as types that cannot hold a wrong value.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A value outside what the request allows; the message names it and says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value:?} is not a valid {what}: expected {expected}")]
pub struct ParseSpecError {
    what: &'static str,
    value: String,
    expected: &'static str,
}

impl ParseSpecError {
    fn new(what: &'static str, value: impl fmt::Display, expected: &'static str) -> Self {
        Self { what, value: value.to_string(), expected }
    }
}

/// The side of the pictures to make.
///
/// The three sizes are those of OpenAI's endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Size {
    /// 256 × 256 pixels.
    Px256,
    /// 512 × 512 pixels.
    Px512,
    /// 1024 × 1024 pixels, the endpoint's default.
    #[default]
    Px1024,
}

impl Size {
    /// Every size, smallest first.
    pub const ALL: [Self; 3] = [Self::Px256, Self::Px512, Self::Px1024];

    /// The side in pixels.
    pub fn side_px(self) -> u32 {
        match self {
            Self::Px256 => 256,
            Self::Px512 => 512,
            Self::Px1024 => 1024,
        }
    }
}

impl FromStr for Size {
    type Err = ParseSpecError;

    /// Takes `512` as well as `512x512`.
    fn from_str(text: &str) -> Result<Self, ParseSpecError> {
        let matches = |size: &Self| {
            let side = size.side_px();
            text == side.to_string() || text == format!("{side}x{side}")
        };
        Self::ALL
            .into_iter()
            .find(matches)
            .ok_or_else(|| ParseSpecError::new("size", text, "256, 512 or 1024"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{0}x{0}", self.side_px())
    }
}

/// How many variations to make: 1 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(u16);

impl Count {
    /// The most variations that one request can ask for.
    pub const MAX: u16 = 1000;

    /// Checks `count`.
    ///
    /// # Errors
    ///
    /// [`ParseSpecError`] unless `1 <= count <= 1000`.
    pub fn new(count: u64) -> Result<Self, ParseSpecError> {
        match u16::try_from(count) {
            Ok(value) if (1..=Self::MAX).contains(&value) => Ok(Self(value)),
            _ => Err(ParseSpecError::new("count", count, "a whole number from 1 to 1000")),
        }
    }

    /// The number itself, 1 to 1000.
    pub fn get(self) -> u32 {
        u32::from(self.0)
    }
}

impl FromStr for Count {
    type Err = ParseSpecError;

    fn from_str(text: &str) -> Result<Self, ParseSpecError> {
        let parsed = text.parse().ok().and_then(|count| Self::new(count).ok());
        parsed.ok_or_else(|| ParseSpecError::new("count", text, "a whole number from 1 to 1000"))
    }
}

/// The number that a variation grows from: 0 to 2^63 − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seed(u64);

impl Seed {
    /// The largest seed.
    pub const MAX: u64 = (1 << 63) - 1;

    /// Checks `seed`.
    ///
    /// # Errors
    ///
    /// [`ParseSpecError`] when `seed` is above 2^63 − 1.
    pub fn new(seed: u64) -> Result<Self, ParseSpecError> {
        if seed > Self::MAX {
            return Err(ParseSpecError::new("seed", seed, Self::EXPECTED));
        }
        Ok(Self(seed))
    }

    /// A seed from any 64 bits: the topmost is dropped.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits & Self::MAX)
    }

    /// The seed of variation `index` of a request that starts at this seed; wraps around at 2^63.
    #[must_use]
    pub fn nth(self, index: u32) -> Self {
        Self::from_bits(self.0.wrapping_add(u64::from(index)))
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }

    const EXPECTED: &'static str = "a whole number from 0 to 9223372036854775807";
}

impl FromStr for Seed {
    type Err = ParseSpecError;

    fn from_str(text: &str) -> Result<Self, ParseSpecError> {
        let parsed = text.parse().ok().and_then(|seed| Self::new(seed).ok());
        parsed.ok_or_else(|| ParseSpecError::new("seed", text, Self::EXPECTED))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// How far a variation may go from its source: 0.0 (nearly the source, in another light) to 1.0
/// (the boldest composition that stays faithful).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Strength(f32);

impl Strength {
    /// Checks `strength`.
    ///
    /// # Errors
    ///
    /// [`ParseSpecError`] unless `0.0 <= strength <= 1.0`.
    pub fn new(strength: f32) -> Result<Self, ParseSpecError> {
        if !(0.0..=1.0).contains(&strength) {
            return Err(ParseSpecError::new("strength", strength, Self::EXPECTED));
        }
        Ok(Self(strength))
    }

    /// The number itself, 0.0 to 1.0.
    pub fn get(self) -> f32 {
        self.0
    }

    const EXPECTED: &'static str = "a number from 0.0 to 1.0";
}

impl Default for Strength {
    /// 0.7: clearly another picture, with room on both sides.
    fn default() -> Self {
        Self(0.7)
    }
}

impl FromStr for Strength {
    type Err = ParseSpecError;

    fn from_str(text: &str) -> Result<Self, ParseSpecError> {
        let parsed = text.parse().ok().and_then(|strength| Self::new(strength).ok());
        parsed.ok_or_else(|| ParseSpecError::new("strength", text, Self::EXPECTED))
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One request: how many pictures, how large, from which seed, and how bold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VariationSpec {
    /// How many variations to make.
    pub count: Count,
    /// The side of each.
    pub size: Size,
    /// The seed of the first; the others follow by [`Seed::nth`].
    pub seed: Seed,
    /// How far they may go from the source.
    pub strength: Strength,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_the_second_side() {
        assert_eq!("512".parse(), Ok(Size::Px512));
        assert_eq!("1024x1024".parse(), Ok(Size::Px1024));
        let error = "300x300".parse::<Size>().unwrap_err();
        assert_eq!(error.to_string(), "\"300x300\" is not a valid size: expected 256, 512 or 1024");
    }

    #[test]
    fn counts_outside_1_to_1000_are_refused() {
        assert!(Count::new(0).is_err());
        assert!(Count::new(1000).is_ok());
        assert!(Count::new(1001).is_err());
        assert!(Count::new(1 << 40).is_err());
        assert!("many".parse::<Count>().is_err());
    }

    #[test]
    fn seeds_wrap_around_at_the_largest() {
        let last = Seed::new(Seed::MAX).unwrap();
        assert_eq!(last.nth(1).get(), 0);
        assert!(Seed::new(Seed::MAX + 1).is_err());
        assert!("-1".parse::<Seed>().is_err());
    }

    #[test]
    fn strength_refuses_what_is_not_between_zero_and_one() {
        for text in ["-0.1", "1.01", "NaN", "inf", "strong"] {
            assert!(text.parse::<Strength>().is_err(), "{text} was taken");
        }
        assert_eq!("0.5".parse::<Strength>().unwrap().get(), 0.5);
    }
}
