//! A database opened for writing.

use std::os::raw::c_char;
use std::sync::Arc;
use std::time::Duration;

use ::bytes::Bytes;
use slatedb::config::{CloseOptions, FlushOptions, FlushType, WriteOptions};
use slatedb::db_cache::moka::{MokaCache, MokaCacheOptions};
use slatedb::db_cache::DbCache;
use slatedb::{CompactorBuilder, Db};

use crate::batch::{expiring, slatedb_batch};
use crate::boundary::{borrow, call, give, optional_text, output, quietly, take, text};
use crate::bytes::{slatedb_entry, slatedb_slice};
use crate::error::{slatedb_code, slatedb_error, Failure, Outcome};
use crate::iterator::slatedb_iterator;
use crate::location::Location;
use crate::read;
use crate::runtime::{self, Limit};
use crate::settings::Settings;
use crate::watch::Record;

/// What to make durable: SLATEDB_FLUSH_NONE, SLATEDB_FLUSH_WAL or SLATEDB_FLUSH_MEMTABLE.
pub type slatedb_flush_kind = u32;

/// Nothing. Only for slatedb_close.
pub const SLATEDB_FLUSH_NONE: slatedb_flush_kind = 0;
/// Every write that has returned, into a WAL file. Quick; the next opening has to read that file.
pub const SLATEDB_FLUSH_WAL: slatedb_flush_kind = 1;
/// Every write that has returned, into a sorted file at level 0 (L0). Openings get shorter, and a compactor
/// gets work: when there are engine.l0_max_ssts (8) such files the next flush waits until a compaction has
/// merged them.
pub const SLATEDB_FLUSH_MEMTABLE: slatedb_flush_kind = 2;

// Some failures of a flush may not end the writer: then this is how long they take.
const SETTLE: Duration = Duration::from_secs(1);

/// What a database is made of, to decide on housekeeping by.
#[repr(C)]
pub struct slatedb_shape_info {
    /// The WAL files that opening had to read, because what is in them wasn't in L0. Every opening adds an
    /// empty one that counts. The more, the longer an opening takes; SLATEDB_FLUSH_MEMTABLE brings it back to
    /// 0 for the next opening.
    pub wal_files_replayed: u64,
    /// The files in L0, as far as this handle knows. A compaction elsewhere becomes known within
    /// engine.manifest_poll_interval (1 second).
    pub l0_files: u64,
    /// The sorted runs below L0. A full compaction leaves one, or none when nothing is left.
    pub sorted_runs: u64,
}

/// A database opened for writing, and for reading. There is one writer at a time: opening another one, here or
/// elsewhere, shuts this one out. It learns that at its next flush: that one, and every write after it, fails
/// with SLATEDB_FENCED, and what wasn't flushed before is lost.
pub struct slatedb_db {
    db: Db,
    limit: Limit,
    record: Arc<Record>,
    wal_files_replayed: u64,
}

impl slatedb_db {
    pub fn engine(&self) -> &Db {
        &self.db
    }

    pub fn limit(&self) -> Limit {
        self.limit
    }

    fn open(url: &str, settings: &Settings) -> Outcome<Self> {
        // Before a directory is created for nothing.
        let mut engine = settings.engine(Location::is_local(url))?;
        let compactor = match engine.compactor_options.take() {
            Some(options) => Some((options, runtime::compaction()?.clone())),
            None => None,
        };
        let location = match settings.create_if_missing() {
            true => Location::to_create(url, settings)?,
            false => Location::to_use(url, settings)?,
        };
        let limit = settings.limit();
        let opening = async {
            check_existence(&location, url, settings).await?;
            let (path, store) = (location.path.clone(), location.store.clone());
            let builder = Db::builder(path.clone(), store.clone()).with_settings(engine);
            let builder = match block_cache(settings) {
                Some(cache) => builder.with_db_cache(cache, 0),
                None => builder.with_db_cache_disabled(),
            };
            let builder = match compactor {
                Some((options, runtime)) => builder.with_compactor_builder(
                    CompactorBuilder::new(path, store).with_options(options).with_runtime(runtime),
                ),
                None => builder,
            };
            Ok(builder.build().await?)
        };
        let db = limit.wait_while(opening, || location.record.reads_and_writes())?;
        let in_l0 = db.manifest().replay_after_wal_id();
        let wal_files_replayed = location.record.last_wal_fence().saturating_sub(in_l0 + 1);
        Ok(Self { db, limit, record: location.record, wal_files_replayed })
    }

