/* Scans: what is seen, in which order, and what becomes of damaged values. */
#include <stdlib.h>

#include "support/corpora.h"
#include "support/random.h"
#include "support/stores.h"

static pilsmer_cursor *begin(pilsmer *store, struct slice prefix, struct slice from)
{
    pilsmer_cursor *cursor = NULL;
    check_ok(pilsmer_scan(store, prefix.data, prefix.len, from.data, from.len, &cursor, &check_error));
    return cursor;
}

static struct slice nothing(void)
{
    return slice_of(NULL, 0);
}

static pilsmer_cursor *begin_all(pilsmer *store)
{
    return begin(store, nothing(), nothing());
}

static void expect_next(pilsmer_cursor *cursor, struct slice key, struct slice value)
{
    pilsmer_entry entry;
    check_ok(pilsmer_cursor_next(cursor, &entry, &check_error));
    check_bytes(slice_of(entry.key, entry.key_len), key);
    check_bytes(slice_of(entry.value, entry.value_len), value);
}

static void expect_next_text(pilsmer_cursor *cursor, const char *key, const char *value)
{
    expect_next(cursor, slice_of_text(key), slice_of_text(value));
}

static void expect_damaged(pilsmer_cursor *cursor, const char *key, const char *cause)
{
    pilsmer_entry entry;
    check_code(PILSMER_DAMAGED, pilsmer_cursor_next(cursor, &entry, &check_error));
    check_bytes(slice_of(entry.key, entry.key_len), slice_of_text(key));
    assert_int_equal(entry.value_len, 0);
    check_says(key);
    check_says(cause);
}

/* Again and again, and the entry is left alone. */
static void expect_end(pilsmer_cursor *cursor)
{
    pilsmer_entry entry = {.key_len = 77};
    for (int i = 0; i < 3; i++)
        check_code(PILSMER_NOT_FOUND, pilsmer_cursor_next(cursor, &entry, &check_error));
    assert_int_equal(entry.key_len, 77);
    pilsmer_cursor_free(cursor);
}

/* -------------------------------------------------------------------------------------------------- order */

static void an_empty_store_has_no_entries(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    expect_end(begin_all(store));
    pilsmer_cursor_free(NULL);
}

static void entries_come_in_byte_order(void **state)
{
    static const char *const keys[] = {"b", "\xFF\xFF", "a", "ab", "\x01", "\xFF", "B", "a b"};
    static const char *const ordered[] = {"\x01", "B", "a", "a b", "ab", "b", "\xFF", "\xFF\xFF"};
    pilsmer *store = stores_make(*state, NULL);
    for (size_t i = 0; i < COUNT(keys); i++)
        stores_put_text(store, keys[i], keys[i]);
    pilsmer_cursor *cursor = begin_all(store);
    for (size_t i = 0; i < COUNT(ordered); i++)
        expect_next_text(cursor, ordered[i], ordered[i]);
    expect_end(cursor);
}

static void keys_may_hold_any_byte(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    struct slice with_zero = slice_of("a\0b", 3);
    check_ok(pilsmer_put(store, with_zero.data, with_zero.len, "x", 1, 0, &check_error));
    stores_put_text(store, "a", "y");
    pilsmer_cursor *cursor = begin_all(store);
    expect_next_text(cursor, "a", "y");
    expect_next(cursor, with_zero, slice_of_text("x"));
    expect_end(cursor);
}

/* -------------------------------------------------------------------------------------- against an oracle */

enum { KEYS = 120, KEY_BYTES_MAX = 5, SCANS = 300 };

struct oracle {
    uint8_t keys[KEYS][KEY_BYTES_MAX];
    struct slice sorted[KEYS]; /* each once */
    size_t count;
};

/* From a small alphabet, so that keys are prefixes of each other; never empty, never with 00 first. */
static struct slice random_key(struct random *random, size_t min_len, uint8_t out[KEY_BYTES_MAX])
{
    static const uint8_t alphabet[] = {1, 'a', 'b', 0xFF, 0};
    size_t len = min_len + random_below(random, KEY_BYTES_MAX + 1 - min_len);
    for (size_t i = 0; i < len; i++)
        out[i] = alphabet[random_below(random, i == 0 ? 4 : 5)];
    return slice_of(out, len);
}

static int compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool knows(const struct oracle *oracle, struct slice key)
{
    for (size_t i = 0; i < oracle->count; i++)
        if (slice_equal(oracle->sorted[i], key))
            return true;
    return false;
}

