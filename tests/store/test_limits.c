/* Every limit of keys and values, from both sides. */
#include <stdlib.h>

#include "support/random.h"
#include "support/stores.h"

static uint8_t key[PILSMER_KEY_BYTES_MAX + 1];

/* --------------------------------------------------------------------------------------------------- keys */

static void expect_everything_of(pilsmer *store, const void *name, size_t len)
{
    pilsmer_bytes got = {0};
    pilsmer_plan_result result;
    pilsmer_explanation explanation;
    check_ok(pilsmer_put(store, name, len, "value", 5, 0, &check_error));
    check_ok(pilsmer_get(store, name, len, &got, &check_error));
    pilsmer_bytes_free(&got);
    check_ok(pilsmer_plan_key(store, name, len, &result, &check_error));
    check_ok(pilsmer_get_envelope(store, name, len, &got, &check_error));
    pilsmer_bytes_free(&got);
    check_ok(pilsmer_explain(store, name, len, NULL, NULL, &explanation, &check_error));
    check_ok(pilsmer_delete(store, name, len, &check_error));
    check_code(PILSMER_NOT_FOUND, pilsmer_get(store, name, len, &got, &check_error));
}

static void expect_nothing_of(pilsmer *store, const void *name, size_t len, const char *says)
{
    pilsmer_bytes got = {0};
    pilsmer_plan_result result;
    pilsmer_explanation explanation;
    check_code(PILSMER_INVALID, pilsmer_put(store, name, len, "value", 5, 0, &check_error));
    check_says(says);
    check_code(PILSMER_INVALID, pilsmer_get(store, name, len, &got, &check_error));
    check_says(says);
    check_code(PILSMER_INVALID, pilsmer_plan_key(store, name, len, &result, &check_error));
    check_says(says);
    check_code(PILSMER_INVALID, pilsmer_get_envelope(store, name, len, &got, &check_error));
    check_says(says);
    check_code(PILSMER_INVALID, pilsmer_explain(store, name, len, NULL, NULL, &explanation, &check_error));
    check_says(says);
    check_code(PILSMER_INVALID, pilsmer_delete(store, name, len, &check_error));
    check_says(says);
}

static void a_key_has_one_byte_at_least(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    expect_nothing_of(store, NULL, 0, "empty");
    expect_nothing_of(store, "", 0, "empty");
    expect_everything_of(store, "k", 1);
    expect_everything_of(store, "\x01", 1);
    expect_everything_of(store, "\xFF", 1);
}

static void a_key_has_65535_bytes_at_most(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    expect_everything_of(store, key, PILSMER_KEY_BYTES_MAX);
    expect_nothing_of(store, key, PILSMER_KEY_BYTES_MAX + 1, "65536 bytes: the limit is 65535");
}

static void a_key_does_not_begin_with_zero(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    expect_nothing_of(store, "\0", 1, "reserved");
    expect_nothing_of(store, "\0pilsmer", 8, "reserved");
    expect_nothing_of(store, "\0k", 2, "reserved");
    expect_everything_of(store, "k\0", 2);
}

static void keys_are_told_apart_by_their_last_byte(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    for (uint8_t last = 'a'; last <= 'c'; last++) {
        key[PILSMER_KEY_BYTES_MAX - 1] = last;
        check_ok(pilsmer_put(store, key, PILSMER_KEY_BYTES_MAX, &last, 1, 0, &check_error));
    }
    for (uint8_t last = 'a'; last <= 'c'; last++) {
        pilsmer_bytes got = {0};
        key[PILSMER_KEY_BYTES_MAX - 1] = last;
        check_ok(pilsmer_get(store, key, PILSMER_KEY_BYTES_MAX, &got, &check_error));
        check_bytes(slice_of(got.data, got.len), slice_of(&last, 1));
        pilsmer_bytes_free(&got);
    }
}

/* ------------------------------------------------------------------------------------------------- values */

static struct slice allocate(size_t len)
{
    uint8_t *bytes = calloc(1, len);
    assert_non_null(bytes);
    return slice_of(bytes, len);
}

