#include "support/fake_engine.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/limits.h"
#include "base/memory.h"
#include "support/fake_table.h"

struct fake_disk {
    pthread_mutex_t mutex;  /* over all of this, and over its engines' tables */
    pthread_cond_t changed; /* there is room again, or another writer */
    bool exists;            /* a database has been created */
    struct table *durable;
    uint64_t epoch;     /* the newest writer's */
    uint64_t wal_files; /* that L0 does not have */
    uint64_t l0_files;
    atomic_int_least64_t set_now_ms; /* 0: the wall clock */
};

enum kind { WRITER, READER, SNAPSHOT };

struct fake_engine {
    struct engine engine;
    struct fake_disk *disk;
    enum kind kind;
    struct table *newest; /* what it sees; a reader looks at what is durable instead */
    uint64_t epoch;
    uint64_t replayed_wal_files;
    uint32_t timeout_ms;
    bool unflushed;
    size_t open_txns;
};

struct engine_cursor {
    struct fake_disk *disk;
    struct table *table;
    struct slice prefix; /* lies behind this struct */
    size_t at;
};

struct engine_txn {
    struct fake_engine *engine;
    struct table *base;  /* what there was when it began */
    struct table *reads; /* only the keys */
    struct table *writes;
    bool over;
};

static struct fake_engine *fake_of(struct engine *engine)
{
    return (struct fake_engine *)engine;
}

static pilsmer_code check_key(struct slice key, pilsmer_error *error)
{
    if (key.len >= 1 && key.len <= LIMIT_KEY_BYTES)
        return PILSMER_OK;
    return error_set(error, PILSMER_INVALID, "a key of %zu bytes, not 1 to %d", key.len, LIMIT_KEY_BYTES);
}

/* ------------------------------------------------------------------------------------------------ reading */

static struct table *share_view(struct fake_engine *fake)
{
    pthread_mutex_lock(&fake->disk->mutex);
    struct table *table = table_share(fake->kind == READER ? fake->disk->durable : fake->newest);
    pthread_mutex_unlock(&fake->disk->mutex);
    return table;
}

static struct engine_bytes lend(struct record *record, size_t from, size_t len)
{
    return (struct engine_bytes){slice_of(record->bytes + from, len), record_share(record), record_release};
}

static void fill_entry(struct engine_entry *entry, struct record *record)
{
    *entry = (struct engine_entry){
        .value = lend(record, record->key_len, record->value_len),
        .expires_ms = record->expires_ms,
    };
}

static pilsmer_code find(struct fake_disk *disk, const struct table *table, struct slice key,
                         struct engine_entry *entry, pilsmer_error *error)
{
    struct record *record = table_find(table, key);
    if (!record_is_there(record, fake_disk_now_ms(disk)))
        return error_set(error, PILSMER_NOT_FOUND, "get: the key is not there");
    fill_entry(entry, record);
    return PILSMER_OK;
}

static pilsmer_code fake_get(struct engine *engine, struct slice key, struct engine_entry *entry,
                             pilsmer_error *error)
{
    pilsmer_code code = check_key(key, error);
    if (code)
        return code;
    struct table *table = share_view(fake_of(engine));
    code = find(fake_of(engine)->disk, table, key, entry, error);
    table_release(table);
    return code;
}

static pilsmer_code fake_scan(struct engine *engine, struct slice prefix, struct slice from,
                              struct engine_cursor **cursor, pilsmer_error *error)
{
    struct engine_cursor *made = memory_alloc(sizeof *made + prefix.len);
    if (!made)
        return error_no_memory(error);
    if (prefix.len)
        memcpy(made + 1, prefix.data, prefix.len);
    made->disk = fake_of(engine)->disk;
    made->table = share_view(fake_of(engine));
    made->prefix = slice_of(made + 1, prefix.len);
    made->at = table_seek(made->table, slice_compare(from, prefix) > 0 ? from : prefix);
    *cursor = made;
    return PILSMER_OK;
}

