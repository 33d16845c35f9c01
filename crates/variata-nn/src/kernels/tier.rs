//! Which instructions a processor has for the inner loops, and what differs with them.

#[cfg(target_arch = "x86_64")]
use super::amx;

/// Which instructions the inner loops may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Plain Rust, for every processor.
    Portable,
    /// 256-bit vectors with fused multiply-add on x86-64.
    Avx2,
    /// 512-bit vectors on x86-64.
    Avx512,
    /// 512-bit vectors with products of bf16 pairs.
    Avx512Bf16,
    /// The same, with products of whole tiles of bf16 pairs.
    Amx,
}

/// In which order products of bf16 pairs are added up: instructions differ in it, and so do the
/// last digits of what they give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairSums {
    /// One pair after another, of each the second product first.
    InOrder,
    /// Sixteen pairs at a time, first and second products apart.
    InTiles,
}

impl Tier {
    /// Every tier, slowest first.
    pub const ALL: [Self; 5] =
        [Self::Portable, Self::Avx2, Self::Avx512, Self::Avx512Bf16, Self::Amx];

    /// The fastest tier that this processor has.
    pub fn detect() -> Self {
        Self::ALL.into_iter().rev().find(|tier| tier.is_here()).unwrap_or(Self::Portable)
    }

    /// Whether this processor has the tier's instructions.
    #[cfg(target_arch = "x86_64")]
    pub fn is_here(self) -> bool {
        use std::arch::is_x86_feature_detected as has;
        let avx2 = has!("avx2") && has!("fma");
        match self {
            Self::Portable => true,
            Self::Avx2 => avx2,
            Self::Avx512 => avx2 && has!("avx512f"),
            Self::Avx512Bf16 => avx2 && has!("avx512f") && has!("avx512bw") && has!("avx512bf16"),
            Self::Amx => Self::Avx512Bf16.is_here() && amx::is_here(),
        }
    }

    /// Whether this processor has the tier's instructions.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_here(self) -> bool {
        self == Self::Portable
    }

    /// The instructions' usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Avx512Bf16 => "avx512-bf16",
            Self::Amx => "amx",
        }
    }

    /// How this tier adds products of bf16 pairs.
    pub fn pair_sums(self) -> PairSums {
        match self {
            Self::Portable | Self::Avx2 | Self::Avx512 | Self::Avx512Bf16 => PairSums::InOrder,
            Self::Amx => PairSums::InTiles,
        }
    }
}
