//! An NVIDIA card: its memory, its queue of work, and the kernels that are made for it.
//!
//! With the kernels of processors, the only modules of this crate that write `unsafe`: what a kernel
//! reads and writes on a card, no compiler checks. Functions here are safe to call, and see to it that
//! every kernel's memory is as large as it will go.
//!
//! CUDA's libraries are looked for when a card is taken into use, and kernels are compiled for just
//! that card then, so that building takes no CUDA and a program starts without.

mod attend;
mod buffer;
mod compile;
mod convolve;
mod elementwise;
mod functions;
mod normalise;
mod plan;
mod products;
mod staging;

use std::sync::Arc;
use std::thread;

use cudarc::driver::sys::{
    CUdevice_attribute_enum as Attribute, CUmemPool_attribute, is_culib_present,
};
use cudarc::driver::{CudaContext, CudaSlice, CudaStream, DriverError, result};

use crate::{DeviceError, Precision};
pub(super) use buffer::Buffer;
pub(super) use convolve::Windows;
use functions::{Code, Functions, joined};
use products::Products;
pub(super) use products::{Operand, Product};
use staging::Staging;

/// A card in use, with kernels for one precision.
///
/// All threads share one stream, so that none sees a tensor before it is made, and memory that is
/// given back is used again without waiting.
#[derive(Debug)]
pub(super) struct Card {
    stream: Arc<CudaStream>,
    precision: Precision,
    functions: Functions,
    products: Products,
    staging: Staging,
    /// A zero for each picture that may be normalised at once.
    tickets: CudaSlice<u32>,
}

impl Card {
    /// Takes the first card that `CUDA_VISIBLE_DEVICES` leaves visible.
    pub(super) fn open(precision: Precision) -> Result<Self, DeviceError> {
        // SAFETY: only loads the library, whose initialisers are NVIDIA's own.
        if !unsafe { is_culib_present() } {
            return Err(absent("libcuda.so.1", "NVIDIA's driver"));
        }
        let capability = capability().map_err(no_card)?;
        // The compiler needs no card, and a card takes as long to be taken into use.
        thread::scope(|scope| {
            let code = scope.spawn(move || Code::compile(capability, precision));
            let context = CudaContext::new(0).map_err(no_card)?;
            // SAFETY: events keep streams from each other's memory, and there is only one stream:
            // work on it, the freeing of memory too, happens in the order in which it was asked for.
            unsafe { context.disable_event_tracking() };
            keep_freed_memory(&context)?;
            let stream = context.new_stream()?;
            let products = Products::new(&stream)?;
            let tickets = stream.alloc_zeros(normalise::MAX_PICTURES)?;
            let staging = Staging::new(&context)?;
            let functions = Functions::load(&context, joined(code)?, precision)?;
            Ok(Self { stream, precision, functions, products, staging, tickets })
        })
    }

    /// Bytes of one number.
    pub(super) fn size(&self) -> usize {
        size(self.precision)
    }
}

/// The compute capability of the first card.
fn capability() -> Result<(i32, i32), DriverError> {
    result::init()?;
    let card = result::device::get(0)?;
    let half = |attribute| {
        // SAFETY: the driver has just named the card.
        unsafe { result::device::get_attribute(card, attribute) }
    };
    Ok((
        half(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
        half(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
    ))
}

fn size(precision: Precision) -> usize {
    match precision {
        Precision::F32 => 4,
        Precision::F16 | Precision::Bf16 => 2,
    }
}

/// Lets the card's pool keep what is freed: by itself it gives everything back whenever results are
/// waited for, and asks for it anew at the next step.
fn keep_freed_memory(context: &CudaContext) -> Result<(), DeviceError> {
    if context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED)? == 0 {
        return Ok(());
    }
    let mut threshold = u64::MAX;
    // SAFETY: the device is that of a context that lives, so its pool does; this attribute is a u64,
    // and is read before the call returns.
    unsafe {
        let pool = result::device::get_default_mem_pool(context.cu_device())?;
        let attribute = CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
        result::mem_pool::set_attribute(pool, attribute, (&raw mut threshold).cast())?;
    }
    Ok(())
}

/// Why there is no card, and what would help.
fn no_card(error: DriverError) -> DeviceError {
    DeviceError::new(format!(
        "cannot use the first NVIDIA card: {}: expected one that nvidia-smi lists and \
         CUDA_VISIBLE_DEVICES does not hide",
        DeviceError::from(error)
    ))
}

fn absent(file: &str, owner: &str) -> DeviceError {
    DeviceError::new(format!(
        "cannot load {file}: expected {owner} in the system's folders or in LD_LIBRARY_PATH"
    ))
}

impl From<DriverError> for DeviceError {
    fn from(DriverError(code): DriverError) -> Self {
        use cudarc::driver::sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY;
        match code {
            CUDA_ERROR_OUT_OF_MEMORY => Self::new("the card's memory is full"),
            code => Self::new(format!("the card says {code:?}")),
        }
    }
}

#[cfg(test)]
mod tests;
