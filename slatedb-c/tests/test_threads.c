/* Many threads, one handle. */
#include "support.h"

#include <pthread.h>

enum { THREADS = 8, KEYS = 500 };

struct worker {
    slatedb_db *db;
    slatedb_iterator *iterator;
    int number;
    size_t seen;
    slatedb_code code;
};

static void *put_and_get(void *argument)
{
    struct worker *worker = argument;
    char key[32];
    for (int i = 0; i < KEYS && worker->code == SLATEDB_OK; i++) {
        slatedb_entry entry;
        snprintf(key, sizeof key, "%d/%d", worker->number, i);
        worker->code = slatedb_put(worker->db, slice(key), slice(key), 0, NULL);
        if (worker->code == SLATEDB_OK && i % 100 == 0)
            worker->code = slatedb_flush(worker->db, SLATEDB_FLUSH_WAL, NULL);
        if (worker->code == SLATEDB_OK)
            worker->code = slatedb_get(worker->db, slice(key), &entry, NULL);
        if (worker->code == SLATEDB_OK) {
            worker->seen += same_bytes(entry.value, key);
            slatedb_entry_release(&entry);
        }
    }
    return NULL;
}

static void *drain(void *argument)
{
    struct worker *worker = argument;
    slatedb_entry entry;
    while ((worker->code = slatedb_iterator_next(worker->iterator, &entry, NULL)) == SLATEDB_OK) {
        worker->seen++;
        slatedb_entry_release(&entry);
    }
    return NULL;
}

static size_t run(struct worker *workers, void *(*work)(void *))
{
    pthread_t threads[THREADS];
    size_t seen = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        seen += workers[i].seen;
    }
    return seen;
}

static void threads_share_a_database_and_an_iterator(void **state)
{
    slatedb_db *db = open_db(support_url(state, "db"), NULL);
    struct worker workers[THREADS] = {0};
    for (int i = 0; i < THREADS; i++)
        workers[i] = (struct worker){.db = db, .number = i};
    assert_int_equal(run(workers, put_and_get), THREADS * KEYS);
    slatedb_iterator *iterator = NULL;
    expect_ok(slatedb_scan(db, slice(""), slice(""), &iterator, &err));
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].code, SLATEDB_OK);
        workers[i] = (struct worker){.iterator = iterator};
    }
    assert_int_equal(run(workers, drain), THREADS * KEYS);
    slatedb_iterator_destroy(iterator);
    close_db(db, SLATEDB_FLUSH_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(threads_share_a_database_and_an_iterator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
