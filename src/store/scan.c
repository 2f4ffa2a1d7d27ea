/* Going over the values: scans and metrics. */
#include "base/memory.h"
#include "store/value.h"

struct pilsmer_cursor {
    pilsmer *store;
    struct engine_cursor *cursor;
    struct engine_entry entry; /* the current one */
    pilsmer_bytes logical;
};

static void forget_current(pilsmer_cursor *cursor)
{
    engine_entry_release(&cursor->entry);
    pilsmer_bytes_free(&cursor->logical);
}

pilsmer_code pilsmer_scan(pilsmer *store, const void *prefix, size_t prefix_len, const void *from,
                          size_t from_len, pilsmer_cursor **cursor, pilsmer_error *error)
{
    pilsmer_cursor *opened = memory_alloc_zeroed(1, sizeof *opened);
    if (!opened)
        return error_no_memory(error);
    opened->store = store;
    pilsmer_code code = store->engine->ops->scan(store->engine, slice_of(prefix, prefix_len),
                                                 slice_of(from, from_len), &opened->cursor, error);
    if (code)
        memory_free(opened);
    else
        *cursor = opened;
    return code;
}

void pilsmer_cursor_free(pilsmer_cursor *cursor)
{
    if (!cursor)
        return;
    forget_current(cursor);
    cursor->store->engine->ops->cursor_free(cursor->cursor);
    memory_free(cursor);
}

/*
 * The next entry of the user's: keys that begin with byte 00 are the store's own. Damage to the engine's
 * files is PILSMER_IO, because unlike damage to a value it ends the scan.
 */
static pilsmer_code next_entry(pilsmer_cursor *cursor, pilsmer_error *error)
{
    const struct engine_ops *ops = cursor->store->engine->ops;
    for (;;) {
        forget_current(cursor);
        pilsmer_code code = ops->next(cursor->cursor, &cursor->entry, error);
        if (code == PILSMER_DAMAGED)
            return error_prefix(error, PILSMER_IO, "the scan can't go on");
        if (code || (cursor->entry.key.bytes.len && cursor->entry.key.bytes.data[0] != 0))
            return code;
    }
}

pilsmer_code pilsmer_cursor_next(pilsmer_cursor *cursor, pilsmer_entry *entry, pilsmer_error *error)
{
    pilsmer_code code = next_entry(cursor, error);
    if (code)
        return code;
    struct slice key = cursor->entry.key.bytes;
    code = value_load(cursor->store, cursor->entry.value.bytes, &cursor->logical, error);
    if (code == PILSMER_OK || code == PILSMER_DAMAGED)
        *entry = (pilsmer_entry){
            .key = key.data,
            .key_len = key.len,
            .value = cursor->logical.data,
            .value_len = cursor->logical.len,
            .expires_ms = cursor->entry.expires_ms,
        };
    return code ? store_name_key(key, code, error) : PILSMER_OK;
}

static void add_value(const pilsmer_explanation *explanation, pilsmer_metrics *metrics)
{
    metrics->raw_values += !explanation->planned;
    metrics->planned_values += explanation->planned;
    metrics->logical_bytes += explanation->logical_bytes;
    metrics->physical_value_bytes += explanation->physical_bytes;
    metrics->plan_metadata_bytes += explanation->plan_metadata_bytes;
    metrics->planned_logical_bytes += explanation->planned ? explanation->logical_bytes : 0;
    metrics->literal_bytes += explanation->literal_bytes;
    metrics->purity_violations += explanation->literal_bytes > 0;
}

/* Counts a damaged value, and keeps the first of them in `error`. */
static void add_damaged(struct slice key, const pilsmer_error *found, pilsmer_metrics *metrics,
                        pilsmer_error *error)
{
    if (metrics->damaged_values++ == 0 && error) {
        *error = *found;
        store_name_key(key, PILSMER_DAMAGED, error);
    }
}

static pilsmer_code measure_entries(pilsmer_cursor *cursor, pilsmer_metrics *metrics, pilsmer_error *error)
{
    for (;;) {
        pilsmer_error found;
        pilsmer_explanation explanation;
        pilsmer_code code = next_entry(cursor, &found);
        if (code == PILSMER_NOT_FOUND)
            return metrics->damaged_values ? PILSMER_DAMAGED : PILSMER_OK;
        if (!code) {
            code = value_explain(cursor->store, cursor->entry.value.bytes, NULL, NULL, &explanation, &found);
            if (code == PILSMER_DAMAGED)
                add_damaged(cursor->entry.key.bytes, &found, metrics, error);
            else if (!code)
                add_value(&explanation, metrics);
        }
        if (code && code != PILSMER_DAMAGED) {
            if (error)
                *error = found;
            return code;
        }
    }
}

pilsmer_code pilsmer_measure(pilsmer *store, pilsmer_metrics *metrics, pilsmer_error *error)
{
    pilsmer_cursor *cursor = NULL;
    struct planning_rules rules = store_planning_rules(store);
    pilsmer_metrics measured = {.stream_prefix_bytes_indexed = corpus_spec_bytes(&rules.spec)};
    pilsmer_code code = pilsmer_scan(store, NULL, 0, NULL, 0, &cursor, error);
    if (code)
        return code;
    code = measure_entries(cursor, &measured, error);
    pilsmer_cursor_free(cursor);
    if (code == PILSMER_OK || code == PILSMER_DAMAGED)
        *metrics = measured;
    return code;
}
