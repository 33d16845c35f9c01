//! Products of matrices, by cuBLAS.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::c_void;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::cublaslt::result::{self, CublasError};
use cudarc::cublaslt::sys;
use cudarc::driver::CudaStream;

use super::plan::{Key, Place, Plan};
use super::{Buffer, Card, absent};
use crate::DeviceError;

/// What NVIDIA advises for Hopper.
pub(super) const WORKSPACE: usize = 32 << 20;

/// Kinds of products whose plans are kept: a checkpoint has a few hundred.
const MAX_PLANS: usize = 4096;

/// Matrices in a buffer: the first number of the first, how far the next row is, and the next matrix.
#[derive(Debug, Clone, Copy)]
pub(in crate::cuda) struct Operand<'a> {
    pub(in crate::cuda) buffer: &'a Buffer,
    pub(in crate::cuda) first: usize,
    pub(in crate::cuda) pitch: usize,
    pub(in crate::cuda) step: usize,
}

impl<'a> Operand<'a> {
    /// One matrix that fills a buffer from its `first` number on.
    pub(in crate::cuda) fn rows(buffer: &'a Buffer, first: usize, pitch: usize) -> Self {
        Self { buffer, first, pitch, step: 0 }
    }

    /// Panics unless the buffer has them all.
    fn require(&self, [count, rows, columns]: [usize; 3], size: usize) {
        let end = self.first + (count - 1) * self.step + (rows - 1) * self.pitch + columns;
        let held = self.buffer.bytes() / size;
        assert!(columns <= self.pitch && end <= held, "{end} numbers wanted of {held}");
    }

    fn address(&self, size: usize) -> u64 {
        self.buffer.address() + (self.first * size) as u64
    }

    fn place(&self, size: usize) -> Place {
        let bits = self.address(size) | (self.step * size) as u64 | 256;
        let alignment = 1 << bits.trailing_zeros();
        Place { pitch: self.pitch, step: self.step, alignment }
    }
}

/// target = scale · left · right + added + bias: as many matrices of `rows` × `columns`, each row of
/// which is a sum of `depth` products.
#[derive(Debug, Clone, Copy)]
pub(in crate::cuda) struct Product<'a> {
    pub(in crate::cuda) count: usize,
    pub(in crate::cuda) rows: usize,
    pub(in crate::cuda) columns: usize,
    pub(in crate::cuda) depth: usize,
    pub(in crate::cuda) scale: f32,
    pub(in crate::cuda) left: Operand<'a>,
    pub(in crate::cuda) right: Operand<'a>,
    /// Whether a row of the right one is a column of the product, as weights lie.
    pub(in crate::cuda) is_turned: bool,
    /// A number for each column.
    pub(in crate::cuda) bias: Option<&'a Buffer>,
    /// Lies as the target does.
    pub(in crate::cuda) added: Option<Operand<'a>>,
    pub(in crate::cuda) target: Operand<'a>,
    /// Whether the target is held in single precision, whatever else is.
    pub(in crate::cuda) is_wide: bool,
}

impl Product<'_> {
    fn key(&self, (narrow, wide): (usize, usize)) -> Key {
        Key {
            count: self.count,
            rows: self.rows,
            columns: self.columns,
            depth: self.depth,
            is_turned: self.is_turned,
            has_bias: self.bias.is_some(),
            is_wide: self.is_wide,
            left: self.left.place(narrow),
            right: self.right.place(narrow),
            target: self.target.place(wide),
            added: self.added.map(|added| added.place(wide)),
        }
    }
}

/// cuBLAS, and how it goes about the products that it was asked for.
pub(super) struct Products {
    handle: sys::cublasLtHandle_t,
    workspace: Buffer,
    plans: Mutex<HashMap<Key, Plan>>,
}

// SAFETY: the handle may be used by several threads, as its documentation says, and plans only by
// the thread that has locked them.
unsafe impl Send for Products {}
// SAFETY: the same.
unsafe impl Sync for Products {}

