/*
 * SlateDB for C: an embedded key-value store whose data lives in an object store or a local directory.
 *
 * Generated from slatedb-c/src by cbindgen, and checked against it by the tests. Don't edit; the README says
 * how to generate it.
 *
 * CODES. Every call that can fail returns a slatedb_code and takes, last, a slatedb_error that may be NULL.
 * Outputs are written when the code is SLATEDB_OK, and not touched otherwise. A pointer that must not be NULL
 * and is gives SLATEDB_INVALID. Nothing is ever printed or logged. A panic, which the engine answers
 * some damaged files with, becomes SLATEDB_PANIC; a hook of the library's keeps it from being printed.
 *
 * OWNERSHIP. What a function takes by slatedb_slice or by pointer it borrows until it returns, and copies
 * what it keeps. What it hands out belongs to the caller: an object until its destroy function, bytes until
 * slatedb_bytes_release or slatedb_entry_release. Those take NULL. Each object is destroyed once, by the
 * function named after it, while no other call uses it. Objects may be destroyed in any order; what came from
 * a database that has since been closed is still to be destroyed, and of no other use.
 *
 * THREADS. Calls block until they are done. Any object may be used by several threads at once; calls that use
 * the same iterator, batch or transaction wait for each other. The process has a small pool of threads for
 * I/O, and a second one as soon as something is compacted; they are started by the first call that needs them
 * and never end. No function may be called from one of them, which means from a callback: that gives
 * SLATEDB_INVALID.
 *
 * FORK. The threads don't survive a fork. A process that has used the library must exec after it forks; a
 * call in the child gives SLATEDB_INVALID. Forking before the first use is fine.
 *
 * TIME. timeout_ms (30 seconds) bounds each call. For what may take long (opening, flushing, closing,
 * compacting, collecting) it bounds the time without progress: without a file of data read or written. After
 * SLATEDB_TIMEOUT the outcome of a write is unknown: it may still happen.
 *
 * KEYS AND VALUES. Bytes, ordered as by memcmp. A key has 1 to 65,535 of them, a value up to 4,294,967,295.
 *
 * URLS.
 *   file:///absolute/path  A local directory. Write % # ? as %25 %23 %3F; anything else may stand as it is.
 *   memory://name          The memory of this process, until it ends. The same name is the same store.
 *   s3://bucket/path       S3, or what speaks its protocol. Credentials, region and endpoint come from the
 *                          environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT,
 *                          AWS_ALLOW_HTTP and so on.
 *
 * SETTINGS. NULL, or one JSON object. An unknown key is refused by its name. Keys and defaults:
 *   "create_if_missing": true
 *       slatedb_open and slatedb_probe create what isn't there.
 *   "error_if_exists": false
 *       slatedb_open fails with SLATEDB_DATABASE_EXISTS when there is a database.
 *   "fsync": true
 *       Local directories: each file, and its directory, is synced before a flush returns. A flushed write
 *       then survives a crash of the process, a crash of the system, and a loss of power. With false it
 *       survives a crash of the process only.
 *   "timeout_ms": 30000
 *       See TIME. 0 is no bound.
 *   "max_retries": 5, and 0 for local directories, where a failure (full, read-only) lasts
 *       How often a request to the object store is tried again. A failed write of the WAL ends a writer:
 *       every call fails from then on, and the database has to be opened again.
 *   "block_cache_bytes": 67108864
 *       The memory for blocks of files, for each handle. 0 is no cache.
 *   "compactor": false
 *       slatedb_open: compact in the background, while the database is open. Without it someone has to call
 *       slatedb_compact, or flushes to L0 stall.
 *   "gc": false
 *       slatedb_open: collect garbage in the background, while the database is open.
 *   "reader_mode": "follow_latest", or "managed_checkpoint"
 *       See slatedb_reader_open.
 *   "engine": {}
 *       Fields of SlateDB's own settings (docs.rs/slatedb/0.18.0, struct Settings), laid over its defaults,
 *       of which these differ: max_unflushed_bytes is 128 MiB, l0_sst_size_bytes 16 MiB,
 *       object_store_max_retries max_retries, and in compactor_options worker_heartbeat_timeout is 10s and
 *       worker.heartbeat_interval 2s. Durations are strings: "100ms", "5s".
 */


