#include <pthread.h>

#include "base/clock.h"
#include "engine/act.h"

/* ------------------------------------------------------------------------------------------------ fencing */

/* A put may return before the engine has noticed; the flush after it can not. */
static pilsmer_code put_and_flush(struct engine *engine, const char *key, enum engine_flush what)
{
    pilsmer_code code = act_try_put(engine, key, "v");
    return code ? code : act_try_flush(engine, what);
}

static void a_second_writer_fences_the_first_for_good(void **state)
{
    struct engine *old = act_open_writer(*state);
    struct engine_txn *txn = act_begin(old);
    act_txn_put(old, txn, "lost", "v");
    act_open_writer(*state);
    check_code(PILSMER_FENCED, put_and_flush(old, "lost", ENGINE_FLUSH_WAL));
    for (int i = 0; i < 3; i++) {
        check_code(PILSMER_FENCED, act_try_put(old, "lost", "v"));
        check_code(PILSMER_FENCED, act_try_remove(old, "kept"));
        check_code(PILSMER_FENCED, act_try_flush(old, ENGINE_FLUSH_WAL));
        check_code(PILSMER_FENCED, act_try_flush(old, ENGINE_FLUSH_L0));
    }
    act_expect_commit(old, txn, PILSMER_FENCED);
}

static void a_fenced_writer_finds_out_by_an_l0_flush_too(void **state)
{
    struct engine *old = act_open_writer(*state);
    act_open_writer(*state);
    check_code(PILSMER_FENCED, put_and_flush(old, "lost", ENGINE_FLUSH_L0));
}

static void what_was_flushed_before_the_fence_is_kept(void **state)
{
    struct engine *old = act_open_writer(*state);
    act_put(old, "kept", "1");
    act_flush(old, ENGINE_FLUSH_WAL);
    struct engine *new = act_open_writer(*state);
    act_expect_all(new, "kept=1 ");
    check_code(PILSMER_FENCED, put_and_flush(old, "lost", ENGINE_FLUSH_WAL));
    act_put(new, "new", "2");
    act_flush(new, ENGINE_FLUSH_WAL);
    act_close(*state, old);
    act_put(new, "newer", "3");
    act_flush(new, ENGINE_FLUSH_L0);
    act_expect_all(act_reopen(*state, new), "kept=1 new=2 newer=3 ");
}

/* ------------------------------------------------------------------------------------------ what survives */

/* True when the last of the unflushed writes, a transaction's two keys, is there. */
static bool has_both_or_neither(struct engine *engine)
{
    struct engine_entry x = {0}, y = {0};
    pilsmer_code code = act_try_get(engine, "x", &x);
    check_code(code, act_try_get(engine, "y", &y));
    engine_entry_release(&x);
    engine_entry_release(&y);
    return code == PILSMER_OK;
}

static void without_a_flush_a_write_is_there_or_not_but_never_half(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "flushed", "1");
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_put(engine, "unflushed", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_put(engine, txn, "x", "1");
    act_txn_put(engine, txn, "y", "1");
    act_expect_commit(engine, txn, PILSMER_OK);

    engine = act_reopen(*state, engine);
    act_expect(engine, "flushed", "1");
    if (has_both_or_neither(engine))
        act_expect(engine, "unflushed", "1"); /* being older */
}

static void survive(struct fixture *f, enum engine_flush what)
{
    struct engine *engine = act_open_writer(f);
    act_put_numbered(engine, 0, 200);
    act_flush(engine, what);
    engine = act_reopen(f, engine);
    act_expect_numbered(engine, 0, 200);
}

static void what_was_flushed_to_the_wal_is_there_after_reopening(void **state)
{
    survive(*state, ENGINE_FLUSH_WAL);
}

static void what_was_flushed_to_l0_is_there_after_reopening(void **state)
{
    survive(*state, ENGINE_FLUSH_L0);
}

static void a_remove_survives_reopening(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    act_put(engine, "b", "2");
    act_flush(engine, ENGINE_FLUSH_L0);
    check_ok(act_try_remove(engine, "a"));
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_expect_all(act_reopen(*state, engine), "b=2 ");
}

static void flushing_nothing_succeeds(void **state)
{
    struct engine *engine = act_open_writer(*state);
    for (int i = 0; i < 3; i++) {
        act_flush(engine, ENGINE_FLUSH_WAL);
        act_flush(engine, ENGINE_FLUSH_L0);
    }
}

