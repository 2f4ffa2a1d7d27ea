#include "engine/slate.h"

#include "base/limits.h"
#include "base/memory.h"

#include <slatedb.h>
#include <stdio.h>

/* What is opened: a database to write, a database to read, or a snapshot of the first. */
struct slate {
    struct engine engine;
    char *url;
    uint32_t timeout_ms;
    slatedb_db *db;
    slatedb_reader *reader;
    slatedb_snapshot *snapshot;
};

struct engine_cursor {
    slatedb_iterator *iterator;
    const struct slate *reader; /* whose scan it is; NULL when no file can vanish under it */
    slatedb_reader *reopened;   /* to go on with, when one did */
    struct buffer prefix;
    struct buffer last_key; /* that was returned */
};

struct engine_txn {
    slatedb_transaction *transaction;
};

static pilsmer_code code_of(slatedb_code code)
{
    switch (code) {
    case SLATEDB_OK:
        return PILSMER_OK;
    case SLATEDB_NOT_FOUND:
        return PILSMER_NOT_FOUND;
    case SLATEDB_INVALID:
        return PILSMER_INVALID;
    case SLATEDB_CONFLICT:
        return PILSMER_CONFLICT;
    case SLATEDB_FENCED:
        return PILSMER_FENCED;
    case SLATEDB_UNAVAILABLE:
    case SLATEDB_CLOSED: /* by an earlier failure: nothing is called after a close */
        return PILSMER_IO;
    case SLATEDB_TIMEOUT:
        return PILSMER_TIMEOUT;
    case SLATEDB_DATA:
        return PILSMER_DAMAGED;
    case SLATEDB_NO_DATABASE:
        return PILSMER_NOT_A_STORE;
    case SLATEDB_DATABASE_EXISTS:
        return PILSMER_STORE_EXISTS;
    case SLATEDB_PANIC:
    case SLATEDB_INTERNAL:
        break;
    }
    return PILSMER_INTERNAL;
}

static pilsmer_code outcome(slatedb_code code, const slatedb_error *found, pilsmer_error *error)
{
    return code == SLATEDB_OK ? PILSMER_OK : error_set(error, code_of(code), "%s", found->message);
}

/*
 * Of reading and opening. The engine panics at some kinds of damaged files, and at some failures of the
 * system, where it answers others with a code; the system's are told by what Rust says of an errno: "(os
 * error N)", or "Os { code".
 */
static pilsmer_code read_outcome(slatedb_code code, const slatedb_error *found, pilsmer_error *error)
{
    if (code != SLATEDB_PANIC && code != SLATEDB_INTERNAL)
        return outcome(code, found, error);
    return strstr(found->message, "(os error ") || strstr(found->message, "Os { code")
               ? error_set(error, PILSMER_IO, "%s", found->message)
               : error_set(error, PILSMER_DAMAGED, "the engine stopped at what it read: %s", found->message);
}

static slatedb_slice lend(struct slice bytes)
{
    return (slatedb_slice){bytes.data, bytes.len};
}

static void release_owner(void *owner)
{
    slatedb_bytes bytes = {.owner = owner};
    slatedb_bytes_release(&bytes);
}

static struct engine_bytes adopt_bytes(slatedb_bytes bytes)
{
    return (struct engine_bytes){slice_of(bytes.data, bytes.len), bytes.owner, release_owner};
}

static void adopt(const slatedb_entry *from, struct engine_entry *entry)
{
    *entry = (struct engine_entry){adopt_bytes(from->key), adopt_bytes(from->value), from->expires_ms};
}

static struct slate *slate_of(struct engine *engine)
{
    return (struct slate *)engine; /* its first member */
}

static pilsmer_code refuse_reader(pilsmer_error *error)
{
    return error_set(error, PILSMER_INVALID, "opened for reading only");
}

#define SETTINGS_BYTES 384

static const char *settings_of(uint32_t timeout_ms, const char *more, char text[SETTINGS_BYTES])
{
    snprintf(text, SETTINGS_BYTES, "{\"timeout_ms\": %u%s}", timeout_ms, more);
    return text;
}

/* A reader of the latest state; its opening too can meet a file that has just been removed. */
#define READER_OPENINGS_MAX 5

static slatedb_code open_reader(const struct slate *slate, slatedb_reader **reader, slatedb_error *trouble)
{
    char settings[SETTINGS_BYTES];
    slatedb_code code = SLATEDB_DATA;
    settings_of(slate->timeout_ms, "", settings);
    for (int i = 0; i < READER_OPENINGS_MAX && code == SLATEDB_DATA; i++)
        code = slatedb_reader_open(slate->url, settings, reader, trouble);
    return code;
}

