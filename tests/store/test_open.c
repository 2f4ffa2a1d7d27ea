/* Opening and closing: who may, beside whom, and what is left untouched when it fails. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/slate.h"
#include "support/child.h"
#include "support/listing.h"
#include "support/load.h"
#include "support/stores.h"
#include "support/unwritable.h"

#define LONG_MS 10000
#define SHORT_MS 80

static const pilsmer_mode modes[] = {PILSMER_WRITER, PILSMER_BRIEF_WRITER, PILSMER_READER};

static void not_opened(struct place *place, pilsmer_mode mode, pilsmer_code expected)
{
    pilsmer *untouched = NULL;
    check_code(expected, stores_try_open(place, mode, &untouched));
    assert_null(untouched);
}

static void make_with_value(struct place *place)
{
    stores_put_text(stores_make(place, NULL), "key", "value");
    stores_close(place);
}

/* ------------------------------------------------------------------------------------- what isn't a store */

static void expect_untouched(struct place *place)
{
    for (size_t i = 0; i < COUNT(modes); i++) {
        char *before = listing_of(place->directory);
        not_opened(place, modes[i], PILSMER_NOT_A_STORE);
        check_says(place->db);
        char *after = listing_of(place->directory);
        assert_string_equal(after, before);
        free(before);
        free(after);
    }
}

static void a_missing_directory_is_no_store_and_is_not_made(void **state)
{
    expect_untouched(*state);
}

static void a_missing_parent_is_no_store_and_is_not_made(void **state)
{
    struct place *place = *state;
    snprintf(place->db, sizeof place->db, "%s/missing/db", place->directory);
    expect_untouched(place);
}

static void an_empty_directory_is_no_store_and_stays_empty(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir(place->db, 0777), 0);
    expect_untouched(place);
}

static void a_directory_of_other_things_is_no_store(void **state)
{
    struct place *place = *state;
    char path[STORES_PATH_BYTES + 16];
    assert_int_equal(mkdir(place->db, 0777), 0);
    snprintf(path, sizeof path, "%s/notes.txt", place->db);
    save_file(path, slice_of_text("mine"));
    snprintf(path, sizeof path, "%s/manifest", place->db);
    assert_int_equal(mkdir(path, 0777), 0);
    expect_untouched(place);
}

static void a_file_is_no_store(void **state)
{
    struct place *place = *state;
    save_file(place->db, slice_of_text("a file"));
    expect_untouched(place);
}

/* A database that no PiLSMer has made, open for writing. */
static struct engine *open_foreign(const struct place *place)
{
    const struct slate_options options = {SLATE_BRIEF_WRITER, true, STORES_TIMEOUT_MS};
    char url[STORES_PATH_BYTES + 16];
    struct engine *engine = NULL;
    snprintf(url, sizeof url, "file://%s", place->db);
    check_ok(slate_open(url, &options, &engine, &check_error));
    return engine;
}

static void a_database_without_a_record_is_no_store(void **state)
{
    struct place *place = *state;
    struct engine *engine = open_foreign(place);
    engine->ops->close(engine);
    for (size_t i = 0; i < COUNT(modes); i++) {
        not_opened(place, modes[i], PILSMER_NOT_A_STORE);
        check_says("init");
        check_says(place->db);
    }
}

static void an_engine_without_a_record_is_no_store(void **state)
{
    struct place *place = *state;
    struct engine *engine = stores_engine(place, FAKE_WRITER);
    engine->ops->close(engine);
    for (size_t i = 0; i < COUNT(modes); i++)
        not_opened(place, modes[i], PILSMER_NOT_A_STORE);
}

/* ------------------------------------------------------------------------------------------ two at a time */

static void a_second_writer_in_the_process_is_refused_at_once(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    for (size_t first = 0; first < 2; first++) {
        stores_open(place, modes[first]);
        for (size_t second = 0; second < 2; second++) {
            uint64_t began_ms = clock_monotonic_ms();
            not_opened(place, modes[second], PILSMER_BUSY);
            assert_true(clock_monotonic_ms() - began_ms < LONG_MS);
            check_says("in this process");
        }
        stores_expect_text(place->store, "key", "value");
        stores_close(place);
    }
}

static void expect_named_once(const struct place *place)
{
    const char *first = strstr(check_error.message, place->db);
    assert_non_null(first);
    assert_null(strstr(first + 1, place->db));
}

