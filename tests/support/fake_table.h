/*
 * The fake engine's data: immutable records in sorted tables that share them. What holds a table (an engine,
 * a snapshot, a cursor, a transaction, the disk) holds a state of the database, for as long as it likes.
 */
#ifndef SUPPORT_FAKE_TABLE_H
#define SUPPORT_FAKE_TABLE_H

#include <stdatomic.h>

#include "base/bytes.h"

/* One version of one key. Which version it is, is which record it is. */
struct record {
    atomic_size_t references;
    int64_t expires_ms; /* 0: never */
    bool removed;
    size_t key_len;
    size_t value_len;
    uint8_t bytes[]; /* the key, then the value */
};

struct record *record_create(struct slice key, struct slice value, int64_t expires_ms, bool removed);
struct record *record_share(struct record *record);
void record_release(void *record); /* takes NULL */
struct slice fake_record_key(const struct record *record);

/* False for NULL, too. */
bool record_is_there(const struct record *record, int64_t now_ms);

/* The newest record of every key, in byte order of the keys. NULL is an empty table. */
struct table {
    atomic_size_t references;
    size_t count;
    size_t capacity;
    struct record *records[];
};

struct table *table_share(struct table *table);
void table_release(struct table *table);
void table_replace(struct table **place,
                   struct table *table); /* takes `table` over, releases what was there */

size_t table_count(const struct table *table);
size_t table_seek(const struct table *table, struct slice key); /* the first record not below the key */
struct record *table_find(const struct table *table, struct slice key); /* NULL: none */

/* Makes *place a table that nobody else holds, with room for `extra` more records. False: no memory, no
 * change. */
bool table_make_writable(struct table **place, size_t extra);

/* These two change a writable table. */
void table_set(struct table *table, struct record *record); /* takes it over; there is room for it */
void table_drop_dead(struct table *table, int64_t now_ms);  /* leaves out what is removed or expired */

#endif