#ifndef SLATEDB_H
#define SLATEDB_H

#include <stddef.h>
#include <stdint.h>

// The version of this interface. It grows when something that a compiled program relies on changes.
#define SLATEDB_ABI_VERSION 1

// The size of slatedb_error's message, its terminating NUL included.
#define SLATEDB_ERROR_MESSAGE_BYTES 512

// What a call came to. The numbers never change.
typedef enum {
    // Done.
    SLATEDB_OK = 0,
    // The key is not there, or the iterator is at its end.
    SLATEDB_NOT_FOUND = 1,
    // An argument or a setting is wrong. Nothing was done.
    SLATEDB_INVALID = 2,
    // The transaction lost: someone else wrote what it read or writes. Nothing of it was written.
    SLATEDB_CONFLICT = 3,
    // A newer writer has opened the database. This handle can't write again; close it and open another.
    SLATEDB_FENCED = 4,
    // The handle, or the database behind it, has been closed.
    SLATEDB_CLOSED = 5,
    // The object store or the file system failed or can't be reached: full, read-only, refused, absent.
    SLATEDB_UNAVAILABLE = 6,
    // No answer within timeout_ms. The outcome of a write is unknown: it may still happen, or have happened.
    SLATEDB_TIMEOUT = 7,
    // Stored data is damaged or missing, or is of a version that this library doesn't know.
    SLATEDB_DATA = 8,
    // There is no database at this URL. Nothing was created.
    SLATEDB_NO_DATABASE = 9,
    // There is a database at this URL, and error_if_exists was set.
    SLATEDB_DATABASE_EXISTS = 10,
    // A bug in the library or the engine was stopped at the boundary. Close the handle and open another.
    SLATEDB_PANIC = 11,
    // The engine reports an error of its own that is none of the above.
    SLATEDB_INTERNAL = 12,
} slatedb_code;

// A list of puts and deletes. It copies what it is given, and belongs to no database.
typedef struct slatedb_batch slatedb_batch;

// A database opened for writing, and for reading. There is one writer at a time: opening another one, here or
// elsewhere, shuts this one out. It learns that at its next flush: that one, and every write after it, fails
// with SLATEDB_FENCED, and what wasn't flushed before is lost.
typedef struct slatedb_db slatedb_db;

// Entries in ascending order of their keys, as they were when the scan began.
typedef struct slatedb_iterator slatedb_iterator;

// A database opened for reading. Any number of readers may be open beside a writer, and none disturbs it.
typedef struct slatedb_reader slatedb_reader;

// A database as it was at one moment. While it exists, compactions keep what it can see.
typedef struct slatedb_snapshot slatedb_snapshot;

// Reads and writes that happen at once, or not at all. It reads the database as it was when the transaction
// began, and its own writes.
typedef struct slatedb_transaction slatedb_transaction;

// Bytes that the library lends until slatedb_bytes_release. They aren't copied: they are a part of a block
// of the database, of which 4 KiB or more stay in memory until then. They outlive the handle they came from.
// The struct may be moved, but copies of it must not both be released. data is never NULL when owner isn't.
typedef struct {
    const uint8_t *data;
    size_t len;
    void *owner;
} slatedb_bytes;

// A key, its value and what is stored beside them. Released by slatedb_entry_release.
typedef struct {
    // Filled by an iterator. Empty after a get, whose caller knows the key.
    slatedb_bytes key;
    slatedb_bytes value;
    // The number of the write that the entry comes from; a later write has a higher one. What a transaction
    // hasn't committed yet has UINT64_MAX.
    uint64_t seq;
    // When it was written, in milliseconds since 1970.
    int64_t created_ms;
    // When it expires, in milliseconds since 1970. 0: never.
    int64_t expires_ms;
} slatedb_entry;

// A call's outcome. It belongs to the caller and nothing in it needs to be freed. Every call that takes one
// fills it: after success the code is SLATEDB_OK and the message is empty. The message is a single line of
// UTF-8 that says what was being done, what was found, and the cause, and ends in a NUL; what doesn't fit is
// cut off between two characters.
typedef struct {
    slatedb_code code;
    char message[SLATEDB_ERROR_MESSAGE_BYTES];
} slatedb_error;