static void slate_close(struct engine *engine)
{
    struct slate *slate = slate_of(engine);
    slatedb_snapshot_destroy(slate->snapshot);
    slatedb_reader_destroy(slate->reader);
    slatedb_db_destroy(slate->db);
    memory_free(slate->url);
    memory_free(slate);
}

/*
 * A reader follows the latest state without holding it: garbage collection elsewhere may remove a file that
 * it is about to read, which looks like damage. So it opens again, once; what is damaged still is.
 */
static slatedb_code reader_get(const struct slate *slate, struct slice key, slatedb_entry *found,
                               slatedb_error *trouble)
{
    slatedb_reader *reopened = NULL;
    slatedb_code code = slatedb_reader_get(slate->reader, lend(key), found, trouble);
    if (code != SLATEDB_DATA)
        return code;
    code = open_reader(slate, &reopened, trouble);
    if (code == SLATEDB_OK)
        code = slatedb_reader_get(reopened, lend(key), found, trouble);
    slatedb_reader_destroy(reopened);
    return code;
}

static pilsmer_code slate_get(struct engine *engine, struct slice key, struct engine_entry *entry,
                              pilsmer_error *error)
{
    const struct slate *slate = slate_of(engine);
    slatedb_entry found;
    slatedb_error trouble;
    slatedb_code code = slate->db         ? slatedb_get(slate->db, lend(key), &found, &trouble)
                        : slate->snapshot ? slatedb_snapshot_get(slate->snapshot, lend(key), &found, &trouble)
                                          : reader_get(slate, key, &found, &trouble);
    if (code == SLATEDB_OK)
        adopt(&found, entry);
    return read_outcome(code, &trouble, error);
}

static void slate_cursor_free(struct engine_cursor *cursor)
{
    if (!cursor)
        return;
    slatedb_iterator_destroy(cursor->iterator);
    slatedb_reader_destroy(cursor->reopened);
    buffer_free(&cursor->prefix);
    buffer_free(&cursor->last_key);
    memory_free(cursor);
}

static struct engine_cursor *new_cursor(const struct slate *slate, struct slice prefix)
{
    struct engine_cursor *cursor = memory_alloc_zeroed(1, sizeof *cursor);
    if (!cursor)
        return NULL;
    cursor->prefix = buffer_with_max(prefix.len);
    cursor->last_key = buffer_with_max(LIMIT_KEY_BYTES + 1);
    if (slate->reader) {
        cursor->reader = slate;
        buffer_put(&cursor->prefix, prefix.data, prefix.len);
    }
    if (cursor->prefix.trouble) {
        slate_cursor_free(cursor);
        return NULL;
    }
    return cursor;
}

static slatedb_code begin_scan(const struct slate *slate, struct slice prefix, struct slice from,
                               slatedb_iterator **it, slatedb_error *trouble)
{
    return slate->db         ? slatedb_scan(slate->db, lend(from), lend(prefix), it, trouble)
           : slate->snapshot ? slatedb_snapshot_scan(slate->snapshot, lend(from), lend(prefix), it, trouble)
                             : slatedb_reader_scan(slate->reader, lend(from), lend(prefix), it, trouble);
}

/* Goes on behind the last key, in the state of now. */
static slatedb_code scan_again(struct engine_cursor *cursor, slatedb_error *trouble)
{
    struct slice from = buffer_slice(&cursor->last_key);
    slatedb_iterator_destroy(cursor->iterator);
    slatedb_reader_destroy(cursor->reopened);
    cursor->iterator = NULL;
    cursor->reopened = NULL;
    slatedb_code code = open_reader(cursor->reader, &cursor->reopened, trouble);
    if (code == SLATEDB_OK)
        code = slatedb_reader_scan(cursor->reopened, lend(from), lend(buffer_slice(&cursor->prefix)),
                                   &cursor->iterator, trouble);
    return code;
}

static pilsmer_code slate_scan(struct engine *engine, struct slice prefix, struct slice from,
                               struct engine_cursor **cursor, pilsmer_error *error)
{
    const struct slate *slate = slate_of(engine);
    slatedb_error trouble;
    struct engine_cursor *opened = new_cursor(slate, prefix);
    if (!opened)
        return error_no_memory(error);
    slatedb_code code = begin_scan(slate, prefix, from, &opened->iterator, &trouble);
    if (code == SLATEDB_DATA && opened->reader) {
        buffer_put(&opened->last_key, from.data, from.len);
        code = scan_again(opened, &trouble);
    }
    if (code == SLATEDB_OK)
        *cursor = opened;
    else
        slate_cursor_free(opened);
    return read_outcome(code, &trouble, error);
}

