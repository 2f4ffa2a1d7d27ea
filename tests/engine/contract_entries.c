#include <stdlib.h>

#include "base/limits.h"
#include "engine/act.h"

/* ---------------------------------------------------------------------------------------- keys and values */

static void a_missing_key_is_not_found_and_nothing_is_written(void **state)
{
    struct engine *engine = act_open_writer(*state);
    struct engine_entry entry = {.expires_ms = -1};
    check_code(PILSMER_NOT_FOUND, act_try_get(engine, "nobody", &entry));
    assert_int_equal(entry.expires_ms, -1);
    assert_null(entry.value.owner);
}

static void a_put_is_read_until_it_is_replaced_or_removed(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "k", "first");
    act_expect(engine, "k", "first");
    act_put(engine, "k", "second");
    act_expect(engine, "k", "second");
    check_ok(act_try_remove(engine, "k"));
    act_expect_missing(engine, "k");
    act_put(engine, "k", "third");
    act_expect_all(engine, "k=third ");
}

static void removing_what_is_not_there_is_no_error(void **state)
{
    struct engine *engine = act_open_writer(*state);
    check_ok(act_try_remove(engine, "nobody"));
    act_expect_all(engine, "");
}

static void an_empty_value_is_a_value(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "k", "");
    act_expect(engine, "k", "");
    act_expect_all(engine, "k= ");
}

static void a_value_of_a_mebibyte_comes_back_whole(void **state)
{
    struct engine *engine = act_open_writer(*state);
    uint8_t *bytes = malloc(MIB);
    assert_non_null(bytes);
    for (size_t i = 0; i < MIB; i++)
        bytes[i] = (uint8_t)(i * 2654435761U >> 13);
    act_put_slice(engine, slice_of_text("k"), slice_of(bytes, MIB));
    act_expect_slice(engine, slice_of_text("k"), slice_of(bytes, MIB));
    act_flush(engine, ENGINE_FLUSH_L0);
    engine = act_reopen(*state, engine);
    act_expect_slice(engine, slice_of_text("k"), slice_of(bytes, MIB));
    free(bytes);
}

static void a_read_entry_outlives_its_replacement(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "k", "first");
    struct engine_entry entry = {0};
    check_ok(act_try_get(engine, "k", &entry));
    act_put(engine, "k", "second");
    act_compact(engine);
    check_bytes(entry.value.bytes, slice_of_text("first"));
    engine_entry_release(&entry);
    assert_null(entry.value.owner);
}

static void keys_of_every_byte_are_told_apart_and_in_order(void **state)
{
    struct engine *engine = act_open_writer(*state);
    for (unsigned i = 256; i-- > 0;)
        act_put_slice(engine, slice_of(&(uint8_t){(uint8_t)i}, 1), slice_of(&(uint8_t){(uint8_t)i}, 1));
    struct engine_cursor *cursor = act_scan(engine, "", "");
    struct engine_entry entry = {0};
    for (unsigned i = 0; i < 256; i++) {
        check_ok(act_try_next(engine, cursor, &entry));
        check_bytes(entry.key.bytes, slice_of(&(uint8_t){(uint8_t)i}, 1));
        check_bytes(entry.value.bytes, slice_of(&(uint8_t){(uint8_t)i}, 1));
        engine_entry_release(&entry);
    }
    check_code(PILSMER_NOT_FOUND, act_try_next(engine, cursor, &entry));
    engine->ops->cursor_free(cursor);
}

static void a_zero_byte_does_not_end_a_key(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put_slice(engine, slice_of("a", 1), slice_of_text("1"));
    act_put_slice(engine, slice_of("a\0", 2), slice_of_text("2"));
    act_put_slice(engine, slice_of("a\0b", 3), slice_of_text("3"));
    act_put_slice(engine, slice_of("\0a", 2), slice_of_text("4"));
    act_expect_slice(engine, slice_of("a", 1), slice_of_text("1"));
    act_expect_slice(engine, slice_of("a\0", 2), slice_of_text("2"));
    act_expect_slice(engine, slice_of("a\0b", 3), slice_of_text("3"));
    act_expect_slice(engine, slice_of("\0a", 2), slice_of_text("4"));
}