// What to make durable: SLATEDB_FLUSH_NONE, SLATEDB_FLUSH_WAL or SLATEDB_FLUSH_MEMTABLE.
typedef uint32_t slatedb_flush_kind;

// Bytes that the caller lends for the duration of a call. data may be NULL when len is 0.
typedef struct {
    const uint8_t *data;
    size_t len;
} slatedb_slice;

// What a database is made of, to decide on housekeeping by.
typedef struct {
    // The WAL files that opening had to read, because what is in them wasn't in L0. Every opening adds an
    // empty one that counts. The more, the longer an opening takes; SLATEDB_FLUSH_MEMTABLE brings it back to
    // 0 for the next opening.
    uint64_t wal_files_replayed;
    // The files in L0, as far as this handle knows. A compaction elsewhere becomes known within
    // engine.manifest_poll_interval (1 second).
    uint64_t l0_files;
    // The sorted runs below L0. A full compaction leaves one, or none when nothing is left.
    uint64_t sorted_runs;
} slatedb_shape_info;

// How far a transaction is kept apart from others: SLATEDB_SNAPSHOT or SLATEDB_SERIALIZABLE.
typedef uint32_t slatedb_isolation;

// Nothing. Only for slatedb_close.
#define SLATEDB_FLUSH_NONE 0

// Every write that has returned, into a WAL file. Quick; the next opening has to read that file.
#define SLATEDB_FLUSH_WAL 1

// Every write that has returned, into a sorted file at level 0 (L0). Openings get shorter, and a compactor
// gets work: when there are engine.l0_max_ssts (8) such files the next flush waits until a compaction has
// merged them.
#define SLATEDB_FLUSH_MEMTABLE 2

// The commit fails when someone else has written a key that this transaction got or writes. Scans aren't
// watched.
#define SLATEDB_SNAPSHOT 0

// As SLATEDB_SNAPSHOT, and the commit fails, too, when someone else has written any key within a range it
// scanned.
#define SLATEDB_SERIALIZABLE 1

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface that the library was built with. A program that is linked dynamically
// compares it with SLATEDB_ABI_VERSION before its first other call.
uint32_t slatedb_abi_version(void);

// Gives bytes back and zeroes the struct. NULL, and a struct that is zeroed, are fine.
void slatedb_bytes_release(slatedb_bytes *bytes);

// Gives an entry's key and value back and zeroes the struct. NULL, and a struct that is zeroed, are fine.
void slatedb_entry_release(slatedb_entry *entry);

// Opens a database for writing. Creates it when it isn't there, unless create_if_missing is false. Whoever
// had it open for writing is shut out.
//
// No other thread is started than what I/O needs, unless "compactor" or "gc" are set: then the database is
// compacted, or collected, in the background as long as it is open.
slatedb_code slatedb_open(const char *url, const char *settings_json, slatedb_db **out, slatedb_error *err);

// Flushes what was written, stops what runs in the background, and closes the database. Calls with this handle,
// and with the snapshots and transactions that came from it, fail with SLATEDB_CLOSED from now on; an iterator
// may go on or fail. What any of them returned stays. Follow it with slatedb_db_destroy, whatever the code.
//
// With SLATEDB_FLUSH_NONE the writes since the last flush may be lost, or not. A database that has failed or
// was fenced is closed without a flush.
slatedb_code slatedb_close(slatedb_db *db,
                           slatedb_flush_kind kind,
                           slatedb_error *err);

// Destroys a handle. NULL is fine. One that is still open is closed first, as with SLATEDB_FLUSH_NONE.
void slatedb_db_destroy(slatedb_db *db);

// Writes a value. It returns once the value can be read with this handle. It is durable once a flush has
// returned, or a while later by itself: engine.flush_interval (100 ms) after, or when enough was written.
//
// expires_ms is the time at which the entry is gone, in milliseconds since 1970; 0 is never. A time in the
// past deletes. The put waits while more than engine.max_unflushed_bytes (128 MiB) are in memory.
slatedb_code slatedb_put(slatedb_db *db,
                         slatedb_slice key,
                         slatedb_slice value,
                         int64_t expires_ms,
                         slatedb_error *err);

