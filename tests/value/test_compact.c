/* Token streams of every shape. A token is rrllllhh: run length, copy length field, how to copy. */
#include "value/compact.h"

#include <stdlib.h>

#include "craft.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/load.h"
#include "support/random.h"

static struct buffer payload_over(const char *corpus_text, const char *notation)
{
    const struct corpus *corpus = corpora_get(corpus_text);
    struct buffer payload = buffer_with_max(LIMIT_ENVELOPE_BYTES);
    craft_compact_header(corpus, &payload);
    craft_steps(corpus, notation, &payload);
    return payload;
}

static void gives_over(const char *corpus_text, const char *notation, struct slice logical)
{
    struct buffer payload = payload_over(corpus_text, notation);
    craft_gives(ENVELOPE_COMPACT, buffer_slice(&payload), logical);
    buffer_free(&payload);
}

static void gives(const char *notation, const char *logical)
{
    gives_over(CORPORA_PI, notation, slice_of_text(logical));
}

static void refused_over(const char *corpus_text, const char *notation, size_t logical_len, const char *says)
{
    struct buffer payload = payload_over(corpus_text, notation);
    craft_refused(ENVELOPE_COMPACT, buffer_slice(&payload), logical_len, says);
    buffer_free(&payload);
}

static void refused(const char *notation, size_t logical_len, const char *says)
{
    refused_over(CORPORA_PI, notation, logical_len, says);
}

static void runs_at_the_border_of_the_token(void **state)
{
    (void)state;
    gives("", "");
    gives("40 'a'", "a");
    gives("80 'ab'", "ab");
    gives("c0 00 'abc'", "abc");
    gives("c0 01 'abcd'", "abcd");
    gives("c0 02 'abcde'", "abcde");
}

/* 'a', then an echo of it, at lengths on both sides of where the varint begins. */
static void copy_lengths_at_the_border_of_the_token(void **state)
{
    static const struct {
        const char *notation;
        size_t len;
    } rows[] = {
        {"41 'a' 00", 1 + 3},
        {"75 'a' 00", 1 + 13 + 3},
        {"79 'a' 00", 1 + 14 + 3},
        {"7d 'a' 00 00", 1 + 15 + 3},
        {"7d 'a' 01 00", 1 + 16 + 3},
        {"7d 'a' 7f 00", 1 + 15 + 127 + 3},
        {"7d 'a' 8001 00", 1 + 15 + 128 + 3},
        {"41 'a' 00 00", 4 + 2},
        {"41 'a' 00 38", 4 + 14 + 2},
        {"41 'a' 00 3c 00", 4 + 15 + 2},
        {"41 'a' 00 3c 01", 4 + 16 + 2},
    };
    char expected[256];
    (void)state;
    memset(expected, 'a', sizeof expected);
    for (size_t i = 0; i < COUNT(rows); i++)
        gives_over(CORPORA_PI, rows[i].notation, slice_of(expected, rows[i].len));
}

static void an_echo_may_overlap_itself(void **state)
{
    (void)state;
    gives("81 'ab' 01", "ababa");
    gives("cd 00 'abc' 02", "abcabcabc");
    gives("cd 00 'abc' 01", "abcbcbcbc");
}

static void an_echo_reaches_into_the_run_of_its_own_step(void **state)
{
    (void)state;
    gives("41 'x' 00 81 'ab' 01", "xxxxababa");
}

static void the_previous_distance_survives_slices_and_literals(void **state)
{
    (void)state;
    gives("81 'ab' 01 00", "abababa");
    gives("81 'ab' 01 03 01 00", "ababa\x24"
                                 "a\x24");       /* a slice: pi's first byte */
    gives("81 'ab' 01 03 02 58 00", "ababaXaX"); /* a literal */
    gives("81 'ab' 01 03 01 03 02 58 40 'y'", "ababa\x24Xy");
    gives("81 'ab' 01 03 01 c0 00 'xyz'", "ababa\x24xyz");
}

static void every_echo_sets_the_previous_distance(void **state)
{
    (void)state;
    gives("c1 01 'abcd' 03 01 00 00", "abcdabcccccc");
    gives("c1 01 'abcd' 03 00 01 00 00", "abcdabcdaaaaaa");
}

static void a_literal_may_be_all_there_is(void **state)
{
    (void)state;
    gives("03 02 58", "X");
    gives("3b 02 585858585858585858585858585858", "XXXXXXXXXXXXXXX");
    gives("3f 00 02 58585858585858585858585858585858", "XXXXXXXXXXXXXXXX");
}