/* The least key behind the one that is returned: that one and a zero byte. */
static void remember_key(struct engine_cursor *cursor, const slatedb_bytes *key)
{
    cursor->last_key.len = 0;
    buffer_put(&cursor->last_key, key->data, key->len);
    buffer_put_u8(&cursor->last_key, 0);
}

static pilsmer_code slate_next(struct engine_cursor *cursor, struct engine_entry *entry, pilsmer_error *error)
{
    slatedb_entry found;
    slatedb_error trouble;
    slatedb_code code = slatedb_iterator_next(cursor->iterator, &found, &trouble);
    if (code == SLATEDB_DATA && cursor->reader && !cursor->last_key.trouble) {
        code = scan_again(cursor, &trouble);
        if (code == SLATEDB_OK)
            code = slatedb_iterator_next(cursor->iterator, &found, &trouble);
    }
    if (code == SLATEDB_OK) {
        if (cursor->reader)
            remember_key(cursor, &found.key);
        adopt(&found, entry);
    }
    return read_outcome(code, &trouble, error);
}

static pilsmer_code slate_put(struct engine *engine, struct slice key, struct slice value, int64_t expires_ms,
                              pilsmer_error *error)
{
    slatedb_error trouble;
    slatedb_db *db = slate_of(engine)->db;
    return db ? outcome(slatedb_put(db, lend(key), lend(value), expires_ms, &trouble), &trouble, error)
              : refuse_reader(error);
}

static pilsmer_code slate_remove(struct engine *engine, struct slice key, pilsmer_error *error)
{
    slatedb_error trouble;
    slatedb_db *db = slate_of(engine)->db;
    return db ? outcome(slatedb_delete(db, lend(key), &trouble), &trouble, error) : refuse_reader(error);
}

static pilsmer_code slate_flush(struct engine *engine, enum engine_flush what, pilsmer_error *error)
{
    slatedb_error trouble;
    slatedb_db *db = slate_of(engine)->db;
    slatedb_flush_kind kind = what == ENGINE_FLUSH_L0 ? SLATEDB_FLUSH_MEMTABLE : SLATEDB_FLUSH_WAL;
    return db ? outcome(slatedb_flush(db, kind, &trouble), &trouble, error) : refuse_reader(error);
}

static pilsmer_code slate_begin(struct engine *engine, struct engine_txn **txn, pilsmer_error *error)
{
    slatedb_error trouble;
    const slatedb_db *db = slate_of(engine)->db;
    if (!db)
        return refuse_reader(error);
    struct engine_txn *begun = memory_alloc_zeroed(1, sizeof *begun);
    if (!begun)
        return error_no_memory(error);
    slatedb_code code = slatedb_transaction_begin(db, SLATEDB_SNAPSHOT, &begun->transaction, &trouble);
    if (code == SLATEDB_OK)
        *txn = begun;
    else
        memory_free(begun);
    return outcome(code, &trouble, error);
}

static pilsmer_code slate_txn_get(struct engine_txn *txn, struct slice key, struct engine_entry *entry,
                                  pilsmer_error *error)
{
    slatedb_entry found;
    slatedb_error trouble;
    slatedb_code code = slatedb_transaction_get(txn->transaction, lend(key), &found, &trouble);
    if (code == SLATEDB_OK)
        adopt(&found, entry);
    return read_outcome(code, &trouble, error);
}

static pilsmer_code slate_txn_put(struct engine_txn *txn, struct slice key, struct slice value,
                                  int64_t expires_ms, pilsmer_error *error)
{
    slatedb_error trouble;
    return outcome(slatedb_transaction_put(txn->transaction, lend(key), lend(value), expires_ms, &trouble),
                   &trouble, error);
}

static pilsmer_code slate_txn_commit(struct engine_txn *txn, pilsmer_error *error)
{
    slatedb_error trouble;
    return outcome(slatedb_transaction_commit(txn->transaction, &trouble), &trouble, error);
}

static void slate_txn_free(struct engine_txn *txn)
{
    if (!txn)
        return;
    slatedb_transaction_destroy(txn->transaction);
    memory_free(txn);
}

static pilsmer_code slate_shape(struct engine *engine, struct engine_shape *shape, pilsmer_error *error)
{
    slatedb_shape_info info;
    slatedb_error trouble;
    const slatedb_db *db = slate_of(engine)->db;
    if (!db)
        return refuse_reader(error);
    slatedb_code code = slatedb_shape(db, &info, &trouble);
    if (code == SLATEDB_OK)
        *shape = (struct engine_shape){info.wal_files_replayed, info.l0_files};
    return outcome(code, &trouble, error);
}

/* What a compaction has replaced stays for a while, for whoever reads it; the engine's 15 minutes would pile
 * up. */
#define SHORT_CHECKPOINTS ", \"engine\": {\"compactor_options\": {\"checkpoint_lifetime\": \"10s\"}}"