static void brief_writers_never_stall_and_their_wal_files_are_counted(void **state)
{
    enum { WRITERS = 40 };
    struct engine *engine = act_open_writer(*state);
    uint64_t replayed = act_shape_of(engine).replayed_wal_files;
    for (unsigned i = 0; i < WRITERS; i++) {
        act_put_numbered(engine, i, i + 1);
        act_flush(engine, ENGINE_FLUSH_WAL);
        engine = act_reopen(*state, engine);
        assert_true(act_shape_of(engine).replayed_wal_files > replayed);
        replayed = act_shape_of(engine).replayed_wal_files;
    }
    assert_true(replayed >= WRITERS);
    act_put_numbered(engine, WRITERS, WRITERS + 1);
    act_flush(engine, ENGINE_FLUSH_L0);
    engine = act_reopen(*state, engine);
    assert_true(act_shape_of(engine).replayed_wal_files < WRITERS / 4);
    act_expect_numbered(engine, 0, WRITERS + 1);
}

/* --------------------------------------------------------------------------------------------- compaction */

/* Puts and flushes to L0 until that stalls: how many were acknowledged. */
static unsigned fill_l0(struct fixture *f)
{
    enum { ROUNDS_MAX = 64 };
    struct engine *engine = act_open_writer_for(f, f->harness->stall_timeout_ms);
    pilsmer_code code = PILSMER_OK;
    unsigned acknowledged = 0;
    while (!code && acknowledged < ROUNDS_MAX) {
        code = act_try_put_numbered(engine, acknowledged);
        if (!code)
            code = act_try_flush(engine, ENGINE_FLUSH_L0);
        if (!code)
            acknowledged++;
    }
    check_code(PILSMER_TIMEOUT, code);
    act_close(f, engine);
    return acknowledged;
}

static void too_many_l0_files_stall_the_writer_until_it_compacts(void **state)
{
    unsigned acknowledged = fill_l0(*state);
    assert_true(acknowledged >= 4);
    struct engine *engine = act_open_writer(*state);
    assert_true(act_shape_of(engine).l0_files >= 4);
    act_compact(engine);
    act_put_numbered(engine, acknowledged, acknowledged + 1);
    act_flush(engine, ENGINE_FLUSH_L0);
    act_expect_numbered(engine, 0, acknowledged + 1);
    engine = act_reopen(*state, engine);
    assert_int_equal(act_shape_of(engine).l0_files, 1);
    act_expect_numbered(engine, 0, acknowledged + 1);
}

struct compaction {
    pthread_t thread;
    struct engine *engine;
    pilsmer_code code;
    pilsmer_error error;
};

static void *compact_elsewhere(void *argument)
{
    struct compaction *compaction = argument;
    clock_sleep_ms(50); /* so that the writer is waiting */
    compaction->code = compaction->engine->ops->compact(compaction->engine, &compaction->error);
    return NULL;
}

static void a_stalled_writer_goes_on_when_another_thread_compacts(void **state)
{
    unsigned acknowledged = fill_l0(*state);
    struct compaction compaction = {.engine = act_open_writer(*state)};
    assert_int_equal(pthread_create(&compaction.thread, NULL, compact_elsewhere, &compaction), 0);
    pilsmer_code code = act_try_put_numbered(compaction.engine, acknowledged);
    if (!code)
        code = act_try_flush(compaction.engine, ENGINE_FLUSH_L0);
    pthread_join(compaction.thread, NULL);
    check_ok(code);
    check_error = compaction.error;
    check_ok(compaction.code);
    act_expect_numbered(compaction.engine, 0, acknowledged + 1);
}

static void compaction_keeps_every_entry_expiry_and_order(void **state)
{
    struct engine *engine = act_open_writer(*state);
    int64_t expires_ms = act_in(*state, ACT_HOUR_MS);
    act_put(engine, "c", "replaced");
    act_put_expiring(engine, "b", "2", expires_ms);
    act_flush(engine, ENGINE_FLUSH_L0);
    act_put(engine, "d", "removed");
    act_put(engine, "c", "3");
    act_flush(engine, ENGINE_FLUSH_L0);
    check_ok(act_try_remove(engine, "d"));
    act_put(engine, "a", "1");
    act_flush(engine, ENGINE_FLUSH_WAL);
    for (int i = 0; i < 2; i++) {
        act_compact(engine);
        act_expect_all(engine, "a=1 b=2 c=3 ");
        assert_int_equal(act_expiry_of(engine, "b"), expires_ms);
        assert_int_equal(act_expiry_of(engine, "a"), 0);
    }
    engine = act_reopen(*state, engine);
    act_expect_all(engine, "a=1 b=2 c=3 ");
    assert_int_equal(act_expiry_of(engine, "b"), expires_ms);
}

