//! A full compaction, submitted and awaited.

use std::future::Future;
use std::os::raw::c_char;
use std::sync::Arc;
use std::time::Duration;

use slatedb::admin::{Admin, AdminBuilder};
use slatedb::compactor::{
    Compaction, CompactionScheduler, CompactionSchedulerSupplier, CompactionSpec, CompactionStatus,
    Compactor, CompactorStateView, SourceId,
};
use slatedb::config::CompactorOptions;
use slatedb::manifest::VersionedManifest;
use slatedb::CompactorBuilder;

use crate::boundary::{call, optional_text, text};
use crate::db::naming;
use crate::error::{slatedb_code, slatedb_error, Failure, Outcome};
use crate::location::Location;
use crate::runtime;
use crate::settings::Settings;

// How often the parts of a compaction look at each other's progress. The engine's 5 s would make a small
// compaction wait for seconds; on a network a look costs requests.
const LOCAL_POLL: Duration = Duration::from_millis(10);
const REMOTE_POLL: Duration = Duration::from_millis(250);

/// Compacts the whole database into one sorted run, and waits for the end. What is deleted, expired or
/// overwritten, and is needed by no snapshot, is gone after it. Unless there is nothing to compact, which is
/// fine.
///
/// The database may be open for writing elsewhere, in this process or another, and goes on being written
/// meanwhile. What isn't in L0 yet is left out: flush with SLATEDB_FLUSH_MEMTABLE before. But there is one
/// compactor at a time: a database that is open with "compactor": true would be shut out, and its writes
/// would fail. The files that were compacted stay until slatedb_gc.
///
/// timeout_ms bounds the time without progress, not the whole. When the process of an earlier compaction was
/// killed, up to 10 seconds pass before its work is taken over.
#[no_mangle]
pub unsafe extern "C" fn slatedb_compact(
    url: *const c_char,
    settings_json: *const c_char,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("compact", err, || {
        let url = text(url, "url")?;
        let settings = Settings::parse(optional_text(settings_json, "settings_json")?)?;
        compact(url, &settings).map_err(|failure| naming(url, failure))
    })
}

fn compact(url: &str, settings: &Settings) -> Outcome<()> {
    let local = Location::is_local(url);
    let poll = if local { LOCAL_POLL } else { REMOTE_POLL };
    let options = polling(settings.compactor(local)?, poll);
    let location = Location::to_use(url, settings)?;
    let limit = settings.limit();
    let jobs = runtime::compaction()?;
    let (admin, compactor) = limit.wait(async {
        location.must_have_database(url).await?;
        let (path, store) = (location.path.clone(), location.store.clone());
        let compactor = CompactorBuilder::new(path.clone(), store.clone())
            .with_options(options)
            .with_scheduler_supplier(Arc::new(OnlyWhatIsSubmitted))
            .with_runtime(jobs.clone())
            .build();
        Ok((AdminBuilder::new(path, store).build(), compactor))
    })?;
    let run = run_beside(&compactor, full_compaction(&admin, poll), poll);
    let outcome = limit.wait_while(run, || location.record.reads_and_writes());
    if outcome.as_ref().is_err_and(|failure| failure.code == slatedb_code::SLATEDB_TIMEOUT) {
        // It was left running. What it says to that is less than that it timed out.
        let _ = limit.wait(async { Ok(compactor.stop().await?) });
    }
    outcome
}

fn polling(options: CompactorOptions, poll: Duration) -> CompactorOptions {
    let mut worker = options.worker.unwrap_or_default();
    worker.compactions_poll_interval = poll;
    CompactorOptions { poll_interval: poll, commit_compacted_interval: poll, worker: Some(worker), ..options }
}

/// Runs the compactor for as long as a job needs it. A compactor that ends before the job does has failed. It has
/// ended when this returns, and writes no more.
async fn run_beside(
    compactor: &Compactor,
    job: impl Future<Output = Outcome<()>>,
    poll: Duration,
) -> Outcome<()> {
    let run = compactor.run();
    tokio::pin!(run);
    let outcome = tokio::select! {
        ended = &mut run => return Err(match ended {
            Err(error) => error.into(),
            Ok(()) => Failure::new(slatedb_code::SLATEDB_INTERNAL, "the compactor ended too early"),
        }),
        done = job => done,
    };
    loop {
        // A compactor that is still starting has nothing to stop yet, so once may not be enough. How it ends says
        // nothing about the job.
        let _ = compactor.stop().await;
        if tokio::time::timeout(poll, &mut run).await.is_ok() {
            return outcome;
        }
    }
}

async fn full_compaction(admin: &Admin, poll: Duration) -> Outcome<()> {
    // The compactor's first act is to write its state, and whatever a dead one left behind has to end before
    // ours begins.
    while !is_idle(admin).await? {
        tokio::time::sleep(poll).await;
    }
    let manifest = admin.read_manifest(None).await?;
    let Some(spec) = manifest.as_ref().and_then(everything) else {
        return Ok(());
    };
    let submitted = admin.submit_compaction(spec).await?;
    loop {
        match status(admin, &submitted).await? {
            CompactionStatus::Completed => return Ok(()),
            CompactionStatus::Failed => {
                return Err(Failure::new(
                    slatedb_code::SLATEDB_INTERNAL,
                    "the engine reports that the compaction failed",
                ))
            }
            _ => tokio::time::sleep(poll).await,
        }
    }
}

async fn is_idle(admin: &Admin) -> Outcome<bool> {
    let state = admin.read_compactions(None).await?;
    Ok(state.is_some_and(|state| !state.recent_compactions().any(Compaction::active)))
}

async fn status(admin: &Admin, submitted: &Compaction) -> Outcome<CompactionStatus> {
    let found = admin.read_compaction(submitted.id(), None).await?;
    // The engine forgets a compaction only some time after it has ended.
    Ok(found.map_or(CompactionStatus::Completed, |compaction| compaction.status()))
}

/// One compaction of all there is: L0 from the newest to the oldest, then the sorted runs from the highest to
/// the lowest, into the lowest.
fn everything(manifest: &VersionedManifest) -> Option<CompactionSpec> {
    let l0 = manifest.l0().iter().map(|view| SourceId::SstView(view.id));
    let mut runs: Vec<u32> = manifest.compacted().iter().map(|run| run.id).collect();
    runs.sort_unstable_by(|a, b| b.cmp(a));
    let destination = runs.last().copied().unwrap_or(0);
    let sources: Vec<_> = l0.chain(runs.into_iter().map(SourceId::SortedRun)).collect();
    (!sources.is_empty()).then(|| CompactionSpec::new(sources, destination))
}

/// A scheduler that proposes nothing: a compaction of its own, of a part, would be in the way of the full
/// one.
struct OnlyWhatIsSubmitted;

impl CompactionSchedulerSupplier for OnlyWhatIsSubmitted {
    fn compaction_scheduler(&self, _: &CompactorOptions) -> Box<dyn CompactionScheduler + Send + Sync> {
        Box::new(Self)
    }
}

impl CompactionScheduler for OnlyWhatIsSubmitted {
    fn propose(&self, _: &CompactorStateView) -> Vec<CompactionSpec> {
        Vec::new()
    }
}
