//! Where the eye goes in a picture, well enough to cut a square out of it.
//!
//! The middle of a tall photograph is often a chest without its head. What stands out from the
//! whole picture in brightness or colour (Achanta et al., "Frequency-Tuned Salient Region
//! Detection", 2009), what is detailed and, most of all, detail in the colour of skin counts; and
//! unless that says otherwise, a wide picture's matter is in the middle, a tall one's above it.

use variata_core::Rgba;

use crate::Picture;

/// Cells along the longer side.
const CELLS: usize = 64;
/// Pixels that are looked at along a side of a cell.
const SAMPLES: usize = 8;
/// What standing out counts beside detail, and what detail in the colour of skin counts more.
const STANDING_OUT: f32 = 0.5;
const SKIN: f32 = 1.2;
/// How far colour counts beside brightness.
const COLOR_WEIGHT: f32 = 2.0;
/// Where the square of a wide and of a tall picture lies if nothing says otherwise, as a share of
/// the way it could go, and what being away from there costs.
const USUAL: [(f32, f32); 2] = [(0.5, 0.3), (0.2, 0.2)];

/// How many pixels from the left or from the top the square with most to see in it begins.
pub(crate) fn square_start_px(picture: &Picture) -> u32 {
    let (width, height) = (picture.width_px(), picture.height_px());
    let slack = width.abs_diff(height);
    let cells = Cells::of(picture);
    let is_tall = height > width;
    let profile = profile(&cells, is_tall);
    let side = cells.across.min(cells.down);
    let steps = profile.len() - side;
    let share =
        if steps == 0 { USUAL[usize::from(is_tall)].0 } else { best(&profile, side, is_tall) };
    (share * slack as f32 + 0.5) as u32
}

/// Where among its places a window of `side` cells holds most of `profile`, 0.0–1.0.
fn best(profile: &[f32], side: usize, is_tall: bool) -> f32 {
    let (usual, cost) = USUAL[usize::from(is_tall)];
    let whole = profile.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    let last = (profile.len() - side) as f32;
    let slack = last / profile.len() as f32;
    let rated = profile.windows(side).enumerate().map(|(at, window)| {
        let share = at as f32 / last;
        let away = 2.0 * (share - usual);
        (window.iter().sum::<f32>() / whole - cost * slack * away * away, share)
    });
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(usual, |(_, share)| share)
}

/// How much there is to see in each row of cells of a tall picture, in each column of a wide one.
fn profile(cells: &Cells, is_tall: bool) -> Vec<f32> {
    let interest = cells.interest();
    let rows = interest.chunks_exact(cells.across);
    if is_tall {
        return rows.map(|row| row.iter().sum()).collect();
    }
    (0..cells.across).map(|x| rows.clone().map(|row| row[x]).sum()).collect()
}

/// Mean colours of a picture's parts.
struct Cells {
    across: usize,
    down: usize,
    colors: Vec<Color>,
}

/// Brightness and the two differences of colour of Y'CbCr (ITU-R BT.601), and opacity, all in 0.0–1.0
/// or −0.5–0.5.
#[derive(Clone, Copy, Default)]
struct Color {
    luma: f32,
    blue: f32,
    red: f32,
    opacity: f32,
}

impl Cells {
    fn of(picture: &Picture) -> Self {
        let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
        let longest = width.max(height);
        let count = |length: usize| ((CELLS * length + longest / 2) / longest).clamp(1, length);
        let (across, down) = (count(width), count(height));
        let ends = |at: usize, cells: usize, length: usize| at * length / cells;
        let span = |at: usize, cells: usize, length: usize| {
            let (start, end) = (ends(at, cells, length), ends(at + 1, cells, length));
            (start..end).step_by((end - start).div_ceil(SAMPLES).max(1))
        };
        let color = |x: usize, y: usize| {
            let rows = span(y, down, height).map(|row| &picture.pixels()[row * width..][..width]);
            let columns = span(x, across, width);
            Color::mean(rows.flat_map(|row| columns.clone().map(|column| row[column])))
        };
        let colors = (0..across * down).map(|at| color(at % across, at / across)).collect();
        Self { across, down, colors }
    }

    /// How much there is to see in each cell.
    fn interest(&self) -> Vec<f32> {
        let mean = Color::mean_of(&self.colors);
        let out: Vec<f32> = self.colors.iter().map(|color| color.distance(mean)).collect();
        let detail: Vec<f32> = (0..self.colors.len()).map(|at| self.detail(at)).collect();
        let (usual_out, usual_detail) = (mean_of(&out), mean_of(&detail));
        let cells = self.colors.iter().zip(out).zip(detail);
        cells
            .map(|((color, out), detail)| {
                let skin = if color.is_skin() { SKIN } else { 0.0 };
                let detail = (1.0 + skin) * detail / usual_detail;
                color.opacity * (STANDING_OUT * out / usual_out + detail)
            })
            .collect()
    }

    /// How far a cell is from the next ones on the right and below.
    fn detail(&self, at: usize) -> f32 {
        let (x, y) = (at % self.across, at / self.across);
        let right = (x + 1 < self.across).then(|| self.colors[at + 1]);
        let below = (y + 1 < self.down).then(|| self.colors[at + self.across]);
        [right, below].into_iter().flatten().map(|next| next.distance(self.colors[at])).sum()
    }
}

fn mean_of(values: &[f32]) -> f32 {
    (values.iter().sum::<f32>() / values.len().max(1) as f32).max(1e-6)
}

impl Color {
    fn of([red, green, blue, alpha]: Rgba) -> Self {
        let [red, green, blue, opacity] =
            [red, green, blue, alpha].map(|value| f32::from(value) / 255.0);
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        Self { luma, blue: 0.564 * (blue - luma), red: 0.713 * (red - luma), opacity }
    }

    fn mean(pixels: impl Iterator<Item = Rgba>) -> Self {
        let colors: Vec<Self> = pixels.map(Self::of).collect();
        Self::mean_of(&colors)
    }

    fn mean_of(colors: &[Self]) -> Self {
        let count = colors.len().max(1) as f32;
        let mean = |lane: fn(&Self) -> f32| colors.iter().map(lane).sum::<f32>() / count;
        Self {
            luma: mean(|color| color.luma),
            blue: mean(|color| color.blue),
            red: mean(|color| color.red),
            opacity: mean(|color| color.opacity),
        }
    }

    fn distance(self, other: Self) -> f32 {
        let tint = (self.blue - other.blue).abs() + (self.red - other.red).abs();
        (self.luma - other.luma).abs() + COLOR_WEIGHT * tint
    }

    /// Whether it may be skin, of any tone (Chai and Ngan, "Face Segmentation Using Skin-Color Map in
    /// Videophone Applications", 1999).
    fn is_skin(self) -> bool {
        let [blue, red] = [self.blue, self.red].map(|value| 255.0 * value + 128.0);
        (77.0..=127.0).contains(&blue) && (133.0..=173.0).contains(&red) && self.luma > 0.2
    }
}
