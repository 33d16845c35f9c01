//! One house front: outline, wall, windows and door.
//!
//! Fronts are described in their own measure: `u` runs across the front from 0 to 1, heights are
//! in parts of the picture's side above the street.

use super::super::noise::{cell, fractal, smoothstep};
use super::super::paint::srgb;
use super::super::vector::{Vector, vector};
use super::window::Window;

/// How the top of a front looks.
#[derive(Debug, Clone, Copy)]
enum Gable {
    Point,
    Steps,
    Bell,
    Cornice,
}

/// What a wall is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wall {
    Brick,
    Plaster,
}

/// A front in the row.
#[derive(Debug)]
pub(super) struct House {
    left: f32,
    width: f32,
    eaves: f32,
    gable: Gable,
    wall: Wall,
    paint: u32,
    door: u32,
    shutters: Option<u32>,
    columns: u32,
    storeys: u32,
}

/// The row, from left to right; it runs past both edges of the picture.
pub(super) const HOUSES: [House; 7] = [
    House {
        left: -0.07,
        width: 0.16,
        eaves: 0.4,
        gable: Gable::Steps,
        wall: Wall::Brick,
        paint: 0x8c_43_36,
        door: 0x23_4a_3d,
        shutters: None,
        columns: 3,
        storeys: 3,
    },
    House {
        left: 0.09,
        width: 0.17,
        eaves: 0.46,
        gable: Gable::Bell,
        wall: Wall::Plaster,
        paint: 0xe3_b3_5c,
        door: 0x6b_2f_2a,
        shutters: Some(0x3f_6a_58),
        columns: 3,
        storeys: 4,
    },
    House {
        left: 0.26,
        width: 0.13,
        eaves: 0.38,
        gable: Gable::Point,
        wall: Wall::Brick,
        paint: 0x6e_3a_33,
        door: 0x2a_3f_63,
        shutters: Some(0xd9_d2_c0),
        columns: 2,
        storeys: 3,
    },
    House {
        left: 0.39,
        width: 0.18,
        eaves: 0.44,
        gable: Gable::Steps,
        wall: Wall::Plaster,
        paint: 0x6f_97_a3,
        door: 0x7a_2f_33,
        shutters: None,
        columns: 3,
        storeys: 3,
    },
    House {
        left: 0.57,
        width: 0.15,
        eaves: 0.52,
        gable: Gable::Cornice,
        wall: Wall::Plaster,
        paint: 0xe9_df_cc,
        door: 0x22_2a_30,
        shutters: Some(0x86_43_3d),
        columns: 3,
        storeys: 4,
    },
    House {
        left: 0.72,
        width: 0.16,
        eaves: 0.41,
        gable: Gable::Bell,
        wall: Wall::Brick,
        paint: 0xa3_58_3c,
        door: 0x28_52_4c,
        shutters: None,
        columns: 3,
        storeys: 3,
    },
    House {
        left: 0.88,
        width: 0.19,
        eaves: 0.45,
        gable: Gable::Point,
        wall: Wall::Plaster,
        paint: 0xd2_8f_86,
        door: 0x33_44_5e,
        shutters: Some(0x4d_5f_7a),
        columns: 3,
        storeys: 4,
    },
];

pub(super) const TRIM: u32 = 0xf2_ea_dc;
/// Height of the ground floor, with the door.
const GROUND_FLOOR: f32 = 0.115;

impl House {
    /// The colour of the front at a point of the picture, where there is front.
    pub(super) fn colour(&self, x: f32, height: f32) -> Option<Vector> {
        let u = (x - self.left) / self.width;
        if self.is_chimney(u, height) {
            return Some(srgb(0x6a_3c_34) * bricks(x, height, 0.9));
        }
        if !(0.0..1.0).contains(&u) || height > self.top(u) {
            return None;
        }
        let edge = 0.007;
        let step = edge / self.width;
        let coping = [u - step, u + step].iter().any(|&u| height + edge > self.top(u))
            && height > self.eaves - edge;
        let colour = if coping {
            srgb(TRIM) * 0.95
        } else {
            self.opening(u, height).unwrap_or_else(|| self.bare_wall(x, u, height))
        };
        Some(colour * self.light(u, height))
    }

    /// The height of the outline at `u`; nothing stands outside of the front.
    fn top(&self, u: f32) -> f32 {
        let inward = 1.0 - (2.0 * u - 1.0).abs();
        if inward < 0.0 {
            return 0.0;
        }
        let rise = match self.gable {
            Gable::Point => 0.9 * inward,
            Gable::Steps => 0.14 + 0.86 * (inward * 5.0).floor() / 5.0,
            Gable::Bell => {
                0.1 + 0.75 * smoothstep(0.1, 0.62, inward) + 0.15 * smoothstep(0.7, 1.0, inward)
            }
            Gable::Cornice => 0.16,
        };
        self.eaves + rise * self.width * 0.85
    }

    fn is_chimney(&self, u: f32, height: f32) -> bool {
        (0.74..0.84).contains(&u)
            && height < self.eaves + 0.62 * self.width
            && height > self.eaves
            && !matches!(self.gable, Gable::Cornice)
            && height > self.top(u)
    }

