/* Putting, getting and deleting: what is there afterwards, and what is said when the engine fails. */
#include "support/stores.h"

#define KEY "key"

static pilsmer_code try_delete(pilsmer *store)
{
    return pilsmer_delete(store, KEY, strlen(KEY), &check_error);
}

static pilsmer_code try_envelope(pilsmer *store, pilsmer_bytes *envelope)
{
    return pilsmer_get_envelope(store, KEY, strlen(KEY), envelope, &check_error);
}

static void what_is_put_is_got(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, KEY, "value");
    stores_expect_text(store, KEY, "value");
}

static void a_put_replaces_what_was_there(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, KEY, "a longer value");
    stores_plan(store, KEY);
    stores_put_text(store, KEY, "value");
    stores_expect_text(store, KEY, "value");
    assert_false(stores_explain(store, KEY).planned);
}

static void a_put_replaces_an_expiry(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    check_ok(pilsmer_put(store, KEY, 3, "value", 5, INT64_MAX, &check_error));
    stores_put_text(store, KEY, "value");
    assert_int_equal(stores_expiry(store, KEY), 0);
}

static void what_is_deleted_is_gone(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, KEY, "value");
    stores_put_text(store, "another", "value");
    check_ok(try_delete(store));
    stores_expect_missing(store, KEY);
    stores_expect_text(store, "another", "value");
    stores_put_text(store, KEY, "again");
    stores_expect_text(store, KEY, "again");
}

static void it_is_all_there_when_it_is_opened_again(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    stores_put_text(store, "raw", "value");
    stores_put_text(store, "planned", "value");
    stores_plan(store, "planned");
    stores_put_text(store, KEY, "value");
    check_ok(try_delete(store));
    stores_close(place);
    store = stores_open(place, PILSMER_WRITER);
    stores_expect_text(store, "raw", "value");
    stores_expect_text(store, "planned", "value");
    stores_expect_missing(store, KEY);
    assert_true(stores_explain(store, "planned").planned);
}

static void a_value_is_the_caller_s_own(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    char value[] = "value";
    pilsmer_bytes got = {0};
    stores_put(store, KEY, slice_of(value, strlen(value)));
    memset(value, 'x', strlen(value));
    check_ok(stores_try_get(store, KEY, &got));
    stores_put_text(store, KEY, "new");
    check_bytes(slice_of(got.data, got.len), slice_of_text("value"));
    memset(got.data, 'x', got.len);
    stores_expect_text(store, KEY, "new");
    pilsmer_bytes_free(&got);
    assert_null(got.data);
    assert_int_equal(got.len, 0);
}

static void a_missing_key_is_named(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    pilsmer_bytes untouched = {0};
    pilsmer_explanation explanation;
    check_code(PILSMER_NOT_FOUND, stores_try_get(store, KEY, &untouched));
    check_says("key " KEY ": not there");
    check_code(PILSMER_NOT_FOUND, try_envelope(store, &untouched));
    check_says("key " KEY ": not there");
    check_code(PILSMER_NOT_FOUND, stores_try_explain(store, KEY, &explanation));
    check_says("key " KEY ": not there");
    assert_null(untouched.data);
}

static void a_raw_value_is_explained_in_three_figures(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, KEY, stores_invoice);
    pilsmer_explanation explanation = stores_explain(store, KEY);
    const pilsmer_explanation expected = {.logical_bytes = 31, .physical_bytes = 56};
    assert_false(explanation.planned);
    assert_int_equal(explanation.logical_bytes, expected.logical_bytes);
    assert_int_equal(explanation.physical_bytes, expected.physical_bytes);
    assert_int_equal(explanation.plan_metadata_bytes + explanation.chunks + explanation.longest_natural_run +
                         explanation.literal_bytes + explanation.stream_count,
                     0);
}

static void the_invoice_is_explained_as_in_the_documents(void **state)
{
    static const uint8_t begins[] = {0x01, 0xd6, 0xc2, 0xae, 0xf8, 0x24, 0x9a, 0x39};
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, KEY, stores_invoice);
    stores_plan(store, KEY);
    pilsmer_explanation explanation = stores_explain(store, KEY);
    assert_true(explanation.planned);
    assert_int_equal(explanation.logical_bytes, 31);
    assert_int_equal(explanation.physical_bytes, 65);
    assert_int_equal(explanation.plan_metadata_bytes, 40);
    assert_int_equal(explanation.codec, PILSMER_COMPACT);
    assert_int_equal(explanation.chunks, 20);
    assert_int_equal(explanation.longest_natural_run, 2);
    assert_int_equal(explanation.literal_bytes, 0);
    assert_int_equal(explanation.stream_count, 1);
    assert_string_equal(explanation.streams[0].name, "pi.hex-fraction-prefix:v1");
    assert_int_equal(explanation.streams[0].prefix_bytes, 65536);
    assert_memory_equal(explanation.fingerprints[0], begins, sizeof begins);
}

