/* What survives when a process is killed. */
#include "support.h"

#include <signal.h>
#include <unistd.h>

enum { WRITES = 200, BATCH = 10 };

/* Puts numbered values, flushes some, says so through a file beside the database, and waits to be killed. */
static int flush_and_wait(const char *directory)
{
    char url[4096], said[4096], key[32];
    slatedb_db *db = NULL;
    snprintf(url, sizeof url, "file://%s/db", directory);
    snprintf(said, sizeof said, "%s/said", directory);
    if (slatedb_open(url, "{\"engine\": {\"flush_interval\": \"1h\"}}", &db, NULL))
        return 1;
    for (int i = 0; i < WRITES; i++) {
        snprintf(key, sizeof key, "key%d", i);
        if (slatedb_put(db, slice(key), slice(key), 0, NULL))
            return 1;
        if (i == WRITES / 2 - 1 && slatedb_flush(db, SLATEDB_FLUSH_WAL, NULL))
            return 1;
    }
    FILE *file = fopen(said, "w");
    if (!file || fclose(file) != 0)
        return 1;
    for (;;)
        pause();
}

/* Writes batches without end, each a set of keys with one value. */
static int write_batches(const char *directory)
{
    char url[4096], said[4096], key[32], value[32];
    slatedb_db *db = NULL;
    snprintf(url, sizeof url, "file://%s/db", directory);
    snprintf(said, sizeof said, "%s/said", directory);
    if (slatedb_open(url, "{\"engine\": {\"flush_interval\": \"1ms\"}}", &db, NULL))
        return 1;
    for (int round = 0;; round++) {
        slatedb_batch *batch = NULL;
        if (slatedb_batch_new(&batch, NULL))
            return 1;
        snprintf(value, sizeof value, "%d", round);
        for (int i = 0; i < BATCH; i++) {
            snprintf(key, sizeof key, "key%d", i);
            if (slatedb_batch_put(batch, slice(key), slice(value), 0, NULL))
                return 1;
        }
        if (slatedb_write(db, batch, NULL))
            return 1;
        slatedb_batch_destroy(batch);
        if (round == 0 && (slatedb_flush(db, SLATEDB_FLUSH_WAL, NULL) || fclose(fopen(said, "w")) != 0))
            return 1;
    }
}

static void kill_once_it_said_so(void **state, int child)
{
    while (access(support_path(state, "said"), F_OK) != 0)
        usleep(1000);
    usleep(20000);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(support_wait(child), -SIGKILL);
}

static void what_was_flushed_survives_a_kill(void **state)
{
    char key[32];
    kill_once_it_said_so(state, support_spawn("flush_and_wait", *state));
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    for (int i = 0; i < WRITES / 2; i++) {
        snprintf(key, sizeof key, "key%d", i);
        assert_value(db, key, key);
    }
    /* The rest may be lost: never torn, and no write without those before it. */
    bool lost = false;
    for (int i = WRITES / 2; i < WRITES; i++) {
        slatedb_entry entry;
        snprintf(key, sizeof key, "key%d", i);
        slatedb_code code = slatedb_get(db, slice(key), &entry, NULL);
        lost |= code == SLATEDB_NOT_FOUND;
        assert_int_equal(code, lost ? SLATEDB_NOT_FOUND : SLATEDB_OK);
        if (code == SLATEDB_OK) {
            assert_true(same_bytes(entry.value, key));
            slatedb_entry_release(&entry);
        }
    }
    put(db, "after", "the crash");
    close_db(db, SLATEDB_FLUSH_MEMTABLE);
}

static void a_batch_is_whole_after_a_kill(void **state)
{
    for (int attempt = 0; attempt < 5; attempt++) {
        kill_once_it_said_so(state, support_spawn("write_batches", *state));
        slatedb_db *db = open_db(support_url(state, "db"), NULL);
        char key[32], value[32];
        slatedb_entry entry;
        expect_ok(slatedb_get(db, slice("key0"), &entry, &err));
        snprintf(value, sizeof value, "%.*s", (int)entry.value.len, (const char *)entry.value.data);
        slatedb_entry_release(&entry);
        for (int i = 1; i < BATCH; i++) {
            snprintf(key, sizeof key, "key%d", i);
            assert_value(db, key, value);
        }
        close_db(db, SLATEDB_FLUSH_MEMTABLE);
        expect_ok(slatedb_compact(support_url(state, "db"), NULL, &err));
        assert_int_equal(unlink(support_path(state, "said")), 0);
    }
}

static void a_close_with_a_flush_loses_nothing(void **state)
{
    const slatedb_flush_kind kinds[] = {SLATEDB_FLUSH_WAL, SLATEDB_FLUSH_MEMTABLE};
    for (size_t i = 0; i < 2; i++) {
        slatedb_db *db = open_db(support_url(state, "db"), "{\"engine\": {\"flush_interval\": \"1h\"}}");
        put(db, "key", i ? "1" : "0");
        close_db(db, kinds[i]);
        db = open_db(support_url(state, "db"), NULL);
        assert_value(db, "key", i ? "1" : "0");
        close_db(db, SLATEDB_FLUSH_NONE);
    }
}

int main(int argc, char **argv)
{
    const struct support_role roles[] = {
        {"flush_and_wait", flush_and_wait},
        {"write_batches", write_batches},
    };
    support_run_role(argc, argv, roles, sizeof roles / sizeof *roles);
    const struct CMUnitTest tests[] = {
        CASE(what_was_flushed_survives_a_kill),
        CASE(a_batch_is_whole_after_a_kill),
        CASE(a_close_with_a_flush_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