static pilsmer_code fake_next(struct engine_cursor *cursor, struct engine_entry *entry, pilsmer_error *error)
{
    int64_t now_ms = fake_disk_now_ms(cursor->disk);
    while (cursor->at < table_count(cursor->table)) {
        struct record *record = cursor->table->records[cursor->at];
        if (!slice_begins_with(fake_record_key(record), cursor->prefix))
            break;
        cursor->at++;
        if (record_is_there(record, now_ms)) {
            fill_entry(entry, record);
            entry->key = lend(record, 0, record->key_len);
            return PILSMER_OK;
        }
    }
    return error_set(error, PILSMER_NOT_FOUND, "scan: the end");
}

static void fake_cursor_free(struct engine_cursor *cursor)
{
    if (!cursor)
        return;
    table_release(cursor->table);
    memory_free(cursor);
}

/* --------------------------------------------------------------------------------- what only a writer may */

typedef pilsmer_code writer_act(struct fake_engine *fake, void *argument, pilsmer_error *error);

static pilsmer_code check_writer(const struct fake_engine *fake, pilsmer_error *error)
{
    if (fake->kind != WRITER)
        return error_set(error, PILSMER_INVALID, "write: the engine is open for reading");
    if (fake->epoch != fake->disk->epoch)
        return error_set(error, PILSMER_FENCED, "write: a newer writer has opened the database");
    return PILSMER_OK;
}

/* Every act below is called through this one: by a writer that is not fenced, and under the mutex. */
static pilsmer_code as_writer(struct engine *engine, writer_act *act, void *argument, pilsmer_error *error)
{
    struct fake_engine *fake = fake_of(engine);
    pthread_mutex_lock(&fake->disk->mutex);
    pilsmer_code code = check_writer(fake, error);
    if (!code)
        code = act(fake, argument, error);
    pthread_mutex_unlock(&fake->disk->mutex);
    return code;
}

