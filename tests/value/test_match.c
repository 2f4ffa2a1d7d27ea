#include "value/match.h"

#include <stdlib.h>

#include "support/check.h"
#include "support/random.h"
#include "support/values.h"

/* What match.h promises of the matches at one position. */
static size_t are_matches(struct slice logical, size_t position, const struct match *matches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_in_range(matches[i].distance, 1, position);
        assert_in_range(matches[i].len, MATCH_MIN_LEN, logical.len - position);
        assert_memory_equal(logical.data + position, logical.data + position - matches[i].distance,
                            matches[i].len);
        assert_int_equal(matches[i].len, match_len(logical, position, matches[i].distance));
        if (i)
            assert_true(matches[i].len > matches[i - 1].len && matches[i].distance > matches[i - 1].distance);
    }
    return count ? matches[count - 1].len : 0;
}

/* Asks at every position, or skips some as the planner does; returns the longest length found. */
static size_t find_all(struct slice logical, struct random *skips)
{
    struct match_finder *finder = NULL;
    struct match matches[MATCHES_MAX];
    size_t longest = 0;
    check_ok(match_finder_open(logical, &finder, &check_error));
    for (size_t at = 0; at < logical.len;) {
        size_t len = are_matches(logical, at, matches, match_find(finder, at, matches));
        longest = len > longest ? len : longest;
        size_t left = logical.len - ++at;
        size_t skipped = skips ? random_below(skips, 1 + (left < 9 ? left : 9)) : 0;
        match_skip(finder, at, skipped);
        at += skipped;
    }
    match_finder_close(finder);
    return longest;
}

static void matches_are_real_whatever_the_value(void **state)
{
    struct random random = random_begin("matches");
    (void)state;
    for (int kind = 0; kind < VALUE_KINDS; kind++) {
        for (size_t len = 0; len < 5000; len = len * 3 + 1) {
            struct buffer value = value_make((enum value_kind)kind, len, &random);
            find_all(buffer_slice(&value), NULL);
            find_all(buffer_slice(&value), &random);
            buffer_free(&value);
        }
    }
}

static void a_repetition_is_found(void **state)
{
    const char *text = "one, two, three; one, two, three";
    (void)state;
    assert_int_equal(find_all(slice_of_text(text), NULL), strlen("one, two, three"));
    assert_int_equal(find_all(slice_of_text("aaaaaaaa"), NULL), 7);
    assert_int_equal(find_all(slice_of_text("abcXabcY"), NULL), 3);
    assert_int_equal(find_all(slice_of_text("abcdefgh"), NULL), 0);
    assert_int_equal(find_all(slice_of(NULL, 0), NULL), 0);
}

static void a_match_ends_where_the_value_ends(void **state)
{
    (void)state;
    assert_int_equal(match_len(slice_of_text("abababab"), 2, 2), 6);
    assert_int_equal(match_len(slice_of_text("abababax"), 2, 2), 5);
    assert_int_equal(match_len(slice_of_text("abcdefghijklmnopabcdefghijklmnop"), 16, 16), 16);
    assert_int_equal(match_len(slice_of_text("ab"), 1, 1), 0);
    assert_int_equal(match_len(slice_of_text("ab"), 2, 1), 0);
}

static void the_same_value_has_the_same_matches(void **state)
{
    struct random random = random_begin("same matches");
    struct buffer value = value_make(VALUE_TEXT, 20000, &random);
    struct match_finder *finders[2];
    struct match matches[2][MATCHES_MAX];
    (void)state;
    for (int i = 0; i < 2; i++)
        check_ok(match_finder_open(buffer_slice(&value), &finders[i], &check_error));
    for (size_t at = 0; at < value.len; at++) {
        size_t count = match_find(finders[0], at, matches[0]);
        assert_int_equal(match_find(finders[1], at, matches[1]), count);
        assert_memory_equal(matches[0], matches[1], count * sizeof **matches);
    }
    match_finder_close(finders[0]);
    match_finder_close(finders[1]);
    match_finder_close(NULL);
    buffer_free(&value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_are_real_whatever_the_value),
        cmocka_unit_test(a_repetition_is_found),
        cmocka_unit_test(a_match_ends_where_the_value_ends),
        cmocka_unit_test(the_same_value_has_the_same_matches),
    };
    return CHECK_RUN("value.match", tests, NULL);
}
