/*
 * What is left when processes end, one way or the other. Everything that uses the library does so in a child,
 * so that each begins anew.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/child.h"
#include "support/random.h"
#include "support/stores.h"

enum { WRITERS = 20, KILLED_INITS = 12 };

/* What a child is told to do. Each act ends with the code of its first call that failed. */
struct errand {
    const char *db;
    const char *key;
    const char *value;
    uint32_t timeout_ms;
};

static int say(pilsmer_code code, const pilsmer_error *error)
{
    if (code)
        fprintf(stderr, "child: %s\n", error->message);
    return (int)code;
}

static int open_for(const struct errand *errand, pilsmer_mode mode, pilsmer **store)
{
    pilsmer_error error;
    const pilsmer_options options = {.mode = mode, .timeout_ms = errand->timeout_ms, .command = "an errand"};
    return say(pilsmer_open(errand->db, &options, store, &error), &error);
}

static int put_into(const struct errand *errand, pilsmer *store)
{
    pilsmer_error error;
    return say(
        pilsmer_put(store, errand->key, strlen(errand->key), errand->value, strlen(errand->value), 0, &error),
        &error);
}

static int make(void *context, const struct child *self)
{
    const struct errand *errand = context;
    (void)self;
    pilsmer_error error;
    return say(pilsmer_init(errand->db, NULL, NULL, &error), &error);
}

static int put_and_close(void *context, const struct child *self)
{
    const struct errand *errand = context;
    pilsmer *store;
    pilsmer_error error;
    (void)self;
    int code = open_for(errand, PILSMER_BRIEF_WRITER, &store);
    if (code)
        return code;
    code = put_into(errand, store);
    int closed = say(pilsmer_close(store, &error), &error);
    return code ? code : closed;
}

static int plan_and_close(void *context, const struct child *self)
{
    const struct errand *errand = context;
    pilsmer *store;
    pilsmer_error error;
    pilsmer_plan_result result;
    (void)self;
    int code = open_for(errand, PILSMER_WRITER, &store);
    if (code)
        return code;
    code = say(pilsmer_plan_key(store, errand->key, strlen(errand->key), &result, &error), &error);
    int closed = say(pilsmer_close(store, &error), &error);
    return code ? code : closed;
}

static int put_flush_and_die(void *context, const struct child *self)
{
    const struct errand *errand = context;
    pilsmer *store;
    pilsmer_error error;
    (void)self;
    int code = open_for(errand, PILSMER_WRITER, &store);
    if (!code)
        code = put_into(errand, store);
    if (!code)
        code = say(pilsmer_flush(store, &error), &error);
    if (!code)
        raise(SIGKILL);
    return code;
}

static int hold_open(void *context, const struct child *self)
{
    pilsmer *store;
    pilsmer_error error;
    int code = open_for(context, PILSMER_WRITER, &store);
    if (code)
        return code;
    child_ready(self);
    return say(pilsmer_close(store, &error), &error);
}

static int read_back(void *context, const struct child *self)
{
    const struct errand *errand = context;
    pilsmer *store;
    pilsmer_bytes value = {0};
    pilsmer_error error;
    (void)self;
    int code = open_for(errand, PILSMER_READER, &store);
    if (code)
        return code;
    code = say(pilsmer_get(store, errand->key, strlen(errand->key), &value, &error), &error);
    if (!code && !slice_equal(slice_of(value.data, value.len), slice_of_text(errand->value)))
        code = PILSMER_INTERNAL;
    pilsmer_bytes_free(&value);
    pilsmer_close(store, NULL);
    return code;
}

static void run(int expected, child_act *act, struct errand *errand)
{
    assert_int_equal(child_run(act, errand), expected);
}

static struct errand begin(void **state)
{
    const struct place *place = *state;
    struct errand errand = {place->db, "key", "value", STORES_TIMEOUT_MS};
    run(PILSMER_OK, make, &errand);
    return errand;
}

/* -------------------------------------------------------------------------------------------------- cases */

static void what_was_put_is_there_after_a_close(void **state)
{
    struct errand errand = begin(state);
    run(PILSMER_OK, put_and_close, &errand);
    run(PILSMER_OK, read_back, &errand);
    run(PILSMER_OK, plan_and_close, &errand);
    run(PILSMER_OK, read_back, &errand);
}

static void what_was_flushed_is_there_after_a_kill(void **state)
{
    struct errand errand = begin(state);
    assert_int_equal(child_run(put_flush_and_die, &errand), 128 + SIGKILL);
    run(PILSMER_OK, read_back, &errand);
    errand.value = "another value";
    run(PILSMER_OK, put_and_close, &errand);
    run(PILSMER_OK, read_back, &errand);
}

