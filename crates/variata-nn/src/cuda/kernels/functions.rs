//! The kernels of a card, by name, and how they are launched.

use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};

use cudarc::driver::{
    CudaContext, CudaFunction, CudaModule, CudaSlice, DriverError, LaunchConfig, PushKernelArg,
};
use cudarc::nvrtc::Ptx;

use super::compile::{ATTENTION, PASSES, compile};
use super::{Buffer, Card, size};
use crate::{DeviceError, Precision};

/// Threads of a block, for all kernels but attention's; `norm.cu` counts on it.
pub(super) const THREADS: usize = 256;

/// A kernel that takes 16 bytes at a time, and its twin for rows that are not whole packs of them.
#[derive(Debug)]
pub(super) struct Both {
    packs: CudaFunction,
    singly: CudaFunction,
    lanes: usize,
}

impl Both {
    /// The one for rows of these widths, and how many numbers it takes at a time.
    pub(super) fn for_rows(&self, widths: &[usize]) -> (&CudaFunction, usize) {
        if widths.iter().all(|width| width.is_multiple_of(self.lanes)) {
            (&self.packs, self.lanes)
        } else {
            (&self.singly, 1)
        }
    }
}

#[derive(Debug)]
pub(super) struct Functions {
    pub(super) pack: CudaFunction,
    pub(super) unpack: CudaFunction,
    pub(super) embed: CudaFunction,
    pub(super) add: Both,
    pub(super) activate: Both,
    pub(super) geglu: Both,
    pub(super) concat: Both,
    pub(super) upsample: Both,
    pub(super) avg_pool: Both,
    pub(super) windows: Both,
    pub(super) group_sums: Both,
    pub(super) group_norm: Both,
    pub(super) layer_norm: Both,
    pub(super) softmax: CudaFunction,
    /// Smallest first; none where there are no tensor cores for it.
    pub(super) attend: Vec<Attend>,
}

/// A kernel of `attention.cu`.
#[derive(Debug)]
pub(super) struct Attend {
    /// What the width of heads is rounded up to.
    pub(super) width: usize,
    /// How many queries a block takes.
    pub(super) queries: usize,
    pub(super) function: CudaFunction,
}

/// Width and queries of each.
const ATTEND: [(usize, usize); 5] = [(16, 128), (48, 128), (64, 64), (80, 128), (160, 64)];

/// All kernels as machine code.
pub(super) struct Code {
    passes: Vec<u8>,
    attention: Vec<u8>,
    /// Whether the card has the tensor cores that attention's are for.
    has_attention: bool,
}

impl Code {
    /// Compiles them for a card of this compute capability, which need not be in use yet.
    pub(super) fn compile(
        (major, minor): (i32, i32),
        precision: Precision,
    ) -> Result<Self, DeviceError> {
        let capability = 10 * major + minor;
        // Half of the time to compile is attention's.
        let [passes, attention] = thread::scope(|scope| {
            let attention = scope.spawn(|| compile(ATTENTION, capability, precision));
            [compile(PASSES, capability, precision), joined(attention)]
        });
        let has_attention = precision != Precision::F32 && major >= 8;
        Ok(Self { passes: passes?, attention: attention?, has_attention })
    }
}

/// What a thread that compiles comes to.
pub(super) fn joined<T>(
    thread: ScopedJoinHandle<'_, Result<T, DeviceError>>,
) -> Result<T, DeviceError> {
    thread.join().unwrap_or_else(|_| Err(DeviceError::new("CUDA's compiler died")))
}