// Deletes a key, whether it is there or not. Durable as a put is.
slatedb_code slatedb_delete(slatedb_db *db, slatedb_slice key, slatedb_error *err);

// Writes a batch, all of it or nothing, crashes included. The batch stays as it is and can be written again.
// An empty one writes nothing. Durable as a put is.
slatedb_code slatedb_write(slatedb_db *db, const slatedb_batch *batch, slatedb_error *err);

// Makes every write that has returned durable: survives what the setting fsync says.
slatedb_code slatedb_flush(slatedb_db *db, slatedb_flush_kind kind, slatedb_error *err);

// Reads a key into `*out`, which slatedb_entry_release gives back: the value, its expiry and its number, but
// not the key, which is left empty. SLATEDB_NOT_FOUND: it isn't there, was deleted, or has expired.
slatedb_code slatedb_get(const slatedb_db *db, slatedb_slice key, slatedb_entry *out, slatedb_error *err);

// Begins a scan, in ascending order, of the entries whose key is not below `from` and begins with `prefix`.
// Either may be empty, and is then no bound. The iterator sees what was written before this call and nothing
// later. slatedb_iterator_destroy ends it.
slatedb_code slatedb_scan(const slatedb_db *db,
                          slatedb_slice from,
                          slatedb_slice prefix,
                          slatedb_iterator **out,
                          slatedb_error *err);

// Describes what the database is made of. Reads nothing from the object store.
slatedb_code slatedb_shape(const slatedb_db *db, slatedb_shape_info *out, slatedb_error *err);

// Creates an empty batch.
slatedb_code slatedb_batch_new(slatedb_batch **out, slatedb_error *err);

// Adds a put, as in slatedb_put. A later write of the same key in the batch replaces it.
slatedb_code slatedb_batch_put(slatedb_batch *batch,
                               slatedb_slice key,
                               slatedb_slice value,
                               int64_t expires_ms,
                               slatedb_error *err);

// Adds a delete. A later write of the same key in the batch replaces it.
slatedb_code slatedb_batch_delete(slatedb_batch *batch, slatedb_slice key, slatedb_error *err);

// Destroys a batch. NULL is fine. What was written with it stays.
void slatedb_batch_destroy(slatedb_batch *batch);

// Moves to the next entry and fills `*out`, which slatedb_entry_release gives back. After the last entry the
// code is SLATEDB_NOT_FOUND, again and again. After any other failure an iterator is of no more use, and
// says the same failure again: scan anew, from the last key.
slatedb_code slatedb_iterator_next(slatedb_iterator *iterator, slatedb_entry *out, slatedb_error *err);

// Destroys an iterator. NULL is fine. What it returned stays.
void slatedb_iterator_destroy(slatedb_iterator *iterator);

// Takes a snapshot. It sees every write that had returned, flushed or not, and nothing later.
slatedb_code slatedb_snapshot_new(const slatedb_db *db, slatedb_snapshot **out, slatedb_error *err);

// Reads a key as slatedb_get does.
slatedb_code slatedb_snapshot_get(const slatedb_snapshot *snapshot,
                                  slatedb_slice key,
                                  slatedb_entry *out,
                                  slatedb_error *err);

// Scans as slatedb_scan does.
slatedb_code slatedb_snapshot_scan(const slatedb_snapshot *snapshot,
                                   slatedb_slice from,
                                   slatedb_slice prefix,
                                   slatedb_iterator **out,
                                   slatedb_error *err);

// Destroys a snapshot. NULL is fine.
void slatedb_snapshot_destroy(slatedb_snapshot *snapshot);

// Begins a transaction.
slatedb_code slatedb_transaction_begin(const slatedb_db *db,
                                       slatedb_isolation isolation,
                                       slatedb_transaction **out,
                                       slatedb_error *err);

// Reads a key as slatedb_get does, and watches it until the commit, whether it was there or not.
slatedb_code slatedb_transaction_get(const slatedb_transaction *transaction,
                                     slatedb_slice key,
                                     slatedb_entry *out,
                                     slatedb_error *err);

// Scans as slatedb_scan does. The iterator doesn't see what the transaction writes after this call.
slatedb_code slatedb_transaction_scan(const slatedb_transaction *transaction,
                                      slatedb_slice from,
                                      slatedb_slice prefix,
                                      slatedb_iterator **out,
                                      slatedb_error *err);

