//! Whether weights will fit, asked before they are read.

use crate::LoadError;

/// Refuses `needed_bytes` of weights where the system says that less is free.
///
/// # Errors
///
/// [`LoadError::OutOfMemory`]; never where the system does not tell.
pub(crate) fn require(needed_bytes: u64) -> Result<(), LoadError> {
    match available_bytes() {
        Some(available_bytes) if available_bytes < needed_bytes => {
            Err(LoadError::OutOfMemory { needed_bytes, available_bytes })
        }
        _ => Ok(()),
    }
}

/// Memory that can be had without swapping, which only Linux tells in one line.
fn available_bytes() -> Option<u64> {
    available_in(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn available_in(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory_is_read_from_the_line_that_counts_caches() {
        let text = "MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable:    70 kB\n";
        assert_eq!(available_in(text), Some(70 * 1024));
        assert_eq!(available_in("MemTotal: 100 kB\n"), None);
    }
}