impl fmt::Debug for Products {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Products").finish_non_exhaustive()
    }
}

impl Products {
    pub(super) fn new(stream: &Arc<CudaStream>) -> Result<Self, DeviceError> {
        // SAFETY: only loads the library, whose initialisers are NVIDIA's own.
        if !unsafe { sys::is_culib_present() } {
            return Err(absent("libcublasLt.so", "CUDA 12 or 13"));
        }
        stream.context().bind_to_thread()?;
        // SAFETY: cuBLAS alone reads what it wrote there.
        let workspace = Buffer(unsafe { stream.alloc(WORKSPACE) }?);
        Ok(Self { handle: result::create_handle()?, workspace, plans: Mutex::default() })
    }
}

impl Drop for Products {
    fn drop(&mut self) {
        // SAFETY: nothing uses the handle afterwards. That it could not be freed helps nobody.
        let _ = unsafe { result::destroy_handle(self.handle) };
    }
}

impl Card {
    pub(in crate::cuda) fn multiply(&self, product: &Product<'_>) -> Result<(), DeviceError> {
        let sizes = (self.size(), if product.is_wide { 4 } else { self.size() });
        self.require_operands(product, sizes)?;
        let key = product.key(sizes);
        self.stream.context().bind_to_thread()?;
        let mut plans = self.products.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= MAX_PLANS {
            plans.clear();
        }
        let plan = match plans.entry(key) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(free) => {
                free.insert(Plan::new(self.products.handle, &key, self.precision)?)
            }
        };
        Ok(self.run(plan, product, sizes)?)
    }

    /// Panics unless every matrix lies within its buffer.
    fn require_operands(
        &self,
        product: &Product<'_>,
        (narrow, wide): (usize, usize),
    ) -> Result<(), DeviceError> {
        let Product { count, rows, columns, depth, target, .. } = *product;
        if [count, rows, columns, depth].contains(&0) {
            return Err(DeviceError::new("a product of matrices without numbers"));
        }
        let (right_rows, right_columns) =
            if product.is_turned { (columns, depth) } else { (depth, columns) };
        product.left.require([count, rows, depth], narrow);
        product.right.require([count, right_rows, right_columns], narrow);
        target.require([count, rows, columns], wide);
        if let Some(added) = &product.added {
            added.require([count, rows, columns], wide);
            assert!((added.pitch, added.step) == (target.pitch, target.step), "{product:?}");
        }
        if let Some(bias) = product.bias {
            self.require(bias, columns);
        }
        Ok(())
    }

    fn run(
        &self,
        plan: &Plan,
        product: &Product<'_>,
        (narrow, wide): (usize, usize),
    ) -> Result<(), CublasError> {
        let place = |operand: &Operand<'_>, size| operand.address(size) as *mut c_void;
        let target = place(&product.target, wide);
        let added = product.added.as_ref().map_or(target, |added| place(added, wide));
        let beta = if product.added.is_some() { 1.0_f32 } else { 0.0 };
        // SAFETY: every matrix lies within its buffer, which `require_operands` has seen to, and buffers
        // live until what is asked for here is done, since they are freed in the stream's order. The
        // workspace is one product's at a time for the same reason. The factors are read at once.
        unsafe {
            if let Some(bias) = product.bias {
                plan.product.add_bias(bias.address())?;
            }
            result::matmul(
                self.products.handle,
                plan.product.0,
                (&raw const product.scale).cast(),
                (&raw const beta).cast(),
                place(&product.right, narrow),
                plan.right.0,
                place(&product.left, narrow),
                plan.left.0,
                added,
                plan.target.0,
                target,
                plan.target.0,
                &raw const plan.algorithm,
                self.products.workspace.address() as *mut c_void,
                WORKSPACE,
                self.stream.cu_stream().cast(),
            )
        }
    }
}