static void a_message_names_a_busy_place_once(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    stores_open(place, PILSMER_BRIEF_WRITER);
    not_opened(place, PILSMER_BRIEF_WRITER, PILSMER_BUSY);
    expect_named_once(place);
}

static void a_message_names_a_missing_place_once(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        not_opened(place, modes[i], PILSMER_NOT_A_STORE);
        expect_named_once(place);
    }
}

static int hold_lock(void *path, const struct child *self)
{
    char text[64];
    FILE *file = fopen(path, "w");
    if (!file || flock(fileno(file), LOCK_EX | LOCK_NB) != 0)
        return 1;
    snprintf(text, sizeof text, "%ld (pilsmer put)\n", (long)self->pid);
    fputs(text, file);
    fflush(file);
    child_ready(self);
    return 0;
}

static struct child start_holder(const struct place *place, const char *lock)
{
    char path[STORES_PATH_BYTES + 64];
    snprintf(path, sizeof path, "%s/%s", place->db, lock);
    return child_start(hold_lock, path);
}

static void a_writer_elsewhere_is_waited_for_and_named(void **state)
{
    struct place *place = *state;
    const pilsmer_options options = {.mode = PILSMER_BRIEF_WRITER, .timeout_ms = SHORT_MS};
    pilsmer *untouched = NULL;
    char says[64];
    make_with_value(place);
    struct child holder = start_holder(place, LOCK_WRITER);
    uint64_t began_ms = clock_monotonic_ms();
    pilsmer_code code = pilsmer_open(place->db, &options, &untouched, &check_error);
    uint64_t waited_ms = clock_monotonic_ms() - began_ms;
    assert_int_equal(child_end(&holder), 0);
    check_code(PILSMER_BUSY, code);
    snprintf(says, sizeof says, "%ld (pilsmer put)", (long)holder.pid);
    check_says(says);
    assert_in_range(waited_ms, SHORT_MS, LONG_MS);
    assert_null(untouched);
}

static void a_reader_waits_for_no_writer(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    struct child holder = start_holder(place, LOCK_WRITER);
    stores_expect_text(stores_open(place, PILSMER_READER), "key", "value");
    assert_int_equal(child_end(&holder), 0);
}

static void a_coordinator_elsewhere_leaves_room_for_a_writer(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    struct child holder = start_holder(place, LOCK_COMPACTOR);
    uint64_t began_ms = clock_monotonic_ms();
    pilsmer *store = stores_open(place, PILSMER_WRITER);
    assert_true(clock_monotonic_ms() - began_ms < LONG_MS);
    stores_put_text(store, "key", "new");
    stores_close(place);
    assert_int_equal(child_end(&holder), 0);
    stores_expect_text(stores_open(place, PILSMER_READER), "key", "new");
}

static void a_lock_says_the_command_of_its_holder(void **state)
{
    struct place *place = *state;
    const pilsmer_options options = {.mode = PILSMER_WRITER, .command = "the test's own"};
    static const char *const locks[] = {LOCK_WRITER, LOCK_COMPACTOR};
    make_with_value(place);
    check_ok(pilsmer_open(place->db, &options, &place->store, &check_error));
    for (size_t i = 0; i < COUNT(locks); i++) {
        char path[STORES_PATH_BYTES + 64], expected[64];
        snprintf(path, sizeof path, "%s/%s", place->db, locks[i]);
        snprintf(expected, sizeof expected, "%ld (the test's own)\n", (long)getpid());
        struct buffer content = load_file(path);
        assert_true(slice_begins_with(buffer_slice(&content), slice_of_text(expected)));
        buffer_free(&content);
    }
}

static void a_store_that_is_not_opened_is_not_kept_locked(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    stores_plant(store, record_key(), slice_of_text("damaged"));
    stores_close(place);
    not_opened(place, PILSMER_WRITER, PILSMER_DAMAGED);
    struct lock lock = LOCK_NONE;
    check_ok(lock_take(place->db, LOCK_WRITER, "the test", 0, &lock, &check_error));
    lock_release(&lock);
    check_ok(lock_take(place->db, LOCK_COMPACTOR, "the test", 0, &lock, &check_error));
    lock_release(&lock);
}

/* ------------------------------------------------------------------------------------------------ readers */