static void a_plan_need_not_be_the_cheapest(void **state)
{
    (void)state;
    gives("03 02 61 03 02 62", "ab");             /* literals for what the corpus has */
    gives("41 'a' 00 01 00 01 00", "aaaaaaaaaa"); /* three echoes for one */
    gives("c0 00 'aaa'", "aaa");
}

static void slices_reach_both_ends_of_a_stream(void **state)
{
    const struct corpus *corpus = corpora_get(CORPORA_FOUR);
    const uint8_t *second = corpus->prefixes[1].bytes.data;
    (void)state;
    gives_over(CORPORA_FOUR, "03 01", slice_of(corpus->prefixes[0].bytes.data, 1));
    gives_over(CORPORA_FOUR, "03 fdff0f", slice_of(corpus->prefixes[0].bytes.data + 65535, 1));
    gives_over(CORPORA_FOUR, "3f f0ff03 818010", slice_of(second, 65536));
    gives_over(CORPORA_FOUR, "0f f1ff1f", slice_of(second + 65532, 4));
}

static void distances_at_the_borders_of_their_classes(void **state)
{
    static const struct {
        size_t distance;
        const char *copy; /* a token without a run, and the distance */
    } rows[] = {
        {1, "01 00"},          {256, "01 ff"},          {257, "02 0000"},
        {65792, "02 ffff"},    {65793, "03 00"},        {65794, "03 04"},
        {65793 + 31, "03 7c"}, {65793 + 32, "03 8001"}, {65793 + 4095, "03 fc7f"},
    };
    enum { BEFORE = 70000, AFTER = BEFORE + 3 + 2 };
    struct random random = random_begin("distances");
    uint8_t *value = malloc(AFTER);
    (void)state;
    assert_non_null(value);
    random_fill(&random, value, BEFORE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer payload = payload_over(CORPORA_PI, "3f e0a204 02"); /* a literal of 70,000 */
        buffer_put(&payload, value, BEFORE);
        craft_steps(corpora_get(CORPORA_PI), rows[i].copy, &payload);
        buffer_put_u8(&payload, 0x00); /* and two bytes at the same distance */
        for (size_t j = BEFORE; j < AFTER; j++)
            value[j] = value[j - rows[i].distance];
        craft_gives(ENVELOPE_COMPACT, buffer_slice(&payload), slice_of(value, AFTER));
        buffer_free(&payload);
    }
    free(value);
}

static void absent_pairs_are_two_singles(void **state)
{
    const struct corpus *corpus = corpora_get(CORPORA_SMALL_PI);
    struct buffer payload = buffer_with_max(100);
    (void)state;
    craft_compact_header(corpus, &payload);
    buffer_put_u8(&payload, 0x80);
    buffer_put_le16(&payload, (uint16_t)(corpus->pair_count - 1));
    craft_gives(ENVELOPE_COMPACT, buffer_slice(&payload), slice_of(corpus->pairs[corpus->pair_count - 1], 2));
    buffer_free(&payload);
}

static void ordinals_that_are_not(void **state)
{
    (void)state;
    refused_over(CORPORA_SMALL_PI, "80 10f8", 2, "an ordinal that isn't"); /* 63,504 of them */
    refused_over(CORPORA_SMALL_PI, "80 ffff", 2, "an ordinal that isn't");
    refused_over(CORPORA_SMALL_PI, "40 fc", 1, "an ordinal that isn't"); /* 252 of them */
    refused_over(CORPORA_SMALL_PI, "40 ff", 1, "an ordinal that isn't");
}

static void echo_before_the_beginning(void **state)
{
    static const char *const rows[] = {"00",         "80 'ab' 00",   "01 00",      "81 'ab' 02",
                                       "81 'ab' ff", "82 'ab' 0000", "83 'ab' 00", "03 02 58 00"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i], 6, "echo from before the beginning");
}

