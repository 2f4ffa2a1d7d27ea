//! Transactions.

use std::sync::{Mutex, PoisonError};

use slatedb::{DbTransaction, IsolationLevel};

use crate::batch::expiring;
use crate::boundary::{borrow, call, give, output, quietly, take};
use crate::bytes::{slatedb_entry, slatedb_slice};
use crate::db::slatedb_db;
use crate::error::{slatedb_code, slatedb_error, Failure, Outcome};
use crate::iterator::slatedb_iterator;
use crate::read;
use crate::runtime::Limit;

/// How far a transaction is kept apart from others: SLATEDB_SNAPSHOT or SLATEDB_SERIALIZABLE.
pub type slatedb_isolation = u32;

/// The commit fails when someone else has written a key that this transaction got or writes. Scans aren't
/// watched.
pub const SLATEDB_SNAPSHOT: slatedb_isolation = 0;
/// As SLATEDB_SNAPSHOT, and the commit fails, too, when someone else has written any key within a range it
/// scanned.
pub const SLATEDB_SERIALIZABLE: slatedb_isolation = 1;

/// Reads and writes that happen at once, or not at all. It reads the database as it was when the transaction
/// began, and its own writes.
pub struct slatedb_transaction {
    // None once it has been committed, or tried to.
    transaction: Mutex<Option<DbTransaction>>,
    limit: Limit,
}

impl slatedb_transaction {
    fn with<T>(&self, act: impl FnOnce(&DbTransaction) -> Outcome<T>) -> Outcome<T> {
        let transaction = self.transaction.lock().unwrap_or_else(PoisonError::into_inner);
        act(transaction.as_ref().ok_or_else(over)?)
    }
}

fn over() -> Failure {
    Failure::invalid("the transaction is over")
}

fn level(isolation: slatedb_isolation) -> Outcome<IsolationLevel> {
    match isolation {
        SLATEDB_SNAPSHOT => Ok(IsolationLevel::Snapshot),
        SLATEDB_SERIALIZABLE => Ok(IsolationLevel::SerializableSnapshot),
        other => Err(Failure::invalid(format!("isolation is {other}"))),
    }
}

/// Begins a transaction.
#[no_mangle]
pub unsafe extern "C" fn slatedb_transaction_begin(
    db: *const slatedb_db,
    isolation: slatedb_isolation,
    out: *mut *mut slatedb_transaction,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("begin a transaction", err, || {
        let db = borrow(db, "db")?;
        let out = output(out, "out")?;
        let level = level(isolation)?;
        let limit = db.limit();
        let transaction = limit.wait(async { Ok(db.engine().begin(level)?) })?;
        give(out, slatedb_transaction { transaction: Mutex::new(Some(transaction)), limit });
        Ok(())
    })
}

/// Reads a key as slatedb_get does, and watches it until the commit, whether it was there or not.
#[no_mangle]
pub unsafe extern "C" fn slatedb_transaction_get(
    transaction: *const slatedb_transaction,
    key: slatedb_slice,
    out: *mut slatedb_entry,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("get", err, || {
        let handle = borrow(transaction, "transaction")?;
        let out = output(out, "out")?;
        let key = key.key()?;
        let entry = handle.with(|transaction| {
            handle.limit.wait(async {
                // The engine watches reads by itself only at the serializable level.
                transaction.mark_read([key])?;
                read::get(transaction, key).await
            })
        })?;
        out.write(slatedb_entry::without_key(entry));
        Ok(())
    })
}

/// Scans as slatedb_scan does. The iterator doesn't see what the transaction writes after this call.
#[no_mangle]
pub unsafe extern "C" fn slatedb_transaction_scan(
    transaction: *const slatedb_transaction,
    from: slatedb_slice,
    prefix: slatedb_slice,
    out: *mut *mut slatedb_iterator,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("scan", err, || {
        let handle = borrow(transaction, "transaction")?;
        let out = output(out, "out")?;
        let (from, prefix) = (from.bytes("from")?, prefix.bytes("prefix")?);
        let entries = handle.with(|transaction| handle.limit.wait(read::scan(transaction, from, prefix)))?;
        give(out, slatedb_iterator::new(entries, handle.limit));
        Ok(())
    })
}

/// Puts within the transaction, as slatedb_put does. Nobody else sees it before the commit.
#[no_mangle]
pub unsafe extern "C" fn slatedb_transaction_put(
    transaction: *mut slatedb_transaction,
    key: slatedb_slice,
    value: slatedb_slice,
    expires_ms: i64,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("put", err, || {
        let handle = borrow(transaction, "transaction")?;
        let (key, value, options) = (key.key()?, value.value()?, expiring(expires_ms)?);
        handle.with(|transaction| Ok(transaction.put_with_options(key, value, &options)?))
    })
}

/// Deletes within the transaction.
#[no_mangle]
pub unsafe extern "C" fn slatedb_transaction_delete(
    transaction: *mut slatedb_transaction,
    key: slatedb_slice,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("delete", err, || {
        let handle = borrow(transaction, "transaction")?;
        let key = key.key()?;
        handle.with(|transaction| Ok(transaction.delete(key)?))
    })
}

/// Commits. SLATEDB_CONFLICT: someone else was first and nothing was written. After a commit, whatever its
/// code, the transaction is over and only slatedb_transaction_destroy is left. Like a put, what was committed
/// is durable after a flush.
#[no_mangle]
pub unsafe extern "C" fn slatedb_transaction_commit(
    transaction: *mut slatedb_transaction,
    err: *mut slatedb_error,
) -> slatedb_code {
    call("commit", err, || {
        let handle = borrow(transaction, "transaction")?;
        let mut slot = handle.transaction.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = slot.take().ok_or_else(over)?;
        handle.limit.wait(async {
            transaction.commit().await?;
            Ok(())
        })
    })
}

/// Destroys a transaction, which rolls back what wasn't committed. NULL is fine.
#[no_mangle]
pub unsafe extern "C" fn slatedb_transaction_destroy(transaction: *mut slatedb_transaction) {
    quietly(|| drop(take(transaction)));
}
