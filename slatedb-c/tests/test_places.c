/* Where a database can be. */
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

static void use(void **state, const char *encoded, const char *name)
{
    slatedb_db *db = open_db(support_url(state, encoded), NULL);
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_MEMTABLE);
    db = open_db(support_url(state, encoded), "{\"create_if_missing\": false}");
    assert_value(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_NONE);
    expect_ok(slatedb_compact(support_url(state, encoded), NULL, &err));
    expect_ok(slatedb_gc(support_url(state, encoded), NULL, 0, &err));
    slatedb_reader *reader = NULL;
    slatedb_entry entry;
    expect_ok(slatedb_reader_open(support_url(state, encoded), NULL, &reader, &err));
    expect_ok(slatedb_reader_get(reader, slice("key"), &entry, &err));
    slatedb_entry_release(&entry);
    slatedb_reader_destroy(reader);
    struct stat status;
    assert_int_equal(stat(support_path(state, name), &status), 0);
    assert_true(S_ISDIR(status.st_mode));
}

static void paths_may_contain_anything(void **state)
{
    use(state, "a%20space", "a space");
    use(state, "another space", "another space");
    use(state, "100%25/%23/%3F", "100%/#/?");
    use(state, "%C3%A9t%C3%A9", "été");
    use(state, "naïve π", "naïve π");
    use(state, "%2525", "%25");
    use(state, "back%5Cslash\\", "back\\slash\\");
}

static void a_symbolic_link_leads_to_the_database(void **state)
{
    close_db(open_db(support_url(state, "db"), NULL), SLATEDB_FLUSH_NONE);
    assert_int_equal(symlink("db", support_path(state, "link")), 0);
    slatedb_db *db = open_db(support_url(state, "link"), "{\"create_if_missing\": false}");
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_WAL);
}

static void memory_is_found_again_by_its_name(void **state)
{
    (void)state;
    slatedb_db *db = open_db("memory://places/one", NULL);
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_WAL);
    db = open_db("memory://places/one", "{\"create_if_missing\": false}");
    assert_value(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_NONE);
    slatedb_db *other = NULL;
    expect_code(SLATEDB_NO_DATABASE,
                slatedb_open("memory://places/two", "{\"create_if_missing\": false}", &other, &err));
}

static void a_probe_finds_a_usable_store_and_leaves_nothing(void **state)
{
    expect_ok(slatedb_probe("memory://probe", NULL, &err));
    expect_ok(slatedb_probe(support_url(state, "new/place"), NULL, &err));
    assert_int_equal(support_count_files(state, "new/place"), 0);
}

static void a_probe_of_a_store_that_cannot_be_reached_says_so_in_time(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "x", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "x", 1);
    setenv("AWS_REGION", "us-east-1", 1);
    setenv("AWS_ALLOW_HTTP", "true", 1);
    /* A port that nobody listens on. */
    setenv("AWS_ENDPOINT", "http://127.0.0.1:1", 1);
    slatedb_db *db = NULL;
    slatedb_reader *reader = NULL;
    expect_code(SLATEDB_UNAVAILABLE, slatedb_probe("s3://bucket/path", "{\"max_retries\": 0}", &err));
    expect_code(SLATEDB_UNAVAILABLE, slatedb_open("s3://bucket/path", "{\"max_retries\": 1}", &db, &err));
    expect_code(SLATEDB_UNAVAILABLE,
                slatedb_reader_open("s3://bucket/path", "{\"max_retries\": 0}", &reader, &err));
    expect_code(SLATEDB_TIMEOUT,
                slatedb_open("s3://bucket/path", "{\"max_retries\": 1000, \"timeout_ms\": 500}", &db, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(paths_may_contain_anything),
        CASE(a_symbolic_link_leads_to_the_database),
        CASE(memory_is_found_again_by_its_name),
        CASE(a_probe_finds_a_usable_store_and_leaves_nothing),
        CASE(a_probe_of_a_store_that_cannot_be_reached_says_so_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