static void keys_at_the_limit_are_kept_and_beyond_it_refused(void **state)
{
    static const uint8_t bytes[LIMIT_KEY_BYTES + 1];
    struct engine *engine = act_open_writer(*state);
    struct slice longest = slice_of(bytes, LIMIT_KEY_BYTES);
    act_put_slice(engine, longest, slice_of_text("value"));
    act_flush(engine, ENGINE_FLUSH_L0);
    engine = act_reopen(*state, engine);
    act_expect_slice(engine, longest, slice_of_text("value"));

    struct slice refused[] = {slice_of(bytes, LIMIT_KEY_BYTES + 1), slice_of(bytes, 0)};
    for (size_t i = 0; i < 2; i++) {
        struct engine_entry entry = {0};
        check_code(PILSMER_INVALID, engine->ops->put(engine, refused[i], longest, 0, &check_error));
        check_code(PILSMER_INVALID, engine->ops->remove(engine, refused[i], &check_error));
        check_code(PILSMER_INVALID, engine->ops->get(engine, refused[i], &entry, &check_error));
    }
}

/* -------------------------------------------------------------------------------------------------- scans */

static struct engine *open_with_five(struct fixture *f)
{
    static const char *const keys[] = {"b2", "a", "c", "b", "b1"};
    struct engine *engine = act_open_writer(f);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        act_put(engine, keys[i], "v");
    return engine;
}

static void a_scan_gives_everything_in_order(void **state)
{
    act_expect_all(open_with_five(*state), "a=v b=v b1=v b2=v c=v ");
}

static void a_scan_is_in_order_across_flushes(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "b", "old");
    act_put(engine, "d", "4");
    act_flush(engine, ENGINE_FLUSH_L0);
    act_put(engine, "c", "3");
    act_put(engine, "b", "new");
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_put(engine, "a", "1");
    check_ok(act_try_remove(engine, "d"));
    act_expect_all(engine, "a=1 b=new c=3 ");
}

static void a_scan_keeps_to_its_prefix(void **state)
{
    struct engine *engine = open_with_five(*state);
    act_expect_scan(engine, "b", "", "b=v b1=v b2=v ");
    act_expect_scan(engine, "b1", "", "b1=v ");
    act_expect_scan(engine, "bb", "", "");
    act_expect_scan(engine, "d", "", "");
}

static void a_scan_starts_at_from(void **state)
{
    struct engine *engine = open_with_five(*state);
    act_expect_scan(engine, "", "b1", "b1=v b2=v c=v ");
    act_expect_scan(engine, "", "b11", "b2=v c=v ");
    act_expect_scan(engine, "", "c1", "");
}

static void a_scan_starts_at_from_within_its_prefix(void **state)
{
    struct engine *engine = open_with_five(*state);
    act_expect_scan(engine, "b", "b1", "b1=v b2=v ");
    act_expect_scan(engine, "b", "a", "b=v b1=v b2=v ");
    act_expect_scan(engine, "b1", "b", "b1=v ");
    act_expect_scan(engine, "b", "b3", "");
    act_expect_scan(engine, "b", "c", "");
}

static void a_prefix_of_ff_has_no_upper_end(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "\xFE\xFF", "0");
    act_put(engine, "\xFF", "1");
    act_put(engine, "\xFF\xFF", "2");
    act_put(engine, "\xFF\xFF\xFF", "3");
    act_expect_scan(engine, "\xFE", "", "\xFE\xFF=0 ");
    act_expect_scan(engine, "\xFE\xFF", "", "\xFE\xFF=0 ");
    act_expect_scan(engine, "\xFF", "", "\xFF=1 \xFF\xFF=2 \xFF\xFF\xFF=3 ");
    act_expect_scan(engine, "\xFF\xFF", "", "\xFF\xFF=2 \xFF\xFF\xFF=3 ");
    act_expect_scan(engine, "\xFF", "\xFF\xFF\xFF", "\xFF\xFF\xFF=3 ");
}

static void a_cursor_stays_at_its_end(void **state)
{
    struct engine *engine = open_with_five(*state);
    struct engine_cursor *cursor = act_scan(engine, "c", "");
    struct engine_entry entry = {0};
    check_ok(act_try_next(engine, cursor, &entry));
    engine_entry_release(&entry);
    act_put(engine, "c1", "later");
    for (int i = 0; i < 3; i++)
        check_code(PILSMER_NOT_FOUND, act_try_next(engine, cursor, &entry));
    engine->ops->cursor_free(cursor);
}

