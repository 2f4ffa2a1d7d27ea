/* Eight threads on one store, each doing everything, and none in another's way. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "support/cache_place.h"
#include "support/corpora.h"
#include "support/isolated.h"
#include "support/load.h"
#include "support/random.h"

enum { THREADS = 8, ROUNDS = 60, KEYS = 5, VALUE_BYTES = 2048, SHARED_BYTES = 600 };

/* A thread asserts nothing: it ends at the first thing that isn't as it should be, and says what. */
struct worker {
    pilsmer *store;
    unsigned number;
    struct random random;
    char trouble[600]; /* empty: none */
    pthread_t thread;
};

static bool complain(struct worker *worker, const char *what, const pilsmer_error *error)
{
    snprintf(worker->trouble, sizeof worker->trouble, "thread %u, %s: %s", worker->number, what,
             error ? error->message : "another value");
    return false;
}

static struct slice own_key(const struct worker *worker, unsigned number, char key[32])
{
    snprintf(key, 32, "own %u %u", worker->number, number);
    return slice_of_text(key);
}

/* The same for the same round, so that it need not be remembered. */
static struct slice own_value(const struct worker *worker, unsigned round, char value[VALUE_BYTES])
{
    int len = snprintf(value, VALUE_BYTES, "thread %u in round %u.", worker->number, round);
    for (unsigned i = 0; i < round % 40; i++)
        len += snprintf(value + len, (size_t)(VALUE_BYTES - len), " This is sentence %u of %u.", i, round);
    return slice_of(value, (size_t)len);
}

static bool is_value(struct worker *worker, const pilsmer_bytes *got, unsigned round)
{
    char value[VALUE_BYTES];
    return slice_equal(slice_of(got->data, got->len), own_value(worker, round, value)) ||
           complain(worker, "get", NULL);
}

static bool read_own(struct worker *worker, struct slice key, unsigned round)
{
    pilsmer_error error;
    pilsmer_bytes got = {0};
    if (pilsmer_get(worker->store, key.data, key.len, &got, &error))
        return complain(worker, "get", &error);
    bool same = is_value(worker, &got, round);
    pilsmer_bytes_free(&got);
    return same;
}

static bool put_plan_get(struct worker *worker, unsigned round)
{
    char name[32], value[VALUE_BYTES];
    pilsmer_error error;
    pilsmer_plan_result result;
    pilsmer_explanation explanation;
    struct slice key = own_key(worker, round % KEYS, name);
    struct slice logical = own_value(worker, round, value);
    if (pilsmer_put(worker->store, key.data, key.len, logical.data, logical.len, 0, &error))
        return complain(worker, "put", &error);
    if (!read_own(worker, key, round))
        return false;
    if (pilsmer_plan_key(worker->store, key.data, key.len, &result, &error))
        return complain(worker, "plan", &error);
    if (pilsmer_explain(worker->store, key.data, key.len, NULL, NULL, &explanation, &error))
        return complain(worker, "explain", &error);
    if (!explanation.planned || explanation.logical_bytes != logical.len)
        return complain(worker, "explain", NULL);
    return read_own(worker, key, round);
}

/* -------------------------------------------------------------------------------------- what all write to */

/* A value that says itself whether it is whole: one byte, over and over. */
static bool is_whole(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (data[i] != data[0])
            return false;
    return len == SHARED_BYTES;
}

static bool put_shared(struct worker *worker, const char *key)
{
    pilsmer_error error;
    uint8_t value[SHARED_BYTES];
    memset(value, (int)random_below(&worker->random, 256), sizeof value);
    return !pilsmer_put(worker->store, key, strlen(key), value, sizeof value, 0, &error) ||
           complain(worker, "put of a shared key", &error);
}

static bool get_shared(struct worker *worker, const char *key)
{
    pilsmer_error error;
    pilsmer_bytes got = {0};
    pilsmer_code code = pilsmer_get(worker->store, key, strlen(key), &got, &error);
    bool whole = code || is_whole(got.data, got.len);
    pilsmer_bytes_free(&got);
    if (code && code != PILSMER_NOT_FOUND)
        return complain(worker, "get of a shared key", &error);
    return whole || complain(worker, "get of a shared key", NULL);
}

static bool plan_shared(struct worker *worker, const char *key)
{
    pilsmer_error error;
    pilsmer_plan_result result;
    pilsmer_code code = pilsmer_plan_key(worker->store, key, strlen(key), &result, &error);
    return !code || code == PILSMER_NOT_FOUND || code == PILSMER_CONFLICT ||
           complain(worker, "plan of a shared key", &error);
}

static bool delete_shared(struct worker *worker, const char *key)
{
    pilsmer_error error;
    return !pilsmer_delete(worker->store, key, strlen(key), &error) ||
           complain(worker, "delete of a shared key", &error);
}