static void steps_past_the_logical_length(void **state)
{
    static const struct {
        const char *notation;
        size_t logical_len;
    } rows[] = {
        {"80 'ab'", 1},
        {"c0 00 'abc'", 2},
        {"c0 02 'abcde'", 4},
        {"81 'ab' 01", 4},
        {"41 'a' 00 00", 5},
        {"7d 'a' 01 00", 19},
        {"07 01", 1},
        {"07 02 5858", 1},
        {"c0 ffffffffffffffffff01", 3},
        {"7d 'a' ffffffffffffffffff01 00", 6},
        {"3f ffffffffffffffffff01 01", 6},
        {"3f ffffffffffffffffff01 02 58", 6},
        {"41 'a' 00 3c ffffffffffffffffff01", 6},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i].notation, rows[i].logical_len, "step past the logical length");
}

static void the_last_token_has_zero_low_bits(void **state)
{
    static const char *const rows[] = {"81 'ab'", "82 'ab'", "83 'ab'",   "84 'ab'",
                                       "bc 'ab'", "bf 'ab'", "81 'ab' 01"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i], 2, "last step with a copy");
}

static void nothing_may_follow_the_last_step(void **state)
{
    (void)state;
    refused("00", 0, "bytes after the last step");
    refused("80 'ab' 00", 2, "bytes after the last step");
    refused("41 'a' 00 00", 4, "bytes after the last step");
}

static void far_references_that_are_not(void **state)
{
    (void)state;
    refused("03 03", 1, "far reference");
    refused("03 06 58", 1, "far reference");
    refused("03 feffffffffffffffff01 58", 1, "far reference");
    refused("03 8000", 1, "varint not minimal");
    refused("03 ffffffffffffffffff02", 1, "varint over 64 bits");
    refused("83 'ab' fcffffffffffffffff01", 5, "echo from before the beginning");
}

static void slices_off_their_stream(void **state)
{
    (void)state;
    refused("03 818010", 1, "slice beyond the corpus");
    refused("03 fdffffffffffffffff01", 1, "slice beyond the corpus");
    refused("07 fdff0f", 2, "slice leaves its stream");
    refused_over(CORPORA_FOUR, "07 fdff0f", 2, "slice leaves its stream"); /* into the next one */
    refused_over(CORPORA_FOUR, "03 818040", 1, "slice beyond the corpus");
}

static void varints_in_tokens_are_minimal(void **state)
{
    (void)state;
    refused("c0 8000 'abc'", 3, "varint not minimal");
    refused("7d 'a' 8000 00", 19, "varint not minimal");
}

/* Every shape of step, cut at every length: each is truncated, none is read past its end. */
static void every_truncation_of_the_steps(void **state)
{
    struct buffer header = payload_over(CORPORA_PI, "");
    struct buffer payload =
        payload_over(CORPORA_PI, "c1 01 'abcd' 03 40 'e' 7d 'x' 01 00 07 818001 07 02 5859 8a 'pi' 0000");
    (void)state;
    for (size_t len = header.len; len < payload.len; len++)
        craft_refused(ENVELOPE_COMPACT, slice_of(payload.data, len), 1000, "truncated");
    buffer_free(&header);
    buffer_free(&payload);
}

