#include "support/fake_table.h"

#include "base/memory.h"

struct record *record_create(struct slice key, struct slice value, int64_t expires_ms, bool removed)
{
    struct record *record = memory_alloc(sizeof *record + key.len + value.len);
    if (!record)
        return NULL;
    atomic_init(&record->references, 1);
    record->expires_ms = expires_ms;
    record->removed = removed;
    record->key_len = key.len;
    record->value_len = value.len;
    memcpy(record->bytes, key.data, key.len);
    if (value.len)
        memcpy(record->bytes + key.len, value.data, value.len);
    return record;
}

struct record *record_share(struct record *record)
{
    atomic_fetch_add(&record->references, 1);
    return record;
}

void record_release(void *memory)
{
    struct record *record = memory;
    if (record && atomic_fetch_sub(&record->references, 1) == 1)
        memory_free(record);
}

struct slice fake_record_key(const struct record *record)
{
    return slice_of(record->bytes, record->key_len);
}

bool record_is_there(const struct record *record, int64_t now_ms)
{
    return record && !record->removed && (record->expires_ms == 0 || record->expires_ms > now_ms);
}

struct table *table_share(struct table *table)
{
    if (table)
        atomic_fetch_add(&table->references, 1);
    return table;
}

void table_release(struct table *table)
{
    if (!table || atomic_fetch_sub(&table->references, 1) != 1)
        return;
    for (size_t i = 0; i < table->count; i++)
        record_release(table->records[i]);
    memory_free(table);
}

void table_replace(struct table **place, struct table *table)
{
    table_release(*place);
    *place = table;
}

size_t table_count(const struct table *table)
{
    return table ? table->count : 0;
}

size_t table_seek(const struct table *table, struct slice key)
{
    size_t low = 0;
    size_t high = table_count(table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(fake_record_key(table->records[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool holds_at(const struct table *table, size_t at, struct slice key)
{
    return at < table_count(table) && slice_equal(fake_record_key(table->records[at]), key);
}

struct record *table_find(const struct table *table, struct slice key)
{
    size_t at = table_seek(table, key);
    return holds_at(table, at, key) ? table->records[at] : NULL;
}

static bool is_writable(struct table *table, size_t extra)
{
    return table && atomic_load(&table->references) == 1 && table->capacity - table->count >= extra;
}

bool table_make_writable(struct table **place, size_t extra)
{
    if (is_writable(*place, extra))
        return true;
    size_t count = table_count(*place);
    size_t capacity = 2 * count + extra;
    struct table *copy = memory_alloc(sizeof *copy + capacity * sizeof *copy->records);
    if (!copy)
        return false;
    atomic_init(&copy->references, 1);
    copy->count = count;
    copy->capacity = capacity;
    for (size_t i = 0; i < count; i++)
        copy->records[i] = record_share((*place)->records[i]);
    table_replace(place, copy);
    return true;
}

void table_set(struct table *table, struct record *record)
{
    size_t at = table_seek(table, fake_record_key(record));
    struct record **place = &table->records[at];
    if (holds_at(table, at, fake_record_key(record)))
        record_release(*place);
    else
        memmove(place + 1, place, (table->count++ - at) * sizeof *place);
    *place = record;
}

void table_drop_dead(struct table *table, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (record_is_there(table->records[i], now_ms))
            table->records[kept++] = table->records[i];
        else
            record_release(table->records[i]);
    }
    table->count = kept;
}
