/* Stores that live on: many short visits, and one long one that writes a lot. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "support/listing.h"
#include "support/random.h"
#include "support/stores.h"

enum {
    VISITS = 400,
    VISIT_FILES = 5,            /* that one leaves: 4, and its share of what is compacted */
    VISITS_TO_COLLECTION = 140, /* measured: 132, and then what is older than a second goes */
    STALL_MS = 10000,
};

static const char *key_of(int number, char key[16])
{
    snprintf(key, 16, "key%04d", number);
    return key;
}

static void visit(struct place *place, int number)
{
    char key[16];
    struct engine_shape shape;
    uint64_t began_ms = clock_monotonic_ms();
    pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
    check_ok(store->engine->ops->shape(store->engine, &shape, &check_error));
    assert_in_range(shape.replayed_wal_files, 0, 66);
    assert_in_range(shape.l0_files, 0, 4);
    stores_put_text(store, key_of(number, key), key);
    stores_close(place);
    assert_true(clock_monotonic_ms() - began_ms < STALL_MS);
}

static void expect_keys(struct place *place, int count)
{
    char key[16];
    pilsmer *store = stores_open(place, PILSMER_READER);
    for (int i = 0; i < count; i++)
        stores_expect_text(store, key_of(i, key), key);
    stores_close(place);
}

static void short_visits_leave_few_files_and_little_to_read(void **state)
{
    struct place *place = *state;
    size_t most = 0;
    uint64_t began_ms = clock_monotonic_ms();
    stores_init(place, NULL);
    for (int i = 0; i < VISITS; i++) {
        visit(place, i);
        size_t files = i % 10 == 0 ? listing_count(place->db) : 0;
        most = files > most ? files : most;
    }
    uint64_t in_two_seconds = 2000 * VISITS / (clock_monotonic_ms() - began_ms + 1);
    print_message("%zu files at most; %llu visits in two seconds\n", most,
                  (unsigned long long)in_two_seconds);
    assert_in_range(most, 1, VISIT_FILES * (VISITS_TO_COLLECTION + in_two_seconds));
    expect_keys(place, VISITS);
}

static void a_reader_goes_on_beside_short_visits(void **state)
{
    struct place *place = *state;
    char key[16];
    pilsmer *reader = NULL;
    stores_init(place, NULL);
    visit(place, 0);
    check_ok(stores_try_open(place, PILSMER_READER, &reader));
    for (int i = 1; i < VISITS_TO_COLLECTION + 20; i++) {
        visit(place, i);
        stores_expect_text(reader, key_of(0, key), key);
    }
    check_ok(pilsmer_close(reader, &check_error));
}

/* ------------------------------------------------------------------------------------------ a lot at once */

static int megabytes(void)
{
    return getenv("PILSMER_SLOW_TESTS") ? 300 : 160;
}

/* Noise of its own for each number, so that nothing is as small as it looks. */
static struct slice noise_of(int number, uint8_t *room)
{
    struct random random = {(uint64_t)number};
    for (size_t i = 0; i < MIB; i += 8)
        store_le64(room + i, random_next(&random));
    return slice_of(room, MIB);
}

static uint64_t put_noise(pilsmer *store, int number, uint8_t *room)
{
    char key[16];
    struct slice noise = noise_of(number, room);
    uint64_t began_ms = clock_monotonic_ms();
    stores_put(store, key_of(number, key), noise);
    return clock_monotonic_ms() - began_ms;
}

static void expect_noise(pilsmer *store, int number, uint8_t *room)
{
    char key[16];
    stores_expect(store, key_of(number, key), noise_of(number, room));
}

static void a_writer_with_a_background_never_stalls(void **state)
{
    struct place *place = *state;
    uint64_t longest_ms = 0;
    uint8_t *room = malloc(MIB);
    assert_non_null(room);
    stores_init(place, NULL);
    pilsmer *store = stores_open(place, PILSMER_WRITER);
    for (int i = 0; i < megabytes(); i++) {
        uint64_t took_ms = put_noise(store, i, room);
        longest_ms = took_ms > longest_ms ? took_ms : longest_ms;
    }
    print_message("%d MiB put; the longest took %llu ms\n", megabytes(), (unsigned long long)longest_ms);
    assert_true(longest_ms < STALL_MS);
    stores_close(place);
    store = stores_open(place, PILSMER_READER);
    for (int i = 0; i < megabytes(); i += 9)
        expect_noise(store, i, room);
    free(room);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_SLATE(short_visits_leave_few_files_and_little_to_read),
        ON_SLATE(a_reader_goes_on_beside_short_visits),
        ON_SLATE(a_writer_with_a_background_never_stalls),
    };
    return CHECK_RUN("store.housekeeping", cases, NULL);
}
