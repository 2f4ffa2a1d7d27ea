/* Opening, closing, and what is refused. */
#include "support.h"

#include <sys/wait.h>
#include <unistd.h>

static void the_library_has_the_headers_abi_version(void **state)
{
    (void)state;
    assert_int_equal(slatedb_abi_version(), SLATEDB_ABI_VERSION);
}

static void a_missing_database_is_created(void **state)
{
    slatedb_db *db = open_db(support_url(state, "new/parents/db"), NULL);
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_WAL);
    db = open_db(support_url(state, "new/parents/db"), "{\"create_if_missing\": false}");
    assert_value(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_missing_database_is_not_created_when_it_must_not_be(void **state)
{
    slatedb_db *db = NULL;
    slatedb_reader *reader = NULL;
    const char *url = support_url(state, "absent");
    expect_code(SLATEDB_NO_DATABASE, slatedb_open(url, "{\"create_if_missing\": false}", &db, &err));
    expect_code(SLATEDB_NO_DATABASE, slatedb_reader_open(url, NULL, &reader, &err));
    expect_code(SLATEDB_NO_DATABASE, slatedb_compact(url, NULL, &err));
    expect_code(SLATEDB_NO_DATABASE, slatedb_gc(url, NULL, 0, &err));
    expect_code(SLATEDB_NO_DATABASE, slatedb_probe(url, "{\"create_if_missing\": false}", &err));
    assert_int_not_equal(access(support_path(state, "absent"), F_OK), 0);
}

static void an_empty_directory_is_no_database_and_stays_empty(void **state)
{
    slatedb_reader *reader = NULL;
    slatedb_db *db = NULL;
    expect_code(SLATEDB_NO_DATABASE, slatedb_reader_open(support_url(state, ""), NULL, &reader, &err));
    expect_code(SLATEDB_NO_DATABASE,
                slatedb_open(support_url(state, ""), "{\"create_if_missing\": false}", &db, &err));
    assert_int_equal(support_count_files(state, ""), 0);
    assert_int_equal(rmdir(*state), 0);
    free(*state);
    assert_int_equal(support_make_directory(state), 0);
}

static void an_existing_database_is_refused_when_it_must_be_new(void **state)
{
    const char *settings = "{\"error_if_exists\": true}";
    close_db(open_db(support_url(state, "db"), settings), SLATEDB_FLUSH_NONE);
    slatedb_db *db = NULL;
    expect_code(SLATEDB_DATABASE_EXISTS, slatedb_open(support_url(state, "db"), settings, &db, &err));
    assert_null(db);
}

static void a_wrong_setting_is_named_and_creates_nothing(void **state)
{
    slatedb_db *db = NULL;
    slatedb_error err;
    const char *url = support_url(state, "db");
    assert_int_equal(slatedb_open(url, "{\"fsynk\": true}", &db, &err), SLATEDB_INVALID);
    assert_non_null(strstr(err.message, "fsynk"));
    assert_int_equal(slatedb_open(url, "{\"engine\": {\"flush\": 1}}", &db, &err), SLATEDB_INVALID);
    assert_non_null(strstr(err.message, "engine.flush"));
    assert_int_equal(slatedb_open(url, "{\"engine\": {\"l0_flush_parallelism\": 0}}", &db, &err),
                     SLATEDB_INVALID);
    assert_non_null(strstr(err.message, "l0_flush_parallelism"));
    assert_int_equal(slatedb_open(url, "not json", &db, &err), SLATEDB_INVALID);
    assert_int_not_equal(access(support_path(state, "db"), F_OK), 0);
}

static void a_wrong_url_is_refused(void **state)
{
    (void)state;
    const char *urls[] = {"",           "x",       "/tmp/x", "file://relative", "file:///a?b", "file:///100%",
                          "nosuch://x", "gs://x/y"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        slatedb_db *db = NULL;
        slatedb_reader *reader = NULL;
        expect_code(SLATEDB_INVALID, slatedb_open(urls[i], NULL, &db, &err));
        expect_code(SLATEDB_INVALID, slatedb_reader_open(urls[i], NULL, &reader, &err));
    }
}

static void a_file_in_the_way_is_unavailable_with_the_systems_text(void **state)
{
    fclose(fopen(support_path(state, "file"), "w"));
    slatedb_db *db = NULL;
    slatedb_error err;
    assert_int_equal(slatedb_open(support_url(state, "file/db"), NULL, &db, &err), SLATEDB_UNAVAILABLE);
    assert_non_null(strstr(err.message, "Not a directory"));
}

static void null_arguments_are_refused(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL), *other = NULL;
    slatedb_batch *batch = NULL;
    slatedb_entry entry;
    slatedb_iterator *iterator = NULL;
    slatedb_snapshot *snapshot = NULL;
    slatedb_transaction *transaction = NULL;
    slatedb_shape_info shape;
    slatedb_slice key = slice("key"), bad = {.data = NULL, .len = 1};
    expect_code(SLATEDB_INVALID, slatedb_open(NULL, NULL, &other, &err));
    expect_code(SLATEDB_INVALID, slatedb_open("memory://x", NULL, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_close(NULL, SLATEDB_FLUSH_NONE, &err));
    expect_code(SLATEDB_INVALID, slatedb_put(NULL, key, key, 0, &err));
    expect_code(SLATEDB_INVALID, slatedb_put(db, bad, key, 0, &err));
    expect_code(SLATEDB_INVALID, slatedb_put(db, key, bad, 0, &err));
    expect_code(SLATEDB_INVALID, slatedb_delete(NULL, key, &err));
    expect_code(SLATEDB_INVALID, slatedb_write(db, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_write(NULL, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_flush(NULL, SLATEDB_FLUSH_WAL, &err));
    expect_code(SLATEDB_INVALID, slatedb_get(NULL, key, &entry, &err));
    expect_code(SLATEDB_INVALID, slatedb_get(db, key, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_get(db, bad, &entry, &err));
    expect_code(SLATEDB_INVALID, slatedb_scan(NULL, key, key, &iterator, &err));
    expect_code(SLATEDB_INVALID, slatedb_scan(db, bad, key, &iterator, &err));
    expect_code(SLATEDB_INVALID, slatedb_scan(db, key, bad, &iterator, &err));
    expect_code(SLATEDB_INVALID, slatedb_scan(db, key, key, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_iterator_next(NULL, &entry, &err));
    expect_code(SLATEDB_INVALID, slatedb_shape(NULL, &shape, &err));
    expect_code(SLATEDB_INVALID, slatedb_shape(db, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_batch_new(NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_batch_put(NULL, key, key, 0, &err));
    expect_code(SLATEDB_INVALID, slatedb_batch_delete(NULL, key, &err));
    expect_code(SLATEDB_INVALID, slatedb_snapshot_new(NULL, &snapshot, &err));
    expect_code(SLATEDB_INVALID, slatedb_snapshot_get(NULL, key, &entry, &err));
    expect_code(SLATEDB_INVALID, slatedb_snapshot_scan(NULL, key, key, &iterator, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_begin(db, SLATEDB_SNAPSHOT, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_begin(db, 7, &transaction, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_get(NULL, key, &entry, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_scan(NULL, key, key, &iterator, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_put(NULL, key, key, 0, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_delete(NULL, key, &err));
    expect_code(SLATEDB_INVALID, slatedb_transaction_commit(NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_reader_open(NULL, NULL, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_reader_get(NULL, key, &entry, &err));
    expect_code(SLATEDB_INVALID, slatedb_reader_scan(NULL, key, key, &iterator, &err));
    expect_code(SLATEDB_INVALID, slatedb_compact(NULL, NULL, &err));
    expect_code(SLATEDB_INVALID, slatedb_gc(NULL, NULL, 0, &err));
    expect_code(SLATEDB_INVALID, slatedb_probe(NULL, NULL, &err));
    assert_null(other);
    assert_null(batch);
    assert_null(iterator);
    assert_null(snapshot);
    assert_null(transaction);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void null_is_fine_for_every_destructor_and_release(void **state)
{
    (void)state;
    slatedb_db_destroy(NULL);
    slatedb_reader_destroy(NULL);
    slatedb_snapshot_destroy(NULL);
    slatedb_transaction_destroy(NULL);
    slatedb_iterator_destroy(NULL);
    slatedb_batch_destroy(NULL);
    slatedb_bytes_release(NULL);
    slatedb_entry_release(NULL);
    slatedb_bytes bytes = {0};
    slatedb_entry entry = {0};
    slatedb_bytes_release(&bytes);
    slatedb_entry_release(&entry);
}

static void no_error_struct_is_needed(void **state)
{
    slatedb_db *db = NULL;
    assert_int_equal(slatedb_open(support_url(state, "x"), "{", &db, NULL), SLATEDB_INVALID);
    assert_int_equal(slatedb_open(support_url(state, "x"), NULL, &db, NULL), SLATEDB_OK);
    slatedb_db_destroy(db);
}

static void outputs_are_untouched_on_failure(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    slatedb_entry entry, before;
    memset(&entry, 0x5a, sizeof entry);
    before = entry;
    expect_code(SLATEDB_NOT_FOUND, slatedb_get(db, slice("absent"), &entry, &err));
    assert_memory_equal(&entry, &before, sizeof entry);
    slatedb_db *same = db;
    expect_code(SLATEDB_INVALID, slatedb_open("x", NULL, &same, &err));
    assert_ptr_equal(same, db);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void success_clears_the_error(void **state)
{
    slatedb_error err;
    slatedb_db *db = NULL;
    assert_int_equal(slatedb_open("x", NULL, &db, &err), SLATEDB_INVALID);
    assert_int_equal(err.code, SLATEDB_INVALID);
    assert_int_equal(slatedb_open(support_url(state, "db"), NULL, &db, &err), SLATEDB_OK);
    assert_int_equal(err.code, SLATEDB_OK);
    assert_string_equal(err.message, "");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_closed_database_says_so(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    slatedb_snapshot *snapshot = NULL;
    slatedb_transaction *transaction = NULL;
    slatedb_entry entry;
    put(db, "key", "value");
    expect_ok(slatedb_snapshot_new(db, &snapshot, &err));
    expect_ok(slatedb_transaction_begin(db, SLATEDB_SNAPSHOT, &transaction, &err));
    expect_ok(slatedb_transaction_put(transaction, slice("key"), slice("new"), 0, &err));
    expect_ok(slatedb_get(db, slice("key"), &entry, &err));
    expect_ok(slatedb_close(db, SLATEDB_FLUSH_WAL, &err));
    expect_code(SLATEDB_CLOSED, slatedb_close(db, SLATEDB_FLUSH_WAL, &err));
    expect_code(SLATEDB_CLOSED, slatedb_put(db, slice("key"), slice("value"), 0, &err));
    expect_code(SLATEDB_CLOSED, slatedb_flush(db, SLATEDB_FLUSH_WAL, &err));
    slatedb_entry other;
    expect_code(SLATEDB_CLOSED, slatedb_get(db, slice("key"), &other, &err));
    expect_code(SLATEDB_CLOSED, slatedb_snapshot_get(snapshot, slice("key"), &other, &err));
    expect_code(SLATEDB_CLOSED, slatedb_transaction_commit(transaction, &err));
    slatedb_db_destroy(db);
    slatedb_snapshot_destroy(snapshot);
    slatedb_transaction_destroy(transaction);
    assert_true(same_bytes(entry.value, "value"));
    slatedb_entry_release(&entry);
}

static void a_database_that_is_destroyed_open_can_be_opened_again(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    put(db, "key", "value");
    flush(db, SLATEDB_FLUSH_WAL);
    slatedb_db_destroy(db);
    db = open_db(support_url(state, "db"), NULL);
    assert_value(db, "key", "value");
    slatedb_db_destroy(db);
}

static void a_flush_of_no_known_kind_is_refused(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    expect_code(SLATEDB_INVALID, slatedb_flush(db, SLATEDB_FLUSH_NONE, &err));
    expect_code(SLATEDB_INVALID, slatedb_flush(db, 3, &err));
    expect_code(SLATEDB_INVALID, slatedb_close(db, 3, &err));
    put(db, "key", "still open");
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void a_forked_child_is_told_to_exec(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    pid_t child = fork();
    if (child == 0) {
        slatedb_code code = slatedb_put(db, slice("key"), slice("value"), 0, NULL);
        execlp(code == SLATEDB_INVALID ? "true" : "false", "child", (char *)NULL);
        _exit(1);
    }
    assert_int_equal(support_wait(child), 0);
    close_db(db, SLATEDB_FLUSH_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_library_has_the_headers_abi_version),
        CASE(a_missing_database_is_created),
        CASE(a_missing_database_is_not_created_when_it_must_not_be),
        CASE(an_empty_directory_is_no_database_and_stays_empty),
        CASE(an_existing_database_is_refused_when_it_must_be_new),
        CASE(a_wrong_setting_is_named_and_creates_nothing),
        CASE(a_wrong_url_is_refused),
        CASE(a_file_in_the_way_is_unavailable_with_the_systems_text),
        CASE(null_arguments_are_refused),
        CASE(null_is_fine_for_every_destructor_and_release),
        CASE(no_error_struct_is_needed),
        CASE(outputs_are_untouched_on_failure),
        CASE(success_clears_the_error),
        CASE(a_closed_database_says_so),
        CASE(a_database_that_is_destroyed_open_can_be_opened_again),
        CASE(a_flush_of_no_known_kind_is_refused),
        CASE(a_forked_child_is_told_to_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