    /// Evening light from the left, shade under the coping and beside the neighbour.
    fn light(&self, u: f32, height: f32) -> Vector {
        let below_top = self.top(u) - height;
        let shade = 0.72 + 0.28 * smoothstep(0.0, 0.03, below_top);
        let corner = 0.6 + 0.4 * smoothstep(0.0, 0.05, u);
        let street = 0.78 + 0.22 * smoothstep(0.0, 0.06, height);
        let warm = vector(1.04, 0.97, 0.9).mix(vector(0.9, 0.92, 1.0), u);
        warm * (0.82 * shade * corner * street)
    }

    fn bare_wall(&self, x: f32, u: f32, height: f32) -> Vector {
        let paint = srgb(self.paint);
        let stain = fractal(431, x * 16.0, height * 7.0, 5);
        let band = (height - GROUND_FLOOR).abs() < 0.004 || height < 0.012;
        if band {
            return srgb(TRIM) * (0.85 + 0.1 * stain);
        }
        let beam = self.wall == Wall::Plaster && !(0.03..=0.97).contains(&u);
        let surface = match self.wall {
            Wall::Brick => bricks(x, height, 1.0),
            Wall::Plaster => {
                0.98 + 0.16 * stain + 0.05 * fractal(432, x * 150.0, height * 150.0, 2)
            }
        };
        let damp = smoothstep(0.05, 0.0, height) * 0.25;
        paint * (surface * (1.0 - damp) * if beam { 0.8 } else { 1.0 })
    }

    /// Windows in rows above the ground floor, the door and a shop window in it.
    fn opening(&self, u: f32, height: f32) -> Option<Vector> {
        if height < GROUND_FLOOR {
            return self.ground_floor(u, height);
        }
        let storey_height = (self.eaves - GROUND_FLOOR) / (self.storeys - 1) as f32;
        let storey = ((height - GROUND_FLOOR) / storey_height).floor();
        if storey >= (self.storeys - 1) as f32 {
            return self.attic(u, height);
        }
        let columns = self.columns as f32;
        let column = (u * columns).clamp(0.0, columns - 1e-3);
        let place = (column.floor(), storey);
        let pane = storey_height * 0.62;
        let window = Window {
            across: (column - column.floor() - 0.5) * self.width / columns,
            up: (height - GROUND_FLOOR - storey * storey_height) - storey_height * 0.5,
            half_width: self.width / columns * 0.27,
            half_height: pane * 0.5,
            shutters: self.shutters,
            seed: (place.0 as i32 + self.paint as i32, place.1 as i32),
        };
        window.colour()
    }

    /// One small window under the gable.
    fn attic(&self, u: f32, height: f32) -> Option<Vector> {
        let window = Window {
            across: (u - 0.5) * self.width,
            up: height - self.eaves - 0.2 * self.width,
            half_width: 0.013,
            half_height: 0.02,
            shutters: None,
            seed: (self.paint as i32, 77),
        };
        if matches!(self.gable, Gable::Cornice) { self.dentils(u, height) } else { window.colour() }
    }

    /// The row of small blocks under a cornice.
    fn dentils(&self, u: f32, height: f32) -> Option<Vector> {
        let block = (u * 26.0).fract() < 0.5;
        let row = (0.006..0.018).contains(&(height - self.eaves - 0.002));
        (block && row).then(|| srgb(TRIM))
    }

    fn ground_floor(&self, u: f32, height: f32) -> Option<Vector> {
        let door_at = if self.paint.is_multiple_of(3) { 0.24 } else { 0.76 };
        let (away, side) = ((u - door_at) * self.width, 0.02);
        if away.abs() < side + 0.004 && height < 0.088 {
            return Some(self.door(away, height, side));
        }
        let window = Window {
            across: (u - (1.0 - door_at) * 0.94 - 0.03) * self.width,
            up: height - 0.062,
            half_width: self.width * 0.21,
            half_height: 0.034,
            shutters: None,
            seed: (self.paint as i32, 99),
        };
        window.colour()
    }

    /// A panelled door with a fanlight and two steps.
    fn door(&self, away: f32, height: f32, side: f32) -> Vector {
        if height < 0.01 {
            return srgb(0x9a_90_88) * if height < 0.005 { 0.85 } else { 1.0 };
        }
        if away.abs() > side || height > 0.084 {
            return srgb(TRIM);
        }
        if height > 0.068 {
            let bar = (away.abs() < 0.0012) || (height - 0.068) < 0.0025;
            return if bar { srgb(TRIM) } else { srgb(0xff_cf_7a) * 0.9 };
        }
        let panel = (away.abs() - side * 0.5).abs() < side * 0.32
            && [0.026, 0.053].iter().any(|middle| (height - middle).abs() < 0.0095);
        let knob = (away + side * 0.78).abs() < 0.0016 && (height - 0.04).abs() < 0.0016;
        let wood = srgb(self.door) * if panel { 0.72 } else { 1.0 };
        if knob { srgb(0xe2_b6_5a) } else { wood }
    }
}

/// Bricks in courses, each a little lighter or darker, with light joints.
fn bricks(x: f32, height: f32, contrast: f32) -> f32 {
    let course = (height / 0.0062).floor();
    let shift = if course as i32 % 2 == 0 { 0.0 } else { 0.5 };
    let along = x / 0.0155 + shift;
    let tone = cell(451, along.floor() as i32, course as i32);
    let (u, v) = (along - along.floor(), height / 0.0062 - course);
    let joint = u < 0.1 || v < 0.2;
    if joint { 1.28 } else { 1.0 + contrast * 0.5 * (tone - 0.5) }
}
