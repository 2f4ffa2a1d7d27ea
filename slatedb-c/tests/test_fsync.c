/* That files are synced, and what a disk that can't be synced leads to. */
#include "support.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int syncs;
static atomic_int failure;

/* The program's own fsync is found before the C library's, also by the Rust side. */
int fsync(int fd)
{
    syncs++;
    if (failure) {
        errno = failure;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static int syncs_of_a_flushed_put(slatedb_db *db)
{
    int before = syncs;
    put(db, "key", "value");
    flush(db, SLATEDB_FLUSH_WAL);
    return syncs - before;
}

static void a_flush_syncs_the_file_and_its_directory(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    assert_true(syncs_of_a_flushed_put(db) >= 2);
    close_db(db, SLATEDB_FLUSH_NONE);
}

static void new_directories_are_synced_in_their_parents(void **state)
{
    int before = syncs;
    close_db(open_db(support_url(state, "plain"), NULL), SLATEDB_FLUSH_NONE);
    int plain = syncs - before;
    before = syncs;
    close_db(open_db(support_url(state, "with/three/parents/db"), NULL), SLATEDB_FLUSH_NONE);
    assert_int_equal(syncs - before, plain + 3);
}

static void nothing_is_synced_when_that_was_asked_for(void **state)
{
    int before = syncs;
    slatedb_db *db = open_db(support_url(state, "new/db"), "{\"fsync\": false}");
    syncs_of_a_flushed_put(db);
    close_db(db, SLATEDB_FLUSH_MEMTABLE);
    assert_int_equal(syncs, before);
}

static void a_full_disk_is_told_in_the_systems_words(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    slatedb_error err;
    put(db, "key", "value");
    failure = ENOSPC;
    assert_int_equal(slatedb_flush(db, SLATEDB_FLUSH_WAL, &err), SLATEDB_UNAVAILABLE);
    assert_non_null(strstr(err.message, "No space left on device"));
    assert_null(strchr(err.message, '\n'));
    assert_int_equal(slatedb_put(db, slice("key"), slice("value"), 0, &err), SLATEDB_UNAVAILABLE);
    assert_non_null(strstr(err.message, "No space left on device"));
    failure = 0;
    slatedb_db_destroy(db);
    db = open_db(support_url(state, "db"), NULL);
    put(db, "key", "value");
    close_db(db, SLATEDB_FLUSH_WAL);
}

static void a_full_disk_at_the_opening_is_told_too(void **state)
{
    slatedb_db *db = NULL;
    slatedb_error err;
    failure = ENOSPC;
    assert_int_equal(slatedb_open(support_url(state, "db"), NULL, &db, &err), SLATEDB_UNAVAILABLE);
    failure = 0;
    assert_non_null(strstr(err.message, "No space left on device"));
    assert_null(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_flush_syncs_the_file_and_its_directory),  CASE(new_directories_are_synced_in_their_parents),
        CASE(nothing_is_synced_when_that_was_asked_for), CASE(a_full_disk_is_told_in_the_systems_words),
        CASE(a_full_disk_at_the_opening_is_told_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
