//! Kernels from their source, for the card that is there.

use std::ffi::CString;

use cudarc::nvrtc::{result, sys};

use super::absent;
use crate::{DeviceError, Precision};

/// All kernels but attention's, as the compiler gets them.
pub(super) const PASSES: &str = concat!(
    include_str!("numbers.cu"),
    include_str!("elementwise.cu"),
    include_str!("windows.cu"),
    include_str!("norm.cu"),
);

/// Those of attention.
pub(super) const ATTENTION: &str =
    concat!(include_str!("numbers.cu"), include_str!("attention.cu"));

/// The machine code for cards of this compute capability: 90 for 9.0.
pub(super) fn compile(
    source: &str,
    capability: i32,
    precision: Precision,
) -> Result<Vec<u8>, DeviceError> {
    // SAFETY: only loads the library, whose initialisers are NVIDIA's own.
    if !unsafe { sys::is_culib_present() } {
        return Err(absent("libnvrtc.so", "CUDA 12 or 13"));
    }
    let failed =
        |error: result::NvrtcError| DeviceError::new(format!("CUDA's compiler says {:?}", error.0));
    let source = CString::new(source).map_err(|error| DeviceError::new(error.to_string()))?;
    let program = Program(result::create_program(&source, None).map_err(failed)?);
    let numbers = match precision {
        Precision::F32 => 32,
        Precision::F16 => 16,
        Precision::Bf16 => 17,
    };
    let options = [format!("--gpu-architecture=sm_{capability}"), format!("-DNUMBERS={numbers}")];
    // SAFETY: the program lives until the end of this function.
    unsafe { result::compile_program(program.0, &options) }.map_err(|error| {
        DeviceError::new(format!(
            "CUDA's compiler says {:?} for a card of compute capability {}.{}: {}",
            error.0,
            capability / 10,
            capability % 10,
            program.log(),
        ))
    })?;
    program.machine_code().map_err(failed)
}

/// A program of the compiler's, until it is dropped.
struct Program(sys::nvrtcProgram);

impl Program {
    fn log(&self) -> String {
        // SAFETY: the program lives.
        let log = unsafe { result::get_program_log(self.0) }.unwrap_or_default();
        let bytes: Vec<u8> = log.iter().map(|&byte| byte as u8).collect();
        String::from_utf8_lossy(&bytes).trim_end_matches('\0').trim().to_owned()
    }

    fn machine_code(&self) -> Result<Vec<u8>, result::NvrtcError> {
        let mut size = 0;
        // SAFETY: the program lives, and the vector is as long as the compiler says that the code is.
        unsafe {
            sys::nvrtcGetCUBINSize(self.0, &raw mut size).result()?;
            let mut code = vec![0_u8; size];
            sys::nvrtcGetCUBIN(self.0, code.as_mut_ptr().cast()).result()?;
            Ok(code)
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: nothing uses the program afterwards. That it could not be freed helps nobody.
        let _ = unsafe { result::destroy_program(self.0) };
    }
}
