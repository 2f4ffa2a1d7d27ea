/* Put, get, delete, batches and expiry. */
#include "support.h"

#include <time.h>

enum { LONGEST_KEY = 65535 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static slatedb_db *fresh(void **state)
{
    return open_db(support_url(state, "db"), NULL);
}

static void a_value_comes_back(void **state)
{
    slatedb_db *db = fresh(state);
    put(db, "key", "value");
    assert_value(db, "key", "value");
    put(db, "key", "another");
    assert_value(db, "key", "another");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_get_leaves_the_key_empty(void **state)
{
    slatedb_db *db = fresh(state);
    put(db, "key", "value");
    slatedb_entry entry;
    memset(&entry, 0x5a, sizeof entry);
    expect_ok(slatedb_get(db, slice("key"), &entry, &err));
    assert_null(entry.key.data);
    assert_null(entry.key.owner);
    assert_int_equal(entry.key.len, 0);
    slatedb_entry_release(&entry);
    assert_null(entry.value.data);
    slatedb_entry_release(&entry);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void bytes_outlive_their_database(void **state)
{
    slatedb_db *db = fresh(state);
    put(db, "key", "value");
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    slatedb_entry entry;
    expect_ok(slatedb_get(db, slice("key"), &entry, &err));
    slatedb_bytes kept = entry.value;
    memset(&entry.value, 0, sizeof entry.value);
    slatedb_entry_release(&entry);
    close_db(db, SLATEDB_FLUSH_NONE);
    assert_true(same_bytes(kept, "value"));
    slatedb_bytes_release(&kept);
    assert_null(kept.owner);
}

static void any_bytes_will_do(void **state)
{
    slatedb_db *db = fresh(state);
    const uint8_t raw[] = {0, 255, '\n', 0};
    slatedb_slice bytes = {.data = raw, .len = sizeof raw};
    expect_ok(slatedb_put(db, bytes, bytes, 0, &err));
    slatedb_entry entry;
    expect_ok(slatedb_get(db, bytes, &entry, &err));
    assert_int_equal(entry.value.len, sizeof raw);
    assert_memory_equal(entry.value.data, raw, sizeof raw);
    slatedb_entry_release(&entry);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void an_empty_value_is_a_value(void **state)
{
    slatedb_db *db = fresh(state);
    slatedb_slice nothing = {.data = NULL, .len = 0};
    expect_ok(slatedb_put(db, slice("key"), nothing, 0, &err));
    slatedb_entry entry;
    expect_ok(slatedb_get(db, slice("key"), &entry, &err));
    assert_int_equal(entry.value.len, 0);
    assert_non_null(entry.value.data);
    slatedb_entry_release(&entry);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_large_value_comes_back_from_the_file(void **state)
{
    slatedb_db *db = fresh(state);
    size_t len = (size_t)20 << 20;
    uint8_t *large = malloc(len);
    assert_non_null(large);
    for (size_t i = 0; i < len; i++)
        large[i] = (uint8_t)(i * 2654435761U >> 24);
    slatedb_slice value = {.data = large, .len = len};
    expect_ok(slatedb_put(db, slice("large"), value, 0, &err));
    close_db(db, SLATEDB_FLUSH_MEMTABLE);
    db = fresh(state);
    slatedb_entry entry;
    expect_ok(slatedb_get(db, slice("large"), &entry, &err));
    assert_int_equal(entry.value.len, len);
    assert_memory_equal(entry.value.data, large, len);
    slatedb_entry_release(&entry);
    free(large);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void the_longest_key_is_accepted_and_a_longer_or_empty_one_is_not(void **state)
{
    slatedb_db *db = fresh(state);
    uint8_t *bytes = calloc(LONGEST_KEY + 1, 1);
    assert_non_null(bytes);
    slatedb_slice longest = {.data = bytes, .len = LONGEST_KEY},
                  longer = {.data = bytes, .len = LONGEST_KEY + 1};
    slatedb_batch *batch = NULL;
    slatedb_transaction *transaction = NULL;
    slatedb_entry entry;
    expect_ok(slatedb_batch_new(&batch, &err));
    expect_ok(slatedb_transaction_begin(db, SLATEDB_SNAPSHOT, &transaction, &err));
    expect_ok(slatedb_put(db, longest, slice("value"), 0, &err));
    expect_ok(slatedb_get(db, longest, &entry, &err));
    slatedb_entry_release(&entry);
    slatedb_slice refused[] = {longer, slice("")};
    for (size_t i = 0; i < 2; i++) {
        expect_code(SLATEDB_INVALID, slatedb_put(db, refused[i], slice("value"), 0, &err));
        expect_code(SLATEDB_INVALID, slatedb_delete(db, refused[i], &err));
        expect_code(SLATEDB_INVALID, slatedb_get(db, refused[i], &entry, &err));
        expect_code(SLATEDB_INVALID, slatedb_batch_put(batch, refused[i], slice("value"), 0, &err));
        expect_code(SLATEDB_INVALID, slatedb_batch_delete(batch, refused[i], &err));
        expect_code(SLATEDB_INVALID,
                    slatedb_transaction_put(transaction, refused[i], slice("value"), 0, &err));
        expect_code(SLATEDB_INVALID, slatedb_transaction_delete(transaction, refused[i], &err));
    }
    slatedb_transaction_destroy(transaction);
    slatedb_batch_destroy(batch);
    free(bytes);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_value_over_the_limit_is_refused_unread(void **state)
{
    slatedb_db *db = fresh(state);
    slatedb_slice huge = {.data = (const uint8_t *)"x", .len = (size_t)UINT32_MAX + 1};
    expect_code(SLATEDB_INVALID, slatedb_put(db, slice("key"), huge, 0, &err));
    assert_absent(db, "key");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_deleted_key_is_absent(void **state)
{
    slatedb_db *db = fresh(state);
    put(db, "key", "value");
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    expect_ok(slatedb_delete(db, slice("key"), &err));
    expect_ok(slatedb_delete(db, slice("never there"), &err));
    assert_absent(db, "key");
    close_db(db, SLATEDB_FLUSH_WAL);
    db = fresh(state);
    assert_absent(db, "key");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_batch_is_written_and_can_be_written_again(void **state)
{
    slatedb_db *db = fresh(state);
    put(db, "b", "old");
    slatedb_batch *batch = NULL;
    expect_ok(slatedb_batch_new(&batch, &err));
    expect_ok(slatedb_batch_put(batch, slice("a"), slice("replaced"), 0, &err));
    expect_ok(slatedb_batch_put(batch, slice("a"), slice("1"), 0, &err));
    expect_ok(slatedb_batch_delete(batch, slice("b"), &err));
    assert_absent(db, "a");
    expect_ok(slatedb_write(db, batch, &err));
    assert_value(db, "a", "1");
    assert_absent(db, "b");
    put(db, "a", "2");
    put(db, "b", "2");
    expect_ok(slatedb_write(db, batch, &err));
    assert_value(db, "a", "1");
    assert_absent(db, "b");
    slatedb_batch_destroy(batch);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void an_empty_batch_writes_nothing(void **state)
{
    slatedb_db *db = fresh(state);
    slatedb_batch *batch = NULL;
    expect_ok(slatedb_batch_new(&batch, &err));
    expect_ok(slatedb_write(db, batch, &err));
    slatedb_batch_destroy(batch);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void an_entry_tells_its_expiry_time_and_number(void **state)
{
    slatedb_db *db = fresh(state);
    int64_t before = now_ms(), later = before + 3600 * 1000;
    slatedb_entry first, second;
    expect_ok(slatedb_put(db, slice("first"), slice("value"), later, &err));
    put(db, "second", "value");
    expect_ok(slatedb_get(db, slice("first"), &first, &err));
    expect_ok(slatedb_get(db, slice("second"), &second, &err));
    assert_int_equal(first.expires_ms, later);
    assert_int_equal(second.expires_ms, 0);
    assert_true(first.created_ms >= before && first.created_ms <= now_ms());
    assert_true(first.seq > 0 && first.seq < second.seq);
    slatedb_entry_release(&first);
    slatedb_entry_release(&second);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void what_has_expired_is_absent(void **state)
{
    slatedb_db *db = fresh(state);
    expect_ok(slatedb_put(db, slice("past"), slice("value"), now_ms() - 1000, &err));
    assert_absent(db, "past");
    expect_ok(slatedb_put(db, slice("soon"), slice("value"), now_ms() + 300, &err));
    assert_value(db, "soon", "value");
    slatedb_entry entry;
    while (slatedb_get(db, slice("soon"), &entry, NULL) == SLATEDB_OK) {
        slatedb_entry_release(&entry);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    assert_absent(db, "soon");
    expect_code(SLATEDB_INVALID, slatedb_put(db, slice("key"), slice("value"), -1, &err));
    close_db(db, SLATEDB_FLUSH_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_value_comes_back),
        CASE(a_get_leaves_the_key_empty),
        CASE(bytes_outlive_their_database),
        CASE(any_bytes_will_do),
        CASE(an_empty_value_is_a_value),
        CASE(a_large_value_comes_back_from_the_file),
        CASE(the_longest_key_is_accepted_and_a_longer_or_empty_one_is_not),
        CASE(a_value_over_the_limit_is_refused_unread),
        CASE(a_deleted_key_is_absent),
        CASE(a_batch_is_written_and_can_be_written_again),
        CASE(an_empty_batch_writes_nothing),
        CASE(an_entry_tells_its_expiry_time_and_number),
        CASE(what_has_expired_is_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