    fn flush(&self, kind: FlushType) -> Outcome<()> {
        let flush = async {
            let flushed = self.db.flush_with_options(FlushOptions { flush_type: kind }).await;
            if flushed.is_err() {
                self.settle().await;
            }
            Ok(flushed?)
        };
        self.limit.wait_while(flush, || self.record.writes())
    }

    /// A flush that fails ends the writer, but the engine tells the caller of the flush before it tells
    /// everyone else. The next put must not succeed in between.
    async fn settle(&self) {
        let mut status = self.db.subscribe();
        let _ = tokio::time::timeout(SETTLE, status.wait_for(|status| status.close_reason.is_some())).await;
    }

    fn close(&self, kind: Option<FlushType>) -> Outcome<()> {
        let options = CloseOptions::default().with_flush_type(kind);
        let close = async { Ok(self.db.close_with_options(options).await?) };
        self.limit.wait_while(close, || self.record.writes())
    }

    fn shape(&self) -> slatedb_shape_info {
        let manifest = self.db.manifest();
        slatedb_shape_info {
            wal_files_replayed: self.wal_files_replayed,
            l0_files: manifest.l0().len() as u64,
            sorted_runs: manifest.compacted().len() as u64,
        }
    }
}

async fn check_existence(location: &Location, url: &str, settings: &Settings) -> Outcome<()> {
    if !settings.create_if_missing() {
        location.must_have_database(url).await?;
    }
    if settings.error_if_exists() && location.has_database().await? {
        let message = format!("there is a database at {url} already");
        return Err(Failure::new(slatedb_code::SLATEDB_DATABASE_EXISTS, message));
    }
    Ok(())
}

pub fn block_cache(settings: &Settings) -> Option<Arc<dyn DbCache>> {
    let max_capacity = settings.block_cache_bytes();
    let options = MokaCacheOptions { max_capacity, ..MokaCacheOptions::default() };
    (max_capacity > 0).then(|| Arc::new(MokaCache::new_with_opts(options)) as Arc<dyn DbCache>)
}

fn flush_type(kind: slatedb_flush_kind) -> Outcome<Option<FlushType>> {
    match kind {
        SLATEDB_FLUSH_NONE => Ok(None),
        SLATEDB_FLUSH_WAL => Ok(Some(FlushType::Wal)),
        SLATEDB_FLUSH_MEMTABLE => Ok(Some(FlushType::MemTable)),
        other => Err(Failure::invalid(format!("the kind of flush is {other}"))),
    }
}

/// Opens a database for writing. Creates it when it isn't there, unless create_if_missing is false. Whoever
/// had it open for writing is shut out.
///
/// No other thread is started than what I/O needs, unless "compactor" or "gc" are set: then the database is
/// compacted, or collected, in the background as long as it is open.
#[no_mangle]
pub unsafe extern "C" fn slatedb_open(
    url: *const c_char,
    settings_json: *const c_char,
    out: *mut *mut slatedb_db,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("open", err, || {
        let url = text(url, "url")?;
        let out = output(out, "out")?;
        let settings = Settings::parse(optional_text(settings_json, "settings_json")?)?;
        give(out, slatedb_db::open(url, &settings).map_err(|failure| naming(url, failure))?);
        Ok(())
    })
}

/// Puts the URL in front of what doesn't name it yet.
pub fn naming(url: &str, failure: Failure) -> Failure {
    if failure.message.contains(url) {
        return failure;
    }
    failure.within(url)
}

/// Flushes what was written, stops what runs in the background, and closes the database. Calls with this handle,
/// and with the snapshots and transactions that came from it, fail with SLATEDB_CLOSED from now on; an iterator
/// may go on or fail. What any of them returned stays. Follow it with slatedb_db_destroy, whatever the code.
///
/// With SLATEDB_FLUSH_NONE the writes since the last flush may be lost, or not. A database that has failed or
/// was fenced is closed without a flush.
#[no_mangle]
pub unsafe extern "C" fn slatedb_close(
    db: *mut slatedb_db,
    kind: slatedb_flush_kind,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("close", err, || {
        let db = borrow(db, "db")?;
        db.close(flush_type(kind)?)
    })
}

/// Destroys a handle. NULL is fine. One that is still open is closed first, as with SLATEDB_FLUSH_NONE.
#[no_mangle]
pub unsafe extern "C" fn slatedb_db_destroy(db: *mut slatedb_db) {
    quietly(|| {
        if let Some(db) = take(db) {
            // SLATEDB_CLOSED is the usual answer, and there is no one to tell another one to.
            let _ = db.close(None);
        }
    });
}

