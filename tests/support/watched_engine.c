#include "support/watched_engine.h"

#include "base/memory.h"

struct watched {
    struct engine engine;
    struct engine *inner;
    struct watch *watch;
};

struct engine_cursor {
    struct engine_cursor *inner;
    const struct watched *watched;
};

struct engine_txn {
    struct engine_txn *inner;
    const struct watched *watched;
};

static const struct watched *watched_of(const struct engine *engine)
{
    return (const struct watched *)engine; /* its first member */
}

static const struct engine_ops *ops_of(const struct watched *watched)
{
    return watched->inner->ops;
}

static pilsmer_code ask(const struct watched *watched, enum watched_call call, pilsmer_error *error)
{
    struct watch *watch = watched->watch;
    atomic_fetch_add(&watch->counts[call], 1);
    pilsmer_code code = watch->answers[call];
    if (!code && watch->before)
        code = watch->before(watch, call);
    return code ? error_set(error, code, "as the test says") : PILSMER_OK;
}

static void watched_close(struct engine *engine)
{
    const struct watched *watched = watched_of(engine);
    (void)ask(watched, WATCHED_CLOSE, NULL);
    ops_of(watched)->close(watched->inner);
    memory_free(engine);
}

static pilsmer_code watched_get(struct engine *engine, struct slice key, struct engine_entry *entry,
                                pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    pilsmer_code code = ask(watched, WATCHED_GET, error);
    return code ? code : ops_of(watched)->get(watched->inner, key, entry, error);
}

static pilsmer_code watched_scan(struct engine *engine, struct slice prefix, struct slice from,
                                 struct engine_cursor **cursor, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    pilsmer_code code = ask(watched, WATCHED_SCAN, error);
    if (code)
        return code;
    struct engine_cursor *made = memory_alloc_zeroed(1, sizeof *made);
    if (!made)
        return error_no_memory(error);
    made->watched = watched;
    code = ops_of(watched)->scan(watched->inner, prefix, from, &made->inner, error);
    if (code)
        memory_free(made);
    else
        *cursor = made;
    return code;
}

static pilsmer_code watched_next(struct engine_cursor *cursor, struct engine_entry *entry,
                                 pilsmer_error *error)
{
    pilsmer_code code = ask(cursor->watched, WATCHED_NEXT, error);
    return code ? code : ops_of(cursor->watched)->next(cursor->inner, entry, error);
}

static void watched_cursor_free(struct engine_cursor *cursor)
{
    if (!cursor)
        return;
    ops_of(cursor->watched)->cursor_free(cursor->inner);
    memory_free(cursor);
}

static pilsmer_code watched_put(struct engine *engine, struct slice key, struct slice value,
                                int64_t expires_ms, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    pilsmer_code code = ask(watched, WATCHED_PUT, error);
    return code ? code : ops_of(watched)->put(watched->inner, key, value, expires_ms, error);
}

static pilsmer_code watched_remove(struct engine *engine, struct slice key, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    pilsmer_code code = ask(watched, WATCHED_REMOVE, error);
    return code ? code : ops_of(watched)->remove(watched->inner, key, error);
}

static pilsmer_code watched_flush(struct engine *engine, enum engine_flush what, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    enum watched_call call = what == ENGINE_FLUSH_WAL ? WATCHED_FLUSH_WAL : WATCHED_FLUSH_L0;
    pilsmer_code code = ask(watched, call, error);
    return code ? code : ops_of(watched)->flush(watched->inner, what, error);
}

static pilsmer_code watched_snapshot(struct engine *engine, struct engine **snapshot, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    return ops_of(watched)->snapshot(watched->inner, snapshot, error);
}

static pilsmer_code watched_begin(struct engine *engine, struct engine_txn **txn, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    pilsmer_code code = ask(watched, WATCHED_BEGIN, error);
    if (code)
        return code;
    struct engine_txn *made = memory_alloc_zeroed(1, sizeof *made);
    if (!made)
        return error_no_memory(error);
    made->watched = watched;
    code = ops_of(watched)->begin(watched->inner, &made->inner, error);
    if (code)
        memory_free(made);
    else
        *txn = made;
    return code;
}

static pilsmer_code watched_txn_get(struct engine_txn *txn, struct slice key, struct engine_entry *entry,
                                    pilsmer_error *error)
{
    pilsmer_code code = ask(txn->watched, WATCHED_TXN_GET, error);
    return code ? code : ops_of(txn->watched)->txn_get(txn->inner, key, entry, error);
}

static pilsmer_code watched_txn_put(struct engine_txn *txn, struct slice key, struct slice value,
                                    int64_t expires_ms, pilsmer_error *error)
{
    pilsmer_code code = ask(txn->watched, WATCHED_TXN_PUT, error);
    return code ? code : ops_of(txn->watched)->txn_put(txn->inner, key, value, expires_ms, error);
}

static pilsmer_code watched_txn_commit(struct engine_txn *txn, pilsmer_error *error)
{
    pilsmer_code code = ask(txn->watched, WATCHED_TXN_COMMIT, error);
    return code ? code : ops_of(txn->watched)->txn_commit(txn->inner, error);
}

static void watched_txn_free(struct engine_txn *txn)
{
    if (!txn)
        return;
    ops_of(txn->watched)->txn_free(txn->inner);
    memory_free(txn);
}

static pilsmer_code watched_shape(struct engine *engine, struct engine_shape *shape, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    pilsmer_code code = ask(watched, WATCHED_SHAPE, error);
    if (code || !watched->watch->has_shape)
        return code ? code : ops_of(watched)->shape(watched->inner, shape, error);
    *shape = watched->watch->shape;
    return PILSMER_OK;
}

static pilsmer_code watched_compact(struct engine *engine, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    pilsmer_code code = ask(watched, WATCHED_COMPACT, error);
    return code ? code : ops_of(watched)->compact(watched->inner, error);
}

static pilsmer_code watched_collect_garbage(struct engine *engine, uint64_t min_age_ms, pilsmer_error *error)
{
    const struct watched *watched = watched_of(engine);
    watched->watch->garbage_age_ms = min_age_ms;
    pilsmer_code code = ask(watched, WATCHED_COLLECT_GARBAGE, error);
    return code ? code : ops_of(watched)->collect_garbage(watched->inner, min_age_ms, error);
}

static const struct engine_ops watched_ops = {
    .close = watched_close,
    .get = watched_get,
    .scan = watched_scan,
    .next = watched_next,
    .cursor_free = watched_cursor_free,
    .put = watched_put,
    .remove = watched_remove,
    .flush = watched_flush,
    .snapshot = watched_snapshot,
    .begin = watched_begin,
    .txn_get = watched_txn_get,
    .txn_put = watched_txn_put,
    .txn_commit = watched_txn_commit,
    .txn_free = watched_txn_free,
    .shape = watched_shape,
    .compact = watched_compact,
    .collect_garbage = watched_collect_garbage,
};

struct engine *watched_engine(struct engine *inner, struct watch *watch)
{
    struct watched *watched = memory_alloc(sizeof *watched);
    if (!watched) {
        inner->ops->close(inner);
        return NULL;
    }
    *watched = (struct watched){{&watched_ops}, inner, watch};
    watch->inner = inner;
    return &watched->engine;
}
