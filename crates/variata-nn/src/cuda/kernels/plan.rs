//! How cuBLAS goes about one kind of product.
//!
//! It counts by columns: our rows are its columns, and what is left of a product here is right of it
//! there. Finding out how to multiply takes longer than to ask for the product, so it is done once.

use std::ptr;

use cudarc::cublaslt::result::{self, CublasError};
use cudarc::cublaslt::sys::{
    self, cublasLtMatmulDescAttributes_t as Described,
    cublasLtMatmulPreferenceAttributes_t as Wish, cublasLtMatrixLayoutAttribute_t as Laid,
};

use super::products::WORKSPACE;
use crate::{DeviceError, Precision};

/// All that a plan depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) count: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) depth: usize,
    pub(super) is_turned: bool,
    pub(super) has_bias: bool,
    pub(super) is_wide: bool,
    pub(super) left: Place,
    pub(super) right: Place,
    pub(super) target: Place,
    pub(super) added: Option<Place>,
}

/// How matrices lie: how far the next row and the next matrix are, and the power of two that
/// addresses are multiples of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) pitch: usize,
    pub(super) step: usize,
    pub(super) alignment: u32,
}

pub(super) struct Plan {
    pub(super) product: Description,
    pub(super) left: Layout,
    pub(super) right: Layout,
    pub(super) target: Layout,
    pub(super) algorithm: sys::cublasLtMatmulAlgo_t,
}

impl Plan {
    pub(super) fn new(
        handle: sys::cublasLtHandle_t,
        key: &Key,
        precision: Precision,
    ) -> Result<Self, CublasError> {
        let Key { rows, columns, depth, .. } = *key;
        let narrow = kind(precision);
        let wide = if key.is_wide { kind(Precision::F32) } else { narrow };
        let layout = |sides, place, kind| Layout::new(kind, sides, place, key.count);
        let right = if key.is_turned { (depth, columns) } else { (columns, depth) };
        let right = layout(right, key.right, narrow)?;
        let left = layout((depth, rows), key.left, narrow)?;
        let target = layout((columns, rows), key.target, wide)?;
        let product = Description::new(key)?;
        let wishes = Wishes::new(key)?;
        // SAFETY: all of them live until the end of this function.
        let found = unsafe {
            result::get_matmul_algo_heuristic(
                handle, product.0, right.0, left.0, target.0, target.0, wishes.0,
            )
        }?;
        Ok(Self { product, left, right, target, algorithm: found.algo })
    }
}

fn kind(precision: Precision) -> sys::cudaDataType {
    match precision {
        Precision::F32 => sys::cudaDataType::CUDA_R_32F,
        Precision::F16 => sys::cudaDataType::CUDA_R_16F,
        Precision::Bf16 => sys::cudaDataType::CUDA_R_16BF,
    }
}

/// What is multiplied how, until it is dropped.
pub(super) struct Description(pub(super) sys::cublasLtMatmulDesc_t);

impl Description {
    fn new(key: &Key) -> Result<Self, CublasError> {
        let single = sys::cublasComputeType_t::CUBLAS_COMPUTE_32F;
        let description = Self(result::create_matmul_desc(single, kind(Precision::F32))?);
        // CUBLAS_OP_N is 0, and CUBLAS_OP_T 1.
        description.set(Described::CUBLASLT_MATMUL_DESC_TRANSA, &u32::from(key.is_turned))?;
        if key.has_bias {
            let bias = sys::cublasLtEpilogue_t::CUBLASLT_EPILOGUE_BIAS;
            description.set(Described::CUBLASLT_MATMUL_DESC_EPILOGUE, &(bias as u32))?;
        }
        Ok(description)
    }

    /// Names the bias of the next product.
    pub(super) fn add_bias(&self, address: u64) -> Result<(), CublasError> {
        self.set(Described::CUBLASLT_MATMUL_DESC_BIAS_POINTER, &address)
    }

    fn set<T>(&self, attribute: Described, value: &T) -> Result<(), CublasError> {
        // SAFETY: the description lives, and the value is copied; cuBLAS refuses one of another size
        // than the attribute's.
        unsafe {
            let value = ptr::from_ref(value).cast();
            result::set_matmul_desc_attribute(self.0, attribute, value, size_of::<T>())
        }
    }
}

impl Drop for Description {
    fn drop(&mut self) {
        // SAFETY: nothing uses it afterwards. That it could not be freed helps nobody.
        let _ = unsafe { result::destroy_matmul_desc(self.0) };
    }
}

/// How matrices lie in memory, until it is dropped.
pub(super) struct Layout(pub(super) sys::cublasLtMatrixLayout_t);

impl Layout {
    fn new(
        kind: sys::cudaDataType,
        (rows, columns): (usize, usize),
        place: Place,
        count: usize,
    ) -> Result<Self, CublasError> {
        let pitch = place.pitch as i64;
        let layout = Self(result::create_matrix_layout(kind, rows as u64, columns as u64, pitch)?);
        if count > 1 {
            layout.set(Laid::CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &(count as i32))?;
            layout.set(Laid::CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &(place.step as i64))?;
        }
        Ok(layout)
    }

    fn set<T>(&self, attribute: Laid, value: &T) -> Result<(), CublasError> {
        // SAFETY: the layout lives, and the value is copied; cuBLAS refuses one of another size than
        // the attribute's.
        unsafe {
            let value = ptr::from_ref(value).cast();
            result::set_matrix_layout_attribute(self.0, attribute, value, size_of::<T>())
        }
    }
}

impl Drop for Layout {
    fn drop(&mut self) {
        // SAFETY: nothing uses it afterwards. That it could not be freed helps nobody.
        let _ = unsafe { result::destroy_matrix_layout(self.0) };
    }
}

/// What a way to multiply has to keep to, until it is dropped.
struct Wishes(sys::cublasLtMatmulPreference_t);

impl Wishes {
    fn new(key: &Key) -> Result<Self, CublasError> {
        let wishes = Self(result::create_matmul_pref()?);
        wishes.set(Wish::CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &WORKSPACE)?;
        // Parts of a sum are added in single precision.
        let scheme = sys::cublasLtReductionScheme_t::CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE as u32;
        wishes.set(Wish::CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &scheme)?;
        let added = key.added.unwrap_or(key.target);
        for (wish, place) in [
            (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.right),
            (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.left),
            (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, added),
            (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.target),
        ] {
            wishes.set(wish, &place.alignment)?;
        }
        Ok(wishes)
    }

    fn set<T>(&self, wish: Wish, value: &T) -> Result<(), CublasError> {
        // SAFETY: the wishes live, and the value is copied; cuBLAS refuses one of another size than
        // the wish's.
        unsafe {
            let value = ptr::from_ref(value).cast();
            result::set_matmul_pref_attribute(self.0, wish, value, size_of::<T>())
        }
    }
}

impl Drop for Wishes {
    fn drop(&mut self) {
        // SAFETY: nothing uses it afterwards. That it could not be freed helps nobody.
        let _ = unsafe { result::destroy_matmul_pref(self.0) };
    }
}

impl From<CublasError> for DeviceError {
    fn from(CublasError(code): CublasError) -> Self {
        Self::new(format!("cuBLAS says {code:?}"))
    }
}
