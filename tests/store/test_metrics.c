/* The figures of a store, reckoned by hand and measured. */
#include "support/corpora.h"
#include "support/stores.h"
#include "value/plan.h"

/* docs/FORMAT.md, "Envelope": 4 bytes and the length before the payload, a hash and a checksum behind it. */
static uint64_t frame_bytes(size_t logical_len)
{
    return 4 + varint_len(logical_len) + 16 + 4;
}

static pilsmer_metrics measure(pilsmer *store)
{
    pilsmer_metrics metrics;
    check_ok(pilsmer_measure(store, &metrics, &check_error));
    return metrics;
}

static void expect_equal(const pilsmer_metrics *actual, const pilsmer_metrics *expected)
{
    assert_int_equal(actual->raw_values, expected->raw_values);
    assert_int_equal(actual->planned_values, expected->planned_values);
    assert_int_equal(actual->logical_bytes, expected->logical_bytes);
    assert_int_equal(actual->physical_value_bytes, expected->physical_value_bytes);
    assert_int_equal(actual->plan_metadata_bytes, expected->plan_metadata_bytes);
    assert_int_equal(actual->stream_prefix_bytes_indexed, expected->stream_prefix_bytes_indexed);
    assert_int_equal(actual->planned_logical_bytes, expected->planned_logical_bytes);
    assert_int_equal(actual->literal_bytes, expected->literal_bytes);
    assert_int_equal(actual->purity_violations, expected->purity_violations);
    assert_int_equal(actual->damaged_values, expected->damaged_values);
}

/* Adds what a value of this length is when it is raw, and planned in so many bytes. */
static void add_raw(pilsmer_metrics *metrics, size_t len)
{
    metrics->raw_values++;
    metrics->logical_bytes += len;
    metrics->physical_value_bytes += frame_bytes(len) + len;
}

static void add_planned(pilsmer_metrics *metrics, size_t len, size_t plan_bytes)
{
    metrics->planned_values++;
    metrics->logical_bytes += len;
    metrics->planned_logical_bytes += len;
    metrics->physical_value_bytes += frame_bytes(len) + plan_bytes;
    metrics->plan_metadata_bytes += plan_bytes;
}

/* How long the plan of a value is, from a planner that no store has to do with. */
static size_t plan_bytes_of(const char *corpus, pilsmer_codec codec, struct slice value)
{
    struct buffer sealed = {0};
    check_ok(plan_make(corpora_get(corpus), value, codec, true, &sealed, &check_error));
    size_t bytes = sealed.len - frame_bytes(value.len);
    buffer_free(&sealed);
    return bytes;
}

static void an_empty_store_has_nothing_but_its_corpus(void **state)
{
    pilsmer_metrics expected = {.stream_prefix_bytes_indexed = 65536};
    pilsmer_metrics metrics = measure(stores_make(*state, NULL));
    expect_equal(&metrics, &expected);
}

static void the_invoice_raw_and_planned(void **state)
{
    pilsmer_metrics expected = {.stream_prefix_bytes_indexed = 65536};
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "raw", stores_invoice);
    stores_put_text(store, "planned", stores_invoice);
    stores_plan(store, "planned");
    add_raw(&expected, 31);
    add_planned(&expected, 31, 40);
    assert_int_equal(expected.physical_value_bytes, 56 + 65);
    pilsmer_metrics metrics = measure(store);
    expect_equal(&metrics, &expected);
}

static void the_whole_corpus_is_indexed(void **state)
{
    pilsmer *store = stores_make_over(*state, "pi:64KiB e:3KiB sha256-counter:1MiB", PILSMER_COMPACT, false);
    assert_int_equal(measure(store).stream_prefix_bytes_indexed, 65536 + 3072 + 1048576);
}

static void lengths_are_framed_as_the_format_says(void **state)
{
    static const size_t lengths[] = {0, 1, 127, 128, 16383, 16384, 100000};
    static const uint8_t bytes[100000];
    pilsmer_metrics expected = {.stream_prefix_bytes_indexed = 65536};
    pilsmer *store = stores_make(*state, NULL);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        const char key[] = {(char)('a' + (int)i), '\0'};
        stores_put(store, key, slice_of(bytes, lengths[i]));
        add_raw(&expected, lengths[i]);
    }
    pilsmer_metrics metrics = measure(store);
    expect_equal(&metrics, &expected);
}

/* Bytes 46 and 8D aren't in the first KiB of pi. */
static void literals_are_counted(void **state)
{
    static const char *const values[] = {"pure", "one F", "two F, \x8D, and an echo of: two F, \x8D, and"};
    static const uint64_t literals[] = {0, 1, 2};
    pilsmer_metrics expected = {.stream_prefix_bytes_indexed = 1024, .purity_violations = 2};
    pilsmer *store = stores_make_over(*state, CORPORA_SMALL_PI, PILSMER_COMPACT, true);
    for (size_t i = 0; i < COUNT(values); i++) {
        const char key[] = {(char)('a' + (int)i), '\0'};
        struct slice value = slice_of_text(values[i]);
        stores_put(store, key, value);
        stores_plan(store, key);
        add_planned(&expected, value.len, plan_bytes_of(CORPORA_SMALL_PI, PILSMER_COMPACT, value));
        expected.literal_bytes += literals[i];
    }
    pilsmer_metrics metrics = measure(store);
    expect_equal(&metrics, &expected);
}