static pilsmer_code slate_compact(struct engine *engine, pilsmer_error *error)
{
    char settings[SETTINGS_BYTES];
    slatedb_error trouble;
    const struct slate *slate = slate_of(engine);
    if (!slate->db)
        return refuse_reader(error);
    settings_of(slate->timeout_ms, SHORT_CHECKPOINTS, settings);
    return outcome(slatedb_compact(slate->url, settings, &trouble), &trouble, error);
}

static pilsmer_code slate_collect_garbage(struct engine *engine, uint64_t min_age_ms, pilsmer_error *error)
{
    char settings[SETTINGS_BYTES];
    slatedb_error trouble;
    const struct slate *slate = slate_of(engine);
    if (!slate->db)
        return refuse_reader(error);
    return outcome(slatedb_gc(slate->url, settings_of(slate->timeout_ms, "", settings), min_age_ms, &trouble),
                   &trouble, error);
}

static pilsmer_code slate_snapshot(struct engine *engine, struct engine **snapshot, pilsmer_error *error);

static const struct engine_ops slate_ops = {
    .close = slate_close,
    .get = slate_get,
    .scan = slate_scan,
    .next = slate_next,
    .cursor_free = slate_cursor_free,
    .put = slate_put,
    .remove = slate_remove,
    .flush = slate_flush,
    .snapshot = slate_snapshot,
    .begin = slate_begin,
    .txn_get = slate_txn_get,
    .txn_put = slate_txn_put,
    .txn_commit = slate_txn_commit,
    .txn_free = slate_txn_free,
    .shape = slate_shape,
    .compact = slate_compact,
    .collect_garbage = slate_collect_garbage,
};

static struct slate *new_slate(const char *url, uint32_t timeout_ms, pilsmer_error *error)
{
    struct slate *slate = memory_alloc_zeroed(1, sizeof *slate);
    char *copy = slate ? memory_copy_text(url) : NULL;
    if (!copy) {
        memory_free(slate);
        error_no_memory(error);
        return NULL;
    }
    slate->engine.ops = &slate_ops;
    slate->url = copy;
    slate->timeout_ms = timeout_ms;
    return slate;
}

static pilsmer_code slate_snapshot(struct engine *engine, struct engine **snapshot, pilsmer_error *error)
{
    const struct slate *slate = slate_of(engine);
    slatedb_error trouble;
    if (!slate->db)
        return refuse_reader(error);
    struct slate *taken = new_slate(slate->url, slate->timeout_ms, error);
    if (!taken)
        return PILSMER_NO_MEMORY;
    slatedb_code code = slatedb_snapshot_new(slate->db, &taken->snapshot, &trouble);
    if (code == SLATEDB_OK)
        *snapshot = &taken->engine;
    else
        slate_close(&taken->engine);
    return outcome(code, &trouble, error);
}

/* A writer that has filled L0 waits for three polls in turn; at the engine's own 5 seconds a put took 8. */
#define COMPACTING                                                                                           \
    ", \"compactor\": true, \"gc\": true, \"engine\": {\"manifest_poll_interval\": \"500ms\", "              \
    "\"compactor_options\": {\"poll_interval\": \"500ms\", \"worker\": {\"compactions_poll_interval\": "     \
    "\"500ms\"}}}"

static slatedb_code open_database(struct slate *slate, const struct slate_options *options,
                                  slatedb_error *trouble)
{
    char settings[SETTINGS_BYTES];
    char more[SETTINGS_BYTES - 64];
    if (options->mode == SLATE_READER)
        return open_reader(slate, &slate->reader, trouble);
    snprintf(more, sizeof more, ", \"create_if_missing\": %s%s", options->create ? "true" : "false",
             options->mode == SLATE_WRITER ? COMPACTING : "");
    return slatedb_open(slate->url, settings_of(options->timeout_ms, more, settings), &slate->db, trouble);
}

pilsmer_code slate_open(const char *url, const struct slate_options *options, struct engine **engine,
                        pilsmer_error *error)
{
    slatedb_error trouble;
    struct slate *slate = new_slate(url, options->timeout_ms, error);
    if (!slate)
        return PILSMER_NO_MEMORY;
    slatedb_code code = open_database(slate, options, &trouble);
    if (code == SLATEDB_OK)
        *engine = &slate->engine;
    else
        slate_close(&slate->engine);
    return read_outcome(code, &trouble, error);
}

pilsmer_code slate_probe(const char *url, uint32_t timeout_ms, pilsmer_error *error)
{
    char settings[SETTINGS_BYTES];
    slatedb_error trouble;
    return outcome(slatedb_probe(url, settings_of(timeout_ms, "", settings), &trouble), &trouble, error);
}
