//! Linear layers and convolutions.

use super::multiply::{Panels, Plus, Rows, multiply};
use super::pack::{MatrixSides, pack};
use super::tensor::{Added, CpuTensor, Layout, Numbers, Pairs};
use super::tiles::Product;
use super::{Cpu, elementwise};
use crate::kernels::{Aligned, Element, PANEL, Pair, PairSums, STRIP_ROWS, Strip, Tier};
use crate::{Kernel, Precision, Shape, Source, Window};

/// The weights of a linear layer or a convolution, packed.
#[derive(Debug)]
pub struct CpuLayer {
    outputs: usize,
    inputs: usize,
    /// Rows and columns of the window.
    window: (usize, usize),
    weights: Weights,
    bias: Option<Vec<f32>>,
}

#[derive(Debug)]
enum Weights {
    F32(Panels<f32>),
    Bf16(Panels<Pair>),
}

impl CpuLayer {
    pub(super) fn pack<S: Source>(
        tier: Tier,
        kernel: &Kernel<S>,
        precision: Precision,
    ) -> Result<Self, S::Error> {
        let Kernel { outputs, inputs, height, width, ref weights, ref bias } = *kernel;
        let pieces = height * width;
        assert_eq!(weights.count(), outputs * inputs * pieces, "weights that do not fill");
        let sides = MatrixSides { columns: outputs, pieces, inputs };
        let weights = match precision {
            Precision::F32 => Weights::F32(pack(tier, weights, sides)?),
            Precision::F16 | Precision::Bf16 => Weights::Bf16(pack(tier, weights, sides)?),
        };
        Ok(Self { outputs, inputs, window: (height, width), weights, bias: bias.clone() })
    }

    pub(super) fn linear(
        &self,
        tier: Tier,
        input: &CpuTensor,
        added: Option<&CpuTensor>,
    ) -> CpuTensor {
        assert_eq!(self.window, (1, 1), "a convolution is no linear layer");
        self.conv2d(tier, input, Window::same(0), added)
    }

    pub(super) fn conv2d(
        &self,
        tier: Tier,
        input: &CpuTensor,
        window: Window,
        added: Option<&CpuTensor>,
    ) -> CpuTensor {
        let shape = input.shape();
        assert_eq!(shape.channels, self.inputs, "a layer for other inputs than {shape:?}");
        let mut output = Numbers::unwritten(Shape {
            batch: shape.batch,
            height: window.count(shape.height, self.window.0),
            width: window.count(shape.width, self.window.1),
            channels: self.outputs,
        });
        let added = added.map(CpuTensor::numbers);
        let added = Added::new(added.as_deref(), output.shape());
        let plus = Plus { bias: self.bias.as_deref(), added };
        match &self.weights {
            Weights::F32(panels) => {
                let input = input.numbers();
                let layout = Layout::of_numbers(shape);
                let rows =
                    self.rows((input.values(), layout), panels, (shape, output.shape()), window);
                multiply(tier, &rows, panels, plus, &mut output);
            }
            Weights::Bf16(panels) => {
                let input = input.pairs(tier);
                let rows = self.rows(input.all(), panels, (shape, output.shape()), window);
                match tier.pair_sums() {
                    PairSums::InOrder => multiply(tier, &rows, panels, plus, &mut output),
                    PairSums::InTiles => {
                        let bias = self.bias.as_deref();
                        Product { tier, rows: &rows, panels, bias }.to_numbers(plus, &mut output);
                    }
                }
            }
        }
        output.into()
    }

    /// A linear layer whose result goes into products only, which would round it anyway.
    pub(super) fn project(&self, cpu: Cpu, input: &CpuTensor) -> CpuTensor {
        self.in_tiles(cpu.tier, input, self.outputs, |product, output| product.to_pairs(output))
            .unwrap_or_else(|| self.linear(cpu.tier, input, None))
    }

    /// The first half of a linear layer's result times the GELU of the second.
    pub(super) fn gate(&self, cpu: Cpu, input: &CpuTensor) -> CpuTensor {
        let is_whole = self.outputs.is_multiple_of(2 * PANEL);
        let gated = is_whole.then(|| {
            self.in_tiles(cpu.tier, input, self.outputs / 2, |product, output| {
                product.to_gated(output);
            })
        });
        gated.flatten().unwrap_or_else(|| {
            elementwise::geglu(cpu, &self.linear(cpu.tier, input, None).into_numbers())
        })
    }

