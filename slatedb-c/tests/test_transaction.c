/* Transactions, at both levels of isolation. */
#include "support.h"

static const slatedb_isolation levels[] = {SLATEDB_SNAPSHOT, SLATEDB_SERIALIZABLE};

struct fixture {
    slatedb_db *db;
    slatedb_transaction *transaction;
};

/* A database with "a" and "b", and a transaction. */
static struct fixture begin(slatedb_isolation level)
{
    struct fixture f = {0};
    f.db = open_db("memory://transaction", NULL);
    put(f.db, "a", "old");
    put(f.db, "b", "old");
    expect_ok(slatedb_delete(f.db, slice("absent"), &err));
    expect_ok(slatedb_transaction_begin(f.db, level, &f.transaction, &err));
    return f;
}

static void end(struct fixture f)
{
    slatedb_transaction_destroy(f.transaction);
    close_db(f.db, SLATEDB_FLUSH_WAL);
}

static void get(struct fixture f, const char *key)
{
    slatedb_entry entry = {0};
    slatedb_code code = slatedb_transaction_get(f.transaction, slice(key), &entry, NULL);
    assert_true(code == SLATEDB_OK || code == SLATEDB_NOT_FOUND);
    slatedb_entry_release(&entry);
}

static void set(struct fixture f, const char *key)
{
    expect_ok(slatedb_transaction_put(f.transaction, slice(key), slice("ours"), 0, &err));
}

static void commit(struct fixture f, slatedb_code code)
{
    expect_code(code, slatedb_transaction_commit(f.transaction, &err));
}

static void a_transaction_is_seen_after_its_commit_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        slatedb_entry entry;
        set(f, "a");
        expect_ok(slatedb_transaction_delete(f.transaction, slice("b"), &err));
        expect_ok(slatedb_transaction_get(f.transaction, slice("a"), &entry, &err));
        assert_true(same_bytes(entry.value, "ours"));
        slatedb_entry_release(&entry);
        expect_code(SLATEDB_NOT_FOUND, slatedb_transaction_get(f.transaction, slice("b"), &entry, &err));
        assert_value(f.db, "a", "old");
        commit(f, SLATEDB_OK);
        assert_value(f.db, "a", "ours");
        assert_absent(f.db, "b");
        end(f);
    }
}

static void a_scan_sees_the_transactions_own_writes(void **state)
{
    (void)state;
    struct fixture f = begin(SLATEDB_SNAPSHOT);
    slatedb_iterator *iterator = NULL;
    set(f, "c");
    expect_ok(slatedb_transaction_delete(f.transaction, slice("a"), &err));
    expect_ok(slatedb_transaction_scan(f.transaction, slice(""), slice(""), &iterator, &err));
    assert_string_equal(support_keys(iterator), "b c");
    end(f);
}

static void destroying_one_rolls_it_back(void **state)
{
    (void)state;
    struct fixture f = begin(SLATEDB_SNAPSHOT);
    set(f, "a");
    slatedb_transaction_destroy(f.transaction);
    f.transaction = NULL;
    assert_value(f.db, "a", "old");
    end(f);
}

static void a_transaction_reads_what_was_there_when_it_began(void **state)
{
    (void)state;
    struct fixture f = begin(SLATEDB_SNAPSHOT);
    slatedb_entry entry;
    put(f.db, "a", "theirs");
    expect_ok(slatedb_transaction_get(f.transaction, slice("a"), &entry, &err));
    assert_true(same_bytes(entry.value, "old"));
    slatedb_entry_release(&entry);
    end(f);
}

static void a_put_to_a_key_that_was_read_is_a_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        get(f, "a");
        set(f, "b");
        put(f.db, "a", "theirs");
        commit(f, SLATEDB_CONFLICT);
        assert_value(f.db, "b", "old");
        assert_value(f.db, "a", "theirs");
        end(f);
    }
}

static void a_put_of_the_same_bytes_is_a_conflict_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        get(f, "a");
        set(f, "a");
        put(f.db, "a", "old");
        commit(f, SLATEDB_CONFLICT);
        end(f);
    }
}

static void a_delete_of_a_key_that_was_read_is_a_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        get(f, "a");
        set(f, "a");
        expect_ok(slatedb_delete(f.db, slice("a"), &err));
        commit(f, SLATEDB_CONFLICT);
        assert_absent(f.db, "a");
        end(f);
    }
}

static void a_put_to_a_key_that_was_read_as_absent_is_a_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        get(f, "absent");
        set(f, "b");
        put(f.db, "absent", "theirs");
        commit(f, SLATEDB_CONFLICT);
        end(f);
    }
}

static void a_put_before_the_read_is_a_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        put(f.db, "a", "theirs");
        get(f, "a");
        set(f, "a");
        commit(f, SLATEDB_CONFLICT);
        end(f);
    }
}

static void a_put_to_a_key_that_is_written_unread_is_a_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        set(f, "a");
        put(f.db, "a", "theirs");
        commit(f, SLATEDB_CONFLICT);
        assert_value(f.db, "a", "theirs");
        end(f);
    }
}