static struct timespec monotonic_after(uint32_t milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

/* Waits while there are too many L0 files, without the mutex, so anything may have happened meanwhile. */
static pilsmer_code wait_for_room(const struct fake_engine *fake, pilsmer_error *error)
{
    struct fake_disk *disk = fake->disk;
    struct timespec deadline = monotonic_after(fake->timeout_ms);
    int waited = 0;
    while (disk->l0_files >= FAKE_L0_FILES_MAX && waited != ETIMEDOUT && fake->epoch == disk->epoch)
        waited = pthread_cond_timedwait(&disk->changed, &disk->mutex, &deadline);
    pilsmer_code code = check_writer(fake, error);
    if (code || disk->l0_files < FAKE_L0_FILES_MAX)
        return code;
    return error_set(error, PILSMER_TIMEOUT, "write: %d L0 files and no compaction in %lu ms",
                     FAKE_L0_FILES_MAX, (unsigned long)fake->timeout_ms);
}

/* Waits for room in L0 and makes room in the newest table. */
static pilsmer_code make_room(struct fake_engine *fake, size_t extra, pilsmer_error *error)
{
    pilsmer_code code = wait_for_room(fake, error);
    if (code)
        return code;
    return table_make_writable(&fake->newest, extra) ? PILSMER_OK : error_no_memory(error);
}

static pilsmer_code write_record(struct fake_engine *fake, void *record, pilsmer_error *error)
{
    pilsmer_code code = make_room(fake, 1, error);
    if (code)
        return code;
    table_set(fake->newest, record_share(record));
    fake->unflushed = true;
    return PILSMER_OK;
}

static pilsmer_code write_version(struct engine *engine, struct slice key, struct slice value,
                                  int64_t expires_ms, bool removed, pilsmer_error *error)
{
    pilsmer_code code = check_key(key, error);
    if (code)
        return code;
    struct record *record = record_create(key, value, expires_ms, removed);
    if (!record)
        return error_no_memory(error);
    code = as_writer(engine, write_record, record, error);
    record_release(record);
    return code;
}

static pilsmer_code fake_put(struct engine *engine, struct slice key, struct slice value, int64_t expires_ms,
                             pilsmer_error *error)
{
    return write_version(engine, key, value, expires_ms, false, error);
}

static pilsmer_code fake_remove(struct engine *engine, struct slice key, pilsmer_error *error)
{
    return write_version(engine, key, slice_of(NULL, 0), 0, true, error);
}

/* --------------------------------------------------------------------------------------------- durability */

static void make_durable(struct fake_engine *fake)
{
    table_replace(&fake->disk->durable, table_share(fake->newest));
    fake->unflushed = false;
}

static pilsmer_code flush_wal(struct fake_engine *fake, void *none, pilsmer_error *error)
{
    (void)none;
    (void)error;
    if (fake->unflushed) {
        make_durable(fake);
        fake->disk->wal_files++;
    }
    return PILSMER_OK;
}

static pilsmer_code flush_l0(struct fake_engine *fake, void *none, pilsmer_error *error)
{
    (void)none;
    if (!fake->unflushed && fake->disk->wal_files == 0)
        return PILSMER_OK;
    pilsmer_code code = wait_for_room(fake, error);
    if (code)
        return code;
    make_durable(fake);
    fake->disk->wal_files = 0;
    fake->disk->l0_files++;
    return PILSMER_OK;
}

static pilsmer_code fake_flush(struct engine *engine, enum engine_flush what, pilsmer_error *error)
{
    return as_writer(engine, what == ENGINE_FLUSH_WAL ? flush_wal : flush_l0, NULL, error);
}

static pilsmer_code look_at_shape(struct fake_engine *fake, void *shape, pilsmer_error *error)
{
    (void)error;
    *(struct engine_shape *)shape = (struct engine_shape){fake->replayed_wal_files, fake->disk->l0_files};
    return PILSMER_OK;
}

static pilsmer_code fake_shape(struct engine *engine, struct engine_shape *shape, pilsmer_error *error)
{
    return as_writer(engine, look_at_shape, shape, error);
}

/* Of what L0 has; what was not flushed to it yet is neither merged nor made durable by this. */
static pilsmer_code merge(struct fake_engine *fake, void *none, pilsmer_error *error)
{
    (void)none;
    if (!table_make_writable(&fake->newest, 0))
        return error_no_memory(error);
    /* An open transaction learns from a dead record that its key was written. */
    if (fake->open_txns == 0)
        table_drop_dead(fake->newest, fake_disk_now_ms(fake->disk));
    if (!fake->unflushed)
        make_durable(fake);
    fake->disk->l0_files = 0;
    pthread_cond_broadcast(&fake->disk->changed);
    return PILSMER_OK;
}

static pilsmer_code fake_compact(struct engine *engine, pilsmer_error *error)
{
    return as_writer(engine, merge, NULL, error);
}

/* There is never any: a record goes with the last table that holds it. */
static pilsmer_code find_no_garbage(struct fake_engine *fake, void *none, pilsmer_error *error)
{
    (void)fake;
    (void)none;
    (void)error;
    return PILSMER_OK;
}

static pilsmer_code fake_collect_garbage(struct engine *engine, uint64_t min_age_ms, pilsmer_error *error)
{
    (void)min_age_ms;
    return as_writer(engine, find_no_garbage, NULL, error);
}

/* ------------------------------------------------------------------------------------------- transactions */

static pilsmer_code begin(struct fake_engine *fake, void *txn, pilsmer_error *error)
{
    (void)error;
    *(struct engine_txn *)txn = (struct engine_txn){.engine = fake, .base = table_share(fake->newest)};
    fake->open_txns++;
    return PILSMER_OK;
}

static pilsmer_code fake_begin(struct engine *engine, struct engine_txn **txn, pilsmer_error *error)
{
    struct engine_txn *made = memory_alloc(sizeof *made);
    if (!made)
        return error_no_memory(error);
    pilsmer_code code = as_writer(engine, begin, made, error);
    if (code)
        memory_free(made);
    else
        *txn = made;
    return code;
}

static void fake_txn_free(struct engine_txn *txn)
{
    if (!txn)
        return;
    pthread_mutex_lock(&txn->engine->disk->mutex);
    txn->engine->open_txns--;
    pthread_mutex_unlock(&txn->engine->disk->mutex);
    table_release(txn->base);
    table_release(txn->reads);
    table_release(txn->writes);
    memory_free(txn);
}

/* Puts a record into the transaction's own `table`, of what it read or of what it writes. */
static pilsmer_code note(const struct engine_txn *txn, struct table **table, struct slice key,
                         struct slice value, int64_t expires_ms, pilsmer_error *error)
{
    if (txn->over)
        return error_set(error, PILSMER_INVALID, "the transaction is over");
    pilsmer_code code = check_key(key, error);
    if (code)
        return code;
    struct record *record = record_create(key, value, expires_ms, false);
    if (!record || !table_make_writable(table, 1)) {
        record_release(record);
        return error_no_memory(error);
    }
    table_set(*table, record);
    return PILSMER_OK;
}

static pilsmer_code fake_txn_get(struct engine_txn *txn, struct slice key, struct engine_entry *entry,
                                 pilsmer_error *error)
{
    pilsmer_code code = note(txn, &txn->reads, key, slice_of(NULL, 0), 0, error);
    if (code)
        return code;
    const struct table *table = table_find(txn->writes, key) ? txn->writes : txn->base;
    return find(txn->engine->disk, table, key, entry, error);
}

static pilsmer_code fake_txn_put(struct engine_txn *txn, struct slice key, struct slice value,
                                 int64_t expires_ms, pilsmer_error *error)
{
    return note(txn, &txn->writes, key, value, expires_ms, error);
}

/* Whether any of the keys has been written since the transaction began. */
static bool any_written(const struct engine_txn *txn, const struct table *keys)
{
    for (size_t i = 0; i < table_count(keys); i++) {
        struct slice key = fake_record_key(keys->records[i]);
        if (table_find(txn->base, key) != table_find(txn->engine->newest, key))
            return true;
    }
    return false;
}

static pilsmer_code commit(struct fake_engine *fake, void *argument, pilsmer_error *error)
{
    const struct engine_txn *txn = argument;
    size_t count = table_count(txn->writes);
    pilsmer_code code = make_room(fake, count, error);
    if (code)
        return code;
    if (any_written(txn, txn->reads) || any_written(txn, txn->writes))
        return error_set(error, PILSMER_CONFLICT, "commit: a key has been written by another");
    for (size_t i = 0; i < count; i++)
        table_set(fake->newest, record_share(txn->writes->records[i]));
    fake->unflushed |= count > 0;
    return PILSMER_OK;
}

static pilsmer_code fake_txn_commit(struct engine_txn *txn, pilsmer_error *error)
{
    if (txn->over)
        return error_set(error, PILSMER_INVALID, "the transaction is over");
    txn->over = true;
    return as_writer(&txn->engine->engine, commit, txn, error);
}

/* ------------------------------------------------------------------------------------ opening and closing */

static pilsmer_code fake_snapshot(struct engine *engine, struct engine **snapshot, pilsmer_error *error);

static void fake_close(struct engine *engine)
{
    table_release(fake_of(engine)->newest);
    memory_free(engine);
}

static const struct engine_ops fake_ops = {
    .close = fake_close,
    .get = fake_get,
    .scan = fake_scan,
    .next = fake_next,
    .cursor_free = fake_cursor_free,
    .put = fake_put,
    .remove = fake_remove,
    .flush = fake_flush,
    .snapshot = fake_snapshot,
    .begin = fake_begin,
    .txn_get = fake_txn_get,
    .txn_put = fake_txn_put,
    .txn_commit = fake_txn_commit,
    .txn_free = fake_txn_free,
    .shape = fake_shape,
    .compact = fake_compact,
    .collect_garbage = fake_collect_garbage,
};

static struct fake_engine *engine_create(struct fake_disk *disk, enum kind kind, uint32_t timeout_ms)
{
    struct fake_engine *fake = memory_alloc_zeroed(1, sizeof *fake);
    if (!fake)
        return NULL;
    fake->engine.ops = &fake_ops;
    fake->disk = disk;
    fake->kind = kind;
    fake->timeout_ms = timeout_ms;
    return fake;
}

/* Gives `made` to the caller, or frees it when making it has failed. */
static pilsmer_code hand_over(struct fake_engine *made, pilsmer_code code, struct engine **engine)
{
    if (code)
        fake_close(&made->engine);
    else
        *engine = &made->engine;
    return code;
}

static pilsmer_code take_snapshot(struct fake_engine *fake, void *snapshot, pilsmer_error *error)
{
    (void)error;
    ((struct fake_engine *)snapshot)->newest = table_share(fake->newest);
    return PILSMER_OK;
}

static pilsmer_code fake_snapshot(struct engine *engine, struct engine **snapshot, pilsmer_error *error)
{
    struct fake_engine *made = engine_create(fake_of(engine)->disk, SNAPSHOT, 0);
    if (!made)
        return error_no_memory(error);
    return hand_over(made, as_writer(engine, take_snapshot, made, error), snapshot);
}

static pilsmer_code attach(struct fake_engine *fake, bool create, pilsmer_error *error)
{
    struct fake_disk *disk = fake->disk;
    if (!disk->exists && !(create && fake->kind == WRITER))
        return error_set(error, PILSMER_NOT_A_STORE, "open: there is no database");
    disk->exists = true;
    if (fake->kind == WRITER) {
        fake->epoch = ++disk->epoch;
        fake->newest = table_share(disk->durable);
        fake->replayed_wal_files = disk->wal_files;
        pthread_cond_broadcast(&disk->changed);
    }
    return PILSMER_OK;
}

pilsmer_code fake_open(struct fake_disk *disk, enum fake_mode mode, bool create, uint32_t timeout_ms,
                       struct engine **engine, pilsmer_error *error)
{
    struct fake_engine *made = engine_create(disk, mode == FAKE_WRITER ? WRITER : READER, timeout_ms);
    if (!made)
        return error_no_memory(error);
    pthread_mutex_lock(&disk->mutex);
    pilsmer_code code = attach(made, create, error);
    pthread_mutex_unlock(&disk->mutex);
    return hand_over(made, code, engine);
}

/* ----------------------------------------------------------------------------------------------- the disk */

struct fake_disk *fake_disk_create(void)
{
    struct fake_disk *disk = memory_alloc_zeroed(1, sizeof *disk);
    if (!disk)
        return NULL;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&disk->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&disk->mutex, NULL);
    return disk;
}

void fake_disk_destroy(struct fake_disk *disk)
{
    if (!disk)
        return;
    table_release(disk->durable);
    pthread_cond_destroy(&disk->changed);
    pthread_mutex_destroy(&disk->mutex);
    memory_free(disk);
}

int64_t fake_disk_now_ms(struct fake_disk *disk)
{
    int64_t set_now_ms = atomic_load(&disk->set_now_ms);
    if (set_now_ms)
        return set_now_ms;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void fake_disk_set_now_ms(struct fake_disk *disk, int64_t now_ms)
{
    atomic_store(&disk->set_now_ms, now_ms);
}

void fake_disk_crash(struct fake_disk *disk)
{
    pthread_mutex_lock(&disk->mutex);
    disk->epoch++;
    pthread_cond_broadcast(&disk->changed);
    pthread_mutex_unlock(&disk->mutex);
}