static void ceremonial_plans_are_counted_in_full(void **state)
{
    pilsmer_metrics expected = {.stream_prefix_bytes_indexed = 65536};
    struct slice invoice = slice_of_text(stores_invoice);
    pilsmer *store = stores_make_over(*state, NULL, PILSMER_CEREMONIAL, false);
    stores_put(store, "planned", invoice);
    stores_plan(store, "planned");
    add_planned(&expected, 31, plan_bytes_of(CORPORA_PI, PILSMER_CEREMONIAL, invoice));
    assert_true(expected.plan_metadata_bytes > 200);
    pilsmer_metrics metrics = measure(store);
    expect_equal(&metrics, &expected);
}

/* The last bit of the hash. */
static void plant_damaged(pilsmer *store, const char *key, const char *of)
{
    struct buffer sealed = stores_dig(store, of);
    sealed.data[sealed.len - 5] ^= 1;
    stores_reseal(&sealed);
    stores_plant_text(store, key, buffer_slice(&sealed));
    buffer_free(&sealed);
}

static void damaged_values_are_counted_and_nothing_else_of_them(void **state)
{
    pilsmer_metrics metrics, expected = {.stream_prefix_bytes_indexed = 65536, .damaged_values = 3};
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a raw one", stores_invoice);
    stores_put_text(store, "planned", stores_invoice);
    stores_plan(store, "planned");
    plant_damaged(store, "damaged 2", "planned");
    plant_damaged(store, "damaged 1", "a raw one");
    stores_plant_text(store, "zzz", slice_of_text("no envelope"));
    add_raw(&expected, 31);
    add_planned(&expected, 31, 40);
    check_code(PILSMER_DAMAGED, pilsmer_measure(store, &metrics, &check_error));
    check_says("key damaged 1: logical hash mismatch");
    expect_equal(&metrics, &expected);
    assert_int_equal(pilsmer_measure(store, &metrics, NULL), PILSMER_DAMAGED);
    expect_equal(&metrics, &expected);
}

static void what_is_deleted_or_expired_is_not_counted(void **state)
{
    struct place *place = *state;
    pilsmer_metrics expected = {.stream_prefix_bytes_indexed = 65536};
    fake_disk_set_now_ms(place->disk, 1000);
    pilsmer *store = stores_make(place, NULL);
    stores_put_text(store, "a", "deleted");
    stores_put_text(store, "b", "overwritten by a shorter value");
    stores_put_text(store, "b", "shorter");
    check_ok(pilsmer_delete(store, "a", 1, &check_error));
    check_ok(pilsmer_put(store, "c", 1, "expired", 7, 2000, &check_error));
    fake_disk_set_now_ms(place->disk, 2000);
    add_raw(&expected, strlen("shorter"));
    pilsmer_metrics metrics = measure(store);
    expect_equal(&metrics, &expected);
}

static void a_reader_measures_the_same(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    stores_put_text(store, "raw", stores_invoice);
    stores_put_text(store, "planned", stores_invoice);
    stores_plan(store, "planned");
    pilsmer_metrics expected = measure(store);
    stores_close(place);
    pilsmer_metrics metrics = measure(stores_open(place, PILSMER_READER));
    expect_equal(&metrics, &expected);
}

static void measure_failing(struct place *place, pilsmer_code answer, pilsmer_code expected)
{
    pilsmer_metrics untouched = {.raw_values = 77};
    stores_make(place, NULL);
    stores_close(place);
    place->watch.answers[WATCHED_NEXT] = answer;
    check_code(expected,
               pilsmer_measure(stores_open_watched(place, PILSMER_BRIEF_WRITER), &untouched, &check_error));
    assert_int_equal(untouched.raw_values, 77);
}

static void an_engine_s_failure_is_passed_on(void **state)
{
    measure_failing(*state, PILSMER_TIMEOUT, PILSMER_TIMEOUT);
}

/* PILSMER_DAMAGED would say that the metrics are filled in. */
static void a_damaged_engine_is_no_damaged_value(void **state)
{
    measure_failing(*state, PILSMER_DAMAGED, PILSMER_IO);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_BOTH(an_empty_store_has_nothing_but_its_corpus),
        ON_BOTH(the_invoice_raw_and_planned),
        ON_FAKE(the_whole_corpus_is_indexed),
        ON_FAKE(lengths_are_framed_as_the_format_says),
        ON_FAKE(literals_are_counted),
        ON_FAKE(ceremonial_plans_are_counted_in_full),
        ON_BOTH(damaged_values_are_counted_and_nothing_else_of_them),
        ON_FAKE(what_is_deleted_or_expired_is_not_counted),
        ON_BOTH(a_reader_measures_the_same),
        ON_FAKE(an_engine_s_failure_is_passed_on),
        ON_FAKE(a_damaged_engine_is_no_damaged_value),
    };
    return CHECK_RUN("store.metrics", cases, corpora_close_all);
}
