//! One pass of garbage collection.

use std::os::raw::c_char;
use std::path::Path;
use std::time::{Duration, SystemTime};

use slatedb::config::{GarbageCollectorDirectoryOptions, GarbageCollectorOptions};
use slatedb::GarbageCollectorBuilder;

use crate::boundary::{call, optional_text, text};
use crate::db::naming;
use crate::error::{slatedb_code, slatedb_error, Failure, Outcome};
use crate::location::Location;
use crate::settings::Settings;

// Where a store's files are, below its directory.
const DIRECTORIES: [&str; 4] = ["wal", "compacted", "manifest", "compactions"];

/// Deletes the files that nothing needs any more and that are older than min_age_ms: WAL files, the empty
/// ones that mark an opening, sorted files that a compaction has replaced, old manifests and compactor
/// states, and in a local directory what crashed writes left behind. What the manifest or a checkpoint refers
/// to is never touched. A compaction keeps what it replaced alive for
/// engine.compactor_options.checkpoint_lifetime (15 minutes), by such a checkpoint.
///
/// min_age_ms protects what isn't visible from the manifest: the file that a writer, a reader or a compaction
/// elsewhere is just using. Make it longer than any of them could stand still. A writer that was shut out,
/// stood still for longer, and then wakes up could otherwise believe that a write succeeded which nobody will
/// ever see.
#[no_mangle]
pub unsafe extern "C" fn slatedb_gc(
    url: *const c_char,
    settings_json: *const c_char,
    min_age_ms: u64,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("collect garbage", err, || {
        let url = text(url, "url")?;
        let settings = Settings::parse(optional_text(settings_json, "settings_json")?)?;
        collect(url, &settings, age(min_age_ms)?).map_err(|failure| naming(url, failure))
    })
}

/// The engine panics on an age that its clock can't subtract.
fn age(min_age_ms: u64) -> Outcome<Duration> {
    const CENTURY_MS: u64 = 100 * 366 * 24 * 60 * 60 * 1000;
    if min_age_ms > CENTURY_MS {
        return Err(Failure::invalid(format!("min_age_ms is {min_age_ms}, more than a century")));
    }
    Ok(Duration::from_millis(min_age_ms))
}

fn collect(url: &str, settings: &Settings, min_age: Duration) -> Outcome<()> {
    let options = all_older_than(min_age, settings.garbage_collector(Location::is_local(url))?);
    let location = Location::to_use(url, settings)?;
    let pass = async {
        location.must_have_database(url).await?;
        GarbageCollectorBuilder::new(location.path.clone(), location.store.clone())
            .with_options(options)
            .build()
            .run_gc_once()
            .await;
        Ok(())
    };
    settings.limit().wait_while(pass, || location.record.reads_and_writes())?;
    // The engine only logs what it couldn't do.
    if let Some(failure) = location.record.failure() {
        return Err(Failure::new(slatedb_code::SLATEDB_UNAVAILABLE, failure));
    }
    match &location.directory {
        Some(directory) => remove_staged(directory, min_age),
        None => Ok(()),
    }
}

fn all_older_than(min_age: Duration, options: GarbageCollectorOptions) -> GarbageCollectorOptions {
    let files =
        Some(GarbageCollectorDirectoryOptions { min_age, ..GarbageCollectorDirectoryOptions::default() });
    GarbageCollectorOptions {
        manifest_options: files,
        wal_options: files,
        wal_fence_options: files,
        compacted_options: files,
        compactions_options: files,
        ..options
    }
}

/// A file is written as `name#1` (`#2`, when there is one) and then renamed or linked. A crash in between
/// leaves it.
fn remove_staged(directory: &Path, min_age: Duration) -> Outcome<()> {
    for name in DIRECTORIES {
        let path = directory.join(name);
        remove_staged_in(&path, min_age).map_err(|error| Failure::unavailable(path.display(), &error))?;
    }
    Ok(())
}

fn remove_staged_in(directory: &Path, min_age: Duration) -> std::io::Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    for file in std::fs::read_dir(directory)? {
        let file = file?;
        if is_staged(&file.file_name().to_string_lossy()) && is_older(&file, min_age) {
            std::fs::remove_file(file.path()).or_else(unless_gone)?;
        }
    }
    Ok(())
}

fn is_staged(name: &str) -> bool {
    let Some((_, number)) = name.rsplit_once('#') else {
        return false;
    };
    !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_older(file: &std::fs::DirEntry, min_age: Duration) -> bool {
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    // One from the future, or one that has just gone, isn't old.
    modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age >= min_age))
}

fn unless_gone(error: std::io::Error) -> std::io::Result<()> {
    match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}