/// Writes a value. It returns once the value can be read with this handle. It is durable once a flush has
/// returned, or a while later by itself: engine.flush_interval (100 ms) after, or when enough was written.
///
/// expires_ms is the time at which the entry is gone, in milliseconds since 1970; 0 is never. A time in the
/// past deletes. The put waits while more than engine.max_unflushed_bytes (128 MiB) are in memory.
#[no_mangle]
pub unsafe extern "C" fn slatedb_put(
    db: *mut slatedb_db,
    key: slatedb_slice,
    value: slatedb_slice,
    expires_ms: i64,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("put", err, || {
        let db = borrow(db, "db")?;
        let (key, value) = (Bytes::copy_from_slice(key.key()?), Bytes::copy_from_slice(value.value()?));
        let options = expiring(expires_ms)?;
        db.limit.wait(async {
            db.db.put_bytes_with_options(key, value, &options, &WriteOptions::default()).await?;
            Ok(())
        })
    })
}

/// Deletes a key, whether it is there or not. Durable as a put is.
#[no_mangle]
pub unsafe extern "C" fn slatedb_delete(
    db: *mut slatedb_db,
    key: slatedb_slice,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("delete", err, || {
        let db = borrow(db, "db")?;
        let key = key.key()?;
        db.limit.wait(async {
            db.db.delete(key).await?;
            Ok(())
        })
    })
}

/// Writes a batch, all of it or nothing, crashes included. The batch stays as it is and can be written again.
/// An empty one writes nothing. Durable as a put is.
#[no_mangle]
pub unsafe extern "C" fn slatedb_write(
    db: *mut slatedb_db,
    batch: *const slatedb_batch,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("write a batch", err, || {
        let db = borrow(db, "db")?;
        let writes = borrow(batch, "batch")?.writes().clone();
        if writes.is_empty() {
            return Ok(());
        }
        db.limit.wait(async {
            db.db.write(writes).await?;
            Ok(())
        })
    })
}

/// Makes every write that has returned durable: survives what the setting fsync says.
#[no_mangle]
pub unsafe extern "C" fn slatedb_flush(
    db: *mut slatedb_db,
    kind: slatedb_flush_kind,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("flush", err, || {
        let db = borrow(db, "db")?;
        let kind = flush_type(kind)?.ok_or_else(|| Failure::invalid("the kind of flush is none"))?;
        db.flush(kind)
    })
}

/// Reads a key into `*out`, which slatedb_entry_release gives back: the value, its expiry and its number, but
/// not the key, which is left empty. SLATEDB_NOT_FOUND: it isn't there, was deleted, or has expired.
#[no_mangle]
pub unsafe extern "C" fn slatedb_get(
    db: *const slatedb_db,
    key: slatedb_slice,
    out: *mut slatedb_entry,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("get", err, || {
        let db = borrow(db, "db")?;
        let out = output(out, "out")?;
        let key = key.key()?;
        let entry = db.limit.wait(read::get(&db.db, key))?;
        out.write(slatedb_entry::without_key(entry));
        Ok(())
    })
}

/// Begins a scan, in ascending order, of the entries whose key is not below `from` and begins with `prefix`.
/// Either may be empty, and is then no bound. The iterator sees what was written before this call and nothing
/// later. slatedb_iterator_destroy ends it.
#[no_mangle]
pub unsafe extern "C" fn slatedb_scan(
    db: *const slatedb_db,
    from: slatedb_slice,
    prefix: slatedb_slice,
    out: *mut *mut slatedb_iterator,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("scan", err, || {
        let db = borrow(db, "db")?;
        let out = output(out, "out")?;
        let (from, prefix) = (from.bytes("from")?, prefix.bytes("prefix")?);
        let entries = db.limit.wait(read::scan(&db.db, from, prefix))?;
        give(out, slatedb_iterator::new(entries, db.limit));
        Ok(())
    })
}

/// Describes what the database is made of. Reads nothing from the object store.
#[no_mangle]
pub unsafe extern "C" fn slatedb_shape(
    db: *const slatedb_db,
    out: *mut slatedb_shape_info,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("describe the shape", err, || {
        let db = borrow(db, "db")?;
        output(out, "out")?.write(db.shape());
        Ok(())
    })
}