/* ----------------------------------------------------------------------------------------------- failures */

static const pilsmer_code codes[] = {PILSMER_IO, PILSMER_TIMEOUT, PILSMER_FENCED, PILSMER_NO_MEMORY};

static pilsmer *open_failing(struct place *place)
{
    stores_put_text(stores_make(place, NULL), KEY, "value");
    stores_close(place);
    return stores_open_watched(place, PILSMER_BRIEF_WRITER);
}

static void expect_passed_on(pilsmer_code expected, pilsmer_code actual)
{
    check_code(expected, actual);
    check_says("key " KEY ": as the test says");
}

static void an_engine_s_failure_to_get_is_passed_on(void **state)
{
    struct place *place = *state;
    pilsmer *store = open_failing(place);
    pilsmer_bytes untouched = {0};
    pilsmer_explanation explanation;
    for (size_t i = 0; i < COUNT(codes); i++) {
        place->watch.answers[WATCHED_GET] = codes[i];
        expect_passed_on(codes[i], stores_try_get(store, KEY, &untouched));
        expect_passed_on(codes[i], try_envelope(store, &untouched));
        expect_passed_on(codes[i], stores_try_explain(store, KEY, &explanation));
    }
    assert_null(untouched.data);
}

static void an_engine_s_failure_to_write_is_passed_on(void **state)
{
    struct place *place = *state;
    pilsmer *store = open_failing(place);
    for (size_t i = 0; i < COUNT(codes); i++) {
        place->watch.answers[WATCHED_PUT] = codes[i];
        expect_passed_on(codes[i], stores_try_put(store, KEY, slice_of_text("new")));
        place->watch.answers[WATCHED_REMOVE] = codes[i];
        expect_passed_on(codes[i], try_delete(store));
    }
    stores_expect_text(store, KEY, "value");
}

static void an_engine_s_failure_to_flush_is_passed_on(void **state)
{
    struct place *place = *state;
    pilsmer *store = open_failing(place);
    for (size_t i = 0; i < COUNT(codes); i++) {
        place->watch.answers[WATCHED_FLUSH_WAL] = codes[i];
        check_code(codes[i], pilsmer_flush(store, &check_error));
    }
    place->watch.answers[WATCHED_FLUSH_WAL] = PILSMER_OK;
    check_ok(pilsmer_flush(store, &check_error));
}

static void an_error_need_not_be_asked_for(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    pilsmer_bytes untouched = {0};
    pilsmer_explanation explanation;
    pilsmer_plan_result result;
    pilsmer_cursor *cursor;
    pilsmer_entry entry;
    stores_plant_text(store, KEY, slice_of_text("damaged"));
    assert_int_equal(pilsmer_put(store, "", 0, "", 0, 0, NULL), PILSMER_INVALID);
    assert_int_equal(pilsmer_delete(store, "", 0, NULL), PILSMER_INVALID);
    assert_int_equal(pilsmer_get(store, "k", 1, &untouched, NULL), PILSMER_NOT_FOUND);
    assert_int_equal(pilsmer_get(store, KEY, 3, &untouched, NULL), PILSMER_DAMAGED);
    assert_int_equal(pilsmer_explain(store, KEY, 3, NULL, NULL, &explanation, NULL), PILSMER_DAMAGED);
    assert_int_equal(pilsmer_plan_key(store, KEY, 3, &result, NULL), PILSMER_DAMAGED);
    assert_int_equal(pilsmer_flush(store, NULL), PILSMER_OK);
    assert_int_equal(pilsmer_scan(store, NULL, 0, NULL, 0, &cursor, NULL), PILSMER_OK);
    assert_int_equal(pilsmer_cursor_next(cursor, &entry, NULL), PILSMER_DAMAGED);
    assert_int_equal(pilsmer_cursor_next(cursor, &entry, NULL), PILSMER_NOT_FOUND);
    pilsmer_cursor_free(cursor);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_BOTH(what_is_put_is_got),
        ON_BOTH(a_put_replaces_what_was_there),
        ON_BOTH(a_put_replaces_an_expiry),
        ON_BOTH(what_is_deleted_is_gone),
        ON_BOTH(it_is_all_there_when_it_is_opened_again),
        ON_BOTH(a_value_is_the_caller_s_own),
        ON_BOTH(a_missing_key_is_named),
        ON_FAKE(a_raw_value_is_explained_in_three_figures),
        ON_BOTH(the_invoice_is_explained_as_in_the_documents),
        ON_FAKE(an_engine_s_failure_to_get_is_passed_on),
        ON_FAKE(an_engine_s_failure_to_write_is_passed_on),
        ON_FAKE(an_engine_s_failure_to_flush_is_passed_on),
        ON_FAKE(an_error_need_not_be_asked_for),
    };
    return CHECK_RUN("store.access", cases, NULL);
}