static void an_empty_database_can_be_compacted(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_compact(engine);
    act_collect_garbage(engine);
    act_expect_all(engine, "");
}

static void collecting_garbage_keeps_what_is_in_use(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put_numbered(engine, 0, 100);
    act_flush(engine, ENGINE_FLUSH_L0);
    act_put_numbered(engine, 50, 150);
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_compact(engine);
    act_put_numbered(engine, 150, 200);
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_collect_garbage(engine);
    act_expect_numbered(engine, 0, 200);
    act_put_numbered(engine, 200, 201);
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_expect_numbered(act_reopen(*state, engine), 0, 201);
}

/* ------------------------------------------------------------------------------------------------ threads */

enum { WORKERS = 8, KEYS_PER_WORKER = 50 };

struct worker {
    pthread_t thread;
    struct engine *engine;
    unsigned first;
    pilsmer_code code;
    pilsmer_error error;
};

/* Assertions belong to the main thread, so a worker only brings back what went wrong. */
static pilsmer_code put_and_get(struct worker *worker, unsigned number)
{
    char text[32];
    struct slice key = slice_of_text(act_numbered("key", number, text));
    struct slice value = slice_of((const char *)key.data + 3, key.len - 3);
    const struct engine_ops *ops = worker->engine->ops;
    pilsmer_code code = ops->put(worker->engine, key, value, 0, &worker->error);
    if (code)
        return code;
    struct engine_entry entry = {0};
    code = ops->get(worker->engine, key, &entry, &worker->error);
    if (!code && !slice_equal(entry.value.bytes, value))
        code = error_set(&worker->error, PILSMER_INTERNAL, "%s has another value", text);
    engine_entry_release(&entry);
    return code;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned i = 0; i < KEYS_PER_WORKER && !worker->code; i++)
        worker->code = put_and_get(worker, worker->first + i);
    if (!worker->code)
        worker->code = worker->engine->ops->flush(worker->engine, ENGINE_FLUSH_WAL, &worker->error);
    return NULL;
}

static void threads_put_and_get_side_by_side(void **state)
{
    struct engine *engine = act_open_writer(*state);
    struct worker workers[WORKERS] = {0};
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i].engine = engine;
        workers[i].first = i * KEYS_PER_WORKER;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < WORKERS; i++) {
        check_error = workers[i].error;
        check_ok(workers[i].code);
    }
    engine = act_reopen(*state, engine);
    for (unsigned i = 0; i < WORKERS * KEYS_PER_WORKER; i++) {
        char text[32];
        act_numbered("key", i, text);
        act_expect(engine, text, text + 3);
    }
}

/* ----------------------------------------------------------------------------------------------- the list */

static const struct CMUnitTest cases[] = {
    CASE(a_second_writer_fences_the_first_for_good),
    CASE(a_fenced_writer_finds_out_by_an_l0_flush_too),
    CASE(what_was_flushed_before_the_fence_is_kept),
    CASE(without_a_flush_a_write_is_there_or_not_but_never_half),
    CASE(what_was_flushed_to_the_wal_is_there_after_reopening),
    CASE(what_was_flushed_to_l0_is_there_after_reopening),
    CASE(a_remove_survives_reopening),
    CASE(flushing_nothing_succeeds),
    CASE(brief_writers_never_stall_and_their_wal_files_are_counted),
    CASE(too_many_l0_files_stall_the_writer_until_it_compacts),
    CASE(a_stalled_writer_goes_on_when_another_thread_compacts),
    CASE(compaction_keeps_every_entry_expiry_and_order),
    CASE(an_empty_database_can_be_compacted),
    CASE(collecting_garbage_keeps_what_is_in_use),
    CASE(threads_put_and_get_side_by_side),
};

const struct contract_group contract_durability = {"durability", cases, sizeof cases / sizeof *cases};
