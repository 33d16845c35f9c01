//! Where checkpoints run.

use std::str::FromStr;

#[cfg(feature = "candle")]
use variata_nn::{Candle, CandleDevice};
use variata_nn::{DeviceError, Precision};

/// Where a checkpoint runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA card, in builds with the feature `cuda`.
    Cuda,
    /// The card of a Mac, in builds with the feature `metal`.
    Metal,
    /// candle's CPU device, in builds with the feature `candle`: the way to a card, without one.
    Candle,
}

impl Device {
    /// Those that can be asked for; candle's CPU device only where it came along.
    pub const ALL: &[Self] = if cfg!(feature = "candle") {
        &[Self::Cpu, Self::Cuda, Self::Metal, Self::Candle]
    } else {
        &[Self::Cpu, Self::Cuda, Self::Metal]
    };

    /// The device's name, and that of the feature that brings it along.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
            Self::Candle => "candle",
        }
    }

    /// Whether it takes numbers of `precision`.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] when it does not.
    pub fn require(self, precision: Precision) -> Result<(), DeviceError> {
        if (self, precision) == (Self::Cpu, Precision::F16) {
            let reason = "f16 is for graphics cards: expected f32 or bf16 on the processor";
            return Err(DeviceError::new(reason));
        }
        Ok(())
    }

    /// The back end for a device of candle's.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] when this build has none, or there is no such device here.
    #[cfg(feature = "candle")]
    pub fn candle(self, precision: Precision) -> Result<Candle, DeviceError> {
        let device = match self {
            Self::Metal if cfg!(feature = "metal") => CandleDevice::Metal,
            Self::Candle => CandleDevice::Cpu,
            Self::Cpu | Self::Cuda | Self::Metal => return Err(self.missing()),
        };
        Candle::new(device, precision)
    }

    /// What is said where a device did not come along.
    pub fn missing(self) -> DeviceError {
        let name = self.name();
        DeviceError::new(format!(
            "this build has no device {name}: expected one with the feature '{name}'"
        ))
    }
}

impl FromStr for Device {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let found = Self::ALL.iter().find(|device| device.name() == name);
        let expected =
            || Self::ALL.iter().map(|device| device.name()).collect::<Vec<_>>().join(", ");
        found.copied().ok_or_else(|| {
            DeviceError::new(format!("there is no device {name:?}: expected one of {}", expected()))
        })
    }
}
