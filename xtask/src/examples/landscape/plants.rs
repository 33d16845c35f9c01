//! Everything that grows: woods on the far hills, firs on the near banks, grass and flowers.
//!
//! Each plant is a handful of tapering strokes placed on the ground in perspective, drawn from far
//! to near.

use super::super::noise::{Random, fractal, lerp, smoothstep};
use super::super::paint::{Canvas, Hair, srgb};
use super::super::solid::{Camera, Ray};
use super::super::vector::{Vector, vector};
use super::terrain::{self, Detail};
use super::{hazy, sun};

/// A place where something grows.
#[derive(Debug, Clone, Copy)]
struct Spot {
    x: f32,
    ahead: f32,
    size: f32,
}

impl Spot {
    fn foot(self) -> Vector {
        vector(self.x, terrain::height(self.x, self.ahead, Detail::Rough), -self.ahead)
    }
}

/// Draws the woods behind the lake.
pub(super) fn far_woods(canvas: &mut Canvas, camera: &Camera) {
    let mut random = Random::new(101);
    let mut spots: Vec<Spot> = (0..9000)
        .map(|_| {
            let ahead = random.between(23.0, 50.0);
            let x = random.between(-0.6, 0.6) * ahead;
            Spot { x, ahead, size: random.between(0.35, 0.85) }
        })
        .filter(|spot| {
            let density = fractal(102, spot.x * 0.16, spot.ahead * 0.16, 3);
            let foot = spot.foot();
            (0.06..3.6).contains(&foot.y) && density > -0.12 + 0.1 * foot.y && is_seen(camera, foot)
        })
        .collect();
    from_far_to_near(&mut spots);
    for spot in spots {
        fir(canvas, camera, spot, &mut random);
    }
}

/// Draws the firs that frame the picture.
pub(super) fn near_trees(canvas: &mut Canvas, camera: &Camera) {
    let mut random = Random::new(111);
    let left = (0..12).map(|i| (-2.35 - 0.17 * i as f32, 6.2 + 0.5 * (i % 5) as f32));
    let right = (0..9).map(|i| (3.1 + 0.16 * i as f32, 6.6 + 0.45 * (i % 4) as f32));
    let mut spots: Vec<Spot> = left
        .chain(right)
        .map(|(x, ahead)| Spot {
            x: x + random.between(-0.3, 0.3),
            ahead: ahead + random.between(-0.4, 0.4),
            size: random.between(1.0, 2.7),
        })
        .filter(|spot| spot.foot().y > 0.12)
        .collect();
    from_far_to_near(&mut spots);
    for spot in spots {
        fir(canvas, camera, spot, &mut random);
    }
}

/// Draws grass and flowers on the near bank.
pub(super) fn meadow(canvas: &mut Canvas, camera: &Camera) {
    let mut random = Random::new(121);
    let mut spots: Vec<Spot> = (0..70_000)
        .map(|_| {
            // Even cover in the picture needs more plants close to the viewer.
            let near = random.unit();
            let ahead = 2.2 / lerp(0.17, 1.0, near * near.sqrt());
            Spot { x: random.between(-0.62, 0.62) * ahead, ahead, size: random.unit() }
        })
        .filter(|spot| spot.foot().y > 0.05)
        .collect();
    from_far_to_near(&mut spots);
    for spot in spots {
        if flower_kind(spot, &mut random).is_none_or(|kind| !flower(canvas, camera, spot, kind)) {
            blade(canvas, camera, spot, &mut random);
        }
    }
}

fn from_far_to_near(spots: &mut [Spot]) {
    spots.sort_by(|a, b| b.ahead.total_cmp(&a.ahead));
}

fn is_seen(camera: &Camera, foot: Vector) -> bool {
    let eye = camera.ray(0.5, 0.5).origin;
    let away = foot - eye;
    let ray = Ray { origin: eye, direction: away.normalized() };
    terrain::strike(ray).is_none_or(|hit| (hit - eye).length() > away.length() - 1.2)
}

fn in_pixels(canvas: &Canvas, camera: &Camera, point: Vector) -> (f32, f32) {
    let (x, y) = camera.project(point);
    (x * canvas.side() as f32, y * canvas.side() as f32)
}

/// Pixels that one unit of length takes at a point.
fn scale_px(canvas: &Canvas, camera: &Camera, foot: Vector) -> f32 {
    let above = in_pixels(canvas, camera, foot + vector(0.0, 1.0, 0.0));
    in_pixels(canvas, camera, foot).1 - above.1
}

