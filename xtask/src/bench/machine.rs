//! Where and when something was measured, and how much memory it took.

use std::alloc::System;
use std::fs;
use std::thread::available_parallelism;
use std::time::{SystemTime, UNIX_EPOCH};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The processor's name, its usable cores and the system, as far as they can be told.
pub(crate) fn describe() -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    format!("{processor}, {cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The most memory that this process held since [`forget_peak_memory`], or ever; `None` where the system does not tell.
pub(crate) fn peak_memory_mib() -> Option<f64> {
    peak_memory_mib_of(std::process::id())
}

/// Lets the peak of this process start anew from what it holds now, where the system can do that.
pub(crate) fn forget_peak_memory() {
    // Where it cannot, the peak is that of the whole process: more, and never less.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// How often this process had to wait for a page of memory to be given to it (minor faults);
/// `None` where the system does not tell.
pub(crate) fn page_faults() -> Option<u64> {
    number_of_stat("self", 7)
}

/// How often this process has asked for memory so far, or for more of what it had.
pub(crate) fn allocations() -> u64 {
    let asked = ALLOCATOR.stats();
    (asked.allocations + asked.reallocations) as u64
}

/// Processor seconds of the processes that this one has waited for.
pub(crate) fn children_cpu_seconds() -> Option<f64> {
    // Ticks of a hundredth of a second on every Linux that matters.
    Some((number_of_stat("self", 13)? + number_of_stat("self", 14)?) as f64 / 100.0)
}

/// The most memory that the process `id` has held so far.
pub(crate) fn peak_memory_mib_of(id: u32) -> Option<f64> {
    let kibibytes = field(&format!("/proc/{id}/status"), "VmHWM")?;
    let number: f64 = kibibytes.split_whitespace().next()?.parse().ok()?;
    Some(number / 1024.0)
}

/// The number at `index` of `/proc/…/stat`, counted from the one behind the process's name.
fn number_of_stat(process: &str, index: usize) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(index)?.parse().ok()
}

/// Today's date in UTC, as `2026-11-22`.
pub(crate) fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    date_of_day(seconds / 86_400)
}

/// The date so many days after 1970-01-01, by counting years from March so that the leap day comes
/// last (Hinnant, "chrono-compatible low-level date algorithms", 2013).
fn date_of_day(days: u64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The value of the first `name: value` line of a file.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates_across_leap_days_and_year_ends() {
        for (days, date) in [
            (0, "1970-01-01"),
            (364, "1970-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_779, "2026-11-22"),
        ] {
            assert_eq!(date_of_day(days), date);
        }
    }
}