static void fill(struct oracle *oracle, pilsmer *store, struct random *random)
{
    oracle->count = 0;
    for (size_t i = 0; i < KEYS; i++) {
        struct slice key = random_key(random, 1, oracle->keys[i]);
        check_ok(pilsmer_put(store, key.data, key.len, key.data, key.len, 0, &check_error));
        if (!knows(oracle, key))
            oracle->sorted[oracle->count++] = key;
    }
    qsort(oracle->sorted, oracle->count, sizeof *oracle->sorted, compare);
}

static void expect_as_the_oracle(pilsmer *store, const struct oracle *oracle, struct slice prefix,
                                 struct slice from)
{
    pilsmer_cursor *cursor = begin(store, prefix, from);
    for (size_t i = 0; i < oracle->count; i++) {
        struct slice key = oracle->sorted[i];
        if (slice_begins_with(key, prefix) && slice_compare(key, from) >= 0)
            expect_next(cursor, key, key);
    }
    expect_end(cursor);
}

static void prefixes_and_beginnings_are_kept_to(void **state)
{
    struct place *place = *state;
    struct random random = random_begin("store.scan");
    struct oracle oracle;
    uint8_t prefix[KEY_BYTES_MAX], from[KEY_BYTES_MAX];
    fill(&oracle, stores_make(place, NULL), &random);
    stores_close(place);
    pilsmer *store = stores_open(place, PILSMER_READER);
    expect_as_the_oracle(store, &oracle, nothing(), nothing());
    for (int i = 0; i < SCANS; i++) {
        size_t prefix_len = random_below(&random, 3);
        struct slice bounded = slice_of(random_key(&random, 2, prefix).data, prefix_len);
        expect_as_the_oracle(store, &oracle, bounded, random_key(&random, 0, from));
    }
}

/* ----------------------------------------------------------------------------------- the store's own keys */

static void the_record_is_never_seen(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a", "1");
    struct slice zero = slice_of("\0", 1);
    const struct slice beginnings[] = {nothing(), zero, record_key()};
    for (size_t i = 0; i < COUNT(beginnings); i++) {
        pilsmer_cursor *cursor = begin(store, nothing(), beginnings[i]);
        expect_next_text(cursor, "a", "1");
        expect_end(cursor);
    }
    expect_end(begin(store, zero, nothing()));
    expect_end(begin(store, record_key(), nothing()));
}

static void no_key_that_begins_with_zero_is_seen(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_plant(store, slice_of("\0", 1), slice_of_text("damaged"));
    stores_plant(store, slice_of("\0z", 2), slice_of_text("damaged"));
    stores_put_text(store, "a", "1");
    pilsmer_cursor *cursor = begin_all(store);
    expect_next_text(cursor, "a", "1");
    expect_end(cursor);
}

/* ------------------------------------------------------------------------------------------------- values */

static void planned_values_are_rebuilt(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a", "the first value");
    stores_put_text(store, "b", "");
    stores_put_text(store, "c", "the last value");
    stores_plan(store, "a");
    stores_plan(store, "b");
    pilsmer_cursor *cursor = begin_all(store);
    expect_next_text(cursor, "a", "the first value");
    expect_next_text(cursor, "b", "");
    expect_next_text(cursor, "c", "the last value");
    expect_end(cursor);
}

static void damaged_values_are_named_and_the_scan_goes_on(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a", "1");
    stores_plant_text(store, "b", slice_of_text("no envelope at all, though it is long enough for one"));
    stores_put_text(store, "c", "2");
    stores_plan(store, "c");
    struct buffer sealed = stores_dig(store, "c");
    sealed.data[sealed.len - 5] ^= 1;
    stores_reseal(&sealed);
    stores_plant_text(store, "d", buffer_slice(&sealed));
    stores_plant_text(store, "e", slice_of_text(""));
    stores_put_text(store, "f", "3");
    pilsmer_cursor *cursor = begin_all(store);
    expect_next_text(cursor, "a", "1");
    expect_damaged(cursor, "b", "not an envelope");
    expect_next_text(cursor, "c", "2");
    expect_damaged(cursor, "d", "logical hash mismatch");
    expect_damaged(cursor, "e", "0 bytes");
    expect_next_text(cursor, "f", "3");
    expect_end(cursor);
    buffer_free(&sealed);
}

static void a_scan_sees_what_was_there_when_it_began(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a", "1");
    stores_put_text(store, "b", "2");
    pilsmer_cursor *cursor = begin_all(store);
    stores_put_text(store, "b", "changed");
    stores_put_text(store, "c", "3");
    stores_plan(store, "a");
    expect_next_text(cursor, "a", "1");
    expect_next_text(cursor, "b", "2");
    expect_end(cursor);
}

