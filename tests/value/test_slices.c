/* Values cut out of a corpus: each is one step, wherever it was cut. */
#include "stream/slice_index.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/decode.h"
#include "support/random.h"
#include "value/planner.h"

/* The shortest stretch that is sure to hold a sample. */
#define SURE_BYTES (2 * SLICE_SAMPLE_BYTES - 1)

static const char *const corpora[] = {CORPORA_SMALL_PI, CORPORA_PI, CORPORA_FOUR, CORPORA_LARGE_E};

#define CORPUS_COUNT (sizeof corpora / sizeof *corpora)

/* A stretch of one stream; `len` must fit. */
static struct slice cut(const struct corpus *corpus, size_t stream, size_t offset, size_t len)
{
    assert_true(offset + len <= corpus->spec.streams[stream].prefix_len);
    return slice_of(corpus->prefixes[stream].bytes.data + offset, len);
}

static void is_one_slice(const struct corpus *corpus, size_t stream, size_t offset, size_t len)
{
    struct steps steps = {0};
    struct slice value = cut(corpus, stream, offset, len);
    check_ok(planner_plan(corpus, value, false, &steps, &check_error));
    assert_int_equal(steps.count, 1);
    assert_int_equal(steps.list[0].kind, COPY_SLICE);
    assert_int_equal(steps.list[0].run_len, 0);
    assert_int_equal(steps.list[0].copy_len, len);
    struct corpus_location where = corpus_locate(corpus, steps.list[0].source);
    assert_memory_equal(corpus_at(corpus, where), value.data, len);
    steps_free(&steps);
}

static void comes_back(const struct corpus *corpus, pilsmer_codec codec, struct slice value)
{
    struct buffer sealed = {0};
    check_ok(plan_make(corpus, value, codec, false, &sealed, &check_error));
    decode_expect(buffer_slice(&sealed), value);
    buffer_free(&sealed);
}

static void the_shortest_sure_stretch_is_one_slice_at_every_offset(void **state)
{
    (void)state;
    const struct corpus *corpus = corpora_get(CORPORA_SMALL_PI);
    for (size_t offset = 0; offset + SURE_BYTES <= KIB; offset++)
        is_one_slice(corpus, 0, offset, SURE_BYTES);
}

static void stretches_of_any_length_are_one_slice(void **state)
{
    struct random random = random_begin("stretches");
    (void)state;
    for (size_t i = 0; i < CORPUS_COUNT; i++) {
        const struct corpus *corpus = corpora_get(corpora[i]);
        for (int round = 0; round < 300; round++) {
            size_t stream = random_below(&random, corpus->spec.count);
            size_t prefix_len = corpus->spec.streams[stream].prefix_len;
            size_t max_len = prefix_len < 70000 ? prefix_len : 70000;
            size_t len = SURE_BYTES + random_below(&random, max_len - SURE_BYTES + 1);
            is_one_slice(corpus, stream, random_below(&random, prefix_len - len + 1), len);
        }
    }
}

static void a_whole_prefix_is_one_slice(void **state)
{
    (void)state;
    const struct corpus *corpus = corpora_get(CORPORA_FOUR);
    for (size_t stream = 0; stream < corpus->spec.count; stream++)
        is_one_slice(corpus, stream, 0, 64 * KIB);
}

static void a_slice_does_not_leave_its_stream(void **state)
{
    (void)state;
    const struct corpus *corpus = corpora_get(CORPORA_FOUR);
    uint8_t value[200];
    memcpy(value, cut(corpus, 0, 64 * KIB - 100, 100).data, 100);
    memcpy(value + 100, cut(corpus, 1, 0, 100).data, 100);
    struct steps steps = {0};
    check_ok(planner_plan(corpus, slice_of(value, sizeof value), false, &steps, &check_error));
    assert_int_equal(steps.count, 2);
    assert_int_equal(steps.list[0].kind, COPY_SLICE);
    assert_int_equal(steps.list[0].copy_len, 100);
    assert_int_equal(steps.list[1].kind, COPY_SLICE);
    steps_free(&steps);
    comes_back(corpus, PILSMER_COMPACT, slice_of(value, sizeof value));
    comes_back(corpus, PILSMER_CEREMONIAL, slice_of(value, sizeof value));
}

static void pieces_within_a_value_are_slices(void **state)
{
    struct random random = random_begin("pieces");
    (void)state;
    for (size_t i = 0; i < CORPUS_COUNT; i++) {
        const struct corpus *corpus = corpora_get(corpora[i]);
        for (int round = 0; round < 100; round++) {
            struct buffer value = buffer_with_max(MIB);
            size_t slices = 1 + random_below(&random, 4);
            for (size_t piece = 0; piece < slices; piece++) {
                size_t stream = random_below(&random, corpus->spec.count);
                size_t len = 40 + random_below(&random, 600);
                size_t offset = random_below(&random, corpus->spec.streams[stream].prefix_len - len + 1);
                buffer_put(&value, "sss: ", 1 + random_below(&random, 4)); /* bytes that 1 KiB of pi has */
                buffer_put(&value, cut(corpus, stream, offset, len).data, len);
            }
            struct steps steps = {0};
            size_t found = 0;
            check_ok(planner_plan(corpus, buffer_slice(&value), true, &steps, &check_error));
            for (size_t step = 0; step < steps.count; step++)
                found += steps.list[step].kind == COPY_SLICE || steps.list[step].kind == COPY_ECHO;
            assert_true(found >= slices);
            assert_true(steps.count <= 3 * slices);
            steps_free(&steps);
            buffer_free(&value);
        }
    }
}

static void what_is_not_in_the_corpus_is_not_found(void **state)
{
    struct random random = random_begin("misses");
    (void)state;
    const struct corpus *corpus = corpora_get(CORPORA_LARGE_E);
    for (int round = 0; round < 100000; round++) {
        uint8_t bytes[SLICE_SAMPLE_BYTES];
        uint64_t address;
        random_fill(&random, bytes, sizeof bytes);
        assert_false(slice_index_find(corpus->slices, bytes, &address));
    }
}

static void every_sample_is_found_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < CORPUS_COUNT; i++) {
        const struct corpus *corpus = corpora_get(corpora[i]);
        for (uint64_t at = 0; at < corpus_len(corpus); at += SLICE_SAMPLE_BYTES) {
            uint64_t found = UINT64_MAX;
            const uint8_t *sample = corpus_at(corpus, corpus_locate(corpus, at));
            assert_true(slice_index_find(corpus->slices, sample, &found));
            assert_true(found <= at); /* the first of those that are alike */
            assert_memory_equal(corpus_at(corpus, corpus_locate(corpus, found)), sample, SLICE_SAMPLE_BYTES);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        cmocka_unit_test(the_shortest_sure_stretch_is_one_slice_at_every_offset),
        cmocka_unit_test(stretches_of_any_length_are_one_slice),
        cmocka_unit_test(a_whole_prefix_is_one_slice),
        cmocka_unit_test(a_slice_does_not_leave_its_stream),
        cmocka_unit_test(pieces_within_a_value_are_slices),
        cmocka_unit_test(what_is_not_in_the_corpus_is_not_found),
        cmocka_unit_test(every_sample_is_found_where_it_stands),
    };
    return cmocka_run_group_tests(cases, NULL, corpora_close_all);
}
