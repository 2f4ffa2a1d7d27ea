/* Planning against putting and deleting, thousands of times: a newer value is never lost to an older one's
 * plan. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "support/random.h"
#include "support/stores.h"

#define KEY "key"

enum { ROUNDS = 10000, VALUE_BYTES = 64 };

/* What the planner's thread came to. It must not assert anything. */
struct tally {
    pilsmer *store;
    atomic_int begun; /* the round that the planner is to plan in */
    atomic_int done;  /* and the one that it has */
    atomic_bool over;
    unsigned replaced;
    unsigned kept;
    unsigned conflicts;
    unsigned missing;
    pilsmer_error unexpected;
};

static void plan_and_count(struct tally *tally)
{
    pilsmer_error error;
    pilsmer_plan_result result;
    switch (pilsmer_plan_key(tally->store, KEY, strlen(KEY), &result, &error)) {
    case PILSMER_OK:
        (*(result.replaced ? &tally->replaced : &tally->kept))++;
        break;
    case PILSMER_CONFLICT:
        tally->conflicts++;
        break;
    case PILSMER_NOT_FOUND:
        tally->missing++;
        break;
    default:
        tally->unexpected = error;
    }
}

/* Without sleeping, so that both threads go on at the same moment. */
static void wait_for(atomic_int *reached, int round)
{
    while (atomic_load(reached) < round)
        sched_yield();
}

static void *plan_in_step(void *context)
{
    struct tally *tally = context;
    for (int round = 1; round <= ROUNDS; round++) {
        wait_for(&tally->begun, round);
        plan_and_count(tally);
        atomic_store(&tally->done, round);
    }
    return NULL;
}

static void *plan_all_the_time(void *context)
{
    struct tally *tally = context;
    while (!atomic_load(&tally->over)) {
        plan_and_count(tally);
        sched_yield();
    }
    return NULL;
}

static struct slice value_of(int round, char text[VALUE_BYTES])
{
    snprintf(text, VALUE_BYTES, "round %d, and a round it was, of rounds", round);
    return slice_of_text(text);
}

/* So that a write meets every moment of a planning. */
static void dawdle(struct random *random)
{
    for (size_t i = random_below(random, 4); i > 0; i--)
        sched_yield();
    for (volatile size_t i = random_below(random, (size_t)1 << random_below(random, 17)); i > 0; i--) {
    }
}

/* Each third time it is deleted instead. */
static void write_round(pilsmer *store, int round)
{
    char text[VALUE_BYTES];
    if (round % 3 == 2)
        check_ok(pilsmer_delete(store, KEY, strlen(KEY), &check_error));
    else
        stores_put(store, KEY, value_of(round, text));
}

static void expect_round(pilsmer *store, int round)
{
    char text[VALUE_BYTES];
    if (round % 3 == 2)
        stores_expect_missing(store, KEY);
    else
        stores_expect(store, KEY, value_of(round, text));
}

/* Gives way between reading and committing, so that both threads get into each other's way on one core, too.
 */
static pilsmer_code give_way(struct watch *watch, enum watched_call call)
{
    (void)watch;
    if (call == WATCHED_TXN_PUT || call == WATCHED_TXN_COMMIT)
        sched_yield();
    return PILSMER_OK;
}

static void begin(struct tally *tally, struct place *place, pthread_t *thread, void *(*run)(void *))
{
    stores_init(place, NULL);
    place->watch.before = give_way;
    *tally = (struct tally){.store = stores_open_watched(place, PILSMER_BRIEF_WRITER)};
    stores_put_text(place->store, KEY, "before the first round");
    assert_int_equal(pthread_create(thread, NULL, run, tally), 0);
}

static void end(struct tally *tally, pthread_t thread)
{
    atomic_store(&tally->over, true);
    pthread_join(thread, NULL);
    print_message("%u replaced, %u kept, %u conflicts, %u missing\n", tally->replaced, tally->kept,
                  tally->conflicts, tally->missing);
    if (tally->unexpected.code)
        fail_msg("%s", tally->unexpected.message);
    assert_true(tally->replaced > 0);
    assert_true(tally->conflicts > 0);
}

static void a_write_beside_a_planning_wins(void **state)
{
    struct random random = random_begin("store.races");
    static struct tally tally;
    pthread_t thread;
    begin(&tally, *state, &thread, plan_in_step);
    for (int round = 0; round < ROUNDS; round++) {
        atomic_store(&tally.begun, round + 1);
        dawdle(&random);
        write_round(tally.store, round);
        wait_for(&tally.done, round + 1);
        expect_round(tally.store, round);
    }
    end(&tally, thread);
}

static void what_was_written_is_read_while_it_is_planned(void **state)
{
    struct random random = random_begin("store.races");
    static struct tally tally;
    pthread_t thread;
    begin(&tally, *state, &thread, plan_all_the_time);
    for (int round = 0; round < ROUNDS; round++) {
        write_round(tally.store, round);
        expect_round(tally.store, round);
        dawdle(&random);
        expect_round(tally.store, round);
    }
    end(&tally, thread);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_FAKE(a_write_beside_a_planning_wins),
        ON_FAKE(what_was_written_is_read_while_it_is_planned),
        ON_SLATE(what_was_written_is_read_while_it_is_planned),
    };
    return CHECK_RUN("store.races", cases, NULL);
}
