/* What someone finds who reads the engine directly: envelopes, and never the user's bytes. */
#include <slatedb.h>
#include <stdio.h>

#include "engine/slate.h"
#include "support/stores.h"
#include "value/envelope.h"

#define INVOICE "invoice:123"

static const char *url_of(const struct place *place, char url[STORES_PATH_BYTES + 16])
{
    snprintf(url, STORES_PATH_BYTES + 16, "file://%s", place->db);
    return url;
}

/* The entries of a database, read with slatedb.h alone. */
struct reading {
    slatedb_reader *reader;
    slatedb_iterator *iterator;
};

static struct reading begin_reading(const struct place *place)
{
    struct reading reading = {0};
    slatedb_error error;
    slatedb_slice all = {NULL, 0};
    char url[STORES_PATH_BYTES + 16];
    assert_int_equal(slatedb_reader_open(url_of(place, url), NULL, &reading.reader, &error), SLATEDB_OK);
    assert_int_equal(slatedb_reader_scan(reading.reader, all, all, &reading.iterator, &error), SLATEDB_OK);
    return reading;
}

static bool next_of(const struct reading *reading, slatedb_entry *entry)
{
    slatedb_error error;
    slatedb_code code = slatedb_iterator_next(reading->iterator, entry, &error);
    if (code != SLATEDB_NOT_FOUND)
        assert_int_equal(code, SLATEDB_OK);
    return code == SLATEDB_OK;
}

static void end_reading(const struct reading *reading)
{
    slatedb_iterator_destroy(reading->iterator);
    slatedb_reader_destroy(reading->reader);
}

static struct slice key_of(const slatedb_entry *entry)
{
    return slice_of(entry->key.data, entry->key.len);
}

static struct slice bytes_of(const slatedb_entry *entry)
{
    return slice_of(entry->value.data, entry->value.len);
}

/* The entry of that key, as an envelope; asserts that there is one. */
static struct buffer read_directly(const struct place *place, struct slice key)
{
    slatedb_entry entry;
    struct envelope envelope;
    struct buffer found = buffer_with_max(SIZE_MAX);
    struct reading reading = begin_reading(place);
    while (next_of(&reading, &entry)) {
        check_ok(envelope_open(bytes_of(&entry), &envelope, &check_error));
        if (slice_equal(key_of(&entry), key))
            buffer_put(&found, entry.value.data, entry.value.len);
        slatedb_entry_release(&entry);
    }
    end_reading(&reading);
    assert_true(found.len > 0);
    return found;
}

static void make_with_invoice(struct place *place, pilsmer_codec codec)
{
    pilsmer *store = stores_make_over(place, NULL, codec, false);
    stores_put_text(store, INVOICE, stores_invoice);
}

static void plan_invoice(struct place *place)
{
    stores_plan(place->store, INVOICE);
    stores_expect_text(place->store, INVOICE, stores_invoice);
    stores_close(place);
}

/* -------------------------------------------------------------------------------------------------- cases */

static void a_raw_value_is_an_envelope(void **state)
{
    struct place *place = *state;
    make_with_invoice(place, PILSMER_COMPACT);
    stores_close(place);
    struct buffer found = read_directly(place, slice_of_text(INVOICE));
    assert_int_equal(found.len, 56);
    assert_memory_equal(found.data, "\xCF\x80\x01\x00", 4);
    assert_memory_not_equal(found.data, stores_invoice, strlen(stores_invoice));
    buffer_free(&found);
}

static void expect_without_the_value(const struct buffer *found)
{
    for (size_t len = strlen(stores_invoice); len > 3; len--)
        assert_null(memmem(found->data, found->len, stores_invoice, len));
}

static void a_compact_plan_does_not_hold_the_value(void **state)
{
    struct place *place = *state;
    make_with_invoice(place, PILSMER_COMPACT);
    plan_invoice(place);
    struct buffer found = read_directly(place, slice_of_text(INVOICE));
    assert_int_equal(found.len, 65);
    assert_memory_equal(found.data, "\xCF\x80\x01\x10", 4);
    expect_without_the_value(&found);
    buffer_free(&found);
}

static void a_ceremonial_plan_does_not_hold_the_value(void **state)
{
    struct place *place = *state;
    make_with_invoice(place, PILSMER_CEREMONIAL);
    plan_invoice(place);
    struct buffer found = read_directly(place, slice_of_text(INVOICE));
    assert_memory_equal(found.data, "\xCF\x80\x01\x20", 4);
    expect_without_the_value(&found);
    buffer_free(&found);
}

static void the_record_is_a_raw_envelope(void **state)
{
    struct place *place = *state;
    make_with_invoice(place, PILSMER_COMPACT);
    stores_close(place);
    struct buffer found = read_directly(place, record_key());
    assert_memory_equal(found.data, "\xCF\x80\x01\x00", 4);
    buffer_free(&found);
}

static void a_store_is_its_record_and_its_values(void **state)
{
    struct place *place = *state;
    slatedb_entry entry;
    make_with_invoice(place, PILSMER_COMPACT);
    stores_close(place);
    struct reading reading = begin_reading(place);
    assert_true(next_of(&reading, &entry));
    check_bytes(key_of(&entry), record_key());
    slatedb_entry_release(&entry);
    assert_true(next_of(&reading, &entry));
    check_bytes(key_of(&entry), slice_of_text(INVOICE));
    slatedb_entry_release(&entry);
    assert_false(next_of(&reading, &entry));
    end_reading(&reading);
}

static void get_envelope_gives_what_the_engine_holds(void **state)
{
    struct place *place = *state;
    pilsmer_bytes envelope = {0};
    make_with_invoice(place, PILSMER_COMPACT);
    stores_plan(place->store, INVOICE);
    check_ok(pilsmer_get_envelope(place->store, INVOICE, strlen(INVOICE), &envelope, &check_error));
    stores_close(place);
    struct buffer found = read_directly(place, slice_of_text(INVOICE));
    check_bytes(slice_of(envelope.data, envelope.len), buffer_slice(&found));
    pilsmer_bytes_free(&envelope);
    buffer_free(&found);
}

static void the_engine_room_finds_the_same(void **state)
{
    struct place *place = *state;
    const struct slate_options options = {SLATE_READER, false, STORES_TIMEOUT_MS};
    char url[STORES_PATH_BYTES + 16];
    struct engine *engine;
    struct engine_entry entry;
    make_with_invoice(place, PILSMER_COMPACT);
    plan_invoice(place);
    struct buffer found = read_directly(place, slice_of_text(INVOICE));
    check_ok(slate_open(url_of(place, url), &options, &engine, &check_error));
    check_ok(engine->ops->get(engine, slice_of_text(INVOICE), &entry, &check_error));
    check_bytes(entry.value.bytes, buffer_slice(&found));
    engine_entry_release(&entry);
    engine->ops->close(engine);
    buffer_free(&found);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_SLATE(a_raw_value_is_an_envelope),
        ON_SLATE(a_compact_plan_does_not_hold_the_value),
        ON_SLATE(a_ceremonial_plan_does_not_hold_the_value),
        ON_SLATE(the_record_is_a_raw_envelope),
        ON_SLATE(a_store_is_its_record_and_its_values),
        ON_SLATE(get_envelope_gives_what_the_engine_holds),
        ON_SLATE(the_engine_room_finds_the_same),
    };
    return CHECK_RUN("store.direct", cases, NULL);
}
