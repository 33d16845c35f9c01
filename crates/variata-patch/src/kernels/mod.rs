//! The inner loops, in one tier for each kind of processor. All tiers give the same bytes.

/// Which instructions the inner loops may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Plain Rust, for every processor.
    Portable,
    /// 256-bit integer vectors on x86-64.
    Avx2,
}

impl Tier {
    /// The fastest tier that this processor has.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Self::Avx2;
        }
        Self::Portable
    }
}
