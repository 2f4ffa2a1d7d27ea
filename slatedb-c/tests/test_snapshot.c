/* Snapshots. */
#include "support.h"

static void a_snapshot_stands_still(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    slatedb_snapshot *snapshot = NULL;
    slatedb_iterator *iterator = NULL;
    slatedb_entry entry;
    put(db, "a", "old");
    put(db, "b", "old");
    expect_ok(slatedb_snapshot_new(db, &snapshot, &err));
    put(db, "a", "new");
    put(db, "c", "new");
    expect_ok(slatedb_delete(db, slice("b"), &err));
    expect_ok(slatedb_snapshot_get(snapshot, slice("a"), &entry, &err));
    assert_true(same_bytes(entry.value, "old"));
    slatedb_entry_release(&entry);
    expect_code(SLATEDB_NOT_FOUND, slatedb_snapshot_get(snapshot, slice("c"), &entry, &err));
    expect_ok(slatedb_snapshot_scan(snapshot, slice(""), slice(""), &iterator, &err));
    assert_string_equal(support_keys(iterator), "a b");
    assert_value(db, "a", "new");
    slatedb_snapshot_destroy(snapshot);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_snapshot_survives_a_full_compaction(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    slatedb_snapshot *snapshot = NULL;
    slatedb_entry entry;
    put(db, "a", "old");
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    expect_ok(slatedb_snapshot_new(db, &snapshot, &err));
    put(db, "a", "new");
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    expect_ok(slatedb_compact(support_url(state, "db"), NULL, &err));
    expect_ok(slatedb_snapshot_get(snapshot, slice("a"), &entry, &err));
    assert_true(same_bytes(entry.value, "old"));
    slatedb_entry_release(&entry);
    assert_value(db, "a", "new");
    slatedb_snapshot_destroy(snapshot);
    close_db(db, SLATEDB_FLUSH_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_snapshot_stands_still),
        CASE(a_snapshot_survives_a_full_compaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