static void expiries_are_told(void **state)
{
    struct place *place = *state;
    pilsmer_entry entry;
    fake_disk_set_now_ms(place->disk, 1000);
    pilsmer *store = stores_make(place, NULL);
    check_ok(pilsmer_put(store, "a", 1, "1", 1, 5000, &check_error));
    check_ok(pilsmer_put(store, "b", 1, "2", 1, 2000, &check_error));
    stores_put_text(store, "c", "3");
    stores_plan(store, "a");
    fake_disk_set_now_ms(place->disk, 2000);
    pilsmer_cursor *cursor = begin_all(store);
    check_ok(pilsmer_cursor_next(cursor, &entry, &check_error));
    assert_int_equal(entry.expires_ms, 5000);
    check_ok(pilsmer_cursor_next(cursor, &entry, &check_error));
    check_bytes(slice_of(entry.key, entry.key_len), slice_of_text("c"));
    assert_int_equal(entry.expires_ms, 0);
    expect_end(cursor);
}

static void a_cursor_can_be_freed_half_way(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a", "1");
    stores_put_text(store, "b", "2");
    pilsmer_cursor_free(begin_all(store));
    pilsmer_cursor *cursor = begin_all(store);
    expect_next_text(cursor, "a", "1");
    pilsmer_cursor_free(cursor);
}

static void two_cursors_do_not_disturb_each_other(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a", "1");
    stores_put_text(store, "b", "2");
    pilsmer_cursor *one = begin_all(store);
    pilsmer_cursor *other = begin(store, slice_of_text("b"), nothing());
    expect_next_text(one, "a", "1");
    expect_next_text(other, "b", "2");
    expect_next_text(one, "b", "2");
    expect_end(other);
    expect_end(one);
}

/* ----------------------------------------------------------------------------------------------- failures */

static pilsmer_cursor *begin_failing(struct place *place, pilsmer_code answer)
{
    stores_put_text(stores_make(place, NULL), "a", "1");
    stores_close(place);
    place->watch.answers[WATCHED_NEXT] = answer;
    return begin_all(stores_open_watched(place, PILSMER_BRIEF_WRITER));
}

static void an_engine_s_failure_is_passed_on(void **state)
{
    pilsmer_entry entry = {.key_len = 77};
    pilsmer_cursor *cursor = begin_failing(*state, PILSMER_TIMEOUT);
    check_code(PILSMER_TIMEOUT, pilsmer_cursor_next(cursor, &entry, &check_error));
    assert_int_equal(entry.key_len, 77);
    pilsmer_cursor_free(cursor);
}

/* PILSMER_DAMAGED would say that the cursor can go on. */
static void a_damaged_engine_is_no_damaged_value(void **state)
{
    pilsmer_entry entry;
    pilsmer_cursor *cursor = begin_failing(*state, PILSMER_DAMAGED);
    pilsmer_code code = pilsmer_cursor_next(cursor, &entry, &check_error);
    pilsmer_cursor_free(cursor);
    check_code(PILSMER_IO, code);
}

static void a_scan_that_can_not_begin_says_why(void **state)
{
    struct place *place = *state;
    pilsmer_cursor *untouched = NULL;
    stores_make(place, NULL);
    stores_close(place);
    place->watch.answers[WATCHED_SCAN] = PILSMER_IO;
    pilsmer *store = stores_open_watched(place, PILSMER_BRIEF_WRITER);
    check_code(PILSMER_IO, pilsmer_scan(store, NULL, 0, NULL, 0, &untouched, &check_error));
    assert_null(untouched);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_BOTH(an_empty_store_has_no_entries),
        ON_BOTH(entries_come_in_byte_order),
        ON_BOTH(keys_may_hold_any_byte),
        ON_BOTH(prefixes_and_beginnings_are_kept_to),
        ON_BOTH(the_record_is_never_seen),
        ON_BOTH(no_key_that_begins_with_zero_is_seen),
        ON_BOTH(planned_values_are_rebuilt),
        ON_BOTH(damaged_values_are_named_and_the_scan_goes_on),
        ON_BOTH(a_scan_sees_what_was_there_when_it_began),
        ON_FAKE(expiries_are_told),
        ON_BOTH(a_cursor_can_be_freed_half_way),
        ON_BOTH(two_cursors_do_not_disturb_each_other),
        ON_FAKE(an_engine_s_failure_is_passed_on),
        ON_FAKE(a_damaged_engine_is_no_damaged_value),
        ON_FAKE(a_scan_that_can_not_begin_says_why),
    };
    return CHECK_RUN("store.scan", cases, NULL);
}