static void a_killed_process_holds_no_lock(void **state)
{
    struct errand errand = begin(state);
    struct child holder = child_start(hold_open, &errand);
    child_kill(&holder);
    errand.timeout_ms = 2000;
    run(PILSMER_OK, put_and_close, &errand);
}

/* Succeeds when the store is busy, and it is said by whom. */
static int be_told_who(void *context, const struct child *self)
{
    const struct errand *errand = context;
    const pilsmer_options options = {.mode = PILSMER_BRIEF_WRITER, .timeout_ms = errand->timeout_ms};
    pilsmer *store;
    pilsmer_error error;
    (void)self;
    return pilsmer_open(errand->db, &options, &store, &error) != PILSMER_BUSY ||
           !strstr(error.message, errand->value);
}

static void a_store_that_is_open_elsewhere_is_busy(void **state)
{
    char says[64];
    struct errand errand = begin(state);
    struct child holder = child_start(hold_open, &errand);
    snprintf(says, sizeof says, "by process %ld (an errand)", (long)holder.pid);
    struct errand in_vain = {errand.db, "key", says, 100};
    run(0, be_told_who, &in_vain);
    run(PILSMER_NOT_FOUND, read_back, &errand);
    assert_int_equal(child_end(&holder), PILSMER_OK);
    run(PILSMER_OK, put_and_close, &errand);
}

static int tell_and_put(void *context, const struct child *self)
{
    child_tell(self);
    return put_and_close(context, self);
}

static void a_store_is_had_when_it_is_closed_elsewhere(void **state)
{
    struct errand errand = begin(state);
    struct child holder = child_start(hold_open, &errand);
    struct child waiting = child_start(tell_and_put, &errand);
    clock_sleep_ms(50);
    assert_int_equal(child_end(&holder), PILSMER_OK);
    assert_int_equal(child_end(&waiting), PILSMER_OK);
    run(PILSMER_OK, read_back, &errand);
}

static int start_together(void *context, const struct child *self)
{
    child_ready(self);
    return put_and_close(context, self);
}

static void twenty_processes_each_put_a_key(void **state)
{
    static char keys[WRITERS][16];
    static struct errand errands[WRITERS];
    struct child children[WRITERS];
    struct errand errand = begin(state);
    for (int i = 0; i < WRITERS; i++) {
        snprintf(keys[i], sizeof keys[i], "key %d", i);
        errands[i] = (struct errand){errand.db, keys[i], keys[i], STORES_TIMEOUT_MS};
        children[i] = child_start(start_together, &errands[i]);
    }
    for (int i = 0; i < WRITERS; i++)
        child_let_go(&children[i]);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(child_end(&children[i]), PILSMER_OK);
    for (int i = 0; i < WRITERS; i++)
        run(PILSMER_OK, read_back, &errands[i]);
}

/* Whatever the kill left behind, an init completes it, or there was nothing left to complete. */
static void complete(struct place *place, int number)
{
    char db[STORES_PATH_BYTES + 16];
    snprintf(db, sizeof db, "%s/%d/db", place->directory, number);
    struct errand errand = {db, "key", "value", STORES_TIMEOUT_MS};
    int status = child_run(make, &errand);
    assert_true(status == PILSMER_OK || status == PILSMER_STORE_EXISTS);
    run(PILSMER_OK, put_and_close, &errand);
    run(PILSMER_OK, read_back, &errand);
}

static int tell_and_make(void *context, const struct child *self)
{
    child_tell(self);
    return make(context, self);
}

static void an_init_that_was_killed_is_completed(void **state)
{
    struct place *place = *state;
    struct random random = random_begin("store.durability");
    char db[STORES_PATH_BYTES + 16];
    for (int i = 0; i < KILLED_INITS; i++) {
        snprintf(db, sizeof db, "%s/%d/db", place->directory, i);
        struct errand errand = {.db = db};
        struct child child = child_start(tell_and_make, &errand);
        clock_sleep_ms((uint32_t)random_below(&random, 40));
        kill(child.pid, SIGKILL);
        (void)child_end(&child);
        complete(place, i);
    }
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_SLATE(what_was_put_is_there_after_a_close),
        ON_SLATE(what_was_flushed_is_there_after_a_kill),
        ON_SLATE(a_killed_process_holds_no_lock),
        ON_SLATE(a_store_that_is_open_elsewhere_is_busy),
        ON_SLATE(a_store_is_had_when_it_is_closed_elsewhere),
        ON_SLATE(twenty_processes_each_put_a_key),
        ON_SLATE(an_init_that_was_killed_is_completed),
    };
    return CHECK_RUN("store.durability", cases, NULL);
}