static void readers_stand_beside_a_writer(void **state)
{
    struct place *place = *state;
    pilsmer *readers[3] = {NULL};
    make_with_value(place);
    pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
    for (size_t i = 0; i < COUNT(readers); i++)
        check_ok(stores_try_open(place, PILSMER_READER, &readers[i]));
    stores_put_text(store, "another", "value");
    check_ok(pilsmer_flush(store, &check_error));
    for (size_t i = 0; i < COUNT(readers); i++) {
        stores_expect_text(readers[i], "key", "value");
        check_ok(pilsmer_close(readers[i], &check_error));
    }
    stores_put_text(store, "key", "new");
    stores_close(place);
    store = stores_open(place, PILSMER_READER);
    stores_expect_text(store, "key", "new");
    stores_expect_text(store, "another", "value");
}

static void a_reader_sees_what_is_flushed_while_it_is_open(void **state)
{
    struct place *place = *state;
    pilsmer *reader = NULL;
    pilsmer_bytes got = {0};
    pilsmer *store = stores_make(place, NULL);
    check_ok(stores_try_open(place, PILSMER_READER, &reader));
    stores_put_text(store, "key", "value");
    check_ok(pilsmer_flush(store, &check_error));
    uint64_t began_ms = clock_monotonic_ms();
    while (stores_try_get(reader, "key", &got) == PILSMER_NOT_FOUND &&
           clock_monotonic_ms() - began_ms < LONG_MS)
        clock_sleep_ms(20);
    check_bytes(slice_of(got.data, got.len), slice_of_text("value"));
    pilsmer_bytes_free(&got);
    check_ok(pilsmer_close(reader, &check_error));
}

static void a_reader_refuses_to_write(void **state)
{
    struct place *place = *state;
    pilsmer_plan_result result;
    make_with_value(place);
    pilsmer *store = stores_open(place, PILSMER_READER);
    check_code(PILSMER_INVALID, stores_try_put(store, "key", slice_of_text("new")));
    check_says("reading");
    check_code(PILSMER_INVALID, pilsmer_delete(store, "key", 3, &check_error));
    check_says("reading");
    check_code(PILSMER_INVALID, pilsmer_flush(store, &check_error));
    check_says("reading");
    check_code(PILSMER_INVALID, stores_try_plan(store, "key", &result));
    check_says("reading");
    stores_expect_text(store, "key", "value");
}

static void a_reader_changes_no_file(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    char *before = listing_of(place->db);
    pilsmer *store = stores_open(place, PILSMER_READER);
    stores_expect_text(store, "key", "value");
    stores_explain(store, "key");
    stores_close(place);
    char *after = listing_of(place->db);
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static void a_reader_needs_no_right_to_write(void **state)
{
    struct place *place = *state;
    pilsmer_bytes got = {0};
    make_with_value(place);
    assert_int_equal(chmod(place->directory, 0755), 0);
    unwritable_begin(place->db);
    pilsmer_code code = stores_try_open(place, PILSMER_READER, &place->store);
    if (!code)
        code = stores_try_get(place->store, "key", &got);
    unwritable_end(place->db);
    check_ok(code);
    check_bytes(slice_of(got.data, got.len), slice_of_text("value"));
    pilsmer_bytes_free(&got);
}

static void a_writer_needs_the_right_to_write(void **state)
{
    struct place *place = *state;
    pilsmer *untouched = NULL;
    make_with_value(place);
    assert_int_equal(chmod(place->directory, 0755), 0);
    unwritable_begin(place->db);
    pilsmer_code code = stores_try_open(place, PILSMER_BRIEF_WRITER, &untouched);
    unwritable_end(place->db);
    check_code(PILSMER_IO, code);
    check_says("Permission denied");
    assert_null(untouched);
}

/* ------------------------------------------------------------------------------------ options and closing */

static void no_options_are_a_writer_s(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    check_ok(pilsmer_open(place->db, NULL, &place->store, &check_error));
    assert_int_equal(place->store->mode, PILSMER_WRITER);
    stores_put_text(place->store, "key", "new");
}

static void an_unknown_mode_is_refused(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    not_opened(place, (pilsmer_mode)3, PILSMER_INVALID);
}

static void no_place_is_refused(void **state)
{
    pilsmer *untouched = NULL;
    (void)state;
    check_code(PILSMER_INVALID, pilsmer_open(NULL, NULL, &untouched, &check_error));
    check_code(PILSMER_INVALID, pilsmer_open("", NULL, &untouched, &check_error));
    check_code(PILSMER_INVALID, pilsmer_open("file:///tmp", NULL, &untouched, &check_error));
    assert_null(untouched);
}

static void an_unknown_kind_of_url_is_an_error(void **state)
{
    pilsmer *untouched = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        const pilsmer_options options = {.mode = modes[i]};
        pilsmer_code code = pilsmer_open("gopher://db", &options, &untouched, &check_error);
        assert_int_not_equal(code, PILSMER_OK);
        check_says("gopher");
        assert_null(untouched);
    }
}

