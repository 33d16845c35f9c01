//! Plane projective maps: the straight-line-keeping part of every re-framing.

/// A map of the plane that keeps straight lines straight, as a 3 × 3 matrix in rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projective([f32; 9]);

impl Projective {
    /// Maps every point to itself.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);

    /// The map of these nine coefficients, in rows.
    pub fn from_rows(rows: [f32; 9]) -> Self {
        Self(rows)
    }

    /// Moves by `(dx, dy)`.
    pub fn translation(dx: f32, dy: f32) -> Self {
        Self([1.0, 0.0, dx, 0.0, 1.0, dy, 0.0, 0.0, 1.0])
    }

    /// Scales by `sx` and `sy` around the origin; a negative factor mirrors.
    pub fn scaling(sx: f32, sy: f32) -> Self {
        Self([sx, 0.0, 0.0, 0.0, sy, 0.0, 0.0, 0.0, 1.0])
    }

    /// Turns by `angle` radians around the origin, from the x axis towards the y axis.
    pub fn rotation(angle: f32) -> Self {
        let (sine, cosine) = (libm::sinf(angle), libm::cosf(angle));
        Self([cosine, -sine, 0.0, sine, cosine, 0.0, 0.0, 0.0, 1.0])
    }

    /// Shears: `x` moves by `sx · y`, `y` by `sy · x`.
    pub fn shear(sx: f32, sy: f32) -> Self {
        Self([1.0, sx, 0.0, sy, 1.0, 0.0, 0.0, 0.0, 1.0])
    }

    /// A keystone: what lies at greater `x` (or `y`) appears smaller for positive `kx` (`ky`).
    pub fn keystone(kx: f32, ky: f32) -> Self {
        Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, kx, ky, 1.0])
    }

    /// First this map, then `next`.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let (first, second) = (self.0, next.0);
        Self(std::array::from_fn(|cell| {
            let (row, column) = (cell / 3, cell % 3);
            (0..3).map(|k| second[row * 3 + k] * first[k * 3 + column]).sum()
        }))
    }

    /// The point to which `(x, y)` goes.
    #[inline(always)]
    pub fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        let m = &self.0;
        let depth = m[6] * x + m[7] * y + m[8];
        let scale = if depth.abs() < 1e-6 { 1e6 } else { 1.0 / depth };
        ((m[0] * x + m[1] * y + m[2]) * scale, (m[3] * x + m[4] * y + m[5]) * scale)
    }

    /// The map back; the identity where there is none.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let m = &self.0;
        let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
        let adjugate = [
            minor(4, 5, 7, 8),
            -minor(1, 2, 7, 8),
            minor(1, 2, 4, 5),
            -minor(3, 5, 6, 8),
            minor(0, 2, 6, 8),
            -minor(0, 2, 3, 5),
            minor(3, 4, 6, 7),
            -minor(0, 1, 6, 7),
            minor(0, 1, 3, 4),
        ];
        let determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
        if determinant.abs() < 1e-12 {
            return Self::IDENTITY;
        }
        Self(adjugate.map(|value| value / determinant))
    }

    /// The map that takes the corners of the unit square (0,0) (1,0) (1,1) (0,1) to `corners`
    /// (Heckbert, "Fundamentals of Texture Mapping", 1989, section 2.2.3).
    pub fn from_unit_square(corners: [(f32, f32); 4]) -> Self {
        let [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = corners;
        let (dx1, dy1, dx2, dy2) = (x1 - x2, y1 - y2, x3 - x2, y3 - y2);
        let (sx, sy) = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3);
        let area = dx1 * dy2 - dx2 * dy1;
        let (g, h) = if area.abs() < 1e-12 {
            (0.0, 0.0)
        } else {
            ((sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area)
        };
        Self([
            x1 - x0 + g * x1,
            x3 - x0 + h * x3,
            x0,
            y1 - y0 + g * y1,
            y3 - y0 + h * y3,
            y0,
            g,
            h,
            1.0,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: (f32, f32), b: (f32, f32)) -> bool {
        (a.0 - b.0).abs() < 1e-4 && (a.1 - b.1).abs() < 1e-4
    }

    #[test]
    fn corners_go_where_they_are_told() {
        let corners = [(1.0, 2.0), (9.0, 1.0), (8.0, 7.0), (2.0, 9.0)];
        let map = Projective::from_unit_square(corners);
        for (corner, unit) in corners.into_iter().zip([(0., 0.), (1., 0.), (1., 1.), (0., 1.)]) {
            assert!(close(map.apply(unit.0, unit.1), corner));
        }
    }

    #[test]
    fn the_inverse_leads_back() {
        let map = Projective::rotation(0.3)
            .then(Projective::scaling(2.0, -0.5))
            .then(Projective::keystone(0.01, 0.02))
            .then(Projective::translation(3.0, 4.0));
        let (x, y) = map.apply(5.0, -2.0);
        assert!(close(map.inverse().apply(x, y), (5.0, -2.0)));
    }

    #[test]
    fn maps_apply_in_the_order_written() {
        let map = Projective::translation(1.0, 0.0).then(Projective::scaling(10.0, 10.0));
        assert!(close(map.apply(0.0, 0.0), (10.0, 0.0)));
    }
}
