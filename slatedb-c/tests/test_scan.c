/* Scans: order, bounds, prefixes. */
#include "support.h"

static slatedb_db *filled(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    const char *keys[] = {"b", "a/2", "c", "a", "a/1", "ab", "a/3"};
    /* Some in a file, some in memory. */
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        put(db, keys[i], keys[i]);
        if (i == 3)
            flush(db, SLATEDB_FLUSH_MEMTABLE);
    }
    return db;
}

static const char *scan(slatedb_db *db, const char *from, const char *prefix)
{
    slatedb_iterator *iterator = NULL;
    expect_ok(slatedb_scan(db, slice(from), slice(prefix), &iterator, &err));
    return support_keys(iterator);
}

static void without_bounds_everything_comes_in_order(void **state)
{
    slatedb_db *db = filled(state);
    assert_string_equal(scan(db, "", ""), "a a/1 a/2 a/3 ab b c");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_start_is_inclusive(void **state)
{
    slatedb_db *db = filled(state);
    assert_string_equal(scan(db, "a/2", ""), "a/2 a/3 ab b c");
    assert_string_equal(scan(db, "a/25", ""), "a/3 ab b c");
    assert_string_equal(scan(db, "z", ""), "");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_prefix_is_a_bound(void **state)
{
    slatedb_db *db = filled(state);
    assert_string_equal(scan(db, "", "a/"), "a/1 a/2 a/3");
    assert_string_equal(scan(db, "", "a"), "a a/1 a/2 a/3 ab");
    assert_string_equal(scan(db, "", "x"), "");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_start_and_a_prefix_go_together(void **state)
{
    slatedb_db *db = filled(state);
    assert_string_equal(scan(db, "a/2", "a/"), "a/2 a/3");
    assert_string_equal(scan(db, "a", "a/"), "a/1 a/2 a/3");
    assert_string_equal(scan(db, "a/", "a/"), "a/1 a/2 a/3");
    assert_string_equal(scan(db, "A", "a/"), "a/1 a/2 a/3");
    assert_string_equal(scan(db, "a0", "a/"), "");
    assert_string_equal(scan(db, "b", "a/"), "");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_prefix_of_the_highest_byte_has_no_end(void **state)
{
    slatedb_db *db = filled(state);
    put(db, "\xff", "1");
    put(db, "\xff\xff", "2");
    assert_string_equal(scan(db, "", "\xff"), "\xff \xff\xff");
    assert_string_equal(scan(db, "", "\xff\xff"), "\xff\xff");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void an_entry_has_all_its_parts(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    int64_t far = INT64_C(4102444800000);
    expect_ok(slatedb_put(db, slice("key"), slice("value"), far, &err));
    slatedb_iterator *iterator = NULL;
    slatedb_entry entry;
    expect_ok(slatedb_scan(db, slice(""), slice(""), &iterator, &err));
    expect_ok(slatedb_iterator_next(iterator, &entry, &err));
    assert_true(same_bytes(entry.key, "key"));
    assert_true(same_bytes(entry.value, "value"));
    assert_int_equal(entry.expires_ms, far);
    assert_true(entry.seq > 0 && entry.created_ms > 0);
    expect_code(SLATEDB_INVALID, slatedb_iterator_next(iterator, NULL, &err));
    slatedb_entry after;
    expect_code(SLATEDB_NOT_FOUND, slatedb_iterator_next(iterator, &after, &err));
    expect_code(SLATEDB_NOT_FOUND, slatedb_iterator_next(iterator, &after, &err));
    slatedb_iterator_destroy(iterator);
    assert_true(same_bytes(entry.key, "key"));
    slatedb_entry_release(&entry);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void deleted_and_expired_entries_are_left_out(void **state)
{
    slatedb_db *db = filled(state);
    expect_ok(slatedb_delete(db, slice("a/2"), &err));
    expect_ok(slatedb_put(db, slice("b"), slice("gone"), 1, &err));
    assert_string_equal(scan(db, "", ""), "a a/1 a/3 ab c");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_scan_sees_nothing_that_is_written_after_it_began(void **state)
{
    slatedb_db *db = filled(state);
    slatedb_iterator *iterator = NULL;
    expect_ok(slatedb_scan(db, slice(""), slice("a"), &iterator, &err));
    put(db, "a/0", "new");
    expect_ok(slatedb_delete(db, slice("a/1"), &err));
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    assert_string_equal(support_keys(iterator), "a a/1 a/2 a/3 ab");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_scan_goes_through_many_blocks_and_files(void **state)
{
    enum { COUNT = 20000 };
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    char key[16], value[201] = {0};
    memset(value, 'v', sizeof value - 1);
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "%08d", (i * 7919) % COUNT);
        put(db, key, value);
        if (i % 5000 == 4999)
            flush(db, SLATEDB_FLUSH_MEMTABLE);
    }
    slatedb_iterator *iterator = NULL;
    slatedb_entry entry;
    expect_ok(slatedb_scan(db, slice("00000010"), slice("0"), &iterator, &err));
    int expected = 10;
    while (slatedb_iterator_next(iterator, &entry, NULL) == SLATEDB_OK) {
        snprintf(key, sizeof key, "%08d", expected++);
        assert_true(same_bytes(entry.key, key));
        assert_true(same_bytes(entry.value, value));
        slatedb_entry_release(&entry);
    }
    assert_int_equal(expected, COUNT);
    slatedb_iterator_destroy(iterator);
    close_db(db, SLATEDB_FLUSH_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_bounds_everything_comes_in_order),
        CASE(a_start_is_inclusive),
        CASE(a_prefix_is_a_bound),
        CASE(a_start_and_a_prefix_go_together),
        CASE(a_prefix_of_the_highest_byte_has_no_end),
        CASE(an_entry_has_all_its_parts),
        CASE(deleted_and_expired_entries_are_left_out),
        CASE(a_scan_sees_nothing_that_is_written_after_it_began),
        CASE(a_scan_goes_through_many_blocks_and_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
