//! Reading, the same from a database, a reader, a snapshot and a transaction.

use std::ops::Bound;
use std::time::{SystemTime, UNIX_EPOCH};

use slatedb::config::{ReadOptions, ScanOptions};
use slatedb::{DbIterator, DbReadOps, KeyValue};

use crate::error::{slatedb_code, Failure, Outcome};

// A scan reads ahead this much, in this many requests at once: enough to hide the latency of an object store,
// little enough that a scan which stops early hasn't read much for nothing.
const READ_AHEAD_BYTES: usize = 1024 * 1024;
const READ_AHEAD_REQUESTS: usize = 4;

pub async fn get(source: &(impl DbReadOps + Sync), key: &[u8]) -> Outcome<KeyValue> {
    source
        .get_key_value_with_options(key, &ReadOptions::default())
        .await?
        .filter(is_alive)
        .ok_or_else(|| Failure::new(slatedb_code::SLATEDB_NOT_FOUND, "the key is not there"))
}

/// The next entry of a scan.
pub async fn next(entries: &mut DbIterator) -> Outcome<Option<KeyValue>> {
    while let Some(entry) = entries.next().await? {
        if is_alive(&entry) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

/// The engine goes on returning what has expired until a compaction comes across it. When that is depends on
/// how much is written, which no caller can rely on.
fn is_alive(entry: &KeyValue) -> bool {
    entry.expire_ts.is_none_or(|expires_ms| expires_ms > now_ms())
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// The entries whose key is not below `from` and begins with `prefix`. None: there can't be any.
pub async fn scan(
    source: &(impl DbReadOps + Sync),
    from: &[u8],
    prefix: &[u8],
) -> Outcome<Option<DbIterator>> {
    let start = match from.strip_prefix(prefix) {
        Some(rest) => Bound::Included(rest),
        None if from < prefix => Bound::Unbounded,
        // It is above every key with the prefix.
        None => return Ok(None),
    };
    let options = ScanOptions::default()
        .with_read_ahead_bytes(READ_AHEAD_BYTES)
        .with_max_fetch_tasks(READ_AHEAD_REQUESTS);
    let range = (start, Bound::<&[u8]>::Unbounded);
    Ok(Some(source.scan_prefix_with_options(prefix, range, &options).await?))
}