/// A fir: drooping boughs in tiers about a trunk, light on the side of the sun.
fn fir(canvas: &mut Canvas, camera: &Camera, spot: Spot, random: &mut Random) {
    let foot = spot.foot();
    let (x, y) = in_pixels(canvas, camera, foot);
    let tall = spot.size * scale_px(canvas, camera, foot);
    let broad = tall * random.between(0.27, 0.36);
    let eye = camera.ray(0.5, 0.5).origin;
    let air = |colour| {
        let away = foot - eye;
        hazy(colour, away.length(), Ray { origin: eye, direction: away.normalized() })
    };
    let tone = random.between(0.7, 1.25);
    let boughs = (tall * 2.4).clamp(14.0, 620.0) as i32;
    for bough in 0..boughs {
        let t = (bough as f32 + random.unit()) / boughs as f32;
        let tier = 0.72 + 0.28 * libm::cosf(t * tall.min(90.0).sqrt() * 7.0);
        let reach = broad * libm::powf(t, 0.85) * tier * random.between(0.35, 1.1);
        let side = random.between(-1.0, 1.0);
        let (root_x, root_y) = (x + 0.25 * side * reach, y - tall * (1.0 - t * 0.95));
        let droop = reach * random.between(0.25, 0.6);
        let towards_sun = 0.5 + 0.5 * side * sun().x.signum();
        let sunny = towards_sun * towards_sun * random.between(0.2, 1.0);
        let colour = srgb(0x16_2b_22).mix(srgb(0x6f_84_3a), sunny * 0.85) * tone;
        canvas.hair(&Hair {
            points: [
                (root_x, root_y),
                (root_x + side * reach * 0.6, root_y + droop * 0.25),
                (root_x + side * reach, root_y + droop),
            ],
            width_px: (tall * 0.02).clamp(1.0, 4.5),
            colour: air(colour),
            opacity: 0.9,
        });
    }
}

/// A blade of grass.
fn blade(canvas: &mut Canvas, camera: &Camera, spot: Spot, random: &mut Random) {
    let foot = spot.foot();
    let (x, y) = in_pixels(canvas, camera, foot);
    let tall = scale_px(canvas, camera, foot) * random.between(0.07, 0.17);
    let lean = tall * random.between(-0.45, 0.6);
    let patch = fractal(125, spot.x * 1.1, spot.ahead * 1.1, 3);
    let green = srgb(0x4d_6b_25).mix(srgb(0xa9_a8_45), 0.45 + 0.9 * patch);
    let shade = random.between(0.45, 1.35);
    canvas.hair(&Hair {
        points: [(x, y), (x + 0.2 * lean, y - 0.7 * tall), (x + lean, y - tall)],
        width_px: (tall * 0.12).clamp(1.0, 4.0),
        colour: green * shade,
        opacity: 0.85,
    });
}

/// Petals and heart of a kind of flower, and how it grows.
#[derive(Debug, Clone, Copy)]
struct Kind {
    petals: u32,
    heart: u32,
    share: f32,
}

const KINDS: [Kind; 4] = [
    Kind { petals: 0xe2_3c_2c, heart: 0x3a_14_18, share: 0.05 },
    Kind { petals: 0xf7_f2_e8, heart: 0xf2_b8_2e, share: 0.055 },
    Kind { petals: 0x7f_5f_c4, heart: 0x3d_2a_78, share: 0.05 },
    Kind { petals: 0xf6_c5_33, heart: 0xc8_7d_1c, share: 0.045 },
];

/// Which flower grows at a spot, if any: each kind keeps to its own patches.
fn flower_kind(spot: Spot, random: &mut Random) -> Option<Kind> {
    let index = random.below(KINDS.len());
    let kind = KINDS[index];
    let patch = fractal(130 + index as u32, spot.x * 0.8, spot.ahead * 0.8, 3);
    (random.unit() < kind.share * smoothstep(-0.25, 0.3, patch) * 1.7).then_some(kind)
}

/// Draws a flower of five petals; false when it would be too small to see.
fn flower(canvas: &mut Canvas, camera: &Camera, spot: Spot, kind: Kind) -> bool {
    let foot = spot.foot();
    let scale = scale_px(canvas, camera, foot);
    let head = foot + vector(0.0, 0.1 + 0.06 * spot.size, 0.0);
    let (x, y) = in_pixels(canvas, camera, head);
    let radius = scale * (0.016 + 0.02 * spot.size);
    if radius < 0.9 {
        return false;
    }
    let bottom = in_pixels(canvas, camera, foot);
    let stem = Hair {
        points: [bottom, (x, lerp(bottom.1, y, 0.6)), (x, y)],
        width_px: (radius * 0.35).max(1.0),
        colour: srgb(0x4e_6a_2a),
        opacity: 0.8,
    };
    canvas.hair(&stem);
    for petal in 0..5 {
        let (sine, cosine) = libm::sincosf(spot.size * 6.0 + petal as f32 * 1.2566);
        let tip = (x + cosine * radius, y + sine * radius * 0.62);
        let light = 0.72 + 0.4 * smoothstep(-0.8, 0.8, cosine - sine);
        canvas.hair(&Hair {
            points: [tip, ((x + tip.0) * 0.5, (y + tip.1) * 0.5), (x, y)],
            width_px: radius * 1.1,
            colour: srgb(kind.petals) * light,
            opacity: 1.0,
        });
    }
    let heart = Hair {
        points: [(x, y), (x + 0.2, y), (x + 0.4, y)],
        width_px: radius * 0.6,
        colour: srgb(kind.heart),
        opacity: 1.0,
    };
    canvas.hair(&heart);
    true
}