impl Functions {
    pub(super) fn load(
        context: &Arc<CudaContext>,
        code: Code,
        precision: Precision,
    ) -> Result<Self, DeviceError> {
        let module = context.load_module(Ptx::from_binary(code.passes))?;
        let attention = context.load_module(Ptx::from_binary(code.attention))?;
        let one = |name: &str| module.load_function(name);
        let both = |name: &str| both(&module, name, 16 / size(precision));
        let attend = ATTEND.iter().filter(|_| code.has_attention).map(|&(width, queries)| {
            let function = attention.load_function(&format!("attend_{width}"))?;
            Ok(Attend { width, queries, function })
        });
        Ok(Self {
            pack: one("pack")?,
            unpack: one("unpack")?,
            embed: one("embed")?,
            add: both("add")?,
            activate: both("activate")?,
            geglu: both("geglu")?,
            concat: both("concat")?,
            upsample: both("upsample")?,
            avg_pool: both("avg_pool")?,
            windows: both("windows")?,
            group_sums: both("group_sums")?,
            group_norm: both("group_norm")?,
            layer_norm: both("layer_norm")?,
            softmax: one("softmax")?,
            attend: attend.collect::<Result<_, DriverError>>()?,
        })
    }
}

fn both(module: &Arc<CudaModule>, name: &str, lanes: usize) -> Result<Both, DriverError> {
    Ok(Both {
        packs: module.load_function(&format!("{name}_packs"))?,
        singly: module.load_function(&format!("{name}_singly"))?,
        lanes,
    })
}

/// Blocks in three directions, the threads of each, and its shared memory in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) blocks: [usize; 3],
    pub(super) threads: usize,
    pub(super) shared: usize,
}

impl Grid {
    /// A thread for each of `count`, or as many threads as there may be.
    pub(super) fn over(count: usize) -> Self {
        Self::of([count.div_ceil(THREADS).clamp(1, i32::MAX as usize), 1, 1])
    }

    pub(super) fn of(blocks: [usize; 3]) -> Self {
        Self { blocks, threads: THREADS, shared: 0 }
    }
}

/// What a kernel is told. Each kind is what its C++ name says: u32, u64, float, and any pointer.
pub(super) enum Argument<'a> {
    U32(u32),
    U64(u64),
    F32(f32),
    Bytes(&'a CudaSlice<u8>),
    Reals(&'a CudaSlice<f32>),
    Words(&'a CudaSlice<u32>),
}

macro_rules! arguments {
    ($($type:ty => $kind:ident),*) => {
        $(impl<'a> From<$type> for Argument<'a> {
            fn from(value: $type) -> Self {
                Self::$kind(value)
            }
        })*
    };
}
arguments!(u32 => U32, u64 => U64, f32 => F32, &'a CudaSlice<f32> => Reals, &'a CudaSlice<u32> => Words);

impl<'a> From<&'a Buffer> for Argument<'a> {
    fn from(buffer: &'a Buffer) -> Self {
        Self::Bytes(&buffer.0)
    }
}

impl Card {
    /// # Safety
    ///
    /// The arguments are those of the kernel, in kind and order, and what it reads and writes for
    /// them lies within the memory that they name.
    pub(super) unsafe fn launch(
        &self,
        function: &CudaFunction,
        grid: Grid,
        arguments: &[Argument<'_>],
    ) -> Result<(), DeviceError> {
        let [x, y, z] = grid.blocks.map(|count| count as u32);
        if x == 0 || y == 0 || z == 0 {
            return Ok(());
        }
        let mut builder = self.stream.launch_builder(function);
        for argument in arguments {
            match argument {
                Argument::U32(value) => builder.arg(value),
                Argument::U64(value) => builder.arg(value),
                Argument::F32(value) => builder.arg(value),
                Argument::Bytes(memory) => builder.arg(*memory),
                Argument::Reals(memory) => builder.arg(*memory),
                Argument::Words(memory) => builder.arg(*memory),
            };
        }
        let config = LaunchConfig {
            grid_dim: (x, y, z),
            block_dim: (grid.threads as u32, 1, 1),
            shared_mem_bytes: grid.shared as u32,
        };
        // SAFETY: as the caller promises.
        unsafe { builder.launch(config) }?;
        Ok(())
    }
}

/// Launches a kernel with arguments as they are; the promise is that of [`Card::launch`].
macro_rules! launch {
    ($card:expr, $function:expr, $grid:expr; $($argument:expr),* $(,)?) => {
        $card.launch($function, $grid, &[$($crate::cuda::kernels::functions::Argument::from($argument)),*])
    };
}
pub(super) use launch;
