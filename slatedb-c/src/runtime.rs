//! The two runtimes of the process, and waiting for what runs on them.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{slatedb_code, Failure, Outcome};

// One for I/O and one for compaction: a compaction computes for seconds, and would stall puts, flushes and
// its own heartbeats if they shared threads. Each is made when it is first needed, so that a process that
// never compacts doesn't pay for the second.
static IO: OnceLock<Owned> = OnceLock::new();
static COMPACTION: OnceLock<Owned> = OnceLock::new();

const MAX_THREADS: usize = 4;

struct Owned {
    runtime: Runtime,
    process: u32,
}

pub fn io() -> Outcome<&'static Runtime> {
    get(&IO, "slatedb-io")
}

pub fn compaction() -> Outcome<&'static Handle> {
    get(&COMPACTION, "slatedb-compact").map(Runtime::handle)
}

fn get(cell: &'static OnceLock<Owned>, name: &str) -> Outcome<&'static Runtime> {
    let owned = match cell.get() {
        Some(owned) => owned,
        None => {
            let started = start(name)?;
            // When two threads come here at once, one's runtime is dropped unused.
            cell.get_or_init(|| started)
        }
    };
    // A fork copies the memory and none of the threads: every call would wait for ever.
    if owned.process != std::process::id() {
        return Err(Failure::invalid("this process was forked after it had used the library: exec first"));
    }
    Ok(&owned.runtime)
}

fn start(name: &str) -> Outcome<Owned> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name(name)
        .enable_all()
        .build()
        .map_err(|error| Failure::unavailable("start threads", &error))?;
    Ok(Owned { runtime, process: std::process::id() })
}

/// How long a call may take, from the setting timeout_ms. None: as long as it takes.
#[derive(Clone, Copy)]
pub struct Limit(pub Option<Duration>);

impl Limit {
    /// Waits for an operation that should be short.
    pub fn wait<T>(self, operation: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.wait_while(operation, || 0)
    }

    /// Waits for an operation that may be long, for as long as the number that `progress` returns goes on
    /// changing.
    pub fn wait_while<T>(
        self,
        operation: impl Future<Output = Outcome<T>>,
        progress: impl Fn() -> u64,
    ) -> Outcome<T> {
        // block_on panics inside a runtime, and a runtime's thread that waits could wait for itself.
        if Handle::try_current().is_ok() {
            return Err(Failure::invalid("called from a callback, or from a thread of the library"));
        }
        io()?.block_on(async {
            let Some(limit) = self.0 else {
                return operation.await;
            };
            tokio::pin!(operation);
            let mut seen = progress();
            loop {
                match tokio::time::timeout(limit, &mut operation).await {
                    Ok(outcome) => return outcome,
                    Err(_) if progress() != seen => seen = progress(),
                    Err(_) => return Err(timed_out(limit)),
                }
            }
        })
    }
}

fn timed_out(limit: Duration) -> Failure {
    Failure::new(slatedb_code::SLATEDB_TIMEOUT, format!("no answer within {} ms", limit.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const SHORT: Limit = Limit(Some(Duration::from_millis(20)));

    async fn never() -> Outcome<()> {
        std::future::pending().await
    }

    #[test]
    fn what_takes_too_long_times_out() {
        assert_eq!(SHORT.wait(never()).unwrap_err().code, slatedb_code::SLATEDB_TIMEOUT);
    }

    #[test]
    fn what_makes_progress_goes_on_and_what_stops_times_out() {
        let steps = Cell::new(0);
        let failure = SHORT.wait_while(never(), || {
            steps.set(steps.get() + 1);
            steps.get().min(5)
        });
        assert_eq!(failure.unwrap_err().code, slatedb_code::SLATEDB_TIMEOUT);
        assert!(steps.get() >= 5);
    }

    #[test]
    fn a_call_from_a_thread_of_the_library_is_refused() {
        let inner = io().unwrap().block_on(async { SHORT.wait(async { Ok(()) }) });
        assert_eq!(inner.unwrap_err().code, slatedb_code::SLATEDB_INVALID);
    }
}
