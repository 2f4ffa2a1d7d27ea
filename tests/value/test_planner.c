/* Small random values by the hundred thousand: each plan gives its value back, and the same one each time. */
#include <stdlib.h>

#include "support/check.h"
#include "support/corpora.h"
#include "support/decode.h"
#include "support/random.h"
#include "value/planner.h"

#define VALUE_BYTES_MAX 2000

/* What random values are made over. */
struct ground {
    const struct corpus *corpus;
    pilsmer_codec codec;
    bool allow_literals;
    uint8_t alphabet[256];
    size_t alphabet_len;
};

/* `alphabet_len` bytes of which every second, with literals, is one that the corpus lacks. */
static struct ground ground_of(const char *corpus, pilsmer_codec codec, bool allow_literals,
                               size_t alphabet_len, struct random *random)
{
    struct ground ground = {corpora_get(corpus), codec, allow_literals, {0}, alphabet_len};
    for (size_t i = 0; i < alphabet_len; i++) {
        bool lacking = allow_literals && i % 2 == 0;
        uint8_t byte = (uint8_t)random_next(random);
        while ((ground.corpus->single_ordinals[byte] < 0) != lacking)
            byte++;
        ground.alphabet[i] = byte;
    }
    return ground;
}

/* Random bytes, runs of one byte, and repetitions of what came before. */
static size_t fill(const struct ground *ground, uint8_t *value, size_t len, struct random *random)
{
    size_t at = 0;
    while (at < len) {
        size_t piece = 1 + random_below(random, random_below(random, 20) ? 12 : 600);
        size_t distance = at ? 1 + random_below(random, at) : 0;
        size_t shape = random_below(random, 4);
        uint8_t byte = ground->alphabet[random_below(random, ground->alphabet_len)];
        for (; piece && at < len; piece--, at++) {
            if (shape == 0)
                byte = ground->alphabet[random_below(random, ground->alphabet_len)];
            value[at] = shape > 1 && distance ? value[at - distance] : byte;
        }
    }
    return len;
}

static void plans_and_comes_back(const struct ground *ground, struct slice value)
{
    struct buffer sealed = {0};
    check_ok(plan_make(ground->corpus, value, ground->codec, ground->allow_literals, &sealed, &check_error));
    decode_expect(buffer_slice(&sealed), value);
    buffer_free(&sealed);
}

static void many_plan_and_come_back(struct ground ground, size_t rounds, size_t len_max,
                                    struct random *random)
{
    /* A value in memory of exactly its length, so that a read past its end is seen. */
    for (size_t round = 0; round < rounds; round++) {
        size_t len = random_below(random, len_max + 1);
        uint8_t *value = malloc(len + 1);
        assert_non_null(value);
        fill(&ground, value + 1, len, random);
        plans_and_comes_back(&ground, slice_of(value + 1, len));
        free(value);
    }
}

static void random_values_come_back(void **state)
{
    struct random random = random_begin("random values");
    (void)state;
    for (size_t alphabet_len = 1; alphabet_len <= 10; alphabet_len++) {
        struct ground ground = ground_of(CORPORA_PI, PILSMER_COMPACT, false, alphabet_len, &random);
        many_plan_and_come_back(ground, 10000, 60, &random);
        many_plan_and_come_back(ground, 500, VALUE_BYTES_MAX, &random);
        ground.codec = PILSMER_CEREMONIAL;
        many_plan_and_come_back(ground, 3000, 60, &random);
    }
}

static void random_values_over_other_corpora_come_back(void **state)
{
    struct random random = random_begin("other corpora");
    (void)state;
    for (size_t alphabet_len = 1; alphabet_len <= 10; alphabet_len++) {
        struct ground small = ground_of(CORPORA_SMALL_PI, PILSMER_COMPACT, false, alphabet_len, &random);
        struct ground four = ground_of(CORPORA_FOUR, PILSMER_CEREMONIAL, false, alphabet_len, &random);
        many_plan_and_come_back(small, 2000, 60, &random);
        many_plan_and_come_back(four, 2000, 60, &random);
    }
}

static void random_values_with_literals_come_back(void **state)
{
    struct random random = random_begin("literals");
    (void)state;
    for (size_t alphabet_len = 1; alphabet_len <= 8; alphabet_len++) {
        struct ground ground = ground_of(CORPORA_SMALL_PI, PILSMER_COMPACT, true, alphabet_len, &random);
        many_plan_and_come_back(ground, 3000, 60, &random);
        many_plan_and_come_back(ground, 500, VALUE_BYTES_MAX, &random);
        ground.codec = PILSMER_CEREMONIAL;
        many_plan_and_come_back(ground, 1000, 60, &random);
    }
}