static void a_scan_does_not_see_what_is_written_meanwhile(void **state)
{
    struct engine *engine = open_with_five(*state);
    struct engine_cursor *cursor = act_scan(engine, "", "");
    struct engine_entry first = {0};
    check_ok(act_try_next(engine, cursor, &first));
    engine_entry_release(&first);
    act_put(engine, "b", "replaced");
    act_put(engine, "b3", "new");
    check_ok(act_try_remove(engine, "c"));
    act_flush(engine, ENGINE_FLUSH_L0);
    act_put(engine, "b2", "replaced");
    act_expect_rest(engine, cursor, "b=v b1=v b2=v c=v ");
    act_expect_all(engine, "a=v b=replaced b1=v b2=replaced b3=new ");
}

/* ------------------------------------------------------------------------------------------------- expiry */

static void an_expiry_is_told_by_get_and_scan(void **state)
{
    struct engine *engine = act_open_writer(*state);
    int64_t expires_ms = act_in(*state, ACT_HOUR_MS);
    act_put_expiring(engine, "k", "v", expires_ms);
    act_flush(engine, ENGINE_FLUSH_L0);
    engine = act_reopen(*state, engine);
    assert_int_equal(act_expiry_of(engine, "k"), expires_ms);
    struct engine_cursor *cursor = act_scan(engine, "", "");
    struct engine_entry entry = {0};
    check_ok(act_try_next(engine, cursor, &entry));
    assert_int_equal(entry.expires_ms, expires_ms);
    engine_entry_release(&entry);
    engine->ops->cursor_free(cursor);
}

static void a_put_without_expiry_ends_the_old_one(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put_expiring(engine, "k", "v", act_in(*state, ACT_HOUR_MS));
    act_put(engine, "k", "v");
    assert_int_equal(act_expiry_of(engine, "k"), 0);
}

static void an_expired_entry_is_not_there(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    act_put_expiring(engine, "b", "2", act_in(*state, ACT_SOON_MS));
    act_put_expiring(engine, "c", "3", act_in(*state, ACT_HOUR_MS));
    act_let_soon_pass(*state);
    act_expect_missing(engine, "b");
    act_expect_all(engine, "a=1 c=3 ");
    act_flush(engine, ENGINE_FLUSH_L0);
    struct engine *reader = act_open_reader(*state);
    act_expect_missing(reader, "b");
    act_expect_all(reader, "a=1 c=3 ");
}

static void an_entry_that_was_put_expired_is_not_there(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "past", "older");
    act_put_expiring(engine, "past", "v", act_in(*state, -ACT_HOUR_MS));
    act_put_expiring(engine, "now", "v", act_in(*state, 0));
    act_expect_missing(engine, "past");
    act_expect_missing(engine, "now");
    act_expect_all(engine, "");
}

static void an_expired_entry_does_not_uncover_an_older_one(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "k", "older");
    act_flush(engine, ENGINE_FLUSH_L0);
    act_put_expiring(engine, "k", "newer", act_in(*state, ACT_SOON_MS));
    act_flush(engine, ENGINE_FLUSH_L0);
    act_let_soon_pass(*state);
    act_expect_missing(engine, "k");
    act_compact(engine);
    act_expect_missing(engine, "k");
    act_expect_all(engine, "");
}

/* ----------------------------------------------------------------------------------------------- the list */

static const struct CMUnitTest cases[] = {
    CASE(a_missing_key_is_not_found_and_nothing_is_written),
    CASE(a_put_is_read_until_it_is_replaced_or_removed),
    CASE(removing_what_is_not_there_is_no_error),
    CASE(an_empty_value_is_a_value),
    CASE(a_value_of_a_mebibyte_comes_back_whole),
    CASE(a_read_entry_outlives_its_replacement),
    CASE(keys_of_every_byte_are_told_apart_and_in_order),
    CASE(a_zero_byte_does_not_end_a_key),
    CASE(keys_at_the_limit_are_kept_and_beyond_it_refused),
    CASE(a_scan_gives_everything_in_order),
    CASE(a_scan_is_in_order_across_flushes),
    CASE(a_scan_keeps_to_its_prefix),
    CASE(a_scan_starts_at_from),
    CASE(a_scan_starts_at_from_within_its_prefix),
    CASE(a_prefix_of_ff_has_no_upper_end),
    CASE(a_cursor_stays_at_its_end),
    CASE(a_scan_does_not_see_what_is_written_meanwhile),
    CASE(an_expiry_is_told_by_get_and_scan),
    CASE(a_put_without_expiry_ends_the_old_one),
    CASE(an_expired_entry_is_not_there),
    CASE(an_entry_that_was_put_expired_is_not_there),
    CASE(an_expired_entry_does_not_uncover_an_older_one),
};

const struct contract_group contract_entries = {"entries", cases, sizeof cases / sizeof *cases};
