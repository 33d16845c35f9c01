//! Where a patch was found, relative to where it is shown.

/// A displacement of −32,768 to 32,767 pixels along each axis, packed in 32 bits so that a tile
/// of them is compared with a few instructions.
///
/// Offsets rather than positions: where the picture is a verbatim copy of the source, all of them
/// are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct Offset(u32);

impl Offset {
    /// A patch that is shown where it was found.
    pub const ZERO: Self = Self(0);

    /// The displacement by `dx` to the right and `dy` down; both fit in 16 bits.
    pub fn new(dx: isize, dy: isize) -> Self {
        Self(u32::from(dx as i16 as u16) | (u32::from(dy as i16 as u16) << 16))
    }

    /// How far to the right.
    pub fn dx(self) -> isize {
        self.0 as u16 as i16 as isize
    }

    /// How far down.
    pub fn dy(self) -> isize {
        (self.0 >> 16) as u16 as i16 as isize
    }

    /// The displacement back.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self::new(-self.dx(), -self.dy())
    }

    /// The packed bits, for vector comparisons.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn bits(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_keep_both_coordinates() {
        for (dx, dy) in [(0, 0), (-1, 1), (1018, -1018), (i16::MIN as isize, i16::MAX as isize)] {
            let offset = Offset::new(dx, dy);
            assert_eq!((offset.dx(), offset.dy()), (dx, dy));
        }
        assert_eq!(Offset::new(-3, 4).reversed(), Offset::new(3, -4));
    }
}
