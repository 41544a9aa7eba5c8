//! What Linux says about a process under /proc.

use std::fs;

use crate::ToolkitError;

/// One tick of the CPU times in /proc/<pid>/stat, in microseconds: USER_HZ is 100 on all of Linux's common platforms.
const TICK_US: u64 = 10_000;

/// User and system time of a process since its start, in microseconds; its ended threads are in it.
///
/// # Errors
/// [`ToolkitError`] if there is no such process, or no /proc.
pub(super) fn cpu_us(process: &str) -> Result<u64, ToolkitError> {
    let path = format!("/proc/{process}/stat");
    let text = read(&path)?;
    // The second field is the program's name in brackets and may hold blanks.
    let fields = text.rsplit_once(") ").map(|(_, fields)| fields.split(' '));
    let ticks = fields.map(|fields| fields.skip(11).take(2).flat_map(str::parse::<u64>).sum());
    let ticks: u64 = ticks.ok_or_else(|| unreadable(&path))?;
    Ok(ticks.saturating_mul(TICK_US))
}

/// CPU time of the calling thread, in microseconds.
///
/// # Errors
/// [`ToolkitError`] without /proc.
pub(super) fn own_thread_cpu_us() -> Result<u64, ToolkitError> {
    let path = "/proc/thread-self/schedstat";
    let nanos = read(path)?.split(' ').next().and_then(|field| field.parse::<u64>().ok());
    nanos.map(|nanos| nanos / 1_000).ok_or_else(|| unreadable(path))
}

/// Resident memory of a process in KiB, now and at most.
///
/// # Errors
/// [`ToolkitError`] if there is no such process, or no /proc.
pub(super) fn resident_kib(process: &str) -> Result<Resident, ToolkitError> {
    let path = format!("/proc/{process}/status");
    let text = read(&path)?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let found = field("VmRSS:").zip(field("VmHWM:"));
    found.map(|(now, peak)| Resident { now, peak }).ok_or_else(|| unreadable(&path))
}

/// Resident memory in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Resident {
    pub(super) now: u64,
    pub(super) peak: u64,
}

fn read(path: &str) -> Result<String, ToolkitError> {
    fs::read_to_string(path).map_err(|source| ToolkitError::io(path, source))
}

fn unreadable(path: &str) -> ToolkitError {
    ToolkitError::Message(format!("{path} is not what Linux writes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_cpu_and_memory() {
        let mut sum = 0_u64;
        while own_thread_cpu_us().unwrap() < 30_000 {
            sum = (0..100_000).fold(sum, u64::wrapping_add);
        }
        assert!(cpu_us("self").unwrap() >= TICK_US, "{sum}");
        let resident = resident_kib("self").unwrap();
        assert!(resident.peak >= resident.now && resident.now > 0);
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        assert!(cpu_us("0").is_err() && resident_kib("0").is_err());
    }
}