static void descriptions_that_are_not(void **state)
{
    static const struct {
        const char *hex, *says;
    } rows[] = {
        {"", "malformed plan: truncated"},
        {"00", "malformed plan: stream count"},
        {"09", "malformed plan: stream count"},
        {"ff", "malformed plan: stream count"},
        {"01", "malformed plan: truncated"},
        {"01 01", "malformed plan: truncated"},
        {"01 01 40 46f87f", "malformed plan: truncated"},
        {"01 00 40 46f87f0c", "malformed plan: unknown stream"},
        {"01 05 40 46f87f0c", "malformed plan: unknown stream"},
        {"01 01 00 46f87f0c", "malformed plan: prefix length"},
        {"01 01 818040 46f87f0c", "malformed plan: prefix length"},
        {"01 01 ffffffffffffffffff01 46f87f0c", "malformed plan: prefix length"},
        {"01 01 c000 46f87f0c", "malformed plan: varint not minimal"},
        {"02 01 40 01 40 46f87f0c", "malformed plan: a stream twice"},
        {"02 01 40 01 01 46f87f0c", "malformed plan: a stream twice"},
        {"01 01 40 46f87f0d", "another fingerprint"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer payload = load_hex(rows[i].hex);
        craft_refused(ENVELOPE_COMPACT, buffer_slice(&payload), 2, rows[i].says);
        buffer_free(&payload);
    }
}

static void every_kind_of_step_is_written(void **state)
{
    static struct step list[] = {
        {.run_len = 4, .copy_len = 3, .source = 4, .kind = COPY_ECHO},
        {.run_len = 0, .copy_len = 2, .source = 4, .kind = COPY_ECHO},
        {.run_len = 1, .copy_len = 300, .source = 0, .kind = COPY_SLICE},
        {.run_len = 0, .copy_len = 3, .source = 257, .kind = COPY_ECHO},
        {.run_len = 2, .copy_len = 2, .source = 0, .kind = COPY_LITERAL},
        {.run_len = 5, .copy_len = 2, .source = 257, .kind = COPY_ECHO},
        {.run_len = 3, .copy_len = 0, .source = 0, .kind = COPY_NONE},
    };
    const struct steps steps = {.list = list, .count = COUNT(list)};
    const struct corpus *corpus = corpora_get(CORPORA_PI);
    struct buffer value = buffer_with_max(1000);
    struct buffer written = buffer_with_max(1000);
    (void)state;
    buffer_put(&value, "abcdabcdax", 10);
    buffer_put(&value, corpus->prefixes[0].bytes.data, 300);
    for (int i = 0; i < 3; i++)
        buffer_put_u8(&value, value.data[value.len - 257]);
    buffer_put(&value, "yz~~12345", 9);
    for (int i = 0; i < 2; i++)
        buffer_put_u8(&value, value.data[value.len - 257]);
    buffer_put(&value, "end", 3);
    compact_write(corpus, buffer_slice(&value), &steps, &written);
    struct buffer expected = payload_over(CORPORA_PI, "c101 'abcd' 03 00 7f 'x' 9c02 01 02 0000"
                                                      " 87 'yz' 02 7e7e c002 '12345' c000 'end'");
    check_bytes(buffer_slice(&written), buffer_slice(&expected));
    craft_gives(ENVELOPE_COMPACT, buffer_slice(&written), buffer_slice(&value));
    buffer_free(&value);
    buffer_free(&written);
    buffer_free(&expected);
}

/* Decoding is bounded by the logical length, whatever the steps are. */
static void random_token_streams_never_leave_their_bounds(void **state)
{
    struct random random = random_begin("token streams");
    uint8_t *out = malloc(300);
    (void)state;
    assert_non_null(out);
    for (int round = 0; round < 20000; round++) {
        struct buffer payload = payload_over(CORPORA_SMALL_PI, "");
        size_t len = random_below(&random, 40);
        random_fill(&random, buffer_reserve(&payload, 40), len);
        payload.len += len;
        uint8_t hash[ENVELOPE_HASH_BYTES] = {0};
        const struct envelope envelope = {ENVELOPE_COMPACT, random_below(&random, 300),
                                          buffer_slice(&payload), hash};
        check_code(PILSMER_DAMAGED, decode_plan(&envelope, out, NULL, NULL, &check_error));
        buffer_free(&payload);
    }
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_at_the_border_of_the_token),
        cmocka_unit_test(copy_lengths_at_the_border_of_the_token),
        cmocka_unit_test(an_echo_may_overlap_itself),
        cmocka_unit_test(an_echo_reaches_into_the_run_of_its_own_step),
        cmocka_unit_test(the_previous_distance_survives_slices_and_literals),
        cmocka_unit_test(every_echo_sets_the_previous_distance),
        cmocka_unit_test(a_literal_may_be_all_there_is),
        cmocka_unit_test(a_plan_need_not_be_the_cheapest),
        cmocka_unit_test(slices_reach_both_ends_of_a_stream),
        cmocka_unit_test(distances_at_the_borders_of_their_classes),
        cmocka_unit_test(absent_pairs_are_two_singles),
        cmocka_unit_test(ordinals_that_are_not),
        cmocka_unit_test(echo_before_the_beginning),
        cmocka_unit_test(steps_past_the_logical_length),
        cmocka_unit_test(the_last_token_has_zero_low_bits),
        cmocka_unit_test(nothing_may_follow_the_last_step),
        cmocka_unit_test(far_references_that_are_not),
        cmocka_unit_test(slices_off_their_stream),
        cmocka_unit_test(varints_in_tokens_are_minimal),
        cmocka_unit_test(every_truncation_of_the_steps),
        cmocka_unit_test(descriptions_that_are_not),
        cmocka_unit_test(every_kind_of_step_is_written),
        cmocka_unit_test(random_token_streams_never_leave_their_bounds),
    };
    return CHECK_RUN("value.compact", tests, corpora_close_all);
}
