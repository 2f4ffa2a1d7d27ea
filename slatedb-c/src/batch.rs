//! Batches: writes that happen together or not at all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ::bytes::Bytes;
use slatedb::config::{PutOptions, Ttl};
use slatedb::WriteBatch;

use crate::boundary::{borrow, call, give, output, quietly, take};
use crate::bytes::slatedb_slice;
use crate::error::{slatedb_code, slatedb_error, Failure, Outcome};

/// A list of puts and deletes. It copies what it is given, and belongs to no database.
#[derive(Default)]
pub struct slatedb_batch {
    writes: Mutex<WriteBatch>,
}

impl slatedb_batch {
    pub fn writes(&self) -> MutexGuard<'_, WriteBatch> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An absolute expiry. 0 is none, whatever default the engine was set to.
pub fn expiring(expires_ms: i64) -> Outcome<PutOptions> {
    let ttl = match expires_ms {
        0 => Ttl::NoExpiry,
        1.. => Ttl::ExpireAtMillis(expires_ms),
        _ => return Err(Failure::invalid(format!("expires_ms is {expires_ms}"))),
    };
    Ok(PutOptions { ttl })
}

/// Creates an empty batch.
#[no_mangle]
pub unsafe extern "C" fn slatedb_batch_new(
    out: *mut *mut slatedb_batch,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("create a batch", err, || {
        give(output(out, "out")?, slatedb_batch::default());
        Ok(())
    })
}

/// Adds a put, as in slatedb_put. A later write of the same key in the batch replaces it.
#[no_mangle]
pub unsafe extern "C" fn slatedb_batch_put(
    batch: *mut slatedb_batch,
    key: slatedb_slice,
    value: slatedb_slice,
    expires_ms: i64,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("add a put to a batch", err, || {
        let batch = borrow(batch, "batch")?;
        let (key, value) = (Bytes::copy_from_slice(key.key()?), Bytes::copy_from_slice(value.value()?));
        let options = expiring(expires_ms)?;
        batch.writes().put_bytes_with_options(key, value, &options);
        Ok(())
    })
}

/// Adds a delete. A later write of the same key in the batch replaces it.
#[no_mangle]
pub unsafe extern "C" fn slatedb_batch_delete(
    batch: *mut slatedb_batch,
    key: slatedb_slice,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("add a delete to a batch", err, || {
        let batch = borrow(batch, "batch")?;
        batch.writes().delete(key.key()?);
        Ok(())
    })
}

/// Destroys a batch. NULL is fine. What was written with it stays.
#[no_mangle]
pub unsafe extern "C" fn slatedb_batch_destroy(batch: *mut slatedb_batch) {
    quietly(|| drop(take(batch)));
}
