/* Short sessions, compaction, garbage. */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static slatedb_shape_info shape(slatedb_db *db)
{
    slatedb_shape_info info;
    expect_ok(slatedb_shape(db, &info, &err));
    return info;
}

/* What a command line does for one put. */
static void session(void **state, int number, slatedb_flush_kind kind)
{
    char key[32];
    snprintf(key, sizeof key, "key%04d", number);
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    put(db, key, key);
    flush(db, kind);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void assert_keys(slatedb_db *db, int count)
{
    char key[32];
    for (int i = 0; i < count; i++) {
        snprintf(key, sizeof key, "key%04d", i);
        assert_value(db, key, key);
    }
}

/* With what shortens the waits: for the files that it replaced, and for a compaction that was killed. */
static void compact(void **state)
{
    expect_ok(slatedb_compact(support_url(state, "db"),
                              "{\"engine\": {\"compactor_options\": {\"checkpoint_lifetime\": \"1s\","
                              " \"worker_heartbeat_timeout\": \"2s\","
                              " \"worker\": {\"heartbeat_interval\": \"500ms\"}}}}",
                              &err));
}

static void collect(void **state)
{
    expect_ok(slatedb_gc(support_url(state, "db"), NULL, 0, &err));
}

static void short_sessions_never_stall(void **state)
{
    for (int i = 0; i < 30; i++)
        session(state, i, SLATEDB_FLUSH_WAL);
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    assert_keys(db, 30);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void the_shape_counts_what_an_opening_reads(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    assert_int_equal(shape(db).wal_files_replayed, 0);
    close_db(db, SLATEDB_FLUSH_NONE);
    for (int i = 0; i < 5; i++)
        session(state, i, SLATEDB_FLUSH_WAL);
    db = open_db(support_url(state, "db"), NULL);
    /* Six openings and five puts. */
    assert_int_equal(shape(db).wal_files_replayed, 11);
    assert_int_equal(shape(db).l0_files, 0);
    assert_int_equal(shape(db).sorted_runs, 0);
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    assert_int_equal(shape(db).l0_files, 1);
    close_db(db, SLATEDB_FLUSH_NONE);
    db = open_db(support_url(state, "db"), NULL);
    assert_int_equal(shape(db).wal_files_replayed, 0);
    assert_int_equal(shape(db).l0_files, 1);
    close_db(db, SLATEDB_FLUSH_NONE);
    compact(state);
    db = open_db(support_url(state, "db"), NULL);
    assert_int_equal(shape(db).l0_files, 0);
    assert_int_equal(shape(db).sorted_runs, 1);
    assert_keys(db, 5);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void the_shape_is_that_of_the_memory_too(void **state)
{
    (void)state;
    slatedb_db *db = open_db("memory://shape", NULL);
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_WAL);
    db = open_db("memory://shape", NULL);
    assert_int_equal(shape(db).wal_files_replayed, 2);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_flush_that_waits_for_a_compaction_times_out(void **state)
{
    const char *settings = "{\"timeout_ms\": 1000}";
    slatedb_db *db = open_db(support_url(state, "db"), settings);
    for (int i = 0; i < 8; i++) {
        put(db, "key", "value");
        flush(db, SLATEDB_FLUSH_MEMTABLE);
    }
    put(db, "key", "stalled");
    expect_code(SLATEDB_TIMEOUT, slatedb_flush(db, SLATEDB_FLUSH_MEMTABLE, &err));
    compact(state);
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    assert_value(db, "key", "stalled");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void compacting_nothing_is_fine(void **state)
{
    close_db(open_db(support_url(state, "db"), NULL), SLATEDB_FLUSH_NONE);
    compact(state);
    compact(state);
}

static void a_compaction_keeps_the_newest_and_drops_the_deleted(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    for (int i = 0; i < 3; i++) {
        put(db, "kept", i == 2 ? "newest" : "older");
        put(db, "deleted", "value");
        flush(db, SLATEDB_FLUSH_MEMTABLE);
        if (i == 0)
            compact(state);
    }
    expect_ok(slatedb_delete(db, slice("deleted"), &err));
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    close_db(db, SLATEDB_FLUSH_NONE);
    compact(state);
    db = open_db(support_url(state, "db"), NULL);
    assert_int_equal(shape(db).l0_files, 0);
    assert_int_equal(shape(db).sorted_runs, 1);
    assert_value(db, "kept", "newest");
    assert_absent(db, "deleted");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_writer_goes_on_beside_a_compaction(void **state)
{
    slatedb_db *db =
        open_db(support_url(state, "db"), "{\"engine\": {\"manifest_poll_interval\": \"20ms\"}}");
    char key[32];
    for (int round = 0; round < 4; round++) {
        for (int i = round * 100; i < round * 100 + 100; i++) {
            snprintf(key, sizeof key, "key%04d", i);
            put(db, key, key);
        }
        flush(db, SLATEDB_FLUSH_MEMTABLE);
        put(db, "unflushed", "value");
        compact(state);
        put(db, "after", "value");
        assert_keys(db, round * 100 + 100);
        assert_value(db, "unflushed", "value");
    }
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    assert_int_equal(shape(db).sorted_runs, 1);
    close_db(db, SLATEDB_FLUSH_WAL);
    db = open_db(support_url(state, "db"), NULL);
    assert_keys(db, 400);
    assert_value(db, "unflushed", "value");
    assert_value(db, "after", "value");
    close_db(db, SLATEDB_FLUSH_NONE);
}

/* Puts until it is told to stop by the end of a file. */
static int write_until(const char *directory)
{
    char url[4096], stop[4096];
    slatedb_db *db = NULL;
    snprintf(url, sizeof url, "file://%s/db", directory);
    snprintf(stop, sizeof stop, "%s/stop", directory);
    if (slatedb_open(url, NULL, &db, NULL))
        return 1;
    for (int i = 0; access(stop, F_OK) != 0; i++)
        if (slatedb_put(db, slice("theirs"), slice("value"), 0, NULL) ||
            slatedb_flush(db, SLATEDB_FLUSH_WAL, NULL))
            return 2;
    slatedb_code code = slatedb_close(db, SLATEDB_FLUSH_MEMTABLE, NULL);
    slatedb_db_destroy(db);
    return code ? 3 : 0;
}

static void a_writer_of_another_process_goes_on_beside_a_compaction(void **state)
{
    for (int i = 0; i < 3; i++)
        session(state, i, SLATEDB_FLUSH_MEMTABLE);
    int child = support_spawn("write_until", *state);
    usleep(100000);
    compact(state);
    compact(state);
    assert_true(creat(support_path(state, "stop"), 0600) >= 0);
    assert_int_equal(support_wait(child), 0);
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    assert_keys(db, 3);
    assert_value(db, "theirs", "value");
    close_db(db, SLATEDB_FLUSH_NONE);
}

/* Says that it begins, and compacts. */
static int compact_until_killed(const char *directory)
{
    char url[4096], said[4096];
    snprintf(url, sizeof url, "file://%s/db", directory);
    snprintf(said, sizeof said, "%s/said", directory);
    FILE *file = fopen(said, "w");
    if (!file || fclose(file) != 0)
        return 1;
    return slatedb_compact(url, NULL, NULL) ? 2 : 0;
}

static void a_compaction_that_was_killed_is_no_hindrance(void **state)
{
    enum { FILES = 4, KEYS = 20000 };
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    char key[32], value[201] = {0};
    memset(value, 'v', sizeof value - 1);
    for (int i = 0; i < FILES * KEYS; i++) {
        snprintf(key, sizeof key, "key%06d", i);
        put(db, key, value);
        if (i % KEYS == KEYS - 1)
            flush(db, SLATEDB_FLUSH_MEMTABLE);
    }
    close_db(db, SLATEDB_FLUSH_NONE);
    for (useconds_t after_us = 20000; after_us <= 60000; after_us += 20000) {
        int child = support_spawn("compact_until_killed", *state);
        while (access(support_path(state, "said"), F_OK) != 0)
            usleep(1000);
        usleep(after_us);
        kill(child, SIGKILL);
        support_wait(child);
        unlink(support_path(state, "said"));
    }
    compact(state);
    db = open_db(support_url(state, "db"), NULL);
    assert_int_equal(shape(db).l0_files, 0);
    assert_int_equal(shape(db).sorted_runs, 1);
    assert_value(db, "key000000", value);
    assert_value(db, "key079999", value);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void an_embedded_compactor_keeps_flushes_going(void **state)
{
    const char *settings = "{\"compactor\": true, \"engine\": {\"manifest_poll_interval\": \"20ms\","
                           " \"compactor_options\": {\"poll_interval\": \"20ms\","
                           " \"worker\": {\"compactions_poll_interval\": \"20ms\"}}}}";
    slatedb_db *db = open_db(support_url(state, "db"), settings);
    for (int i = 0; i < 40; i++) {
        put(db, "key", "value");
        flush(db, SLATEDB_FLUSH_MEMTABLE);
    }
    assert_true(shape(db).l0_files <= 8);
    close_db(db, SLATEDB_FLUSH_MEMTABLE);
}

static void compaction_and_collection_bound_the_number_of_files(void **state)
{
    size_t most = 0, first = 0;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 10; i++)
            session(state, round * 10 + i, SLATEDB_FLUSH_WAL);
        session(state, 0, SLATEDB_FLUSH_MEMTABLE);
        compact(state);
        /* The compaction's checkpoint has to lapse. */
        sleep(2);
        collect(state);
        size_t files = support_count_files(state, "db");
        first = first ? first : files;
        most = files > most ? files : most;
    }
    assert_true(most <= first + 5);
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    assert_keys(db, 40);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_collection_keeps_what_a_writer_reads(void **state)
{
    slatedb_db *db =
        open_db(support_url(state, "db"), "{\"engine\": {\"manifest_poll_interval\": \"20ms\"}}");
    for (int i = 0; i < 50; i++) {
        char key[32];
        snprintf(key, sizeof key, "key%04d", i);
        put(db, key, key);
        if (i % 10 == 9)
            flush(db, SLATEDB_FLUSH_MEMTABLE);
        else
            flush(db, SLATEDB_FLUSH_WAL);
        if (i % 20 == 19)
            compact(state);
        collect(state);
    }
    assert_keys(db, 50);
    close_db(db, SLATEDB_FLUSH_WAL);
    collect(state);
    db = open_db(support_url(state, "db"), NULL);
    assert_keys(db, 50);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_collection_spares_what_is_young(void **state)
{
    for (int i = 0; i < 3; i++)
        session(state, i, SLATEDB_FLUSH_MEMTABLE);
    compact(state);
    char *before = support_listing(state, "db");
    expect_ok(slatedb_gc(support_url(state, "db"), NULL, 3600 * 1000, &err));
    char *after = support_listing(state, "db");
    assert_string_equal(after, before);
    free(before);
    free(after);
    expect_code(SLATEDB_INVALID, slatedb_gc(support_url(state, "db"), NULL, UINT64_MAX, &err));
}

static void a_collection_removes_what_crashed_writes_left(void **state)
{
    session(state, 0, SLATEDB_FLUSH_MEMTABLE);
    const char *staged[] = {"db/wal/00000000000000000009.sst#1",
                            "db/manifest/00000000000000000009.manifest#12", "db/compacted/x.sst#1"};
    const char *others[] = {"db/wal/notes#", "db/wal/notes#a1", "db/notes#1"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(creat(support_path(state, staged[i]), 0600) >= 0);
        assert_true(creat(support_path(state, others[i]), 0600) >= 0);
    }
    expect_ok(slatedb_gc(support_url(state, "db"), NULL, 3600 * 1000, &err));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(access(support_path(state, staged[i]), F_OK), 0);
    collect(state);
    for (size_t i = 0; i < 3; i++) {
        assert_int_not_equal(access(support_path(state, staged[i]), F_OK), 0);
        assert_int_equal(access(support_path(state, others[i]), F_OK), 0);
    }
}

int main(int argc, char **argv)
{
    const struct support_role roles[] = {
        {"write_until", write_until},
        {"compact_until_killed", compact_until_killed},
    };
    support_run_role(argc, argv, roles, sizeof roles / sizeof *roles);
    const struct CMUnitTest tests[] = {
        CASE(short_sessions_never_stall),
        CASE(the_shape_counts_what_an_opening_reads),
        CASE(the_shape_is_that_of_the_memory_too),
        CASE(a_flush_that_waits_for_a_compaction_times_out),
        CASE(compacting_nothing_is_fine),
        CASE(a_compaction_keeps_the_newest_and_drops_the_deleted),
        CASE(a_writer_goes_on_beside_a_compaction),
        CASE(a_writer_of_another_process_goes_on_beside_a_compaction),
        CASE(a_compaction_that_was_killed_is_no_hindrance),
        CASE(an_embedded_compactor_keeps_flushes_going),
        CASE(compaction_and_collection_bound_the_number_of_files),
        CASE(a_collection_keeps_what_a_writer_reads),
        CASE(a_collection_spares_what_is_young),
        CASE(a_collection_removes_what_crashed_writes_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
