#include "stream/corpus.h"

#include <stdlib.h>
#include <unistd.h>

#include "support/cache_place.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/load.h"
#include "support/vectors.h"

static const struct stream_progress nobody;

static void a_spec_with_trouble_is_not_opened(void **state)
{
    struct corpus_spec spec = corpora_parse("pi:64KiB pi:64KiB");
    struct corpus *corpus = NULL;
    (void)state;
    check_code(PILSMER_INVALID, corpus_open(&spec, CORPUS_LEARN, nobody, &corpus, &check_error));
    check_says("corpus: a stream twice");
    assert_null(corpus);
    corpus_close(NULL);
}

/* ----------------------------------------------------------------------------------------- the numbers */

static struct corpus_spec spec_of_row(const json_t *row)
{
    struct corpus_spec spec = {0};
    size_t i;
    json_t *stream;
    json_array_foreach(json_object_get(row, "streams"), i, stream)
    {
        struct slice name = slice_of_text(json_string_value(json_array_get(stream, 0)));
        spec.streams[spec.count++] = (struct corpus_stream){
            .family = stream_family_by_name(name),
            .prefix_len = (size_t)json_integer_value(json_array_get(stream, 1)),
        };
    }
    return spec;
}

static void the_model_numbers_the_same(void **state)
{
    json_t *rows = vectors_load("corpora");
    size_t i;
    json_t *row;
    (void)state;
    json_array_foreach(rows, i, row)
    {
        const struct corpus_spec spec = spec_of_row(row);
        const struct corpus *corpus = corpora_get_spec(&spec);
        struct buffer fingerprint = vector_bytes(row, "fingerprint");
        check_bytes(slice_of(corpus->fingerprint, CORPUS_FINGERPRINT_BYTES), buffer_slice(&fingerprint));
        assert_int_equal(corpus->single_count, vector_number(row, "singles"));
        assert_int_equal(corpus->distinct_pairs, vector_number(row, "distinct_pairs"));
        assert_int_equal(corpus->pair_count, vector_number(row, "pairs"));
        buffer_free(&fingerprint);
    }
    json_decref(rows);
}

/* Every ordinal stands for the bytes at its address, and no earlier address has them. */
static void addresses_are_first_appearances(const struct corpus *corpus)
{
    bool *seen = calloc(CORPUS_PAIRS_MAX, 1);
    unsigned next = 0;
    assert_non_null(seen);
    for (size_t stream = 0; stream < corpus->spec.count; stream++) {
        struct slice prefix = prefix_slice(&corpus->prefixes[stream]);
        for (size_t i = 0; i + 1 < prefix.len; i++) {
            uint16_t pair = load_le16(prefix.data + i);
            if (seen[pair])
                continue;
            seen[pair] = true;
            assert_int_equal(corpus->pair_ordinals[pair], next);
            assert_int_equal(corpus->pair_addresses[next], corpus->bases[stream] + i);
            assert_memory_equal(corpus->pairs[next], prefix.data + i, 2);
            next++;
        }
    }
    assert_int_equal(next, corpus->distinct_pairs);
    free(seen);
}

/* After the last that appears, in byte order; every pair of singles has exactly one ordinal. */
static void absent_pairs_follow_in_byte_order(const struct corpus *corpus)
{
    for (unsigned ordinal = 0; ordinal < corpus->pair_count; ordinal++) {
        const uint8_t *pair = corpus->pairs[ordinal];
        assert_int_equal(corpus->pair_ordinals[load_le16(pair)], ordinal);
        if (ordinal > corpus->distinct_pairs)
            assert_true(memcmp(corpus->pairs[ordinal - 1], pair, 2) < 0);
        assert_true(corpus->single_ordinals[pair[0]] >= 0 && corpus->single_ordinals[pair[1]] >= 0);
    }
    assert_int_equal(corpus->pair_count, corpus->single_count * corpus->single_count);
}

static void pairs_are_numbered_by_first_appearance(void **state)
{
    static const char *const texts[] = {CORPORA_PI, CORPORA_SMALL_PI, CORPORA_FOUR, "sqrt2:1KiB e:2KiB"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        addresses_are_first_appearances(corpora_get(texts[i]));
        absent_pairs_follow_in_byte_order(corpora_get(texts[i]));
    }
}

static void singles_are_numbered_by_first_appearance(void **state)
{
    const struct corpus *corpus = corpora_get(CORPORA_SMALL_PI);
    struct slice prefix = prefix_slice(&corpus->prefixes[0]);
    unsigned absent = 0;
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        int ordinal = corpus->single_ordinals[byte];
        const uint8_t *first = memchr(prefix.data, (int)byte, prefix.len);
        assert_int_equal(ordinal >= 0, first != NULL);
        absent += !first;
        if (first) {
            assert_int_equal(corpus->singles[ordinal], byte);
            assert_int_equal(corpus->single_addresses[ordinal], first - prefix.data);
        }
    }
    assert_int_equal(absent, 4);
    for (unsigned ordinal = 1; ordinal < corpus->single_count; ordinal++)
        assert_true(corpus->single_addresses[ordinal - 1] < corpus->single_addresses[ordinal]);
}

static void from_a_mebibyte_on_every_pair_appears(void **state)
{
    const struct corpus *corpus = corpora_get(CORPORA_LARGE_E);
    (void)state;
    assert_int_equal(corpus->distinct_pairs, 65536);
    assert_int_equal(corpus->pair_count, 65536);
    assert_int_equal(corpus->single_count, 256);
}