// Puts within the transaction, as slatedb_put does. Nobody else sees it before the commit.
slatedb_code slatedb_transaction_put(slatedb_transaction *transaction,
                                     slatedb_slice key,
                                     slatedb_slice value,
                                     int64_t expires_ms,
                                     slatedb_error *err);

// Deletes within the transaction.
slatedb_code slatedb_transaction_delete(slatedb_transaction *transaction,
                                        slatedb_slice key,
                                        slatedb_error *err);

// Commits. SLATEDB_CONFLICT: someone else was first and nothing was written. After a commit, whatever its
// code, the transaction is over and only slatedb_transaction_destroy is left. Like a put, what was committed
// is durable after a flush.
slatedb_code slatedb_transaction_commit(slatedb_transaction *transaction, slatedb_error *err);

// Destroys a transaction, which rolls back what wasn't committed. NULL is fine.
void slatedb_transaction_destroy(slatedb_transaction *transaction);

// Opens a database for reading. It doesn't shut out a writer, and it sees what the writer has flushed, to
// the WAL or further, within engine.manifest_poll_interval (1 second).
//
// With "reader_mode": "follow_latest" nothing is written, so that a read-only directory will do. A garbage
// collection elsewhere may then delete a file that is being read; a get or a scan that meets this fails with
// SLATEDB_DATA, and opening again helps. With "managed_checkpoint" the reader keeps a checkpoint in the
// manifest, which keeps the files.
slatedb_code slatedb_reader_open(const char *url,
                                 const char *settings_json,
                                 slatedb_reader **out,
                                 slatedb_error *err);

// Reads a key as slatedb_get does.
slatedb_code slatedb_reader_get(const slatedb_reader *reader,
                                slatedb_slice key,
                                slatedb_entry *out,
                                slatedb_error *err);

// Scans as slatedb_scan does.
slatedb_code slatedb_reader_scan(const slatedb_reader *reader,
                                 slatedb_slice from,
                                 slatedb_slice prefix,
                                 slatedb_iterator **out,
                                 slatedb_error *err);

// Destroys a reader. NULL is fine.
void slatedb_reader_destroy(slatedb_reader *reader);

// Compacts the whole database into one sorted run, and waits for the end. What is deleted, expired or
// overwritten, and is needed by no snapshot, is gone after it. Unless there is nothing to compact, which is
// fine.
//
// The database may be open for writing elsewhere, in this process or another, and goes on being written
// meanwhile. What isn't in L0 yet is left out: flush with SLATEDB_FLUSH_MEMTABLE before. But there is one
// compactor at a time: a database that is open with "compactor": true would be shut out, and its writes
// would fail. The files that were compacted stay until slatedb_gc.
//
// timeout_ms bounds the time without progress, not the whole. When the process of an earlier compaction was
// killed, up to 10 seconds pass before its work is taken over.
slatedb_code slatedb_compact(const char *url, const char *settings_json, slatedb_error *err);

// Deletes the files that nothing needs any more and that are older than min_age_ms: WAL files, the empty
// ones that mark an opening, sorted files that a compaction has replaced, old manifests and compactor
// states, and in a local directory what crashed writes left behind. What the manifest or a checkpoint refers
// to is never touched. A compaction keeps what it replaced alive for
// engine.compactor_options.checkpoint_lifetime (15 minutes), by such a checkpoint.
//
// min_age_ms protects what isn't visible from the manifest: the file that a writer, a reader or a compaction
// elsewhere is just using. Make it longer than any of them could stand still. A writer that was shut out,
// stood still for longer, and then wakes up could otherwise believe that a write succeeded which nobody will
// ever see.
slatedb_code slatedb_gc(const char *url, const char *settings_json, uint64_t min_age_ms, slatedb_error *err);

// Checks that the object store refuses to create an object that exists. All that keeps two writers apart
// rests on it, and some stores accept the condition and ignore it. An object is created beside the database,
// once more, and removed. SLATEDB_UNAVAILABLE: the store can't be used, and why. Run it once for a new
// place; it creates a local directory as slatedb_open does.
slatedb_code slatedb_probe(const char *url, const char *settings_json, slatedb_error *err);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SLATEDB_H */
