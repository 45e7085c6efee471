//! Two things computed at once on a CPU, each with half of the cores: much around the matrix products runs on one core, so
//! that one alone leaves a third of two cores idle.

use burn::tensor::Device;
use rayon::ThreadPool;
use std::sync::OnceLock;

/// How many are computed at once.
pub const LANES: usize = 2;

/// Whether tensors of this device lie in this process's memory, so that reading one copies nothing. burn
/// has no word for it; flex is the one such backend.
pub fn in_memory(device: &Device) -> bool {
    format!("{device:?}").contains("Flex")
}

/// Both results, each computed by half of the cores.
pub fn at_once<T: Send>(
    one: impl FnOnce() -> T + Send,
    other: impl FnOnce() -> T + Send,
) -> [T; 2] {
    static POOLS: OnceLock<Option<[ThreadPool; LANES]>> = OnceLock::new();
    let pools = POOLS.get_or_init(|| {
        let cores = rayon::current_num_threads();
        let pool = |n: usize| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(cores.div_ceil(LANES))
                .thread_name(move |thread| format!("lane-{n}-{thread}"))
                .build()
                .ok()
        };
        (cores >= LANES)
            .then(|| Some([pool(0)?, pool(1)?]))
            .flatten()
    });
    match pools {
        None => [one(), other()],
        Some([left, right]) => std::thread::scope(|scope| {
            let other = scope.spawn(|| right.install(other));
            let one = left.install(one);
            match other.join() {
                Ok(other) => [one, other],
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }),
    }
}
