/* What a brief writer does when it closes, and when: by the shape that its engine tells. */
#include <stdio.h>

#include "base/memory.h"
#include "support/child.h"
#include "support/stores.h"
#include "support/temp_dir.h"

enum { WAL_FILES_MAX = 64, L0_FILES = 4 };

/* A visit that puts one value, on an engine of this shape. */
static void open_shaped(struct place *place, pilsmer_mode mode, uint64_t wal_files, uint64_t l0_files)
{
    place->watch = (struct watch){.has_shape = true,
                                  .shape = {wal_files, l0_files},
                                  .before = place->watch.before,
                                  .context = place->watch.context};
    stores_open_watched(place, mode);
}

static void expect_calls(const struct place *place, unsigned compactions, unsigned flushes)
{
    assert_int_equal(place->watch.counts[WATCHED_COMPACT], compactions);
    assert_int_equal(place->watch.counts[WATCHED_COLLECT_GARBAGE], compactions);
    assert_int_equal(place->watch.counts[WATCHED_FLUSH_L0], flushes);
}

static void visit(struct place *place, uint64_t wal_files, uint64_t l0_files)
{
    open_shaped(place, PILSMER_BRIEF_WRITER, wal_files, l0_files);
    stores_put_text(place->store, "key", "value");
    stores_close(place);
    assert_int_equal(place->watch.counts[WATCHED_FLUSH_WAL], 1);
}

static void make(struct place *place)
{
    stores_make(place, NULL);
    stores_close(place);
}

/* --------------------------------------------------------------------------------------------- thresholds */

/* What opening had to read and what was written since: each write may be a WAL file. */
static void write_visit(struct place *place, uint64_t wal_files, unsigned writes)
{
    pilsmer_plan_result result;
    open_shaped(place, PILSMER_BRIEF_WRITER, wal_files, 0);
    for (unsigned i = 0; i < writes; i++) {
        if (i % 3 == 0)
            stores_put_text(place->store, "key", "value");
        else if (i % 3 == 1)
            check_ok(stores_try_plan(place->store, "key", &result));
        else
            check_ok(pilsmer_delete(place->store, "key", 3, &check_error));
    }
    stores_close(place);
}

static void sixty_four_wal_files_are_left_and_one_more_is_not(void **state)
{
    static const struct {
        uint64_t wal_files;
        unsigned writes;
        unsigned flushes;
    } rows[] = {
        {0, 0, 0},    {WAL_FILES_MAX, 0, 0}, {WAL_FILES_MAX + 1, 0, 1}, {WAL_FILES_MAX - 1, 1, 0},
        {1000, 0, 1}, {WAL_FILES_MAX, 1, 1}, {0, WAL_FILES_MAX, 0},     {0, WAL_FILES_MAX + 1, 1},
        {32, 32, 0},  {32, 33, 1},
    };
    make(*state);
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_visit(*state, rows[i].wal_files, rows[i].writes);
        expect_calls(*state, 0, rows[i].flushes);
    }
}

static void three_l0_files_are_left_and_four_are_compacted(void **state)
{
    make(*state);
    for (uint64_t l0_files = 0; l0_files < 10; l0_files++) {
        visit(*state, 0, l0_files);
        expect_calls(*state, l0_files >= L0_FILES, 0);
    }
}

static pilsmer_code expect_compacted_first(struct watch *watch, enum watched_call call)
{
    if (call == WATCHED_FLUSH_L0)
        assert_int_equal(watch->counts[WATCHED_COMPACT], 1);
    return PILSMER_OK;
}

/* Another file in L0 is one too many when there are eight. */
static void room_is_made_before_a_flush(void **state)
{
    struct place *place = *state;
    make(place);
    place->watch.before = expect_compacted_first;
    visit(place, WAL_FILES_MAX + 1, 8);
    expect_calls(place, 1, 1);
}

static void elsewhere_garbage_is_left_for_five_minutes(void **state)
{
    struct place *place = *state;
    make(place);
    visit(place, 0, L0_FILES);
    assert_int_equal(place->watch.garbage_age_ms, 300000);
}

/* ------------------------------------------------------------------------------------ who doesn't tidy up */

/* It leaves as little to read, and the compacting to its background. */
static void a_writer_with_a_background_compacts_nothing(void **state)
{
    struct place *place = *state;
    make(place);
    open_shaped(place, PILSMER_WRITER, WAL_FILES_MAX + 1, 8);
    stores_close(place);
    assert_int_equal(place->watch.counts[WATCHED_FLUSH_WAL], 1);
    expect_calls(place, 0, 1);
}

static void a_reader_tidies_nothing(void **state)
{
    struct place *place = *state;
    make(place);
    open_shaped(place, PILSMER_READER, 1000, 8);
    stores_close(place);
    assert_int_equal(place->watch.counts[WATCHED_FLUSH_WAL], 0);
    assert_int_equal(place->watch.counts[WATCHED_SHAPE], 0);
    expect_calls(place, 0, 0);
    assert_int_equal(place->watch.counts[WATCHED_CLOSE], 1);
}

static void opening_tidies_nothing(void **state)
{
    struct place *place = *state;
    make(place);
    open_shaped(place, PILSMER_BRIEF_WRITER, 1000, 8);
    assert_int_equal(place->watch.counts[WATCHED_SHAPE], 0);
    expect_calls(place, 0, 0);
}

/* -------------------------------------------------------------------------------------- nobody's failures */

