#include "engine/act.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

const struct contract_harness *act_harness;

/* --------------------------------------------------------------------------------- engines of the fixture */

struct engine *act_keep(struct fixture *f, struct engine *engine)
{
    assert_true(f->open_count < ACT_ENGINES_MAX);
    f->open[f->open_count++] = engine;
    return engine;
}

void act_close(struct fixture *f, struct engine *engine)
{
    size_t i = 0;
    while (f->open[i] != engine)
        i++;
    memmove(&f->open[i], &f->open[i + 1], (--f->open_count - i) * sizeof *f->open);
    engine->ops->close(engine);
}

struct engine *act_open_writer_for(struct fixture *f, uint32_t timeout_ms)
{
    struct engine *engine = NULL;
    check_ok(f->harness->open(f->place, CONTRACT_WRITER, true, timeout_ms, &engine, &check_error));
    return act_keep(f, engine);
}

struct engine *act_open_writer(struct fixture *f)
{
    return act_open_writer_for(f, ACT_TIMEOUT_MS);
}

struct engine *act_open_reader(struct fixture *f)
{
    struct engine *engine = NULL;
    check_ok(f->harness->open(f->place, CONTRACT_READER, false, ACT_TIMEOUT_MS, &engine, &check_error));
    return act_keep(f, engine);
}

struct engine *act_reopen(struct fixture *f, struct engine *engine)
{
    act_close(f, engine);
    return act_open_writer(f);
}

struct engine *act_snapshot(struct fixture *f, struct engine *engine)
{
    struct engine *snapshot = NULL;
    check_ok(engine->ops->snapshot(engine, &snapshot, &check_error));
    return act_keep(f, snapshot);
}

/* -------------------------------------------------------------------------------------- calls, with texts */

pilsmer_code act_try_put(struct engine *engine, const char *key, const char *value)
{
    return engine->ops->put(engine, slice_of_text(key), slice_of_text(value), 0, &check_error);
}

void act_put(struct engine *engine, const char *key, const char *value)
{
    check_ok(act_try_put(engine, key, value));
}

void act_put_expiring(struct engine *engine, const char *key, const char *value, int64_t expires_ms)
{
    check_ok(engine->ops->put(engine, slice_of_text(key), slice_of_text(value), expires_ms, &check_error));
}

void act_put_slice(struct engine *engine, struct slice key, struct slice value)
{
    check_ok(engine->ops->put(engine, key, value, 0, &check_error));
}

pilsmer_code act_try_remove(struct engine *engine, const char *key)
{
    return engine->ops->remove(engine, slice_of_text(key), &check_error);
}

pilsmer_code act_try_flush(struct engine *engine, enum engine_flush what)
{
    return engine->ops->flush(engine, what, &check_error);
}

void act_flush(struct engine *engine, enum engine_flush what)
{
    check_ok(act_try_flush(engine, what));
}

pilsmer_code act_try_get(struct engine *engine, const char *key, struct engine_entry *entry)
{
    return engine->ops->get(engine, slice_of_text(key), entry, &check_error);
}

void act_expect_slice(struct engine *engine, struct slice key, struct slice value)
{
    struct engine_entry entry = {0};
    check_ok(engine->ops->get(engine, key, &entry, &check_error));
    check_bytes(entry.value.bytes, value);
    engine_entry_release(&entry);
}

void act_expect(struct engine *engine, const char *key, const char *value)
{
    act_expect_slice(engine, slice_of_text(key), slice_of_text(value));
}

void act_expect_missing(struct engine *engine, const char *key)
{
    struct engine_entry entry = {0};
    check_code(PILSMER_NOT_FOUND, act_try_get(engine, key, &entry));
}

int64_t act_expiry_of(struct engine *engine, const char *key)
{
    struct engine_entry entry = {0};
    check_ok(act_try_get(engine, key, &entry));
    int64_t expires_ms = entry.expires_ms;
    engine_entry_release(&entry);
    return expires_ms;
}

struct engine_shape act_shape_of(struct engine *engine)
{
    struct engine_shape shape = {0};
    check_ok(engine->ops->shape(engine, &shape, &check_error));
    return shape;
}

void act_compact(struct engine *engine)
{
    check_ok(engine->ops->compact(engine, &check_error));
}

void act_collect_garbage(struct engine *engine)
{
    check_ok(engine->ops->collect_garbage(engine, 0, &check_error));
}

/* ----------------------------------------------------------------------------------------------- scanning */

struct engine_cursor *act_scan(struct engine *engine, const char *prefix, const char *from)
{
    struct engine_cursor *cursor = NULL;
    check_ok(engine->ops->scan(engine, slice_of_text(prefix), slice_of_text(from), &cursor, &check_error));
    return cursor;
}