    /// What `multiply` makes of every row's products, where they are made in tiles.
    fn in_tiles(
        &self,
        tier: Tier,
        input: &CpuTensor,
        channels: usize,
        multiply: impl FnOnce(Product<'_>, &mut Pairs),
    ) -> Option<CpuTensor> {
        let Weights::Bf16(panels) = &self.weights else { return None };
        if tier.pair_sums() != PairSums::InTiles || self.window != (1, 1) {
            return None;
        }
        let shape = Shape { channels, ..input.shape() };
        let input = input.pairs(tier);
        let mut output = Pairs::unwritten(tier, shape);
        let rows = self.rows(input.all(), panels, (input.shape(), shape), Window::same(0));
        multiply(Product { tier, rows: &rows, panels, bias: self.bias.as_deref() }, &mut output);
        Some(CpuTensor::Pairs(output))
    }

    fn rows<'a, E: Element>(
        &self,
        (elements, layout): (&'a [E], Layout),
        panels: &Panels<E>,
        (input, output): (Shape, Shape),
        window: Window,
    ) -> WindowRows<'a, E> {
        let zeros = Aligned::zeros(panels.depth());
        let is_place = self.window == (1, 1) && window == Window::same(0) && layout.gap == 0;
        // Then the lines of a picture are of no account, and all places are one line.
        let line = |shape: Shape| Shape::tokens(1, shape.rows(), shape.channels);
        let [input, output] = [input, output].map(|s| if is_place { line(s) } else { s });
        let Layout { gap, depth: pitch, .. } = layout;
        WindowRows { elements, pitch, zeros, input, output, window, sides: self.window, gap }
    }
}

/// The windows of a convolution: each piece is some channels of one place of the input, or zeros
/// beyond its edge.
pub(super) struct WindowRows<'a, E> {
    elements: &'a [E],
    /// Elements of a place.
    pitch: usize,
    /// As many as a piece has.
    zeros: Aligned<E>,
    input: Shape,
    output: Shape,
    window: Window,
    /// Rows and columns of the window.
    sides: (usize, usize),
    /// Places of zeros before each line and after the last.
    gap: usize,
}

/// A window's top left corner, to which the margin is still added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corner {
    /// The picture's first line among all lines.
    first: usize,
    top: usize,
    left: usize,
}

/// The row and column of the window that a piece is in, and where its channels start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    row: usize,
    column: usize,
    channels: usize,
}

impl<E: Element> WindowRows<'_, E> {
    /// The line of all pictures that a row of the window is in, if it is none of the margin.
    fn line(&self, Corner { first, top, .. }: Corner, row: usize) -> Option<usize> {
        let y = (top + row).wrapping_sub(self.window.before);
        (y < self.input.height).then(|| first + y)
    }

    /// Where a piece starts among the elements, if it is no part of the margin, or of that part
    /// which is among them.
    fn start(&self, corner: Corner, part: Part) -> Option<usize> {
        let Part { row, column, channels } = part;
        let x = (corner.left + column + self.gap).wrapping_sub(self.window.before);
        let line = self.line(corner, row).filter(|_| x < self.input.width + 2 * self.gap)?;
        Some((line * (self.input.width + self.gap) + x) * self.pitch + channels)
    }

    /// One piece of sixteen rows that follow one another, if they lie at equal distances: in one
    /// line of the picture, and either all in its margin or none.
    pub(super) fn strip(&self, places: &[Corner; STRIP_ROWS], part: Part) -> Option<Strip<'_, E>> {
        let [from, .., to] = *places;
        let span = (STRIP_ROWS - 1) * self.window.stride;
        if (from.first, from.top, from.left + span) != (to.first, to.top, to.left) {
            return None;
        }
        if self.line(from, part.row).is_none() {
            return Some(Strip::new(&self.zeros, 0));
        }
        let [start, _] = [self.start(from, part)?, self.start(to, part)?];
        Some(Strip::new(&self.elements[start..], self.window.stride * self.pitch))
    }

    /// How long a piece is.
    pub(super) fn depth(&self) -> usize {
        self.zeros.len()
    }
}

impl<E: Element> Rows<E> for WindowRows<'_, E> {
    type Place = Corner;
    type Part = Part;

    fn place(&self, row: usize) -> Corner {
        let (picture, place) = (row / self.output.places(), row % self.output.places());
        let (y, x) = (place / self.output.width, place % self.output.width);
        let stride = self.window.stride;
        Corner { first: picture * self.input.height, top: y * stride, left: x * stride }
    }

    fn part(&self, piece: usize) -> Part {
        let (height, width) = self.sides;
        let (part, place) = (piece / (height * width), piece % (height * width));
        Part { row: place / width, column: place % width, channels: part * self.zeros.len() }
    }

    fn piece(&self, place: Corner, part: Part) -> &[E] {
        match self.start(place, part) {
            Some(start) => &self.elements[start..][..self.zeros.len()],
            None => &self.zeros,
        }
    }
}
