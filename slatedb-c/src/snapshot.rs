//! Snapshots.

use std::sync::Arc;

use slatedb::DbSnapshot;

use crate::boundary::{borrow, call, give, output, quietly, take};
use crate::bytes::{slatedb_entry, slatedb_slice};
use crate::db::slatedb_db;
use crate::error::{slatedb_code, slatedb_error};
use crate::iterator::slatedb_iterator;
use crate::read;
use crate::runtime::Limit;

/// A database as it was at one moment. While it exists, compactions keep what it can see.
pub struct slatedb_snapshot {
    snapshot: Arc<DbSnapshot>,
    limit: Limit,
}

/// Takes a snapshot. It sees every write that had returned, flushed or not, and nothing later.
#[no_mangle]
pub unsafe extern "C" fn slatedb_snapshot_new(
    db: *const slatedb_db,
    out: *mut *mut slatedb_snapshot,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("take a snapshot", err, || {
        let db = borrow(db, "db")?;
        let out = output(out, "out")?;
        let limit = db.limit();
        let snapshot = limit.wait(async { Ok(db.engine().snapshot()?) })?;
        give(out, slatedb_snapshot { snapshot, limit });
        Ok(())
    })
}

/// Reads a key as slatedb_get does.
#[no_mangle]
pub unsafe extern "C" fn slatedb_snapshot_get(
    snapshot: *const slatedb_snapshot,
    key: slatedb_slice,
    out: *mut slatedb_entry,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("get", err, || {
        let snapshot = borrow(snapshot, "snapshot")?;
        let out = output(out, "out")?;
        let key = key.key()?;
        let entry = snapshot.limit.wait(read::get(snapshot.snapshot.as_ref(), key))?;
        out.write(slatedb_entry::without_key(entry));
        Ok(())
    })
}

/// Scans as slatedb_scan does.
#[no_mangle]
pub unsafe extern "C" fn slatedb_snapshot_scan(
    snapshot: *const slatedb_snapshot,
    from: slatedb_slice,
    prefix: slatedb_slice,
    out: *mut *mut slatedb_iterator,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("scan", err, || {
        let snapshot = borrow(snapshot, "snapshot")?;
        let out = output(out, "out")?;
        let (from, prefix) = (from.bytes("from")?, prefix.bytes("prefix")?);
        let entries = snapshot.limit.wait(read::scan(snapshot.snapshot.as_ref(), from, prefix))?;
        give(out, slatedb_iterator::new(entries, snapshot.limit));
        Ok(())
    })
}

/// Destroys a snapshot. NULL is fine.
#[no_mangle]
pub unsafe extern "C" fn slatedb_snapshot_destroy(snapshot: *mut slatedb_snapshot) {
    quietly(|| drop(take(snapshot)));
}