static void close_failing(struct place *place, enum watched_call call, pilsmer_code expected)
{
    make(place);
    open_shaped(place, PILSMER_BRIEF_WRITER, 1000, 8);
    place->watch.answers[call] = PILSMER_IO;
    stores_put_text(place->store, "key", "value");
    pilsmer *store = place->store;
    place->store = NULL;
    check_code(expected, pilsmer_close(store, &check_error));
    assert_int_equal(place->watch.counts[WATCHED_CLOSE], 1);
    place->watch.answers[call] = PILSMER_OK;
}

static void what_is_not_durable_is_said(void **state)
{
    struct place *place = *state;
    close_failing(place, WATCHED_FLUSH_WAL, PILSMER_IO);
    assert_int_equal(place->watch.counts[WATCHED_SHAPE], 0);
}

static void a_tidying_that_fails_is_not_said(void **state)
{
    static const enum watched_call calls[] = {WATCHED_SHAPE, WATCHED_FLUSH_L0, WATCHED_COLLECT_GARBAGE};
    for (size_t i = 0; i < COUNT(calls); i++) {
        void *place = NULL;
        stores_make_fake(&place);
        close_failing(place, calls[i], PILSMER_OK);
        stores_expect_text(stores_open(place, PILSMER_READER), "key", "value");
        stores_remove(&place);
    }
    (void)state;
}

static void garbage_is_not_collected_when_nothing_was_compacted(void **state)
{
    struct place *place = *state;
    close_failing(place, WATCHED_COMPACT, PILSMER_OK);
    assert_int_equal(place->watch.counts[WATCHED_COMPACT], 1);
    assert_int_equal(place->watch.counts[WATCHED_COLLECT_GARBAGE], 0);
}

/* ----------------------------------------------------------------------------------- in a local directory */

/* As if the watched engine's store were in this directory. */
static void open_in(struct place *place, const char *directory)
{
    open_shaped(place, PILSMER_BRIEF_WRITER, 0, L0_FILES);
    place->store->location.directory = memory_copy_text(directory);
    assert_non_null(place->store->location.directory);
}

static pilsmer_code try_coordinator(const char *directory, struct lock *lock)
{
    return lock_take(directory, LOCK_COMPACTOR, "the test", 0, lock, &check_error);
}

static pilsmer_code expect_coordinator_s_lock(struct watch *watch, enum watched_call call)
{
    struct lock untouched = LOCK_NONE;
    if (call == WATCHED_COMPACT || call == WATCHED_COLLECT_GARBAGE)
        check_code(PILSMER_BUSY, try_coordinator(watch->context, &untouched));
    return PILSMER_OK;
}

static void compaction_holds_the_coordinator_s_lock(void **state)
{
    struct place *place = *state;
    char *directory = temp_dir_create();
    struct lock lock = LOCK_NONE;
    assert_non_null(directory);
    make(place);
    place->watch = (struct watch){.before = expect_coordinator_s_lock, .context = directory};
    open_in(place, directory);
    stores_close(place);
    expect_calls(place, 1, 0);
    assert_int_equal(place->watch.garbage_age_ms, 1000);
    check_ok(try_coordinator(directory, &lock));
    lock_release(&lock);
    temp_dir_destroy(directory);
}

static int be_coordinator(void *directory, const struct child *self)
{
    struct lock lock = LOCK_NONE;
    if (lock_take(directory, LOCK_COMPACTOR, "a coordinator", 0, &lock, NULL))
        return 1;
    child_ready(self);
    return 0;
}

static void a_coordinator_elsewhere_is_left_to_it(void **state)
{
    struct place *place = *state;
    char *directory = temp_dir_create();
    assert_non_null(directory);
    struct child coordinator = child_start(be_coordinator, directory);
    make(place);
    open_in(place, directory);
    stores_close(place);
    expect_calls(place, 0, 0);
    assert_int_equal(child_end(&coordinator), 0);
    temp_dir_destroy(directory);
}

/* --------------------------------------------------------------------------------------- a life of visits */

static void two_thousand_visits_leave_little_to_read(void **state)
{
    enum { VISITS = 2000 };
    struct place *place = *state;
    char key[16];
    make(place);
    for (int i = 0; i < VISITS; i++) {
        struct engine_shape shape;
        pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
        check_ok(store->engine->ops->shape(store->engine, &shape, &check_error));
        assert_in_range(shape.replayed_wal_files, 0, WAL_FILES_MAX);
        assert_in_range(shape.l0_files, 0, L0_FILES);
        snprintf(key, sizeof key, "key%d", i);
        stores_put_text(store, key, key);
        stores_close(place);
    }
    pilsmer *store = stores_open(place, PILSMER_READER);
    for (int i = 0; i < VISITS; i++) {
        snprintf(key, sizeof key, "key%d", i);
        stores_expect_text(store, key, key);
    }
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_FAKE(sixty_four_wal_files_are_left_and_one_more_is_not),
        ON_FAKE(three_l0_files_are_left_and_four_are_compacted),
        ON_FAKE(room_is_made_before_a_flush),
        ON_FAKE(elsewhere_garbage_is_left_for_five_minutes),
        ON_FAKE(a_writer_with_a_background_compacts_nothing),
        ON_FAKE(a_reader_tidies_nothing),
        ON_FAKE(opening_tidies_nothing),
        ON_FAKE(what_is_not_durable_is_said),
        cmocka_unit_test(a_tidying_that_fails_is_not_said),
        ON_FAKE(garbage_is_not_collected_when_nothing_was_compacted),
        ON_FAKE(compaction_holds_the_coordinator_s_lock),
        ON_FAKE(a_coordinator_elsewhere_is_left_to_it),
        ON_FAKE(two_thousand_visits_leave_little_to_read),
    };
    return CHECK_RUN("store.tidy", cases, NULL);
}