static bool scan_shared(struct worker *worker)
{
    static const char prefix[] = "shared";
    pilsmer_error error;
    pilsmer_entry entry;
    pilsmer_cursor *cursor;
    pilsmer_code code = pilsmer_scan(worker->store, prefix, strlen(prefix), NULL, 0, &cursor, &error);
    if (code)
        return complain(worker, "scan", &error);
    bool whole = true;
    while (whole && !(code = pilsmer_cursor_next(cursor, &entry, &error)))
        whole = is_whole(entry.value, entry.value_len);
    pilsmer_cursor_free(cursor);
    if (code && code != PILSMER_NOT_FOUND)
        return complain(worker, "scan", &error);
    return whole || complain(worker, "scan", NULL);
}

static bool measure(struct worker *worker)
{
    pilsmer_error error;
    pilsmer_metrics metrics;
    return !pilsmer_measure(worker->store, &metrics, &error) || complain(worker, "measure", &error);
}

static bool act_on_shared(struct worker *worker)
{
    char key[16];
    snprintf(key, sizeof key, "shared %zu", random_below(&worker->random, 3));
    switch (random_below(&worker->random, 12)) {
    case 0:
        return delete_shared(worker, key);
    case 1:
    case 2:
    case 3:
        return put_shared(worker, key);
    case 4:
    case 5:
    case 6:
        return plan_shared(worker, key);
    case 7:
    case 8:
    case 9:
        return get_shared(worker, key);
    case 10:
        return scan_shared(worker);
    default:
        return measure(worker);
    }
}

static void *work(void *context)
{
    struct worker *worker = context;
    for (unsigned round = 0; round < ROUNDS; round++)
        if (!put_plan_get(worker, round) || !act_on_shared(worker))
            break;
    return NULL;
}

/* ----------------------------------------------------------------------------------------------- together */

static void run_together(struct worker workers[THREADS], pilsmer *store, void *(*run)(void *))
{
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.store = store, .number = i, .random = {i}};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        if (*workers[i].trouble)
            fail_msg("%s", workers[i].trouble);
}

static void everything_reads_back(void **state)
{
    struct place *place = *state;
    static struct worker workers[THREADS];
    run_together(workers, stores_make(place, NULL), work);
    stores_close(place);
    pilsmer *store = stores_open(place, PILSMER_READER);
    for (unsigned i = 0; i < THREADS; i++) {
        for (unsigned round = ROUNDS - KEYS; round < ROUNDS; round++) {
            char key[32], value[VALUE_BYTES];
            own_key(&workers[i], round % KEYS, key);
            stores_expect(store, key, own_value(&workers[i], round, value));
        }
    }
}

static void a_writer_with_a_background_takes_it_too(void **state)
{
    struct place *place = *state;
    static struct worker workers[THREADS];
    stores_init(place, NULL);
    run_together(workers, stores_open(place, PILSMER_WRITER), work);
}

/* -------------------------------------------------------------------------------------- a cache in common */

static void *read_and_plan(void *context)
{
    struct worker *worker = context;
    pilsmer_error error;
    pilsmer_bytes got = {0};
    pilsmer_plan_result result;
    if (pilsmer_get(worker->store, "key", 3, &got, &error))
        complain(worker, "get", &error);
    else if (!slice_equal(slice_of(got.data, got.len), slice_of_text(stores_invoice)))
        complain(worker, "get", NULL);
    else if (pilsmer_plan_key(worker->store, "key", 3, &result, &error))
        complain(worker, "plan", &error);
    pilsmer_bytes_free(&got);
    return NULL;
}

/* All of them find the damage, and the one that mends it takes the corpus from under the others. */
static void a_damaged_cache_is_mended_under_all_of_them(void **state)
{
    const struct isolated *isolated = *state;
    static struct worker workers[THREADS];
    char path[CACHE_PLACE_BYTES];
    stores_put_text(stores_make(isolated->place, NULL), "key", stores_invoice);
    stores_plan(isolated->place->store, "key");
    struct buffer file = load_file(cache_place_file(isolated->cache, path));
    for (int i = 0; i < 20; i++) {
        stores_close(isolated->place);
        file.data[0] ^= 0x10;
        save_file(path, buffer_slice(&file));
        file.data[0] ^= 0x10;
        run_together(workers, stores_open(isolated->place, PILSMER_BRIEF_WRITER), read_and_plan);
    }
    buffer_free(&file);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_BOTH(everything_reads_back),
        ON_SLATE(a_writer_with_a_background_takes_it_too),
        ISOLATED(a_damaged_cache_is_mended_under_all_of_them),
    };
    return CHECK_RUN("store.threads", cases, NULL);
}