static void closing_nothing_is_fine(void **state)
{
    (void)state;
    check_ok(pilsmer_close(NULL, &check_error));
}

static void closing_a_reader_flushes_nothing(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    stores_open(place, PILSMER_READER);
    stores_close(place);
}

static void a_fenced_store_says_so_until_it_is_closed(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    stores_put_text(store, "key", "value");
    check_ok(pilsmer_flush(store, &check_error));
    struct engine *other = stores_engine(place, FAKE_WRITER);
    check_code(PILSMER_FENCED, stores_try_put(store, "key", slice_of_text("new")));
    check_says("key key: ");
    check_code(PILSMER_FENCED, pilsmer_delete(store, "key", 3, &check_error));
    check_code(PILSMER_FENCED, pilsmer_flush(store, &check_error));
    other->ops->close(other);
    place->store = NULL;
    check_code(PILSMER_FENCED, pilsmer_close(store, &check_error));
    stores_expect_text(stores_open(place, PILSMER_BRIEF_WRITER), "key", "value");
}

static void closing_makes_it_durable(void **state)
{
    struct place *place = *state;
    make_with_value(place);
    fake_disk_crash(place->disk);
    stores_expect_text(stores_open(place, PILSMER_READER), "key", "value");
}

static void the_engine_is_closed_when_it_holds_no_store(void **state)
{
    struct place *place = *state;
    struct watch watch = {0};
    pilsmer *untouched = NULL;
    struct engine *engine = watched_engine(stores_engine(place, FAKE_WRITER), &watch);
    check_code(PILSMER_NOT_A_STORE, store_open_on(engine, NULL, &untouched, &check_error));
    assert_int_equal(watch.counts[WATCHED_CLOSE], 1);
    assert_null(untouched);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_SLATE(a_missing_directory_is_no_store_and_is_not_made),
        ON_SLATE(a_missing_parent_is_no_store_and_is_not_made),
        ON_SLATE(an_empty_directory_is_no_store_and_stays_empty),
        ON_SLATE(a_directory_of_other_things_is_no_store),
        ON_SLATE(a_file_is_no_store),
        ON_SLATE(a_database_without_a_record_is_no_store),
        ON_FAKE(an_engine_without_a_record_is_no_store),
        ON_SLATE(a_second_writer_in_the_process_is_refused_at_once),
        ON_SLATE(a_message_names_a_busy_place_once),
        ON_SLATE(a_message_names_a_missing_place_once),
        ON_SLATE(a_writer_elsewhere_is_waited_for_and_named),
        ON_SLATE(a_reader_waits_for_no_writer),
        ON_SLATE(a_coordinator_elsewhere_leaves_room_for_a_writer),
        ON_SLATE(a_lock_says_the_command_of_its_holder),
        ON_SLATE(a_store_that_is_not_opened_is_not_kept_locked),
        ON_BOTH(readers_stand_beside_a_writer),
        ON_BOTH(a_reader_sees_what_is_flushed_while_it_is_open),
        ON_BOTH(a_reader_refuses_to_write),
        ON_SLATE(a_reader_changes_no_file),
        ON_SLATE(a_reader_needs_no_right_to_write),
        ON_SLATE(a_writer_needs_the_right_to_write),
        ON_SLATE(no_options_are_a_writer_s),
        ON_SLATE(an_unknown_mode_is_refused),
        cmocka_unit_test(no_place_is_refused),
        cmocka_unit_test(an_unknown_kind_of_url_is_an_error),
        cmocka_unit_test(closing_nothing_is_fine),
        ON_BOTH(closing_a_reader_flushes_nothing),
        ON_FAKE(a_fenced_store_says_so_until_it_is_closed),
        ON_FAKE(closing_makes_it_durable),
        ON_FAKE(the_engine_is_closed_when_it_holds_no_store),
    };
    return CHECK_RUN("store.open", cases, NULL);
}
