/*
 * The few operations that a store needs of an engine, as a table of functions, so that a test can be another
 * engine. src/engine/slate.c is SlateDB; tests/support/fake_engine.c is a simple one in memory.
 *
 * An engine is an ordered map from keys to entries, versioned, with one writer. What every engine here does:
 *   - A key is 1 to LIMIT_KEY_BYTES bytes; any other is PILSMER_INVALID, in reads too.
 *   - A write is visible when it returns, and survives a crash once a later flush has returned.
 *   - A second writer that opens fences the first. The first one's next flush at the latest fails with
 *     PILSMER_FENCED, and from then on every put, remove, flush and commit. Reads may still answer, with what
 * it last knew.
 *   - A reader or a snapshot never writes and never fences.
 *   - A transaction reads what was there when it began, and its own puts. When a key that it got or put,
 * there or not, has been written by another since it began, were it the same bytes, its commit fails with
 *     PILSMER_CONFLICT and changes nothing. Flush and compaction are no writes. After a commit, whatever its
 * answer, get, put and commit answer PILSMER_INVALID.
 *   - Each flush of the memtable makes one L0 file; with too many of them a writer waits until compact ran,
 * and after the timeout it fails with PILSMER_TIMEOUT.
 *   - An entry whose expiry is not after now is not there for get, scan or txn_get; it still hides older
 * versions. Scans look at the clock at each next.
 *
 * An engine may be used by several threads at once; a cursor and a transaction by one. Cursors, transactions
 * and snapshots are freed before their engine is closed. The bytes of an entry outlive all of them.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/bytes.h"
#include "base/error.h"

struct engine;
struct engine_cursor;
struct engine_txn;

/* Bytes that the engine owns, held until they are released. */
struct engine_bytes {
    struct slice bytes;
    void *owner;
    void (*release)(void *owner);
};

struct engine_entry {
    struct engine_bytes key; /* empty where the caller named the key */
    struct engine_bytes value;
    int64_t expires_ms; /* absolute, Unix epoch; 0: never */
};

void engine_entry_release(struct engine_entry *entry); /* takes a zeroed one; leaves it zeroed */

/* What housekeeping goes by. */
struct engine_shape {
    uint64_t replayed_wal_files; /* that opening had to read; its own empty one may count */
    uint64_t l0_files;           /* as last seen: a compaction shows at the next flush to L0, or opening */
};

enum engine_flush {
    ENGINE_FLUSH_WAL, /* durable */
    ENGINE_FLUSH_L0,  /* durable, and the next open need not replay it */
};

struct engine_ops {
    /* Flushes nothing: what was not flushed may be lost. Frees the engine, a snapshot's or a reader's too. */
    void (*close)(struct engine *engine);

    /* PILSMER_NOT_FOUND when the key is not there. The caller releases the entry. */
    pilsmer_code (*get)(struct engine *engine, struct slice key, struct engine_entry *entry,
                        pilsmer_error *error);

    /*
     * Ascending, from the first key that is not below `from` and begins with `prefix`. The cursor sees what
     * was there when it was opened; a reader's, what was durable. After the end next goes on answering
     * PILSMER_NOT_FOUND.
     */
    pilsmer_code (*scan)(struct engine *engine, struct slice prefix, struct slice from,
                         struct engine_cursor **cursor, pilsmer_error *error);
    pilsmer_code (*next)(struct engine_cursor *cursor, struct engine_entry *entry, pilsmer_error *error);
    void (*cursor_free)(struct engine_cursor *cursor); /* takes NULL */

    /* All the rest is a writer's; readers and snapshots answer PILSMER_INVALID. */
    pilsmer_code (*put)(struct engine *engine, struct slice key, struct slice value, int64_t expires_ms,
                        pilsmer_error *error);
    pilsmer_code (*remove)(struct engine *engine, struct slice key, pilsmer_error *error);
    pilsmer_code (*flush)(struct engine *engine, enum engine_flush what, pilsmer_error *error);

    /* A read-only engine that sees what is there now, closed before this one. */
    pilsmer_code (*snapshot)(struct engine *engine, struct engine **snapshot, pilsmer_error *error);

    pilsmer_code (*begin)(struct engine *engine, struct engine_txn **txn, pilsmer_error *error);
    pilsmer_code (*txn_get)(struct engine_txn *txn, struct slice key, struct engine_entry *entry,
                            pilsmer_error *error);
    pilsmer_code (*txn_put)(struct engine_txn *txn, struct slice key, struct slice value, int64_t expires_ms,
                            pilsmer_error *error);
    pilsmer_code (*txn_commit)(struct engine_txn *txn, pilsmer_error *error); /* then still to be freed */
    void (*txn_free)(struct engine_txn *txn); /* uncommitted: changes nothing; takes NULL */

    pilsmer_code (*shape)(struct engine *engine, struct engine_shape *shape, pilsmer_error *error);

    /*
     * All that is in L0 and below, into one sorted run, awaited. What is not in L0 is left out and is no more
     * durable than before: flush to L0 first. The caller is the only coordinator.
     */
    pilsmer_code (*compact)(struct engine *engine, pilsmer_error *error);

    /* Removes files that nothing refers to and that are at least this old. */
    pilsmer_code (*collect_garbage)(struct engine *engine, uint64_t min_age_ms, pilsmer_error *error);
};

/* The head of every engine; each implementation's struct begins with it. */
struct engine {
    const struct engine_ops *ops;
};

#endif
