/* One writer, any number of readers. */
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

static slatedb_reader *open_reader(const char *url, const char *settings)
{
    slatedb_reader *reader = NULL;
    expect_ok(slatedb_reader_open(url, settings, &reader, &err));
    return reader;
}

static void a_newer_writer_shuts_out_the_older_one(void **state)
{
    slatedb_db *older = open_db(support_url(state, "db"), NULL);
    put(older, "key", "old");
    flush(older, SLATEDB_FLUSH_WAL);
    slatedb_db *newer = open_db(support_url(state, "db"), NULL);
    slatedb_put(older, slice("key"), slice("lost"), 0, NULL);
    expect_code(SLATEDB_FENCED, slatedb_flush(older, SLATEDB_FLUSH_WAL, &err));
    expect_code(SLATEDB_FENCED, slatedb_put(older, slice("key"), slice("lost"), 0, &err));
    assert_value(newer, "key", "old");
    put(newer, "key", "new");
    expect_ok(slatedb_close(older, SLATEDB_FLUSH_MEMTABLE, &err));
    slatedb_db_destroy(older);
    close_db(newer, SLATEDB_FLUSH_WAL);
    newer = open_db(support_url(state, "db"), NULL);
    assert_value(newer, "key", "new");
    close_db(newer, SLATEDB_FLUSH_NONE);
}

static void a_reader_reads_and_scans_what_was_flushed(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    put(db, "a", "1");
    flush(db, SLATEDB_FLUSH_MEMTABLE);
    put(db, "b", "2");
    flush(db, SLATEDB_FLUSH_WAL);
    const char *modes[] = {NULL, "{\"reader_mode\": \"follow_latest\"}",
                           "{\"reader_mode\": \"managed_checkpoint\"}"};
    for (size_t i = 0; i < 3; i++) {
        slatedb_reader *reader = open_reader(support_url(state, "db"), modes[i]);
        slatedb_iterator *iterator = NULL;
        slatedb_entry entry;
        expect_ok(slatedb_reader_get(reader, slice("b"), &entry, &err));
        assert_true(same_bytes(entry.value, "2"));
        slatedb_entry_release(&entry);
        expect_code(SLATEDB_NOT_FOUND, slatedb_reader_get(reader, slice("c"), &entry, &err));
        expect_ok(slatedb_reader_scan(reader, slice(""), slice(""), &iterator, &err));
        assert_string_equal(support_keys(iterator), "a b");
        slatedb_reader_destroy(reader);
    }
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_reader_does_not_shut_out_the_writer(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    slatedb_reader *reader = open_reader(support_url(state, "db"), NULL);
    put(db, "key", "value");
    flush(db, SLATEDB_FLUSH_WAL);
    put(db, "key", "again");
    close_db(db, SLATEDB_FLUSH_MEMTABLE);
    slatedb_reader_destroy(reader);
}

static void a_reader_follows_the_writer(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    slatedb_reader *reader =
        open_reader(support_url(state, "db"), "{\"engine\": {\"manifest_poll_interval\": \"20ms\"}}");
    slatedb_entry entry;
    put(db, "key", "value");
    flush(db, SLATEDB_FLUSH_WAL);
    while (slatedb_reader_get(reader, slice("key"), &entry, NULL) == SLATEDB_NOT_FOUND)
        usleep(5000);
    assert_true(same_bytes(entry.value, "value"));
    slatedb_entry_release(&entry);
    slatedb_reader_destroy(reader);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_reader_that_follows_changes_no_file(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_WAL);
    char *before = support_listing(state, "db");
    slatedb_reader *reader = open_reader(support_url(state, "db"), NULL);
    slatedb_entry entry;
    expect_ok(slatedb_reader_get(reader, slice("key"), &entry, &err));
    slatedb_entry_release(&entry);
    slatedb_reader_destroy(reader);
    char *after = support_listing(state, "db");
    assert_string_equal(after, before);
    free(before);
    free(after);
}

/* As someone who may read the database and not write it. */
static int read_only(const char *url)
{
    slatedb_reader *reader = NULL;
    slatedb_db *db = NULL;
    slatedb_entry entry;
    slatedb_error err;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    if (slatedb_reader_open(url, NULL, &reader, NULL) ||
        slatedb_reader_get(reader, slice("key"), &entry, NULL))
        return 2;
    slatedb_entry_release(&entry);
    slatedb_reader_destroy(reader);
    if (slatedb_open(url, NULL, &db, &err) != SLATEDB_UNAVAILABLE ||
        !strstr(err.message, "Permission denied"))
        return 3;
    return 0;
}

static void a_directory_that_can_only_be_read_will_do_for_a_reader(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_WAL);
    const char *directories[] = {"db/wal", "db/manifest", "db"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(chmod(support_path(state, directories[i]), 0555), 0);
    int outcome = support_wait(support_spawn("read_only", support_url(state, "db")));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(chmod(support_path(state, directories[i]), 0755), 0);
    assert_int_equal(outcome, 0);
}

int main(int argc, char **argv)
{
    const struct support_role roles[] = {{"read_only", read_only}};
    support_run_role(argc, argv, roles, 1);
    const struct CMUnitTest tests[] = {
        CASE(a_newer_writer_shuts_out_the_older_one),
        CASE(a_reader_reads_and_scans_what_was_flushed),
        CASE(a_reader_does_not_shut_out_the_writer),
        CASE(a_reader_follows_the_writer),
        CASE(a_reader_that_follows_changes_no_file),
        CASE(a_directory_that_can_only_be_read_will_do_for_a_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