/* No run stands inside a literal, so there is no best way to begin an echo there. */
static void lacking_bytes_side_by_side_come_back(void **state)
{
    static const size_t lens[] = {1, 2, 3, 300, 1000, 40000};
    const struct corpus *corpus = corpora_get(CORPORA_SMALL_PI);
    const struct ground ground = {corpus, PILSMER_COMPACT, true, {0}, 0};
    uint8_t lacking = 0;
    uint8_t *value = malloc(40000);
    (void)state;
    assert_non_null(value);
    while (corpus->single_ordinals[lacking] >= 0)
        lacking++;
    memset(value, lacking, 40000);
    for (size_t i = 0; i < COUNT(lens); i++)
        plans_and_comes_back(&ground, slice_of(value, lens[i]));
    free(value);
}

/* Every value of up to nine bytes over two letters: no corner is left to chance. */
static void all_short_values_come_back(void **state)
{
    struct random random = random_begin("short values");
    const struct ground pure = ground_of(CORPORA_PI, PILSMER_COMPACT, false, 2, &random);
    const struct ground impure = ground_of(CORPORA_SMALL_PI, PILSMER_COMPACT, true, 2, &random);
    (void)state;
    for (size_t len = 0; len <= 9; len++) {
        for (unsigned bits = 0; bits < 1u << len; bits++) {
            uint8_t values[2][9];
            for (size_t i = 0; i < len; i++) {
                values[0][i] = pure.alphabet[bits >> i & 1];
                values[1][i] = impure.alphabet[bits >> i & 1];
            }
            plans_and_comes_back(&pure, slice_of(values[0], len));
            plans_and_comes_back(&impure, slice_of(values[1], len));
        }
    }
}

/* Blocks are planned one by one: what repeats across their border, and a run that does not end there. */
static void values_around_the_length_of_a_block_come_back(void **state)
{
    enum { BLOCK = 32768 };
    struct random random = random_begin("blocks");
    uint8_t *value = malloc(3 * BLOCK);
    (void)state;
    assert_non_null(value);
    for (size_t round = 0; round < 60; round++) {
        const struct ground ground = ground_of(round & 1 ? CORPORA_SMALL_PI : CORPORA_PI, PILSMER_COMPACT,
                                               round & 1, 2 + random_below(&random, 60), &random);
        size_t len = (1 + random_below(&random, 2)) * BLOCK + random_below(&random, 7) - 3;
        fill(&ground, value, len, &random);
        plans_and_comes_back(&ground, slice_of(value, len));
    }
    free(value);
}

/* What steps.h promises: lengths that add up, sources that exist, and only the last step without a copy. */
static void are_steps_of(const struct ground *ground, struct slice value)
{
    struct steps steps = {0};
    size_t at = 0;
    check_ok(planner_plan(ground->corpus, value, ground->allow_literals, &steps, &check_error));
    assert_true(steps.count <= value.len);
    for (size_t i = 0; i < steps.count; i++) {
        const struct step *step = &steps.list[i];
        at += step->run_len;
        if (step->kind == COPY_ECHO) {
            assert_in_range(step->source, 1, at);
            assert_memory_equal(value.data + at, value.data + at - step->source, step->copy_len);
        }
        assert_int_equal(step->kind == COPY_NONE, step->copy_len == 0);
        assert_true(step->kind != COPY_NONE || i + 1 == steps.count);
        assert_true(step->kind != COPY_LITERAL || ground->allow_literals);
        at += step->copy_len;
    }
    assert_int_equal(at, value.len);
    steps_free(&steps);
}

static void steps_add_up_to_the_value(void **state)
{
    struct random random = random_begin("steps");
    uint8_t value[VALUE_BYTES_MAX];
    (void)state;
    for (size_t round = 0; round < 5000; round++) {
        const struct ground ground = ground_of(round & 1 ? CORPORA_SMALL_PI : CORPORA_PI, PILSMER_COMPACT,
                                               round & 1, 1 + random_below(&random, 12), &random);
        size_t len = fill(&ground, value, random_below(&random, sizeof value), &random);
        are_steps_of(&ground, slice_of(value, len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_values_come_back),
        cmocka_unit_test(random_values_over_other_corpora_come_back),
        cmocka_unit_test(random_values_with_literals_come_back),
        cmocka_unit_test(lacking_bytes_side_by_side_come_back),
        cmocka_unit_test(all_short_values_come_back),
        cmocka_unit_test(values_around_the_length_of_a_block_come_back),
        cmocka_unit_test(steps_add_up_to_the_value),
    };
    return CHECK_RUN("value.planner", tests, corpora_close_all);
}