static void a_batch_is_a_conflict_as_a_put_is(void **state)
{
    (void)state;
    struct fixture f = begin(SLATEDB_SNAPSHOT);
    slatedb_batch *batch = NULL;
    get(f, "a");
    set(f, "a");
    expect_ok(slatedb_batch_new(&batch, &err));
    expect_ok(slatedb_batch_put(batch, slice("a"), slice("theirs"), 0, &err));
    expect_ok(slatedb_write(f.db, batch, &err));
    slatedb_batch_destroy(batch);
    commit(f, SLATEDB_CONFLICT);
    end(f);
}

static void a_conflict_is_found_after_the_flush_and_compaction_of_the_other_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        get(f, "a");
        set(f, "a");
        put(f.db, "a", "theirs");
        flush(f.db, SLATEDB_FLUSH_MEMTABLE);
        expect_ok(slatedb_compact("memory://transaction", NULL, &err));
        commit(f, SLATEDB_CONFLICT);
        end(f);
    }
}

static void other_keys_are_no_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        get(f, "a");
        set(f, "a");
        put(f.db, "b", "theirs");
        commit(f, SLATEDB_OK);
        end(f);
    }
}

static void a_put_within_a_scanned_range_is_a_conflict_when_serializable(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]);
        slatedb_iterator *iterator = NULL;
        expect_ok(slatedb_transaction_scan(f.transaction, slice(""), slice("range/"), &iterator, &err));
        assert_string_equal(support_keys(iterator), "");
        set(f, "b");
        put(f.db, "range/new", "theirs");
        commit(f, levels[i] == SLATEDB_SERIALIZABLE ? SLATEDB_CONFLICT : SLATEDB_OK);
        expect_ok(slatedb_delete(f.db, slice("range/new"), &err));
        end(f);
    }
}

static void a_transaction_that_only_reads_can_lose_as_well(void **state)
{
    (void)state;
    struct fixture f = begin(SLATEDB_SERIALIZABLE);
    get(f, "a");
    put(f.db, "a", "theirs");
    commit(f, SLATEDB_CONFLICT);
    end(f);
}

static void the_second_of_two_commits_loses(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = begin(levels[i]), g = {.db = f.db};
        expect_ok(slatedb_transaction_begin(f.db, levels[i], &g.transaction, &err));
        get(f, "a");
        get(g, "a");
        set(f, "a");
        set(g, "a");
        commit(g, SLATEDB_OK);
        commit(f, SLATEDB_CONFLICT);
        slatedb_transaction_destroy(g.transaction);
        end(f);
    }
}

static void after_a_commit_a_transaction_is_over(void **state)
{
    (void)state;
    struct fixture f = begin(SLATEDB_SNAPSHOT);
    slatedb_entry entry;
    slatedb_iterator *iterator = NULL;
    commit(f, SLATEDB_OK);
    commit(f, SLATEDB_INVALID);
    expect_code(SLATEDB_INVALID, slatedb_transaction_put(f.transaction, slice("a"), slice("x"), 0, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_delete(f.transaction, slice("a"), &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_get(f.transaction, slice("a"), &entry, &err));
    expect_code(SLATEDB_INVALID,
                slatedb_transaction_scan(f.transaction, slice(""), slice(""), &iterator, &err));
    end(f);
}

static void a_committed_expiry_is_kept(void **state)
{
    (void)state;
    struct fixture f = begin(SLATEDB_SNAPSHOT);
    int64_t far = INT64_C(4102444800000);
    slatedb_entry entry;
    expect_ok(slatedb_transaction_put(f.transaction, slice("a"), slice("ours"), far, &err));
    commit(f, SLATEDB_OK);
    expect_ok(slatedb_get(f.db, slice("a"), &entry, &err));
    assert_int_equal(entry.expires_ms, far);
    slatedb_entry_release(&entry);
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transaction_is_seen_after_its_commit_only),
        cmocka_unit_test(a_scan_sees_the_transactions_own_writes),
        cmocka_unit_test(destroying_one_rolls_it_back),
        cmocka_unit_test(a_transaction_reads_what_was_there_when_it_began),
        cmocka_unit_test(a_put_to_a_key_that_was_read_is_a_conflict),
        cmocka_unit_test(a_put_of_the_same_bytes_is_a_conflict_too),
        cmocka_unit_test(a_delete_of_a_key_that_was_read_is_a_conflict),
        cmocka_unit_test(a_put_to_a_key_that_was_read_as_absent_is_a_conflict),
        cmocka_unit_test(a_put_before_the_read_is_a_conflict),
        cmocka_unit_test(a_put_to_a_key_that_is_written_unread_is_a_conflict),
        cmocka_unit_test(a_batch_is_a_conflict_as_a_put_is),
        cmocka_unit_test(a_conflict_is_found_after_the_flush_and_compaction_of_the_other_write),
        cmocka_unit_test(other_keys_are_no_conflict),
        cmocka_unit_test(a_put_within_a_scanned_range_is_a_conflict_when_serializable),
        cmocka_unit_test(a_transaction_that_only_reads_can_lose_as_well),
        cmocka_unit_test(the_second_of_two_commits_loses),
        cmocka_unit_test(after_a_commit_a_transaction_is_over),
        cmocka_unit_test(a_committed_expiry_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