pilsmer_code act_try_next(struct engine *engine, struct engine_cursor *cursor, struct engine_entry *entry)
{
    return engine->ops->next(cursor, entry, &check_error);
}

/* Adds "key=value " of the next entry to the text. False at the end. */
static bool add_next(struct engine *engine, struct engine_cursor *cursor, struct buffer *text)
{
    struct engine_entry entry = {0};
    pilsmer_code code = act_try_next(engine, cursor, &entry);
    if (code == PILSMER_NOT_FOUND)
        return false;
    check_ok(code);
    buffer_put(text, entry.key.bytes.data, entry.key.bytes.len);
    buffer_put_u8(text, '=');
    buffer_put(text, entry.value.bytes.data, entry.value.bytes.len);
    buffer_put_u8(text, ' ');
    engine_entry_release(&entry);
    return true;
}

void act_expect_rest(struct engine *engine, struct engine_cursor *cursor, const char *expected)
{
    struct buffer text = buffer_with_max(MIB);
    while (add_next(engine, cursor, &text)) {
    }
    engine->ops->cursor_free(cursor);
    buffer_put_u8(&text, 0);
    assert_int_equal(text.trouble, BUFFER_FINE);
    assert_string_equal((const char *)text.data, expected);
    buffer_free(&text);
}

void act_expect_scan(struct engine *engine, const char *prefix, const char *from, const char *expected)
{
    act_expect_rest(engine, act_scan(engine, prefix, from), expected);
}

void act_expect_all(struct engine *engine, const char *expected)
{
    act_expect_scan(engine, "", "", expected);
}

/* ------------------------------------------------------------------------------------------- transactions */

struct engine_txn *act_begin(struct engine *engine)
{
    struct engine_txn *txn = NULL;
    check_ok(engine->ops->begin(engine, &txn, &check_error));
    return txn;
}

pilsmer_code act_try_txn_get(struct engine *engine, struct engine_txn *txn, const char *key,
                             struct engine_entry *entry)
{
    return engine->ops->txn_get(txn, slice_of_text(key), entry, &check_error);
}

void act_txn_expect(struct engine *engine, struct engine_txn *txn, const char *key, const char *value)
{
    struct engine_entry entry = {0};
    check_ok(act_try_txn_get(engine, txn, key, &entry));
    check_bytes(entry.value.bytes, slice_of_text(value));
    engine_entry_release(&entry);
}

void act_txn_expect_missing(struct engine *engine, struct engine_txn *txn, const char *key)
{
    struct engine_entry entry = {0};
    check_code(PILSMER_NOT_FOUND, act_try_txn_get(engine, txn, key, &entry));
}

void act_txn_put(struct engine *engine, struct engine_txn *txn, const char *key, const char *value)
{
    check_ok(engine->ops->txn_put(txn, slice_of_text(key), slice_of_text(value), 0, &check_error));
}

void act_expect_commit(struct engine *engine, struct engine_txn *txn, pilsmer_code expected)
{
    check_code(expected, engine->ops->txn_commit(txn, &check_error));
    engine->ops->txn_free(txn);
}

/* ----------------------------------------------------------------------------------- many keys, by number */

const char *act_numbered(const char *what, unsigned number, char text[32])
{
    snprintf(text, 32, "%s%04u", what, number);
    return text;
}

pilsmer_code act_try_put_numbered(struct engine *engine, unsigned number)
{
    char key[32], value[32];
    return act_try_put(engine, act_numbered("key", number, key), act_numbered("value", number, value));
}

void act_put_numbered(struct engine *engine, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        check_ok(act_try_put_numbered(engine, i));
}

void act_expect_numbered(struct engine *engine, unsigned from, unsigned to)
{
    char key[32], value[32];
    for (unsigned i = from; i < to; i++)
        act_expect(engine, act_numbered("key", i, key), act_numbered("value", i, value));
}

/* --------------------------------------------------------------------------------------------------- time */

int64_t act_in(const struct fixture *f, int64_t milliseconds)
{
    return f->harness->now_ms(f->place) + milliseconds;
}

void act_let_soon_pass(const struct fixture *f)
{
    f->harness->pass_time(f->place, ACT_SOON_MS + 20);
}

/* ---------------------------------------------------------------------------------- a place for each case */

int act_make_place(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    f->harness = act_harness;
    f->place = f->harness->place_create();
    *state = f;
    return f->place ? 0 : -1;
}

int act_remove_place(void **state)
{
    struct fixture *f = *state;
    while (f->open_count > 0)
        act_close(f, f->open[f->open_count - 1]);
    f->harness->place_destroy(f->place);
    free(f);
    return 0;
}