static void give_back(struct slice bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static void an_empty_value_is_a_value(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put(store, "key", slice_of(NULL, 0));
    stores_expect_text(store, "key", "");
    stores_plan(store, "key");
    stores_expect_text(store, "key", "");
}

static void a_value_of_64_mib_is_put_planned_and_read(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    struct slice value = allocate(PILSMER_VALUE_BYTES_MAX);
    stores_put(store, "key", value);
    stores_expect(store, "key", value);
    assert_true(stores_plan(store, "key").physical_bytes_after < 100);
    stores_expect(store, "key", value);
    give_back(value);
}

static void a_value_over_64_mib_is_refused(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    struct slice value = allocate(PILSMER_VALUE_BYTES_MAX + 1);
    stores_put_text(store, "key", "what was there");
    check_code(PILSMER_INVALID, stores_try_put(store, "key", value));
    check_says("key key: value of 67108865 bytes: the limit is 67108864");
    stores_expect_text(store, "key", "what was there");
    give_back(value);
}

/* In 4 KiB of pi few pairs appear: most are two references, each of 6 bytes. */
static void a_plan_over_128_mib_is_impossible(void **state)
{
    enum { BYTES = 24 << 20 };
    struct random random = {1};
    pilsmer_plan_result untouched;
    if (!getenv("PILSMER_SLOW_TESTS")) {
        print_message("PILSMER_SLOW_TESTS is not set: SKIPPED\n");
        skip();
    }
    pilsmer *store = stores_make_over(*state, "pi:4KiB", PILSMER_CEREMONIAL, false);
    uint8_t *bytes = malloc(BYTES);
    assert_non_null(bytes);
    random_fill(&random, bytes, BYTES);
    stores_put(store, "key", slice_of(bytes, BYTES));
    check_code(PILSMER_IMPOSSIBLE, stores_try_plan(store, "key", &untouched));
    check_says("limit");
    stores_expect(store, "key", slice_of(bytes, BYTES));
    free(bytes);
}

/* ------------------------------------------------------------------------------------------------- expiry */

static void an_expiry_in_the_past_deletes(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "key", "value");
    check_ok(pilsmer_put(store, "key", 3, "new", 3, 1, &check_error));
    stores_expect_missing(store, "key");
}

static void an_expiry_before_1970_is_refused(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "key", "value");
    check_code(PILSMER_INVALID, pilsmer_put(store, "key", 3, "new", 3, -1, &check_error));
    check_says("key key: ");
    stores_expect_text(store, "key", "value");
}

static void an_expiry_may_be_as_far_as_can_be_said(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    check_ok(pilsmer_put(store, "key", 3, "value", 5, INT64_MAX, &check_error));
    stores_expect_text(store, "key", "value");
    assert_int_equal(stores_expiry(store, "key"), INT64_MAX);
    stores_plan(store, "key");
    assert_int_equal(stores_expiry(store, "key"), INT64_MAX);
}

static void deleting_what_is_not_there_is_no_error(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    check_ok(pilsmer_delete(store, "key", 3, &check_error));
    stores_expect_missing(store, "key");
}

static void freeing_nothing_is_fine(void **state)
{
    pilsmer_bytes bytes = {0};
    (void)state;
    pilsmer_bytes_free(NULL);
    pilsmer_bytes_free(&bytes);
    assert_null(bytes.data);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_BOTH(a_key_has_one_byte_at_least),
        ON_BOTH(a_key_has_65535_bytes_at_most),
        ON_BOTH(a_key_does_not_begin_with_zero),
        ON_BOTH(keys_are_told_apart_by_their_last_byte),
        ON_BOTH(an_empty_value_is_a_value),
        ON_BOTH(a_value_of_64_mib_is_put_planned_and_read),
        ON_BOTH(a_value_over_64_mib_is_refused),
        ON_FAKE(a_plan_over_128_mib_is_impossible),
        ON_BOTH(an_expiry_in_the_past_deletes),
        ON_SLATE(an_expiry_before_1970_is_refused),
        ON_BOTH(an_expiry_may_be_as_far_as_can_be_said),
        ON_BOTH(deleting_what_is_not_there_is_no_error),
        cmocka_unit_test(freeing_nothing_is_fine),
    };
    memset(key, 'k', sizeof key);
    return CHECK_RUN("store.limits", cases, NULL);
}
