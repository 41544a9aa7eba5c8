//! The binary `causeway`.

/// Messages are made on one thread and freed on another all day long, which the system's allocator
/// pays for with locks; see docs/performance.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    causeway::cli::run()
}