/* -------------------------------------------------------------------------- families of the test's own */

static pilsmer_code generate_ones(uint8_t *out, size_t len, pilsmer_error *error)
{
    (void)error;
    memset(out, 1, len);
    return PILSMER_OK;
}

/* 9 5 3 3 3 ... */
static pilsmer_code generate_steps(uint8_t *out, size_t len, pilsmer_error *error)
{
    (void)error;
    memset(out, 3, len);
    out[0] = 9;
    out[1] = 5;
    return PILSMER_OK;
}

static const struct stream_family ones = {101, "ones:v1", "ones", generate_ones};
static const struct stream_family steps = {102, "steps:v1", "steps", generate_steps};

static void pairs_never_cross_from_one_stream_into_the_next(void **state)
{
    static const uint8_t expected[][2] = {
        {9, 5}, {5, 3}, {3, 3}, {1, 1}, /* those that appear; not {3, 1} */
        {1, 3}, {1, 5}, {1, 9}, {3, 1}, {3, 5}, {3, 9}, {5, 1}, {5, 5}, {5, 9}, {9, 1}, {9, 3}, {9, 9},
    };
    const struct corpus_spec spec = {
        2, {{.family = &steps, .prefix_len = KIB}, {.family = &ones, .prefix_len = KIB}}};
    const struct corpus *corpus = corpora_get_spec(&spec);
    (void)state;
    assert_int_equal(corpus->distinct_pairs, 4);
    assert_int_equal(corpus->pair_count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_memory_equal(corpus->pairs[i], expected[i], 2);
    assert_int_equal(corpus->pair_addresses[3], KIB);
}

/* --------------------------------------------------------------------------------------- the addresses */

static void an_address_is_located_in_its_stream(void **state)
{
    static const struct {
        uint64_t address;
        size_t stream;
        uint64_t offset, left;
    } rows[] = {
        {0, 0, 0, 1024},    {1023, 0, 1023, 1},  {1024, 1, 0, 2048},
        {3071, 1, 2047, 1}, {3072, 2, 0, 65536}, {68607, 2, 65535, 1},
    };
    const struct corpus *corpus = corpora_get("sqrt2:1KiB e:2KiB pi:64KiB");
    (void)state;
    assert_int_equal(corpus_len(corpus), 68608);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct corpus_location where = corpus_locate(corpus, rows[i].address);
        assert_int_equal(where.stream, rows[i].stream);
        assert_int_equal(where.offset, rows[i].offset);
        assert_int_equal(where.left, rows[i].left);
        assert_ptr_equal(corpus_at(corpus, where), corpus->prefixes[where.stream].bytes.data + where.offset);
    }
}

/* ------------------------------------------------------------------------------------------- the trust */

static void learning_fills_in_the_fingerprints(void **state)
{
    struct corpus_spec spec = corpora_parse("sqrt2:1KiB");
    struct corpus *corpus = NULL;
    (void)state;
    check_ok(corpus_open(&spec, CORPUS_LEARN, nobody, &corpus, &check_error));
    assert_true(corpus->verified);
    assert_memory_equal(corpus->spec.streams[0].fingerprint, corpus->prefixes[0].fingerprint, SHA256_BYTES);
    spec = corpus->spec;
    corpus_close(corpus);
    check_ok(corpus_open(&spec, CORPUS_VERIFY, nobody, &corpus, &check_error));
    assert_true(corpus->verified);
    corpus_close(corpus);
}

static void believing_is_not_verifying(void **state)
{
    struct corpus_spec spec = corpora_get("sqrt2:1KiB e:2KiB")->spec;
    struct corpus *corpus = NULL;
    (void)state;
    check_ok(corpus_open(&spec, CORPUS_LEARN, nobody, &corpus, &check_error)); /* both are cached now */
    corpus_close(corpus);
    check_ok(corpus_open(&spec, CORPUS_BELIEVE, nobody, &corpus, &check_error));
    assert_false(corpus->verified);
    corpus_close(corpus);
}

static void a_spec_with_a_wrong_fingerprint_is_damage(void **state)
{
    struct corpus_spec spec = corpora_get("sqrt2:1KiB e:2KiB")->spec;
    struct corpus *corpus = NULL;
    (void)state;
    spec.streams[1].fingerprint[0] ^= 0x80;
    check_code(PILSMER_DAMAGED, corpus_open(&spec, CORPUS_VERIFY, nobody, &corpus, &check_error));
    check_says("e.hex-fraction-prefix:v1, 2048 bytes");
    check_code(PILSMER_DAMAGED, corpus_open(&spec, CORPUS_BELIEVE, nobody, &corpus, &check_error));
    assert_null(corpus);
}

#define CACHED(function) cmocka_unit_test_setup_teardown(function, cache_place_create, cache_place_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spec_with_trouble_is_not_opened),
        cmocka_unit_test(the_model_numbers_the_same),
        cmocka_unit_test(pairs_are_numbered_by_first_appearance),
        cmocka_unit_test(singles_are_numbered_by_first_appearance),
        cmocka_unit_test(from_a_mebibyte_on_every_pair_appears),
        CACHED(pairs_never_cross_from_one_stream_into_the_next),
        cmocka_unit_test(an_address_is_located_in_its_stream),
        CACHED(learning_fills_in_the_fingerprints),
        CACHED(believing_is_not_verifying),
        CACHED(a_spec_with_a_wrong_fingerprint_is_damage),
    };
    return CHECK_RUN("stream.corpus", tests, corpora_close_all);
}
